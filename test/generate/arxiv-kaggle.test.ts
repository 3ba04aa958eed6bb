import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { kaggleLines } from '../../src/generate/arxiv-kaggle.ts'
import { runImport } from '../../src/ingest/import.ts'
import { catchUpIndex } from '../../src/search/index/rebuild.ts'
import { directoryOf, HALF_LIFE, rowVersions } from '../ingest/fixtures.ts'
import { contentsOf, expectedContents } from '../search/index-contents.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { recount } from '../support/recount.ts'

const PAPERS = 400

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const fileOf = (seed: number, papers = PAPERS): string => [...kaggleLines({ papers, seed })].join('')

test('the same seed gives the same lines, and another one others', () => {
  expect(fileOf(3)).toBe(fileOf(3))
  expect(fileOf(4)).not.toBe(fileOf(3))
  const ids = fileOf(3, 3_000)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id as string)
  expect(new Set(ids).size).toBe(3_000)
  expect(ids.toSorted()).toEqual(ids)
})

test('all papers are imported, without search if so requested, with the right counts, and again without a write', async () => {
  const { db } = database
  const directory = await directoryOf({ 'kaggle.json': fileOf(3) })
  const run = () =>
    runImport(db, {
      source: 'arxiv-kaggle',
      inputs: [directory],
      stdin: Readable.from([]),
      now: new Date('2026-11-28T00:00:00Z'),
      halfLifeHours: HALF_LIFE,
      withoutSearch: true,
      onProgress: () => {},
      onProblem: ({ reason }) => expect.fail(reason),
    })
  expect(await run()).toEqual({ records: PAPERS, created: PAPERS, updated: 0, unchanged: 0, problems: 0 })
  expect(await recount(db)).toEqual([])
  const [row] = await db.execute(sql`
    select count(*)::int as papers, count(doi)::int between 100 and 250 as doi, count(withdrawn_at)::int < 20 as withdrawn,
      (select count(*)::int from search_papers) as indexed,
      (select count(*)::int from papers where author_count <> (select count(*) from paper_authors where paper_id = papers.id)) as wrong
    from papers`)
  expect(row).toEqual({ papers: PAPERS, doi: true, withdrawn: true, indexed: 0, wrong: 0 })

  const before = await rowVersions(db)
  // With the column that row locks set, too.
  const locks = () => db.execute(sql`select max(xmax::text::bigint) as locked from papers`)
  const locked = await locks()
  expect(await run()).toMatchObject({ unchanged: PAPERS, updated: 0 })
  expect(await rowVersions(db)).toEqual(before)
  expect(await locks()).toEqual(locked)

  await catchUpIndex(db, { grace: 0 })
  expect(await contentsOf(db)).toEqual(await expectedContents(db))
})

test('statistics are collected as an import grows: plans for empty tables would make each batch slower than the last', async () => {
  const { db, close } = await freshDatabase()
  onTestFinished(() => close())
  const papers = 2 * 500 + 1
  await runImport(db, {
    source: 'arxiv-kaggle',
    inputs: [await directoryOf({ 'kaggle.json': fileOf(5, papers) })],
    stdin: Readable.from([]),
    now: new Date('2026-11-28T00:00:00Z'),
    halfLifeHours: HALF_LIFE,
    withoutSearch: true,
    onProgress: () => {},
    onProblem: ({ reason }) => expect.fail(reason),
  })
  // After a thousand papers. One paper more is no reason to do it again at the end.
  const analyzed = () =>
    db.execute(sql`select analyze_count::int from pg_stat_user_tables where relname = 'paper_authors'`)
  await expect.poll(async () => [...(await analyzed())]).toEqual([{ analyze_count: 1 }])
})
