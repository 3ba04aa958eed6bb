import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

/** An answer that is the same for everyone: what it is, and for how long it may be kept. */
export interface Page {
  contentType: string
  body: string
  /** 200 unless told. Only 200 is kept. */
  status?: number
  /** Further headers, such as Link or Content-Security-Policy; a Cache-Control or Vary here takes the place of the usual one. */
  headers?: Record<string, string>
}

type Encoding = 'identity' | 'gzip' | 'br'

interface Finished {
  status: number
  contentType: string
  headers: Record<string, string>
  etag: string
  /** When it began to be what it is, in seconds. */
  since: number
  bodies: { identity: Buffer } & Partial<Record<Encoding, Buffer>>
  /** Encodings that are being made. */
  underway: Partial<Record<Encoding, Promise<Buffer>>>
  /** The headers of each encoding as they were sent last, since they hardly change. */
  heads: Partial<Record<Encoding, Head>>
}

interface Head {
  age: number
  isDated: boolean
  /** Names and values in turn, which Node takes as they are. */
  headers: string[]
}

/** How long clients and proxies may keep an answer, and how long they may show an old one while they ask again. */
const MAX_AGE = 60
const STALE_WHILE_REVALIDATE = 600
const MAX_BYTES = 64 * 1024 * 1024
/** What an entry takes beside its bodies, about. */
const ENTRY_BYTES = 2_000
/** How many spellings of addresses are remembered, and the longest of them. */
const ADDRESSES = 10_000
const LONGEST_ADDRESS = 500
/** Below this an encoding saves nothing. */
const COMPRESSED_FROM = 1_000

const compress = {
  gzip: promisify(gzip),
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
}

/**
 * Keeps finished answers in front of the database: bytes with their ETag, encoded once. An answer is computed once
 * however many ask for it at the same time, and forgotten when the catalogue changes, when the open edition ends or when
 * a minute has passed.
 */
export class FinishedPages {
  readonly #kept = new LRUCache<string, Finished>({ maxSize: MAX_BYTES, sizeCalculation: bytesOf })
  readonly #underway = new Map<string, Promise<Finished>>()
  /** When each address began to answer what it answers, so that Last-Modified does not move while it stays the same. */
  readonly #changes = new LRUCache<string, { etag: string; since: number }>({ max: 10_000 })
  /** Which entry each address was answered with as it was written, so that it need not be read again. */
  readonly #addresses = new LRUCache<string, { key: string; bodies: Finished['bodies'] }>({ max: ADDRESSES })
  readonly #secondsLeft: () => number

  /** @param secondsLeft how long the open edition still lasts: no answer is to be kept beyond its end */
  constructor(secondsLeft: () => number) {
    this.#secondsLeft = secondsLeft
  }

  /** Forgets everything: the catalogue changed. */
  clear(): void {
    this.#kept.clear()
    // What is being computed may have read the old state. Those who wait for it are given it; nobody after them is.
    this.#underway.clear()
    this.#addresses.clear()
  }

