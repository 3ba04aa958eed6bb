import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFetcher } from '../../src/fetching/fetcher.ts'
import { runImport } from '../../src/ingest/import.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { directoryOf, HALF_LIFE, hfRecord, importing, oldHfRecord, only, rowVersions } from './fixtures.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

const rows = async (query: ReturnType<typeof sql>) => [...(await database.db.execute(query))]

test('a bad record is reported with file, position and reason, and the others are imported', async () => {
  const directory = await directoryOf({
    '2026-11-10.json': JSON.stringify([
      hfRecord({ id: '2611.00001' }),
      hfRecord({ id: 7 }),
      'x',
      hfRecord({ id: '2611.00002' }),
    ]),
    '2026-11-11.json': '{"error":"Not today"}',
    'bulk.jsonl': `{"date":"2024-05-28","records":[${JSON.stringify(oldHfRecord())},{}]}\nrubbish\n`,
  })
  const { totals, problems } = await importing(database.db, 'hf-daily', [directory])
  expect(totals).toEqual({ records: 6, created: 3, updated: 0, unchanged: 0, problems: 5 })
  expect(problems.map((problem) => problem.replace(/not JSON: .*/, 'not JSON: …'))).toEqual([
    '2026-11-10.json:2 paper.id is the number 7: it must be text, to keep its zeros.',
    '2026-11-10.json:3 The record must be an object, not a string.',
    '2026-11-11.json: It must be an array of records, not an error response: "Not today".',
    'bulk.jsonl:1:2 paper is missing.',
    'bulk.jsonl:2 It is not JSON: …',
  ])
  expect(
    await only(
      database.db,
      sql`select source, inputs ->> 0 = ${directory} as named, records, created, problems, finished_at is null as open from import_runs`,
    ),
  ).toEqual({
    source: 'hf-daily',
    named: true,
    records: 6,
    created: 3,
    problems: 5,
    open: false,
  })
})

test('a record with an identifier of another paper is imported without it, and a line that is no problem says so', async () => {
  const line = (arxiv: string) =>
    JSON.stringify({
      v: 1,
      identifiers: { arxiv, doi: '10.5555/tides' },
      title: 'On Tides',
      publishedAt: '2026-11-09',
      authors: [],
    })
  const directory = await directoryOf({ 'papers.jsonl': `${line('2611.00001')}\n${line('2611.00002')}\n` })
  const { totals, problems } = await importing(database.db, 'papers', [directory])
  expect(totals).toEqual({ records: 2, created: 2, updated: 0, unchanged: 0, problems: 0 })
  expect(problems).toEqual([
    'papers.jsonl:2 Its DOI 10.5555/tides belongs to arXiv 2611.00001, which keeps it: the paper is saved without it.',
  ])
})

test('new names leave the pending lists of the trigram indexes', async () => {
  await importing(database.db, 'hf-daily', [await directoryOf({ '2026-11-10.json': JSON.stringify([hfRecord()]) })])
  for (const index of [
    'authors_by_trigrams',
    'topics_by_trigrams',
    'organizations_by_trigrams',
    'search_terms_trigrams',
  ])
    expect(await only(database.db, sql`select gin_clean_pending_list(${index}::regclass)::int as pages`)).toEqual({
      pages: 0,
    })
})

const history = {
  'snapshots/2024-05-28/2024-05-28T0700Z.json': JSON.stringify([
    oldHfRecord({ id: '2405.00001', upvotes: 5 }),
    oldHfRecord({ id: '2405.00002', upvotes: 2, title: 'As it was\n  first' }, { numComments: 1 }),
  ]),
  'snapshots/2024-05-28/2024-05-29T0200Z.json': JSON.stringify([
    oldHfRecord({
      id: '2405.00001',
      upvotes: 12,
      githubRepo: 'https://github.com/lab/one/',
      ai_keywords: ['Tides', 'tides'],
      authors: [
        { name: 'Ilse Marchetti', status: 'claimed_verified', user: { _id: 'u1', user: 'ilse', fullname: 'Ilse M.' } },
      ],
    }),
  ]),
  '2024/2024-05-28.json': JSON.stringify([
    oldHfRecord({ id: '2405.00001', upvotes: 9, authors: [{ name: 'Ilse Marchetti', hidden: false }] }),
    oldHfRecord({ id: '2405.00002', upvotes: 4, title: 'As it is' }, { numComments: 3 }),
  ]),
  'bulk/rest.jsonl': `${JSON.stringify({
    date: '2024-06-03',
    records: [
      oldHfRecord(
        { id: '2405.00002', upvotes: 8, title: 'As it is' },
        { publishedAt: '2024-06-03T03:00:00.000Z', numComments: 7 },
      ),
    ],
  })}\n`,
}
/** All that was imported, without the numbers of rows, which tell the order. */
const state = async () => ({
  papers: await rows(sql`
    select arxiv_id, title, published_at, listed_on, listed_at, vote_count, comment_count, facts_as_of,
      round(trending_score::numeric, 6) as score
    from papers order by arxiv_id`),
  counts: await rows(sql`
    select arxiv_id, counted_at, votes, increment from outside_counts join papers on papers.id = paper_id order by 1, 2`),
  users: await rows(
    sql`select handle, users.name, authors.name as author from users join authors on user_id = users.id`,
  ),
  topics: await rows(sql`select name, paper_count from topics`),
  links: await rows(sql`select arxiv_id, kind, url from paper_links join papers on papers.id = paper_id order by 1, 2`),
})

