import { and, sql } from 'drizzle-orm'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { paperConditions } from './paper-filter.ts'
import { everyCondition, type PaperList } from './papers.ts'

type FilteredPapers = Pick<PaperList, 'filter' | 'scope'>

/** How many papers of a list have each topic, most first. One statement beside the filter's. */
export async function topicCounts(
  db: Db,
  list: FilteredPapers,
  limit: number,
): Promise<{ id: number; count: number }[]> {
  const conditions = await paperConditions(db, list.filter, list.scope)
  if (conditions === null) return []
  const selected =
    conditions.length === 0
      ? sql`not ${paperTopics.hidden}`
      : sql`${paperTopics.paperId} in (select ${papers.id} from ${papers} where ${everyCondition(conditions)})`
  return db
    .select({ id: paperTopics.topicId, count: sql<number>`count(*)::int` })
    .from(paperTopics)
    .where(selected)
    .groupBy(paperTopics.topicId)
    .orderBy(sql`count(*) desc`, paperTopics.topicId)
    .limit(limit)
}

/** How many papers of a list come from each organization, most first; papers without one are not counted. */
export async function organizationCounts(
  db: Db,
  list: FilteredPapers,
  limit: number,
): Promise<{ id: number; count: number }[]> {
  const conditions = await paperConditions(db, list.filter, list.scope)
  if (conditions === null) return []
  return db
    .select({ id: sql<number>`${papers.organizationId}`.mapWith(Number), count: sql<number>`count(*)::int` })
    .from(papers)
    .where(and(sql`${papers.organizationId} is not null`, everyCondition(conditions)))
    .groupBy(papers.organizationId)
    .orderBy(sql`count(*) desc`, papers.organizationId)
    .limit(limit)
}

/** How many papers of a list were published in each month (UTC), oldest month first; the month is its first day. */
export async function monthCounts(db: Db, list: FilteredPapers): Promise<{ month: string; count: number }[]> {
  const conditions = await paperConditions(db, list.filter, list.scope)
  if (conditions === null) return []
  const month = sql<string>`to_char(${papers.publishedAt} at time zone 'UTC', 'YYYY-MM-01')`
  return db
    .select({ month, count: sql<number>`count(*)::int` })
    .from(papers)
    .where(everyCondition(conditions))
    .groupBy(sql`1`)
    .orderBy(sql`1`)
}
