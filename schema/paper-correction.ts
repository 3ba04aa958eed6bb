import { CORRECTABLE, type Correctable, correctPaper } from '../src/ingest/correct-paper.ts'
import { MOST_OF_PAPER_INPUT } from '../src/ingest/paper-input.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { paperKeyOrNull } from './global-id.ts'
import { Paper } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'
import { PaperLinkInput } from './submission.ts'

const inDigits = (number: number) => number.toLocaleString('en')

const CorrectablePart = builder.enumType('CorrectablePart', {
  description: 'A part of a paper that curators can correct.',
  values: {
    TITLE: { value: 'title', description: 'The title.' },
    ABSTRACT: { value: 'abstract', description: 'The abstract.' },
    TOPICS: { value: 'topics', description: 'The categories and keywords.' },
    LINKS: { value: 'links', description: 'The links.' },
  } as const satisfies Record<Uppercase<Correctable>, { value: Correctable; description: string }>,
})

const UpdatePaperInput = builder.inputType('UpdatePaperInput', {
  description: 'The correct values. What is absent or null stays as it is.',
  fields: (t) => ({
    paperId: t.id({ required: true, description: 'The `id` of the paper.' }),
    title: t.string({ description: `The title; 1 to ${inDigits(MOST_OF_PAPER_INPUT.title)} characters.` }),
    abstract: t.string({
      description: `The abstract; at most ${inDigits(MOST_OF_PAPER_INPUT.abstract)} characters. Empty for none.`,
    }),
    topics: t.stringList({
      description: `The names of all keywords and arXiv categories; at most ${MOST_OF_PAPER_INPUT.topics}, of 1 to ${MOST_OF_PAPER_INPUT.name} characters each. An empty list for none.`,
    }),
    links: t.field({
      type: [PaperLinkInput],
      description: `All links, at most ${MOST_OF_PAPER_INPUT.links}; those to arXiv that follow from the arXiv id may be left out. An empty list for none.`,
    }),
    release: t.field({
      type: [CorrectablePart],
      description:
        'Parts that sources may set again after an earlier correction. The value stays until the next import that has one.',
    }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const UpdatePaperPayload = builder
  .objectRef<{ paper: PaperRow | null; changed: readonly Correctable[] }>('UpdatePaperPayload')
  .implement({
    description: 'The paper has these values.',
    fields: (t) => ({
      paper: t.field({
        type: Paper,
        nullable: true,
        description: 'The paper as it is now; null for a hidden one.',
        resolve: ({ paper }) => paper,
      }),
      changed: t.field({
        type: [CorrectablePart],
        description: 'The parts that had other values before; empty if there are none.',
        resolve: ({ changed }) => [...changed],
      }),
    }),
  })

const UpdatePaperResult = builder.unionType('UpdatePaperResult', {
  description: 'The paper as it is now, or why nothing was done.',
  types: [UpdatePaperPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('UpdatePaperPayload'),
})

builder.mutationField('updatePaper', (t) =>
  t.field({
    type: UpdatePaperResult,
    description: `Corrects the ${CORRECTABLE.slice(0, -1).join(', ')} and ${CORRECTABLE.at(-1)} of a paper, also of a hidden one. What it changes stays as it is whatever sources say later, until it is released; of topics and links, each kind that differs. A value that is equal to the present one changes nothing. The audit log has the values before. Requires the scope \`curate\`; without it the result is a ForbiddenError.`,
    args: {
      input: t.arg({ type: UpdatePaperInput, required: true, description: 'The paper and its correct values.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { paperId: given, reason, ...correction } = input
      const curator = curatorOf(context, 'correct papers', reason)
      if (curator instanceof Refusal) return curator
      const paperId = paperKeyOrNull(given)
      const unknown = new Refusal('NotFoundError', '`paperId` is not the id of a paper.')
      if (paperId === null) return unknown
      const { db, loaders, trending } = context
      const result = await correctPaper(db, paperId, correction, curator, trending.halfLifeHours)
      if (result.outcome === 'unknown') return unknown
      if (result.outcome === 'invalid')
        return new Refusal(
          'InvalidInputError',
          `The paper cannot be changed: ${result.fields.map(({ message }) => message).join(' ')}`,
          result.fields,
        )
      loaders.clearAll()
      return { paper: await loaders.paper.load(paperId), changed: result.changed }
    },
  }),
)
