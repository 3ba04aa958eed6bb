import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { ExecutionResult } from 'graphql'
import { type Client, createClient } from 'graphql-sse'
import { pino } from 'pino'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { openDatabase } from '../../src/db/client.ts'
import { LIMITS } from '../../src/http/graphql/limits.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { type LiveEvents, listenToDatabase } from '../../src/live/events.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { announceVotes } from '../support/announce.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { startProgram } from '../support/program.ts'
import { startProxy } from '../support/proxy.ts'
import { startServer, type TestServer, UTC_CLOCK } from '../support/server.ts'

const database = await freshDatabase()
const { db } = database
const { paperIds } = await givenPapers(db, 20)
/** Two servers with one database, like two processes in production. */
const here = await startServer(database)
const there = await startServer(database)

afterAll(async () => {
  await here.close()
  await there.close()
  await database.close()
})

const idOf = (place: number): string => encodeGlobalId('Paper', paperIds[place] as number)

const COUNTS = 'subscription ($ids: [ID!]!) { voteCountChanged(paperIds: $ids) { id voteCount viewerHasVoted } }'
const LISTED = 'subscription ($filter: PaperFilter) { paperListed(filter: $filter) { arxivId title } }'

interface Counts {
  voteCountChanged: { id: string; voteCount: number; viewerHasVoted: boolean }
}
interface Listed {
  paperListed: { arxivId: string; title: string }
}

let clients: Client[]
beforeEach(() => {
  clients = []
})
afterEach(() => {
  for (const client of clients) client.dispose()
})

/** Subscribes with a new client, and waits until the server has accepted the subscription. */
async function subscribe<Data>(
  server: Pick<TestServer, 'url'>,
  query: string,
  variables: Record<string, unknown>,
  token?: string,
) {
  const client = createClient({
    url: `${server.url}/graphql`,
    fetchFn: fetch,
    retryAttempts: 0,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  })
  clients.push(client)
  const { promise: connected, resolve } = Promise.withResolvers<void>()
  const events = client.iterate<Data>({ query, variables }, { connected: () => resolve() })
  await connected
  return {
    events,
    /** The next event. The stream must not have ended. */
    next: async (): Promise<ExecutionResult<Data>> => {
      const { value, done } = await events.next()
      expect(done).not.toBe(true)
      return value as ExecutionResult<Data>
    },
  }
}

/** All events until the server completes the stream. */
async function all<Result>(events: AsyncIterable<Result>): Promise<Result[]> {
  const results: Result[] = []
  for await (const result of events) results.push(result)
  return results
}

async function vote(server: TestServer, place: number, token: string, withdraw = false): Promise<number> {
  const { data, errors } = await server.ask(
    `mutation ($id: ID!) { done: ${withdraw ? 'withdrawVote' : 'castVote'}(input: { paperId: $id }) {
      ... on VotePayload { paper { voteCount } } } }`,
    { id: idOf(place) },
    token,
  )
  expect(errors).toBeUndefined()
  return data.done.paper.voteCount
}

async function submit(server: TestServer, arxivId: string, title: string, topics: string[]): Promise<void> {
  const { data, errors } = await server.ask(
    `mutation ($input: SubmitPaperInput!) { submitPaper(input: $input) {
      __typename ... on SubmitPaperPayload { isNew } } }`,
    {
      input: {
        arxivId,
        paper: {
          title,
          abstract: 'It claims nothing.',
          authors: ['Ada Abara'],
          publishedAt: '2026-02-01T00:00:00Z',
          topics,
        },
      },
    },
    await server.tokenOf('submitter'),
  )
  expect(errors).toBeUndefined()
  expect(data.submitPaper).toEqual({ __typename: 'SubmitPaperPayload', isNew: true })
}

