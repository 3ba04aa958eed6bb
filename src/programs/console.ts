import { OperatorError } from '../values/errors.ts'

/** One line for the person at the terminal, on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/**
 * Aborted by the first SIGINT (Ctrl-C) or SIGTERM, so that what is under way is finished or undone; a second one ends the
 * program at once.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** Ends a program that could not do its work: what the person can put right as a sentence, anything else with its stack. */
export function fail(error: unknown): void {
  process.exitCode = error instanceof OperatorError ? 2 : 1
  say(
    error instanceof OperatorError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error),
  )
}
