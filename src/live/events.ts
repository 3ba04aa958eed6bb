import type { Logger } from 'pino'
import { readEvent } from '../writes/events.ts'
import { openListener } from './listener.ts'

/**
 * What a subscriber is given: ids of papers about which something happened, or that something may have been missed, or
 * that it was too slow and is given nothing more.
 */
export type LiveItem = { paperIds: number[] } | { missed: true } | { tooSlow: true }

/** Ids of papers put on the list that wait for a subscriber. More than a day's list, so that nobody is cut off by one. */
const MOST_WAITING = 1_000
/** How long a subscriber may leave something waiting. */
const PATIENCE = 30_000

type Kind = 'votes' | 'listed'

/** What changed: vote counts only, papers put on the list, or anything. */
export type Change = Kind | 'changed'

/** What happens in the catalogue, whichever process does it, for those who listen in this one. */
export interface LiveEvents {
  /**
   * Papers whose vote counts change, or that are put on the list, as they come. Several at once come together, each
   * once, so that a burst costs a subscriber no more than its last state. Ends when its `return` is called.
   *
   * @param wanted the papers to hear of; null for all
   */
  subscribe(kind: Kind, wanted: ReadonlySet<number> | null): AsyncIterableIterator<LiveItem>
  /** Calls back whenever anything changed, or may have changed unheard. */
  onChange(callback: (change: Change) => void): void
  /** Whether `onChange` has called back for everything that was committed until 0.9 s ago. */
  isCurrent(): boolean
}

/**
 * Listens to the database. After the connection was lost it is made anew, and everybody is told that something may have
 * been missed. `close` ends all subscriptions.
 *
 * @param patience milliseconds; tests have less
 */
export async function listenToDatabase(
  url: string,
  log: Logger,
  { patience = PATIENCE } = {},
): Promise<LiveEvents & { close(): Promise<void> }> {
  const subscribers: Record<Kind, Set<Subscriber>> = { votes: new Set(), listed: new Set() }
  const onChange: ((change: Change) => void)[] = []
  const everybody = () => [...subscribers.votes, ...subscribers.listed]
  const listener = await openListener(url, {
    onEvent: (payload) => {
      const event = readEvent(payload)
      if (event === null) {
        log.warn({ payload: payload.slice(0, 200) }, 'a notification that is none of ours was left alone')
        return
      }
      const change = 'changed' in event ? 'changed' : 'votes' in event ? 'votes' : 'listed'
      for (const callback of onChange) callback(change)
      if ('changed' in event) return
      const [kind, ids] = 'votes' in event ? (['votes', event.votes] as const) : (['listed', event.listed] as const)
      for (const subscriber of subscribers[kind]) subscriber.tell(ids)
    },
    onLoss: () => {
      log.warn(
        'the connection that listens to the database is lost: until it is back, answers that are kept are not used, all are computed, and nobody hears of votes live',
      )
    },
    onReturn: () => {
      log.warn('listening to the database again after the connection was lost: answers that are kept are used again')
      for (const subscriber of everybody()) subscriber.missed()
      for (const callback of onChange) callback('changed')
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
    onChange: (callback) => void onChange.push(callback),
    isCurrent: listener.isCurrent,
    close: () => {
      for (const subscriber of everybody()) void subscriber.return()
      closed ??= listener.close()
      return closed
    },
  }
}

/** One who listens. What waits for it is a set of ids, and so no more than the papers it asked about. */
class Subscriber implements AsyncIterableIterator<LiveItem> {
  readonly #wanted: ReadonlySet<number> | null
  readonly #patience: number
  readonly #onEnd: () => void
  readonly #waiting = new Set<number>()
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

  tell(ids: readonly number[]): void {
    for (const id of ids) if (this.#wanted === null || this.#wanted.has(id)) this.#waiting.add(id)
    if (this.#waiting.size > MOST_WAITING) this.#drop()
    else this.#offer()
  }

  missed(): void {
    this.#hasMissed = true
    this.#offer()
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

  /** Hands over what waits if somebody is waiting for it, and gives them so long to come if not. */
  #offer(): void {
    if (this.#next) {
      const item = this.#take()
      if (!item) return
      const deliver = this.#next
      this.#next = null
      deliver({ value: item, done: false })
    } else if (!this.#isOver && this.#timer === undefined && (this.#waiting.size > 0 || this.#hasMissed)) {
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
    if (this.#waiting.size === 0) return null
    const paperIds = [...this.#waiting]
    this.#waiting.clear()
    return { paperIds }
  }

  /** Keeps nothing more for it than the word that it was too slow. */
  #drop(): void {
    this.#isTooSlow = true
    this.#end()
    this.#offer()
  }

  #end(): void {
    this.#isOver = true
    this.#hasMissed = false
    this.#waiting.clear()
    clearTimeout(this.#timer)
    this.#onEnd()
  }
}
