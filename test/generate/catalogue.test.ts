import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '../../src/db/client.ts'
import { generateCatalogue, MOST_PAPERS } from '../../src/generate/catalogue.ts'
import { days, outsideCounts, paperAuthors, paperLinks, votes, withPapersOf } from '../../src/generate/papers.ts'
import { planOf } from '../../src/generate/plan.ts'
import { paperTopics } from '../../src/generate/topics.ts'
import { impactsOf } from '../../src/search/index/impact.ts'
import { IndexedWords } from '../../src/search/index/indexed-words.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { contentsOf, expectedContents } from '../search/index-contents.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const PAPERS = 300
const HALF_LIFE_HOURS = 36
const FILLED = [
  'users',
  'organizations',
  'authors',
  'topics',
  'papers',
  'paper_authors',
  'paper_topics',
  'paper_cards',
  'paper_links',
  'outside_counts',
  'votes',
]

let one: FreshDatabase
let again: FreshDatabase
let empty: FreshDatabase

beforeAll(async () => {
  ;[one, again, empty] = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()])
  await generateCatalogue(one.db, { papers: PAPERS, seed: 7, halfLifeHours: HALF_LIFE_HOURS })
})

afterAll(() => Promise.all([one, again, empty].map((database) => database?.close())))

// biome-ignore lint/suspicious/noExplicitAny: of any table
type Row = any
const rowsOf = async (db: Db, query: string): Promise<Row[]> => [...(await db.execute(sql.raw(query)))]

/** A hash of the rows of each table. */
async function hashes(db: Db): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const table of FILLED) {
    const [row] = await rowsOf(db, `select md5(string_agg(r::text, '|' order by r::text)) as hash from ${table} as r`)
    found[table] = row.hash
  }
  return found
}

/** Everything that a migration makes, as Postgres describes it. */
const structure = (db: Db) =>
  rowsOf(
    db,
    `select indexdef as definition from pg_indexes where schemaname = 'public'
     union all
     select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace
     order by 1`,
  )

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
const expectBetween = ([from, to]: [number, number], value: number) => {
  expect(value).toBeGreaterThan(from)
  expect(value).toBeLessThan(to)
}
const groups = (rows: Row[], key: (row: Row) => unknown) => {
  const grouped = Map.groupBy(rows, (row) => String(key(row)))
  return (of: unknown) => grouped.get(String(of)) ?? []
}
/** log2 of a sum of powers of two, given by their logarithms. */
const logSum = (exponents: number[]) => {
  const highest = Math.max(...exponents)
  return exponents.length === 0 ? -Infinity : highest + Math.log2(sum(exponents.map((x) => 2 ** (x - highest))))
}

test('the same seed gives the same rows, another seed others', async () => {
  const first = await hashes(one.db)
  await generateCatalogue(again.db, { papers: PAPERS, seed: 7, halfLifeHours: HALF_LIFE_HOURS })
  expect(await hashes(again.db)).toEqual(first)

  const other = await freshDatabase()
  await generateCatalogue(other.db, { papers: PAPERS, seed: 8, halfLifeHours: HALF_LIFE_HOURS })
  const second = await hashes(other.db)
  await other.close()
  for (const table of FILLED) expect(second[table], table).not.toBe(first[table])
})

