import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { users } from '../../drizzle/tables/users.ts'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { rfc3339 } from '../../src/db/instant.ts'
import type { PaperFilter, PaperScope } from '../../src/lists/paper-filter.ts'
import { PaperList, PaperSelection } from '../../src/lists/paper-list.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../../src/lists/paper-orders.ts'
import { paperCount, paperPage } from '../../src/lists/papers.ts'
import { randomFilter } from '../formats/filters.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'
import { nearByScan, type ScannedIndex, scanIndex } from './likeness-scan.ts'

// Compares lists with a second, simple implementation of filters and orders, over all rows in memory. LIST_FILTERS sets another
// number of random filters: `npm run test:long` tries 2,000.

const FILTERS = Number(process.env.LIST_FILTERS ?? 150)

interface Facts {
  row: typeof papers.$inferSelect
  topics: Set<string>
  authors: Set<string>
  organization: string | null
  submitter: string | null
  links: Set<string>
  /** RFC 3339. */
  changedAt: string
}

let database: FreshDatabase
let server: TestServer
let all: Facts[]
let index: ScannedIndex
let pools: { topics: string[]; authors: string[]; organizations: string[]; submitters: string[] }

beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 130)
  await database.db.execute(
    sql`update paper_changes set changed_at = timestamptz '2026-02-01' + paper_id % 56 * interval '6 hours'`,
  )
  server = await startServer(database)
  all = await readFacts()
  index = await scanIndex(database.db)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function readFacts(): Promise<Facts[]> {
  const { db } = database
  const nameOf = async <Row extends { id: number }>(rows: Promise<Row[]>, name: (row: Row) => string) =>
    new Map((await rows).map((row) => [row.id, name(row)]))
  const topicSlugs = await nameOf(db.select().from(topics), (row) => row.slug)
  const authorSlugs = await nameOf(db.select().from(authors), (row) => row.slug)
  const organizationSlugs = await nameOf(db.select().from(organizations), (row) => row.slug)
  const handles = await nameOf(db.select().from(users), (row) => row.handle)
  pools = {
    topics: [...topicSlugs.values()],
    authors: [...authorSlugs.values()],
    organizations: [...organizationSlugs.values()],
    submitters: [...handles.values()],
  }
  const byPaper = <Row extends { paperId: number }>(rows: Row[]) => Map.groupBy(rows, (row) => row.paperId)
  const topicsOf = byPaper(await db.select().from(paperTopics))
  const authorsOf = byPaper(await db.select().from(paperAuthors))
  const linksOf = byPaper(await db.select().from(paperLinks))
  const changes = await db.select().from(paperChanges)
  const changedAt = new Map(changes.map((change) => [change.paperId, rfc3339(change.changedAt)]))
  return (await db.select().from(papers)).map((row) => ({
    row,
    changedAt: changedAt.get(row.id) as string,
    topics: new Set(topicsOf.get(row.id)?.map((one) => topicSlugs.get(one.topicId) as string)),
    authors: new Set(authorsOf.get(row.id)?.map((one) => authorSlugs.get(one.authorId) as string)),
    organization: row.organizationId === null ? null : (organizationSlugs.get(row.organizationId) ?? null),
    submitter: row.submitterId === null ? null : (handles.get(row.submitterId) ?? null),
    links: new Set(linksOf.get(row.id)?.map((link) => link.kind)),
  }))
}

const anyOf = (wanted: readonly string[], has: (member: string) => boolean): boolean =>
  wanted.length === 0 || wanted.some((member) => has(member.toLowerCase()))

