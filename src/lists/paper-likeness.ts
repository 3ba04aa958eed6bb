import { and, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { nearPapers } from '../search/likeness.ts'
import type { ScoredPaper } from '../search/query/best-papers.ts'
import type { Condition, Likeness } from './condition.ts'
import { type Page, type PageItem, type PageRequest, PlacedItem, type Position, toPage } from './page.ts'
import { PAPER_ORDERS } from './paper-orders.ts'

/** The condition that papers are near in subject to some and not to others; null if none is. Three statements. */
export async function likenessCondition(
  db: Db,
  liked: readonly number[],
  unliked: readonly number[],
): Promise<Condition | null> {
  const likeness = await nearPapers(db, { liked, unliked })
  if (likeness.papers.length === 0) return null
  return {
    shape: 'like',
    value: likeness.papers.map(({ id }) => id),
    where: (ids) => sql`${papers.id} = any(${ids}::bigint[])`,
    range: {
      ids: (ids) => sql`select unnest(${ids}::bigint[])`,
      reach: likeness.papers.length,
      isExact: true,
      walk: null,
    },
    likeness,
  }
}

/** The likeness of the papers of a list; null without `like`. */
export const likenessIn = (conditions: readonly Condition[] | null): Likeness | null =>
  conditions?.find(({ likeness }) => likeness !== undefined)?.likeness ?? null

/** How many papers are tested at first for each paper of a page; then all others. */
const TESTED = 5

/**
 * A page of the papers of a list with `like`, nearest first, those alike by id. No statement without other conditions, else
 * one or two.
 */
export async function nearestPage(
  db: Db,
  conditions: readonly Condition[],
  request: PageRequest,
): Promise<Page<PageItem>> {
  const { limit, backwards, after, before } = request
  const others = conditions.filter(({ likeness }) => likeness === undefined)
  const between = (likenessIn(conditions)?.papers ?? []).filter(
    (paper) => (after === null || comesAfter(paper, after)) && (before === null || comesBefore(paper, before)),
  )
  const near = backwards ? between.toReversed() : between
  const found: ScoredPaper[] = []
  for (
    let from = 0, size = TESTED * limit;
    from < near.length && found.length <= limit;
    from += size, size = near.length
  )
    found.push(...(await meeting(db, others, near.slice(from, from + size))))
  return toPage(
    found.slice(0, limit + 1),
    request,
    ({ id, score }) => new PlacedItem(PAPER_ORDERS.LIKENESS, { key: String(score), id }),
  )
}

const comesAfter = ({ id, score }: ScoredPaper, { key, id: other }: Position): boolean =>
  score < Number(key) || (score === Number(key) && id > other)

const comesBefore = ({ id, score }: ScoredPaper, { key, id: other }: Position): boolean =>
  score > Number(key) || (score === Number(key) && id < other)

/** Those of some papers that meet all conditions, in the same order. */
async function meeting(
  db: Db,
  conditions: readonly Condition[],
  near: readonly ScoredPaper[],
): Promise<readonly ScoredPaper[]> {
  if (conditions.length === 0) return near
  const rows = await db
    .select({ id: papers.id })
    .from(papers)
    .where(
      and(
        sql`${papers.id} = any(${sql.param(near.map(({ id }) => id))}::bigint[])`,
        ...conditions.map(({ where, probe, value }) => (probe ?? where)(sql`${sql.param(value)}`)),
      ),
    )
  const kept = new Set(rows.map(({ id }) => id))
  return near.filter(({ id }) => kept.has(id))
}
