import { and, desc, type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { everyCondition } from './condition.ts'
import type { PaperSelection } from './paper-list.ts'

const ORDERS = {
  /** The newest edition day first, and the papers of each day by votes. */
  NEWEST_DAY: [desc(papers.listedOn), desc(papers.voteCount)],
  MOST_VOTED: [desc(papers.voteCount)],
  TRENDING: [desc(papers.trendingScore)],
} satisfies Record<string, SQL[]>

export type DailyListOrder = keyof typeof ORDERS

/** A page by its number, from 0. */
export interface NumberedPage {
  page: number
  size: number
}

/**
 * The ids of one page of the daily list: papers of a selection that were listed and are on arXiv. Pages are numbered, for
 * clients that do not know cursors: a paper that gains votes between two pages can appear twice or be missed. Postgres
 * reads all rows before the page, so the caller must limit the number.
 *
 * @throws BadUserInput for an invalid filter
 */
export async function dailyListPage(
  db: Db,
  { selection, order }: { selection: PaperSelection; order: DailyListOrder },
  { page, size }: NumberedPage,
): Promise<{ ids: number[]; hasNextPage: boolean }> {
  const conditions = await selection.conditions(db)
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
