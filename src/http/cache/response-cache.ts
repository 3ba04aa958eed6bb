import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import { chooseEncoding, compress, type Encoding } from './encodings.ts'
import { type Finished, finish, type Page, secondsOf, send, type Version, versionOf } from './response.ts'

/** What an entry takes beside its bodies, and a spelling beside its text, about. */
const ENTRY_BYTES = 2_000
const SPELLING_BYTES = 200
/** Spellings have an eighth of the memory; one that takes more than this share of theirs is not remembered. */
const SPELLINGS_SHARE = 1 / 8
const LONGEST_SPELLING = 16_000
const LONGEST_KEY = 100
/** In milliseconds: while votes come one after the other, answers are computed anew this often and not for each. */
const CHANGES_TOGETHER = 100
/** In milliseconds: what nobody asks for again gives its memory back this long after its time has passed, at most. */
const SWEEP_EVERY = 30_000
/** In milliseconds: how much older than a commit an answer may be. */
const FRESH = 1_000

export interface FinishedPagesOptions {
  /** For bodies and the spellings that are answered with them; 0 keeps nothing. */
  megabytes: number
  /** Whose turn it is to be computed, unless a request comes with turns of its own. */
  turns: ConcurrencyLimit
  /** What time it is and when the open edition ends, in milliseconds: no answer is to be kept beyond that. */
  day: { now(): number; end(): number }
  /** Whether every change is heard of. While it is not, nothing that is kept is answered. */
  isCurrent: () => boolean
}

/** A request that is answered by bytes that are kept, or are made now. */
export interface Asked {
  request: IncomingMessage
  response: ServerResponse
  /** The same for requests that get the same answer. */
  key: string
  /** What the request is known by when it comes again as it was written; null where it says too little. */
  spelling: string | null
  /** Whose turn it is to be computed, where that is not the one of all pages. */
  turns?: ConcurrencyLimit
}

/**
 * Keeps finished answers in front of the database: bytes with their ETag, encoded once. An answer is computed once
 * however many ask for it at the same time, and forgotten when the catalogue changes, when the open edition ends or when
 * its time, a minute at most, has passed.
 */
export class FinishedPages {
  readonly #kept: LRUCache<string, Finished> | null
  readonly #underway = new Map<string, { made: Promise<Finished>; since: number; until: number }>()
  /** When each address began to answer what it answers, so that Last-Modified does not move while it stays the same. */
  readonly #changes = new LRUCache<string, Version>({ max: 10_000 })
  /** Which entry each request was answered with as it was written, so that it need not be read again. */
  readonly #spellings: LRUCache<string, { key: string; number: number }> | null
  readonly #turns: ConcurrencyLimit
  readonly #day: FinishedPagesOptions['day']
  readonly #isCurrent: () => boolean
  #clearedAt = Number.NEGATIVE_INFINITY
  #clearing: NodeJS.Timeout | undefined
  #sweeping: NodeJS.Timeout | undefined

  constructor({ megabytes, turns, day, isCurrent }: FinishedPagesOptions) {
    const bytes = megabytes * 1024 * 1024
    this.#kept =
      megabytes === 0 ? null : new LRUCache({ maxSize: bytes * (1 - SPELLINGS_SHARE), sizeCalculation: bytesOf })
    this.#spellings =
      megabytes === 0
        ? null
        : new LRUCache({
            maxSize: bytes * SPELLINGS_SHARE,
            sizeCalculation: (_, spelling) => SPELLING_BYTES + 2 * spelling.length,
          })
    this.#turns = turns
    this.#day = day
    this.#isCurrent = isCurrent
  }

  /** The catalogue changed: forgets everything at once, or in a tenth of a second where it did so a moment ago. */
  changed(): void {
    const wait = this.#clearedAt + CHANGES_TOGETHER - performance.now()
    if (wait <= 0) this.#clear()
    else this.#clearing ??= setTimeout(() => this.#clear(), wait).unref()
  }

  #clear(): void {
    clearTimeout(this.#clearing)
    this.#clearing = undefined
    this.#clearedAt = performance.now()
    this.#kept?.clear()
    // What is being computed may have read the old state. Those who wait for it are given it; nobody after them is.
    this.#underway.clear()
    this.#spellings?.clear()
  }

