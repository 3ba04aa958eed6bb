import { type Logger, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { papers } from '../../drizzle/tables/papers.ts'
import { type Database, type Db, openDatabase } from '../../src/db/client.ts'
import { generateCatalogue } from '../../src/generate/catalogue.ts'
import {
  AUTHOR_ORDERS,
  type DirectoryName,
  directoryPage,
  ORGANIZATION_ORDERS,
  TOPIC_ORDERS,
} from '../../src/lists/directory.ts'
import {
  editionNeighbours,
  editionPage,
  editionPaperCounts,
  editionsWithPapers,
  newestEdition,
} from '../../src/lists/editions.ts'
import type { Order, PageRequest, Position } from '../../src/lists/page.ts'
import type { PaperScope } from '../../src/lists/paper-filter.ts'
import { PaperList } from '../../src/lists/paper-list.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../../src/lists/paper-orders.ts'
import { paperCount, paperPage } from '../../src/lists/papers.ts'
import { votePage } from '../../src/lists/votes.ts'
import { authorsByIds, authorsBySlugs, authorsInRanges, coauthorsOf } from '../../src/queries/authors.ts'
import { organizationsByIds, organizationsBySlugs, organizationsNamed } from '../../src/queries/organizations.ts'
import { PAPER_PARTS, type PaperParts } from '../../src/queries/paper-parts.ts'
import { identifiersOfPapers, linksOfPapers, paperByIdentifier, papersByIds } from '../../src/queries/papers.ts'
import { topicsByIds, topicsNamed, topicsOfPapers } from '../../src/queries/topics.ts'
import { usersByHandles, usersByIds } from '../../src/queries/users.ts'
import { votedAmong } from '../../src/queries/votes.ts'
import { wordsOf } from '../../src/search/analyzer.ts'
import { editionOf } from '../../src/values/editions.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

// Each query that the API asks all the time, over a catalogue large enough that a wrong plan would be slow: the
// functions themselves are run, and what they ask Postgres for is explained. PLAN_PAPERS sets another number of papers:
// `npm run test:long` generates 100,000.

const PAPERS = Number(process.env.PLAN_PAPERS ?? 3_000)
const LIMIT = 20
const DEPTH = PAPERS / 2

/** Tables that grow with the catalogue. The others a scan reads in a moment. */
const LARGE = new Set([
  ...['papers', 'paper_changes', 'paper_authors', 'paper_topics', 'paper_links', 'authors', 'topics', 'votes'],
  ...['search_papers', 'search_lists', 'search_blocks', 'search_recent', 'search_terms'],
])

/** So many rows are read in a moment. */
const SMALL_TABLE = Math.min(25_000, 1.25 * PAPERS)

interface Asked {
  statement: string
  params: unknown[]
}

/** Keeps statements with their parameters. */
class AskedLog implements Logger {
  asked: Asked[] = []
  logQuery(statement: string, params: unknown[]): void {
    this.asked.push({ statement, params })
  }
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Sort Key'?: string[]
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

let fresh: FreshDatabase
let database: Database
let db: Db
let explaining: postgres.Sql
const log = new AskedLog()
/** Things of the catalogue to ask for. */
let some: Awaited<ReturnType<typeof findSome>>

beforeAll(async () => {
  fresh = await freshDatabase()
  await generateCatalogue(fresh.db, { papers: PAPERS, halfLifeHours: 48 })
  // By the default sample, which differs each time, Postgres takes an author of hundreds of papers now and then for one of
  // twenty, and sorts them. What is tested is the plan for what is there.
  await fresh.db.transaction(async (tx) => {
    await tx.execute(sql`set local default_statistics_target = 1000`)
    await tx.execute(sql`analyze paper_authors, paper_topics, papers`)
  })
  database = openDatabase(fresh.url, { connections: 1, statementTimeout: 30_000, logger: log })
  db = database.db
  explaining = postgres(fresh.url, { max: 1, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
  some = await findSome(fresh.db)
  // More organizations than there are among so few papers: a list of a hundred is sorted as fast as its index is read.
  await fresh.db.execute(sql`
    insert into organizations (slug, name, paper_count, vote_count)
    select 'organization-' || n, 'Organization ' || n, n % 50, n % 90 from generate_series(1, 10000) as n`)
  await fresh.db.execute(sql`analyze organizations`)
}, 900_000)

afterAll(async () => {
  await explaining?.end()
  await database?.close()
  await fresh?.close()
})

async function findSome(catalogue: Db) {
  const row = async (query: string): Promise<Record<string, unknown>> => {
    const [found] = await catalogue.execute(sql.raw(query))
    if (!found) throw new Error(`The catalogue has no row for: ${query}`)
    return found
  }
  const counted = async (query: string) => {
    const { id, paper_count } = await row(query)
    return { id: Number(id), paperCount: Number(paper_count) }
  }
  const idOf = async (query: string) => Number((await row(query)).id)
  const topics = 'select id, paper_count from topics'
  const authors = 'select id, paper_count from authors'
  const organizations = 'select id from organizations'
  const submitters = 'select submitter_id as id from papers where submitter_id is not null group by 1'
  const voters = 'select user_id as id from votes group by 1'
  const days = 'select listed_on::text as day from papers where listed_on is not null group by 1'
  // Words that are their own stems, common ones first.
  const terms = await catalogue.execute<{ term: string; paper_count: number }>(sql`
    select term, paper_count from search_terms join search_lists on term_id = id where term ~ '^[a-z]{4,}$' order by paper_count desc, term`)
  const words = terms
    .filter(({ term }) => wordsOf(term)[0]?.parts[0] === term)
    .map(({ term, paper_count }) => ({ term, paperCount: paper_count }))
  const twenty = await catalogue.execute(sql`select id from papers where vote_count > 5 order by hashint8(id) limit 20`)
  return {
    popularTopic: await counted(`${topics} order by paper_count desc limit 1`),
    rareTopic: await counted(`${topics} where paper_count = 3 order by id limit 1`),
    prolificAuthor: await counted(`${authors} order by paper_count desc limit 1`),
    rareAuthor: await counted(`${authors} where paper_count = 2 order by id limit 1`),
    organizationId: await idOf(`${organizations} order by paper_count desc limit 1`),
    smallOrganizationId: await idOf(`${organizations} order by paper_count limit 1`),
    submitterId: await idOf(`${submitters} order by count(*) desc limit 1`),
    rareSubmitterId: await idOf(`${submitters} order by count(*) limit 1`),
    voterId: await idOf(`${voters} order by count(*) desc limit 1`),
    rareVoterId: await idOf(`${voters} order by count(*) limit 1`),
    votedPaperId: await idOf('select id from papers order by vote_count desc limit 1'),
    day: String((await row(`${days} order by count(*) desc limit 1`)).day),
    paperIds: twenty.map(({ id }) => Number(id)),
    commonWords: words.slice(0, 2),
    rareWord: words.find(({ paperCount }) => paperCount <= 3) as (typeof words)[number],
  }
}

/** What a function asks Postgres for. */
async function askedBy(run: () => Promise<unknown>): Promise<Asked[]> {
  log.asked = []
  await run()
  expect(log.asked.length).toBeGreaterThan(0)
  return log.asked
}

/** The plan that a statement was run by with its values, made for these values or for any. */
async function planOf({ statement, params }: Asked, mode: 'custom' | 'generic'): Promise<PlanNode> {
  const values = params.length > 0 ? `(${params.map(literal).join(', ')})` : ''
  await explaining.unsafe(`set plan_cache_mode = force_${mode}_plan`)
  await explaining.unsafe(`prepare explained as ${statement}`)
  try {
    const [row] = await explaining.unsafe(`explain (analyze, timing off, format json) execute explained ${values}`)
    return row?.['QUERY PLAN'][0].Plan
  } finally {
    await explaining.unsafe('deallocate explained')
  }
}

/** A parameter as Postgres reads it whatever its type. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`
  const text = Array.isArray(value) ? `{${value.map((item) => JSON.stringify(String(item))).join(',')}}` : String(value)
  return `'${text.replaceAll("'", "''")}'`
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** Of a table that grows, unless it has few rows so far: there a scan is right. */
const isLargeScan = (node: PlanNode) =>
  node['Node Type'] === 'Seq Scan' && LARGE.has(node['Relation Name'] ?? '') && rowsRead(node) > SMALL_TABLE
/** Not of the blocks of a term, a few dozen, which are put in order to be joined. */
const isSort = (node: PlanNode) =>
  node['Node Type'].endsWith('Sort') && node['Sort Key']?.join() !== 'block.first_paper'
/** Where all that is left is less than a page, Postgres may read and sort it at once. */
const isLargeSort = (node: PlanNode) => isSort(node) && (node.Plans ?? []).some((input) => rowsOf(input) > LIMIT + 1)

/** Runs and explains what `run` asks for, both ways, and fails with the plan where it has a node that is forbidden. */
async function expectNo(
  forbidden: (node: PlanNode) => boolean,
  run: () => Promise<unknown>,
  modes: readonly ('custom' | 'generic')[] = ['custom', 'generic'],
): Promise<void> {
  for (const asked of await askedBy(run))
    for (const mode of modes) {
      const plan = await planOf(asked, mode)
      const wrong = nodesOf(plan).filter(forbidden)
      if (wrong.length > 0)
        expect.fail(
          `${wrong.map((node) => `${node['Node Type']} ${node['Relation Name'] ?? ''}`.trim()).join(', ')} in the ${mode} plan of
${asked.statement}
with ${JSON.stringify(asked.params)}:
${JSON.stringify(plan, null, 1)}`,
        )
    }
}
const expectIndexWalk = (run: () => Promise<unknown>) => expectNo((node) => isLargeScan(node) || isSort(node), run)
const expectShortWalk = (run: () => Promise<unknown>) => expectNo((node) => isLargeScan(node) || isLargeSort(node), run)
const expectNoLargeScan = (run: () => Promise<unknown>) => expectNo(isLargeScan, run)

const rowsOf = (node: PlanNode): number => (node['Actual Loops'] ?? 0) * (node['Actual Rows'] ?? 0)

/** The rows that the scans of a plan read, those thrown away included. */
const rowsRead = (plan: PlanNode, table?: string): number =>
  nodesOf(plan)
    .filter((node) => node['Relation Name'] !== undefined && (table === undefined || node['Relation Name'] === table))
    .reduce(
      (sum, node) =>
        sum +
        rowsOf(node) +
        (node['Actual Loops'] ?? 0) *
          ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)),
      0,
    )

/** The most rows that a statement of `run` reads, planned for its values or for any. */
async function mostRowsRead(run: () => Promise<unknown>, table?: string): Promise<number> {
  const counts: number[] = []
  for (const asked of await askedBy(run))
    for (const mode of ['custom', 'generic'] as const) counts.push(rowsRead(await planOf(asked, mode), table))
  return Math.max(...counts)
}

const page = (over: Partial<PageRequest> = {}): PageRequest => ({
  limit: LIMIT,
  backwards: false,
  after: null,
  before: null,
  ...over,
})

/** Where a page in the middle of the catalogue begins. */
async function deepPosition({ key, descending, joined }: Order, depth = DEPTH): Promise<Position> {
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const [row] = await fresh.db
    .select({ key: sql<string>`(${key})::text`, id: sql<number>`${papers.id}`.mapWith(Number) })
    .from(joined ? sql`${papers} ${joined.join}` : papers)
    .orderBy(sql`${key} ${direction}, ${papers.id} ${direction}`)
    .offset(depth)
    .limit(1)
  return row as Position
}

/** The pages of a list: the first, one behind a position, the last, one before a position. */
const pages = (position: Position | null): PageRequest[] => [
  page(),
  page({ backwards: true }),
  ...(position ? [page({ after: position }), page({ backwards: true, before: position })] : []),
]

/** Without links, which are sorted, a paper's own few at a time. */
const SHOWN: PaperParts = ['texts', 'organization', 'submitter', 'authors', 'topics']

/** LIKENESS is an order of the server, not of an index. */
const orderNames = (Object.keys(PAPER_ORDERS) as PaperOrderName[]).filter((name) => name !== 'LIKENESS')
const paperList = (order: PaperOrderName, scope: PaperScope = {}) => new PaperList({}, scope, order)

describe.each(orderNames)('all papers, %s', (name) => {
  test('are walked along an index, from both ends and from the middle', async () => {
    for (const request of pages(await deepPosition(PAPER_ORDERS[name])))
      await expectIndexWalk(() => paperPage(db, paperList(name), request))
  })

  test('are walked along the same index where papers bring what is shown of them', async () => {
    for (const request of pages(await deepPosition(PAPER_ORDERS[name])))
      await expectIndexWalk(() => paperPage(db, paperList(name), request, SHOWN))
  })

  test('cost a deep page no more rows than the first', async () => {
    const tables = name === 'RECENTLY_CHANGED' ? 2 : 1
    const position = await deepPosition(PAPER_ORDERS[name])
    for (const request of [page(), page({ after: position }), page({ backwards: true, before: position })])
      expect(await mostRowsRead(() => paperPage(db, paperList(name), request))).toBe(tables * (LIMIT + 1))
  })
})

/** Lists of one thing whose papers lie together in an index in their order. */
const SCOPED: [string, PaperOrderName, () => PaperScope][] = [
  ['the edition of a day', 'MOST_VOTED', () => ({ listed: { from: some.day, to: some.day } })],
  ['a topic of a third of the papers', 'NEWEST', () => ({ topic: { ...some.popularTopic, slug: '' } })],
  ['a topic of a third of the papers', 'OLDEST', () => ({ topic: { ...some.popularTopic, slug: '' } })],
  ['a topic of three papers', 'NEWEST', () => ({ topic: { ...some.rareTopic, slug: '' } })],
  ['an author of hundreds of papers', 'NEWEST', () => ({ author: { ...some.prolificAuthor, slug: '' } })],
  ['an author of two papers', 'NEWEST', () => ({ author: { ...some.rareAuthor, slug: '' } })],
  ['the largest organization', 'NEWEST', () => ({ organization: { id: some.organizationId, slug: '' } })],
  ['the smallest organization', 'NEWEST', () => ({ organization: { id: some.smallOrganizationId, slug: '' } })],
  ['the one who submitted the most', 'RECENTLY_LISTED', () => ({ submitter: { id: some.submitterId, handle: '' } })],
  [
    'the one who submitted the least',
    'RECENTLY_LISTED',
    () => ({ submitter: { id: some.rareSubmitterId, handle: '' } }),
  ],
]

test.each(SCOPED)('papers of %s, %s, are walked along an index and no others are read', async (_, order, scope) => {
  const { items } = await paperPage(db, paperList(order, scope()), page({ limit: 2 }))
  const position = await positionOf(PAPER_ORDERS[order], items.at(-1)?.id as number)
  for (const request of pages(position)) {
    const run = () => paperPage(db, paperList(order, scope()), request)
    await expectShortWalk(run)
    expect(await mostRowsRead(run)).toBeLessThanOrEqual(LIMIT + 1)
    const shown = () => paperPage(db, paperList(order, scope()), request, SHOWN)
    await expectShortWalk(shown)
    expect(await mostRowsRead(shown, 'papers')).toBeLessThanOrEqual(LIMIT + 1)
  }
})

test('trending papers of a topic of a third of the papers are found along the index of the order', async () => {
  const list = paperList('TRENDING', { topic: { ...some.popularTopic, slug: '' } })
  for (const request of pages(await deepPosition(PAPER_ORDERS.TRENDING)))
    await expectIndexWalk(() => paperPage(db, list, request))
})

test('trending papers of a topic of three papers are collected and then sorted, no others read', async () => {
  const list = paperList('TRENDING', { topic: { ...some.rareTopic, slug: '' } })
  await expectShortWalk(() => paperPage(db, list, page()))
  expect(await mostRowsRead(() => paperPage(db, list, page()))).toBeLessThanOrEqual(2 * some.rareTopic.paperCount)
})

test('papers that changed since a moment are walked along the index of their changes, in all orders', async () => {
  // Each at a moment of its own.
  await fresh.db.execute(
    sql`update paper_changes set changed_at = timestamptz '2026-02-01' + paper_id * interval '1 minute'`,
  )
  await fresh.db.execute(sql`vacuum analyze paper_changes`)
  const moment = new Date(Date.parse('2026-02-01T00:00:00Z') + (PAPERS - 9) * 60_000).toISOString()
  for (const order of ['RECENTLY_CHANGED', 'NEWEST', 'TRENDING'] as const) {
    const run = () => paperPage(db, new PaperList({ changedSince: moment }, {}, order), page())
    expect((await run()).items).toHaveLength(10)
    await expectNo((node) => isLargeScan(node) || isLargeSort(node), run, ['custom'])
    for (const asked of await askedBy(run)) expect(rowsRead(await planOf(asked, 'custom'))).toBeLessThanOrEqual(40)
  }
  for (const asked of await askedBy(() => paperCount(db, new PaperList({ changedSince: moment }, {}, 'NEWEST'))))
    expect(rowsRead(await planOf(asked, 'custom'))).toBeLessThanOrEqual(20)
})

describe('papers of a query', () => {
  const list = (query: string, order: PaperOrderName) => new PaperList({ query }, {}, order)
  const two = () => some.commonWords.map(({ term }) => term).join(' ')

  test.each(['NEWEST', 'TRENDING'] as const)(
    'with a rare word, %s, are collected and no others read',
    async (order) => {
      const { term, paperCount: reach } = some.rareWord
      for (const query of [term, `${term} ${some.commonWords[0]?.term}`])
        for (const request of pages(await deepPosition(PAPER_ORDERS[order]))) {
          const run = () => paperPage(db, list(query, order), request)
          await expectShortWalk(run)
          // The words themselves, and each paper in postings, index and table.
          expect(await mostRowsRead(run)).toBeLessThanOrEqual(3 * reach + 5)
        }
      // Counted by a statement that is planned for its values.
      for (const query of [term, `${term} ${some.commonWords[0]?.term}`])
        await expectNo(isLargeScan, () => paperCount(db, list(query, order)), ['custom'])
    },
  )

  test.each(['NEWEST', 'TRENDING'] as const)(
    'with common words, %s, are found along the index of the order',
    async (order) => {
      const share = some.commonWords.reduce((product, { paperCount }) => (product * paperCount) / PAPERS, 1)
      for (const request of pages(await deepPosition(PAPER_ORDERS[order]))) {
        const run = () => paperPage(db, list(two(), order), request)
        await expectIndexWalk(run)
        // Twice as many as by chance, each in the table and the index.
        expect(await mostRowsRead(run)).toBeLessThan((4 * (LIMIT + 1)) / share)
      }
    },
  )
})

test('papers like others are found by indexes, also among those with many votes', async () => {
  const seeds = await fresh.db.execute<{ id: string }>(
    sql`select arxiv_id as id from papers where arxiv_id is not null and hidden_at is null order by id limit 20`,
  )
  const like = seeds.map(({ id }) => id)
  expect(like.length).toBe(20)
  for (const filter of [{ like }, { like, minVotes: 3 }]) {
    const list = () => new PaperList(filter, {}, 'LIKENESS')
    await expectNoLargeScan(() => paperPage(db, list(), page()))
    await expectNoLargeScan(() => paperPage(db, new PaperList(filter, {}, 'NEWEST'), page()))
    await expectNoLargeScan(() => paperCount(db, list()))
  }
})

async function positionOf({ key }: Order, id: number): Promise<Position> {
  const [row] = await fresh.db
    .select({ key: sql<string>`(${key})::text`, id: papers.id })
    .from(papers)
    .where(sql`${papers.id} = ${id}`)
  return row as Position
}

const DIRECTORIES: [DirectoryName, string, Order][] = [
  ...Object.entries(AUTHOR_ORDERS).map(([name, order]) => ['authors', name, order] as [DirectoryName, string, Order]),
  ...Object.entries(ORGANIZATION_ORDERS).map(
    ([name, order]) => ['organizations', name, order] as [DirectoryName, string, Order],
  ),
  ...Object.entries(TOPIC_ORDERS).map(([name, order]) => ['topics', name, order] as [DirectoryName, string, Order]),
]

test.each(DIRECTORIES)('the directory of %s, %s, is walked along an index', async (name, _, order) => {
  const direction = sql.raw(order.descending ? 'desc' : 'asc')
  const [middle] = await fresh.db.execute<{ key: string; id: string }>(sql`
    select (${order.key})::text as key, id from ${sql.identifier(name)}
    order by ${order.key} ${direction}, id ${direction} offset ${name === 'organizations' ? 5_000 : DEPTH} limit 1`)
  const position = { key: middle?.key as string, id: Number(middle?.id) }
  for (const request of pages(position))
    await expectIndexWalk(() => directoryPage(db, { name, order, query: null }, request))
})

test.each(['authors', 'topics'] as const)('%s that are near to what is typed are found by index', async (name) => {
  const [popular] = await fresh.db.execute<{ name: string }>(
    sql`select name from ${sql.identifier(name)} where name ~ '^[a-zA-Z]{5,} [a-zA-Z]{5,}' order by paper_count desc limit 1`,
  )
  const mistyped = (popular?.name ?? '').replace(/(\w)(\w)( |$)/g, '$2$1$3')
  const order = name === 'authors' ? AUTHOR_ORDERS.PAPER_COUNT : TOPIC_ORDERS.PAPER_COUNT
  for (const query of [mistyped, mistyped.split(' ')[1] as string])
    for (const request of [page(), page({ backwards: true })]) {
      const run = () => directoryPage(db, { name, order, query }, request)
      expect((await run()).items.length).toBeGreaterThan(0)
      // Planned for its values.
      await expectNo(isLargeScan, run, ['custom'])
    }
})

test.each(['DAY', 'WEEK', 'MONTH'] as const)('editions of a %s cost one probe each', async (period) => {
  for (const request of pages({ key: editionOf(period, '2024-02-14').startsOn, id: 0 })) {
    for (const range of [
      { from: null, to: null },
      { from: '2023-11-05', to: '2025-03-03' },
    ]) {
      const run = () => editionPage(db, { period, ...range }, request)
      await expectIndexWalk(run)
      expect(await mostRowsRead(run, 'papers')).toBeLessThanOrEqual(LIMIT + 1)
    }
  }
  await expectIndexWalk(() => newestEdition(db, period))
})

test.each([
  ['a paper', () => ({ paperId: some.votedPaperId })],
  ['somebody who votes often', () => ({ userId: some.voterId })],
  ['somebody who votes rarely', () => ({ userId: some.rareVoterId })],
] as const)('votes of %s are walked along an index', async (_, list) => {
  const { items } = await votePage(db, list(), page({ limit: 2 }))
  const last = items.at(-1)
  const position = last ? { key: last.votedAt, id: 'paperId' in list() ? last.userId : last.paperId } : null
  for (const request of pages(position)) await expectShortWalk(() => votePage(db, list(), request))
})

const twoWeeks = ['2024-02-14', '2025-02-14'].map((day) => editionOf('WEEK', day))
const twenty = Array.from({ length: 20 }, (_, n) => 1 + n * 23)

test.each<[string, () => Promise<unknown>]>([
  ['papers by ids', () => papersByIds(db, some.paperIds)],
  ['papers by ids with all that they bring', () => papersByIds(db, some.paperIds, PAPER_PARTS)],
  [
    'a paper by arXiv id with all that it brings',
    () => paperByIdentifier(db, { scheme: 'arxiv', value: '2401.00017' }, PAPER_PARTS),
  ],
  ['a paper by arXiv id', () => paperByIdentifier(db, { scheme: 'arxiv', value: '2401.00017' })],
  ['a paper by DOI', () => paperByIdentifier(db, { scheme: 'doi', value: '10.1000/nothing' })],
  ['a paper by another identifier', () => paperByIdentifier(db, { scheme: 'openreview', value: 'nothing' })],
  ['topics of papers', () => topicsOfPapers(db, some.paperIds)],
  ['links of papers', () => linksOfPapers(db, some.paperIds)],
  ['identifiers of papers', () => identifiersOfPapers(db, some.paperIds)],
  [
    'authors of papers',
    () =>
      authorsInRanges(
        db,
        some.paperIds.map((paperId) => ({ paperId, after: 0, limit: 3 })),
      ),
  ],
  ['authors behind a position', () => authorsInRanges(db, [{ paperId: 17, after: 2, limit: 100 }])],
  ['coauthors', () => coauthorsOf(db, [{ authorId: some.prolificAuthor.id, limit: 10 }])],
  ['authors by ids', () => authorsByIds(db, twenty)],
  ['authors by slugs', () => authorsBySlugs(db, ['nobody', 'no-one'])],
  ['topics by ids', () => topicsByIds(db, twenty)],
  ['topics by slugs and names', () => topicsNamed(db, ['cs.cl', 'Large Language Models', 'nothing'])],
  ['organizations by ids', () => organizationsByIds(db, twenty)],
  ['organizations by slugs', () => organizationsBySlugs(db, ['nowhere', 'Elsewhere'])],
  ['organizations by slugs and names', () => organizationsNamed(db, ['nowhere', 'Elsewhere University'])],
  ['users by ids', () => usersByIds(db, twenty)],
  ['users by handles', () => usersByHandles(db, ['nobody', 'No-One'])],
  ['what the viewer voted for', () => votedAmong(db, some.voterId, some.paperIds)],
  ['neighbours of editions', () => editionNeighbours(db, twoWeeks)],
  ['which editions have papers', () => editionsWithPapers(db, twoWeeks)],
  ['how many papers editions have', () => editionPaperCounts(db, twoWeeks)],
])('%s are read without a scan of a large table', (_, run) => expectNoLargeScan(run))
