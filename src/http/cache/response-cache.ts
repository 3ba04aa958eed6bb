import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Meter } from '../rate-limits/rate-limits.ts'
import { noteCached, type RequestTrace } from '../request-trace.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import { chooseEncoding, compress, type Encoding } from './encodings.ts'
import {
  createResponse,
  type EncodedResponse,
  type ResponseAbout,
  type ResponseContent,
  remainingSeconds,
  send,
  sendStale,
  type Version,
  versionOf,
} from './response.ts'

/** Estimates: what an entry takes beside its bodies, and a request key beside its text. */
const ENTRY_BYTES = 2_000
const REQUEST_KEY_BYTES = 200
/** The share of the memory that request keys get. */
const REQUEST_KEYS_SHARE = 1 / 8
/** In characters. Longer keys are not stored. */
const LONGEST_REQUEST_KEY = 16_000
const LONGEST_KEY = 100
/** In milliseconds: during a burst of changes the cache is cleared this often, not once for each change. */
const CLEAR_EVERY = 100
/** In milliseconds: expired entries that nobody requests again are removed this often. */
const SWEEP_EVERY = 30_000
/** In milliseconds: how much older than a commit a response may be. */
const FRESH = 1_000

/** Nobody asks what is known of a response that is not stored. */
const UNCACHED: ResponseAbout = { points: 1, route: 'none', operation: null }

export interface ResponseCacheOptions {
  /** For bodies and request keys; 0 caches nothing. */
  megabytes: number
  /** How many responses are computed at the same time, unless a request has a limit of its own. */
  limit: ConcurrencyLimit
  /** The time, and when responses become wrong by themselves because the open edition ends; both in milliseconds. */
  clock: { now(): number; endOfEdition(): number }
  /** Whether the server hears of every change. While it does not, nothing is sent from the cache. */
  isCurrent: () => boolean
  /** For how many seconds a response may be sent that cannot be made again because of an outage; 0 for never. */
  staleSeconds: number
  /** Whether an error means that no response can be made at the moment. */
  isOutage: (error: unknown) => boolean
}

/** A request whose response is sent from the cache, or computed now. */
export interface CacheRequest {
  request: IncomingMessage
  response: ServerResponse
  /** The same for all requests that have the same response. */
  key: string
  /** The request as the client wrote it, to find its response without parsing it; null if that text does not decide. */
  requestKey: string | null
  about: ResponseAbout
  /** Spends the points of the response, or those of one from the cache. */
  meter: Pick<Meter, 'charge' | 'chargeCached'>
  limit?: ConcurrencyLimit
}

/**
 * Caches encoded responses with their ETag. A response is computed once for all requests that wait for it. It is fresh until
 * the catalogue changes, the open edition ends, or its time is over, after a minute at most; after that it is kept for an
 * outage only.
 */
export class ResponseCache {
  readonly #entries: LRUCache<string, EncodedResponse> | null
  readonly #computing = new Map<string, { result: Promise<EncodedResponse>; since: number; until: number }>()
  /** The last version of each key, so that `Last-Modified` stays as long as the content does. */
  readonly #versions = new LRUCache<string, Version>({ max: 10_000 })
  /** The cache key and response number for each request, by its text as the client sent it. */
  readonly #requestKeys: LRUCache<string, { key: string; number: number }> | null
  readonly #limit: ConcurrencyLimit
  readonly #clock: ResponseCacheOptions['clock']
  readonly #isCurrent: () => boolean
  readonly #staleSeconds: number
  readonly #isOutage: (error: unknown) => boolean
  /** Responses that are older are not fresh. */
  #changedAt = Number.NEGATIVE_INFINITY
  #clearedAt = Number.NEGATIVE_INFINITY
  #clearTimer: NodeJS.Timeout | undefined
  #sweepTimer: NodeJS.Timeout | undefined

