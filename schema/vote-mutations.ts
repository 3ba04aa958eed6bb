import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { paperKeyOrNull } from './global-id.ts'
import { permitted } from './permission.ts'
import { withinBudget } from './rate-limit.ts'
import { Paper } from './refs.ts'
import { NotFoundError, RateLimitedError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

const VoteInput = builder.inputType('VoteInput', {
  description: 'The paper of a vote.',
  fields: (t) => ({ paperId: t.id({ required: true, description: 'The `id` of the paper.' }) }),
})

const VotePayload = builder.objectRef<PaperRow>('VotePayload').implement({
  description: 'The change is stored durably.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper with its new vote count.', resolve: (paper) => paper }),
  }),
})

const VoteResult = builder.unionType('VoteResult', {
  description: 'The paper after the change, or why nothing was done.',
  types: [VotePayload, UnauthenticatedError, NotFoundError, RateLimitedError],
  resolveType: resolveMemberType('VotePayload'),
})

builder.mutationFields((t) => ({
  castVote: t.field({
    type: VoteResult,
    description:
      'Votes for a paper, as the signed-in user. Voting twice counts once. Requires the scope `vote`; without it the result is an UnauthenticatedError.',
    args: { input: t.arg({ type: VoteInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => changeVote(context, input.paperId, true),
  }),
  withdrawVote: t.field({
    type: VoteResult,
    description:
      'Withdraws the vote of the signed-in user. Without a vote it does nothing. Requires the scope `vote`; without it the result is an UnauthenticatedError.',
    args: { input: t.arg({ type: VoteInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => changeVote(context, input.paperId, false),
  }),
}))

async function changeVote(context: Context, id: string, voted: boolean): Promise<PaperRow | Refusal> {
  const user = permitted(context, 'vote', 'vote')
  if (user instanceof Refusal) return user
  const paperId = paperKeyOrNull(id)
  if (paperId === null) return new Refusal('NotFoundError', 'The id is not one of a paper. Send the `id` of a Paper.')
  const limited = await withinBudget(context, 'votes', 'changed votes as often')
  if (limited !== null) return limited
  const { loaders, votes } = context
  const found = await votes.write({ paperId, userId: user.id, voted })
  loaders.clearAll()
  const paper = found ? await loaders.paper.load(paperId) : null
  return paper ?? new Refusal('NotFoundError', 'There is no paper of this id. It may have been removed.')
}
