import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { countRemainingAuthors } from '../../src/writes/author-counts.ts'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { directoryOf, entryOf, HALF_LIFE, importing } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { recount } from '../support/recount.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

const RUN = sql`insert into import_runs (source, inputs, started_at) values ('papers', '[]', now()) returning id`
const startRun = async () => Number((await database.db.execute<{ id: string }>(RUN))[0]?.id)
const save = (countingLater: number | undefined, ...entries: Partial<PaperEntry>[]) =>
  saveEntries(database.db, entries.map(entryOf), {
    halfLifeHours: HALF_LIFE,
    ...(countingLater !== undefined && { countingLater }),
  })
const by = (arxivId: string, ...names: string[]): Partial<PaperEntry> => ({
  arxivId,
  authors: names.map((name) => ({ name, account: null })),
})
const counted = async () =>
  Object.fromEntries(
    (
      await database.db.execute<{ name: string; papers: number }>(
        sql`select name, paper_count as papers from authors order by id`,
      )
    ).map(({ name, papers }) => [name, papers]),
  )
const notes = async () => [
  ...(await database.db.execute(
    sql`select uncounted_from is not null as open, uncounted_from <= uncounted_to as whole from import_runs order by id`,
  )),
]

test('an import counts the authors of its later papers at its end', async () => {
  const lines = Array.from({ length: 1_300 }, (_, n) =>
    JSON.stringify({
      v: 1,
      identifiers: { doi: `10.5555/${n}` },
      title: `Tides ${n}`,
      publishedAt: '2026-02-17',
      authors: [`Author ${n % 7}`, `Author ${n}`, ...(n < 40 ? Array(30).fill('Ada Lin') : [])],
      categories: n % 3 === 0 ? [] : ['cs.CL'],
      keywords: [`Tide ${n % 5}`, 'two  Words'],
    }),
  )
  const directory = await directoryOf({ 'papers.jsonl': lines.join('\n') })
  expect((await importing(database.db, 'papers', [directory])).totals.created).toBe(lines.length)
  expect(await recount(database.db)).toEqual([])
  const checks = await checkCounts(database.db, { fix: false, halfLifeHours: HALF_LIFE })
  expect(checks.flatMap(({ differences }) => differences)).toEqual([])
  expect(await notes()).toEqual([{ open: false, whole: null }])
})

test('what a killed import did not count is counted later, also when others write', async () => {
  await save(undefined, by('2611.00001', 'Ada Lin', 'Bo Quine'))
  const killed = await startRun()
  await save(killed, by('2611.00002', 'Ada Lin', 'Ada Lin', 'Cem Haddad'), by('2611.00003', 'Ada Lin', 'Cem Haddad'))
  await save(killed, by('2611.00004', 'Cem Haddad'))
  expect(await counted()).toEqual({ 'Ada Lin': 1, 'Bo Quine': 1, 'Cem Haddad': 2 })
  expect(await notes()).toEqual([{ open: true, whole: true }])
  // Votes count at once, and so does an author whom another import changes.
  const other = { ...by('2611.00005', 'Bo Quine'), votes: { count: 3, countedAt: '2026-11-10T12:00:00.000Z' } }
  await save(await startRun(), other)
  expect(await counted()).toEqual({ 'Ada Lin': 1, 'Bo Quine': 2, 'Cem Haddad': 2 })
  await countRemainingAuthors(database.db)
  expect(await counted()).toEqual({ 'Ada Lin': 3, 'Bo Quine': 2, 'Cem Haddad': 3 })
  expect(await recount(database.db)).toEqual([])
  expect(await notes()).toEqual([
    { open: false, whole: null },
    { open: false, whole: null },
  ])
})

test('an import that still runs keeps the note of what it adds while others count', async () => {
  const { db } = database
  const running = await startRun()
  await save(running, by('2611.00001', 'Ada Lin'))
  const note = async () =>
    (await db.execute(sql`select uncounted_from as from, uncounted_to as to from import_runs`))[0]
  const [first, second] = ['1', '2']
  expect(await note()).toEqual({ from: first, to: first })

  let counting = Promise.resolve()
  await db.transaction(async (tx) => {
    await tx.execute(sql`select from authors for update`)
    counting = countRemainingAuthors(db)
    const isWaiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    while ((await db.execute(isWaiting)).length === 0);
    await save(running, by('2611.00002', 'Ada Lin'))
  })
  await counting
  expect(await note()).toEqual({ from: second, to: second })
  await countRemainingAuthors(db)
  expect([await note(), await counted()]).toEqual([{ from: null, to: null }, { 'Ada Lin': 2 }])
})