  constructor({ megabytes, limit, clock, isCurrent, staleSeconds, isOutage }: ResponseCacheOptions) {
    const bytes = megabytes * 1024 * 1024
    this.#entries =
      megabytes === 0 ? null : new LRUCache({ maxSize: bytes * (1 - REQUEST_KEYS_SHARE), sizeCalculation: bytesOf })
    this.#requestKeys =
      megabytes === 0
        ? null
        : new LRUCache({
            maxSize: bytes * REQUEST_KEYS_SHARE,
            sizeCalculation: (_, requestKey) => REQUEST_KEY_BYTES + 2 * requestKey.length,
          })
    this.#limit = limit
    this.#clock = clock
    this.#isCurrent = isCurrent
    this.#staleSeconds = staleSeconds
    this.#isOutage = isOutage
  }

  /** The catalogue changed: clears the cache now, or within a tenth of a second if it was cleared just before. */
  invalidate(): void {
    const wait = this.#clearedAt + CLEAR_EVERY - performance.now()
    if (wait <= 0) this.#clear()
    else this.#clearTimer ??= setTimeout(() => this.#clear(), wait).unref()
  }

  #clear(): void {
    clearTimeout(this.#clearTimer)
    this.#clearTimer = undefined
    this.#clearedAt = performance.now()
    if (this.#staleSeconds === 0) this.#entries?.clear()
    this.#changedAt = this.#clearedAt
    // Responses in progress may have read the old state. Only the requests that wait for them already get them.
    this.#computing.clear()
    this.#requestKeys?.clear()
  }

  /** Removes expired entries from time to time, until the cache is empty. */
  #sweep(): void {
    this.#sweepTimer ??= setTimeout(() => {
      this.#sweepTimer = undefined
      this.#entries?.purgeStale()
      if (this.#entries?.size === 0) this.#requestKeys?.clear()
      else this.#sweep()
    }, SWEEP_EVERY).unref()
  }

  /**
   * Sends the cached response of a request that was written in the same way before.
   *
   * @param observers.meter spends the points of the response; nothing is sent if it throws
   * @returns null, at once, if there is none
   */
  sendCached(
    request: IncomingMessage,
    response: ServerResponse,
    requestKey: string,
    { meter, trace }: { meter: Pick<Meter, 'chargeCached'>; trace: RequestTrace },
  ): Promise<void> | null {
    const known = this.#requestKeys?.get(requestKey)
    if (known === undefined || !this.#isCurrent()) return null
    const cached = this.#fresh(known.key)
    if (cached?.number !== known.number) return null
    const encoding = chooseEncoding(request, cached.bodies.identity.length)
    if (cached.bodies[encoding] === undefined) return null
    noteCached(trace, cached.about)
    return meter
      .chargeCached(cached.about.points)
      .then(() => this.#send(request, response, cached, encoding, known.key))
  }

  /**
   * Sends a response, from the cache if it is there: encoded, readable from every origin and, to GET and HEAD, conditional.
   *
   * @param compute makes the response if it is not in the cache
   * @returns whether it was in the cache; stale if it was sent although it is not fresh
   */
  async respond(
    { request, response, key: given, requestKey, about, meter, limit = this.#limit }: CacheRequest,
    compute: () => Promise<ResponseContent>,
  ): Promise<'hit' | 'miss' | 'stale'> {
    const key = given.length > LONGEST_KEY ? hash('sha256', given, 'base64url') : given
    const stored = this.#isCurrent() ? this.#fresh(key) : undefined
    // Before the work. Those that wait for the same response pay, too: whether they have to wait is not their choice.
    await (stored ? meter.chargeCached(stored.about.points) : meter.charge(about.points))
    let cached = stored
    try {
      cached ??= await this.#compute(key, { limit, about }, compute)
    } catch (error) {
      const last = this.#staleSeconds > 0 && this.#isOutage(error) ? this.#entries?.get(key) : undefined
      if (last === undefined) throw error
      const encoding = chooseEncoding(request, last.bodies.identity.length)
      sendStale(
        request,
        response,
        last,
        last.bodies[encoding] === undefined ? 'identity' : encoding,
        this.#staleSeconds,
      )
      return 'stale'
    }
    const { bodies, number } = cached
    const encoding = chooseEncoding(request, bodies.identity.length)
    if (bodies[encoding] === undefined) await this.#encode(key, cached, encoding)
    // By its number: a reference would keep the bodies in memory after the entry is dropped.
    if (requestKey !== null && requestKey.length <= LONGEST_REQUEST_KEY && this.#entries?.peek(key)?.number === number)
      this.#requestKeys?.set(requestKey, { key, number })
    this.#send(request, response, cached, encoding, key)
    return stored ? 'hit' : 'miss'
  }

  #fresh(key: string): EncodedResponse | undefined {
    const entry = this.#entries?.get(key)
    return entry && entry.madeAt > this.#changedAt && performance.now() < entry.freshUntil ? entry : undefined
  }

  /** Sends a response that the cache does not store, such as an error. */
  sendUncached(request: IncomingMessage, response: ServerResponse, content: ResponseContent): void {
    const created = createResponse(content, this.#clock.endOfEdition(), UNCACHED)
    if (created.seconds > 0) created.version = versionOf(created)
    send(request, response, created, 'identity', this.#clock.now())
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    cached: EncodedResponse,
    encoding: Encoding,
    key: string,
  ): void {
    if (cached.version === null && request.method !== 'POST' && cached.seconds > 0) this.#setVersion(key, cached)
    send(request, response, cached, encoding, this.#clock.now())
  }

  #compute(
    key: string,
    { limit, about }: { limit: ConcurrencyLimit; about: ResponseAbout },
    compute: () => Promise<ResponseContent>,
  ): Promise<EncodedResponse> {
    const computing = this.#computing.get(key)
    const isOfThisEdition = computing !== undefined && this.#clock.now() < computing.until
    if (isOfThisEdition && (this.#isCurrent() || performance.now() - computing.since < FRESH)) return computing.result
    const result = limit
      // A request that waited in the queue is in V8's old generation, and what it receives follows it: bytes, not objects.
      .run(async () => {
        // Read before the work: a response that is begun in one edition and ends in the next may show the old one.
        const until = this.#clock.endOfEdition()
        return createResponse(await compute(), until, about)
      })
      .then((cached) => {
        const seconds = cached.status === 200 ? remainingSeconds(cached, this.#clock.now()) : 0
        // Not if the catalogue changed in the meantime.
        if (this.#entries && seconds > 0 && this.#computing.get(key)?.result === result) {
          cached.freshUntil = performance.now() + seconds * 1000
          this.#entries.set(key, cached, { ttl: Math.max(seconds, this.#staleSeconds) * 1000 })
          this.#sweep()
        }
        return cached
      })
      .finally(() => {
        if (this.#computing.get(key)?.result === result) this.#computing.delete(key)
      })
    this.#computing.set(key, { result, since: performance.now(), until: this.#clock.endOfEdition() })
    return result
  }

  /** Dates a response to when its content appeared or, for a second change within one second, to the next second. */
  #setVersion(key: string, cached: EncodedResponse): void {
    const version = versionOf(cached)
    const before = this.#versions.get(key)
    if (before?.etag === version.etag) version.since = before.since
    else if (before && before.since >= version.since) version.since = before.since + 1
    cached.version = version
    if (cached.status === 200) this.#versions.set(key, version)
  }

  async #encode(key: string, cached: EncodedResponse, encoding: Encoding): Promise<void> {
    if (encoding === 'identity') return
    const { bodies, encoding: underway, number } = cached
    underway[encoding] ??= compress[encoding](bodies.identity).then((body) => {
      bodies[encoding] = body
      // Stored again, so that the cache counts its bytes again.
      if (this.#entries?.peek(key)?.number === number) this.#entries.set(key, { ...cached }, { noUpdateTTL: true })
      return body
    })
    await underway[encoding]
  }
}

const bytesOf = ({ bodies }: EncodedResponse): number =>
  Object.values(bodies).reduce((bytes, body) => bytes + body.length, ENTRY_BYTES)
