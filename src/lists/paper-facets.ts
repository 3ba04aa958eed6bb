import { and, sql } from 'drizzle-orm'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { everyCondition } from './condition.ts'
import type { PaperSelection } from './paper-list.ts'

/** The number of papers of a selection with each topic, highest first. */
export async function topicCounts(
  db: Db,
  selection: PaperSelection,
  limit: number,
): Promise<{ id: number; count: number }[]> {
  const conditions = await selection.conditions(db)
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

/** The number of papers of a selection from each organization, highest first; papers without one are not counted. */
export async function organizationCounts(
  db: Db,
  selection: PaperSelection,
  limit: number,
): Promise<{ id: number; count: number }[]> {
  const conditions = await selection.conditions(db)
  if (conditions === null) return []
  return db
    .select({ id: sql<number>`${papers.organizationId}`.mapWith(Number), count: sql<number>`count(*)::int` })
    .from(papers)
    .where(and(sql`${papers.organizationId} is not null`, everyCondition(conditions)))
    .groupBy(papers.organizationId)
    .orderBy(sql`count(*) desc`, papers.organizationId)
    .limit(limit)
}

/** The number of papers of a selection published in each month (UTC), oldest first; a month is named by its first day. */
export async function monthCounts(db: Db, selection: PaperSelection): Promise<{ month: string; count: number }[]> {
  const conditions = await selection.conditions(db)
  if (conditions === null) return []
  const month = sql<string>`to_char(${papers.publishedAt} at time zone 'UTC', 'YYYY-MM-01')`
  return db
    .select({ month, count: sql<number>`count(*)::int` })
    .from(papers)
    .where(everyCondition(conditions))
    .groupBy(sql`1`)
    .orderBy(sql`1`)
}
