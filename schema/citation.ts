import { CITATION_FORMATS, type CitationFormatName } from '../src/formats/citation/formats.ts'
import { builder } from './builder.ts'
import { identifiersOf, paperUrl } from './paper.ts'
import { Paper } from './refs.ts'
import { textsOf } from './whole-rows.ts'

/** A citation has all authors, and some papers have thousands. */
const CITATION_COST = 10

const DESCRIPTIONS: Record<CitationFormatName, string> = {
  BIBTEX:
    "BibTeX with the fields of arXiv's own export, and its `doi`. Accents are commands of TeX, and words with capitals are in braces. The key stays the same for good.",
  RIS: 'RIS, which EndNote, Zotero and Mendeley import. Lines end in CR and LF.',
  CSL_JSON: 'A JSON list with one item of the Citation Style Language.',
}

const CitationFormat = builder.enumType('CitationFormat', {
  description: 'A format of bibliographies.',
  values: Object.fromEntries(CITATION_FORMATS.map(({ name }) => [name, { description: DESCRIPTIONS[name] }])) as Record<
    CitationFormatName,
    { description: string }
  >,
})

builder.objectField(Paper, 'citation', (t) =>
  t.string({
    description:
      'The paper for a bibliography, as text ready to paste. It cites the first version, by the DOI of its publisher where one is known.',
    extensions: { cost: CITATION_COST },
    args: {
      format: t.arg({
        type: CitationFormat,
        required: true,
        defaultValue: 'BIBTEX',
        description: 'The format of the text.',
      }),
    },
    resolve: async (paper, { format }, context) => {
      const { loaders, publicUrl } = context
      const [{ abstract }, identifiers, authors, topics] = await Promise.all([
        textsOf(paper, context),
        identifiersOf(paper, context),
        loaders.authorsOfPaper.load({ paperId: paper.id, after: 0, limit: paper.authorCount }),
        paper.included?.topics ?? loaders.topicsOfPaper.load(paper.id),
      ])
      const namesOf = (wanted: string) => topics.filter(({ kind }) => kind === wanted).map(({ name }) => name)
      const { arxivId, doi, title, publishedAt, withdrawnAt } = paper
      const { write } = CITATION_FORMATS.find(({ name }) => name === format) as (typeof CITATION_FORMATS)[number]
      return write([
        {
          number: paper.id,
          arxivId,
          doi,
          identifiers,
          title,
          abstract,
          publishedAt,
          withdrawnAt,
          authors: authors.map(({ name }) => name),
          categories: namesOf('CATEGORY'),
          keywords: namesOf('KEYWORD'),
          url: paperUrl(publicUrl, paper),
        },
      ])
    },
  }),
)