/** Whether a paper matches a value of each field. A missing field does not compile. */
const FITS: { [Name in keyof PaperFilter]-?: (value: NonNullable<PaperFilter[Name]>, facts: Facts) => boolean } = {
  topics: (slugs, { topics }) => anyOf(slugs, (slug) => topics.has(slug)),
  allTopics: (slugs, { topics }) => slugs.every((slug) => topics.has(slug)),
  excludeTopics: (slugs, { topics }) => !slugs.some((slug) => topics.has(slug)),
  organizations: (slugs, { organization }) => anyOf(slugs, (slug) => organization === slug),
  authors: (slugs, { authors }) => anyOf(slugs, (slug) => authors.has(slug)),
  submitters: (handles, { submitter }) => anyOf(handles, (handle) => submitter?.toLowerCase() === handle),
  publishedFrom: (day, { row }) => row.publishedAt.slice(0, 10) >= day,
  publishedTo: (day, { row }) => row.publishedAt.slice(0, 10) <= day,
  listedFrom: (day, { row }) => row.listedOn !== null && row.listedOn >= day,
  listedTo: (day, { row }) => row.listedOn !== null && row.listedOn <= day,
  changedSince: (moment, { changedAt }) => changedAt >= moment,
  minVotes: (least, { row }) => row.voteCount >= least,
  minComments: (least, { row }) => row.commentCount >= least,
  hasCode: (wanted, { links }) => links.has('CODE') === wanted,
  hasProjectPage: (wanted, { links }) => links.has('PROJECT') === wanted,
  hasModel: (wanted, { links }) => links.has('MODEL') === wanted,
  hasDataset: (wanted, { links }) => links.has('DATASET') === wanted,
  hasDemo: (wanted, { links }) => links.has('DEMO') === wanted,
  query: (text, { row }) => QUERIES[text]?.(`${row.title} | ${row.abstract}`.toLowerCase()) === true,
  // `expected` compares all papers with them.
  like: () => true,
  unlike: () => true,
}

const fits = (facts: Facts, filter: PaperFilter): boolean =>
  Object.entries(filter).every(
    ([name, value]) =>
      value == null || (FITS[name as keyof PaperFilter] as (value: unknown, facts: Facts) => boolean)(value, facts),
  )

const KEYS: Record<StoredOrder, (row: Facts['row'], changedAt: string) => number> = {
  TRENDING: (row) => row.trendingScore,
  MOST_VOTED: (row) => row.voteCount,
  MOST_DISCUSSED: (row) => row.commentCount,
  NEWEST: (row) => Date.parse(row.publishedAt),
  OLDEST: (row) => -Date.parse(row.publishedAt),
  RECENTLY_LISTED: (row) => (row.listedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(row.listedAt)),
  RECENTLY_CHANGED: (_row, changedAt) => Date.parse(changedAt),
}

/** An order that any filter has. */
type StoredOrder = Exclude<PaperOrderName, 'LIKENESS'>

/** The ids of papers by their names, which are arXiv ids here. */
const idsNamed = (names: readonly string[]): number[] =>
  all.flatMap(({ row }) => (names.includes(row.arxivId as string) ? [row.id] : []))

function expected(filter: PaperFilter, order: PaperOrderName): number[] {
  const near = filter.like && nearByScan(index, idsNamed(filter.like), idsNamed(filter.unlike ?? []))
  const nearest = near?.map(({ id }) => id) ?? []
  const matching = inOrder(
    all.filter((facts) => fits(facts, filter) && (!near || nearest.includes(facts.row.id))),
    order === 'LIKENESS' ? 'OLDEST' : order,
  )
  return order === 'LIKENESS' ? nearest.filter((id) => matching.includes(id)) : matching
}

function inOrder(matching: readonly Facts[], order: StoredOrder): number[] {
  const key = KEYS[order]
  const idFirst = order === 'OLDEST' ? 1 : -1
  return matching
    .map(({ row, changedAt }) => ({ id: row.id, key: key(row, changedAt) }))
    .sort((a, b) => (a.key === b.key ? idFirst * (a.id - b.id) : b.key > a.key ? 1 : -1))
    .map(({ id }) => id)
}

const ORDERS = Object.keys(PAPER_ORDERS).filter((name) => name !== 'LIKENESS') as StoredOrder[]

