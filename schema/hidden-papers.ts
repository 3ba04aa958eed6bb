import { setHidden } from '../src/ingest/hiding.ts'
import { HIDDEN_ORDER, hiddenPaperCount, hiddenPaperPage } from '../src/lists/hidden-papers.ts'
import { pageRequest } from '../src/lists/page.ts'
import type { ModeratedPaperRow } from '../src/queries/moderated-papers.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import type { Context } from './context.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { encodeGlobalId, paperKeyOrNull, shorten } from './global-id.ts'
import { ModeratedPaper } from './moderated-paper.ts'
import { permitted } from './permission.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

/** How many papers one call hides or shows: votes for them wait meanwhile, about three seconds on a busy machine. */
const MAX_PAPERS = 500

const HidePapersInput = builder.inputType('HidePapersInput', {
  description: 'The papers to hide or to show again.',
  fields: (t) => ({
    paperIds: t.idList({ required: true, description: `The \`id\`s of the papers: 1 to ${MAX_PAPERS}.` }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const HidePapersPayload = builder.objectRef<{ paperIds: number[]; isHidden: boolean }>('HidePapersPayload').implement({
  description: 'The papers are hidden, or shown again.',
  fields: (t) => ({
    paperIds: t.idList({
      description:
        'The `id`s of the papers that were changed: those that were hidden, or shown, before are absent. The opposite mutation with these ids undoes this one.',
      resolve: ({ paperIds }) => paperIds.map((id) => encodeGlobalId('Paper', id)),
    }),
    isHidden: t.exposeBoolean('isHidden', { description: 'Whether the papers are hidden now.' }),
  }),
})

const HidePapersResult = builder.unionType('HidePapersResult', {
  description: 'The papers that were changed, or why none was.',
  types: [HidePapersPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('HidePapersPayload'),
})

builder.mutationFields((t) => ({
  hidePapers: t.field({
    type: HidePapersResult,
    description:
      'Hides many papers at once, as `hidePaper` does one: all of them, or none if one does not exist. `unhidePapers` undoes it. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePapersInput, required: true, description: 'The papers.' }) },
    resolve: (_root, { input }, context) => hideAll(context, input, true),
  }),
  unhidePapers: t.field({
    type: HidePapersResult,
    description:
      'Shows hidden papers again, in the lists where they were: all of them, or none if one does not exist. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: HidePapersInput, required: true, description: 'The papers.' }) },
    resolve: (_root, { input }, context) => hideAll(context, input, false),
  }),
}))

async function hideAll(context: Context, input: { paperIds: string[]; reason?: string | null }, isHidden: boolean) {
  const curator = curatorOf(context, 'hide papers', input.reason)
  if (curator instanceof Refusal) return curator
  const given = input.paperIds
  if (given.length < 1 || given.length > MAX_PAPERS) {
    const message = `\`paperIds\` must have 1 to ${MAX_PAPERS} members; it has ${given.length}.`
    return new Refusal('InvalidInputError', message, [{ path: 'paperIds', message }])
  }
  const paperIds = given.map(paperKeyOrNull)
  const wrong = given[paperIds.indexOf(null)]
  if (wrong !== undefined)
    return new Refusal('NotFoundError', `"${shorten(wrong)}" is not the \`id\` of a Paper. Nothing was changed.`)
  const { db, loaders, trending } = context
  const result = await setHidden(db, { paperIds: paperIds as number[], isHidden }, curator, trending.halfLifeHours)
  loaders.clearAll()
  if ('missing' in result)
    return new Refusal(
      'NotFoundError',
      `There is no paper with the id "${encodeGlobalId('Paper', result.missing)}". Nothing was changed.`,
    )
  return { paperIds: result.changed, isHidden }
}

const HiddenPaperConnection = connectionTypes<
  ModeratedPaperRow,
  Edge<ModeratedPaperRow>,
  Connection<Edge<ModeratedPaperRow>>
>('HiddenPaper', ModeratedPaper, 'hidden papers').Connection

const HiddenPapersResult = builder.unionType('HiddenPapersResult', {
  description: 'The hidden papers, or why they are not shown.',
  types: [HiddenPaperConnection, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('HiddenPaperConnection'),
})

builder.queryField('hiddenPapers', (t) =>
  t.field({
    type: HiddenPapersResult,
    description:
      'All hidden papers, those hidden last first. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: forwardArgs('papers'),
    resolve: (_root, args, context) => {
      const user = permitted(context, 'curate', 'see hidden papers', 'ForbiddenError')
      if (user instanceof Refusal) return user
      const { db, loaders } = context
      const request = pageRequest(args, HIDDEN_ORDER)
      return connectionOf(
        () => hiddenPaperPage(db, request),
        (items) => loaders.moderatedPaper.loadMany(items.map(({ id }) => id)),
        () => hiddenPaperCount(db),
      )
    },
  }),
)
