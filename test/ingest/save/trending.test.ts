import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { TRENDING_EPOCH } from '../../../src/queries/trending.ts'
import { refreshCounts } from '../../../src/writes/counts.ts'
import { recomputeAllScores } from '../../../src/writes/trending-scores.ts'
import { writing } from '../../../src/writes/writing.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { entryOf, HALF_LIFE, only, rowVersions } from '../fixtures.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

/** The formula in plain JavaScript, as the design gives it: log2 of the sum of weights, in a sum that cannot overflow. */
function scoreOf(weights: { n: number; at: string }[], halfLifeHours: number): number {
  const exponents = weights.map(({ at }) => (Date.parse(at) - Date.parse(TRENDING_EPOCH)) / 3_600_000 / halfLifeHours)
  const highest = Math.max(...exponents)
  return highest + Math.log2(weights.reduce((sum, { n }, i) => sum + n * 2 ** ((exponents[i] as number) - highest), 0))
}

type Counts = [source: string, countedAt: string, count: number][]
async function counted(arxivId: string, counts: Counts, keywords: string[] = ['Tides']): Promise<void> {
  for (const [source, countedAt, count] of counts)
    await saveEntries(
      database.db,
      [entryOf({ arxivId, source, votes: { count, countedAt }, topics: [{ kind: 'KEYWORD', names: keywords }] })],
      { halfLifeHours: HALF_LIFE },
    )
}
const paper = (arxivId: string) =>
  only<{ id: string; vote_count: number; trending_score: number }>(
    database.db,
    sql`select id, vote_count, trending_score from papers where arxiv_id = ${arxivId}`,
  )
const increments = async () => [
  ...(await database.db.execute(
    sql`select votes, increment from outside_counts order by paper_id, source, counted_at`,
  )),
]

const COUNTS: Counts = [
  ['hf', '2026-11-10T12:00:00.000Z', 40],
  ['hf', '2026-11-10T06:00:00.000Z', 10],
  ['hf', '2026-11-11T06:00:00.000Z', 38],
  ['hf', '2026-11-12T06:00:00.000Z', 45],
  ['papers', '2019-01-01T00:00:00.000Z', 7],
]

test('a score is the decayed sum of the increments of counts and of local votes', async () => {
  await counted('2611.00001', COUNTS)
  await database.db.execute(sql`insert into users (handle) values ('ada'), ('bob')`)
  await database.db.execute(sql`
    insert into votes (paper_id, user_id, voted_at)
    select papers.id, users.id, timestamptz '2026-11-13 09:30Z' from papers, users`)
  const { id } = await paper('2611.00001')
  const touched = { paperIds: [Number(id)], authorIds: [], organizationIds: [], topicIds: [] }
  await writing(database.db, (open) => refreshCounts(open, touched, HALF_LIFE))

  const { vote_count, trending_score } = await paper('2611.00001')
  expect(vote_count).toBe(45 + 7 + 2)
  // 38 after 40 gains nothing, and 45 after it gains what is over 40.
  const weights = [
    { n: 10, at: '2026-11-10T06:00:00.000Z' },
    { n: 30, at: '2026-11-10T12:00:00.000Z' },
    { n: 5, at: '2026-11-12T06:00:00.000Z' },
    { n: 7, at: '2019-01-01T00:00:00.000Z' },
    { n: 2, at: '2026-11-13T09:30:00.000Z' },
  ]
  expect(Math.abs(trending_score - scoreOf(weights, HALF_LIFE))).toBeLessThan(1e-9)
  expect(await increments()).toEqual([
    { votes: 10, increment: 10 },
    { votes: 40, increment: 30 },
    { votes: 38, increment: -2 },
    { votes: 45, increment: 7 },
    { votes: 7, increment: 7 },
  ])
})

test('counts give the same score in any order', async () => {
  await counted('2611.00001', COUNTS)
  await counted('2611.00002', [...COUNTS].reverse())
  const [one, other] = [await paper('2611.00001'), await paper('2611.00002')]
  expect(other.vote_count).toBe(one.vote_count)
  expect(Math.abs(other.trending_score - one.trending_score)).toBeLessThan(1e-9)
  const all = await increments()
  expect(all.slice(5)).toEqual(all.slice(0, 5))
})

test('a score without votes is -Infinity, and votes eight thousand years apart add up without an error', async () => {
  await counted('2611.00001', [['hf', '2026-11-10T00:00:00.000Z', 0]])
  await counted('2611.00002', [
    ['hf', '1900-01-01T00:00:00.000Z', 5],
    ['hf', '9999-01-01T00:00:00.000Z', 6],
  ])
  expect(await paper('2611.00001')).toMatchObject({ trending_score: -Infinity, vote_count: 0 })
  const { trending_score } = await paper('2611.00002')
  expect(Math.abs(trending_score - scoreOf([{ n: 1, at: '9999-01-01T00:00:00.000Z' }], HALF_LIFE))).toBeLessThan(1e-9)
})

test('the score of a topic is the sum of its papers', async () => {
  await counted('2611.00001', [['hf', '2026-11-10T00:00:00.000Z', 3]], ['Tides', 'Waves'])
  await counted('2611.00002', [['hf', '2026-11-12T00:00:00.000Z', 4]], ['Tides'])
  await counted('2611.00003', [['hf', '2026-11-12T00:00:00.000Z', 0]], ['Tides', 'Calm'])
  const rows = await database.db.execute<{ name: string; paper_count: number; trending_score: number }>(
    sql`select name, paper_count, trending_score from topics order by name`,
  )
  const [calm, tides, waves] = [...rows]
  expect(calm).toMatchObject({ paper_count: 1, trending_score: -Infinity })
  expect(tides?.paper_count).toBe(3)
  const weights = [
    { n: 3, at: '2026-11-10T00:00:00.000Z' },
    { n: 4, at: '2026-11-12T00:00:00.000Z' },
  ]
  expect(Math.abs((tides?.trending_score ?? 0) - scoreOf(weights, HALF_LIFE))).toBeLessThan(1e-9)
  expect(Math.abs((waves?.trending_score ?? 0) - scoreOf(weights.slice(0, 1), HALF_LIFE))).toBeLessThan(1e-9)
})

test('a new half-life recomputes every score once', async () => {
  expect(await recomputeAllScores(database.db, HALF_LIFE)).toBe(false)
  await counted('2611.00001', COUNTS)
  expect(await recomputeAllScores(database.db, HALF_LIFE)).toBe(false)

  const recomputed = await Promise.all([1, 2, 3].map(() => recomputeAllScores(database.db, 24)))
  expect(recomputed.filter(Boolean)).toHaveLength(1)
  const weights = [
    { n: 10, at: '2026-11-10T06:00:00.000Z' },
    { n: 30, at: '2026-11-10T12:00:00.000Z' },
    { n: 5, at: '2026-11-12T06:00:00.000Z' },
    { n: 7, at: '2019-01-01T00:00:00.000Z' },
  ]
  const { trending_score } = await paper('2611.00001')
  expect(Math.abs(trending_score - scoreOf(weights, 24))).toBeLessThan(1e-9)
  expect(await only(database.db, sql`select trending_score from topics`)).toEqual({ trending_score })
})

test('correct counts are not written again', async () => {
  await counted('2611.00001', COUNTS)
  const { id } = await paper('2611.00001')
  const before = await rowVersions(database.db)
  await writing(database.db, (open) =>
    refreshCounts(open, { paperIds: [Number(id)], authorIds: [], organizationIds: [], topicIds: [] }, HALF_LIFE),
  )
  expect(await rowVersions(database.db)).toEqual(before)
})
