import { sql } from 'drizzle-orm'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { users } from '../../drizzle/tables/users.ts'
import { webhookPapers } from '../../drizzle/tables/webhook-papers.ts'
import { webhooks } from '../../drizzle/tables/webhooks.ts'
import type { Db } from '../db/client.ts'
import { queryOfSaved, savedQueryString } from '../formats/saved-filter.ts'
import { type Condition, everyCondition } from '../lists/condition.ts'
import { type PaperFilter, type PaperScope, resolveFilter } from '../lists/paper-filter.ts'
import { savedListsByIds } from '../queries/saved-filters.ts'
import { BadUserInput } from '../values/errors.ts'
import { NEWLY_LISTED_DAYS, PAPERS_A_MESSAGE, type WebhookEventName } from '../values/webhooks.ts'

/** A webhook that is told of events. */
export interface Listener {
  id: number
  events: readonly WebhookEventName[]
  votes: number | null
  editions: 'DAY' | 'WEEK' | 'MONTH'
  isPrimed: boolean
}

/** A list that webhooks have: whatever is found out about it is found out once for all of them. */
export interface HeardList {
  /** Its canonical query string. */
  query: string
  filter: PaperFilter
  listeners: Listener[]
}

/** The lists of all active webhooks, except those of suspended users. */
export async function heardLists(db: Db): Promise<HeardList[]> {
  const rows = await db
    .select({
      id: webhooks.id,
      savedFilterId: webhooks.savedFilterId,
      events: webhooks.events,
      votes: webhooks.votes,
      editions: webhooks.editions,
      isPrimed: webhooks.isPrimed,
    })
    .from(webhooks)
    .innerJoin(savedFilters, sql`${savedFilters.id} = ${webhooks.savedFilterId}`)
    .innerJoin(users, sql`${users.id} = ${savedFilters.userId}`)
    .where(sql`${webhooks.state} = 'ACTIVE' and ${users.suspendedAt} is null`)
    .orderBy(webhooks.id)
  const saved = await savedListsByIds(db, [...new Set(rows.map(({ savedFilterId }) => savedFilterId))])
  const queries = new Map(saved.map((row) => [row.id, queryOfSaved(row)]))
  const lists = new Map<string, HeardList>()
  for (const { savedFilterId, ...listener } of rows) {
    const query = queries.get(savedFilterId)
    if (query === undefined) continue
    const text = savedQueryString({ ...query, orderBy: 'TRENDING' })
    const list = lists.get(text) ?? { query: text, filter: query.filter, listeners: [] }
    lists.set(text, list)
    list.listeners.push(listener)
  }
  return [...lists.values()]
}

/** Whether votes or comments bring papers into a list. */
export const dependsOnCounts = ({ minVotes, minComments }: PaperFilter): boolean =>
  minVotes != null || minComments != null

/** The conditions of a list; null if no paper can be in it, as with a filter that means nothing any more. */
async function conditionsOf(db: Db, filter: PaperFilter, scope: PaperScope): Promise<Condition[] | null> {
  try {
    return await resolveFilter(db, filter, scope, null)
  } catch (error) {
    if (error instanceof BadUserInput) return null
    throw error
  }
}

/** Those of these papers that a list has, and whether each is on the daily list since `since`. */
export async function papersOfList(
  db: Db,
  filter: PaperFilter,
  among: readonly number[],
  since: Date,
): Promise<Map<number, { isNew: boolean }>> {
  const conditions = await conditionsOf(db, filter, { among })
  if (conditions === null) return new Map()
  const rows = await db.execute<{ id: string; is_new: boolean | null }>(
    sql`select id, listed_at > ${since.toISOString()}::timestamptz as is_new from papers where ${everyCondition(conditions)}`,
  )
  return new Map(rows.map((row) => [Number(row.id), { isNew: row.is_new === true }]))
}

/** The papers of a list in an edition, most votes first: as many as a message has, and the number of all. */
export async function papersOfEdition(
  db: Db,
  filter: PaperFilter,
  listed: { from: string; to: string },
): Promise<{ paperIds: number[]; paperCount: number }> {
  const conditions = await conditionsOf(db, filter, { listed })
  if (conditions === null) return { paperIds: [], paperCount: 0 }
  const rows = await db.execute<{ id: string; papers: number }>(sql`
    select id, count(*) over ()::int as papers from papers where ${everyCondition(conditions)}
    order by vote_count desc, id desc limit ${PAPERS_A_MESSAGE}`)
  return { paperIds: rows.map(({ id }) => Number(id)), paperCount: rows[0]?.papers ?? 0 }
}

/** The newest papers of a list, for a test. */
export async function newestPapers(db: Db, filter: PaperFilter, limit: number): Promise<number[]> {
  const conditions = await conditionsOf(db, filter, {})
  if (conditions === null) return []
  const rows = await db.execute<{ id: string }>(
    sql`select id from papers where ${everyCondition(conditions)} order by published_at desc, id desc limit ${limit}`,
  )
  return rows.map(({ id }) => Number(id))
}

/**
 * Notes what a list has already, for webhooks that have it since now. What is noted as changed is left out: it may have come after
 * the webhook.
 */
export async function prime(db: Db, { filter, listeners }: HeardList): Promise<void> {
  const unprimed = listeners.filter(({ isPrimed }) => !isPrimed)
  if (unprimed.length === 0) return
  const hearing = unprimed.filter(({ events }) => events.includes('PAPER_LISTED')).map(({ id }) => id)
  const conditions = hearing.length === 0 ? null : await conditionsOf(db, filter, {})
  if (conditions !== null)
    await db.execute(sql`
      insert into ${webhookPapers} (webhook_id, event, paper_id)
      select webhook_id, 'PAPER_LISTED', id from papers cross join unnest(${sql.param(hearing)}::bigint[]) as webhook_id
      where coalesce(papers.listed_at, '-infinity'::timestamptz) > now() - ${NEWLY_LISTED_DAYS} * interval '1 day' and ${everyCondition(conditions)}
        and not exists (select from webhook_changes where paper_id = papers.id and kind in ('MATCHES', 'CHANGED'))
      on conflict do nothing`)
  await db.execute(sql`
    update ${webhooks} set is_primed = true, watches_counts = votes is not null or ${dependsOnCounts(filter)}
    where id = any(${sql.param(unprimed.map(({ id }) => id))}::bigint[])`)
}
