import { arxivAddress, doiAddress } from '../../values/identifiers.ts'
import { citedDoi } from '../citation/citation.ts'
import { type PageMeta, shortened } from './document.ts'
import { linkAddress } from './html.ts'
import type { PaperView } from './paper-view.ts'

// What programs read in the page of a paper: social networks, Google Scholar and Zotero, search engines.

/** `2026/05/13`, the form that Google Scholar asks for. */
const slashed = (moment: string): string => moment.slice(0, 10).replaceAll('-', '/')

const linkOf = (paper: PaperView, kind: PaperView['links'][number]['kind']): string | null =>
  linkAddress(paper.links.find((link) => link.kind === kind)?.url)

/** `citation_…`, as arXiv's own pages have them, and `article:…` of Open Graph. */
export function paperMeta(paper: PaperView): PageMeta[] {
  const { publishedAt, updatedAt } = paper
  const citation: [string, string | null][] = [
    ['citation_title', paper.title],
    ...paper.authors.nodes.map(({ name }): [string, string] => ['citation_author', name]),
    ['citation_publication_date', slashed(publishedAt)],
    ['citation_online_date', slashed(updatedAt ?? publishedAt)],
    ['citation_arxiv_id', paper.arxivId],
    ['citation_doi', citedDoi(paper)],
    ['citation_abstract_html_url', paper.url],
    ['citation_pdf_url', linkOf(paper, 'PDF')],
    ['citation_keywords', paper.topics.map(({ name }) => name).join('; ') || null],
    ['citation_abstract', paper.abstract],
  ]
  const article: [string, string | null][] = [
    ['article:published_time', publishedAt],
    ['article:modified_time', updatedAt],
    ...paper.topics.map(({ name }): [string, string] => ['article:tag', name]),
  ]
  return [
    ...citation.map(([name, content]) => ({ name, content })),
    ...article.map(([property, content]) => ({ property, content })),
  ].filter((meta): meta is PageMeta => meta.content !== null)
}

/** A ScholarlyArticle of schema.org, as JSON-LD. */
export function paperJsonLd(paper: PaperView, image: string): object {
  const doi = citedDoi(paper)
  const sameAs = [
    paper.arxivId === null ? null : arxivAddress(paper.arxivId),
    doi === null ? null : doiAddress(doi),
  ].filter((address) => address !== null)
  return {
    '@context': 'https://schema.org',
    '@type': 'ScholarlyArticle',
    '@id': paper.url,
    url: paper.url,
    headline: shortened(paper.title, 110),
    name: paper.title,
    ...(paper.abstract !== null && { abstract: paper.abstract }),
    author: paper.authors.nodes.map(({ name, url }) => ({ '@type': 'Person', name, url })),
    datePublished: paper.publishedAt,
    ...(paper.updatedAt !== null && { dateModified: paper.updatedAt }),
    ...(paper.organization && {
      sourceOrganization: { '@type': 'Organization', name: paper.organization.name, url: paper.organization.url },
    }),
    keywords: paper.topics.map(({ name }) => name),
    image,
    sameAs,
    interactionStatistic: [
      {
        '@type': 'InteractionCounter',
        interactionType: 'https://schema.org/LikeAction',
        userInteractionCount: paper.voteCount,
      },
      {
        '@type': 'InteractionCounter',
        interactionType: 'https://schema.org/CommentAction',
        userInteractionCount: paper.commentCount,
      },
    ],
  }
}