test('every count and copied column is what its rows say', async () => {
  const read = (table: string, columns = 'null') =>
    rowsOf(one.db, `select *, ${columns} from ${table} order by 1, 2, 3`)
  const papers = await read('papers', 'published_at::text as published')
  const authors = await read('authors')
  const organizations = await read('organizations')
  const topics = await read('topics')
  const signed = await read('paper_authors', 'published_at::text as published')
  const tagged = await rowsOf(
    one.db,
    `select *, published_at::text as published from paper_topics order by paper_id, position`,
  )
  const reports = await read('outside_counts', 'extract(epoch from counted_at)::float8 as seconds')
  const votes = await read('votes', 'extract(epoch from voted_at)::float8 as seconds')
  expect(papers).toHaveLength(PAPERS)

  const exponent = (seconds: number) => (seconds - Date.UTC(2020, 0, 1) / 1000) / 3600 / HALF_LIFE_HOURS
  const votesOf = groups(votes, (vote) => vote.paper_id)
  const reportsOf = groups(reports, (report) => report.paper_id)
  const authorsOf = groups(signed, (place) => place.paper_id)
  const topicsOf = groups(tagged, (place) => place.paper_id)
  for (const paper of papers) {
    const reported = reportsOf(paper.id)
    const cast = votesOf(paper.id)
    expect(paper.vote_count).toBe(cast.length + (reported.at(-1)?.votes ?? 0))
    expect(paper.author_count).toBe(authorsOf(paper.id).length)
    const exponents = cast.map((vote) => exponent(vote.seconds))
    let highest = 0
    reported.forEach((report, n) => {
      expect(report.increment).toBe(report.votes - (reported[n - 1]?.votes ?? 0))
      for (; highest < report.votes; highest += 1) exponents.push(exponent(report.seconds))
    })
    if (exponents.length === 0) expect(Number(paper.trending_score)).toBe(-Infinity)
    else expect(Number(paper.trending_score)).toBeCloseTo(logSum(exponents), 8)

    const before = new Set()
    authorsOf(paper.id).forEach((place, index) => {
      expect(place).toMatchObject({
        position: index + 1,
        repeated: before.has(place.author_id),
        published: paper.published,
      })
      before.add(place.author_id)
    })
    topicsOf(paper.id).forEach((place, index) => {
      expect(place).toMatchObject({ position: index + 1, published: paper.published })
    })
  }
  expect(signed.some((place) => place.repeated)).toBe(true)
  expect(reports.some((report) => report.increment < 0)).toBe(true)

  const paperById = new Map(papers.map((paper) => [String(paper.id), paper]))
  const expectSums = (rows: { id: string }[], placesOf: (id: string) => { paper_id: string }[]) => {
    for (const row of rows) {
      const theirs = [...new Set(placesOf(row.id).map((place) => String(place.paper_id)))].map((id) =>
        paperById.get(id),
      )
      expect(theirs.length).toBeGreaterThan(0)
      expect(row).toMatchObject({
        paper_count: theirs.length,
        vote_count: sum(theirs.map((paper) => paper.vote_count)),
      })
    }
  }
  expectSums(
    authors,
    groups(signed, (place) => place.author_id),
  )
  const ofOrganization = groups(papers, (paper) => paper.organization_id)
  expectSums(organizations, (id) => ofOrganization(id).map((paper) => ({ paper_id: paper.id })))
  const ofTopic = groups(tagged, (place) => place.topic_id)
  for (const topic of topics) {
    const scores = ofTopic(topic.id).map((place) => Number(paperById.get(String(place.paper_id)).trending_score))
    expect(topic.paper_count).toBe(scores.length)
    const score = logSum(scores.filter(Number.isFinite))
    if (score === -Infinity) expect(Number(topic.trending_score)).toBe(score)
    else expect(Number(topic.trending_score)).toBeCloseTo(score, 8)
  }
})

test('papers are listed on weekdays, after they were published, nine of ten', async () => {
  const papers = await rowsOf(
    one.db,
    `select extract(isodow from listed_on)::int as weekday, published_at < listed_at as before,
       (listed_at at time zone 'UTC')::date = listed_on as same_day from papers where listed_on is not null`,
  )
  expect(papers.length / PAPERS).toBeGreaterThan(0.85)
  expect(papers.length / PAPERS).toBeLessThan(0.95)
  for (const paper of papers) {
    expect(paper).toMatchObject({ before: true, same_day: true })
    expect(paper.weekday).toBeLessThanOrEqual(5)
  }
})

