import type { EditionSpan, EditionState } from '../../values/editions.ts'
import { editionAddress, editionTitle } from '../edition-name.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { editionFeedPath } from '../links.ts'
import { oembedLinks, renderSitePage } from './document.ts'
import { html } from './html.ts'
import { counted, type PaperCard, paperList } from './paper-card.ts'

export interface EditionView extends EditionSpan {
  state: EditionState
  previous: EditionSpan | null
  next: EditionSpan | null
  papers: { totalCount: number; nodes: PaperCard[] }
}

export function renderEditionPage(publicUrl: string, edition: EditionView): string {
  const title = editionTitle(edition)
  const { totalCount, nodes } = edition.papers
  const canonical = editionAddress(publicUrl, edition)
  const state = edition.state === 'FINAL' ? 'The list is final.' : 'The list is open: papers can still join.'
  const first = nodes[0]
  const step = (to: EditionSpan | null, rel: string, label: string) =>
    to ? html`<a href="${editionAddress(publicUrl, to)}" rel="${rel}">${label}</a>` : html`<span></span>`
  return renderSitePage(
    publicUrl,
    {
      title: `${title} · Daily Papers`,
      description: first ? `${counted(totalCount, 'paper')}, with most votes: ${first.title}` : null,
      canonical,
      alternates: [
        ...FEED_FORMATS.map(({ extension, name, mediaType }) => ({
          type: mediaType,
          href: publicUrl + editionFeedPath(edition, extension),
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
<ul class="links" role="list">${FEED_FORMATS.map(({ extension, name }) => html`<li><a href="${publicUrl}${editionFeedPath(edition, extension)}">${name}</a></li>`)}</ul>
</section>`,
  )
}
