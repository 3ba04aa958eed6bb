import { MOST_OF_PAPER_INPUT } from '../src/ingest/paper-input.ts'
import { type NewPaper, type Submission, submitPaper } from '../src/ingest/submit.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import { PaperLinkKindEnum } from './paper-link.ts'
import { permitted } from './permission.ts'
import { withinBudget } from './rate-limit.ts'
import { Paper } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

/** The limits, as text for the descriptions. */
const most = Object.fromEntries(
  Object.entries(MOST_OF_PAPER_INPUT).map(([name, number]) => [name, number.toLocaleString('en')]),
) as Record<keyof typeof MOST_OF_PAPER_INPUT, string>

export const PaperLinkInput = builder.inputType('PaperLinkInput', {
  description: 'A link to a page about the paper.',
  fields: (t) => ({
    kind: t.field({ type: PaperLinkKindEnum, required: true, description: 'The kind of page.' }),
    url: t.field({
      type: 'URL',
      required: true,
      description: `The address of the page, http or https; at most ${most.url} characters.`,
    }),
  }),
})

const NewPaperInput = builder.inputType('NewPaperInput', {
  description: 'A paper that is not in the catalogue yet.',
  fields: (t) => ({
    title: t.string({ required: true, description: `The title; 1 to ${most.title} characters.` }),
    abstract: t.string({ required: true, description: `The abstract; 1 to ${most.abstract} characters.` }),
    authors: t.stringList({
      required: true,
      description: `The names of the authors in the printed order; 1 to ${most.authors} names of 1 to ${most.name} characters each.`,
    }),
    publishedAt: t.field({
      type: 'DateTime',
      required: true,
      description: 'The publication time of the first version; at most one day in the future.',
    }),
    topics: t.stringList({
      description: `Keywords and arXiv categories; at most ${most.topics}, of 1 to ${most.name} characters each. Null if unknown.`,
    }),
    organization: t.string({
      description: `The slug or name of the organization that the paper comes from; 1 to ${most.name} characters. A new organization is added. Null if unknown.`,
    }),
    links: t.field({
      type: [PaperLinkInput],
      description: `Links to pages about the paper; at most ${most.links}. Null if there are none.`,
    }),
  }),
})

const SubmitPaperInput = builder.inputType('SubmitPaperInput', {
  description: 'The paper to put on the daily list.',
  fields: (t) => ({
    arxivId: t.string({ required: true, description: 'The arXiv id of the paper, in any common form.' }),
    paper: t.field({
      type: NewPaperInput,
      description:
        'The data of the paper. Required if the paper is not in the catalogue yet (the result is then a NotFoundError without it), ignored otherwise. Null to omit it.',
    }),
  }),
})

const SubmitPaperPayload = builder.objectRef<{ paper: PaperRow; isNew: boolean }>('SubmitPaperPayload').implement({
  description: 'The paper is on a daily list.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper as it is now.', resolve: ({ paper }) => paper }),
    isNew: t.exposeBoolean('isNew', {
      description:
        'Whether this submission put the paper on the list. False if it was on a list before; it stays on that list.',
    }),
  }),
})

const SubmitPaperResult = builder.unionType('SubmitPaperResult', {
  description: 'The paper as it is now, or why it was not put on the list.',
  types: [SubmitPaperPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('SubmitPaperPayload'),
})

builder.mutationField('submitPaper', (t) =>
  t.field({
    type: SubmitPaperResult,
    description:
      'Puts a paper on the list of the open edition, as the signed-in user. A paper that is on a list already is returned and not moved. Requires the scope `submit`; without it, and for a paper that a curator has hidden, the result is a ForbiddenError.',
    args: { input: t.arg({ type: SubmitPaperInput, required: true, description: 'The paper.' }) },
    resolve: async (_root, { input }, context) => {
      const user = permitted(context, 'submit', 'submit papers', 'ForbiddenError')
      if (user instanceof Refusal) return user
      const limited = await withinBudget(context, 'submissions', 'submitted as many papers')
      if (limited !== null) return limited
      const { db, clock, trending, loaders } = context
      const paper = (input.paper ?? null) as NewPaper | null
      const submission = await submitPaper(
        db,
        { arxivId: input.arxivId, paper, submitterId: user.id },
        { clock, ...trending },
      )
      if (submission.outcome !== 'listed') return refusalOf(submission)
      loaders.clearAll()
      const row = await loaders.paper.load(submission.paperId)
      return row ? { paper: row, isNew: submission.isNew } : refusalOf({ outcome: 'hidden' })
    },
  }),
)

function refusalOf(submission: Exclude<Submission, { outcome: 'listed' }>): Refusal {
  switch (submission.outcome) {
    case 'unknown':
      return new Refusal(
        'NotFoundError',
        'The catalogue does not have this paper yet: send its title, abstract, authors and date as `input.paper`.',
      )
    case 'hidden':
      return new Refusal('ForbiddenError', 'A curator has hidden this paper. Ask them before you submit it again.')
    case 'invalid':
      return new Refusal(
        'InvalidInputError',
        `The paper cannot be taken: ${submission.fields.map((field) => field.message).join(' ')}`,
        submission.fields,
      )
  }
}
