import { type ParseArgsConfig, parseArgs } from 'node:util'
import { messageOf, OperatorError } from '../values/errors.ts'
import { fail, helpIfRequested, onSignals, say } from './console.ts'

interface Program {
  usage: string
  run(signal: AbortSignal): Promise<void>
  /**
   * Printed when SIGINT or SIGTERM stopped it: then the signal aborts `run`, which finishes or undoes the current work, and the
   * exit code is 130. Without it, a signal ends the process.
   */
  stopped?: string
}

/** Runs a program: its usage for `--help`, its errors as sentences, its exit code. */
export async function runProgram({ usage, run, stopped }: Program): Promise<void> {
  helpIfRequested(usage)
  const controller = new AbortController()
  if (stopped !== undefined) onSignals(() => controller.abort(), 130)
  try {
    await run(controller.signal)
  } catch (error) {
    if (stopped === undefined || !controller.signal.aborted) return fail(error)
    process.exitCode = 130
    say(stopped)
  }
}

/** @throws OperatorError with the usage if the command line does not fit */
export function readOptions<Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${usage}`)
  }
}