/** Queries, and which texts match them. */
const QUERIES: Record<string, (text: string) => boolean> = {
  attention: (text) => text.includes('attention'),
  'Sparse Attention': (text) => text.includes('attention') && text.includes('sparse'),
  'lazy or verified': (text) => /lazy|verified/.test(text),
  'agent -lazy -"old maps"': (text) => text.includes('agent') && !/lazy|old maps/.test(text),
  '"long document" made-up catalogues': (text) => text.includes('long document') && text.includes('catalogue'),
  '"claims nothing"': (text) => text.includes('claims nothing'),
  'birdsong 2 or 3': (text) => text.includes('birdsong') && /\b[23]\b/.test(text),
  'attention zzzzqqqq': () => false,
}

test(`${FILTERS} random filters in random orders give the matching papers, in order, with the right count`, async () => {
  const next = random(7)
  const words = {
    ...pools,
    submitters: pools.submitters.map((handle) => handle.toUpperCase()),
    days: Array.from({ length: 16 }, (_, n) => `2026-02-${String(n + 1).padStart(2, '0')}`),
    moments: Array.from({ length: 16 }, (_, n) => `2026-02-${String(n + 1).padStart(2, '0')}T06:00:00.000Z`),
    queries: Object.keys(QUERIES),
    like: all.flatMap(({ row }) => row.arxivId ?? []),
  }
  let found = 0
  for (let round = 0; round < FILTERS; round++) {
    const filter = randomFilter(next, words)
    const order = filter.like && next() < 0.5 ? 'LIKENESS' : (ORDERS[Math.floor(next() * ORDERS.length)] as StoredOrder)
    const wanted = expected(filter, order)
    const request = { limit: 100, backwards: false, after: null, before: null }
    const page = await paperPage(database.db, new PaperList(filter, {}, order), request)
    expect(
      page.items.map((item) => item.id),
      JSON.stringify({ filter, order }),
    ).toEqual(wanted.slice(0, 100))
    expect(await paperCount(database.db, new PaperSelection(filter))).toBe(wanted.length)
    found += wanted.length
  }
  expect(found).toBeGreaterThan(4 * FILTERS)
})

test.each(ORDERS)('%s in pages of seven, in both directions, has each paper once, in order', async (order) => {
  const ids = await walk(server, `papers(orderBy: ${order}, ARGS)`)
  expect(ids).toEqual(expected({}, order).map((id) => encodeGlobalId('Paper', id)))
})

test('every way to read the papers of topics and authors gives the same list', async () => {
  for (const order of ORDERS)
    for (const filter of [
      { topics: ['cs.cl'] },
      { topics: ['cs.cl', 'agents'] },
      { authors: ['ada-abara'] },
      { topics: ['cs.cl'], minVotes: 3 },
      { topics: ['cs.cl'], authors: ['ada-abara', 'bo-abara'] },
      { topics: ['cs.cl'], query: 'attention' },
      { query: '"claims nothing"' },
    ] satisfies PaperFilter[]) {
      const text = JSON.stringify(filter).replace(/"(\w+)":/g, '$1:')
      const ids = await walk(server, `papers(filter: ${text}, orderBy: ${order}, ARGS)`, { size: 25 })
      expect(ids, `${order} ${text}`).toEqual(expected(filter, order).map((id) => encodeGlobalId('Paper', id)))
    }
})

