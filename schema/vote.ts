import { type PageArgs, pageRequest } from '../src/lists/page.ts'
import { type VoteItem, type VoteScope, voteCountOf, voteOrder, votePage } from '../src/lists/votes.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import type { UserRow } from '../src/queries/users.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge } from './connection.ts'
import type { Context } from './context.ts'
import { Paper, User } from './refs.ts'

interface VoteSource {
  paper: PaperRow
  user: UserRow
  votedAt: string
}

const Vote = builder.objectRef<VoteSource>('Vote')
Vote.implement({
  description: 'The vote of one user for one paper.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper that the vote is for.', resolve: (vote) => vote.paper }),
    user: t.field({ type: User, description: 'The user who voted.', resolve: (vote) => vote.user }),
    votedAt: t.expose('votedAt', { type: 'DateTime', description: 'The time of the vote.' }),
  }),
})

export const VoteConnection = connectionTypes<VoteSource, Edge<VoteSource>, Connection<Edge<VoteSource>>>(
  'Vote',
  Vote,
  'votes',
  // Such a list has the votes of one paper or one user only.
  { cost: 50 },
).Connection

/** The votes for a paper or of a person, latest first. */
export function voteConnection(
  { db, loaders }: Context,
  list: VoteScope,
  args: PageArgs,
): Connection<Edge<VoteSource, VoteItem>> {
  const request = pageRequest(args, voteOrder(list))
  return connectionOf(
    () => votePage(db, list, request),
    (items) =>
      Promise.all(
        items.map(async ({ paperId, userId, votedAt }) => {
          const [paper, user] = await Promise.all([loaders.paper.load(paperId), loaders.user.load(userId)])
          return paper && user ? { paper, user, votedAt } : null
        }),
      ),
    () => voteCountOf(db, list),
  )
}
