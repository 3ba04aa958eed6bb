import { OperatorError } from '../errors.ts'

/** One line for the person at the terminal, on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
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
