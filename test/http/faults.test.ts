import { execFileSync } from 'node:child_process'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type Answer, startServer, type TestServer } from '../support/server.ts'
import { type SystemPostgres, startSystemPostgres, systemPostgresVersions } from '../support/system-postgres.ts'

// The table of faults in `src/http/README.md`, each with a real Postgres. `outage.test.ts` has every route in its form.

const [bin] = await systemPostgresVersions()
if (bin === undefined) console.warn('skipped: no Postgres of the system here, for faults')

const canMount = process.getuid?.() === 0 && canRun('mount', ['--version'])

const LIST = '/feeds/papers.rss?first=5'
const VOTERS = 20

let system: SystemPostgres
let pool: Database
let server: TestServer
let paperIds: string[]
let tokens: string[]
let time = Date.now()

async function begin(megabytes?: number) {
  const settings = { max_connections: '24', max_wal_size: '48MB', min_wal_size: '32MB', autovacuum: 'off' }
  system = await startSystemPostgres(bin as string, settings, megabytes)
  await migrateDatabase(system.url)
  pool = openDatabase(system.url, { connections: 3, statementTimeout: 5_000 })
  const given = await givenPapers(pool.db, VOTERS)
  paperIds = given.paperIds.map((id) => encodeGlobalId('Paper', id))
  const clock = { now: () => new Date(time), timeZone: 'UTC', rollover: '00:00' }
  server = await startServer({ ...pool, url: system.url }, { cacheMegabytes: 4, staleIfError: 600, clock })
  tokens = await Promise.all(Array.from({ length: VOTERS }, (_, n) => server.tokenOf(`voter-${n}`)))
}

async function end() {
  await server?.close()
  await pool?.close(0)
  await system?.stop()
}

const read = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url + path, { headers })
  return {
    status: response.status,
    age: response.headers.get('age'),
    headers: response.headers,
    text: await response.text(),
  }
}
/** A page that was never read, so that it is not in the cache. */
let pages = 0
const newPage = () => {
  pages += 1
  return read(`/feeds/papers.json?query=none${pages}`)
}
const isBack = () => vi.waitFor(async () => expect((await newPage()).status).toBe(200), 20_000)

