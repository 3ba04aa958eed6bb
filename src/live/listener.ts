import { setTimeout } from 'node:timers/promises'
import postgres from 'postgres'
import { EVENTS_CHANNEL } from '../writes/events.ts'

/**
 * How often the connection is asked whether it still hears, in milliseconds, and how old its last word may be: less than
 * the second that is promised, so that who hears of a change may take a moment to act on it.
 */
const ASK_EVERY = 300
const CURRENT = 900
const TRY_AGAIN = 200
/**
 * In milliseconds: a connection that leaves a statement unanswered for longer is given up. Where the other machine has
 * vanished, the operating system would take a quarter of an hour to say so.
 */
const UNANSWERED = 5_000

export interface Listener {
  /**
   * Whether everything that was committed until 0.9 s ago has been heard. Postgres says on a connection what it was
   * notified of before it answers the next statement, so that an answer tells that nothing older is still to come: also
   * when the connection is cut in a way that no one is told of.
   */
  isCurrent(): boolean
  close(): Promise<void>
}

/**
 * A connection that hears the channel of events. Lost, or silent for seconds, it is made anew, as often as it takes.
 *
 * @param onLoss   called when it listens no longer
 * @param onReturn called when it listens again, having missed what happened meanwhile
 */
export async function openListener(
  url: string,
  { onEvent, onLoss, onReturn }: { onEvent: (payload: string) => void; onLoss: () => void; onReturn: () => void },
): Promise<Listener> {
  let losses = 0
  let isListening = false
  let isClosed = false
  let heardAt = Number.NEGATIVE_INFINITY
  let client = connect()

  // Not by the package's `listen`, which does not say when the connection is lost. Its types do not have `onnotify`.
  function connect(): postgres.Sql {
    const onnotify = {
      onnotify: (_channel: string, payload: string) => {
        if (made === client) onEvent(payload)
      },
    }
    const made: postgres.Sql = postgres(url, {
      ...onnotify,
      max: 1,
      max_lifetime: null,
      connect_timeout: UNANSWERED / 1_000,
      fetch_types: false,
      onnotice: () => {},
      onclose: () => {
        if (made === client) lost()
      },
      connection: { application_name: 'daily-papers live' },
    })
    return made
  }

  function lost(): void {
    losses += 1
    if (!isListening || isClosed) return
    onLoss()
    void listenAgain()
  }

  function giveUp(silent: postgres.Sql): void {
    if (silent !== client || isClosed) return
    client = connect()
    void silent.end({ timeout: 0 })
    lost()
  }

  /** Runs a statement and answers whether it ran on the connection that there was, and is. */
  async function ask(statement: string): Promise<boolean> {
    const [before, at, asked] = [losses, performance.now(), client]
    const patience = globalThis.setTimeout(() => giveUp(asked), UNANSWERED)
    try {
      await asked.unsafe(statement)
    } finally {
      clearTimeout(patience)
    }
    if (losses !== before) return false
    heardAt = at
    return true
  }

  async function listenAgain(): Promise<void> {
    isListening = false
    while (!isClosed && !isListening) {
      isListening = await ask(`listen ${EVENTS_CHANNEL}`).catch(() => false)
      if (!isListening) await setTimeout(TRY_AGAIN)
    }
    if (!isClosed) onReturn()
  }

  let isAsking = false
  const asking = setInterval(async () => {
    if (isAsking || !isListening) return
    isAsking = true
    await ask('select 1').catch(() => {})
    isAsking = false
  }, ASK_EVERY).unref()

  const close = (): Promise<void> => {
    isClosed = true
    clearInterval(asking)
    return client.end({ timeout: 1 })
  }
  try {
    isListening = await ask(`listen ${EVENTS_CHANNEL}`)
    if (!isListening) void listenAgain()
  } catch (error) {
    await close()
    throw error
  }
  return { isCurrent: () => isListening && performance.now() - heardAt < CURRENT, close }
}
