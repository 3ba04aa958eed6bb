import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { sha256 } from '../../../src/http/graphql/persisted-documents.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { checkCounts } from '../../../src/writes/check-counts.ts'
import { entryOf, HALF_LIFE } from '../../ingest/fixtures.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startProxy } from '../../support/proxy.ts'
import { startServer } from '../../support/server.ts'

// Finished answers of GraphQL: what is kept, for whom, and when it is forgotten.

const database = await freshDatabase()
await givenPapers(database.db, 60)
const server = await startServer(database, { cacheMegabytes: 64 })
afterAll(async () => {
  await server.close()
  await database.close()
})

const LIST = `query List($topics: [String!], $first: Int!) {
  papers(filter: { topics: $topics }, orderBy: NEWEST, first: $first) {
    nodes { id title abstract voteCount organization { name } authors(first: 2) { nodes { name } } }
  }
}`
/** For `vi.waitFor`: what a busy machine may need. */
const BUSY = { timeout: 20_000, interval: 1_000 }
const RESULT_TYPE = 'application/graphql-response+json'

interface Raw {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

/** An answer as it came over the wire. */
function raw(
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
    agent,
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string; agent?: Agent } = {},
  url = server.url,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}${path}`, { method, headers, ...(agent && { agent }) }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

const address = (params: Record<string, unknown>): string =>
  `/graphql?${new URLSearchParams(Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))}`

const post = (params: unknown, headers: OutgoingHttpHeaders = {}, url = server.url): Promise<Raw> =>
  raw(
    '/graphql',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof params === 'string' ? params : JSON.stringify(params),
    },
    url,
  )

/** Asks until the answer is another; what is asked after a second must be. */
async function changed<Value>(read: () => Promise<Value>, before: Value): Promise<Value> {
  const deadline = Date.now() + 1_000
  for (;;) {
    const last = Date.now() > deadline
    const now = await read()
    if (last || JSON.stringify(now) !== JSON.stringify(before)) return now
    await setTimeout(10)
  }
}

describe('a repeated operation', () => {
  test('costs no statement and has the same bytes, by POST, by GET and by the id of its document', async () => {
    const persistedQuery = { version: 1, sha256Hash: sha256(LIST) }
    let first = 40
    // Each time another list: on a busy machine the server may not hear for a second whether there were changes, and then
    // sends nothing from its cache.
    await vi.waitFor(async () => {
      const variables = { first: --first, topics: ['agents', 'retrieval'] }
      const computed = await post({ query: LIST, variables })
      expect(computed.status).toBe(200)
      expect(JSON.parse(computed.body.toString()).data.papers.nodes.length).toBeGreaterThan(3)
      const { result, statements } = await database.log.during(async () => [
        await post({ query: LIST, variables }),
        await post({ query: LIST, variables: { topics: variables.topics, first }, operationName: null }),
        await post(`  ${JSON.stringify({ extensions: { persistedQuery }, variables, query: LIST })}`),
        await post({ extensions: { persistedQuery }, variables }),
        await post({ documentId: `sha256:${sha256(LIST)}`, variables }),
        await raw(address({ query: LIST, variables })),
        await raw(address({ query: LIST, variables })),
        await raw(address({ documentId: `sha256:${sha256(LIST)}`, variables })),
        await raw(address({ extensions: { persistedQuery }, variables })),
      ])
      for (const { status, body } of result) expect([status, body]).toEqual([200, computed.body])
      expect(statements).toEqual([])
    }, BUSY)
  })

  test('with other variables, or by another name, is another', async () => {
    const query =
      'query A($n: Int!) { papers(first: $n) { nodes { id } } } query B($n: Int!) { topics(first: $n) { nodes { id } } }'
    const bodies = await Promise.all(
      [
        ['A', 1],
        ['A', 2],
        ['B', 1],
      ].map(async ([operationName, n]) => (await post({ query, operationName, variables: { n } })).body.toString()),
    )
    expect(new Set(bodies).size).toBe(3)
  })

  test('is computed once for all concurrent requests', async () => {
    const ask = (first: number) => post({ query: LIST, variables: { first } })
    const { statements: alone } = await database.log.during(() => ask(41))
    const { result, statements } = await database.log.during(() =>
      Promise.all(Array.from({ length: 50 }, () => ask(42))),
    )
    expect(statements.length).toBe(alone.length)
    expect(new Set(result.map(({ body }) => body.toString())).size).toBe(1)
  })

  test('also without a cache', async () => {
    const own = await startServer(database, { cacheMegabytes: 0 })
    onTestFinished(() => own.close())
    const ask = () => post({ query: LIST, variables: { first: 9 } }, {}, own.url)
    const { statements: alone } = await database.log.during(ask)
    const { statements } = await database.log.during(() => Promise.all(Array.from({ length: 20 }, ask)))
    expect(statements.length).toBeGreaterThan(0)
    // Not one: an answer can be there before the last of them has come.
    expect(statements.length).toBeLessThan(alone.length * 15)
    expect((await database.log.during(ask)).statements.length).toBe(alone.length)
  })

  test('is sent in the negotiated media type', async () => {
    const query = '{ topics(first: 3) { nodes { slug } } }'
    for (let round = 0; round < 2; round += 1)
      for (const [accept, type] of [
        ['application/json', 'application/json'],
        [RESULT_TYPE, RESULT_TYPE],
        [`${RESULT_TYPE}, application/json;q=0.9`, RESULT_TYPE],
        ['*/*', 'application/json'],
      ] as const)
        for (const answer of [
          await post({ query }, { accept }),
          await raw(address({ query }), { headers: { accept } }),
        ]) {
          expect([answer.status, answer.headers['content-type']]).toEqual([200, `${type}; charset=utf-8`])
          expect(answer.headers.vary?.toLowerCase()).toContain('accept, ')
        }
    for (const [accept, status] of [
      ['application/json', 200],
      [RESULT_TYPE, 400],
    ] as const)
      expect((await post({ query: '{ nothing }' }, { accept })).status).toBe(status)
  })

  test('is a 304 by GET while it is unchanged, and supports HEAD', async () => {
    const path = address({ query: LIST, variables: { first: 5 } })
    const first = await raw(path)
    const { etag } = first.headers
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    expect(first.headers).toMatchObject({
      'cache-control': expect.stringMatching(/^public, max-age=60(, stale-while-revalidate=\d+)?$/),
      vary: 'Accept, Accept-Encoding, Authorization',
      'access-control-allow-origin': '*',
    })
    const again = await raw(path, { headers: { 'if-none-match': etag } })
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag])
    const head = await raw(path, { method: 'HEAD' })
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(first.body.length)])
    const posted = await post({ query: LIST, variables: { first: 5 } }, { 'if-none-match': etag })
    expect([posted.status, posted.headers['cache-control'], posted.headers.etag]).toEqual([200, 'no-store', undefined])
    expect(posted.body).toEqual(first.body)
  })

  test('is sent in gzip and brotli', async () => {
    const params = { query: LIST, variables: { first: 30 } }
    const plain = await post(params)
    for (let round = 0; round < 2; round += 1)
      for (const [accepted, decode] of [
        ['gzip', gunzipSync],
        ['gzip, deflate, br', brotliDecompressSync],
      ] as const)
        for (const answer of [
          await post(params, { 'accept-encoding': accepted }),
          await raw(address(params), { headers: { 'accept-encoding': accepted } }),
        ]) {
          expect(answer.headers['content-encoding']).toBe(accepted === 'gzip' ? 'gzip' : 'br')
          expect(answer.headers['content-length']).toBe(String(answer.body.length))
          expect(decode(answer.body)).toEqual(plain.body)
        }
  })
})

describe('what is never cached', () => {
  test('a response to a signed-in user, who gets no cached one either', async () => {
    const [voter, other] = [await server.tokenOf('voter'), await server.tokenOf('other')]
    const { data } = await server.ask('{ papers(first: 1) { nodes { id } } }')
    const { id } = data.papers.nodes[0]
    const query = `{ viewer { handle } node(id: "${id}") { ... on Paper { viewerHasVoted } } }`
    const readBy = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const answers = [await post({ query }, headers), await raw(address({ query }), { headers })]
      return answers.map(({ body, headers }) => [
        JSON.parse(body.toString()).data.viewer?.handle ?? null,
        JSON.parse(body.toString()).data.node.viewerHasVoted,
        headers['cache-control'],
      ])
    }
    const nobody = [
      [null, null, 'no-store'],
      [null, null, expect.stringMatching(/^public, max-age=60/)],
    ]
    const before = await readBy()
    expect(before.map(([handle]) => handle)).toEqual([null, null])
    await server.ask('mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }', { id }, voter)
    for (let round = 0; round < 3; round += 1) {
      expect(await readBy(voter)).toEqual([
        ['voter', true, 'no-store'],
        ['voter', true, 'no-store'],
      ])
      expect((await readBy()).map(([handle, voted]) => [handle, voted === true])).toEqual([
        [null, false],
        [null, false],
      ])
      expect(await readBy(other)).toEqual([
        ['other', false, 'no-store'],
        ['other', false, 'no-store'],
      ])
      expect((await readBy()).map(([, , control]) => control)).toEqual(nobody.map(([, , control]) => control))
    }
    expect((await raw(address({ query }), { headers: { authorization: 'Bearer none' } })).status).toBe(401)
  })

  test('a response with an error', async () => {
    const own = await freshDatabase()
    const broken = await startServer(own, { cacheMegabytes: 64 })
    onTestFinished(async () => {
      await broken.close()
      await own.close()
    })
    const query = '{ organizations { nodes { name } } }'
    await own.db.execute(sql`alter table organizations rename to elsewhere`)
    for (const answer of [await post({ query }, {}, broken.url), await raw(address({ query }), {}, broken.url)]) {
      expect(answer.body.toString()).toContain('INTERNAL_SERVER_ERROR')
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers.etag).toBeUndefined()
    }
    await own.db.execute(sql`alter table elsewhere rename to organizations`)
    expect((await broken.ask(query)).data).toEqual({ organizations: { nodes: [] } })
  })

  test('a mutation, even if two identical ones arrive together', async () => {
    const token = await server.tokenOf('twice')
    const query = 'mutation { withdrawVote(input: { paperId: "none" }) { __typename } }'
    for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
      const [one, other] = await Promise.all([post({ query }, headers), post({ query }, headers)])
      for (const answer of [one, other]) expect(answer.headers['cache-control']).toBe('no-store')
    }
    const byGet = await raw(address({ query }))
    expect([byGet.status, byGet.headers.allow]).toEqual([405, 'POST'])
  })

  test('time-dependent data for longer than a second; the state of the open edition after its end', async () => {
    const query = '{ papers(first: 2) { nodes { trending { decayedVotes } } } }'
    expect((await raw(address({ query }))).headers['cache-control']).toBe('public, max-age=1')
    const before = (await post({ query })).body
    await setTimeout(1_200)
    expect((await post({ query })).body).not.toEqual(before)

    let now = new Date('2026-02-01T21:29:58Z')
    const own = await startServer(database, {
      cacheMegabytes: 64,
      clock: { now: () => now, timeZone: 'UTC', rollover: '21:30' },
    })
    onTestFinished(() => own.close())
    const state = '{ edition(date: "2026-02-01") { state } }'
    const read = async () => JSON.parse((await post({ query: state }, {}, own.url)).body.toString()).data.edition.state
    expect((await raw(address({ query: state }), {}, own.url)).headers['cache-control']).toBe('public, max-age=2')
    expect([await read(), await read()]).toEqual(['OPEN', 'OPEN'])
    now = new Date('2026-02-01T21:30:00.500Z')
    await setTimeout(2_100)
    expect(await read()).toBe('FINAL')
  })
})

test('a response that was begun in one edition and ends in the next is not cached', async () => {
  let now = new Date('2026-02-01T21:29:59Z')
  const own = await startServer(database, {
    cacheMegabytes: 64,
    clock: { now: () => now, timeZone: 'UTC', rollover: '21:30' },
  })
  onTestFinished(() => own.close())
  const query = '{ edition(date: "2026-02-01") { state papers(first: 7) { nodes { title } } } }'
  const read = () => raw(address({ query }), {}, own.url)

  const unfinished: ReturnType<typeof read>[] = []
  await database.db.transaction(async (tx) => {
    const ours = sql`database = (select oid from pg_database where datname = current_database())`
    const waiting = async () => (await tx.execute(sql`select from pg_locks where not granted and ${ours}`)).length
    await tx.execute(sql`lock table papers in access exclusive mode`)
    unfinished.push(read())
    await expect.poll(waiting).toBe(1)
    now = new Date('2026-02-01T21:30:01Z')
    // Asked in the next edition, it does not wait for what was begun in this one.
    unfinished.push(read())
    await expect.poll(waiting).toBe(2)
  })
  const [begun, ...next] = [...(await Promise.all(unfinished)), await read()]
  expect(begun?.headers['cache-control']).toBe('no-store')
  for (const { headers, body } of next) {
    expect(JSON.parse(body.toString()).data.edition.state).toBe('FINAL')
    expect(headers['cache-control']).toBe('public, max-age=60, stale-while-revalidate=600')
  }
})

describe('a change is visible within a second', () => {
  const query = `query ($arxivId: String!) {
    paper(by: { arxivId: $arxivId }) { id title voteCount listedOn authors(first: 9) { nodes { user { name } } } }
    user(handle: "somebody") { handle }
  }`
  const arxivId = '2611.00077'
  const read = async () => JSON.parse((await post({ query, variables: { arxivId } })).body.toString()).data
  const save = (entry: Parameters<typeof entryOf>[0]) =>
    saveEntries(database.db, [entryOf({ arxivId, ...entry })], { halfLifeHours: HALF_LIFE })
  const mutate = async (mutation: string, id: string, token: string) => {
    const { errors } = await server.ask(
      `mutation ($id: ID!) { ${mutation}(input: { paperId: $id }) { __typename } }`,
      { id },
      token,
    )
    expect(errors).toBeUndefined()
  }

  test('an import, an import of a text alone, a submission, a vote, a hidden paper, an account, corrected counts', async () => {
    const token = await server.tokenOf('editor', ['vote', 'submit', 'curate'])
    let now = await read()
    expect(now.paper).toBeNull()
    const later = async (change: () => Promise<unknown>) => {
      // Asked twice, so that it is kept.
      expect(await read()).toEqual(now)
      await change()
      now = await changed(read, now)
      return now
    }
    const asOf = (day: number) => `2026-11-1${day}T00:00:00.000Z`
    const person = (name: string) => [
      { name: 'Ilse', account: { handle: 'ilse', name, avatarUrl: null, sourceKey: 'x:1' } },
    ]
    const made = await later(() =>
      save({ title: 'Old', asOf: asOf(0), authors: person('Ilse A.'), listedOn: null, listedAt: null }),
    )
    expect(made.paper).toMatchObject({
      title: 'Old',
      listedOn: null,
      authors: { nodes: [{ user: { name: 'Ilse A.' } }] },
    })
    const { id } = made.paper
    expect((await later(() => save({ title: 'New', asOf: asOf(1), authors: person('Ilse A.') }))).paper.title).toBe(
      'New',
    )
    // Nothing of the paper changes, only what a person is called.
    expect(
      (await later(() => save({ title: 'New', asOf: asOf(2), authors: person('Ilse B.') }))).paper.authors,
    ).toEqual({
      nodes: [{ user: { name: 'Ilse B.' } }],
    })
    const submit = 'mutation ($id: String!) { submitPaper(input: { arxivId: $id }) { __typename } }'
    if (now.paper.listedOn === null)
      expect((await later(() => server.ask(submit, { id: arxivId }, token))).paper.listedOn).not.toBeNull()
    const { voteCount } = now.paper
    expect((await later(() => mutate('castVote', id, token))).paper.voteCount).toBe(voteCount + 1)
    expect((await later(() => mutate('hidePaper', id, token))).paper).toBeNull()
    expect((await later(() => mutate('unhidePaper', id, token))).paper.id).toBe(id)
    expect((await later(() => server.tokenOf('somebody'))).user).toEqual({ handle: 'somebody' })
    await database.db.execute(sql`update papers set vote_count = 999 where arxiv_id = ${arxivId}`)
    expect((await later(() => checkCounts(database.db, { fix: true, halfLifeHours: HALF_LIFE }))).paper.voteCount).toBe(
      voteCount + 1,
    )
  })

  test('also during a burst of votes', async () => {
    const [tokens, { data }] = [
      await Promise.all(Array.from({ length: 12 }, (_, place) => server.tokenOf(`crowd-${place}`))),
      await server.ask('{ papers(orderBy: OLDEST, first: 1) { nodes { id voteCount } } }'),
    ]
    const [{ id, voteCount }] = data.papers.nodes
    const count = async () =>
      JSON.parse((await post({ query: `{ node(id: "${id}") { ... on Paper { voteCount } } }` })).body.toString()).data
        .node.voteCount
    for (const [place, token] of tokens.entries()) {
      await mutate('castVote', id, token)
      expect(await changed(count, voteCount + place)).toBe(voteCount + place + 1)
    }
  })
})

describe('while the server does not hear of changes', () => {
  test.each(['lost', 'silent'] as const)('nothing is sent from the cache: the connection is %s', async (how) => {
    const proxy = await startProxy(database.url)
    const own = await startServer({ db: database.db, url: proxy.url }, { cacheMegabytes: 64 })
    onTestFinished(async () => {
      await own.close()
      await proxy.stop()
    })
    const query = '{ papers(first: 3) { nodes { title } } }'
    const statements = async () => (await database.log.during(() => post({ query }, {}, own.url))).statements.length
    await expect.poll(statements).toBe(0)

    if (how === 'lost') await proxy.stop()
    else proxy.freeze()
    await setTimeout(1_050)
    expect(await statements()).toBeGreaterThan(0)
    await database.db.execute(
      sql`update papers set title = ${`Changed: ${how}`} where id in (select id from papers order by trending_score desc, id desc limit 1)`,
    )
    expect((await post({ query }, {}, own.url)).body.toString()).toContain(`Changed: ${how}`)
    expect(await statements()).toBeGreaterThan(0)

    if (how === 'silent') return
    await proxy.start()
    await expect.poll(statements).toBe(0)
  })
})

describe('the memory of the cache is limited', () => {
  const inMegabytes = (bytes: number) => bytes / 1024 / 1024

  /** A server that keeps a megabyte, asked the same query with so many different variables, and what memory is used then. */
  async function asking(query: string, filler: string) {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const own = await startServer(database, { cacheMegabytes: 1 })
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    onTestFinished(async () => {
      agent.destroy()
      await own.close()
    })
    const ask = (number: number) => {
      const body = JSON.stringify({ query, variables: { number, filler } })
      return raw('/graphql', { method: 'POST', agent, headers: { 'content-type': 'application/json' }, body }, own.url)
    }
    return {
      times: async (from: number, to: number) => {
        for (let begin = from; begin < to; begin += 200)
          await Promise.all(Array.from({ length: Math.min(200, to - begin) }, (_, place) => ask(begin + place)))
      },
      used: () => {
        collect()
        return process.memoryUsage()
      },
    }
  }

  test('with 1,500 different operations', { timeout: 120_000 }, async () => {
    const { times, used } = await asking('{ __typename }', 'x'.repeat(40_000))
    await times(0, 200)
    const before = used()
    await times(200, 1_700)
    const growth = () => {
      const after = used()
      return inMegabytes(after.heapUsed + after.external - before.heapUsed - before.external)
    }
    // Their texts alone are 60 MB. The heap of a process moves by some by itself, and the last answers leave it late.
    await expect.poll(growth).toBeLessThan(30)
  })

  test('with large responses to short requests', { timeout: 120_000 }, async () => {
    await database.db.execute(
      sql`update papers set abstract = repeat('long ', 20000) where id = (select min(id) from papers)`,
    )
    const { times, used } = await asking('{ papers(first: 1, orderBy: OLDEST) { nodes { abstract } } }', '')
    await times(0, 20)
    const before = used()
    await times(20, 420)
    // The answers are 40 MB, of which the last ones leave it late.
    await expect.poll(() => inMegabytes(used().arrayBuffers - before.arrayBuffers)).toBeLessThan(5)
  })
})