async function vote(voter: number, paper: number) {
  const query = `mutation { castVote(input: { paperId: "${paperIds[paper]}" }) { __typename } }`
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[voter]}` },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = await response.json()
  return {
    status: response.status,
    done: data?.castVote?.__typename === 'VotePayload',
    code: errors?.[0].extensions.code,
  }
}

/** Votes for ever, and returns which votes were acknowledged once it is told to stop. */
function voting() {
  const acknowledged = new Set<string>()
  const refused = new Set<unknown>()
  let isOver = false
  const voters = Array.from({ length: 4 }, async (_, voter) => {
    for (let paper = 0; !isOver && paper < VOTERS; paper += 1) {
      const { done, code } = await vote(voter, paper)
      if (done) acknowledged.add(`voter-${voter} ${paperIds[paper]}`)
      else {
        refused.add(code)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  })
  return {
    acknowledged,
    stop: async () => {
      isOver = true
      await Promise.all(voters)
      return { acknowledged, refused: [...refused] }
    },
  }
}

const storedVotes = async () =>
  new Set(
    (await pool.db.execute(sql`select handle, paper_id from votes join users on users.id = user_id`)).map(
      ({ handle, paper_id }) => `${handle} ${encodeGlobalId('Paper', Number(paper_id))}`,
    ),
  )

/** An open subscription to the votes of all papers: what it has received. */
async function subscribe() {
  const query = `subscription { voteCountChanged(paperIds: ${JSON.stringify(paperIds)}) { id voteCount } }`
  const gone = new AbortController()
  onTestFinished(() => gone.abort())
  const { body } = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { accept: 'text/event-stream' },
    signal: gone.signal,
  })
  const stream = { received: '', isOpen: true }
  void (async () => {
    for await (const bytes of body as AsyncIterable<Uint8Array>) stream.received += Buffer.from(bytes).toString()
    stream.isOpen = false
  })().catch(() => {})
  return stream
}

const told = (pattern: RegExp) => server.logged.filter(({ msg }) => pattern.test(String(msg)))

describe.skipIf(bin === undefined)('a Postgres', () => {
  beforeAll(() => begin(), 60_000)
  afterAll(end)

  test.each(['crashed', 'frozen'] as const)(
    'that is %s',
    async (fault) => {
      await isBack()
      await read(LIST)
      const stream = await subscribe()
      const votes = voting()
      await vi.waitFor(() => expect(votes.acknowledged.size).toBeGreaterThan(3), 10_000)
      server.logged.length = 0
      if (fault === 'crashed') await system.crash()
      else system.freeze()

      // Readers: what is in the cache; the rest is refused within a second.
      await vi.waitFor(async () => expect((await newPage()).status).toBe(503), 10_000)
      const cached = await read(LIST)
      expect(cached.status).toBe(200)
      if (fault === 'crashed') expect(cached.age).toMatch(/^\d+$/)
      const head = await fetch(server.url + LIST, { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      const page = await newPage()
      expect(page.headers.get('retry-after')).toBe('5')
      expect(page.text).toContain('is away at the moment')
      // Voters are told, and nothing of it is done later.
      expect(await vote(VOTERS - 1, VOTERS - 1)).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' })
      // Supervisors.
      expect((await read('/healthz')).status).toBe(200)
      expect((await read('/readyz')).status).toBe(503)
      const { acknowledged, refused } = await votes.stop()
      expect(refused).toEqual(['DATABASE_UNAVAILABLE'])

      if (fault === 'crashed') await system.start()
      else system.thaw()
      await isBack()
      // Operators.
      expect(told(/^the database is away/)).toHaveLength(1)
      expect(told(/^the database is back/)).toHaveLength(1)
      expect(server.logged.filter(({ err, msg }) => err !== undefined && !/does not reply/.test(String(msg)))).toEqual(
        [],
      )
      const stored = await storedVotes()
      for (const each of acknowledged) expect(stored).toContain(each)
      // Subscribers.
      expect(stream.isOpen).toBe(true)
      if (fault === 'crashed') await vi.waitFor(() => expect(stream.received).toContain('REFETCH'), 10_000)
      expect(await vote(VOTERS - 1, fault === 'crashed' ? 0 : 1)).toMatchObject({ done: true })
      await vi.waitFor(() => expect(stream.received).toContain('"voteCount":'), 10_000)
    },
    60_000,
  )

  test('that has no connection left', async () => {
    const cold = openDatabase(system.url, { connections: 1, statementTimeout: 5_000 })
    const second = await startServer({ ...cold, url: system.url }, { staleIfError: 600 })
    onTestFinished(async () => {
      await second.close()
      await cold.close(0)
    })
    await isBack()
    const others = postgres(system.url, { max: 1, connect_timeout: 2 })
    const more = Array.from({ length: 30 }, () => postgres(system.url, { max: 1, connect_timeout: 2 }))
    await Promise.allSettled(more.map((client) => client`select 1`))
    // Who has connections goes on.
    expect((await newPage()).status).toBe(200)
    expect(await vote(5, 5)).toMatchObject({ done: true })
    // Who has none is told.
    const refused = await fetch(`${second.url}/feeds/papers.rss`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await fetch(`${second.url}/readyz`)).status).toBe(503)
    await Promise.all([others, ...more].map((client) => client.end({ timeout: 1 })))
    await vi.waitFor(async () => expect((await fetch(`${second.url}/feeds/papers.rss`)).status).toBe(200), 20_000)
    expect(await storedVotes()).toContain(`voter-5 ${paperIds[5]}`)
  }, 60_000)

  test('beside a clock that jumps', async () => {
    await isBack()
    server.logged.length = 0
    const day = 86_400_000
    for (const jump of [3 * day, -10 * day, 7 * day]) {
      time += jump
      for (const path of [LIST, '/', '/feeds/editions/day.rss', '/api/daily_papers']) {
        const { status, headers } = await read(path)
        expect([status, path]).toEqual([200, path])
        expect(Date.parse(headers.get('last-modified') ?? '1970')).toBeLessThanOrEqual(Date.now())
      }
      expect(await vote(6, 6)).toMatchObject({ done: true })
    }
    expect(await storedVotes()).toContain(`voter-6 ${paperIds[6]}`)
    expect(server.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})

describe.skipIf(bin === undefined || !canMount)('a Postgres on a full disk (skipped without root)', () => {
  beforeAll(() => begin(160), 60_000)
  afterAll(end)

  test('is read, and says that writes fail', async () => {
    expect(await vote(1, 1)).toMatchObject({ done: true })
    await read(LIST)
    server.logged.length = 0
    await pool.db.execute(sql`create unlogged table filler (id serial, text text)`)
    await pool.db.execute(sql`alter table filler alter text set storage plain`)
    // Ever smaller, until not even a page fits.
    for (const rows of [10_000, 1_000, 100, 1, 1, 1])
      for (;;) {
        const text = sql`insert into filler (text) select repeat('x', 7000) from generate_series(1, ${rows}::int)`
        const isFull = await pool.db.execute(text).then(
          () => false,
          () => true,
        )
        if (isFull) break
      }

    const submit = /* GraphQL */ `mutation ($input: SubmitPaperInput!) { submitPaper(input: $input) { __typename } }`
    const submitOne = (n: number) => {
      const abstract = Array.from({ length: 1_500 }, (_, word) => `word${word}x${n}`).join(' ')
      const paper = { title: `Full ${n}`, abstract, authors: ['Ada'], publishedAt: '2026-01-20T10:00:00Z' }
      const arxivId = `2512.${String(n).padStart(5, '0')}`
      return server.ask(submit, { input: { arxivId, paper } }, tokens[0])
    }
    // Until the room is used up that tables have kept.
    let taken = 0
    let errors: Answer['errors']
    while (taken < 100) {
      const answer = await submitOne(taken + 1)
      errors = answer.errors
      if (errors !== undefined) break
      expect(answer.data.submitPaper.__typename).toBe('SubmitPaperPayload')
      taken += 1
    }
    expect(errors?.[0]?.extensions.code).toBe('STORAGE_FULL')
    expect(errors?.[0]?.message).toContain('the disk of the database is full')
    expect((await newPage()).status).toBe(200)
    expect((await read(LIST)).status).toBe(200)
    const ready = await read('/readyz')
    expect([ready.status, ready.text]).toEqual([
      200,
      expect.stringMatching(/^ready to read; writes fail\. Nothing was written: the disk of the database is full\./),
    ])
    expect(told(/^the database takes no writes/)).toMatchObject([{ code: 'STORAGE_FULL', reason: expect.any(String) }])

    await pool.db.execute(sql`drop table filler`)
    expect((await submitOne(taken + 1)).data.submitPaper.__typename).toBe('SubmitPaperPayload')
    expect((await read('/readyz')).text).toBe('ready\n')
    expect(told(/^the database takes writes again/)).toHaveLength(1)
    expect(await storedVotes()).toContain(`voter-1 ${paperIds[1]}`)
    const stored = await pool.db.execute(sql`select id from papers where arxiv_id like '2512.%'`)
    expect(stored).toHaveLength(taken + 1)
  }, 60_000)
})

function canRun(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