  /** Forgets what is too old to be answered, for as long as anything is kept. */
  #sweep(): void {
    this.#sweeping ??= setTimeout(() => {
      this.#sweeping = undefined
      this.#kept?.purgeStale()
      if (this.#kept?.size === 0) this.#spellings?.clear()
      else this.#sweep()
    }, SWEEP_EVERY).unref()
  }

  /** Answers from what is kept for a request that was written just so; false where nothing is. */
  answerKept(request: IncomingMessage, response: ServerResponse, spelling: string): boolean {
    const known = this.#spellings?.get(spelling)
    if (known === undefined || !this.#isCurrent()) return false
    const finished = this.#kept?.get(known.key)
    if (finished?.number !== known.number) return false
    const encoding = chooseEncoding(request, finished.bodies.identity.length)
    if (finished.bodies[encoding] === undefined) return false
    this.#send(request, response, finished, encoding, known.key)
    return true
  }

  /**
   * Answers: encoded, readable from every origin, and where it is asked by GET or HEAD, conditional.
   *
   * @param make computes the answer; not called while one is kept
   */
  async answer(
    { request, response, key: given, spelling, turns = this.#turns }: Asked,
    make: () => Promise<Page>,
  ): Promise<void> {
    const key = given.length > LONGEST_KEY ? hash('sha256', given, 'base64url') : given
    const kept = this.#isCurrent() ? this.#kept?.get(key) : undefined
    const finished = kept ?? (await this.#made(key, turns, make))
    const { bodies, number } = finished
    const encoding = chooseEncoding(request, bodies.identity.length)
    if (bodies[encoding] === undefined) await this.#encode(key, finished, encoding)
    // By its number: the bodies themselves would be held here when they are no longer kept.
    if (spelling !== null && spelling.length <= LONGEST_SPELLING && this.#kept?.peek(key)?.number === number)
      this.#spellings?.set(spelling, { key, number })
    this.#send(request, response, finished, encoding, key)
  }

  /** Answers with a page that is not kept: what is wrong with a request. */
  answerOnce(request: IncomingMessage, response: ServerResponse, page: Page): void {
    const finished = finish(page, this.#day.end())
    finished.version = versionOf(finished)
    send(request, response, finished, 'identity', this.#day.now())
  }

  #send(request: IncomingMessage, response: ServerResponse, finished: Finished, encoding: Encoding, key: string): void {
    if (finished.version === null && request.method !== 'POST' && finished.seconds > 0) this.#date(key, finished)
    send(request, response, finished, encoding, this.#day.now())
  }

  #made(key: string, turns: ConcurrencyLimit, make: () => Promise<Page>): Promise<Finished> {
    const underway = this.#underway.get(key)
    const isOfToday = underway !== undefined && this.#day.now() < underway.until
    if (isOfToday && (this.#isCurrent() || performance.now() - underway.since < FRESH)) return underway.made
    const made = turns
      // Who waited for a turn is in the old part of the heap, and whatever it is handed gets there, too: bytes only.
      .run(async () => {
        // Before it is made: what is begun in one edition and finished in the next may show the one that is over.
        const until = this.#day.end()
        return finish(await make(), until)
      })
      .then((finished) => {
        const seconds = finished.status === 200 ? secondsOf(finished, this.#day.now()) : 0
        // Not where the catalogue changed meanwhile.
        if (this.#kept && seconds > 0 && this.#underway.get(key)?.made === made) {
          this.#kept.set(key, finished, { ttl: seconds * 1000 })
          this.#sweep()
        }
        return finished
      })
      .finally(() => {
        if (this.#underway.get(key)?.made === made) this.#underway.delete(key)
      })
    this.#underway.set(key, { made, since: performance.now(), until: this.#day.end() })
    return made
  }

  /** Dates an answer: from when it began to be what it is or, where it changed twice within a second, from the next. */
  #date(key: string, finished: Finished): void {
    const version = versionOf(finished)
    const before = this.#changes.get(key)
    if (before?.etag === version.etag) version.since = before.since
    else if (before && before.since >= version.since) version.since = before.since + 1
    finished.version = version
    if (finished.status === 200) this.#changes.set(key, version)
  }

  async #encode(key: string, finished: Finished, encoding: Encoding): Promise<void> {
    if (encoding === 'identity') return
    const { bodies, underway, number } = finished
    underway[encoding] ??= compress[encoding](bodies.identity).then((body) => {
      bodies[encoding] = body
      // Set anew, so that its bytes are counted anew.
      if (this.#kept?.peek(key)?.number === number) this.#kept.set(key, { ...finished }, { noUpdateTTL: true })
      return body
    })
    await underway[encoding]
  }
}

const bytesOf = ({ bodies }: Finished): number =>
  Object.values(bodies).reduce((bytes, body) => bytes + body.length, ENTRY_BYTES)
