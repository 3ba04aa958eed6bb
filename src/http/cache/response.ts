import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EXPOSED } from '../extensible-response.ts'
import type { Encoding } from './encodings.ts'

/** A response that is the same for every client. */
export interface ResponseContent {
  contentType: string
  body: string | Uint8Array
  /** The default is 200. Only 200 is cached. */
  status?: number
  /** Further headers in lower case, such as `link`. They replace the usual ones, such as `cache-control` and `vary`. */
  headers?: Record<string, string>
  /** How many seconds it may be cached, here and by clients; the default is a minute. 0: nobody may cache it. */
  seconds?: number
}

/** What is known of a response beside its content. */
export interface ResponseAbout {
  /** What computing it costs, in points of the rate limit. */
  points: number
  /** For the metrics, as in `RequestTrace`. */
  route: string
  operation: string | null
}

/** A response as it is sent: bytes in each encoding that a client requested. */
export interface EncodedResponse {
  /** Tells this response from a later one under the same key. */
  number: number
  status: number
  contentType: string
  headers: Record<string, string>
  seconds: number
  about: ResponseAbout
  /** When its content becomes wrong by itself, in milliseconds of the clock. It is not sent from the cache after that. */
  until: number
  /** Until when it is sent from the cache without more ado, and when it was made; in milliseconds of `performance.now()`. */
  freshUntil: number
  madeAt: number
  /** Null until it is sent to a GET or HEAD request. */
  version: Version | null
  bodies: { identity: Buffer } & Partial<Record<Encoding, Buffer>>
  /** Encodings in progress. */
  encoding: Partial<Record<Encoding, Promise<Buffer>>>
  /** The headers of each encoding, and of 304, as they were last sent, because they rarely change. */
  headerSets: { read: HeaderSets; posted: HeaderSets }
}

/** Tells a response from earlier ones of the same address. */
export interface Version {
  etag: string
  /** For `Last-Modified`, in seconds. */
  since: number
}

/** How many seconds clients and proxies may cache a response, and for how many more they may use it while they revalidate. */
interface Lifetime {
  maxAge: number
  staleFor: number
}

interface HeaderSet extends Lifetime {
  hasLastModified: boolean
  /** Names and values in turn, the form that `writeHead` takes as it is. */
  headers: string[]
}

type HeaderSets = Partial<Record<Encoding | 'unchanged', HeaderSet>>

/** Whether a request only reads. */
export const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD'

/** In seconds: how long a response may be cached, and one with an error. */
const MAX_AGE = 60
const MAX_AGE_OF_ERRORS = 10
const STALE_WHILE_REVALIDATE = 600

let created = 0

export function createResponse(
  { contentType, body, status = 200, headers = {}, seconds = MAX_AGE }: ResponseContent,
  until: number,
  about: ResponseAbout,
): EncodedResponse {
  created += 1
  return {
    number: created,
    status,
    contentType,
    headers,
    seconds,
    about,
    until,
    freshUntil: 0,
    madeAt: performance.now(),
    version: null,
    bodies: { identity: bytesOf(body) },
    encoding: {},
    headerSets: { read: {}, posted: {} },
  }
}

