import { and, desc, type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { type PaperFilter, paperConditions } from './paper-filter.ts'
import { everyCondition } from './papers.ts'

const ORDERS = {
  /** The newest edition day first, and the papers of each by votes. */
  NEWEST_DAY: [desc(papers.listedOn), desc(papers.voteCount)],
  MOST_VOTED: [desc(papers.voteCount)],
  TRENDING: [desc(papers.trendingScore)],
} satisfies Record<string, SQL[]>

export type DailyListOrder = keyof typeof ORDERS

/** Which page of a list is asked for by number, from 0. */
export interface NumberedPage {
  page: number
  size: number
}

/**
 * The ids of one page of the daily list: the papers that were put on it and that arXiv has. Pages are numbered, for
 * clients that know no cursors: a paper that gains votes between two of them can be met twice or missed, and Postgres
 * reads all that comes before the page, so that the caller bounds the number.
 *
 * @throws BadUserInput for a filter that cannot be
 */
export async function dailyListPage(
  db: Db,
  { filter, order }: { filter: PaperFilter; order: DailyListOrder },
  { page, size }: NumberedPage,
): Promise<{ ids: number[]; hasNextPage: boolean }> {
  const conditions = await paperConditions(db, filter, {})
  if (conditions === null) return { ids: [], hasNextPage: false }
  const rows = await db
    .select({ id: papers.id })
    .from(papers)
    .where(and(everyCondition(conditions), sql`${papers.listedOn} is not null and ${papers.arxivId} is not null`))
    .orderBy(...ORDERS[order], desc(papers.id))
    .limit(size + 1)
    .offset(page * size)
  return { ids: rows.slice(0, size).map((row) => row.id), hasNextPage: rows.length > size }
}
