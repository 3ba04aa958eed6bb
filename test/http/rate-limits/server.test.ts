import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../../schema/global-id.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { startServer, type TestServer } from '../../support/server.ts'

let database: FreshDatabase
let server: TestServer
let paperId: string
beforeAll(async () => {
  database = await freshDatabase()
  const { paperIds } = await givenPapers(database.db, 40)
  paperId = encodeGlobalId('Paper', paperIds[0] as number)
  server = await startServer(database, { trustedProxies: 1, cacheMegabytes: 4, quotas: { votes: 3 } })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

let clients = 0
/** An address that no other test has. */
const newClient = (): Record<string, string> => {
  clients += 1
  return { 'x-forwarded-for': `192.0.2.${clients}` }
}

const get = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers })

const post = (body: unknown, headers: Record<string, string>) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify(body),
  })

const remaining = (response: Response): number =>
  Number(/"points";r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1])

/** 100 papers with their organizations and topics. */
const LARGE = '{ papers(first: 100) { nodes { id organization { name } topics { name } } } }'
const LARGE_POINTS = 49

describe('what a request costs', () => {
  test('the headers of the IETF draft, which a page of another origin may read', async () => {
    const response = await post({ query: LARGE }, newClient())
    expect(response.headers.get('ratelimit-policy')).toBe('"points";q=1000;w=60')
    expect(response.headers.get('ratelimit')).toBe(`"points";r=${1_000 - LARGE_POINTS};t=60`)
    expect(response.headers.get('access-control-expose-headers')).toContain('RateLimit, RateLimit-Policy, Retry-After')
  })

  test.for([
    ['a feed: a point for each paper', '/feeds/papers.rss?first=12', 12],
    ['a feed of papers like others', '/feeds/papers.rss?first=12&like=2601.00001', 32],
    ['a page of papers like others', '/papers?first=5&like=2601.00001', 25],
    ['an embedded list of papers like others', '/embed?first=7&like=2601.00001', 27],
    ['an edition by likeness', '/feeds/editions/day/2026-02-02.rss?first=5&like=2601.00001', 25],
    ['a feed of the default length', '/feeds/papers.json', 30],
    ['an embedded list', '/embed?first=7', 7],
    ['what to embed of a list: the papers by which it is measured', '/oembed?url=http%3A%2F%2Fa%2Fpapers', 6],
    ['the same of papers like others', '/oembed?url=http%3A%2F%2Fa%2Fpapers%3Flike%3D2601.00001', 26],
    ['an embedded paper', '/embed/papers/nothing-here', 1],
    ['the daily papers of the Hugging Face API', '/api/daily_papers?limit=9', 9],
    ['what changed: a point for each change', '/changes.jsonl?first=1000', 40],
    ['a part of what changed', '/changes.jsonl?first=9', 9],
    ['a cursor of changes that is none', '/changes.jsonl?after=x', 1],
    ['a search by the Hugging Face API', '/api/papers/search?q=attention&limit=9', 29],
    ['the embed script', '/embed.js', 1],
    ['a wrong parameter', '/feeds/papers.rss?first=x', 1],
    ['an address without a page', '/nothing', 1],
    ['a wrong document', '/graphql?query=%7B', 1],
    ['a health check: nothing', '/healthz', null],
  ] as const)('%s', async ([, path, points]) => {
    const response = await get(path, newClient())
    await response.arrayBuffer()
    if (points === null) expect(response.headers.get('ratelimit')).toBeNull()
    else expect(remaining(response)).toBe(1_000 - points)
  })

  test('a saved list costs what it shows, whatever it is written as', async () => {
    const token = await server.tokenOf('saver')
    const save = async (filter: object): Promise<Record<string, string>> => {
      const { data } = await server.ask(
        'mutation ($input: CreateSavedFilterInput!) { createSavedFilter(input: $input) { ... on SavedFilterPayload { savedFilter { feeds { rss bibtex embed } } } } }',
        { input: { name: 'Mine', filter } },
        token,
      )
      return data?.createSavedFilter.savedFilter.feeds
    }
    const usual = Object.values(await save({ minVotes: 1 }))
    const alike = Object.values(await save({ like: ['2601.00001'] }))
    expect([usual, alike].map(({ length }) => length)).toEqual([3, 3])
    const costs = (addresses: readonly string[]) =>
      Promise.all(
        addresses.map(async (address) => 1_000 - remaining(await get(new URL(address).pathname, newClient()))),
      )
    expect(await costs(usual)).toEqual([30, 30, 30])
    expect(await costs(alike)).toEqual([50, 50, 50])
    expect(await costs(['http://a/feeds/saved/nobody.rss'])).toEqual([1])
  })

  test('to ask for up to 1,000 changes when there are none: a point, also from the cache', async () => {
    const client = newClient()
    const all = await get('/changes.jsonl?first=1000', newClient())
    const { pageInfo } = JSON.parse((await all.text()).trimEnd().split('\n').at(-1) as string)
    const poll = async () => {
      const response = await get(`/changes.jsonl?first=1000&after=${pageInfo.endCursor}`, client)
      await response.arrayBuffer()
      return remaining(response)
    }
    expect([await poll(), await poll()]).toEqual([999, 998])
  })

  test('from the cache, a tenth; also an unchanged feed', async () => {
    const path = '/feeds/papers.atom?first=25'
    const first = await get(path, newClient())
    expect(remaining(first)).toBe(975)
    const headers = newClient()
    const again = await get(path, headers)
    expect(remaining(again)).toBe(997)
    const unchanged = await get(path, { ...headers, 'if-none-match': first.headers.get('etag') as string })
    expect(unchanged.status).toBe(304)
    expect(remaining(unchanged)).toBe(994)
    const query = `/graphql?query=${encodeURIComponent(LARGE.replace('{ papers', '{ p: papers'))}`
    expect(remaining(await get(query, newClient()))).toBe(1_000 - LARGE_POINTS)
    expect(remaining(await get(query, newClient()))).toBe(1_000 - Math.ceil(LARGE_POINTS / 10))
    // The same operation in another form of request.
    const posted = { query: LARGE.replace('{ papers', '{ p: papers') }
    expect(remaining(await post(posted, { ...newClient(), accept: 'application/json' }))).toBe(
      1_000 - Math.ceil(LARGE_POINTS / 10),
    )
  })

  test('`extensions.cost` where a client asks for it', async () => {
    const response = await post({ query: LARGE, extensions: { cost: true } }, newClient())
    const { data, extensions } = await response.json()
    expect(data.papers.nodes).toHaveLength(40)
    expect(extensions.cost).toEqual({ cost: expect.any(Number), points: LARGE_POINTS })
    expect(Math.ceil(extensions.cost.cost / 25)).toBe(LARGE_POINTS)
  })
})

