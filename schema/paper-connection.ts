import type { GraphQLResolveInfo } from 'graphql'
import type { Db } from '../src/db/client.ts'
import { checkSize, type Page, type PageArgs, pageRequest } from '../src/lists/page.ts'
import { monthCounts, organizationCounts, topicCounts } from '../src/lists/paper-facets.ts'
import type { PaperFilter, PaperScope } from '../src/lists/paper-filter.ts'
import { PaperList, type PaperSelection } from '../src/lists/paper-list.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../src/lists/paper-orders.ts'
import { type PaperItem, paperCount, paperPage } from '../src/lists/papers.ts'
import { type AsOf, listAsOf, orderAsOf, paperPageAsOf } from '../src/lists/papers-as-of.ts'
import type { Loaders } from '../src/loaders/index.ts'
import type { OrganizationRow } from '../src/queries/organizations.ts'
import { DEFAULT_PARTS, type PaperParts } from '../src/queries/paper-parts.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import type { TopicRow } from '../src/queries/topics.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge } from './connection.ts'
import type { Context } from './context.ts'
import { PaperFilterInput, PaperOrder } from './paper-filter.ts'
import { Organization, Paper, Topic } from './refs.ts'
import { requestedConnectionParts } from './requested-fields.ts'

type PaperEdge = Edge<PaperRow, { likeness?: number | null }>

interface PaperConnectionSource extends Connection<PaperEdge> {
  list: PaperList
}

const types = connectionTypes<PaperRow, PaperEdge, PaperConnectionSource>('Paper', Paper, 'papers')
export const PaperConnection = types.Connection

builder.objectField(types.Edge, 'likeness', (t) =>
  t.float({
    nullable: true,
    description:
      'How like the paper is to those of `filter.like`: 1 is what these are on average, and 0 is a paper without any of their characteristic words. Comparable within one list. Null without `like`.',
    resolve: ({ likeness }) => likeness ?? null,
  }),
)

/** A page with the likeness of its papers, if the list has `like`. */
function withLikeness(db: Db, list: PaperList, reading: Promise<Page<PaperItem>>): Promise<Page<PaperItem>> {
  return list.filter.like?.length ? addLikeness(db, list, reading) : reading
}

async function addLikeness(db: Db, list: PaperList, reading: Promise<Page<PaperItem>>): Promise<Page<PaperItem>> {
  const page = await reading
  const likeness = await list.likenessOf(
    db,
    page.items.map(({ id }) => id),
  )
  for (const item of page.items) item.likeness = likeness.get(item.id) ?? null
  return page
}

/** The papers of a scope, with the arguments of a client. */
export function paperConnection(
  { db, counting, loaders, trending, unknown }: Context,
  scope: PaperScope,
  args: PageArgs & { filter?: PaperFilter | null; orderBy: PaperOrderName; asOf?: string | null },
  info: GraphQLResolveInfo,
): PaperConnectionSource {
  const list = new PaperList(args.filter ?? {}, scope, args.orderBy, unknown)
  const parts = requestedConnectionParts(info)
  const readPapers = (items: PaperItem[]) => papersOf(items, loaders, parts)
  if (args.asOf != null) return connectionAsOf(list, { moment: args.asOf, ...trending }, args, counting, readPapers)
  const request = pageRequest(args, PAPER_ORDERS[args.orderBy])
  return {
    list,
    ...connectionOf(
      () => withLikeness(db, list, paperPage(db, list, request, parts)),
      readPapers,
      () => paperCount(counting, list),
    ),
  }
}

/** The papers of a page; if the page was read with its papers, they are in its items. */
const papersOf = (items: PaperItem[], loaders: Loaders, parts: PaperParts | null) =>
  items.every((item) => item.paper)
    ? items.map((item) => item.paper as PaperRow)
    : loaders.paperWith(parts ?? DEFAULT_PARTS).loadMany(items.map((item) => item.id))

/** The list at a moment in the past. */
function connectionAsOf(
  listNow: PaperList,
  asOf: AsOf,
  args: PageArgs,
  counting: Db,
  readPapers: (items: PaperItem[]) => ReturnType<typeof papersOf>,
): PaperConnectionSource {
  const { order } = listNow
  if (order !== 'TRENDING' && order !== 'MOST_VOTED')
    throw new BadUserInput('asOf', `\`asOf\` goes with the orders TRENDING and MOST_VOTED only, not with ${order}.`)
  const list = listAsOf(listNow, order, asOf)
  const request = pageRequest(args, orderAsOf(order, asOf))
  return {
    list,
    ...connectionOf(
      () => withLikeness(counting, list, paperPageAsOf(counting, list, asOf, request)),
      readPapers,
      () => paperCount(counting, list),
    ),
  }
}

