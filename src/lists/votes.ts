import { and, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import { votes } from '../../drizzle/tables/votes.ts'
import type { Db } from '../db/client.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

/** The votes for one paper, or those of one user. */
export type VoteScope = { paperId: number } | { userId: number }

export interface VoteItem {
  paperId: number
  userId: number
  votedAt: string
  cursor: string
}

const latestFirst = (name: string): Order => ({
  name,
  key: sql`${votes.votedAt}`,
  type: 'timestamptz',
  descending: true,
})

const VOTES_OF_PAPER = latestFirst('votes of paper')
const VOTES_OF_USER = latestFirst('votes of user')

/** The order of a list of votes: newest first. */
export const voteOrder = (list: VoteScope): Order => ('paperId' in list ? VOTES_OF_PAPER : VOTES_OF_USER)

const inList = (list: VoteScope) =>
  'paperId' in list
    ? sql`${votes.paperId} = ${list.paperId}`
    : sql`${votes.userId} = ${list.userId} and exists (select from ${papers} where ${papers.id} = ${votes.paperId} and ${papers.hiddenAt} is null)`

/** One page of votes, in one statement. */
export async function votePage(db: Db, list: VoteScope, request: PageRequest): Promise<Page<VoteItem>> {
  const order = voteOrder(list)
  const values = keysetValues(request)
  const other = 'paperId' in list ? votes.userId : votes.paperId
  const page = keyset(order, sql`${other}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select()
    .from(votes)
    .where(and(inList(list), ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({
    ...row,
    cursor: encodeCursor(order, { key: row.votedAt, id: 'paperId' in list ? row.userId : row.paperId }),
  }))
}

/** The number of votes in a list. */
export async function voteCountOf(db: Db, list: VoteScope): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(votes).where(inList(list))
  return row?.count ?? 0
}
