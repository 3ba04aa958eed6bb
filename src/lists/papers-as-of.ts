import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { paperScores, storedHalfLife } from '../queries/trending.ts'
import { BadUserInput } from '../values/errors.ts'
import { everyCondition } from './condition.ts'
import {
  EMPTY_PAGE,
  encodeCursor,
  keyset,
  keysetValues,
  type Order,
  type Page,
  type PageItem,
  type PageRequest,
  toPage,
} from './page.ts'
import { PaperList } from './paper-list.ts'

/** A moment of the past, and the half-life that its scores are computed with. */
export interface AsOf {
  /** RFC 3339, in UTC. */
  moment: string
  /** Where no scores are stored yet; else theirs counts. */
  halfLifeHours: number
}

/** So many votes and counts are added up for one answer; the filter must choose fewer papers where there are more. */
const MOST_SUMMED = 1_000_000

/** The orders that can be computed for a moment in the past. */
export type OrderAsOf = 'TRENDING' | 'MOST_VOTED'

/** A list in one of these orders; see `listAsOf`. */
export type ListAsOf = PaperList & { readonly order: OrderAsOf }

/** The order of a list at a moment; its cursors are of that moment only. */
export function orderAsOf(order: OrderAsOf, { moment }: AsOf): Order {
  const name = `${order} as of ${moment}`
  return order === 'TRENDING'
    ? { name, key: sql`ranked.key`, type: 'float8', descending: true }
    : { name, key: sql`ranked.key`, type: 'int4', descending: true }
}

/**
 * One page of the papers that had been published by a moment, by the votes cast and the counts reported until then;
 * votes taken back since are not known any more.
 *
 * @throws BadUserInput where more votes would have to be added up than one answer may cost
 */
export async function paperPageAsOf(db: Db, list: ListAsOf, asOf: AsOf, request: PageRequest): Promise<Page<PageItem>> {
  const conditions = await list.conditions(db)
  if (conditions === null) return EMPTY_PAGE
  const chosen = sql`select ${papers.id} from ${papers} where ${everyCondition(conditions)}`
  const halfLifeHours = (await storedHalfLife(db)) ?? asOf.halfLifeHours
  await refuseTooMany(db, chosen, asOf)
  const order = orderAsOf(list.order, asOf)
  const values = keysetValues(request)
  const page = keyset(order, sql`ranked.id`, request, (name) => sql`${sql.param(values[name])}`)
  const where = page.where.length === 0 ? sql`` : sql`where ${sql.join(page.where, sql` and `)}`
  const keys =
    list.order === 'TRENDING'
      ? sql`select chosen.id, coalesce(scored.score, '-Infinity') as key
            from chosen left join (${paperScores(sql`select id from chosen`, halfLifeHours, asOf.moment)}) as scored on scored.key = chosen.id`
      : sql`select chosen.id, coalesce(sum(counted.votes), 0)::int as key
            from chosen left join (${votesUntil(asOf.moment)}) as counted on counted.paper_id = chosen.id group by chosen.id`
  const rows = await db.execute<{ id: string; key: string }>(sql`
    with chosen as materialized (${chosen}), ranked as (${keys})
    select ranked.id, ranked.key::text as key from ranked ${where}
    order by ${sql.join(page.orderBy, sql`, `)} limit ${request.limit + 1}`)
  return toPage([...rows], request, ({ id, key }) => ({
    id: Number(id),
    cursor: encodeCursor(order, { key, id: Number(id) }),
  }))
}

/** The papers of a list that had been published by a moment: what its page and its count at that moment are of. */
export const listAsOf = ({ filter, scope, unknown }: PaperList, order: OrderAsOf, { moment }: AsOf): ListAsOf =>
  new PaperList(filter, { ...scope, publishedBy: moment }, order, unknown) as ListAsOf

const votesUntil = (moment: string): SQL => sql`
  select paper_id, count(*) as votes from votes where paper_id in (select id from chosen) and voted_at <= ${moment}::timestamptz group by paper_id
  union all
  select paper_id, sum(increment) from outside_counts
  where paper_id in (select id from chosen) and counted_at <= ${moment}::timestamptz group by paper_id`

async function refuseTooMany(db: Db, chosen: SQL, { moment }: AsOf): Promise<void> {
  const [row] = await db.execute<{ count: number }>(sql`
    with chosen as materialized (${chosen})
    select count(*)::int as count from (
      (select 1 from votes where paper_id in (select id from chosen) and voted_at <= ${moment}::timestamptz)
      union all
      (select 1 from outside_counts where paper_id in (select id from chosen) and counted_at <= ${moment}::timestamptz)
      limit ${MOST_SUMMED + 1}
    ) as summed`)
  if ((row?.count ?? 0) > MOST_SUMMED)
    throw new BadUserInput(
      'asOf',
      `More than ${MOST_SUMMED.toLocaleString('en')} votes would have to be added up for \`asOf\`. Choose fewer papers with \`filter\`.`,
    )
}