describe('live vote counts', () => {
  test('votes cast through another server arrive with the right count', async () => {
    const subscription = await subscribe<Counts>(here, COUNTS, { ids: [idOf(0), idOf(1)] })
    const token = await there.tokenOf('reader')
    for (const [place, withdraw] of [
      [0, false],
      [1, false],
      [0, true],
    ] as const) {
      const voteCount = await vote(there, place, token, withdraw)
      expect(await subscription.next()).toEqual({
        data: { voteCountChanged: { id: idOf(place), voteCount, viewerHasVoted: false } },
      })
    }
  })

  test('other papers, votes that change nothing and queries cause no event', async () => {
    const subscription = await subscribe<Counts>(here, COUNTS, { ids: [idOf(2), idOf(2)] })
    const token = await there.tokenOf('twice')
    await vote(there, 3, token)
    await vote(there, 2, token, true)
    const voteCount = await vote(there, 2, token)
    await vote(there, 2, token)
    expect((await subscription.next()).data?.voteCountChanged).toMatchObject({ id: idOf(2), voteCount })
    const next = subscription.next()
    expect(await Promise.race([next, setTimeout(300, 'nothing')])).toBe('nothing')
    await vote(there, 2, token, true)
    expect((await next).data?.voteCountChanged).toMatchObject({ id: idOf(2), voteCount: voteCount - 1 })
  })

  test('a burst of votes causes few events, and the last has the final count', async () => {
    const subscription = await subscribe<Counts>(here, COUNTS, { ids: [idOf(4), idOf(5)] })
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, n) => there.tokenOf(`voter-${n}`)))
    const { data } = await here.ask('query ($id: ID!) { node(id: $id) { ... on Paper { voteCount } } }', {
      id: idOf(4),
    })
    const final = data.node.voteCount + 100
    const done = Promise.all(tokens.map((token) => vote(there, 4, token)))

    const counts: number[] = []
    while (counts.at(-1) !== final) counts.push((await subscription.next()).data?.voteCountChanged.voteCount as number)
    await done
    expect(counts.length).toBeLessThan(50)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    // An event of the last statement may still arrive, with the same count; the next one is of another paper.
    await vote(there, 5, tokens[0] as string)
    const after: Counts['voteCountChanged'][] = []
    while (after.at(-1)?.id !== idOf(5))
      after.push((await subscription.next()).data?.voteCountChanged as Counts['voteCountChanged'])
    for (const { voteCount } of after.slice(0, -1)) expect(voteCount).toBe(final)
    expect(after.length).toBeLessThan(3)
  })

  test("a voter's own stream shows at once that they have voted, and other streams do not", async () => {
    const [token, other] = [await here.tokenOf('live-viewer'), await here.tokenOf('live-other')]
    const mine = await subscribe<Counts>(here, COUNTS, { ids: [idOf(6)] }, token)
    const theirs = await subscribe<Counts>(here, COUNTS, { ids: [idOf(6)] }, other)
    const nobodys = await subscribe<Counts>(here, COUNTS, { ids: [idOf(6)] })
    for (const [server, withdraw] of [
      [there, false],
      [here, true],
      [here, false],
    ] as const) {
      await vote(server, 6, token, withdraw)
      expect((await mine.next()).data?.voteCountChanged.viewerHasVoted).toBe(!withdraw)
      expect((await theirs.next()).data?.voteCountChanged.viewerHasVoted).toBe(false)
      expect((await nobodys.next()).data?.voteCountChanged.viewerHasVoted).toBe(false)
    }
  })

  test('an event is read once for all subscribers, and shows the state after it', async () => {
    const subscriptions = await Promise.all(
      Array.from({ length: 30 }, (_, n) => subscribe<Counts>(here, COUNTS, { ids: [idOf(9), idOf(10 + (n % 5))] })),
    )
    const { statements } = await database.log.during(async () => {
      await announceVotes(db, [paperIds[9] as number])
      for (const subscription of subscriptions)
        expect((await subscription.next()).data?.voteCountChanged.id).toBe(idOf(9))
    })
    expect(statements.filter((statement) => !statement.includes('pg_notify'))).toHaveLength(1)

    const token = await there.tokenOf('one-of-many')
    for (const withdraw of [false, true, false]) {
      const voteCount = await vote(there, 9, token, withdraw)
      for (const subscription of subscriptions)
        expect((await subscription.next()).data?.voteCountChanged).toMatchObject({ id: idOf(9), voteCount })
    }
  })

  test('a hidden paper causes no more events', async () => {
    const subscription = await subscribe<Counts>(here, COUNTS, { ids: [idOf(7), idOf(8)] })
    await db.execute(sql`update papers set hidden_at = now() where id = ${paperIds[7]}`)
    await announceVotes(db, [paperIds[7] as number])
    await vote(there, 8, await there.tokenOf('reader'))
    expect((await subscription.next()).data?.voteCountChanged.id).toBe(idOf(8))
  })

  test('a wrong token is refused, and not treated as anonymous', async () => {
    const response = await fetch(`${here.url}/graphql?${new URLSearchParams({ query: COUNTS })}`, {
      headers: { accept: 'text/event-stream', authorization: 'Bearer dp_wrong' },
    })
    expect(response.status).toBe(401)
  })
})

