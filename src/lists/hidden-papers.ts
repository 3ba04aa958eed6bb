import { and, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import {
  keyset,
  keysetValues,
  type Order,
  type Page,
  type PageItem,
  type PageRequest,
  PlacedItem,
  toPage,
} from './page.ts'

export const HIDDEN_ORDER: Order = {
  name: 'hidden papers',
  key: sql`${papers.hiddenAt}`,
  type: 'timestamptz',
  descending: true,
}

const isHidden = sql`${papers.hiddenAt} is not null`

/** One page of the ids of hidden papers, those hidden last first. */
export async function hiddenPaperPage(db: Db, request: PageRequest): Promise<Page<PageItem>> {
  const values = keysetValues(request)
  const page = keyset(HIDDEN_ORDER, sql`${papers.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select({ id: papers.id, hiddenAt: papers.hiddenAt })
    .from(papers)
    .where(and(isHidden, ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, ({ id, hiddenAt }) => new PlacedItem(HIDDEN_ORDER, { id, key: hiddenAt as string }))
}

export async function hiddenPaperCount(db: Db): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(papers).where(isHidden)
  return row?.count ?? 0
}
