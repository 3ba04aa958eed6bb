import { setHidden } from '../src/ingest/hiding.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { encodeGlobalId, paperKeyOrNull } from './global-id.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

const HidePaperInput = builder.inputType('HidePaperInput', {
  description: 'The paper to hide or to show again.',
  fields: (t) => ({
    paperId: t.id({ required: true, description: 'The `id` of the paper.' }),
    reason: t.string({ description: reasonDescription }),
  }),
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
  types: [HidePaperPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('HidePaperPayload'),
})

builder.mutationFields((t) => ({
  hidePaper: t.field({
    type: HidePaperResult,
    description:
      'Hides a paper: it disappears from every list, feed, count and search at once. Its votes are kept. Hiding a hidden paper changes nothing. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePaperInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => hide(context, input, true),
  }),
  unhidePaper: t.field({
    type: HidePaperResult,
    description:
      'Shows a hidden paper again, in the lists where it was. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePaperInput, required: true, description: 'The paper.' }) },
    resolve: (_root, { input }, context) => hide(context, input, false),
  }),
}))

async function hide(context: Context, input: { paperId: string; reason?: string | null }, isHidden: boolean) {
  const curator = curatorOf(context, 'hide papers', input.reason)
  if (curator instanceof Refusal) return curator
  const { db, loaders, trending } = context
  const paperId = paperKeyOrNull(input.paperId)
  if (paperId === null) return new Refusal('NotFoundError', 'The id is not one of a paper. Send the `id` of a Paper.')
  const result = await setHidden(db, { paperIds: [paperId], isHidden }, curator, trending.halfLifeHours)
  loaders.clearAll()
  return 'missing' in result ? new Refusal('NotFoundError', 'There is no paper of this id.') : { paperId, isHidden }
}
