import { setTimeout } from 'node:timers/promises'
import postgres from 'postgres'
import { EVENTS_CHANNEL } from '../queries/events.ts'

/**
 * How often the connection is asked whether it still hears, in milliseconds, and how old its last word may be: less than
 * the second that is promised, so that who hears of a change may take a moment to act on it.
 */
const ASK_EVERY = 300
const CURRENT = 900
const TRY_AGAIN = 200

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
 * A connection that hears the channel of events. Lost, it is made anew, as often as it takes.
 *
 * @param onReturn called when it listens again, having missed what happened meanwhile
 */
export async function openListener(
  url: string,
  { onEvent, onReturn }: { onEvent: (payload: string) => void; onReturn: () => void },
): Promise<Listener> {
  // Not by the package's `listen`, which does not say when the connection is lost. Its types do not have `onnotify`.
  const onnotify = { onnotify: (_channel: string, payload: string) => onEvent(payload) }
  const client = postgres(url, {
    ...onnotify,
    max: 1,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    onclose: () => {
      losses += 1
      if (isListening && !isClosed) void listenAgain()
    },
    connection: { application_name: 'daily-papers live' },
  })
  let losses = 0
  let isListening = false
  let isClosed = false
  let heardAt = Number.NEGATIVE_INFINITY

  /** Runs a statement and answers whether it ran on the connection that there was, and is. */
  async function ask(statement: string): Promise<boolean> {
    const [before, at] = [losses, performance.now()]
    await client.unsafe(statement)
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