test('captures become dated counts, whatever their order', async () => {
  const directory = await directoryOf(history)
  await importing(database.db, 'hf-daily', [directory])
  const inOrder = await state()
  expect(inOrder.counts).toEqual([
    { arxiv_id: '2405.00001', counted_at: '2024-05-28 07:00:00+00', votes: 5, increment: 5 },
    { arxiv_id: '2405.00001', counted_at: '2024-05-28 23:59:59.999+00', votes: 9, increment: 4 },
    { arxiv_id: '2405.00001', counted_at: '2024-05-29 02:00:00+00', votes: 12, increment: 3 },
    { arxiv_id: '2405.00002', counted_at: '2024-05-28 07:00:00+00', votes: 2, increment: 2 },
    { arxiv_id: '2405.00002', counted_at: '2024-05-28 23:59:59.999+00', votes: 4, increment: 2 },
    { arxiv_id: '2405.00002', counted_at: '2024-06-03 23:59:59.999+00', votes: 8, increment: 4 },
  ])
  expect(inOrder.papers).toMatchObject([
    { arxiv_id: '2405.00001', vote_count: 12, listed_on: '2024-05-28' },
    // On the list of two days, the second time with more votes: it stays on the first.
    { arxiv_id: '2405.00002', vote_count: 8, listed_on: '2024-05-28', title: 'As it is', comment_count: 7 },
  ])

  const other = await freshDatabase()
  const files = Object.keys(history).map((name) => `${directory}/${name}`)
  for (const file of files.reverse()) await importing(other.db, 'hf-daily', [file])
  const forwards = database
  database = other
  expect(await state()).toEqual(inOrder)
  await forwards.close()
})

test('between captures votes fall, papers vanish, accounts and hidden authors change', async () => {
  const { db } = database
  const account = (user: string) => ({ status: 'claimed_verified', user: { _id: user, user } })
  const authors = (user: string, hidden: boolean) => [
    { name: 'Ilse Marchetti', ...account(user) },
    { name: 'Ann Lin', hidden },
  ]
  const directory = await directoryOf({
    '2026-11-10/2026-11-10T0700Z.json': JSON.stringify([
      hfRecord({ id: '2611.00001', upvotes: 5, authors: authors('ilse', false) }),
      hfRecord({ id: '2611.00002', upvotes: 3 }),
    ]),
    '2026-11-10/2026-11-10T1700Z.json': JSON.stringify([
      hfRecord({ id: '2611.00001', upvotes: 4, authors: authors('ilse2', true) }),
    ]),
  })
  expect((await importing(db, 'hf-daily', [directory])).problems).toEqual([])
  const papers = sql`select arxiv_id, vote_count, listed_on from papers order by arxiv_id`
  expect(await db.execute(papers)).toEqual([
    { arxiv_id: '2611.00001', vote_count: 4, listed_on: '2026-11-10' },
    { arxiv_id: '2611.00002', vote_count: 3, listed_on: '2026-11-10' },
  ])
  const found = await db.execute(sql`
      select authors.name, handle from paper_authors join papers on papers.id = paper_id
        join authors on authors.id = author_id left join users on users.id = user_id
      where arxiv_id = '2611.00001' order by position`)
  // A name that has an account keeps it.
  expect(found).toEqual([{ name: 'Ilse Marchetti', handle: 'ilse' }])
})

test('importing again writes no row', async () => {
  const directory = await directoryOf(history)
  const { totals } = await importing(database.db, 'hf-daily', [directory])
  const before = await rowVersions(database.db)
  const again = await importing(database.db, 'hf-daily', [directory])
  expect(again.totals).toEqual({ ...totals, created: 0, updated: 0, unchanged: totals.records })
  expect(await rowVersions(database.db)).toEqual(before)
})

test("today's list is dated now, not at the end of the day", async () => {
  const directory = await directoryOf({ '2026-11-10.json': JSON.stringify([hfRecord()]) })
  await importing(database.db, 'hf-daily', [directory], { now: new Date('2026-11-10T08:00:00Z') })
  expect(
    await only(database.db, sql`select facts_as_of, counted_at from papers join outside_counts on paper_id = id`),
  ).toEqual({
    facts_as_of: '2026-11-10 08:00:00+00',
    counted_at: '2026-11-10 08:00:00+00',
  })
})

