import { type Html, html, linkAddress, type Part } from './html.ts'

/** The fields of a paper that lists show. */
export interface PaperCard {
  id: string
  title: string
  url: string
  publishedAt: string
  listedOn: string | null
  voteCount: number
  commentCount: number
  organization: { name: string } | null
  authors: { totalCount: number; nodes: { name: string }[] }
  topics: { name: string }[]
}

/** How many authors and topics a list shows for each paper. The custom element shows as many. */
export const SHOWN_AUTHORS = 3
export const SHOWN_TOPICS = 4

/** Where links open: in the same tab, or, from an embedded page, in a new one. */
export type LinkTarget = 'same' | 'new'

const TARGETS: Record<LinkTarget, Html | null> = { same: null, new: html` target="_blank" rel="noopener"` }

/** A list of papers, always as an ordered list. */
export function paperList(papers: readonly PaperCard[], target: LinkTarget, heading: 'h2' | 'h3' = 'h2'): Html {
  if (papers.length === 0) return html`<p class="none">There are no papers here yet.</p>`
  // Safari's screen reader ignores lists without markers unless they have this role.
  return html`<ol class="papers" role="list">${papers.map((paper) => card(paper, target, heading))}</ol>`
}

function card(paper: PaperCard, target: LinkTarget, heading: 'h2' | 'h3'): Html {
  const titled = html`<a href="${linkAddress(paper.url)}"${TARGETS[target]}>${paper.title}</a>`
  const topics = paper.topics.slice(0, SHOWN_TOPICS)
  return html`
<li class="paper">
${heading === 'h2' ? html`<h2 class="title" dir="auto">${titled}</h2>` : html`<h3 class="title" dir="auto">${titled}</h3>`}
<p class="votes">${paper.voteCount}<span class="hidden"> ${paper.voteCount === 1 ? 'vote' : 'votes'}</span></p>
<p class="authors">${authorLine(paper.authors)}</p>
<p class="facts">${joined([
    paper.organization && html`<bdi>${paper.organization.name}</bdi>`,
    paper.commentCount > 0 && counted(paper.commentCount, 'comment'),
    dateOf(paper.listedOn ?? paper.publishedAt),
  ])}</p>
${topics.length > 0 && html`<ul class="topics" role="list" aria-label="Topics">${topics.map(({ name }) => html`<li><bdi>${name}</bdi></li> `)}</ul>`}
</li>`
}

/** The first authors and how many more there are. `bdi` isolates names written from right to left. */
export function authorLine({ totalCount, nodes }: PaperCard['authors']): Html {
  const more = totalCount - nodes.length
  const names = nodes.map(({ name }, place) => html`${place > 0 && ', '}<bdi>${name}</bdi>`)
  return html`${names}${more > 0 && ` and ${numeral(more)} more`}`
}

/** Short facts on one line, separated by dots. */
export const joined = (facts: readonly Part[]): Html =>
  html`${facts.filter(Boolean).map((fact, place) => html`${place > 0 && '\u00a0· '}${fact}`)}`

/** `1,234`. Not `toLocaleString`, which looks its format up each time. */
export const numeral: (number: number) => string = new Intl.NumberFormat('en').format

export const counted = (count: number, what: string): string => `${numeral(count)} ${what}${count === 1 ? '' : 's'}`

const DAY_FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })

/** A day for people, with `datetime` for programs. */
export function dateOf(moment: string): Html {
  const day = moment.slice(0, 10)
  return html`<time datetime="${day}">${DAY_FORMAT.format(new Date(`${day}T00:00:00Z`))}</time>`
}
