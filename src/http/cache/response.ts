import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Encoding } from './encodings.ts'

/** An answer that is the same for everyone: what it is, and for how long it may be kept. */
export interface Page {
  contentType: string
  body: string
  /** 200 unless told. Only 200 is kept. */
  status?: number
  /** Further headers, such as Link or Content-Security-Policy; a Cache-Control or Vary here takes the place of the usual one. */
  headers?: Record<string, string>
  /** For how many seconds at most it is good; a minute unless told. 0: nobody is to keep it, whatever its status. */
  seconds?: number
}

/** An answer as it is sent: bytes, in as many encodings as were asked for. */
export interface Finished {
  /** No other one has it. */
  number: number
  status: number
  contentType: string
  headers: Record<string, string>
  seconds: number
  /** When the edition ends in which it was begun to be made, in milliseconds of the clock. It is good no longer. */
  until: number
  /** What tells it from what its address answered before; made when first sent by GET. */
  version: Version | null
  bodies: { identity: Buffer } & Partial<Record<Encoding, Buffer>>
  /** Encodings that are being made. */
  underway: Partial<Record<Encoding, Promise<Buffer>>>
  /** The headers of each encoding as they were sent last, since they hardly change. */
  heads: { read: Partial<Record<Encoding, Head>>; posted: Partial<Record<Encoding, Head>> }
}

export interface Version {
  etag: string
  /** When it began to be what it is, in seconds. */
  since: number
}

/** For how many seconds clients and proxies may keep an answer, and for how many more they may show it as an old one. */
interface Keeping {
  age: number
  stale: number
}

interface Head extends Keeping {
  isDated: boolean
  /** Names and values in turn, which Node takes as they are. */
  headers: string[]
}

/** Whether a request only reads its address. */
export const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD'

/** In seconds: how long an answer is good, and one that says that there is nothing. */
const MAX_AGE = 60
const MAX_AGE_OF_NOTHING = 10
/** For how long more clients and proxies may show an answer while they ask again. */
const STALE_WHILE_REVALIDATE = 600

let made = 0

export function finish(
  { contentType, body, status = 200, headers = {}, seconds = MAX_AGE }: Page,
  until: number,
): Finished {
  made += 1
  return {
    number: made,
    status,
    contentType,
    headers,
    seconds,
    until,
    version: null,
    bodies: { identity: bytesOf(body) },
    underway: {},
    heads: { read: {}, posted: {} },
  }
}

/** Bytes of their own: a small Buffer is otherwise a part of a larger one, which would be kept with it. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

export const versionOf = ({ bodies }: Finished): Version => ({
  // Weak: the encodings of one answer have one tag.
  etag: `W/"${hash('sha256', bodies.identity, 'base64url').slice(0, 27)}"`,
  since: Math.floor(Date.now() / 1000),
})

/** For how many seconds an answer is good from now on; 0 or less where its edition is over. */
export const secondsOf = ({ seconds, until }: Finished, now: number): number => Math.min(seconds, (until - now) / 1000)

const NOT_KEPT: Keeping = { age: 0, stale: 0 }

/** Both end with the edition: an old answer must not show as open what has become final. */
function keepingOf(finished: Finished, now: number): Keeping {
  const seconds = secondsOf(finished, now)
  if (seconds <= 0) return NOT_KEPT
  const age = Math.max(1, Math.floor(seconds))
  // What is good for a second only must not be shown for minutes more.
  const most = finished.seconds < MAX_AGE ? 0 : STALE_WHILE_REVALIDATE
  return { age, stale: Math.max(0, Math.min(most, Math.floor((finished.until - now) / 1000) - age)) }
}

/**
 * Sends an answer: to a GET or HEAD conditionally and with what caches need to know; a POST has no such thing.
 *
 * @param now in milliseconds of the clock
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  finished: Finished,
  encoding: Encoding,
  now: number,
): void {
  const body = finished.bodies[encoding] as Buffer
  const isPosted = request.method === 'POST'
  const { version } = finished
  // A second change within one second is dated into the next, and that may not be said before it has come.
  const isDated = version !== null && !isPosted && version.since * 1000 <= Date.now()
  const keeping = isPosted ? NOT_KEPT : keepingOf(finished, now)
  const { age, stale } = keeping
  if (!isPosted && finished.status === 200 && version !== null && isUnchanged(request, version, isDated)) {
    response.writeHead(304, headersOf(finished, keeping, { isDated, isPosted })).end()
    return
  }
  const heads = isPosted ? finished.heads.posted : finished.heads.read
  let head = heads[encoding]
  if (head === undefined || head.age !== age || head.stale !== stale || head.isDated !== isDated) {
    const headers = headersOf(finished, keeping, { isDated, isPosted })
    headers.push('content-type', finished.contentType, 'content-length', String(body.length))
    if (encoding !== 'identity') headers.push('content-encoding', encoding)
    head = { age, stale, isDated, headers }
    heads[encoding] = head
  }
  response.writeHead(finished.status, head.headers).end(request.method === 'HEAD' ? undefined : body)
}

/** What is said where a browser may open the address, or a page of another site read the headers. */
const OF_ADDRESSES = {
  'x-content-type-options': 'nosniff',
  'access-control-expose-headers': 'ETag, Last-Modified, Link, X-Error-Message',
}

/** The headers that an answer has whether its body is sent or not. */
function headersOf(
  { status, headers, version }: Finished,
  keeping: Keeping,
  { isDated, isPosted }: { isDated: boolean; isPosted: boolean },
): string[] {
  const { age } = keeping
  const all: Record<string, string> = {
    'cache-control': cacheControl(status, keeping),
    'access-control-allow-origin': '*',
    ...(!isPosted && OF_ADDRESSES),
    vary: 'Accept-Encoding',
    ...(age > 0 && version && { etag: version.etag }),
    ...headers,
  }
  if (age > 0 && version && isDated) all['last-modified'] = new Date(version.since * 1000).toUTCString()
  return Object.entries(all).flat()
}

function cacheControl(status: number, { age, stale }: Keeping): string {
  if (age === 0) return 'no-store'
  if (status !== 200) return `public, max-age=${Math.min(age, MAX_AGE_OF_NOTHING)}`
  return stale === 0 ? `public, max-age=${age}` : `public, max-age=${age}, stale-while-revalidate=${stale}`
}

/** RFC 9110, 13.2.2: If-None-Match decides where there is one, If-Modified-Since otherwise. */
function isUnchanged(request: IncomingMessage, { etag, since }: Version, isDated: boolean): boolean {
  const tags = request.headers['if-none-match']
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => opaque(tag) === opaque(etag))
  const since304 = request.headers['if-modified-since']
  return since304 !== undefined && isDated && since * 1000 <= Date.parse(since304)
}
