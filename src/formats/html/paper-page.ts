import { arxivAddress, doiAddress } from '../../values/identifiers.ts'
import { CITATION_FORMATS } from '../citation/formats.ts'
import { editionAddress } from '../edition-name.ts'
import { linkCardAddress, paperLinkCard } from '../link-cards.ts'
import { LINK_LABELS } from '../link-labels.ts'
import { FEED_DEFAULTS, feedLinks, listAddress } from '../links.ts'
import { oembedLinks, renderSitePage, shortened } from './document.ts'
import { type Html, html, linkAddress } from './html.ts'
import { withMath } from './math.ts'
import { authorLine, counted, dateOf, joined, linkTo, type PaperCard, paperList } from './paper-card.ts'
import { paperJsonLd, paperMeta } from './paper-metadata.ts'
import type { PaperView } from './paper-view.ts'
import { avatar, thumbnail } from './picture.ts'
import { type VotePoint, voteCurve } from './vote-curve.ts'

/** What its page shows beside. */
export interface PaperPageView extends PaperView {
  voteHistory: VotePoint[]
  related: PaperCard[]
}

/** The maximum number of links: some papers have hundreds of models. */
const SHOWN_LINKS = 24

export function renderPaperPage(publicUrl: string, paper: PaperPageView): string {
  const description = paper.summary ?? paper.abstract
  const picture = thumbnail(publicUrl, paper, 'large')
  const card = linkCardAddress(publicUrl, 'papers', paper.arxivId ?? paper.id, paperLinkCard(paper))
  const curve = voteCurve(paper.voteHistory)
  return renderSitePage(
    publicUrl,
    {
      title: paper.title,
      description: description === null ? null : shortened(description, 200),
      canonical: paper.url,
      card,
      type: 'article',
      meta: paperMeta(paper),
      jsonLd: paperJsonLd(paper, card),
      alternates: [
        { type: 'text/markdown', href: `${paper.url}.md`, title: 'Markdown' },
        ...CITATION_FORMATS.map(({ mediaType, extension, label }) => ({
          type: mediaType,
          href: `${paper.url}.${extension}`,
          title: label,
        })),
        ...oembedLinks(publicUrl, paper.url),
      ],
    },
    html`<article>
${paper.organization ? html`<p class="kicker">${avatar(publicUrl, 'organizations', paper.organization)}${linkTo(paper.organization)}</p>` : html`<p class="kicker">Paper</p>`}
<h1 dir="auto">${withMath(paper.title)}</h1>
<p class="byline">${authorLine(paper.authors, linkTo)}</p>
<p class="facts">${joined([
      html`<strong>${counted(paper.voteCount, 'vote')}</strong>`,
      counted(paper.commentCount, 'comment'),
      paper.githubStars !== null && counted(paper.githubStars, 'star'),
      dateOf(paper.publishedAt),
    ])}</p>
${links(paper.links)}
<div class="columns">
<div>
${paper.summary !== null && html`<p class="lead" dir="auto">${withMath(paper.summary)}</p>`}
${
  paper.abstract !== null &&
  html`<section>
<h2>Abstract</h2>
<p class="abstract" dir="auto">${withMath(paper.abstract)}</p>
</section>`
}
</div>
<aside aria-label="About this paper">
${
  picture &&
  html`<p class="thumb">${picture}</p>
`
}${
  curve &&
  html`<h2>Votes</h2>
${curve}`
}
<h2>Details</h2>
<dl class="details">${details(publicUrl, paper)}</dl>
</aside>
</div>
${
  paper.related.length > 0 &&
  html`<section>
<h2>Related papers</h2>
${paperList(paper.related, { publicUrl, target: 'same', heading: 'h3' })}
${linksToAlike(publicUrl, paper)}
</section>`
}
</article>`,
  )
}

/** The list of all papers like this one, and a feed of the new ones. */
function linksToAlike(publicUrl: string, { arxivId, doi, url }: PaperPageView): Html {
  const list = { ...FEED_DEFAULTS, filter: { like: [arxivId ?? doi ?? url] } }
  const nearest = listAddress(publicUrl, { ...list, orderBy: 'LIKENESS' })
  const { rss } = feedLinks(publicUrl, { ...list, orderBy: 'RECENTLY_LISTED' })
  return html`<p class="links"><a href="${nearest}">All papers like this</a><a href="${rss}">New ones as RSS</a></p>`
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

/** Those that have rows of their own, and the one that is for feeds only. */
const SHOWN_SCHEMES: ReadonlySet<string> = new Set(['arxiv', 'doi', 'feed'])
const SCHEME_NAMES: Record<string, string> = { openreview: 'OpenReview', s2: 'Semantic Scholar', openalex: 'OpenAlex' }
/** Where an identifier has a page. */
const SCHEME_ADDRESSES: Record<string, (value: string) => string> = {
  openreview: (value) => `https://openreview.net/forum?id=${encodeURIComponent(value)}`,
  s2: (value) => `https://www.semanticscholar.org/paper/${encodeURIComponent(value)}`,
  openalex: (value) => `https://openalex.org/${encodeURIComponent(value)}`,
}

function identifier(scheme: string, value: string): Html {
  const address = SCHEME_ADDRESSES[scheme]?.(value)
  return address === undefined ? html`${value}` : html`<a href="${address}" rel="noopener">${value}</a>`
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
        : html`<a href="${editionAddress(publicUrl, { period: 'DAY', startsOn: listedOn, endsOn: listedOn })}">${dateOf(listedOn)}</a>${submittedBy && html`, by ${avatar(publicUrl, 'users', submittedBy)}${linkTo({ name: submittedBy.name ?? submittedBy.handle, url: submittedBy.url })}`}`,
    ],
    [
      'arXiv',
      paper.arxivId === null
        ? null
        : html`<a href="${arxivAddress(paper.arxivId)}" rel="noopener">${paper.arxivId}</a>`,
    ],
    ['DOI', paper.doi === null ? null : html`<a href="${doiAddress(paper.doi)}" rel="noopener">${paper.doi}</a>`],
    ...paper.identifiers
      .filter(({ scheme }) => !SHOWN_SCHEMES.has(scheme))
      .map(({ scheme, value }): [string, Html] => [SCHEME_NAMES[scheme] ?? scheme, identifier(scheme, value)]),
    [
      'Topics',
      topics.length === 0 ? null : html`${topics.map((topic, place) => html`${place > 0 && ', '}${linkTo(topic)}`)}`,
    ],
    ['As text', html`<a href="${paper.url}.md">Markdown</a>`],
    [
      'Cite',
      html`${CITATION_FORMATS.map(
        ({ extension, label }, place) => html`${place > 0 && ', '}<a href="${paper.url}.${extension}">${label}</a>`,
      )}`,
    ],
  ]
  return rows.flatMap(([term, detail]) => (detail === null ? [] : [html`<dt>${term}</dt><dd>${detail}</dd>`]))
}
