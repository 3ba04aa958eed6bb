import { OperatorError } from '../values/errors.ts'

/** Prints a line for the person at the terminal, to stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/**
 * In milliseconds: a signal that follows the first one so soon is the same one. Ctrl-C in a terminal goes to npm and to the
 * program, and npm passes it on.
 */
const SAME_SIGNAL = 1_000

/** Calls `stop` at the first SIGINT (Ctrl-C) or SIGTERM; a second one ends the program at once. */
export function onSignals(stop: (signal: NodeJS.Signals) => void, exitCode: number): void {
  let firstAt: number | undefined
  const handle = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      stop(signal)
    } else if (performance.now() - firstAt > SAME_SIGNAL) process.exit(exitCode)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
}

/** @throws OperatorError with the usage if there are arguments, for a program that takes none */
export function refuseArguments(usage: string): void {
  if (process.argv.length > 2) throw new OperatorError(usage)
}

/** Prints the usage and ends the program with exit code 0 if `--help` or `-h` is among the arguments. */
export function helpIfRequested(usage: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

/** Ends a program with an error: an OperatorError is printed as a sentence, anything else with its stack and its causes. */
export function fail(error: unknown): void {
  process.exitCode = error instanceof OperatorError ? 2 : 1
  say(error instanceof OperatorError ? error.message : traceOf(error))
}

/** How much of a message is printed. That of a failed statement contains its values, which may be a whole batch of papers. */
const MESSAGE_LENGTH = 1_000

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, stack = message, cause } = error
  const cut =
    message.length > MESSAGE_LENGTH ? stack.replace(message, () => `${message.slice(0, MESSAGE_LENGTH)}…`) : stack
  const reasons = error instanceof AggregateError ? error.errors : cause === undefined ? [] : [cause]
  return [cut, ...reasons.map((reason) => `Caused by: ${traceOf(reason)}`)].join('\n')
}
