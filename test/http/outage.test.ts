import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { DatabaseWatch } from '../../src/db/outage.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Proxy as DatabaseProxy, startProxy } from '../support/proxy.ts'
import { startServer, type TestServer } from '../support/server.ts'

const STALE = 600
const QUERY = '{ papers(first: 3) { nodes { title } } }'
const graphql = (query: string) => `/graphql?query=${encodeURIComponent(query)}`

let database: FreshDatabase
let proxy: DatabaseProxy
let pool: Database
let server: TestServer
/** With `STALE_IF_ERROR=0`. */
let strict: TestServer
let token: string
let paperId: string
beforeAll(async () => {
  database = await freshDatabase()
  const { paperIds } = await givenPapers(database.db, 20)
  paperId = encodeGlobalId('Paper', paperIds[0] as number)
  proxy = await startProxy(database.url)
  pool = openDatabase(proxy.url, { connections: 2, statementTimeout: 5_000 })
  server = await startServer({ ...pool, url: proxy.url }, { cacheMegabytes: 4, staleIfError: STALE })
  strict = await startServer({ ...pool, url: proxy.url }, { cacheMegabytes: 4, staleIfError: 0 })
  token = await server.tokenOf('voter')
})
afterAll(async () => {
  await server?.close()
  await strict?.close()
  await pool?.close(0)
  await proxy?.stop()
  await database?.close()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers })

const vote = async () => {
  const query = `mutation { castVote(input: { paperId: "${paperId}" }) { __typename } }`
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, ...(await response.json()) }
}

const votes = async () => (await database.db.execute('select count(*)::int as count from votes'))[0]?.count

let attempts = 0
const isBack = () =>
  vi.waitFor(async () => {
    // Never read before, so not in the cache.
    attempts += 1
    const { status } = await get(graphql(`{ a${attempts}: topics(first: 1) { nodes { id } } }`))
    if (status !== 200) throw new Error(`The status is still ${status}.`)
  }, 20_000)

const FAULTS = {
  stopped: {
    begin: () => proxy.stop(),
    end: () => proxy.start(),
  },
  frozen: {
    begin: async () => proxy.hang(),
    end: async () => {
      await proxy.stop()
      await proxy.start()
    },
  },
}

