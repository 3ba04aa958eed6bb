import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import { exclusively } from '../db/exclusive.ts'
import { messageOf } from '../values/errors.ts'
import { retryDelay } from './outbox.ts'
import { ProblemLog } from './problem-log.ts'
import {
  dueFeeds,
  feedsToCheck,
  forgetUnread,
  MOST_FEEDS,
  postpone,
  type ServedFeed,
  type StoredFeed,
  storeAnnounced,
  storeChecked,
  storeServed,
} from './websub-feeds.ts'

/** In milliseconds: how often what was read and what changed is looked at. */
const EVERY = 5_000
/** In milliseconds: how often it is looked at although this process knows of nothing: others may have left something. */
const LOOK_ANYWAY = 60_000
/** In milliseconds: a feed that was noted is not noted again for so long. */
const NOTED = 3_600_000
/** After a look at many feeds, so many times as long passes before the next, so that a long import does not double the work. */
const REST = 9
/** Milliseconds that the hub has to reply. */
const TIMEOUT = 10_000
/** Feeds in one request. Hubs accept several addresses in a form of ordinary size. */
const BATCH = 50

const EXTENSION = /\.\w+(?=\?|$)/

export interface WebSubParts {
  /** A pool of two connections: one holds the lock. */
  db: Db
  /** Of the hub. */
  address: string
  /** Without a slash at its end. */
  publicUrl: () => string
  /** Of the entries that a feed has now, by its path and query; null if there is no such feed. The same in every format. */
  fingerprintOf(path: string): Promise<string | null>
  log: Logger
  every?: number
}

/**
 * Tells a WebSub hub of feeds whose entries changed. Feed readers subscribe at the hub that a feed names. What clients read is
 * stored, so that the hub is told also after a restart and by another process; one process at a time tells it. WebSub does not define
 * how to notify a hub, and hubs accept the form of PubSubHubbub 0.4: `hub.mode=publish` and the addresses.
 */
export class WebSub {
  readonly address: string
  readonly #parts: WebSubParts
  readonly #noted = new LRUCache<string, true>({ max: 2 * MOST_FEEDS, ttl: NOTED })
  readonly #served = new Map<string, { fingerprint: string; at: number }>()
  /** When something last changed that was not looked at, by `performance.now()`; 'unknown' before the first look. */
  #changedAt: number | 'unknown' | null = 'unknown'
  #lookedAt = Number.NEGATIVE_INFINITY
  /** When the last comparison began. */
  #checkedAt = Number.NEGATIVE_INFINITY
  #restsUntil = Number.NEGATIVE_INFINITY
  #looking: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  readonly #problems: ProblemLog

  constructor(parts: WebSubParts) {
    this.address = parts.address
    this.#parts = parts
    this.#problems = new ProblemLog(parts.log, 'the WebSub hub cannot be told of changed feeds')
  }

  /** Begins to tell the hub: first of what changed while no server ran. */
  start(): void {
    const look = () => {
      this.#looking = this.#looking.then(() => this.#look())
    }
    look()
    this.#timer = setInterval(look, this.#parts.every ?? EVERY).unref()
  }

