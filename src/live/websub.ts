import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { messageOf } from '../values/errors.ts'

/** The largest number of feeds that are published: the ones requested most recently. */
const MAX_FEEDS = 1_000
/** Changes within this many milliseconds are published together. */
const DELAY = 5_000
/** Milliseconds that the hub has to reply. */
const TIMEOUT = 10_000
/** Feeds in one request. Hubs accept several addresses in a form of ordinary size. */
const BATCH = 50

/**
 * Notifies a WebSub hub of feeds that changed. Feed readers subscribe at the hub that a feed names. WebSub does not define
 * how to notify a hub, and hubs accept the form of PubSubHubbub 0.4: `hub.mode=publish` and the addresses.
 */
export class WebSubHub {
  readonly address: string
  readonly #log: Logger
  readonly #delay: number
  readonly #feeds = new LRUCache<string, true>({ max: MAX_FEEDS })
  #timer: NodeJS.Timeout | undefined

  constructor(address: string, log: Logger, delay = DELAY) {
    this.address = address
    this.#log = log
    this.#delay = delay
  }

  /** Notes that a client received the feed of this address and may subscribe to it. */
  served(feed: string): void {
    this.#feeds.set(feed, true)
  }

  /** Notes that papers changed. The hub is notified after the delay, once for all changes until then. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#publish()
    }, this.#delay).unref()
  }

  /** A failed request is not retried: the next change publishes the same feeds, and feed readers also poll. */
  async #publish(): Promise<void> {
    const feeds = [...this.#feeds.keys()]
    for (let first = 0; first < feeds.length; first += BATCH) {
      const body = new URLSearchParams([
        ['hub.mode', 'publish'],
        ...feeds.slice(first, first + BATCH).map((feed) => ['hub.url', feed]),
      ])
      try {
        const { ok, status } = await fetch(this.address, {
          method: 'POST',
          body,
          signal: AbortSignal.timeout(TIMEOUT),
        })
        if (!ok) this.#log.warn({ hub: this.address, status }, 'the WebSub hub rejected the changed feeds')
      } catch (error) {
        this.#log.warn({ hub: this.address, reason: messageOf(error) }, 'the WebSub hub cannot be reached')
        return
      }
    }
  }
}
