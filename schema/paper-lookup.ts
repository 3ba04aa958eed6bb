import type { PaperParts } from '../src/queries/paper-parts.ts'
import { type PaperRow, paperByIdentifier } from '../src/queries/papers.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { identifierOfUrl, normalizeArxivId, normalizeIdentifier } from '../src/values/identifiers.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { paperKey, shorten } from './global-id.ts'
import { Paper } from './refs.ts'
import { requestedPaperParts } from './requested-fields.ts'

const PaperIdentifierInput = builder.inputType('PaperIdentifierInput', {
  description: 'An identifier of any scheme.',
  fields: (t) => ({
    scheme: t.string({
      required: true,
      description: "The scheme: `arxiv`, `doi`, `openreview`, `s2`, `openalex`, or a source's own. In any case.",
    }),
    value: t.string({ required: true, description: 'The value of the identifier; at most 200 characters.' }),
  }),
})

const PaperLookup = builder.inputType('PaperLookup', {
  description: 'Identifies one paper. Set exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The `id` of the paper.' }),
    arxivId: t.string({
      description:
        'An arXiv id in any common form: `2510.10490`, `2510.10490v2`, `arXiv:2510.10490`, `math.CO/9901016`, or an arXiv address.',
    }),
    doi: t.string({ description: 'A DOI in any case, with or without `doi:` or `https://doi.org/`.' }),
    identifier: t.field({ type: PaperIdentifierInput, description: 'An identifier of any scheme.' }),
    url: t.field({
      type: 'URL',
      description:
        'The address of a page about the paper at arXiv (abs, pdf, html), doi.org, huggingface.co/papers, alphaXiv or OpenReview.',
    }),
  }),
})

builder.queryField('paper', (t) =>
  t.field({
    type: Paper,
    nullable: true,
    description: 'One paper by any of its identifiers; null if the catalogue has no such paper.',
    args: {
      by: t.arg({ type: PaperLookup, required: true, description: 'Identifies the paper. Set exactly one field.' }),
    },
    resolve: (_root, { by }, context, info) => findPaper(by, context, requestedPaperParts(info)),
  }),
)

function findPaper(
  by: typeof PaperLookup.$inferInput,
  { db, loaders }: Context,
  parts: PaperParts,
): Promise<PaperRow | null> {
  const refuse = (field: string, given: string, wanted: string) =>
    new BadUserInput(`by.${field}`, `\`by.${field}\` must be ${wanted}; "${shorten(given)}" is not.`)
  if (by.id != null) return loaders.paperWith(parts).load(paperKey(by.id, 'by.id'))
  if (by.arxivId != null) {
    const value = normalizeArxivId(by.arxivId)
    const identifier = value === null ? identifierOfUrl(by.arxivId) : { scheme: 'arxiv', value }
    if (identifier?.scheme !== 'arxiv')
      throw refuse('arxivId', by.arxivId, 'an arXiv id such as "2510.10490" or "cmp-lg/9404001"')
    return paperByIdentifier(db, identifier, parts)
  }
  if (by.doi != null) {
    const identifier = normalizeIdentifier({ scheme: 'doi', value: by.doi })
    if (identifier === null) throw refuse('doi', by.doi, 'a DOI such as "10.1145/3292500.3330701"')
    return paperByIdentifier(db, identifier, parts)
  }
  if (by.identifier != null) {
    const identifier = normalizeIdentifier(by.identifier)
    if (identifier === null)
      throw refuse(
        'identifier',
        `${by.identifier.scheme}:${by.identifier.value}`,
        'a scheme and a value of that scheme',
      )
    return paperByIdentifier(db, identifier, parts)
  }
  const url = by.url as string
  const identifier = identifierOfUrl(url)
  if (identifier === null)
    throw refuse('url', url, 'the address of a paper at arXiv, doi.org, Hugging Face, alphaXiv or OpenReview')
  return paperByIdentifier(db, identifier, parts)
}