test.each([
  ['topic(slug: "CS.CL")', { topics: ['cs.cl'] }],
  ['author(by: { slug: "ada-abara" })', { authors: ['ada-abara'] }],
  ['organization(slug: "Northlight-Lab")', { organizations: ['northlight-lab'] }],
  ['edition(date: "2026-02-05")', { listedFrom: '2026-02-05', listedTo: '2026-02-05' }],
  ['edition(period: WEEK, date: "2026-02-05")', { listedFrom: '2026-02-02', listedTo: '2026-02-08' }],
  ['edition(period: MONTH, date: "2026-02-05")', { listedFrom: '2026-02-01', listedTo: '2026-02-28' }],
] as [string, PaperFilter][])('%s has the papers of the equivalent filter', async (within, filter) => {
  for (const order of ORDERS)
    expect(await walk(server, `papers(orderBy: ${order}, ARGS)`, { within }), order).toEqual(
      expected(filter, order).map((id) => encodeGlobalId('Paper', id)),
    )
  const both = { ...filter, minVotes: 4 }
  expect(await walk(server, 'papers(filter: { minVotes: 4 }, orderBy: NEWEST, ARGS)', { within })).toEqual(
    expected(both, 'NEWEST').map((id) => encodeGlobalId('Paper', id)),
  )
})

test('submissions of a user, newest listing first', async () => {
  expect(await walk(server, 'submissions(ARGS)', { within: 'user(handle: "ADA-A")' })).toEqual(
    expected({ submitters: ['ada-a'] }, 'RECENTLY_LISTED').map((id) => encodeGlobalId('Paper', id)),
  )
})

test('a page between two cursors has the papers between them', async () => {
  const wanted = expected({}, 'MOST_VOTED')
  const request = { limit: 100, backwards: false, after: null, before: null }
  const { items } = await paperPage(database.db, new PaperList({}, {}, 'MOST_VOTED'), request)
  const { data } = await server.ask(
    `query ($after: String, $before: String) { papers(orderBy: MOST_VOTED, first: 50, after: $after, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`,
    { after: items[4]?.cursor, before: items[20]?.cursor },
  )
  expect(data.papers.nodes.map((node: { id: string }) => node.id)).toEqual(
    wanted.slice(5, 20).map((id) => encodeGlobalId('Paper', id)),
  )
})

test('a filter that no paper matches gives an empty list, and an empty filter the whole list', async () => {
  const total = async (filter: PaperFilter, scope: PaperScope = {}) =>
    paperCount(database.db, new PaperSelection(filter, scope))
  expect(await total({ topics: ['no-such-topic'] })).toBe(0)
  expect(await total({ allTopics: ['cs.cl', 'no-such-topic'] })).toBe(0)
  expect(await total({ organizations: ['nobody'] })).toBe(0)
  expect(await total({ excludeTopics: ['no-such-topic'] })).toBe(all.length)
  expect(await total({ topics: [], allTopics: [], excludeTopics: [], authors: [] })).toBe(all.length)
  expect(await total({ topics: null, minVotes: null })).toBe(all.length)
})

test('facets count the whole filtered list', async () => {
  const filter = { minVotes: 3, publishedFrom: '2026-02-03' }
  const { data } = await server.ask(
    `{ papers(filter: { minVotes: 3, publishedFrom: "2026-02-03" }, first: 1) {
      totalCount
      facets { topics(first: 100) { count topic { slug } } organizations(first: 3) { count organization { slug } } months { month count } }
    } }`,
  )
  const fitting = all.filter((facts) => fits(facts, filter))
  const tally = (names: string[]) =>
    Object.fromEntries(
      Map.groupBy(names, (name) => name)
        .entries()
        .map(([name, of]) => [name, of.length]),
    )
  const { facets, totalCount } = data.papers
  expect(totalCount).toBe(fitting.length)
  expect(
    Object.fromEntries(
      facets.topics.map((one: { count: number; topic: { slug: string } }) => [one.topic.slug, one.count]),
    ),
  ).toEqual(tally(fitting.flatMap((facts) => [...facts.topics])))
  const counts = facets.topics.map((one: { count: number }) => one.count)
  expect(counts).toEqual(counts.toSorted((a: number, b: number) => b - a))
  const byOrganization = tally(fitting.flatMap(({ organization }) => organization ?? []))
  expect(facets.organizations).toHaveLength(3)
  for (const { count, organization } of facets.organizations) expect(count).toBe(byOrganization[organization.slug])
  expect(facets.months).toEqual([{ month: '2026-02-01', count: fitting.length }])
})
