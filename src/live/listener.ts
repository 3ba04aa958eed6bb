import { setTimeout } from 'node:timers/promises'
import { type Client, connect } from '../db/connect.ts'
import { EVENTS_CHANNEL } from '../writes/events.ts'

/**
 * How often the connection is checked, and how old the last successful check may be, in milliseconds. The project promises
 * one second; the difference is the time to act on a change.
 */
const CHECK_INTERVAL = 300
const MAX_CHECK_AGE = 900
/** Milliseconds between attempts to listen again. */
const RETRY_DELAY = 200
/**
 * A connection that does not reply for this long is replaced, in milliseconds. If the other machine has vanished, the
 * operating system reports it only after a quarter of an hour.
 */
const REPLY_TIMEOUT = 5_000

export interface Listener {
  /**
   * Whether all notifications that were committed up to 0.9 s ago have arrived. Postgres sends pending notifications before
   * the result of the next statement, so a result proves that none older is missing. This also notices a connection that was
   * cut without an error.
   */
  isCurrent(): boolean
  close(): Promise<void>
}

/**
 * Opens a connection that listens to the channel of events. If it is lost, or silent for seconds, a new one is opened, as
 * often as necessary.
 *
 * @param onLoss   called when it stops listening
 * @param onReturn called when it listens again; events in between were missed
 */
export async function openListener(
  url: string,
  { onEvent, onLoss, onReturn }: { onEvent: (payload: string) => void; onLoss: () => void; onReturn: () => void },
): Promise<Listener> {
  let losses = 0
  let isListening = false
  let isClosed = false
  let checkedAt = Number.NEGATIVE_INFINITY
  let client = open()

  // The driver's `listen` does not report a lost connection.
  function open(): Client {
    const made: Client = connect(url, {
      connections: 1,
      statementTimeout: 0,
      name: 'daily-papers live',
      driver: {
        max_lifetime: null,
        connect_timeout: REPLY_TIMEOUT / 1_000,
        fetch_types: false,
        onnotify: (_channel, payload) => {
          if (made === client) onEvent(payload)
        },
        onclose: () => {
          if (made === client) handleLoss()
        },
      },
    })
    return made
  }

  function handleLoss(): void {
    losses += 1
    if (!isListening || isClosed) return
    onLoss()
    void listenAgain()
  }

  function replace(silent: Client): void {
    if (silent !== client || isClosed) return
    client = open()
    void silent.end({ timeout: 0 })
    handleLoss()
  }

  /** Runs a statement. Returns whether the connection was the same before and after it. */
  async function run(statement: string): Promise<boolean> {
    const [before, startedAt, used] = [losses, performance.now(), client]
    const timeout = globalThis.setTimeout(() => replace(used), REPLY_TIMEOUT)
    try {
      await used.unsafe(statement)
    } finally {
      clearTimeout(timeout)
    }
    if (losses !== before) return false
    checkedAt = startedAt
    return true
  }

  async function listenAgain(): Promise<void> {
    isListening = false
    while (!isClosed && !isListening) {
      isListening = await run(`listen ${EVENTS_CHANNEL}`).catch(() => false)
      if (!isListening) await setTimeout(RETRY_DELAY)
    }
    if (!isClosed) onReturn()
  }

  let isChecking = false
  const checks = setInterval(async () => {
    if (isChecking || !isListening) return
    isChecking = true
    await run('select 1').catch(() => {})
    isChecking = false
  }, CHECK_INTERVAL).unref()

  const close = (): Promise<void> => {
    isClosed = true
    clearInterval(checks)
    return client.end({ timeout: 1 })
  }
  try {
    isListening = await run(`listen ${EVENTS_CHANNEL}`)
    if (!isListening) void listenAgain()
  } catch (error) {
    await close()
    throw error
  }
  return { isCurrent: () => isListening && performance.now() - checkedAt < MAX_CHECK_AGE, close }
}