describe('newly listed papers', () => {
  test('arrive from another server if they match the filter', async () => {
    const every = await subscribe<Listed>(here, LISTED, {})
    const none = await subscribe<Listed>(here, LISTED, { filter: {} })
    const agents = await subscribe<Listed>(here, LISTED, { filter: { topics: ['agents'] } })
    const robots = await subscribe<Listed>(here, LISTED, {
      filter: { topics: ['robotics'], publishedFrom: '2026-02-01' },
    })
    const words = await subscribe<Listed>(here, LISTED, { filter: { query: 'robot -agents' } })
    const [first, second] = [
      { arxivId: '2602.10001', title: 'On Agents' },
      { arxivId: '2602.10002', title: 'On Robots' },
    ]
    await submit(there, first.arxivId, first.title, ['agents'])
    await submit(there, second.arxivId, second.title, ['robotics', 'agents'])
    for (const subscription of [every, none, agents]) {
      expect(await subscription.next()).toEqual({ data: { paperListed: first } })
      expect(await subscription.next()).toEqual({ data: { paperListed: second } })
    }
    for (const subscription of [robots, words])
      expect(await subscription.next()).toEqual({ data: { paperListed: second } })
  })

  test('arrive also if a topic of the filter did not exist at the time of the subscription', async () => {
    const subscription = await subscribe<Listed>(here, LISTED, { filter: { topics: ['sundials'] } })
    await submit(here, '2602.10003', 'On Sundials', ['Sundials'])
    expect((await subscription.next()).data?.paperListed.title).toBe('On Sundials')
  })
})