test('standard input can hold more papers than a batch', async () => {
  const records = Array.from({ length: 950 }, (_, n) => hfRecord({ id: `2611.${String(n).padStart(5, '0')}` }))
  const stdin = Readable.from([JSON.stringify({ date: '2026-11-10', records })])
  const { totals } = await importing(database.db, 'hf-daily', ['-'], { stdin })
  expect(totals).toMatchObject({ records: 950, created: 950, problems: 0 })
})

test('imports at the same time save each paper once', async () => {
  const directory = await directoryOf({
    '2026-11-10.json': JSON.stringify(
      Array.from({ length: 60 }, (_, n) =>
        hfRecord({
          id: `2611.${String(n).padStart(5, '0')}`,
          authors: [{ name: `Author ${n % 9}` }, { name: 'NVIDIA' }],
          ai_keywords: [`Topic ${n % 4}`],
          submittedOnDailyBy: { _id: `u${n % 5}`, user: `user${n % 5}` },
        }),
      ),
    ),
  })
  const results = await Promise.all([1, 2, 3].map(() => importing(database.db, 'hf-daily', [directory])))
  expect(results.flatMap(({ problems }) => problems)).toEqual([])
  expect(results.reduce((sum, { totals }) => sum + totals.created, 0)).toBe(60)
  expect(await only(database.db, sql`select paper_count from authors where name = 'NVIDIA'`)).toEqual({
    paper_count: 60,
  })
})

test('a stopped import keeps what was saved, and its run stays open', async () => {
  const line = (n: number) =>
    `${JSON.stringify({ v: 1, identifiers: { s2: String(n) }, title: `Paper ${n}`, publishedAt: '2026-11-09', authors: [] })}\n`
  const directory = await directoryOf({ 'papers.jsonl': Array.from({ length: 1_500 }, (_, n) => line(n)).join('') })
  const controller = new AbortController()
  const totals = await runImport(database.db, {
    source: 'papers',
    inputs: [directory],
    stdin: Readable.from([]),
    now: new Date('2026-12-01T00:00:00Z'),
    halfLifeHours: HALF_LIFE,
    onProgress: () => controller.abort(),
    onProblem: () => {},
    signal: controller.signal,
  })
  expect(totals.created).toBeGreaterThan(0)
  expect(totals.created).toBeLessThan(1_500)
  expect(totals.records).toBe(totals.created)
  expect(await only(database.db, sql`select created, finished_at from import_runs`)).toEqual({
    created: totals.created,
    finished_at: null,
  })
})

test('a stopped download ends at once, and is no problem', async () => {
  const line = (n: number) =>
    `{"v":1,"identifiers":{"doi":"10.5555/${n}"},"title":"T","publishedAt":"2026-02-17","authors":["Ada Lin"]}\n`
  const stop = new AbortController()
  // The rest of the response never comes.
  const server = createServer((_, response) =>
    response.write(`${line(1)}${line(2)}{"v":1,`, () => setTimeout(() => stop.abort(), 50)),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const totals = await runImport(database.db, {
      source: 'papers',
      inputs: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`],
      stdin: Readable.from([]),
      fetcher: createFetcher({ allowPrivateNetworks: true, userAgent: 'Test/1' }),
      now: new Date('2026-12-01T00:00:00Z'),
      halfLifeHours: HALF_LIFE,
      onProgress: () => {},
      onProblem: ({ reason }) => expect.unreachable(reason),
      signal: stop.signal,
    })
    expect(totals).toMatchObject({ created: 0, problems: 0 })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('the papers source reports problems by line', async () => {
  const directory = await directoryOf({
    'papers.jsonl': [
      '{"v":1,"identifiers":{"doi":"10.5555/x"},"title":"A","publishedAt":"2026-02-17","authors":["Ada Lin"],"votes":{"count":3,"countedAt":"2026-02-18"}}',
      '',
      '{"v":1,"identifiers":{"doi":"10.5555/y"},"title":"B","publishedAt":"2026-02-30","authors":[]}',
      '{"v":1,"identifiers":{"doi":"10.5555/z"},"titel":"C"}',
    ].join('\n'),
  })
  const { totals, problems } = await importing(database.db, 'papers', [directory])
  expect(totals).toMatchObject({ created: 1, problems: 2 })
  expect(problems).toEqual([
    expect.stringMatching(/^papers\.jsonl:3 publishedAt is not a time/),
    'papers.jsonl:4 title is missing.',
  ])
  expect(await rows(sql`select source, votes from outside_counts`)).toEqual([{ source: 'papers', votes: 3 }])
})