describe('`rateLimit`', () => {
  test('what the operation cost, and what is left', async () => {
    const before = Date.now()
    const response = await post(
      { query: `{ rateLimit { limit remaining cost resetAt } ${LARGE.slice(1)}` },
      newClient(),
    )
    const { data } = await response.json()
    expect(data.papers.nodes).toHaveLength(40)
    expect(data.rateLimit).toMatchObject({ limit: 1_000, cost: LARGE_POINTS })
    expect(data.rateLimit.remaining).toBe(remaining(response))
    const wait = Date.parse(data.rateLimit.resetAt) - before
    expect(wait).toBeGreaterThan(58_000)
    expect(wait).toBeLessThan(62_000)
  })

  test.for([
    `{ rateLimit(dryRun: true) { cost remaining } ${LARGE.slice(1)}`,
    `query ($dry: Boolean! = true) { rateLimit(dryRun: $dry) { cost remaining } ${LARGE.slice(1)}`,
    `{ ...F ${LARGE.slice(1)} fragment F on Query { ... on Query { rateLimit(dryRun: true) { cost remaining } } }`,
  ])('a dry run: %s', async (query) => {
    const response = await post({ query }, newClient())
    expect(await response.json()).toEqual({ data: { rateLimit: { cost: LARGE_POINTS, remaining: 999 } } })
  })

  test('a dry run is checked as the operation would be', async () => {
    const response = await post({ query: '{ rateLimit(dryRun: true) { cost } nothing }' }, newClient())
    expect((await response.json()).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  test.for([
    ['spread each other', '{ rateLimit { cost } ...F0 }', 'OPERATION_TOO_LARGE'],
    [
      'spread themselves',
      '{ rateLimit { cost } ...Self } fragment Self on Query { ...Self }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ] as const)('fragments that %s are read once each', async ([, operation, code]) => {
    const doubled = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)
    const query = `${operation} ${doubled.join(' ')} fragment F40 on Query { __typename }`
    const response = await post({ query }, newClient())
    expect((await response.json()).errors[0].extensions.code).toBe(code)
  })

  test('a dry run that is left out is none', async () => {
    const query =
      'query ($dry: Boolean!) { ... @include(if: $dry) { rateLimit(dryRun: true) { cost } } topics(first: 1) { __typename } }'
    const ask = async (dry: boolean) => (await post({ query, variables: { dry } }, newClient())).json()
    expect(await ask(false)).toEqual({ data: { topics: { __typename: 'TopicConnection' } } })
    expect(await ask(true)).toEqual({ data: { rateLimit: { cost: 1 } } })
  })

  test('a client is never told the standing of another from the cache', async () => {
    const query = `/graphql?query=${encodeURIComponent('{ rateLimit { remaining } }')}`
    const [one, other] = [newClient(), newClient()]
    await get(query, one)
    expect(await (await get(query, one)).json()).toEqual({ data: { rateLimit: { remaining: 998 } } })
    expect(await (await get(query, other)).json()).toEqual({ data: { rateLimit: { remaining: 999 } } })
  })

  test('a signed-in user has other points than an address', async () => {
    const token = await server.tokenOf('reader')
    const query = '{ rateLimit { limit remaining } }'
    const { data } = await (await post({ query }, { ...newClient(), authorization: `Bearer ${token}` })).json()
    expect(data.rateLimit).toEqual({ limit: 5_000, remaining: 4_999 })
  })
})

describe('a client without points', () => {
  const spend = async (headers: Record<string, string>) => {
    let response = await get('/feeds/papers.rss?first=100', headers)
    for (let n = 0; n < 100 && response.status === 200; n += 1)
      response = await get(`/feeds/papers.rss?first=100&minVotes=${n}`, headers)
    return response
  }

  test('is refused by every route in its own form, and told when to come back', async () => {
    const headers = newClient()
    expect((await spend(headers)).status).toBe(429)
    const others = [
      ['/feeds/papers.json?first=99', 'application/json', /"error":"This request costs 99 points/],
      ['/api/daily_papers?limit=99', 'application/json', /"error":"This request costs 99 points/],
      ['/embed?first=99', 'text/html', /This request costs 99 points/],
      ['/editions/2026-01-26', 'text/html', /This request costs 100 points/],
      [`/graphql?query=${encodeURIComponent(LARGE)}`, 'application/json', /"code":"RATE_LIMITED"/],
    ] as const
    for (const [path, type, text] of others) {
      const response = await get(path, { ...headers, accept: type })
      expect(response.status, path).toBe(429)
      expect(response.headers.get('content-type'), path).toContain(type)
      expect(response.headers.get('access-control-allow-origin'), path).toBe('*')
      expect(response.headers.get('cache-control'), path).toBe('no-store')
      const seconds = Number(response.headers.get('retry-after'))
      expect(seconds, path).toBeGreaterThan(50)
      expect(seconds, path).toBeLessThanOrEqual(60)
      expect(await response.text(), path).toMatch(text)
    }
    // Nobody else is.
    expect((await get('/feeds/papers.json?first=99', newClient())).status).toBe(200)
  })

  test('is refused what is in the cache, and an address without a page, in the same way', async () => {
    const small = await startServer(database, { trustedProxies: 1, cacheMegabytes: 4, quotas: { anonymous: 5 } })
    const read = (path: string, headers: Record<string, string>) => fetch(small.url + path, { headers })
    const query = `/graphql?query=${encodeURIComponent('{ papers(first: 1) { nodes { id } } }')}`
    for (const [path, type, text] of [
      [query, 'application/json', /"code":"RATE_LIMITED"/],
      ['/feeds/papers.json?first=1', 'application/json', /"error":"This request costs 1 point/],
      ['/embed?first=1', 'text/html', /This request costs 1 point/],
      ['/nothing', 'application/json', /"error":"This request costs 1 point/],
      ['/nothing', 'text/html', /This request costs 1 point/],
    ] as const) {
      const headers = { ...newClient(), accept: type }
      const statuses: number[] = []
      for (let n = 0; n < 5; n += 1) statuses.push((await read(path, headers)).status)
      expect(statuses, path).not.toContain(429)
      const refused = await read(path, headers)
      expect(refused.status, path).toBe(429)
      expect(refused.headers.get('content-type'), path).toContain(type)
      expect(refused.headers.get('cache-control'), path).toBe('no-store')
      expect(Number(refused.headers.get('retry-after')), path).toBeGreaterThan(50)
      expect(await refused.text(), path).toMatch(text)
    }
    await small.close()
  })

  test('refused requests of every kind are counted, so that they end, too', async () => {
    const headers = { ...newClient(), authorization: 'Bearer dp_wrong' }
    const statuses = new Map<number, number>()
    for (let n = 0; n < 1_010; n += 1) {
      const { status } = await post({ query: '{ viewer { id } }' }, headers)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect(statuses).toEqual(
      new Map([
        [401, 1_000],
        [429, 10],
      ]),
    )
  })
})

describe('votes', () => {
  const VOTE = `mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename ... on Error { message } ... on RateLimitedError { retryAt } } }`

  test('each alias of a mutation is a vote of its own', async () => {
    const headers = { ...newClient(), authorization: `Bearer ${await server.tokenOf('aliases')}` }
    const vote = `castVote(input: { paperId: "${paperId}" }) { __typename }`
    const response = await post({ query: `mutation { a: ${vote} b: ${vote} c: ${vote} d: ${vote} }` }, headers)
    const { data } = await response.json()
    const types = Object.values<{ __typename: string }>(data).map(({ __typename }) => __typename)
    // A new account has half of the three.
    expect(types).toEqual(['VotePayload', 'VotePayload', 'RateLimitedError', 'RateLimitedError'])
    expect(response.headers.get('ratelimit')).toMatch(/"votes";r=0;t=\d+/)
  })

  test('one too many is a typed refusal with the moment to try again, and the header says how many are left', async () => {
    const token = await server.tokenOf('voter')
    const vote = () => post({ query: VOTE, variables: { id: paperId } }, { authorization: `Bearer ${token}` })
    // An account that was opened just now has half of the three.
    for (const left of [1, 0]) {
      const response = await vote()
      expect((await response.json()).data.castVote).toEqual({ __typename: 'VotePayload' })
      expect(response.headers.get('ratelimit')).toMatch(new RegExp(`, "votes";r=${left};t=\\d+$`))
      expect(response.headers.get('ratelimit-policy')).toBe('"points";q=5000;w=60, "votes";q=2;w=3600')
    }
    const { castVote } = (await (await vote()).json()).data
    expect(castVote.__typename).toBe('RateLimitedError')
    expect(castVote.message).toBe(
      `You have changed votes as often as this server allows for now. Try again at ${castVote.retryAt}.`,
    )
    expect(Date.parse(castVote.retryAt) - Date.now()).toBeGreaterThan(3_500_000)
  })
})

test('a warning once, if clients come through a proxy that the server does not know of', async () => {
  const behind = await startServer(database, { quotas: {} })
  for (let n = 0; n < 3; n += 1)
    await fetch(`${behind.url}/embed.js`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
  await behind.close()
  expect(behind.logged.filter(({ msg }) => String(msg).includes('TRUST_PROXY'))).toHaveLength(1)
})
