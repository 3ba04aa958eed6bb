import { type EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { onSignals } from './console.ts'

/** In milliseconds: how long a signal that comes during the start waits for the start to end. */
const START_GRACE = 10_000
/** In milliseconds: how long a stop waits until its last log lines are written. */
const LOG_GRACE = 1_000

/**
 * Handles SIGTERM and SIGINT from the beginning of the start. A signal during the start stops the server when it has started:
 * only then is it known what must be stopped, such as the embedded Postgres. A second signal ends the program at once.
 *
 * @param destination where `log` writes
 * @returns a function to call when the server has started, with what stops it
 */
export function handleStopSignals(log: Logger, destination: EventEmitter): (shutDown: () => Promise<void>) => void {
  let shutDown: (() => Promise<void>) | undefined
  let isStopping = false
  const stop = async () => {
    await shutDown?.()
    log.info('stopped')
    // Pino writes in the background. At an exit, a line that is being written would follow the last one or be lost.
    if (log.isLevelEnabled('info')) await Promise.race([once(destination, 'drain').catch(() => {}), wait(LOG_GRACE)])
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