describe('errors of an operation are in the stream, which then ends', () => {
  const many = (length: number): string[] => Array.from({ length }, (_, n) => encodeGlobalId('Paper', n + 1))

  test.each([
    ['no ids', COUNTS, { ids: [] }, 'BAD_USER_INPUT', /`paperIds` must have 1 to 100 members; it has 0/],
    ['too many ids', COUNTS, { ids: many(101) }, 'BAD_USER_INPUT', /it has 101/],
    ['text that is not an id', COUNTS, { ids: ['x'] }, 'BAD_USER_INPUT', /`paperIds` must be an id/],
    ['the id of a topic', COUNTS, { ids: [encodeGlobalId('Topic', 1)] }, 'BAD_USER_INPUT', /id of a paper/],
    ['missing ids', COUNTS, {}, 'BAD_USER_INPUT', /\$ids/],
    ['an unknown field of a filter', LISTED, { filter: { color: 'red' } }, 'BAD_USER_INPUT', /"color" is not defined/],
    [
      'a date that does not exist',
      LISTED,
      { filter: { publishedFrom: '2026-02-30' } },
      'BAD_USER_INPUT',
      /publishedFrom/,
    ],
    [
      'a range that ends before it begins',
      LISTED,
      { filter: { publishedFrom: '2026-02-02', publishedTo: '2026-02-01' } },
      'BAD_USER_INPUT',
      /published/,
    ],
    ['a filter that is too long', LISTED, { filter: { topics: many(101) } }, 'BAD_USER_INPUT', /topics/],
    ['text that Postgres cannot store', LISTED, { filter: { topics: ['\0'] } }, 'BAD_USER_INPUT', /NUL/],
    ['an unknown field', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED', /Cannot query field/],
    [
      'two subscriptions at once',
      'subscription { paperListed { id } voteCountChanged(paperIds: []) { id } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /only one|only select one/,
    ],
    ['a document with a syntax error', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    [
      'an operation that costs too much',
      `subscription { paperListed { ${nested(6)} } }`,
      {},
      'OPERATION_TOO_LARGE',
      /costs [\d,]+; at most/,
    ],
    [
      'too many aliases',
      `subscription { paperListed { ${Array.from({ length: LIMITS.aliases + 1 }, (_, n) => `a${n}: id`).join(' ')} } }`,
      {},
      'OPERATION_TOO_LARGE',
      /aliases/,
    ],
    [
      'an operation that is too deep',
      `subscription { paperListed { ${deep(LIMITS.depth)} } }`,
      {},
      'OPERATION_TOO_LARGE',
      /levels deep/,
    ],
  ])('%s', async (_name, query, variables, code, message) => {
    const { events } = await subscribe(here, query, variables)
    const results = await all(events)
    expect(results).toHaveLength(1)
    expect(results[0]?.data ?? null).toBeNull()
    expect(results[0]?.errors?.[0]?.message).toMatch(message)
    expect(results[0]?.errors?.[0]?.extensions?.code).toBe(code)
    expect(here.logged.filter(({ level }) => Number(level) > 30)).toEqual([])
  })

  /** A selection on a paper whose lists multiply. */
  function nested(levels: number): string {
    return levels === 0
      ? 'id'
      : `authors(first: 100) { nodes { papers(first: 100) { nodes { ${nested(levels - 3)} } } } }`
  }
  function deep(levels: number): string {
    return levels <= 0 ? 'id' : `authors(first: 1) { nodes { papers(first: 1) { nodes { ${deep(levels - 4)} } } } }`
  }
})

describe('over HTTP', () => {
  const ask = (accept: string | null, method: 'GET' | 'POST' = 'POST') => {
    const query = `subscription { voteCountChanged(paperIds: ["${idOf(0)}"]) { voteCount } }`
    const headers = { ...(accept && { accept }), 'content-type': 'application/json', origin: 'https://else.example' }
    return method === 'GET'
      ? fetch(`${here.url}/graphql?${new URLSearchParams({ query })}`, { headers })
      : fetch(`${here.url}/graphql`, { method, headers, body: JSON.stringify({ query }) })
  }

  test.each(['GET', 'POST'] as const)('%s is answered with a stream', async (method) => {
    for (const accept of ['text/event-stream', 'application/json, text/event-stream;q=0.5', '*/*', null]) {
      const response = await ask(accept, method)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('cache-control')).toMatch(/no-cache|no-store/)
      expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/else\.example)$/)
      await response.body?.cancel()
    }
  })

  test('a client that does not accept a stream is refused at once', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', 'application/json, text/plain']) {
      const response = await ask(accept)
      expect(response.status).toBe(406)
      const { errors } = (await response.json()) as ExecutionResult
      expect(errors?.[0]?.message).toMatch(/`Accept: text\/event-stream`/)
      expect(errors?.[0]?.extensions?.code).toBe('NOT_ACCEPTABLE')
    }
  })

  test('a client that requests a stream gets the result of a query or mutation as one event', async () => {
    const { events } = await subscribe(here, '{ papers(first: 1) { nodes { id } } }', {})
    expect(await all(events)).toEqual([{ data: { papers: { nodes: [{ id: expect.any(String) }] } } }])
  })
})

