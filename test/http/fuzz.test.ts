import { connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { startServer } from '../support/server.ts'

// Addresses joined at random, with random parameters, headers and bytes. Each request must get a response that is no failure
// of the server. FUZZ_CASES=20000 FUZZ_SEED=1 tries more of them, and others; seeds 1 to 5 found none on 2026-11-28.

const CASES = Number(process.env.FUZZ_CASES ?? 1_500)
const SEED = Number(process.env.FUZZ_SEED ?? 12)
const AT_ONCE = 16

const database = await freshDatabase()
await givenPapers(database.db, 20)
const server = await startServer(database, { cacheMegabytes: 8 })
afterAll(async () => {
  await server.close()
  await database.close()
})

const PATHS = [
  ...['/', '/graphql', '/healthz', '/readyz', '/robots.txt', '/favicon.ico', '/embed.js', '/embed-0123456789abcdef.js'],
  ...['/feeds/papers.rss', '/feeds/papers.atom', '/feeds/papers.json', '/feeds/editions/day.rss', '/oembed', '/embed'],
  ...[
    '/feeds/editions/week/2026-W05.json',
    '/feeds/editions/2026-01.atom',
    '/editions/month/2026-01',
    '/editions/2026-01-21',
  ],
  ...[
    '/api/daily_papers',
    '/api/papers/search',
    '/api/papers/2601.00001',
    '/papers/2601.00001',
    '/papers/2601.00001.md',
  ],
  ...['/embed/papers/2601.00001', '/papers/UGFwZXI6MQ', '/nothing', '/api', '*', ''],
]
const NAMES = [
  ...[
    'topics',
    'allTopics',
    'authors',
    'publishedFrom',
    'listedTo',
    'minVotes',
    'hasCode',
    'query',
    'edition',
    'orderBy',
  ],
  ...[
    'first',
    'after',
    'theme',
    'p',
    'limit',
    'sort',
    'date',
    'week',
    'month',
    'submitter',
    'q',
    'url',
    'format',
    'maxwidth',
  ],
  ...[
    'maxheight',
    '_',
    'utm_source',
    'amp;first',
    'topics[]',
    'variables',
    'extensions',
    'operationName',
    'documentId',
    '',
  ],
]
const VALUES = [
  ...[
    '',
    'a',
    'agents',
    '5',
    '0',
    '-1',
    '1e400',
    '9999999999',
    '2026-01-21',
    '2026-W05',
    '2026-02-30',
    'month/2026-01',
    'true',
  ],
  ...[
    'undefined',
    'null',
    'NaN',
    'NEWEST',
    'dark',
    'json',
    'xml',
    '%00',
    '%FF',
    '%ED%A0%80',
    '%',
    '%2',
    '%2500',
    '+',
    ',',
    '%2C',
  ],
  ...[
    '"',
    "'",
    '<b>',
    '\\',
    '//',
    '/../',
    ':',
    '😀',
    '\u202e',
    '__proto__',
    'constructor',
    '{x}',
    '[]',
    '{"a":1}',
    '-survey',
  ],
  ...[
    'author:a',
    '"a b',
    '{papers{totalCount}}',
    '{__typename',
    'http://127.0.0.1/papers/2601.00001',
    'a'.repeat(300),
    'a,'.repeat(150),
  ],
]
const HEADERS: [name: string, values: string[]][] = [
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

interface RandomRequest {
  /** In Latin-1. */
  bytes: string
  /** Whether its head has wrong bytes, so that the server may wait for more or send nothing. */
  isBroken: boolean
}

/** A request, always the same for the same numbers. */
function randomRequest(draw: () => number): RandomRequest {
  const one = <T>(all: readonly T[]): T => all[Math.floor(draw() * all.length)] as T
  const times = <T>(most: number, make: () => T): T[] => Array.from({ length: Math.floor(draw() * (most + 1)) }, make)
  const mutate = (text: string) =>
    [...text]
      .map((letter) =>
        draw() < 0.02 ? one(['/', '//', '%2F', '%', '.', '..', '\\', '\x01', '\xe9', '', '?', '#']) : letter,
      )
      .join('')

  let path = one(PATHS)
  if (draw() < 0.2) path = path.replaceAll('/', () => one(['/', '//', '/./', '%2f', '\\']))
  if (draw() < 0.2) path += one(['/', '//', '/..', '#', '.json', '%20', ';x=1'])
  if (draw() < 0.2)
    path =
      one(['http://papers.example', 'HTTPS://u@h:1', 'http://', 'ftp://x', '/', '//', 'http://papers.example/']) + path
  const parameters = times(
    4,
    () =>
      `${one(NAMES)}${one(['=', '=', '=', '', '=='])}${draw() < 0.3 ? encodeURIComponent(one(VALUES)) : one(VALUES)}`,
  )
  let target = parameters.length > 0 ? `${path}?${parameters.join(one(['&', '&', '&amp;', ';', '&&']))}` : path
  if (draw() < 0.2) target = mutate(target)
  const method = one(METHODS)
  const body = method === 'GET' || method === 'HEAD' ? '' : one(BODIES)
  const headers = times(3, () => one(HEADERS)).map(([name, values]) => `${name}: ${one(values)}`)
  if (!headers.some((line) => line.startsWith('Host'))) headers.push('Host: x')
  if (body !== '') headers.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`)
  const head = `${method} ${Buffer.from(target).toString('latin1')} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`
  const isBroken = draw() < 0.02
  return { bytes: (isBroken ? mutate(head) : head) + body, isBroken }
}

/** The response, without an interim one. A client that sent wrong bytes closes its side. */
function responseTo({ bytes, isBroken }: RandomRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').setTimeout(30_000, () => socket.destroy(new Error('no end within 30 seconds')))
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => {
      resolve(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))
    })
    if (isBroken) socket.end(bytes, 'latin1')
    else socket.write(bytes, 'latin1')
  })
}

test(`${CASES} random requests get a response, and none is a failure of the server`, { timeout: 600_000 }, async () => {
  const draw = random(SEED)
  const failures: string[] = []
  let next = 0
  const statuses = new Map<string, number>()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < CASES) {
        next += 1
        const sent = randomRequest(draw)
        const response = await responseTo(sent).catch((error) => String(error))
        const [, status = 'none'] = /^HTTP\/1\.1 (\d{3}) /.exec(response) ?? []
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        const isGood = /^[234]\d\d$|^501$/.test(status) || (sent.isBroken && response === '')
        if (!isGood) failures.push(`${JSON.stringify(sent.bytes)}: ${response.slice(0, 200)}`)
      }
    }),
  )
  if (process.env.FUZZ_CASES !== undefined) console.log(Object.fromEntries(statuses))
  expect(failures.slice(0, 10)).toEqual([])
  expect(server.logged.filter(({ level }) => Number(level) > 40)).toEqual([])
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})
