import { OperatorError } from '../values/errors.ts'

/** Prints a line for the person at the terminal, to stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/**
 * Aborted by the first SIGINT (Ctrl-C) or SIGTERM, so that the current work is finished or undone; a second one ends the
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

/** Prints the usage and ends the program with exit code 0 if `--help` or `-h` is among the arguments. */
export function helpIfRequested(usage: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

/** Ends a program with an error: an OperatorError is printed as a sentence, anything else with its stack. */
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
