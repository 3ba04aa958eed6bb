import { readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { PaperSelection } from '../../src/lists/paper-list.ts'
import { searchPapers } from '../../src/lists/search.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { isStopWord, wordsOf } from '../../src/search/analyzer.ts'
import { indexPapers } from '../../src/search/index/index-papers.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import { writing } from '../../src/writes/writing.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { sparseEntry } from '../support/entry.ts'
import { random } from '../support/random.ts'
import { catalogueOf } from './catalogue.ts'
import { startPostgres } from './postgres.ts'

// `npm run bench:search -- 5000,200000,1000000`: what search costs over made-up catalogues, which are kept under
// .data/bench for the next run. Not a test: figures depend on the machine.
//
// A search is one call of `searchPapers` for its first page, on one connection over loopback, with nothing else under way
// here: all its statements, one after the other. Two times are given: as it takes here, the way to Postgres and back and
// the reading of the answer among it; and how long the processor worked for the connection in Postgres, which other
// programs on the machine do not change (from /proc; Linux only).

const SEARCHES = 300
const WARM_UPS = 100
const SINGLES = 60
const BATCHES = 6
const BATCH = 200

/** What the slowest of twenty may take, in milliseconds. */
const GOALS: Record<number, number> = { 5000: 15, 200000: 50, 1000000: 120 }

const RELATED_TO = 20
const RELATED = 10
const RELATED_ROUNDS = 60
const RELATED_GOALS: Record<number, number> = { 200000: 30 }

const USAGE = 'Usage: npm run bench:search -- [5000,200000,1000000]   the numbers of papers, with commas between'

helpIfRequested(USAGE)
const sizes = (process.argv[2] ?? '5000,200000,1000000').split(',').map(Number)
if (!sizes.every((size) => Number.isInteger(size) && size > 0) || process.argv.length > 3) {
  console.error(USAGE)
  process.exit(2)
}

const say = (line: string) => console.error(line)

type Draw = () => number

interface Text {
  title: string
  abstract: string
}

const pick = <T>(list: readonly T[], draw: Draw): T => list[Math.floor(draw() * list.length)] as T

/** Of papers drawn by lot, so that words come as often as they are in abstracts. */
async function someTexts(db: Db, papers: number, count: number, draw: Draw): Promise<Text[]> {
  const ids = Array.from({ length: count }, () => 1 + Math.floor(draw() * papers))
  const rows = await db.execute<{ id: string } & Record<keyof Text, string>>(
    sql`select id, title, abstract from papers where id = any(${sql.param(ids)}::bigint[])`,
  )
  const byId = new Map(rows.map((row) => [Number(row.id), row]))
  return ids.map((id) => byId.get(id) as Text)
}

/** One to three words of an abstract, no stop words among them. */
function shortQuery({ abstract }: Text, draw: Draw): string {
  const words = wordsOf(abstract).filter(({ parts }) => !parts.every(isStopWord))
  const { length } = { length: 1 + Math.floor(3 * draw()) }
  return Array.from({ length }, () => pick(words, draw))
    .map(({ start, end }) => abstract.slice(start, end))
    .join(' ')
}

/** Twelve words of an abstract as they follow each other, stop words among them, as in a claim. */
function longQuery({ abstract }: Text, draw: Draw): string {
  const words = wordsOf(abstract)
  const from = Math.floor(draw() * (words.length - 12))
  return words
    .slice(from, from + 12)
    .map(({ start, end }) => abstract.slice(start, end))
    .join(' ')
}

/** Nanoseconds that a process has been on a processor; null where the system does not tell. */
async function busy(pid: number): Promise<bigint | null> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => null)
  return text === null ? null : BigInt(text.split(' ')[0] as string)
}

interface Times {
  here: number[]
  /** Empty where the system does not tell. */
  processor: number[]
}

async function timed(pid: number, runs: readonly (() => Promise<unknown>)[]): Promise<Times> {
  const times: Times = { here: [], processor: [] }
  for (const run of runs) {
    const before = await busy(pid)
    const begun = performance.now()
    await run()
    times.here.push(performance.now() - begun)
    const after = await busy(pid)
    if (before !== null && after !== null) times.processor.push(Number(after - before) / 1e6)
  }
  return times
}

const quantile = (list: readonly number[], share: number): number =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN

const figures = ({ here, processor }: Times) => ({
  p50: quantile(here, 0.5).toFixed(1),
  p95: quantile(here, 0.95).toFixed(1),
  'processor p50': quantile(processor, 0.5).toFixed(1),
  'processor p95': quantile(processor, 0.95).toFixed(1),
})

async function benchSearches(db: Db, pid: number, papers: number) {
  const table: Record<string, Record<string, string | number>> = {}
  const forms = [
    ['1 to 3 words', shortQuery],
    ['12 words', longQuery],
  ] as const
  for (const [name, form] of forms) {
    const draw = random(papers)
    const texts = await someTexts(db, papers, WARM_UPS + SEARCHES, draw)
    const search = (text: Text) => {
      const query = form(text, draw)
      return () =>
        searchPapers(
          db,
          { query, selection: new PaperSelection({}) },
          { limit: 20, backwards: false, after: null, before: null },
        )
    }
    const runs = texts.map(search)
    for (const run of runs.slice(0, WARM_UPS)) await run()
    table[name] = { ...figures(await timed(pid, runs.slice(WARM_UPS))), 'goal of p95': GOALS[papers] ?? '' }
  }
  console.log(`${papers} papers: milliseconds a search`)
  console.table(table)
}

