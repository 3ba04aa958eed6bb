import type { Logger } from 'pino'
import { readEvent } from '../writes/events.ts'
import { openListener } from './listener.ts'

/**
 * What a subscriber receives: ids of papers that changed; or `missed`, if events may have been lost; or `tooSlow`, if the
 * subscriber did not keep up and its subscription ends.
 */
export type LiveItem = { paperIds: number[] } | { missed: true } | { tooSlow: true }

/** The largest number of ids that are queued for a subscriber. A daily list is shorter, so one list cuts nobody off. */
const MAX_QUEUED = 1_000
/** How long an item may wait for a subscriber, in milliseconds. */
const PATIENCE = 30_000

type Kind = 'votes' | 'listed'

/** What changed: vote counts only, papers put on the list, or anything. */
export type Change = Kind | 'changed'

/** Changes of the catalogue by any process, for subscribers in this process. */
export interface LiveEvents {
  /**
   * Papers whose vote counts change, or that are put on the daily list. Ids that arrive before the subscriber reads are
   * merged into one item without duplicates, so a burst of changes costs one update. Call `return` to end it.
   *
   * @param wanted the ids of interest; null for all
   */
  subscribe(kind: Kind, wanted: ReadonlySet<number> | null): AsyncIterableIterator<LiveItem>
  /** Registers a callback for every change, and for changes that may have been missed. */
  onChange(callback: (change: Change) => void): void
  /**
   * Registers a callback for users whose tokens, or who themselves, may no longer be what they were; null if this may have been
   * missed of anyone.
   */
  onAccess(callback: (userIds: readonly number[] | null) => void): void
  /** Whether the callbacks of `onChange` have been called for everything that was committed up to 0.9 s ago. */
  isCurrent(): boolean
}

/**
 * Listens to the database. A lost connection is opened again, and all subscribers are told that they may have missed
 * events. `close` ends all subscriptions.
 *
 * @param patience how long an item may wait for a subscriber, in milliseconds; shorter in tests
 */
export async function listenToDatabase(
  url: string,
  log: Logger,
  { patience = PATIENCE } = {},
): Promise<LiveEvents & { close(): Promise<void> }> {
  const subscribers: Record<Kind, Set<Subscriber>> = { votes: new Set(), listed: new Set() }
  const callbacks: ((change: Change) => void)[] = []
  const accessCallbacks: ((userIds: readonly number[] | null) => void)[] = []
  const allSubscribers = () => [...subscribers.votes, ...subscribers.listed]
  const listener = await openListener(url, {
    onEvent: (payload) => {
      const event = readEvent(payload)
      if (event === null) {
        log.warn({ payload: payload.slice(0, 200) }, 'ignored a notification that this program did not send')
        return
      }
      if ('access' in event) {
        for (const callback of accessCallbacks) callback(event.access)
        return
      }
      const change = 'changed' in event ? 'changed' : 'votes' in event ? 'votes' : 'listed'
      for (const callback of callbacks) callback(change)
      if ('changed' in event) return
      const [kind, ids] = 'votes' in event ? (['votes', event.votes] as const) : (['listed', event.listed] as const)
      for (const subscriber of subscribers[kind]) subscriber.add(ids)
    },
    onLoss: () => {
      log.warn(
        'the connection that listens to the database is lost: until it is back, cached responses are not used and subscribers receive no events',
      )
    },
    onReturn: () => {
      log.warn('listening to the database again after the connection was lost: cached responses are used again')
      for (const subscriber of allSubscribers()) subscriber.missed()
      for (const callback of callbacks) callback('changed')
      for (const callback of accessCallbacks) callback(null)
    },
  })
  let closed: Promise<void> | undefined
  return {
    subscribe: (kind, wanted) => {
      const subscriber = new Subscriber(wanted, patience, () => subscribers[kind].delete(subscriber))
      if (closed) void subscriber.return()
      else subscribers[kind].add(subscriber)
      return subscriber
    },
    onChange: (callback) => void callbacks.push(callback),
    onAccess: (callback) => void accessCallbacks.push(callback),
    isCurrent: listener.isCurrent,
    close: () => {
      for (const subscriber of allSubscribers()) void subscriber.return()
      closed ??= listener.close()
      return closed
    },
  }
}

/** A subscription. Its queue is a set of ids, so it is never longer than the number of wanted papers. */
class Subscriber implements AsyncIterableIterator<LiveItem> {
  readonly #wanted: ReadonlySet<number> | null
  readonly #patience: number
  readonly #onEnd: () => void
  readonly #queue = new Set<number>()
  #hasMissed = false
  #isTooSlow = false
  #isOver = false
  #next: ((result: IteratorResult<LiveItem>) => void) | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(wanted: ReadonlySet<number> | null, patience: number, onEnd: () => void) {
    this.#wanted = wanted
    this.#patience = patience
    this.#onEnd = onEnd
  }

  add(ids: readonly number[]): void {
    for (const id of ids) if (this.#wanted === null || this.#wanted.has(id)) this.#queue.add(id)
    if (this.#queue.size > MAX_QUEUED) this.#drop()
    else this.#deliver()
  }

  missed(): void {
    this.#hasMissed = true
    this.#deliver()
  }

  next(): Promise<IteratorResult<LiveItem>> {
    clearTimeout(this.#timer)
    const item = this.#take()
    if (item) return Promise.resolve({ value: item, done: false })
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => {
      this.#next = resolve
    })
  }

  return(): Promise<IteratorResult<LiveItem>> {
    this.#isTooSlow = false
    this.#end()
    const result = { value: undefined, done: true } as const
    this.#next?.(result)
    this.#next = null
    return Promise.resolve(result)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Delivers the queue if the subscriber is waiting. Otherwise it starts the time that the subscriber has to read. */
  #deliver(): void {
    if (this.#next) {
      const item = this.#take()
      if (!item) return
      const resolve = this.#next
      this.#next = null
      resolve({ value: item, done: false })
    } else if (!this.#isOver && this.#timer === undefined && (this.#queue.size > 0 || this.#hasMissed)) {
      this.#timer = setTimeout(() => this.#drop(), this.#patience)
      this.#timer.unref()
    }
  }

  #take(): LiveItem | null {
    this.#timer = undefined
    if (this.#isTooSlow) {
      this.#isTooSlow = false
      return { tooSlow: true }
    }
    if (this.#hasMissed) {
      this.#hasMissed = false
      return { missed: true }
    }
    if (this.#queue.size === 0) return null
    const paperIds = [...this.#queue]
    this.#queue.clear()
    return { paperIds }
  }

  /** Ends the subscription and discards its queue. The last item says that the subscriber was too slow. */
  #drop(): void {
    this.#isTooSlow = true
    this.#end()
    this.#deliver()
  }

  #end(): void {
    this.#isOver = true
    this.#hasMissed = false
    this.#queue.clear()
    clearTimeout(this.#timer)
    this.#onEnd()
  }
}
