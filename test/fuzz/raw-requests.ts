import { PARAMETERS } from './addresses.ts'
import type { Random } from './random.ts'
import type { FuzzRequest } from './requests.ts'

// Requests whose head is put together byte by byte: targets that no client library would send, a `Host` that is odd, missing
// slashes, CONNECT and Upgrade.

const PATHS = `/ /graphql /healthz /readyz /robots.txt /favicon.ico /embed.js /embed-0123456789abcdef.js /feeds/papers.rss
/feeds/papers.atom /feeds/papers.json /feeds/editions/day.rss /oembed /embed /feeds/editions/week/2026-W05.json
/feeds/editions/2026-01.atom /editions/month/2026-01 /editions/2026-01-21 /api/daily_papers /api/papers/search
/api/papers/2601.00001 /papers/2601.00001 /papers/2601.00001.md /embed/papers/2601.00001 /papers/UGFwZXI6MQ /nothing /api *`
const NAMES = [...PARAMETERS, 'amp;first', 'documentId', '']
const VALUES = `a agents 5 0 -1 1e400 9999999999 2026-01-21 2026-W05 2026-02-30 month/2026-01 true undefined null NaN NEWEST dark
json xml %00 %FF %ED%A0%80 % %2 %2500 + , %2C " ' <b> \\ // /../ : 😀 \u202e __proto__ constructor {x} [] {"a":1} -survey author:a
{papers{totalCount}} {__typename http://127.0.0.1/papers/2601.00001`
const [paths, values] = [PATHS.split(/\s+/), VALUES.split(/\s+/)]
paths.push('')
values.push('', '"a b', 'a'.repeat(300), 'a,'.repeat(150))

/** In Latin-1, as are the requests. */
const HEADERS: readonly [name: string, values: readonly string[]][] = [
  [
    'Accept',
    [
      '*/*',
      'text/html',
      'application/json',
      'application/graphql-response+json',
      'text/event-stream;q=0',
      ';;,',
      '\x80',
      '',
    ],
  ],
  ['Accept-Encoding', ['gzip', 'br', 'identity;q=0', '*;q=0', 'zstd', ',,;q=x']],
  ['If-None-Match', ['*', '"x-gzip"', 'W/"', '\\"', ',']],
  ['If-Modified-Since', ['yesterday', 'Tue, 01 Jan 2030 00:00:00 GMT', '-1']],
  ['Authorization', ['', 'Bearer', 'Bearer x', 'Basic eDp5', 'Bearer \xff']],
  ['Content-Type', ['application/json', 'application/json; charset=utf-16', 'text/plain', 'multipart/form-data', '']],
  ['Origin', ['null', 'https://other.example']],
  ['Access-Control-Request-Headers', ['a', '\xe9', '']],
  ['Range', ['bytes=0-1', 'bytes=9-1']],
  ['Host', ['', 'x', 'x:99999', '[::1', 'a b']],
  ['Expect', ['100-continue', 'more']],
  ['Upgrade', ['websocket', 'h2c']],
]
const METHODS = [
  ...Array<string>(12).fill('GET'),
  ...['HEAD', 'HEAD', 'POST', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'PROPFIND', 'CONNECT'],
]
const BODIES = [
  '',
  '{}',
  '{"query":"{__typename}"}',
  '{"query":1}',
  '[]',
  'null',
  '{',
  '\xef\xbb\xbf{}',
  '"x"',
  '{"query":"{papers{',
]
const WRONG = ['/', '//', '%2F', '%', '.', '..', '\\', '\x01', '\xe9', '', '?', '#']
const ORIGINS = ['http://papers.example', 'HTTPS://u@h:1', 'http://', 'ftp://x', '/', '//', 'http://papers.example/']

/** Some characters replaced by wrong ones. */
const mutated = (text: string, random: Random): string =>
  [...text].map((letter) => (random.chance(0.02) ? random.pick(WRONG) : letter)).join('')

function rawTarget(random: Random): string {
  let path = random.pick(paths)
  if (random.chance(0.2)) path = path.replaceAll('/', () => random.pick(['/', '//', '/./', '%2f', '\\']))
  if (random.chance(0.2)) path += random.pick(['/', '//', '/..', '#', '.json', '%20', ';x=1'])
  if (random.chance(0.2)) path = random.pick(ORIGINS) + path
  const parameters = random.times(random.below(5), () => {
    const value = random.pick(values)
    const equals = random.pick(['=', '=', '=', '', '=='])
    return random.pick(NAMES) + equals + (random.chance(0.3) ? encodeURIComponent(value) : value)
  })
  const target =
    parameters.length === 0 ? path : `${path}?${parameters.join(random.pick(['&', '&', '&amp;', ';', '&&']))}`
  return random.chance(0.2) ? mutated(target, random) : target
}

/** A request; in one of fifty cases its head has wrong bytes. */
export function rawRequest(random: Random): FuzzRequest {
  const method = random.pick(METHODS)
  const body = method === 'GET' || method === 'HEAD' ? '' : random.pick(BODIES)
  const headers = random.times(random.below(4), () => {
    const [name, all] = random.pick(HEADERS)
    return `${name}: ${random.pick(all)}`
  })
  if (!headers.some((line) => line.startsWith('Host'))) headers.push('Host: x')
  if (body !== '') headers.push(`Content-Length: ${body.length}`)
  const target = Buffer.from(rawTarget(random)).toString('latin1')
  const head = `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`
  const isComplete = !random.chance(0.02)
  return { method, isComplete, bytes: Buffer.from((isComplete ? head : mutated(head, random)) + body, 'latin1') }
}