describe('when the database is lost', () => {
  test('the stream says to refetch, and continues', async () => {
    const subscription = await subscribe<Counts>(here, COUNTS, { ids: [idOf(9)] })
    const elsewhere = await subscribe<Listed>(there, LISTED, {})
    const token = await there.tokenOf('reader')
    await db.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'daily-papers live' and datname = current_database()`)
    for (const { next } of [subscription, elsewhere]) {
      const { data, errors } = await next()
      expect(Object.values(data ?? { none: null })).toEqual([null])
      expect(errors?.[0]?.extensions?.code).toBe('REFETCH')
      expect(errors?.[0]?.message).toMatch(/Ask for the list again/)
    }
    const voteCount = await vote(there, 9, token)
    expect((await subscription.next()).data?.voteCountChanged).toMatchObject({ voteCount })
    await submit(here, '2602.10004', 'On Tides', [])
    expect((await elsewhere.next()).data?.paperListed.title).toBe('On Tides')
  })

  test('a statement that fails is an event; then the stream says to refetch, and continues', async () => {
    const pool = openDatabase(database.url, { connections: 2, statementTimeout: 200 })
    const server = await startServer({ db: pool.db, url: database.url })
    onTestFinished(async () => {
      await server.close()
      await pool.close()
    })
    const subscription = await subscribe<Counts>(server, COUNTS, { ids: [idOf(10)] })
    await db.transaction(async (tx) => {
      await tx.execute(sql`lock table papers in access exclusive mode`)
      await announceVotes(db, [paperIds[10] as number])
      expect((await subscription.next()).errors?.[0]?.extensions?.code).toBe('TIMEOUT')
    })
    expect((await subscription.next()).errors?.[0]?.extensions?.code).toBe('REFETCH')
    const voteCount = await vote(there, 10, await there.tokenOf('reader'))
    expect((await subscription.next()).data?.voteCountChanged).toMatchObject({ voteCount })
  })
})

/** A server that keeps a set of its subscribers. */
async function startCounted({ patience = 30_000, silence = 60_000 } = {}) {
  const log = pino({ level: 'silent' })
  const live = await listenToDatabase(database.url, log, { patience })
  const subscribed = new Set<unknown>()
  const counted: LiveEvents = {
    ...live,
    subscribe: (kind, wanted) => {
      const subscriber = live.subscribe(kind, wanted)
      const end = subscriber.return?.bind(subscriber) as NonNullable<typeof subscriber.return>
      subscriber.return = () => {
        subscribed.delete(subscriber)
        return end()
      }
      subscribed.add(subscriber)
      return subscriber
    },
  }
  const server = createHttpServer({
    db,
    counting: db,
    log,
    clock: UTC_CLOCK,
    live: counted,
    publicUrl: 'http://127.0.0.1',
    related: new RelatedPapers(),
    authenticate: async () => null,
    votes: new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: UTC_CLOCK.now }),
    trending: { halfLifeHours: HALF_LIFE_HOURS },
    silence,
    cacheMegabytes: 0,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await live.close()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, subscribed }
}

describe('clients that disconnect', () => {
  test('are unsubscribed, also without an event', async () => {
    const server = await startCounted()
    for (let round = 0; round < 8; round += 1) {
      const subscriptions = await Promise.all(
        Array.from({ length: 25 }, (_, n) =>
          n % 2 === 0 ? subscribe(server, COUNTS, { ids: [idOf(11)] }) : subscribe(server, LISTED, {}),
        ),
      )
      expect(server.subscribed.size).toBe(25)
      for (const { events } of subscriptions) await events.return?.()
      for (const client of clients.splice(0)) client.dispose()
      await expect.poll(() => server.subscribed.size).toBe(0)
    }
  })

  test('are unsubscribed, also before the response has started', async () => {
    const server = await startCounted()
    const filter = JSON.stringify({ topics: ['agents'] }).replaceAll('"topics"', 'topics')
    const query = `subscription { paperListed(filter: ${filter}) { id } }`
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const signal = AbortSignal.timeout(1 + (n % 40))
        await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
          headers: { accept: n % 3 === 0 ? 'application/json' : 'text/event-stream' },
          signal,
        })
          .then((response) => response.text())
          .catch(() => {})
      }),
    )
    await expect.poll(() => server.subscribed.size).toBe(0)
  })
})

describe('a client that does not read', () => {
  /** The events of this paper are so large that only a few fit into the buffers of a connection. */
  const LARGE = 1_000_000
  const NOTIFICATIONS = 100

  async function subscribeWithoutReading(url: string): Promise<IncomingMessage> {
    await db.execute(sql`update papers set abstract = repeat('x', ${LARGE}) where id = ${paperIds[12]}`)
    const query = `subscription { voteCountChanged(paperIds: ["${idOf(12)}"]) { abstract } }`
    const request = get(`${url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream' },
    })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.pause()
    for (let n = 0; n < NOTIFICATIONS; n += 1) {
      await announceVotes(db, [paperIds[12] as number])
      await setTimeout(10)
    }
    return response
  }

  test('costs no more memory than the buffers, and its last event says that it was too slow', async () => {
    const server = await startCounted({ patience: 300 })
    const before = process.memoryUsage()
    const response = await subscribeWithoutReading(server.url)
    const growth = process.memoryUsage().arrayBuffers - before.arrayBuffers
    expect(growth).toBeLessThan((NOTIFICATIONS * LARGE) / 2)
    await setTimeout(400)

    let text = ''
    response.setEncoding('utf8')
    for await (const chunk of response) text += chunk
    const events = text.split('\n\n').filter((event) => event.startsWith('event: next'))
    expect(events.length).toBeLessThan(NOTIFICATIONS / 2)
    expect(events.at(-1)).toContain('"code":"TOO_SLOW"')
    expect(text).toMatch(/event: complete\ndata:\s*$/)
    await expect.poll(() => server.subscribed.size).toBe(0)
  })

  test('is disconnected after a while; a client that reads is not, also without events', async () => {
    // A busy machine takes less time than this to fill the buffers of the connection. Nothing is checked before.
    const silence = 4_000
    const server = await startCounted({ patience: 300, silence })
    const idle = await subscribe<Counts>(server, COUNTS, { ids: [idOf(13)] })
    const response = await subscribeWithoutReading(server.url)
    expect(server.subscribed.size).toBe(2)
    const errored = once(response, 'error')
    await expect.poll(() => server.subscribed.size).toBe(1)
    response.resume()
    await errored
    // Twice the time after which a client that does not read is disconnected.
    await setTimeout(2 * silence)
    const voteCount = await vote(there, 13, await there.tokenOf('reader'))
    expect((await idle.next()).data?.voteCountChanged).toMatchObject({ voteCount })
  })
})

