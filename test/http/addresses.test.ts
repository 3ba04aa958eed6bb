import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

// Addresses as clients write them: joined to a base address with a slash, sent whole as to a proxy, with parameters that
// others added.

const database = await freshDatabase()
await givenPapers(database.db, 10)
const server = await startServer(database, { cacheMegabytes: 16 })
afterAll(async () => {
  await server.close()
  await database.close()
})

const { data: one } = await server.ask('{ papers(first: 1, orderBy: NEWEST) { nodes { arxivId } } edition { date } }')
const QUERY = encodeURIComponent('{ papers(first: 2) { nodes { title } } }')
/** An address of every family of routes. */
const PATHS = [
  '/',
  '/healthz',
  '/readyz',
  `/graphql?query=${QUERY}`,
  '/feeds/papers.rss?first=3',
  '/feeds/editions/week.json',
  '/api/daily_papers?limit=3',
  `/api/papers/${one.papers.nodes[0].arxivId}`,
  `/papers/${one.papers.nodes[0].arxivId}`,
  `/papers/${one.papers.nodes[0].arxivId}.md`,
  '/editions/month/2026-01',
  '/embed?first=3',
  '/embed.js',
  `/oembed?url=${encodeURIComponent(`${server.url}/embed?first=3`)}`,
  '/robots.txt',
]

/** A response to a target that `fetch` would change. */
async function raw(target: string, { method = 'GET', headers = {}, body = '' } = {}) {
  const { hostname: host, port } = new URL(server.url)
  const sending = request({ host, port, path: target, method, headers: { connection: 'close', ...headers } }).end(body)
  const [response] = (await once(sending, method === 'CONNECT' ? 'connect' : 'response')) as [IncomingMessage]
  const text = method === 'CONNECT' ? '' : Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode, headers: response.headers, text }
}

const sent = async (target: string) => {
  const { status, headers, text } = await raw(target)
  return { status, type: headers['content-type'], text }
}

describe.each(PATHS)('%s', (path) => {
  const [name, query = ''] = path.split(/(?=\?)/) as [string, string?]

  test('is found with a slash at its end or at that of its base address, and in absolute form', async () => {
    const expected = await sent(path)
    expect(expected.status).toBe(200)
    for (const target of [
      `/${path}`,
      name.replaceAll('/', '//') + query,
      `${name}/${query}`,
      `${server.url}${path}`,
      `${server.url}/${path}`,
      `http://papers.example${path}`,
      `HTTPS://user@papers.example:8443${path}`,
      `${path}#fragment`,
    ])
      expect(await sent(target), target).toEqual(expected)
  })
})

test('an absolute form without a path is the home page', async () => {
  const home = await sent('/')
  for (const target of ['http://papers.example', 'http://papers.example/', 'http://papers.example?x=1'])
    expect(await sent(target), target).toEqual(home)
})

test('an unknown path in absolute form is 404, and not the home page', async () => {
  const { status, text } = await raw('http://papers.example/nothing')
  expect([status, text]).toEqual([404, 'There is nothing at /nothing. The API is at /graphql.\n'])
})

test('operations are posted to an absolute form, too, and preflights sent', async () => {
  for (const target of ['http://papers.example/graphql', '//graphql']) {
    const headers = { 'content-type': 'application/json' }
    const { status, text } = await raw(target, { method: 'POST', headers, body: '{"query":"{ viewer { id } }"}' })
    expect([status, JSON.parse(text)]).toEqual([200, { data: { viewer: null } }])
    const asked = { origin: 'https://other.example', 'access-control-request-method': 'POST' }
    const preflight = await raw(target, { method: 'OPTIONS', headers: asked })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
  }
})

test('OPTIONS * tells the methods, and other targets that are no path are refused', async () => {
  const all = await raw('*', { method: 'OPTIONS' })
  expect([all.status, all.headers.allow]).toEqual([200, 'GET, HEAD, POST, OPTIONS'])
  const { status, text } = await raw('*')
  expect([status, text]).toEqual([400, expect.stringContaining('The request target must be a path')])
  expect((await raw('ftp://papers.example/graphql')).status).toBe(400)
})

test('CONNECT is refused, and the server goes on', async () => {
  expect((await raw('papers.example:443', { method: 'CONNECT' })).status).toBe(501)
  expect((await raw('/healthz')).status).toBe(200)
})

const HAS_CURL = spawnSync('curl', ['--version']).status === 0
if (!HAS_CURL) console.warn('Without curl, requests through this server as a proxy are not tested.')

test.runIf(HAS_CURL)('curl -x', async () => {
  const curl = async (...options: string[]) => {
    const { stdout } = await promisify(execFile)('curl', ['-s', '-x', server.url, ...options])
    return stdout
  }
  expect(await curl('http://papers.example/healthz')).toBe('ok\n')
  expect(await curl('http://papers.example/feeds/papers.json?first=3')).toBe(
    (await raw('/feeds/papers.json?first=3')).text,
  )
  const posted = await curl(
    '-H',
    'content-type: application/json',
    '-d',
    '{"query":"{ viewer { id } }"}',
    'http://papers.example/graphql',
  )
  expect(JSON.parse(posted)).toEqual({ data: { viewer: null } })
  const refused = await curl('-o', '/dev/null', '-w', '%{http_connect}', 'https://papers.example/').catch(
    ({ stdout }) => stdout,
  )
  expect(refused).toBe('501')
})

