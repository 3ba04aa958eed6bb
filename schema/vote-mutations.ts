import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { paperKeyOrNull } from './global-id.ts'
import { permitted } from './permission.ts'
import { Paper } from './refs.ts'
import { memberType, NotFoundError, Refusal, UnauthenticatedError } from './refusal.ts'

const VoteInput = builder.inputType('VoteInput', {
  description: 'Which paper a vote is for.',
  fields: (t) => ({ paperId: t.id({ required: true, description: 'The `id` of the paper.' }) }),
})

const VotePayload = builder.objectRef<PaperRow>('VotePayload').implement({
  description: 'The vote is written; it will not be lost.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper with its new vote count.', resolve: (paper) => paper }),
  }),
})

const VoteResult = builder.unionType('VoteResult', {
  description: 'The paper as it is now, or why nothing was done.',
  types: [VotePayload, UnauthenticatedError, NotFoundError],
  resolveType: memberType('VotePayload'),
})

builder.mutationFields((t) => ({
  castVote: t.field({
    type: VoteResult,
    description:
      'Votes for a paper, as the person signed in. Voting twice counts once. Needs the scope `vote`: a token without it is answered with UnauthenticatedError.',
    args: { input: t.arg({ type: VoteInput, required: true, description: 'Which paper.' }) },
    resolve: (_root, { input }, context) => changeVote(context, input.paperId, true),
  }),
  withdrawVote: t.field({
    type: VoteResult,
    description:
      'Takes a vote back. Without a vote it does nothing. Needs the scope `vote`: a token without it is answered with UnauthenticatedError.',
    args: { input: t.arg({ type: VoteInput, required: true, description: 'Which paper.' }) },
    resolve: (_root, { input }, context) => changeVote(context, input.paperId, false),
  }),
}))

async function changeVote(context: Context, id: string, voted: boolean): Promise<PaperRow | Refusal> {
  const user = permitted(context, 'vote', 'vote')
  if (user instanceof Refusal) return user
  const paperId = paperKeyOrNull(id)
  if (paperId === null) return new Refusal('NotFoundError', 'The id is not one of a paper. Send the `id` of a Paper.')
  const { loaders, votes } = context
  const found = await votes.write({ paperId, userId: user.id, voted })
  loaders.clearAll()
  const paper = found ? await loaders.paper.load(paperId) : null
  return paper ?? new Refusal('NotFoundError', 'There is no paper of this id. It may have been removed.')
}
