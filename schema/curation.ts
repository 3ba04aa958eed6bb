import { setHidden } from '../src/ingest/hiding.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { encodeGlobalId, paperKeyOrNull } from './global-id.ts'
import { permitted } from './permission.ts'
import { ForbiddenError, NotFoundError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

const HidePaperInput = builder.inputType('HidePaperInput', {
  description: 'The paper to hide or to show again.',
  fields: (t) => ({ paperId: t.id({ required: true, description: 'The `id` of the paper.' }) }),
})

const HidePaperPayload = builder.objectRef<{ paperId: number; isHidden: boolean }>('HidePaperPayload').implement({
  description: 'The result of hiding a paper or showing it again.',
  fields: (t) => ({
    paperId: t.id({
      description: 'The `id` of the paper. A hidden paper cannot be read.',
      resolve: ({ paperId }) => encodeGlobalId('Paper', paperId),
    }),
    isHidden: t.exposeBoolean('isHidden', { description: 'Whether the paper is hidden now.' }),
  }),
})

const HidePaperResult = builder.unionType('HidePaperResult', {
  description: 'The new state of the paper, or why nothing was done.',
  types: [HidePaperPayload, UnauthenticatedError, ForbiddenError, NotFoundError],
  resolveType: resolveMemberType('HidePaperPayload'),
})

builder.mutationFields((t) => ({
  hidePaper: t.field({
    type: HidePaperResult,
    description:
      'Hides a paper: it disappears from every list, feed, count and search at once. Its votes are kept. Hiding a hidden paper changes nothing. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePaperInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => hide(context, input.paperId, true),
  }),
  unhidePaper: t.field({
    type: HidePaperResult,
    description:
      'Shows a hidden paper again, in the lists where it was. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePaperInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => hide(context, input.paperId, false),
  }),
}))

async function hide(context: Context, id: string, isHidden: boolean) {
  const user = permitted(context, 'curate', 'hide papers', 'ForbiddenError')
  if (user instanceof Refusal) return user
  const { db, loaders, clock, trending } = context
  const paperId = paperKeyOrNull(id)
  if (paperId === null) return new Refusal('NotFoundError', 'The id is not one of a paper. Send the `id` of a Paper.')
  const found = await setHidden(db, paperId, isHidden ? clock.now() : null, trending.halfLifeHours)
  loaders.clearAll()
  return found ? { paperId, isHidden } : new Refusal('NotFoundError', 'There is no paper of this id.')
}