describe('parameters that others add', () => {
  const ADDED = 'utm_source=letter&utm_medium=email&fbclid=IwAR0&gclid=x&mc_cid=1&mc_eid=2&ref=hn&dnt=1&nocache=3'

  test.each([
    '/',
    '/feeds/papers.rss?first=4&topics=agents',
    '/feeds/editions/day.json',
    `/feeds/editions/day/${one.edition.date}.atom`,
    '/embed?first=4&theme=dark',
    `/embed/papers/${one.papers.nodes[0].arxivId}`,
    `/papers/${one.papers.nodes[0].arxivId}`,
    `/editions/${one.edition.date}`,
    '/api/daily_papers?limit=4',
    '/api/papers/search?q=agents',
    `/oembed?url=${encodeURIComponent(`${server.url}/embed?first=4&utm_source=x`)}`,
  ])('%s has one response and one cache entry, whatever is added', async (path) => {
    const expected = await sent(path)
    const { result, statements } = await database.log.during(() =>
      Promise.all(
        [
          ...[ADDED, '_=1732756800', '_=1732756801&UTM_ID=1'].map(
            (added) => `${path.includes('?') ? '&' : '?'}${added}`,
          ),
          '?utm_source=letter&utm_medium=email',
        ].map((added) => sent(path + added)),
      ),
    )
    expect([expected.status, statements]).toEqual([200, []])
    for (const response of result) expect(response).toEqual(expected)
  })

  test('are in no address that a response has', async () => {
    for (const path of ['/feeds/papers.json', '/feeds/papers.atom', '/embed', '/feeds/editions/day.rss'])
      expect((await raw(`${path}?first&${ADDED}`.replace(/editions(.*)first&/, 'editions$1'))).text, path).not.toMatch(
        /utm_|fbclid/,
      )
  })

  test('what may be a misspelled filter is refused', async () => {
    for (const path of ['/feeds/papers.rss', '/embed', '/feeds/editions/day.rss'])
      for (const name of ['topic', 'utm', 'reference', 'minvotes', 'amp;first', 'topics[]'])
        expect((await raw(`${path}?${name}=a`)).status, `${path} ${name}`).toBe(400)
  })
})

describe('empty values mean that nothing is given', () => {
  test.each([
    ['/api/daily_papers', 'date=&week=&month=&sort=&submitter=&p=&limit='],
    ['/api/daily_papers?limit=3', 'limit=&limit='],
    ['/api/papers/search?q=agents', 'limit='],
    ['/feeds/papers.rss', 'topics=&first=&orderBy=&query=&hasCode=&edition=&after='],
    ['/embed', 'topics=&first=&theme='],
    ['/feeds/editions/day.json', 'after='],
  ])('%s with %s', async (path, more) => {
    expect(await sent(`${path}${path.includes('?') ? '&' : '?'}${more}`)).toEqual(await sent(path))
  })
})

test('an edition has the same names for pages, feeds, REST, oEmbed and the parameters of a list', async () => {
  // A picture of a paper is a link to it, too.
  const idsOf = (text: string) => [...new Set([...text.matchAll(/\/papers\/([\w.]+)"/g)].map(([, id]) => id))]
  const expected = idsOf((await raw('/embed?listedFrom=2026-01-01&listedTo=2026-01-31&orderBy=MOST_VOTED')).text)
  expect(expected.length).toBeGreaterThan(1)
  for (const name of ['2026-01', 'month/2026-01', 'month/2026-01-21']) {
    expect(idsOf((await raw(`/embed?edition=${name}&orderBy=MOST_VOTED`)).text), name).toEqual(expected)
    expect(idsOf((await raw(`/editions/${name}`)).text), name).toEqual(expected)
    const feed = JSON.parse((await raw(`/feeds/editions/${name}.json`)).text) as { items: { url: string }[] }
    expect(
      feed.items.map(({ url }) => url.split('/').at(-1)),
      name,
    ).toEqual(expected)
    const { src } =
      /src="(?<src>[^"]*)"/.exec(JSON.parse((await raw(`/oembed?url=${server.url}/editions/${name}`)).text).html)
        ?.groups ?? {}
    expect(idsOf(await (await fetch((src as string).replaceAll('&amp;', '&'))).text()), name).toEqual(expected)
  }
  const rest = async (query: string) =>
    (JSON.parse((await raw(`/api/daily_papers?${query}`)).text) as { paper: { id: string } }[]).map(
      ({ paper }) => paper.id,
    )
  const month = await rest('month=2026-01')
  expect(expected).toEqual(expect.arrayContaining(month))
  expect(await rest('month=2026-01-21')).toEqual(month)
  expect(await rest('week=2026-W04')).toEqual(await rest('week=2026-01-21'))
})
