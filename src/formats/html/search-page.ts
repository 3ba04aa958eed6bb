import { renderSitePage } from './document.ts'
import { type Html, html } from './html.ts'
import { counted, type Linked, numeral, type PaperCard, paperList } from './paper-card.ts'

interface Segment {
  text: string
  isMatch: boolean
}

/** A value by which found papers can be narrowed. */
export interface Facet extends Linked {
  count: number
  /** Whether the list is restricted to it: the address then lifts the restriction. */
  isChosen: boolean
}

export interface SearchPage {
  query: string
  /** Null for a search that was not made yet. */
  found: {
    totalCount: number
    correctedQuery: string | null
    papers: readonly (PaperCard & { titleHighlights: readonly Segment[]; abstractHighlights: readonly Segment[] })[]
    topics: readonly Facet[]
    organizations: readonly Facet[]
    next: string | null
  } | null
}

const marked = (segments: readonly Segment[]): Html =>
  html`${segments.map(({ text, isMatch }) => (isMatch ? html`<mark>${text}</mark>` : text))}`

export function renderSearchPage(publicUrl: string, { query, found }: SearchPage): string {
  const title = query === '' ? 'Search' : `“${query}”`
  return renderSitePage(
    publicUrl,
    { title: `${title} · Daily Papers`, description: null, canonical: query === '' ? `${publicUrl}/search` : null },
    found === null
      ? html`<h1>Search</h1>
<p class="lead">Words in titles, abstracts and names of authors; “quoted words” next to each other; <code>-word</code> for papers without it; <code>author:name</code>; an arXiv id, a DOI or an address.</p>`
      : html`<h1 dir="auto">${title}</h1>
<p class="lead">${found.totalCount >= 1_000 ? 'The best 1,000 papers' : counted(found.totalCount, 'paper')}, best match first.${found.correctedQuery !== null && html` No paper has these words: this is what <strong>${found.correctedQuery}</strong> finds.`}</p>
<div class="columns">
<div>
${found.papers.length === 0 ? html`<p class="none">Nothing was found. Fewer words find more.</p>` : results(publicUrl, found.papers)}
${found.next !== null && html`<nav class="steps" aria-label="Pages"><a href="${found.next}" rel="next">More papers →</a></nav>`}
</div>
<aside aria-label="Narrow the search">
${facets('Topics', found.topics)}
${facets('Organizations', found.organizations)}
</aside>
</div>`,
    query,
  )
}

function results(publicUrl: string, papers: NonNullable<SearchPage['found']>['papers']): Html {
  const texts = new Map<PaperCard, { title: Html; passage: Html | null }>(
    papers.map((paper) => [
      paper,
      {
        title: marked(paper.titleHighlights),
        passage: paper.abstractHighlights.length > 0 ? marked(paper.abstractHighlights) : null,
      },
    ]),
  )
  return paperList(papers, { publicUrl, target: 'same', texts: (paper) => texts.get(paper) })
}

function facets(heading: string, all: readonly Facet[]): Html | false {
  if (all.length === 0) return false
  return html`<h2>${heading}</h2>
<ul class="facets" role="list">${all.map(
    ({ name, url, count, isChosen }) =>
      html`<li><a href="${url}"${isChosen && html` aria-current="true"`} rel="nofollow"><bdi>${name}</bdi></a> <span class="count">${isChosen ? '×' : numeral(count)}</span></li>\n`,
  )}</ul>`
}
