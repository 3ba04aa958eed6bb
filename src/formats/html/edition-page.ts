import { type EditionSpan, type EditionState, editionName } from '../../values/editions.ts'
import { editionAddress, editionTitle } from '../edition-name.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { editionLinkCard, linkCardAddress } from '../link-cards.ts'
import { editionFeedPath } from '../links.ts'
import { calendar } from './calendar.ts'
import { oembedLinks, renderSitePage } from './document.ts'
import { type Html, html } from './html.ts'
import { type ListLook, layoutLinks, USUAL_LIST_LOOK, withLook } from './look.ts'
import { counted, type PaperCard, paperList } from './paper-card.ts'

export interface EditionView extends EditionSpan {
  state: EditionState
  previous: EditionSpan | null
  next: EditionSpan | null
  papers: { totalCount: number; nodes: PaperCard[] }
}

/** @param days those of the edition's month that have papers */
export function renderEditionPage(
  publicUrl: string,
  edition: EditionView,
  { days, look }: { days: readonly string[]; look: ListLook },
): string {
  const title = editionTitle(edition)
  const { totalCount, nodes } = edition.papers
  const canonical = editionAddress(publicUrl, edition)
  const first = nodes[0]
  return renderSitePage(
    publicUrl,
    {
      title: `${title} · Daily Papers`,
      description: first ? `${counted(totalCount, 'paper')}, with most votes: ${first.title}` : null,
      canonical,
      card: editionCard(publicUrl, edition),
      alternates: [
        ...FEED_FORMATS.map(({ extension, name, mediaType }) => ({
          type: mediaType,
          href: `${publicUrl}${editionFeedPath(edition)}.${extension}`,
          title: `${title} (${name})`,
        })),
        ...oembedLinks(publicUrl, canonical),
      ],
    },
    html`<div class="columns">
<div>
<p class="kicker">${KICKERS[edition.period]}</p>
<h1>${title}</h1>
<p class="lead">${counted(totalCount, 'paper')}, most votes first. ${stateOf(edition)}</p>
${editionSteps(publicUrl, edition, { look })}
<div class="views">${layoutLinks(look.layout, (layout) => withLook(canonical, { ...look, layout }))}</div>
${paperList(nodes, { publicUrl, target: 'same', isDated: edition.period !== 'DAY', look })}
${totalCount > nodes.length && html`<p class="none">The ${nodes.length} with most votes are shown.</p>`}
${editionSteps(publicUrl, edition, { look, label: 'Editions, below the list' })}
</div>
<aside aria-label="Calendar">
${calendar(publicUrl, edition.startsOn, days, edition.period === 'DAY' ? edition.startsOn : null)}
<h2>Take it with you</h2>
<ul class="links" role="list">${FEED_FORMATS.map(({ extension, name }) => html`<li><a href="${publicUrl}${editionFeedPath(edition)}.${extension}">${name}</a></li>`)}<li><a href="${publicUrl}/docs?edition=${edition.period.toLowerCase()}#composer">On your own page</a></li></ul>
</aside>
</div>`,
  )
}

const KICKERS: Record<EditionSpan['period'], string> = {
  DAY: 'The papers of',
  WEEK: 'The papers of the week',
  MONTH: 'The papers of the month',
}

const stateOf = ({ state }: Pick<EditionView, 'state'>): string =>
  state === 'FINAL' ? 'The list is final.' : 'The list is open: papers can still join.'

/** The address of the link card of an edition. */
export const editionCard = (publicUrl: string, edition: Pick<EditionView, keyof EditionSpan | 'papers'>): string =>
  linkCardAddress(publicUrl, 'editions', editionName(edition), editionLinkCard(edition))

/** Links to the editions before and after. */
export function editionSteps(
  publicUrl: string,
  { previous, next }: Pick<EditionView, 'previous' | 'next'>,
  { look = USUAL_LIST_LOOK, label = 'Editions' }: { look?: ListLook; label?: string } = {},
): Html | false {
  const step = (to: EditionSpan | null, rel: string, label: string) =>
    to
      ? html`<a href="${withLook(editionAddress(publicUrl, to), look)}" rel="${rel}">${label}</a>`
      : html`<span></span>`
  if (previous === null && next === null) return false
  return html`<nav class="steps" aria-label="${label}">${step(previous, 'prev', `← ${previous && editionTitle(previous)}`)}${step(next, 'next', `${next && editionTitle(next)} →`)}</nav>`
}
