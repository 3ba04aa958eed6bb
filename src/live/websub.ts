import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { messageOf } from '../values/errors.ts'

/** How many feeds the hub is told of: those that were read last. */
const MOST_FEEDS = 1_000
/** In milliseconds: papers that are listed one after the other are told together. */
const SETTLING = 5_000
const PATIENCE = 10_000
/** Hubs take several addresses at once, in forms of ordinary size. */
const FEEDS_AT_ONCE = 50

/**
 * Tells a WebSub hub which feeds to read again. Readers subscribe at the hub that a feed names; what to publish there is
 * left open by WebSub, and hubs take what PubSubHubbub 0.4 had: a form with `hub.mode=publish` and the addresses.
 */
export class WebSubHub {
  readonly address: string
  readonly #log: Logger
  readonly #settling: number
  readonly #feeds = new LRUCache<string, true>({ max: MOST_FEEDS })
  #waiting: NodeJS.Timeout | undefined

  constructor(address: string, log: Logger, settling = SETTLING) {
    this.address = address
    this.#log = log
    this.#settling = settling
  }

  /** Somebody was given the feed of this address, and may subscribe to it now. */
  served(feed: string): void {
    this.#feeds.set(feed, true)
  }

  /** Papers came, went or changed: the hub hears of it a little later, of all changes until then at once. */
  changed(): void {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined
      void this.#publish()
    }, this.#settling).unref()
  }

  /** What the hub does not hear now it hears with the next change; readers can ask by themselves all the time. */
  async #publish(): Promise<void> {
    const feeds = [...this.#feeds.keys()]
    for (let first = 0; first < feeds.length; first += FEEDS_AT_ONCE) {
      const body = new URLSearchParams([
        ['hub.mode', 'publish'],
        ...feeds.slice(first, first + FEEDS_AT_ONCE).map((feed) => ['hub.url', feed]),
      ])
      try {
        const { ok, status } = await fetch(this.address, {
          method: 'POST',
          body,
          signal: AbortSignal.timeout(PATIENCE),
        })
        if (!ok) this.#log.warn({ hub: this.address, status }, 'the WebSub hub did not take the feeds that changed')
      } catch (error) {
        this.#log.warn({ hub: this.address, reason: messageOf(error) }, 'the WebSub hub cannot be reached')
        return
      }
    }
  }
}