/** The arguments of every field that returns papers. */
export const paperArgs = (orderBy: PaperOrderName) =>
  builder.args((t) => ({
    filter: t.field({ type: PaperFilterInput, description: 'Only papers that match this filter; null for all.' }),
    orderBy: t.field({
      type: PaperOrder,
      required: true,
      defaultValue: orderBy,
      description: 'The order of the list.',
    }),
    ...t.connectionArgs(),
  }))

const DEFAULT_FACETS = 10
const MAX_FACETS = 100
/** The cost of counting a whole list, for an operation. */
const FACET_COST = 500

export const PaperFacets = builder.objectRef<PaperSelection>('PaperFacets')

builder.objectField(PaperConnection, 'facets', (t) =>
  t.field({
    type: PaperFacets,
    description: 'Counts by topic, organization and month of the whole filtered list, not only of this page.',
    resolve: ({ list }) => list,
  }),
)

interface Counted<Row> {
  row: Row
  count: number
}

/** The counts with the rows of their ids, without rows that no longer exist. */
async function withRows<Row>(
  counts: readonly { id: number; count: number }[],
  loader: { load(id: number): Promise<Row | null> },
): Promise<Counted<Row>[]> {
  const rows = await Promise.all(counts.map(({ id }) => loader.load(id)))
  return counts.flatMap(({ count }, place) => {
    const row = rows[place]
    return row ? [{ row, count }] : []
  })
}

const TopicCount = builder.objectRef<Counted<TopicRow>>('TopicCount').implement({
  description: 'A topic and the number of papers of the list with it.',
  fields: (t) => ({
    topic: t.field({ type: Topic, description: 'The topic.', resolve: ({ row }) => row }),
    count: t.exposeInt('count', { description: 'The number of papers of the list with this topic.' }),
  }),
})

const OrganizationCount = builder.objectRef<Counted<OrganizationRow>>('OrganizationCount').implement({
  description: 'An organization and the number of papers of the list from it.',
  fields: (t) => ({
    organization: t.field({
      type: Organization,
      description: 'The organization.',
      resolve: ({ row }) => row,
    }),
    count: t.exposeInt('count', { description: 'The number of papers of the list from this organization.' }),
  }),
})

const MonthCount = builder.objectRef<{ month: string; count: number }>('MonthCount').implement({
  description: 'A month and the number of papers of the list published in it.',
  fields: (t) => ({
    month: t.expose('month', { type: 'Date', description: 'The first day of the month (UTC).' }),
    count: t.exposeInt('count', { description: 'The number of papers of the list published in this month.' }),
  }),
})

PaperFacets.implement({
  description: 'Counts of a whole filtered list of papers. Each field is counted only if it is selected.',
  fields: (t) => {
    const first = (what: string) =>
      t.arg.int({
        description: `The number of ${what} to return: 1 to ${MAX_FACETS}, ${DEFAULT_FACETS} by default.`,
      })
    return {
      topics: t.field({
        extensions: { cost: FACET_COST },
        type: [TopicCount],
        description: 'Topics by number of papers, highest first. A paper counts once for each of its topics.',
        args: { first: first('topics') },
        resolve: async (selection, args, { counting, loaders }) => {
          checkSize('first', args.first, MAX_FACETS)
          return withRows(await topicCounts(counting, selection, args.first ?? DEFAULT_FACETS), loaders.topic)
        },
      }),
      organizations: t.field({
        extensions: { cost: FACET_COST },
        type: [OrganizationCount],
        description:
          'Organizations by number of papers, highest first. Papers without an organization are not counted.',
        args: { first: first('organizations') },
        resolve: async (selection, args, { counting, loaders }) => {
          checkSize('first', args.first, MAX_FACETS)
          return withRows(
            await organizationCounts(counting, selection, args.first ?? DEFAULT_FACETS),
            loaders.organization,
          )
        },
      }),
      months: t.field({
        extensions: { cost: FACET_COST },
        type: [MonthCount],
        description: 'Months (UTC) of publication, oldest first. Months without papers are left out.',
        resolve: (selection, _args, { counting }) => monthCounts(counting, selection),
      }),
    }
  },
})
