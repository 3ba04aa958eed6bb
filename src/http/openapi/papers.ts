import { z } from 'zod'
import { CITATION_FORMATS } from '../../formats/citation/formats.ts'
import { HTML, type Operation, TEXT } from './operation.ts'
import { PAPER_IN_PATH } from './parameters.ts'

const MARKDOWN = 'text/markdown'

const CSL_NAME = z.looseObject({
  literal: z.string().optional(),
  family: z.string().optional(),
  given: z.string().optional(),
})

const CSL = z
  .array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      title: z.string(),
      author: z.array(CSL_NAME).optional(),
      issued: z.object({ 'date-parts': z.array(z.array(z.int())) }),
      DOI: z.string().optional(),
      URL: z.string(),
    }),
  )
  .meta({ id: 'CslJson', description: 'CSL-JSON: https://docs.citationstyles.org/en/stable/specification.html' })

const schemaOf = (extension: string) => (extension === 'csl.json' ? CSL : null)

const LINK = z.object({ Link: z.string().meta({ description: 'The page of the paper.' }) })

const CITATIONS = CITATION_FORMATS.map(
  ({ name, extension, label, mediaType }): Operation => ({
    path: `/papers/{paper}.${extension}`,
    id: `paper${name === 'CSL_JSON' ? 'CslJson' : label}`,
    tag: 'papers',
    summary: `A paper as ${label}`,
    description: 'The citation of a paper.',
    inPath: PAPER_IN_PATH,
    content: { [mediaType]: schemaOf(extension) },
    headers: LINK,
    refusals: { 404: [TEXT] },
    examples: [`/papers/2509.25454.${extension}`],
  }),
)

export const PAPER_OPERATIONS: readonly Operation[] = [
  {
    path: '/papers/{paper}',
    id: 'paper',
    tag: 'papers',
    summary: 'A paper in the form that `Accept` names',
    description: 'The page of the paper, its Markdown or a citation. The default is the page.',
    inPath: PAPER_IN_PATH,
    content: {
      [HTML]: null,
      [MARKDOWN]: null,
      ...Object.fromEntries(CITATION_FORMATS.map(({ extension, mediaType }) => [mediaType, schemaOf(extension)])),
    },
    headers: z.object({
      Link: z.string().meta({ description: 'FAIR Signposting: `cite-as`, `author`, `describedby`, `type`.' }),
    }),
    refusals: { 404: [HTML, MARKDOWN, TEXT], 406: [TEXT] },
    examples: ['/papers/2509.25454'],
  },
  {
    path: '/papers/{paper}.md',
    id: 'paperMarkdown',
    tag: 'papers',
    summary: 'A paper as Markdown',
    description: 'Title, authors, abstract, links and counts of a paper, as `hf papers read` reads it.',
    inPath: PAPER_IN_PATH,
    content: { [MARKDOWN]: null },
    headers: LINK,
    refusals: { 404: [MARKDOWN] },
    examples: ['/papers/2509.25454.md'],
  },
  ...CITATIONS,
]
