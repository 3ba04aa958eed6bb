import { MOST_OF_NEW_PAPER, type NewPaper, type Submission, submitPaper } from '../src/ingest/submit.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import { PaperLinkKindEnum } from './paper-link.ts'
import { permitted } from './permission.ts'
import { Paper } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  memberType,
  NotFoundError,
  Refusal,
  UnauthenticatedError,
} from './refusal.ts'

/** The limits as the descriptions say them. */
const most = Object.fromEntries(
  Object.entries(MOST_OF_NEW_PAPER).map(([name, number]) => [name, number.toLocaleString('en')]),
) as Record<keyof typeof MOST_OF_NEW_PAPER, string>

const PaperLinkInput = builder.inputType('PaperLinkInput', {
  description: 'Where to read on about a paper.',
  fields: (t) => ({
    kind: t.field({ type: PaperLinkKindEnum, required: true, description: 'What it leads to.' }),
    url: t.field({
      type: 'URL',
      required: true,
      description: `Its address, http or https, of at most ${most.url} characters.`,
    }),
  }),
})

const NewPaperInput = builder.inputType('NewPaperInput', {
  description: 'A paper that the catalogue does not have yet.',
  fields: (t) => ({
    title: t.string({ required: true, description: `The title; 1 to ${most.title} characters.` }),
    abstract: t.string({ required: true, description: `The abstract; 1 to ${most.abstract} characters.` }),
    authors: t.stringList({
      required: true,
      description: `The names of its authors in the order printed; 1 to ${most.authors}, each of 1 to ${most.name} characters.`,
    }),
    publishedAt: t.field({
      type: 'DateTime',
      required: true,
      description: 'When its first version was published; at most a day from now.',
    }),
    topics: t.stringList({
      description: `Keywords and arXiv categories, at most ${most.topics}, each of 1 to ${most.name} characters; null where none are known.`,
    }),
    organization: t.string({
      description: `Slug or name of the organization that it comes from, of 1 to ${most.name} characters; null where it is not known. One that the catalogue does not have is added.`,
    }),
    links: t.field({
      type: [PaperLinkInput],
      description: `Where to read on, at most ${most.links}; null where nothing is known.`,
    }),
  }),
})

const SubmitPaperInput = builder.inputType('SubmitPaperInput', {
  description: 'Which paper to put on the list.',
  fields: (t) => ({
    arxivId: t.string({ required: true, description: 'Its arXiv id, in any form that people write.' }),
    paper: t.field({
      type: NewPaperInput,
      description:
        'What it is. Needed where the catalogue does not have the paper yet, which NotFoundError says, and not looked at where it has; null to leave it out.',
    }),
  }),
})

const SubmitPaperPayload = builder.objectRef<{ paper: PaperRow; isNew: boolean }>('SubmitPaperPayload').implement({
  description: 'The paper is on the list of a day.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper as it is now.', resolve: ({ paper }) => paper }),
    isNew: t.exposeBoolean('isNew', { description: 'False when it was on a list before; it stays on that one.' }),
  }),
})

const SubmitPaperResult = builder.unionType('SubmitPaperResult', {
  description: 'The paper as it is now, or why it was not put on the list.',
  types: [SubmitPaperPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: memberType('SubmitPaperPayload'),
})

builder.mutationField('submitPaper', (t) =>
  t.field({
    type: SubmitPaperResult,
    description:
      "Puts a paper on the open edition's list, as the person signed in. One that is on a list already is answered and not moved. Needs the scope `submit`: a token without it is answered with ForbiddenError, and so is a paper that a curator has hidden.",
    args: { input: t.arg({ type: SubmitPaperInput, required: true, description: 'Which paper.' }) },
    resolve: async (_root, { input }, context) => {
      const user = permitted(context, 'submit', 'submit papers', 'ForbiddenError')
      if (user instanceof Refusal) return user
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
