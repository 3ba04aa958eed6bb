import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { saveBatch } from '../../../src/ingest/save/batch.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { indexPapers } from '../../../src/search/index/index-papers.ts'
import { mergeRecent } from '../../../src/search/index/merge.ts'
import { catchUpIndex, rebuildIndex } from '../../../src/search/index/rebuild.ts'
import { strongestPapers } from '../../../src/search/query/posting-lists.ts'
import { resolveQuery } from '../../../src/search/query/resolve.ts'
import { EVENTS_CHANNEL } from '../../../src/writes/events.ts'
import { writing } from '../../../src/writes/writing.ts'
import { entryOf, HALF_LIFE } from '../../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { contentsOf, expectedContents } from '../index-contents.ts'
import { arxivId, randomWrites } from '../random-writes.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database?.close())

const halfLife = { halfLifeHours: HALF_LIFE }

const save = (...entries: Parameters<typeof entryOf>[0][]) => saveEntries(database.db, entries.map(entryOf), halfLife)
const idsOfPapers = async () =>
  (await database.db.execute<{ id: string }>(sql`select id from papers order by id`)).map(({ id }) => Number(id))
const generations = () => database.db.execute(sql`select generation, serving from search_generations order by 1`)

/** The location of each row of the index and the transaction that wrote it. */
async function indexRows(): Promise<string[]> {
  const rows = await database.db.execute<{ version: string }>(sql`
    select tableoid::regclass || ' ' || ctid || ' ' || xmin as version from search_generations
    union all select tableoid::regclass || ' ' || ctid || ' ' || xmin from search_terms
    union all select tableoid::regclass || ' ' || ctid || ' ' || xmin from search_papers
    union all select tableoid::regclass || ' ' || ctid || ' ' || xmin from search_lists
    union all select tableoid::regclass || ' ' || ctid || ' ' || xmin from search_blocks
    union all select tableoid::regclass || ' ' || ctid || ' ' || xmin from search_recent order by 1`)
  return rows.map(({ version }) => version)
}

const createUser = async (): Promise<number> => {
  const [user] = await database.db.execute<{ id: string }>(sql`insert into users (handle) values ('ada') returning id`)
  return Number(user?.id)
}

