import type { PaperRow } from '../src/queries/papers.ts'
import { arxivAddress, doiAddress } from '../src/values/identifiers.ts'
import { PAPER_LINK_KINDS, type PaperLinkKind } from '../src/values/vocabulary.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'

export const PaperLinkKindEnum = builder.enumType('PaperLinkKind', {
  description: 'The kind of page that a link of a paper leads to.',
  values: {
    ABSTRACT: { description: 'A page with the abstract.' },
    PDF: { description: 'The paper as PDF.' },
    CODE: { description: 'A code repository.' },
    PROJECT: { description: 'A project page by the authors.' },
    DISCUSSION: { description: 'A discussion of the paper.' },
    MEDIA: { description: 'An image or video of the paper.' },
    MODEL: { description: 'A trained model.' },
    DATASET: { description: 'A data set.' },
    DEMO: { description: 'A demo to try the work.' },
  } satisfies Record<PaperLinkKind, { description: string }>,
})

interface PaperLink {
  kind: PaperLinkKind
  url: string
  title: string | null
}

export const PaperLinkType = builder.objectRef<PaperLink>('PaperLink').implement({
  description: 'A link to a page about a paper.',
  fields: (t) => ({
    kind: t.expose('kind', { type: PaperLinkKindEnum, description: 'The kind of page.' }),
    url: t.expose('url', { type: 'URL', description: 'The address of the page.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'The title of the page; null if no source gives one.',
    }),
  }),
})

/** The links that follow from the arXiv id, or else from the DOI. */
function derivedLinks({ arxivId, doi }: PaperRow): PaperLink[] {
  const link = (kind: PaperLinkKind, url: string): PaperLink => ({ kind, url, title: null })
  if (arxivId !== null)
    return [link('ABSTRACT', arxivAddress(arxivId)), link('PDF', `https://arxiv.org/pdf/${arxivId}`)]
  return doi === null ? [] : [link('ABSTRACT', doiAddress(doi))]
}

/** The stored links with those that follow from the identifiers, in the order of the kinds. */
export async function linksOf(
  paper: PaperRow,
  kind: PaperLinkKind | null,
  loaders: Context['loaders'],
): Promise<PaperLink[]> {
  const derived = derivedLinks(paper)
  const stored = paper.included?.links ?? (await loaders.linksOfPaper.load(paper.id))
  const same = (a: PaperLink, b: PaperLink) => a.kind === b.kind && a.url === b.url
  return [...derived, ...stored.filter((link) => !derived.some((known) => same(known, link)))]
    .filter((link) => kind === null || link.kind === kind)
    .sort((a, b) => PAPER_LINK_KINDS.indexOf(a.kind) - PAPER_LINK_KINDS.indexOf(b.kind))
}
