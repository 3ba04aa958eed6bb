import type { Logger } from 'pino'
import { onSignals } from './console.ts'

/** In milliseconds: how long a signal that comes during the start waits for the start to end. */
const START_GRACE = 10_000

/**
 * Handles SIGTERM and SIGINT from the beginning of the start. A signal during the start stops the server when it has started:
 * only then is it known what must be stopped, such as the embedded Postgres. A second signal ends the program at once.
 *
 * @returns a function to call when the server has started, with what stops it
 */
export function handleStopSignals(log: Logger): (shutDown: () => Promise<void>) => void {
  let shutDown: (() => Promise<void>) | undefined
  let isStopping = false
  const stop = async () => {
    await shutDown?.()
    log.info('stopped')
    // postgres.js may still wait up to 20 seconds to reconnect to a lost database.
    process.exit()
  }
  onSignals((signal) => {
    isStopping = true
    log.info({ signal }, 'stopping')
    if (shutDown) void stop()
    else setTimeout(() => process.exit(1), START_GRACE).unref()
  }, 1)
  return (whenStarted) => {
    shutDown = whenStarted
    if (isStopping) void stop()
  }
}