describe('every write of papers', () => {
  test('concurrent writes keep the index correct, also during a rebuild', async () => {
    const submitterId = await createUser()
    const writers = [1, 2, 3].map((seed) => randomWrites(database.db, seed, submitterId))
    let rebuilt: number | null | undefined
    let rounds = 0
    const write = async (next: () => Promise<void>) => {
      for (; rounds < 90 || rebuilt === undefined; rounds += 1) await next()
    }
    const rebuild = async () => {
      while (rounds < 30) await new Promise((resolve) => setTimeout(resolve, 5))
      let added: number | null = null
      try {
        // Null while a merge has the lock.
        while (added === null) added = await rebuildIndex(database.db, { grace: 20, batch: 20 })
      } finally {
        rebuilt = added
      }
    }
    const merge = async () => {
      while (rounds < 90 || rebuilt === undefined) {
        await mergeRecent(database.db, { least: 200 })
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    await Promise.all([...writers.map(write), rebuild(), merge()])
    expect(rebuilt).toBeGreaterThan(20)

    const contents = await contentsOf(database.db)
    expect(contents).toEqual(await expectedContents(database.db))
    expect(await rebuildIndex(database.db, { grace: 0 })).toBe(contents.paperCount)
    expect(await contentsOf(database.db)).toEqual(contents)
    await mergeRecent(database.db)
    expect(await database.db.execute(sql`select from search_recent`)).toHaveLength(0)
    expect(await contentsOf(database.db)).toEqual(contents)
  })

  test('unchanged papers and changes of other columns write no row of the index', async () => {
    const entries = Array.from({ length: 30 }, (_, n) => ({ arxivId: arxivId(n), title: `Tides, part ${n}` }))
    await save(...entries)
    const before = await indexRows()
    await save(...entries)
    await save(...entries.map((entry) => ({ ...entry, asOf: '2026-11-11T00:00:00.000Z', commentCount: 5 })))
    await writing(database.db, async (open) => indexPapers(open, await idsOfPapers()))
    expect(await indexRows()).toEqual(before)
  })

  test('a failed transaction leaves no rows', async () => {
    await save({ arxivId: arxivId(1) })
    const before = await contentsOf(database.db)
    const failing = writing(database.db, async (open) => {
      await saveBatch(open, [entryOf({ arxivId: arxivId(2), title: 'Another' })], halfLife)
      throw new Error('given up')
    })
    await expect(failing).rejects.toThrow('given up')
    expect(await contentsOf(database.db)).toEqual(before)
  })

  test('a paper with three thousand authors and a long abstract is indexed', async () => {
    const authors = Array.from({ length: 3_000 }, (_, n) => ({ name: `Given${n} Family${n % 700}`, account: null }))
    const abstract = Array.from({ length: 14_000 }, (_, n) => `word${n % 5_000}`).join(' ')
    expect(await save({ title: 'All of us', authors, abstract: `${abstract} ${'x'.repeat(5_000)}` })).toMatchObject({
      created: 1,
      problems: [],
    })
    const contents = await contentsOf(database.db)
    expect(contents.postings.length).toBeGreaterThan(8_000)
    expect(contents).toEqual(await expectedContents(database.db))
  })
})

describe('a rebuild', () => {
  const fill = (count: number) =>
    save(...Array.from({ length: count }, (_, n) => ({ arxivId: arxivId(n), title: `Tides, part ${n}` })))

  test('concurrent searches find all papers, in the old or the new index', async () => {
    await fill(60)
    let over = false
    const found = new Set<string>()
    const search = async () => {
      while (!over) {
        const { paperCount, terms, lists } = await resolveQuery(database.db, 'tides')
        const term = terms.get('tide')
        const row = {
          papers: paperCount,
          counted: term?.paperCount,
          found: strongestPapers(lists?.get(term?.id ?? 0), 100).length,
        }
        found.add(JSON.stringify(row))
      }
    }
    const rebuild = async () => {
      for (let n = 0; n < 3; n += 1) await rebuildIndex(database.db, { grace: 0, batch: 7 })
      over = true
    }
    await Promise.all([search(), search(), rebuild()])
    expect([...found]).toEqual([JSON.stringify({ papers: 60, counted: 60, found: 60 })])
  })

  test('that is interrupted keeps the old index, and the next start deletes the rest', async () => {
    await fill(40)
    const before = await contentsOf(database.db)
    const stop = new AbortController()
    const onProgress = (done: number) => done > 0 && stop.abort()
    await expect(rebuildIndex(database.db, { batch: 10, signal: stop.signal, onProgress })).rejects.toThrow('abort')
    expect(await contentsOf(database.db)).toEqual(before)
    expect(await generations()).toEqual([
      { generation: 1, serving: true },
      { generation: 2, serving: false },
    ])
    expect((await contentsOf(database.db, 2)).papers.length).toBeGreaterThan(9)

    // Until then, papers are written to both generations.
    await fill(50)
    expect(await catchUpIndex(database.db)).toBeNull()
    expect(await generations()).toEqual([{ generation: 1, serving: true }])
    for (const table of ['search_papers', 'search_terms'])
      expect(
        await database.db.execute(sql`select from ${sql.identifier(table)} where generation = 2`),
        table,
      ).toHaveLength(0)
    expect(await contentsOf(database.db)).toEqual(await expectedContents(database.db))
  })

  test('that follows an import adds what the import has saved meanwhile', async () => {
    await fill(20)
    const later = [30, 30, 45]
    const saveMore = async () => {
      const count = later.shift()
      if (count === undefined) return false
      const entries = Array.from({ length: count }, (_, n) =>
        entryOf({ arxivId: arxivId(n), title: `Tides, part ${n}` }),
      )
      await saveEntries(database.db, entries, { ...halfLife, withoutSearch: true })
      return true
    }
    expect(await rebuildIndex(database.db, { grace: 0, batch: 7, morePapers: saveMore })).toBe(45)
    expect(await generations()).toEqual([{ generation: 2, serving: true }])
    expect(await contentsOf(database.db)).toEqual(await expectedContents(database.db))
  })

  test('notifies servers, which have cached responses', async () => {
    await save({ arxivId: arxivId(1), title: 'Sparse tides' })
    const listening = postgres(database.url, { max: 1, onnotice: () => {} })
    const heard: string[] = []
    await listening.listen(EVENTS_CHANNEL, (payload) => heard.push(payload))
    await rebuildIndex(database.db, { grace: 0 })
    await expect.poll(() => heard).toEqual([JSON.stringify({ changed: true })])
    await listening.end()
  })

  test('does nothing while another one runs', async () => {
    await fill(5)
    const results = await Promise.all([1, 2].map(() => rebuildIndex(database.db, { grace: 100 })))
    expect(results.toSorted()).toEqual([5, null])
  })
})

describe('catching up', () => {
  test('takes two statements if the index is up to date', async () => {
    await save({})
    const { result, statements } = await database.log.during(() => catchUpIndex(database.db))
    expect(result).toBeNull()
    expect(statements).toHaveLength(2)
  })

  test('adds papers that were stored without indexing, except hidden ones', async () => {
    const { db } = database
    await save({})
    await db.execute(sql`
      insert into papers (title, published_at, facts_as_of, hidden_at)
      select 'Older ' || n, now(), now(), case when n % 2 = 0 then now() end from generate_series(1, 20) as n`)
    const begun: unknown[] = []
    expect(await catchUpIndex(db, { onBegin: (papers, isRebuild) => begun.push([papers, isRebuild]) })).toBe(10)
    expect(begun).toEqual([[10, false]])
    expect(await contentsOf(db)).toEqual(await expectedContents(db))
  })

  test('rebuilds an index of an older analyzer', async () => {
    const { db } = database
    await save({ title: 'One' })
    await db.execute(sql`update search_generations set analyzer_version = 0`)
    await db.execute(sql`update search_terms set term = 'other' where term = 'on'`)
    expect(await catchUpIndex(db, { grace: 0 })).toBe(1)
    expect(await contentsOf(db)).toEqual(await expectedContents(db))
    expect(await catchUpIndex(db)).toBeNull()
  })
})
