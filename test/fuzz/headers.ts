import type { Known } from './addresses.ts'
import type { Random } from './random.ts'
import { token } from './tokens.ts'

export const MEDIA_TYPES = [
  ...['application/json', 'application/graphql-response+json', 'text/html', 'text/markdown', 'application/rss+xml'],
  ...['text/event-stream', 'multipart/mixed', '*/*', 'image/*', 'text/*;q=0.5', ';q=1', 'a/b;q=9', ',', 'x'],
  ...['application/json;charset=utf-16', 'application/x-www-form-urlencoded', 'application/graphql'],
  ...['multipart/form-data; boundary=x', 'application/json; charset="', '*/*;q=0', 'text/html;level=1;q=0.4'],
]

/** What clients and proxies send in a header, and what they might. */
const HEADERS: Readonly<Record<string, readonly string[] | ((known: Known, random: Random) => string)>> = {
  Accept: (_, random) => random.times(1 + random.below(3), () => random.pick(MEDIA_TYPES)).join(', '),
  'Accept-Encoding': ['gzip', 'br;q=1, *;q=0', 'zstd', 'identity;q=0', '*', 'x', ';;', 'gzip;q=a', '*;q=0'],
  'Accept-Language': ['de', '*', 'x'.repeat(50)],
  Authorization: ({ accessToken, tokenMaker }, random) =>
    random.chance(0.7)
      ? `Bearer ${random.chance(0.3) ? accessToken : token(tokenMaker, random)}`
      : random.pick([
          '',
          'Bearer',
          'Bearer ',
          'Bearer null',
          'Basic YTpi',
          'Bearer a.b.c',
          `Bearer ${'x'.repeat(5_000)}`,
        ]),
  'Cache-Control': ['no-cache', 'max-age=0', 'only-if-cached', '='],
  Connection: ['keep-alive', 'close', 'Upgrade', 'x'],
  'Content-Encoding': ['gzip', 'identity', 'br', 'x'],
  'Content-Type': MEDIA_TYPES,
  Cookie: ['a=b', ';', 'x'.repeat(4_000)],
  Expect: ['100-continue', '100-continue', '100-continue', 'x'],
  'If-Modified-Since': ['Tue, 03 Feb 2026 00:00:00 GMT', 'x', '0', '9'.repeat(30)],
  'If-None-Match': ['*', 'W/"x"', '"a", W/"b-gzip"', 'x', ',', '"'.repeat(99)],
  Origin: ['https://site.example', 'null', 'x'],
  Range: ['bytes=0-9', 'bytes=-1', 'x=1'],
  'Access-Control-Request-Method': ['POST', 'x'],
  'Access-Control-Request-Headers': ['content-type', 'x', ',,', 'a'.repeat(3_000)],
  'Last-Event-ID': ['x', '1'],
  'X-Forwarded-For': ['10.0.0.1', '::1', 'x, y'],
  'X-Forwarded-Host': ['site.example', 'a b', '"'],
  'X-Forwarded-Proto': ['https', 'x'],
}

export type Header = readonly [name: string, value: string | Buffer]

/** A header that clients send, in a tenth of all cases with bytes that are allowed and rare. */
export function oddHeader(known: Known, random: Random): Header {
  const name = random.pick(Object.keys(HEADERS))
  if (random.chance(0.1)) return [name, rareBytes(random)]
  const values = HEADERS[name] as (typeof HEADERS)[string]
  return [name, typeof values === 'function' ? values(known, random) : random.pick(values)]
}

const rareBytes = (random: Random): Buffer =>
  Buffer.from(random.bytes(1 + random.below(40)).map((byte) => (byte < 0x20 || byte === 0x7f ? 0x41 : byte)))