describe('when the server stops', () => {
  // exec: the signals of the tests must reach the server and not its shell.
  const SERVE = `exec "${process.execPath}" src/run.js serve`
  /** Milliseconds that Docker gives a program between SIGTERM and SIGKILL. */
  const BEFORE_KILLED = 10_000

  test('SIGTERM ends the streams, and clients come back to the next server', async () => {
    const env = { DATABASE_URL: database.url, SAMPLE: 'false', PORT: String(await freePort()) }
    const { program, url } = await startProgram(SERVE, env)
    onTestFinished(async () => void (await program.stop('SIGKILL')))
    const client = createClient({
      url: `${url}/graphql`,
      fetchFn: fetch,
      retryAttempts: 200,
      retry: () => setTimeout(100),
    })
    clients.push(client)
    let connections = 0
    const iterate = (place: number) =>
      client.iterate<Counts>(
        { query: COUNTS, variables: { ids: [idOf(place)] } },
        {
          connected: () => {
            connections += 1
          },
        },
      )
    const streams = [14, 15].map((place) => ({ place, events: iterate(place) }))
    await expect.poll(() => connections).toBe(2)

    const before = performance.now()
    expect(await program.stop()).toBe(0)
    expect(performance.now() - before).toBeLessThan(BEFORE_KILLED)
    connections = 0
    const next = await startProgram(SERVE, env)
    onTestFinished(async () => void (await next.program.stop()))
    await expect.poll(() => connections).toBe(2)
    for (const { place, events } of streams) {
      const voteCount = await vote(here, place, await here.tokenOf('reader'))
      expect((await events.next()).value?.data?.voteCountChanged).toMatchObject({ id: idOf(place), voteCount })
    }
  })

  test('the program exits also while the database cannot be reached', async () => {
    const proxy = await startProxy(database.url)
    const { program, url } = await startProgram(SERVE, { DATABASE_URL: proxy.url, SAMPLE: 'false', PORT: '0' })
    onTestFinished(async () => {
      await program.stop('SIGKILL')
      await proxy.stop()
    })
    const { events } = await subscribe<Counts>({ url }, COUNTS, { ids: [idOf(16)] })
    await proxy.stop()
    // After this time, the pauses between connection attempts are seconds.
    await setTimeout(9_000)
    const before = performance.now()
    const ended = expect(all(events)).rejects.toThrow('Connection closed while having active streams')
    expect(await program.stop()).toBe(0)
    await ended
    expect(performance.now() - before).toBeLessThan(BEFORE_KILLED)
  })
})
