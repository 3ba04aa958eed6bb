import type { PaperOrderName } from '../../lists/paper-orders.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { FEED_DEFAULTS, feedLinks } from '../links.ts'
import { formatPaperQuery, type PaperQuery } from '../query-string.ts'
import { oembedLinks, renderSitePage } from './document.ts'
import { type Html, html, type Part } from './html.ts'
import { type Layout, type ListLook, layoutLinks } from './look.ts'
import { type PaperCard, paperList } from './paper-card.ts'

/** A page with a list of papers: of a topic, an author, an organization, a user, or of any filter. */
export interface ListPage {
  /** What it is, above the heading: `Topic`. */
  kind: string
  heading: string
  lead: Part
  /** The address of its first page, with the usual order. */
  address: string
  /** Null for a page that search engines need not list. */
  canonical: string | null
  /** The list, for feeds, mails and the composer. */
  query: PaperQuery
  /** The address in another order. */
  inOrder(order: PaperOrderName): string
  papers: readonly PaperCard[]
  /** The address of the next page of the list; null on the last one. */
  next: string | null
  isDated?: boolean
  look: ListLook
  /** The address in another layout. */
  inLayout(layout: Layout): string
  /** The address of its link card, if it has one. */
  card?: string | null
  /** The avatar or logo of what the page is about. */
  picture?: Html | null
  /** Further sections, after the list. */
  more?: Html | false
}

const ORDERS: [PaperOrderName, string][] = [
  ['TRENDING', 'Trending'],
  ['NEWEST', 'Newest'],
  ['MOST_VOTED', 'Most votes'],
  ['MOST_DISCUSSED', 'Most discussed'],
]

/** A list of papers like others can also be in the order of likeness. */
const ordersOf = ({ filter }: PaperQuery): [PaperOrderName, string][] =>
  filter.like?.length ? [...ORDERS, ['LIKENESS', 'Nearest']] : ORDERS

export function renderListPage(publicUrl: string, page: ListPage): string {
  const { heading, query } = page
  const feeds = feedLinks(publicUrl, query)
  return renderSitePage(
    publicUrl,
    {
      title: `${heading} · Daily Papers`,
      description: page.papers[0] ? `${page.kind} on Daily Papers: ${page.papers[0].title}` : null,
      canonical: page.canonical,
      card: page.card ?? null,
      alternates: [
        ...FEED_FORMATS.map(({ extension, name, mediaType }) => ({
          type: mediaType,
          href: feeds[extension],
          title: `${heading} (${name})`,
        })),
        ...(page.canonical === null ? [] : oembedLinks(publicUrl, page.canonical)),
      ],
    },
    html`<p class="kicker">${page.kind}</p>
<h1 dir="auto">${page.picture}${heading}</h1>
<p class="lead">${page.lead}</p>
<div class="views">
<nav class="tabs" aria-label="Order">${ordersOf(query).map(
      ([order, label]) =>
        html`<a href="${page.inOrder(order)}"${order === query.orderBy && html` aria-current="true"`}>${label}</a>`,
    )}</nav>
${layoutLinks(page.look.layout, page.inLayout)}
</div>
${paperList(page.papers, { publicUrl, target: 'same', isDated: page.isDated ?? true, look: page.look })}
${page.next !== null && html`<nav class="steps" aria-label="Pages"><a href="${page.next}" rel="next">More papers →</a></nav>`}
${page.more}
${takeAway(publicUrl, query)}`,
  )
}

/** Where a list can be had elsewhere. */
export function takeAway(publicUrl: string, query: PaperQuery): Html {
  const feeds = feedLinks(publicUrl, query)
  const text = formatPaperQuery(query, FEED_DEFAULTS)
  const filter = formatPaperQuery({ ...query, ...FEED_DEFAULTS }, FEED_DEFAULTS)
  const suffix = (given: string) => (given === '' ? '' : `?${given}`)
  return html`<section class="take">
<h2>Take this list with you</h2>
<ul class="links" role="list">${FEED_FORMATS.map(({ extension, name }) => html`<li><a href="${feeds[extension]}">${name}</a></li>`)}<li><a href="${publicUrl}/digest/subscribe${suffix(filter)}">By mail</a></li><li><a href="${publicUrl}/docs${suffix(text)}#composer">On your own page</a></li></ul>
</section>`
}
