import type { EditionSpan, EditionState } from '../editions.ts'
import { html } from './html.ts'
import { oembedLinks, sitePage } from './html-document.ts'
import { counted, type PaperCard, paperList } from './html-paper.ts'

export interface EditionView extends EditionSpan {
  state: EditionState
  previous: EditionSpan | null
  next: EditionSpan | null
  papers: { totalCount: number; nodes: PaperCard[] }
}

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
const DAY = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const SPAN = format({ day: 'numeric', month: 'long', year: 'numeric' })
const MONTH = format({ month: 'long', year: 'numeric' })

/** What an edition is called: `Tuesday 17 February 2026`, `16–22 February 2026`, `February 2026`. */
export function editionTitle({ period, startsOn, endsOn }: EditionSpan): string {
  const [from, to] = [new Date(startsOn), new Date(endsOn)]
  if (period === 'DAY') return DAY.format(from)
  // Thin spaces are around its dash.
  return period === 'WEEK' ? SPAN.formatRange(from, to).replace(/\s/g, ' ') : MONTH.format(from)
}

/** The address of an edition's page, and of its feeds without what they end in. */
export const editionAddress = (publicUrl: string, { period, startsOn }: EditionSpan): string =>
  `${publicUrl}/editions/${period === 'DAY' ? '' : `${period.toLowerCase()}/`}${startsOn}`

const feedAddress = (publicUrl: string, { period, startsOn }: EditionSpan, ending: string): string =>
  `${publicUrl}/feeds/editions/${period.toLowerCase()}/${startsOn}.${ending}`

/** The forms in which there are feeds. */
export const FEED_FORMATS = [
  { ending: 'rss', name: 'RSS', type: 'application/rss+xml' },
  { ending: 'atom', name: 'Atom', type: 'application/atom+xml' },
  { ending: 'json', name: 'JSON Feed', type: 'application/feed+json' },
] as const

export function editionPage(publicUrl: string, edition: EditionView): string {
  const title = editionTitle(edition)
  const { totalCount, nodes } = edition.papers
  const canonical = editionAddress(publicUrl, edition)
  const state = edition.state === 'FINAL' ? 'The list is final.' : 'The list is open: papers can still join.'
  const first = nodes[0]
  const step = (to: EditionSpan | null, rel: string, label: string) =>
    to ? html`<a href="${editionAddress(publicUrl, to)}" rel="${rel}">${label}</a>` : html`<span></span>`
  return sitePage(
    publicUrl,
    {
      title: `${title} · Daily Papers`,
      description: first ? `${counted(totalCount, 'paper')}, with most votes: ${first.title}` : null,
      canonical,
      alternates: [
        ...FEED_FORMATS.map(({ ending, name, type }) => ({
          type,
          href: feedAddress(publicUrl, edition, ending),
          title: `${title} (${name})`,
        })),
        ...oembedLinks(publicUrl, canonical),
      ],
    },
    html`<h1>${title}</h1>
<p class="lead">${counted(totalCount, 'paper')}, most votes first. ${state}</p>
${paperList(nodes, 'same')}
${totalCount > nodes.length && html`<p class="none">The ${nodes.length} with most votes are shown.</p>`}
<nav class="steps" aria-label="Editions">${step(edition.previous, 'prev', '← The edition before')}${step(edition.next, 'next', 'The edition after →')}</nav>
<section>
<h2>Take it with you</h2>
<ul class="links" role="list">${FEED_FORMATS.map(({ ending, name }) => html`<li><a href="${feedAddress(publicUrl, edition, ending)}">${name}</a></li>`)}</ul>
</section>`,
  )
}
