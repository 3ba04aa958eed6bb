import type { PaperLinkKind } from '../../values/vocabulary.ts'
import { editionAddress } from '../edition-name.ts'
import { LINK_LABELS } from '../link-labels.ts'
import { oembedLinks, renderSitePage, shortened } from './document.ts'
import { type Html, html, linkAddress } from './html.ts'
import { authorLine, counted, dateOf, joined, type PaperCard } from './paper-card.ts'

/** The fields that the page of a paper shows. */
export interface PaperView extends PaperCard {
  abstract: string | null
  summary: string | null
  arxivId: string | null
  doi: string | null
  updatedAt: string | null
  thumbnailUrl: string | null
  submittedBy: { handle: string; name: string | null } | null
  links: { kind: PaperLinkKind; url: string; title: string | null }[]
}

/** The maximum number of links: some papers have hundreds of models. */
const SHOWN_LINKS = 24

export function renderPaperPage(publicUrl: string, paper: PaperView): string {
  const description = paper.summary ?? paper.abstract
  return renderSitePage(
    publicUrl,
    {
      title: paper.title,
      description: description === null ? null : shortened(description, 200),
      canonical: paper.url,
      image: paper.thumbnailUrl,
      alternates: [
        { type: 'text/markdown', href: `${paper.url}.md`, title: 'Markdown' },
        ...oembedLinks(publicUrl, paper.url),
      ],
    },
    html`<article>
<h1 dir="auto">${paper.title}</h1>
<p class="byline">${authorLine(paper.authors)}</p>
<p class="facts">${joined([
      paper.organization && html`<bdi>${paper.organization.name}</bdi>`,
      counted(paper.voteCount, 'vote'),
      counted(paper.commentCount, 'comment'),
    ])}</p>
${paper.summary !== null && html`<p class="lead" dir="auto">${paper.summary}</p>`}
${links(paper.links)}
${
  paper.abstract !== null &&
  html`<section>
<h2>Abstract</h2>
<p class="abstract" dir="auto">${paper.abstract}</p>
</section>`
}
<section>
<h2>Details</h2>
<dl class="details">${details(publicUrl, paper)}</dl>
</section>
</article>`,
  )
}

function links(all: PaperView['links']): Html | false {
  const shown = all.flatMap(({ kind, url, title }) => {
    const href = linkAddress(url)
    const several = all.filter((link) => link.kind === kind).length > 1
    return href === null
      ? []
      : [{ href, label: LINK_LABELS[kind], name: several ? (title ?? new URL(href).host) : null }]
  })
  if (shown.length === 0) return false
  return html`<ul class="links" role="list" aria-label="Where to read on">${shown
    .slice(0, SHOWN_LINKS)
    .map(
      ({ href, label, name }) =>
        html`<li><a href="${href}" rel="nofollow noopener">${label}${name !== null && html`: <bdi>${name}</bdi>`}</a></li>`,
    )}</ul>`
}

function details(publicUrl: string, paper: PaperView): Html[] {
  const { submittedBy, listedOn, topics } = paper
  const rows: [string, Html | null][] = [
    ['Published', dateOf(paper.publishedAt)],
    ['Revised', paper.updatedAt === null ? null : dateOf(paper.updatedAt)],
    [
      'Listed',
      listedOn === null
        ? null
        : html`<a href="${editionAddress(publicUrl, { period: 'DAY', startsOn: listedOn, endsOn: listedOn })}">${dateOf(listedOn)}</a>${submittedBy && html`, by <bdi>${submittedBy.name ?? submittedBy.handle}</bdi>`}`,
    ],
    ['arXiv', paper.arxivId === null ? null : html`${paper.arxivId}`],
    [
      'DOI',
      paper.doi === null
        ? null
        : html`<a href="https://doi.org/${encodeURI(paper.doi)}" rel="noopener">${paper.doi}</a>`,
    ],
    [
      'Topics',
      topics.length === 0
        ? null
        : html`${topics.map(({ name }, place) => html`${place > 0 && ', '}<bdi>${name}</bdi>`)}`,
    ],
    ['As text', html`<a href="${paper.url}.md">Markdown</a>`],
  ]
  return rows.flatMap(([term, detail]) => (detail === null ? [] : [html`<dt>${term}</dt><dd>${detail}</dd>`]))
}