test('texts are as long as real ones, name what they are about, and their vocabulary grows without end', async () => {
  const papers = await rowsOf(
    one.db,
    `select title, abstract, (
       select array_agg(name) from paper_topics join topics on topics.id = topic_id
       where paper_id = papers.id and kind = 'KEYWORD'
     ) as keywords from papers order by id`,
  )
  const mean = (of: (paper: Row) => number) => sum(papers.map(of)) / papers.length
  const words = new IndexedWords()
  const terms = (paper: Row) => impactsOf({ ...paper, authors: [] }, words).terms
  expectBetween(
    [8.5, 10.5],
    mean(({ title }) => title.split(' ').length),
  )
  expectBetween(
    [1_150, 1_350],
    mean(({ abstract }) => abstract.length),
  )
  expectBetween(
    [90, 110],
    mean((paper) => [...terms(paper)].length),
  )
  expect(
    mean(({ title, abstract, keywords }) => {
      const text = `${title} ${abstract}`.toLowerCase().replaceAll('-', ' ')
      return keywords.filter((name: string) => text.includes(name.toLowerCase())).length / keywords.length
    }),
  ).toBeGreaterThan(0.5)

  const vocabularyOf = (some: Row[]) => new Set(some.flatMap((paper) => [...terms(paper)])).size
  // Heaps.
  expectBetween([3 ** 0.45, 3 ** 0.75], vocabularyOf(papers) / vocabularyOf(papers.slice(0, PAPERS / 3)))
})

test('the last papers of the largest catalogue there can be are drawn like all others', async () => {
  const plan = planOf(MOST_PAPERS, 7)
  const last = { from: MOST_PAPERS - 99, to: MOST_PAPERS }
  const rolledBack = new Error()
  const drawing = empty.db.transaction(async (tx) => {
    // Papers and authors that these rows are of are not made.
    await tx.execute(sql`set local session_replication_role = replica`)
    await tx.execute(days(plan))
    // Their names would be a million and a half.
    await tx.execute(sql`create temporary table generated_topics (id int, name text, normalized text) on commit drop`)
    await withPapersOf(tx, plan, last, async () => {
      for (const rows of [paperAuthors, paperTopics, paperLinks, outsideCounts, votes]) await tx.execute(rows(plan))
    })
    for (const table of ['paper_authors', 'paper_topics'])
      expect(await tx.execute(sql.raw(`select count(distinct paper_id)::int as papers from ${table}`))).toEqual([
        { papers: 100 },
      ])
    throw rolledBack
  })
  await expect(drawing).rejects.toBe(rolledBack)
})

test('indexes and constraints are those of the migrations, and numbers go on behind the rows', async () => {
  expect(await structure(one.db)).toEqual(await structure(empty.db))
  for (const table of ['users', 'organizations', 'authors', 'topics', 'papers']) {
    const [row] = await rowsOf(
      one.db,
      `select nextval(pg_get_serial_sequence('${table}', 'id')) > max(id) as behind from ${table}`,
    )
    expect(row.behind, table).toBe(true)
  }
})

test('search finds every paper', async () => {
  expect(await contentsOf(one.db)).toEqual(await expectedContents(one.db))
})

test('a catalogue with anything in it is left as it is', async () => {
  const before = await hashes(one.db)
  await expect(generateCatalogue(one.db, { papers: 10, halfLifeHours: 48 })).rejects.toThrow(OperatorError)
  await expect(generateCatalogue(one.db, { papers: 10, halfLifeHours: 48 })).rejects.toThrow('empty')
  expect(await hashes(one.db)).toEqual(before)
})

test('stopped midway it leaves the catalogue empty and whole', async () => {
  const steps: string[] = []
  const stop = new AbortController()
  const onProgress = (step: string) => {
    steps.push(step)
    if (step.includes('search index')) stop.abort()
  }
  const { signal } = stop
  await expect(generateCatalogue(empty.db, { papers: 10, halfLifeHours: 48, onProgress, signal })).rejects.toThrow()
  expect(steps.length).toBeGreaterThan(1)
  for (const table of [...FILLED, 'search_papers', 'search_terms', 'search_lists'])
    expect(await rowsOf(empty.db, `select from ${table} limit 1`), table).toEqual([])
  expect(await structure(empty.db)).toEqual(await structure(one.db))
})

test.each([0, 1.5, MOST_PAPERS + 1, Number.NaN])('%s papers are refused', async (papers) => {
  await expect(generateCatalogue(empty.db, { papers, halfLifeHours: 48 })).rejects.toThrow(OperatorError)
})
