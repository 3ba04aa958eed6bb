import type { PaperParts } from '../src/queries/paper-parts.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { BadUserInput } from '../src/values/errors.ts'
import {
  identifierOf,
  identifierOfUrl,
  identifierWithin,
  normalizeIdentifier,
  type PaperIdentifier,
} from '../src/values/identifiers.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { keyOrNull, paperKey, shorten } from './global-id.ts'
import { Paper } from './refs.ts'
import { requestedPaperParts } from './requested-fields.ts'

/** The maximum number of papers that one field looks up. */
const MOST_LOOKUPS = 100

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
        'An arXiv id in any common form: `2510.10490`, `2510.10490v2`, `arXiv:2510.10490v2 [cs.CL] 12 Oct 2025`, `math.CO/9901016`, or an arXiv address.',
    }),
    doi: t.string({ description: 'A DOI in any case, with or without `doi:` or `https://doi.org/`.' }),
    identifier: t.field({ type: PaperIdentifierInput, description: 'An identifier of any scheme.' }),
    url: t.field({
      type: 'URL',
      description:
        'The address of a page about the paper: at arXiv (abs, pdf, html), doi.org, Hugging Face, alphaXiv, papers.cool, SciRate, Semantic Scholar, OpenReview, the ACL Anthology, or at a publisher whose addresses contain the DOI.',
    }),
    text: t.string({
      description:
        'Anything that people paste: an id, the stamp of a PDF, an address, a citation or an entry of BibTeX. The first identifier in it counts; a text without any is of no paper, and no error.',
    }),
  }),
})

type Lookup = typeof PaperLookup.$inferInput

builder.queryField('paper', (t) =>
  t.field({
    type: Paper,
    nullable: true,
    description: 'One paper by any of its identifiers; null if the catalogue has no such paper.',
    args: {
      by: t.arg({ type: PaperLookup, required: true, description: 'Identifies the paper. Set exactly one field.' }),
    },
    resolve: async (_root, { by }, context, info) => findPaper(by, 'by', context, requestedPaperParts(info)),
  }),
)

builder.queryField('papersBy', (t) =>
  t.field({
    type: [Paper],
    nullable: { list: false, items: true },
    description:
      'Papers by any of their identifiers, in the order of the lookups, with null for those that the catalogue does not have. So it checks a list of references.',
    args: {
      identifiers: t.arg({
        type: [PaperLookup],
        required: true,
        description: `Identify the papers: 1 to ${MOST_LOOKUPS} lookups of any kind.`,
      }),
    },
    resolve: (_root, { identifiers }, context, info) => {
      if (identifiers.length === 0 || identifiers.length > MOST_LOOKUPS)
        throw new BadUserInput(
          'identifiers',
          `\`identifiers\` must have 1 to ${MOST_LOOKUPS} lookups; it has ${identifiers.length}.`,
        )
      const parts = requestedPaperParts(info)
      return Promise.all(identifiers.map((by, place) => findPaper(by, `identifiers[${place}]`, context, parts)))
    },
  }),
)

function findPaper(
  by: Lookup,
  path: string,
  { loaders, publicUrl }: Context,
  parts: PaperParts,
): Promise<PaperRow | null> | null {
  const key = by.id != null ? paperKey(by.id, `${path}.id`) : ownKeyIn(by, publicUrl)
  if (key !== null) return loaders.paperWith(parts).load(key)
  const identifier = identifierLookedUp(by, path)
  return identifier && loaders.paperIdentifiedWith(parts).load(identifier)
}

/** The key of the paper whose id, or whose page on this server, is given; null for anything else. */
function ownKeyIn({ url, text }: Lookup, publicUrl: string): number | null {
  const given = (url ?? text)?.trim() ?? ''
  const start = `${publicUrl}/papers/`
  const id = given.startsWith(start) ? given.slice(start.length).replace(/[?#].*$/, '') : text && given
  return id ? keyOrNull('Paper', id) : null
}

/** @throws BadUserInput for what cannot be of any paper; a pasted text may be of none */
function identifierLookedUp(by: Lookup, path: string): PaperIdentifier | null {
  if (by.text != null) return identifierWithin(by.text)
  const [field, given, found, wanted] = readLookup(by)
  if (found === null)
    throw new BadUserInput(`${path}.${field}`, `\`${path}.${field}\` must be ${wanted}; "${shorten(given)}" is not.`)
  return found
}

function readLookup(by: Lookup): [field: string, given: string, found: PaperIdentifier | null, wanted: string] {
  const ofScheme = (scheme: string, text: string) => {
    const found = identifierOf(text)
    return found?.scheme === scheme ? found : null
  }
  if (by.arxivId != null)
    return [
      'arxivId',
      by.arxivId,
      ofScheme('arxiv', by.arxivId),
      'an arXiv id such as "2510.10490" or "cmp-lg/9404001"',
    ]
  if (by.doi != null)
    return [
      'doi',
      by.doi,
      normalizeIdentifier({ scheme: 'doi', value: by.doi }) ?? ofScheme('doi', by.doi),
      'a DOI such as "10.1145/3292500.3330701"',
    ]
  if (by.identifier != null) {
    const { scheme, value } = by.identifier
    return [
      'identifier',
      `${scheme}:${value}`,
      normalizeIdentifier(by.identifier),
      'a scheme and a value of that scheme',
    ]
  }
  const url = by.url as string
  return [
    'url',
    url,
    identifierOfUrl(url),
    'the address of a paper at arXiv, doi.org, Hugging Face, alphaXiv, Semantic Scholar, OpenReview or a publisher',
  ]
}