  /** Answers a GET or HEAD from what is kept for just this address; false where nothing is. */
  answerKept(request: IncomingMessage, response: ServerResponse): boolean {
    const address = this.#addresses.get(request.url ?? '')
    if (address === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const finished = this.#kept.get(address.key)
    if (finished?.bodies !== address.bodies) return false
    const encoding = chooseEncoding(request, finished)
    const body = finished.bodies[encoding]
    if (body === undefined) return false
    this.#send(request, response, finished, encoding, body)
    return true
  }

  /**
   * Answers a GET or HEAD: conditional, encoded, readable from every origin.
   *
   * What is answered depends on the address alone, and on the time, unless the page has a Vary of its own.
   *
   * @param key  the same for addresses that get the same answer
   * @param make computes the answer; not called while one is kept
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
    make: () => Promise<Page>,
  ): Promise<void> {
    const finished = this.#kept.get(key) ?? (await this.#made(key, make))
    const encoding = chooseEncoding(request, finished)
    const body = finished.bodies[encoding] ?? (await this.#encoded(key, finished, encoding))
    const { bodies, headers } = finished
    const dependsOnAddressOnly = headers.vary === undefined
    if (
      dependsOnAddressOnly &&
      request.url !== undefined &&
      request.url.length <= LONGEST_ADDRESS &&
      this.#kept.peek(key)?.bodies === bodies
    )
      this.#addresses.set(request.url, { key, bodies })
    this.#send(request, response, finished, encoding, body)
  }

  /** Answers with a page that is not kept: what is wrong with a request. */
  answerOnce(request: IncomingMessage, response: ServerResponse, page: Page): void {
    const finished = finish(page)
    this.#send(request, response, finished, 'identity', finished.bodies.identity)
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    finished: Finished,
    encoding: Encoding,
    body: Buffer,
  ): void {
    // A second change within one second is dated into the next, and that may not be said before it has come.
    const isDated = finished.since * 1000 <= Date.now()
    const age = Math.max(1, Math.min(MAX_AGE, Math.floor(this.#secondsLeft())))
    if (finished.status === 200 && isUnchanged(request, finished, isDated)) {
      response.writeHead(304, headersOf(finished, age, isDated)).end()
      return
    }
    let head = finished.heads[encoding]
    if (head === undefined || head.age !== age || head.isDated !== isDated) {
      const headers = headersOf(finished, age, isDated)
      headers.push('content-type', finished.contentType, 'content-length', String(body.length))
      if (encoding !== 'identity') headers.push('content-encoding', encoding)
      head = { age, isDated, headers }
      finished.heads[encoding] = head
    }
    response.writeHead(finished.status, head.headers).end(request.method === 'HEAD' ? undefined : body)
  }

  #made(key: string, make: () => Promise<Page>): Promise<Finished> {
    const underway = this.#underway.get(key)
    if (underway) return underway
    const made = make()
      .then((page) => {
        const finished = finish(page)
        if (finished.status === 200) {
          this.#date(key, finished)
          // Not where the catalogue changed meanwhile.
          if (this.#underway.get(key) === made)
            this.#kept.set(key, finished, { ttl: Math.max(1, Math.min(MAX_AGE, this.#secondsLeft())) * 1000 })
        }
        return finished
      })
      .finally(() => {
        if (this.#underway.get(key) === made) this.#underway.delete(key)
      })
    this.#underway.set(key, made)
    return made
  }

  /** Dates an answer: from when it began to be what it is or, where it changed twice within a second, from the next. */
  #date(key: string, finished: Finished): void {
    const before = this.#changes.get(key)
    if (before?.etag === finished.etag) finished.since = before.since
    else if (before && before.since >= finished.since) finished.since += 1
    this.#changes.set(key, { etag: finished.etag, since: finished.since })
  }

  #encoded(key: string, finished: Finished, encoding: Encoding): Promise<Buffer> {
    const { bodies, underway } = finished
    if (encoding === 'identity') return Promise.resolve(bodies.identity)
    underway[encoding] ??= compress[encoding](bodies.identity).then((body) => {
      bodies[encoding] = body
      // Set anew, so that its bytes are counted anew.
      if (this.#kept.peek(key)?.bodies === bodies) this.#kept.set(key, { ...finished }, { noUpdateTTL: true })
      return body
    })
    return underway[encoding]
  }
}

function finish({ contentType, body, status = 200, headers = {} }: Page): Finished {
  const bytes = Buffer.from(body)
  return {
    status,
    contentType,
    headers,
    // Weak: the encodings of one answer have one tag.
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    since: Math.floor(Date.now() / 1000),
    bodies: { identity: bytes },
    underway: {},
    heads: {},
  }
}

/** The headers that an answer has whether its body is sent or not. */
function headersOf({ status, headers, etag, since }: Finished, age: number, isDated: boolean): string[] {
  const all: Record<string, string> = {
    'cache-control':
      status === 200
        ? `public, max-age=${age}, stale-while-revalidate=${STALE_WHILE_REVALIDATE}`
        : 'public, max-age=10',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag, Last-Modified, Link, X-Error-Message',
    vary: 'Accept-Encoding',
    etag,
    ...headers,
  }
  if (isDated) all['last-modified'] = new Date(since * 1000).toUTCString()
  return Object.entries(all).flat()
}

const bytesOf = ({ bodies }: Finished): number =>
  Object.values(bodies).reduce((bytes, body) => bytes + body.length, ENTRY_BYTES)

/** RFC 9110, 13.2.2: If-None-Match decides where there is one, If-Modified-Since otherwise. */
function isUnchanged(request: IncomingMessage, { etag, since }: Finished, isDated: boolean): boolean {
  const tags = request.headers['if-none-match']
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => opaque(tag) === opaque(etag))
  return isDated && since * 1000 <= Date.parse(request.headers['if-modified-since'] ?? '')
}

/** Of encodings that a client likes equally well, the smaller one. The package's types do not have the option yet. */
const PREFERRED = { preferred: ['br', 'gzip'] }
type WithPreference = { encodings(available: Encoding[], options: typeof PREFERRED): Encoding[] }

/** What each Accept-Encoding chooses, since there are few. */
const choices = new LRUCache<string, Encoding>({ max: 1_000 })

function chooseEncoding({ headers }: IncomingMessage, { bodies }: Finished): Encoding {
  const accepted = headers['accept-encoding']
  if (accepted === undefined || bodies.identity.length < COMPRESSED_FROM) return 'identity'
  let choice = choices.get(accepted)
  if (choice === undefined) {
    const negotiator = new Negotiator({ headers }) as unknown as WithPreference
    choice = negotiator.encodings(['br', 'gzip', 'identity'], PREFERRED)[0] ?? 'identity'
    choices.set(accepted, choice)
  }
  return choice
}