/** Responses that stay in the cache. */
const CACHED_PATHS = [
  '/feeds/papers.rss',
  '/feeds/papers.json',
  '/',
  '/embed',
  '/api/daily_papers',
  '/changes.jsonl',
  graphql(QUERY),
]

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('the database is %s', (name) => {
  const { begin, end } = FAULTS[name]
  let cast: number
  beforeAll(async () => {
    await isBack()
    for (const path of CACHED_PATHS) expect((await get(path)).status, path).toBe(200)
    expect((await fetch(`${strict.url}/feeds/papers.rss`)).status).toBe(200)
    cast = Number(await votes())
    server.logged.length = 0
    await begin()
  })
  afterAll(async () => {
    await end()
    await isBack()
  })

  // First: what comes later finds a server that knows.
  test('a stuck read is refused, whatever other requests the server answers meanwhile', async () => {
    let isOver = false
    const others = (async () => {
      while (!isOver) {
        await get(graphql('{ rateLimit { cost } }'))
        await setTimeout(50)
      }
    })()
    const { status } = await get('/feeds/papers.rss?minVotes=3')
    isOver = true
    await others
    expect(status).toBe(503)
  })

  test('what was read before is still there; as soon as it may be outdated, it is marked', async () => {
    for (const path of CACHED_PATHS) {
      // Until the loss is noticed, responses are fresh.
      if (name === 'stopped')
        await expect.poll(async () => (await get(path)).headers.get('age'), { message: path }).not.toBeNull()
      const response = await get(path)
      expect(response.status, path).toBe(200)
      // A frozen connection does not say that it is: for the rest of their minute, responses are fresh.
      if (name === 'stopped') {
        expect(response.headers.get('age'), path).toMatch(/^\d+$/)
        expect(response.headers.get('cache-control'), path).toBe(`public, max-age=60, stale-if-error=${STALE}`)
      }
      expect((await response.text()).length, path).toBeGreaterThan(100)
    }
  })

  test('HEAD and conditional requests get the same, with its body where nothing tells whether it has changed', async () => {
    const path = '/feeds/papers.rss'
    const etag = (await get(path)).headers.get('etag') ?? ''
    const head = await fetch(server.url + path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const conditional = await get(path, { 'if-none-match': etag })
    expect(conditional.status).toBe(conditional.headers.has('age') ? 200 : 304)
    const refused = await fetch(`${server.url}${path}?minVotes=4`, { method: 'HEAD' })
    expect([refused.status, refused.headers.get('retry-after'), await refused.text()]).toEqual([503, '5', ''])
  })

  test.runIf(name === 'stopped')('with STALE_IF_ERROR=0 nothing is sent that may be outdated', async () => {
    await expect.poll(async () => (await fetch(`${strict.url}/feeds/papers.rss`)).status).toBe(503)
  })

  test.for([
    ['/feeds/papers.rss?minVotes=2', 'text/plain', /is away at the moment/],
    ['/feeds/papers.json?minVotes=2', 'application/json', /"error":"The database of this server is away/],
    ['/embed?minVotes=2', 'text/html', /is away at the moment/],
    ['/editions/2026-01-26', 'text/html', /is away at the moment/],
    ['/api/papers/2601.00001', 'application/json', /"error":"The database of this server is away/],
    [graphql('{ papers(first: 4) { nodes { id } } }'), 'application/json', /"code":"DATABASE_UNAVAILABLE"/],
  ] as const)('%s is refused in its own form', async ([path, type, text]) => {
    const response = await get(path, { accept: type === 'text/plain' ? '*/*' : type })
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain(type)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toMatch(text)
  })

  test('a vote is refused, and not cast later', async () => {
    expect(await vote()).toMatchObject({ status: 503, errors: [{ extensions: { code: 'DATABASE_UNAVAILABLE' } }] })
    expect(await votes()).toBe(cast)
  })

  test('the log has one line about it, and no stack', async () => {
    const about = server.logged.filter(({ msg }) => String(msg).startsWith('the database is away'))
    expect(about).toMatchObject([{ level: 50, reason: expect.stringMatching(/ECONNREFUSED|no reply within/) }])
    expect(server.logged.filter(({ err }) => err !== undefined)).toEqual([])
    expect(server.logged.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(5)
  })
})

test('when it is back, everything works again, and the log says so', async () => {
  await isBack()
  // Each connection of the pool learns by itself that it was lost.
  await expect.poll(vote).toEqual({ status: 200, data: { castVote: { __typename: 'VotePayload' } } })
  expect(server.logged.some(({ msg }) => msg === 'the database is back')).toBe(true)
  const fresh = await get(graphql(QUERY))
  expect(fresh.headers.get('age')).toBeNull()
})

describe('a statement that is slow while the database replies', () => {
  beforeEach(async () => {
    server.logged.length = 0
  })

  test('is waited for', async () => {
    const lock = database.db.transaction(async (tx) => {
      await tx.execute('lock table topics in access exclusive mode')
      await setTimeout(1_500)
    })
    await setTimeout(100)
    const response = await get(graphql('{ topics(first: 7) { nodes { name } } }'))
    expect(response.status).toBe(200)
    await lock
    expect(server.logged.filter(({ msg }) => String(msg).startsWith('the database is away'))).toEqual([])
  })

  test('is waited for, also if the database has no connection left for the watch', async () => {
    await database.db.execute(`create role crowded login connection limit 0 password 'crowded'`)
    onTestFinished(async () => void (await database.db.execute('drop role crowded')))
    const url = new URL(database.url)
    url.username = url.password = 'crowded'
    const lines: string[] = []
    const watch = new DatabaseWatch(url.href, pino({}, { write: (line: string) => void lines.push(line) }))
    onTestFinished(() => watch.close())
    expect(await watch.guard(() => setTimeout(1_000, 'done'))).toBe('done')
    expect(lines).toEqual([])
  })
})