  /** Stores what was read. The lock is free when this returns. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#looking
    await this.#guarded(() => this.#storeServed())
  }

  /** Notes that a client received the feed of this path, with these entries, and may subscribe to it. */
  served(path: string, fingerprint: () => string): void {
    if (this.#noted.has(path) || this.#served.size >= MOST_FEEDS) return
    this.#noted.set(path, true)
    this.#served.set(path, { fingerprint: fingerprint(), at: performance.now() })
  }

  /** Notes that papers changed. */
  changed(): void {
    this.#changedAt = performance.now()
  }

  #look(): Promise<void> {
    return this.#guarded(async () => {
      await this.#storeServed()
      const now = performance.now()
      const isDue = this.#changedAt !== null || now - this.#lookedAt >= LOOK_ANYWAY
      if (this.#isStopped || !isDue || now < this.#restsUntil) return
      const changedAt = this.#changedAt
      const isDone = await exclusively(this.#parts.db, 'webSub', async () => {
        await forgetUnread(this.#parts.db)
        if (changedAt !== null) await this.#check(changedAt === 'unknown' ? null : changedAt)
        await this.#announce()
        return !this.#isStopped
      })
      // Otherwise another process is at it: if it ends before it is done, this one goes on.
      if (isDone !== true) return
      if (this.#changedAt === changedAt) this.#changedAt = null
      this.#lookedAt = performance.now()
    })
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#problems.solved()
    } catch (error) {
      this.#problems.report(error)
    }
  }

  async #storeServed(): Promise<void> {
    if (this.#served.size === 0) return
    const entries = [...this.#served]
    this.#served.clear()
    const now = performance.now()
    const served = entries.map(([path, { fingerprint, at }]): ServedFeed => ({ path, fingerprint, age: now - at }))
    try {
      const left = await storeServed(this.#parts.db, served)
      if (left > 0)
        this.#parts.log.warn({ feeds: left, most: MOST_FEEDS }, 'these feeds are not announced: too many are read')
    } catch (error) {
      for (const { path } of served) this.#noted.delete(path)
      throw error
    }
    // Those that were read before a comparison had no part in it.
    const first = Math.min(...entries.map(([, { at }]) => at))
    if (this.#changedAt === null && first < this.#checkedAt) this.#changedAt = this.#checkedAt
  }

  /**
   * Compares feeds with what the hub knows of them.
   *
   * @param changedAt feeds that were compared after this need not be compared again; null for all feeds
   */
  async #check(changedAt: number | null): Promise<void> {
    const { db, fingerprintOf } = this.#parts
    const began = performance.now()
    const { feeds, now } = await feedsToCheck(db, changedAt === null ? null : began - changedAt)
    this.#checkedAt = began
    // A list is read once for all of its formats.
    const found = new Map<string, string | null>()
    for (let first = 0; first < feeds.length && !this.#isStopped; first += BATCH) {
      const checked: StoredFeed[] = []
      const gone: string[] = []
      for (const { path } of feeds.slice(first, first + BATCH)) {
        const list = path.replace(EXTENSION, '')
        let fingerprint = found.get(list)
        if (fingerprint === undefined) {
          fingerprint = await fingerprintOf(path)
          found.set(list, fingerprint)
        }
        if (fingerprint === null) gone.push(path)
        else checked.push({ path, fingerprint })
      }
      await storeChecked(db, { checked, gone, checkedAt: now })
    }
    const end = performance.now()
    this.#restsUntil = end + REST * (end - began)
  }

  async #announce(): Promise<void> {
    const { db, log, address: hub } = this.#parts
    let told = 0
    while (!this.#isStopped) {
      const due = await dueFeeds(db, BATCH)
      if (due.length === 0) break
      const paths = due.map(({ path }) => path)
      const reason = await this.#publish(paths)
      if (reason !== null) {
        const delay = retryDelay(1 + Math.max(...due.map(({ attempts }) => attempts)))
        const lost = await postpone(db, delay)
        const again = { hub, reason, retrySeconds: Math.round(delay) }
        log.warn(lost > 0 ? { ...again, givenUp: lost } : again, 'the WebSub hub was not told of changed feeds')
        break
      }
      await storeAnnounced(db, paths)
      told += due.length
    }
    if (told > 0) log.info({ hub, feeds: told }, 'the WebSub hub was told of changed feeds')
  }

  /** @returns why the hub did not take them; null if it did */
  async #publish(paths: readonly string[]): Promise<string | null> {
    const publicUrl = this.#parts.publicUrl()
    const body = new URLSearchParams([
      ['hub.mode', 'publish'],
      ...paths.map((path): [string, string] => ['hub.url', publicUrl + path]),
    ])
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      const response = await fetch(this.address, { method: 'POST', body, signal })
      await response.body?.cancel()
      return response.ok ? null : `It replied with the status ${response.status}.`
    } catch (error) {
      return messageOf(error)
    }
  }
}