/** What is related to each of a page of papers, as when nothing is remembered of them. */
async function benchRelated(db: Db, pid: number, papers: number) {
  const draw = random(papers + 2)
  const page = () =>
    Array.from({ length: RELATED_TO }, () => ({ paperId: 1 + Math.floor(draw() * papers), limit: RELATED }))
  const runs = Array.from({ length: RELATED_ROUNDS }, () => {
    const asked = page()
    return () => new RelatedPapers().of(db, asked)
  })
  for (const run of runs.slice(0, RELATED_ROUNDS / 2)) await run()
  const times = await timed(pid, runs.slice(RELATED_ROUNDS / 2))
  console.log(`${papers} papers: milliseconds for the ${RELATED} papers related to each of ${RELATED_TO}`)
  console.table({ related: { ...figures(times), 'goal of p95': RELATED_GOALS[papers] ?? '' } })
}

class Undo extends Error {}

/** In a transaction that is taken back, so that the catalogue stays as it is. */
async function undone<T>(db: Db, run: (tx: Db) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined
  await db
    .transaction(async (tx) => {
      result = { value: await run(tx) }
      throw new Undo()
    })
    .catch((error) => {
      if (!(error instanceof Undo)) throw error
    })
  return (result as { value: T }).value
}

/** What a paper costs to put into the index, and to save with all that belongs to it. */
async function benchInserts(db: Db, pid: number, papers: number) {
  const draw = random(papers + 1)
  const idsOf = (count: number) => Array.from({ length: count }, () => 1 + Math.floor(draw() * papers))
  const indexing = (count: number, rounds: number) =>
    undone(db, async (tx) => {
      const lists = Array.from({ length: rounds + 1 }, () => idsOf(count))
      await tx.execute(sql`select search_forget(${sql.param([...new Set(lists.flat())])}::bigint[])`)
      const [, ...measured] = lists.map((ids) => () => writing(tx, (open) => indexPapers(open, ids)))
      await writing(tx, (open) => indexPapers(open, lists[0] as number[]))
      return timed(pid, measured)
    })
  const saving = async (count: number, rounds: number) => {
    const texts = await someTexts(db, papers, count * (rounds + 1), draw)
    const entries = texts.map(entryOf)
    return undone(db, async (tx) => {
      const batches = Array.from({ length: rounds + 1 }, (_, n) => entries.slice(n * count, (n + 1) * count))
      const [first, ...measured] = batches.map(
        (batch) => () => saveEntries(tx, batch, { halfLifeHours: HALF_LIFE_HOURS }),
      )
      await first?.()
      return timed(pid, measured)
    })
  }
  const perPaper = (times: Times, count: number): Times => ({
    here: times.here.map((time) => time / count),
    processor: times.processor.map((time) => time / count),
  })
  console.log(`${papers} papers: milliseconds for one more (in a transaction that is taken back)`)
  console.table({
    [`index, of ${BATCH} at once`]: figures(perPaper(await indexing(BATCH, BATCHES), BATCH)),
    'index, a single one': figures(await indexing(1, SINGLES)),
    [`saved with its index, of ${BATCH} at once`]: figures(perPaper(await saving(BATCH, BATCHES), BATCH)),
    'saved with its index, a single one': figures(await saving(1, SINGLES)),
  })
}

const entryOf = ({ title, abstract }: Text, place: number): PaperEntry =>
  sparseEntry({
    source: 'bench',
    asOf: '2026-07-01T00:00:00Z',
    identifiers: [{ scheme: 'bench', value: String(place) }],
    title,
    abstract,
    publishedAt: '2026-07-01T00:00:00Z',
  })

async function showRoom(db: Db, papers: number) {
  const rows = await db.execute<{ name: string; rows: number; table: string; indexes: string }>(sql`
    select relname as name, reltuples::int8 as rows, pg_table_size(oid) as table, pg_indexes_size(oid) as indexes
    from pg_class where relname in ('papers', 'search_papers', 'search_lists', 'search_blocks', 'search_recent', 'search_terms') order by relname`)
  const kilobytes = (bytes: number) => (bytes / papers / 1_000).toFixed(2)
  console.log(`${papers} papers: kilobytes a paper`)
  console.table(
    Object.fromEntries(
      rows.map(({ name, rows: count, table, indexes }) => [
        name,
        {
          'rows a paper': (Number(count) / papers).toFixed(1),
          table: kilobytes(Number(table)),
          indexes: kilobytes(Number(indexes)),
        },
      ]),
    ),
  )
}

const postgres = await startPostgres(say)
console.log(`Postgres ${postgres.version}; Node ${process.versions.node}; ${availableParallelism()} processors`)
for (const papers of sizes) {
  const url = await catalogueOf(postgres, papers, say)
  const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
  const pid = row?.pid as number
  await benchSearches(db, pid, papers)
  await benchRelated(db, pid, papers)
  await benchInserts(db, pid, papers)
  // What was taken back has left marks on nearly every page, which would slow down the searches of the next run.
  await db.execute(sql`vacuum search_terms, search_papers, search_lists, search_blocks`)
  await showRoom(db, papers)
  console.log(`Load of the machine in the last minute: ${loadavg()[0]?.toFixed(1)}`)
  await close()
}
