import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { indexPapers } from '../../src/search/index/index-papers.ts'
import { MOST_RELATED, RelatedPapers } from '../../src/search/related.ts'
import { writing } from '../../src/writes/writing.ts'
import { announceVotes } from '../support/announce.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Papers on six subjects: each paper mixes words of its subject with words that all papers share.

const SUBJECTS = 6
const PAPERS = 120

let database: FreshDatabase
let ids: number[]

const subjectOf = (id: number): number => ids.indexOf(id) % SUBJECTS

beforeAll(async () => {
  database = await freshDatabase()
  const { db } = database
  const next = random(11)
  const word = (...kinds: string[]) => `${kinds[Math.floor(next() * kinds.length)]}${Math.floor(next() * 12)}x`
  const rows = Array.from({ length: PAPERS }, (_, place) => {
    const words = Array.from({ length: 40 }, () => word('all', 'all', 'all', `of${place % SUBJECTS}y`))
    return { title: words.slice(0, 6).join(' '), abstract: words.slice(6).join(' ') }
  })
  const inserted = await db
    .insert(papers)
    .values(rows.map((row) => ({ ...row, publishedAt: '2026-01-01', factsAsOf: '2026-01-01' })))
    .returning()
  ids = inserted.map(({ id }) => id)
  await index(ids)
})

afterAll(() => database.close())

const index = (changed: number[]) => writing(database.db, (open) => indexPapers(open, changed))

const relatedTo = async (paperIds: number[], limit = 5): Promise<(readonly number[])[]> =>
  new RelatedPapers().of(
    database.db,
    paperIds.map((paperId) => ({ paperId, limit })),
  )

describe('related papers', () => {
  test('are of the same subject, never the paper itself, and the same each time', async () => {
    const related = await relatedTo(ids, MOST_RELATED)
    const nearest = related.map((its) => its.slice(0, 5))
    const isSame = nearest.flatMap((its, place) => its.map((id) => subjectOf(id) === place % SUBJECTS))
    // By chance it would be 1 in 6.
    expect(isSame.filter(Boolean).length / isSame.length).toBeGreaterThan(0.9)
    for (const [place, its] of related.entries()) {
      expect(its).not.toContain(ids[place])
      expect(new Set(its).size).toBe(its.length)
    }
    expect(await relatedTo(ids, MOST_RELATED)).toEqual(related)
    expect((await relatedTo([...ids].reverse(), MOST_RELATED)).reverse()).toEqual(related)
  })

  test('take four statements for a page of papers, and none when cached', async () => {
    const cache = new RelatedPapers()
    const requested = ids.slice(0, 20).map((paperId) => ({ paperId, limit: 5 }))
    const first = await database.log.during(() => cache.of(database.db, requested))
    expect(first.statements.length).toBe(4)
    expect(first.result.every((its) => its.length === 5)).toBe(true)
    const again = await database.log.during(() => cache.of(database.db, [...requested, ...requested]))
    expect(again.statements).toEqual([])
    expect(again.result).toEqual([...first.result, ...first.result])
    cache.clear()
    expect((await database.log.during(() => cache.of(database.db, requested))).statements.length).toBe(4)
  })

  test('read before a change are not cached after it', async () => {
    const cache = new RelatedPapers()
    const requested = [{ paperId: ids[0] as number, limit: 5 }]
    const reading = cache.of(database.db, requested)
    cache.clear()
    expect((await reading)[0]?.length).toBe(5)
    expect((await database.log.during(() => cache.of(database.db, requested))).statements.length).toBe(4)
  })

  test('that share a rare topic come first', async () => {
    const { db } = database
    const [paper] = ids as [number]
    const [before] = (await relatedTo([paper], 10)) as [number[]]
    const last = before.at(-1) as number
    const [topic] = await db
      .insert(topics)
      .values({ kind: 'KEYWORD', name: 'rare', slug: 'rare', normalizedName: 'rare', paperCount: 2 })
      .returning()
    const topicId = (topic as { id: number }).id
    await db
      .insert(paperTopics)
      .values([paper, last].map((paperId) => ({ paperId, topicId, position: 0, publishedAt: '2026-01-01' })))
    expect((await relatedTo([paper], 10))[0]?.[0]).toBe(last)
    await db.delete(paperTopics).where(eq(paperTopics.topicId, topicId))
  })

  test('do not exist for a paper that is not in the index or has an unknown id', async () => {
    const { db } = database
    const [paper] = await db
      .insert(papers)
      .values({ title: 'Unindexed', publishedAt: '2026-01-01', factsAsOf: '2026-01-01' })
      .returning()
    expect(await relatedTo([paper?.id as number, 987_654_321])).toEqual([[], []])
  })
})

describe('through the API', () => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer(database)
  })
  afterAll(() => server.close())

  const ask = async (args = '') => {
    const { data, errors } = await server.ask(`{ papers(first: 20, orderBy: NEWEST) {
      nodes { id title related${args} { id title } } } }`)
    expect(errors).toBeUndefined()
    return data.papers.nodes as { id: string; related: { id: string; title: string }[] }[]
  }

  test('returns five by default and at most fifty', async () => {
    for (const { id, related } of await ask()) {
      expect(related.length === 5 || related.length === 0).toBe(true)
      expect(related.map((paper) => paper.id)).not.toContain(id)
    }
    const one = await server.ask(`{ papers(last: 1, orderBy: NEWEST) { nodes { related(first: 50) { id } } } }`)
    expect(one.data.papers.nodes[0].related.length).toBe(50)
    for (const first of [0, 51]) {
      const { errors } = await server.ask(`{ papers(first: 1) { nodes { related(first: ${first}) { id } } } }`)
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
  })

  test('omits a paper as soon as it is hidden; votes keep the cache', async () => {
    const { db, log } = database
    const before = await ask()
    await announceVotes(db, [ids[0] as number])
    const { statements } = await log.during(() => ask())
    expect(statements.filter((statement) => statement.includes('search_lists'))).toEqual([])

    const hidden = before.find(({ related }) => related.length > 0)?.related[0]?.title as string
    await writing(db, async (open) => {
      const [paper] = await open.tx
        .update(papers)
        .set({ hiddenAt: sql`now()` })
        .where(eq(papers.title, hidden))
        .returning()
      await indexPapers(open, [paper?.id as number])
      open.announceChange()
    })
    const titles = async () => (await ask()).flatMap(({ related }) => related.map(({ title }) => title))
    expect(await titles()).not.toContain(hidden)
    await expect
      .poll(async () => (await ask()).filter(({ related }) => related.length === 5).length)
      .toBeGreaterThan(15)
    expect(await titles()).not.toContain(hidden)
  })
})
