import { and, type SQL, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { BadUserInput } from '../errors.ts'
import {
  encodeCursor,
  keyset,
  keysetValues,
  type Order,
  type Page,
  type PageItem,
  type PageRequest,
  toPage,
} from './page.ts'

const TABLES = { authors, organizations, topics }

export type DirectoryName = keyof typeof TABLES
type DirectoryTable = (typeof TABLES)[DirectoryName]

/** Everything of one type, in one order, perhaps narrowed by what somebody types. */
export interface DirectoryList {
  name: DirectoryName
  order: Order
  query: string | null
}

// The table and not only the order is part of the name, so that a cursor of one directory does not open another.
const byCount = (name: string, key: SQL): Order => ({ name, key, type: 'int4', descending: true })
const byName = (name: string, column: DirectoryTable['name']): Order => ({
  name,
  key: sql`lower(${column}) collate "C"`,
  type: 'text',
  descending: false,
})

export const AUTHOR_ORDERS = {
  PAPER_COUNT: byCount('author PAPER_COUNT', sql`${authors.paperCount}`),
  VOTES: byCount('author VOTES', sql`${authors.voteCount}`),
  NAME: byName('author NAME', authors.name),
}
export const ORGANIZATION_ORDERS = {
  PAPER_COUNT: byCount('organization PAPER_COUNT', sql`${organizations.paperCount}`),
  VOTES: byCount('organization VOTES', sql`${organizations.voteCount}`),
  NAME: byName('organization NAME', organizations.name),
}
export const TOPIC_ORDERS: Record<'PAPER_COUNT' | 'TRENDING' | 'NAME', Order> = {
  PAPER_COUNT: byCount('topic PAPER_COUNT', sql`${topics.paperCount}`),
  TRENDING: { name: 'topic TRENDING', key: sql`${topics.trendingScore}`, type: 'float8', descending: true },
  NAME: byName('topic NAME', topics.name),
}

export const MAX_QUERY_LENGTH = 200

/**
 * The ids of one page of a directory, in one statement.
 *
 * @throws BadUserInput for a query that is too long
 */
export async function directoryPage(db: Db, list: DirectoryList, request: PageRequest): Promise<Page<PageItem>> {
  const { order } = list
  const table = TABLES[list.name]
  const values = keysetValues(request)
  const page = keyset(order, sql`${table.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select({ id: sql<number>`${table.id}`.mapWith(Number), key: sql<string>`(${order.key})::text` })
    .from(sql`${table}`)
    .where(and(matches(list), ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({ id: row.id, cursor: encodeCursor(order, row) }))
}

/** How many a directory has. */
export async function directoryCount(db: Db, list: DirectoryList): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(sql`${TABLES[list.name]}`)
    .where(matches(list))
  return row?.count ?? 0
}

/** Entries with a word of their name, or the slug, beginning with the query, whatever the case. */
function matches({ name, query }: DirectoryList): SQL | undefined {
  const table = TABLES[name]
  const typed = query?.trim().replace(/\s+/g, ' ').toLowerCase()
  if (!typed) return undefined
  if (typed.length > MAX_QUERY_LENGTH)
    throw new BadUserInput(
      'query',
      `\`query\` may have at most ${MAX_QUERY_LENGTH} characters; it has ${typed.length}.`,
    )
  const prefix = `${typed.replace(/[\\%_]/g, '\\$&')}%`
  return sql`(lower(${table.name}) like ${prefix} or lower(${table.name}) like ${`% ${prefix}`} or lower(${table.slug}) like ${prefix})`
}