/** Not a slice of Node's buffer pool, which the cache would otherwise keep in memory. */
function bytesOf(text: string | Uint8Array): Buffer {
  if (typeof text !== 'string') return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

export const versionOf = ({ bodies }: EncodedResponse): Version => ({
  // Weak, because all encodings of a response share it.
  etag: `W/"${hash('sha256', bodies.identity, 'base64url').slice(0, 27)}"`,
  since: Math.floor(Date.now() / 1000),
})

/** How many more seconds a response may be cached; 0 or less if its edition has ended. */
export const remainingSeconds = ({ seconds, until }: EncodedResponse, now: number): number =>
  Math.min(seconds, (until - now) / 1000)

const NOT_CACHEABLE: Lifetime = { maxAge: 0, staleFor: 0 }

/** Both times end with the edition: a stale response must not show as open what has become final. */
function lifetimeOf(cached: EncodedResponse, now: number): Lifetime {
  const seconds = remainingSeconds(cached, now)
  if (seconds <= 0) return NOT_CACHEABLE
  const maxAge = Math.max(1, Math.floor(seconds))
  // A response that may be cached for a second must not be used for ten minutes.
  const mostStale = cached.seconds < MAX_AGE ? 0 : STALE_WHILE_REVALIDATE
  return { maxAge, staleFor: Math.max(0, Math.min(mostStale, Math.floor((cached.until - now) / 1000) - maxAge)) }
}

/**
 * Sends a response. GET and HEAD are conditional, and caches learn how long they may use it; POST has neither.
 *
 * @param now in milliseconds of the clock
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  cached: EncodedResponse,
  encoding: Encoding,
  now: number,
): void {
  const body = cached.bodies[encoding] as Buffer
  const isPosted = request.method === 'POST'
  const { version } = cached
  // The second change within a second is dated to the next second, and a date in the future may not be sent.
  const hasLastModified = version !== null && !isPosted && version.since * 1000 <= Date.now()
  const lifetime = isPosted ? NOT_CACHEABLE : lifetimeOf(cached, now)
  const { maxAge, staleFor } = lifetime
  const isKnown =
    !isPosted && cached.status === 200 && version !== null && isUnchanged(request, version, hasLastModified)
  const sets = isPosted ? cached.headerSets.posted : cached.headerSets.read
  const form = isKnown ? 'unchanged' : encoding
  let set = sets[form]
  if (
    set === undefined ||
    set.maxAge !== maxAge ||
    set.staleFor !== staleFor ||
    set.hasLastModified !== hasLastModified
  ) {
    const headers = responseHeaders(cached, lifetime, { hasLastModified, isPosted })
    if (!isKnown) headers.push('content-type', cached.contentType, 'content-length', String(body.length))
    if (!isKnown && encoding !== 'identity') headers.push('content-encoding', encoding)
    set = { maxAge, staleFor, hasLastModified, headers }
    sets[form] = set
  }
  if (isKnown) response.writeHead(304, set.headers).end()
  else response.writeHead(cached.status, set.headers).end(request.method === 'HEAD' ? undefined : body)
}

/** Sends a response from the cache in place of one that cannot be made now. */
export function sendStale(
  request: IncomingMessage,
  response: ServerResponse,
  cached: EncodedResponse,
  encoding: Encoding,
  staleSeconds: number,
): void {
  const body = cached.bodies[encoding] as Buffer
  const lifetime = { maxAge: Math.max(1, Math.floor(cached.seconds)), staleFor: 0 }
  const age = Math.ceil((performance.now() - cached.madeAt) / 1_000)
  const headers = responseHeaders(
    {
      ...cached,
      headers: {
        ...cached.headers,
        'cache-control': `${cached.headers['cache-control']?.startsWith('private') ? 'private' : 'public'}, max-age=${lifetime.maxAge}, stale-if-error=${staleSeconds}`,
        age: String(age),
      },
    },
    lifetime,
    { hasLastModified: false, isPosted: request.method === 'POST' },
  )
  headers.push('content-type', cached.contentType, 'content-length', String(body.length))
  if (encoding !== 'identity') headers.push('content-encoding', encoding)
  response.writeHead(cached.status, headers).end(request.method === 'HEAD' ? undefined : body)
}

/** For responses that a browser may open directly, or whose headers a page of another origin may read. */
const READ_HEADERS = {
  'x-content-type-options': 'nosniff',
  'access-control-expose-headers': `ETag, Last-Modified, Link, X-Error-Message, ${EXPOSED}`,
}

/** The headers that a response has with or without a body. */
function responseHeaders(
  { status, headers, version }: EncodedResponse,
  lifetime: Lifetime,
  { hasLastModified, isPosted }: { hasLastModified: boolean; isPosted: boolean },
): string[] {
  const isCacheable = lifetime.maxAge > 0
  const all: Record<string, string> = {
    'cache-control': cacheControl(status, lifetime),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED,
    ...((!isPosted || status !== 200) && READ_HEADERS),
    vary: 'Accept-Encoding',
    ...(isCacheable && version && { etag: version.etag }),
    ...headers,
  }
  if (isCacheable && version && hasLastModified) all['last-modified'] = new Date(version.since * 1000).toUTCString()
  return Object.entries(all).flat()
}

function cacheControl(status: number, { maxAge, staleFor }: Lifetime): string {
  if (maxAge === 0) return 'no-store'
  if (status !== 200) return `public, max-age=${Math.min(maxAge, MAX_AGE_OF_ERRORS)}`
  return staleFor === 0 ? `public, max-age=${maxAge}` : `public, max-age=${maxAge}, stale-while-revalidate=${staleFor}`
}

/** RFC 9110, 13.2.2: If-None-Match decides if it is there, If-Modified-Since otherwise. */
function isUnchanged(request: IncomingMessage, { etag, since }: Version, hasLastModified: boolean): boolean {
  const tags = request.headers['if-none-match']
  if (tags !== undefined) return namesVersion(tags, etag)
  const modifiedSince = request.headers['if-modified-since']
  return modifiedSince !== undefined && hasLastModified && since * 1000 <= Date.parse(modifiedSince)
}

/**
 * Whether `If-None-Match` has an ETag of ours. It is a hash, so it is looked for anywhere: proxies that compress add
 * `-gzip`, `-br` or `;gzip` on either side of the quotation mark, others add or remove `W/`, and some clients leave out or
 * escape the quotation marks.
 */
export const namesVersion = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch.includes(etag.slice('W/"'.length, -1)) || ifNoneMatch.trim() === '*'

/** A line of text. */
export const plainText = (text: string, status = 200): ResponseContent => ({
  contentType: 'text/plain; charset=utf-8',
  body: `${text}\n`,
  status,
})

/** An error for clients that read JSON. */
export const errorJson = (error: string, status: number): ResponseContent => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ error }),
  status,
})
