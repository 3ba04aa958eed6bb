import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { dayAfter, type EditionSpan, editionOf, type Period } from '../values/editions.ts'
import { encodeCursor, type Order, type Page, type PageRequest, toPage } from './page.ts'

export interface EditionItem {
  edition: EditionSpan
  cursor: string
}

// A type and not an interface: db.execute wants an index signature.
type Neighbours<Edition> = { previous: Edition | null; next: Edition | null }

const listedOn = sql`${papers.listedOn}`
/** An edition has only papers that are not hidden. */
const shown = sql`${papers.hiddenAt} is null`
const newestFirst = (name: string): Order => ({ name, key: listedOn, type: 'date', descending: true })

/** Editions are sorted newest first, by their first day. */
export const EDITION_ORDERS: Record<Period, Order> = {
  DAY: newestFirst('edition DAY'),
  WEEK: newestFirst('edition WEEK'),
  MONTH: newestFirst('edition MONTH'),
}

/** The editions of a period that have papers and a day in a range: inclusive, open at an end that is null. */
export interface EditionList {
  period: Period
  from: string | null
  to: string | null
}

/**
 * One page of the editions that have papers. It jumps from edition to edition in the index of list days, so that a page costs
 * one index lookup for each edition, however many papers they have.
 */
export async function editionPage(db: Db, list: EditionList, request: PageRequest): Promise<Page<EditionItem>> {
  const { period } = list
  const { from, to } = bounds(list, request)
  const found = await db.execute<{ day: string }>(sql`
    with recursive ${steps(period, request.backwards, from, to)}
    select day::text from found where day is not null limit ${request.limit + 1}`)
  return toPage([...found], request, ({ day }) => {
    const edition = editionOf(period, day)
    return { edition, cursor: encodeCursor(EDITION_ORDERS[period], { key: edition.startsOn, id: 0 }) }
  })
}

/** The number of editions in the whole list. */
export async function editionCount(db: Db, list: EditionList): Promise<number> {
  const { from, to } = bounds(list, { after: null, before: null })
  const [row] = await db.execute<{ count: number }>(sql`
    with recursive ${steps(list.period, false, from, to)}
    select count(day)::int as count from found`)
  return row?.count ?? 0
}

/** The newest edition that has papers, or null. */
export async function newestEdition(db: Db, period: Period): Promise<EditionSpan | null> {
  const [row] = await db
    .select({ day: sql<string | null>`max(${listedOn})::text` })
    .from(papers)
    .where(shown)
  return row?.day == null ? null : editionOf(period, row.day)
}

/** For each span, in its order: the nearest earlier and later editions of its period that have papers, or null. */
export async function editionNeighbours(db: Db, spans: readonly EditionSpan[]): Promise<Neighbours<EditionSpan>[]> {
  const rows = await db.execute<Neighbours<string>>(sql`
    select (select max(${listedOn}) from ${papers} where ${shown} and ${listedOn} < asked.starts_on::date)::text as previous,
           (select min(${listedOn}) from ${papers} where ${shown} and ${listedOn} > asked.ends_on::date)::text as next
    ${fromSpans(spans)}`)
  return spans.map(({ period }, place) => {
    const { previous = null, next = null } = rows[place] ?? {}
    return {
      previous: previous === null ? null : editionOf(period, previous),
      next: next === null ? null : editionOf(period, next),
    }
  })
}

/** The number of papers in each span, in the order of the spans. */
export const editionPaperCounts = (db: Db, spans: readonly EditionSpan[]): Promise<number[]> =>
  ofEachSpan<number>(db, spans, (within) => sql`(select count(*)::int from ${papers} where ${shown} and ${within})`)

/** Whether each span has papers, in the order of the spans. */
export const editionsWithPapers = (db: Db, spans: readonly EditionSpan[]): Promise<boolean[]> =>
  ofEachSpan<boolean>(db, spans, (within) => sql`exists (select from ${papers} where ${shown} and ${within})`)

/** A value for each span, in the order of the spans. */
async function ofEachSpan<Value>(db: Db, spans: readonly EditionSpan[], value: (within: SQL) => SQL): Promise<Value[]> {
  const within = sql`${listedOn} between asked.starts_on::date and asked.ends_on::date`
  const rows = await db.execute<{ value: Value }>(sql`select ${value(within)} as value ${fromSpans(spans)}`)
  return rows.map((row) => row.value)
}

/** The spans as rows `asked`, in their order. */
const fromSpans = (spans: readonly EditionSpan[]): SQL => sql`
    from unnest(${sql.param(spans.map((span) => span.startsOn))}::text[], ${sql.param(spans.map((span) => span.endsOn))}::text[])
      with ordinality as asked (starts_on, ends_on, place)
    order by place`

/**
 * The days of a page: from the first, and before the second. Later in the list is earlier in time. Dates sort as text, also
 * together with both infinities.
 */
function bounds(
  { period, from, to }: EditionList,
  { after, before }: Pick<PageRequest, 'after' | 'before'>,
): { from: string; to: string } {
  const start = (day: string) => editionOf(period, day).startsOn
  const dayAfterEnd = (day: string) => {
    const { endsOn } = editionOf(period, day)
    // No later date has four digits for its year.
    return endsOn === '9999-12-31' ? 'infinity' : dayAfter(endsOn)
  }
  const lowest = ['-infinity', ...(from === null ? [] : [start(from)]), ...(before ? [dayAfterEnd(before.key)] : [])]
  const highest = ['infinity', ...(to === null ? [] : [dayAfterEnd(to)]), ...(after ? [start(after.key)] : [])]
  return { from: lowest.sort().at(-1) as string, to: highest.sort()[0] as string }
}

/** A recursive query `found (day)`: one list day for each edition between two days, in the direction of reading. */
function steps(period: Period, oldestFirst: boolean, from: string, to: string): SQL {
  const unit = sql.raw(`'${period}'`)
  const periodStart = sql`date_trunc(${unit}, found.day::timestamp)::date`
  const nextPeriodStart = sql`(date_trunc(${unit}, found.day::timestamp) + ('1 ' || ${unit})::interval)::date`
  const [first, step] = oldestFirst
    ? [sql`min(${listedOn})`, sql`greatest(${nextPeriodStart}, ${from}::date)`]
    : [sql`max(${listedOn})`, sql`least(${periodStart}, ${to}::date)`]
  const between = (start: SQL, end: SQL) =>
    sql`from ${papers} where ${shown} and ${listedOn} >= ${start} and ${listedOn} < ${end}`
  const rest = oldestFirst ? between(step, sql`${to}::date`) : between(sql`${from}::date`, step)
  return sql`found (day) as (
    select ${first} ${between(sql`${from}::date`, sql`${to}::date`)}
    union all
    select (select ${first} ${rest}) from found where found.day is not null)`
}
