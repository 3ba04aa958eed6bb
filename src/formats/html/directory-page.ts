import { renderSitePage } from './document.ts'
import { html } from './html.ts'
import { counted, type Linked, linkTo, numeral } from './paper-card.ts'

/** A page with all topics, authors or organizations. */
export interface DirectoryPage {
  heading: string
  /** What one of them is called, and where the page is. */
  one: string
  path: string
  /** What was typed to find some of them. */
  typed: string
  canonical: string | null
  totalCount: number
  entries: readonly (Linked & { paperCount: number })[]
  /** The address of the next page; null on the last one. */
  next: string | null
}

export function renderDirectoryPage(publicUrl: string, page: DirectoryPage): string {
  const { heading, one, entries, typed } = page
  return renderSitePage(
    publicUrl,
    { title: `${heading} · Daily Papers`, description: null, canonical: page.canonical },
    html`<h1>${heading}</h1>
<p class="lead">${counted(page.totalCount, one)}${typed === '' ? ', those with most papers first.' : html` found for “${typed}”.`}</p>
<form class="actions narrow" action="${page.path}"><label>Find by name <input type="search" name="q" value="${typed}" maxlength="100"></label><button>Find</button></form>
${
  entries.length === 0
    ? html`<p class="none">There are none here${typed !== '' && ' by this name'}.</p>`
    : html`<ul class="directory" role="list">${entries.map(
        (entry) =>
          html`<li>${linkTo(entry)} <span class="count">${numeral(entry.paperCount)}<span class="hidden"> ${entry.paperCount === 1 ? 'paper' : 'papers'}</span></span></li>\n`,
      )}</ul>`
}
${page.next !== null && html`<nav class="steps" aria-label="Pages"><a href="${page.next}" rel="next">More →</a></nav>`}`,
  )
}
