import { sql } from 'drizzle-orm'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { BadUserInput } from '../values/errors.ts'
import type { Order } from './page.ts'

/** Papers that were never on a daily list come last. */
const listedAt = sql`coalesce(${papers.listedAt}, '-infinity'::timestamptz)`

/** The orders of lists of papers; there is an index for each but LIKENESS, which `like` finds. */
export const PAPER_ORDERS = {
  TRENDING: { name: 'TRENDING', key: sql`${papers.trendingScore}`, type: 'float8', descending: true },
  MOST_VOTED: { name: 'MOST_VOTED', key: sql`${papers.voteCount}`, type: 'int4', descending: true },
  MOST_DISCUSSED: { name: 'MOST_DISCUSSED', key: sql`${papers.commentCount}`, type: 'int4', descending: true },
  NEWEST: { name: 'NEWEST', key: sql`${papers.publishedAt}`, type: 'timestamptz', descending: true },
  OLDEST: { name: 'OLDEST', key: sql`${papers.publishedAt}`, type: 'timestamptz', descending: false },
  RECENTLY_LISTED: { name: 'RECENTLY_LISTED', key: listedAt, type: 'timestamptz', descending: true },
  RECENTLY_CHANGED: {
    name: 'RECENTLY_CHANGED',
    key: sql`${paperChanges.changedAt}`,
    type: 'timestamptz',
    descending: true,
    joined: {
      join: sql`join ${paperChanges} on ${paperChanges.paperId} = ${papers.id}`,
      id: sql`${paperChanges.paperId}`,
    },
  },
  LIKENESS: { name: 'LIKENESS', key: sql`score`, type: 'int8', descending: true },
} satisfies Record<string, Order>

export type PaperOrderName = keyof typeof PAPER_ORDERS

/** @throws BadUserInput for an order that the filter does not have */
export function checkOrder(order: PaperOrderName, { like }: { like?: readonly string[] | null }): void {
  if (order === 'LIKENESS' && !like?.length)
    throw new BadUserInput('orderBy', 'The order LIKENESS goes with `like` only: give papers to be like.')
}
