import { type Html, html, linkAddress, type Part } from './html.ts'
import { withMath } from './math.ts'

/** Whoever or whatever has a page here. */
export interface Linked {
  name: string
  url: string
}

/** The fields of a paper that lists show. */
export interface PaperCard {
  id: string
  title: string
  url: string
  publishedAt: string
  listedOn: string | null
  voteCount: number
  commentCount: number
  organization: Linked | null
  authors: { totalCount: number; nodes: Linked[] }
  topics: Linked[]
}

/** How many authors and topics a list shows for each paper. The custom element shows as many. */
export const SHOWN_AUTHORS = 3
export const SHOWN_TOPICS = 4

export interface ListStyle {
  /**
   * Where links open: in the same tab, or, from an embedded page, in a new one. On our own pages, authors, organizations and
   * topics are links, too.
   */
  target: 'same' | 'new'
  heading?: 'h2' | 'h3'
  /** Whether each entry has its date; not in an edition, where all have the same. */
  isDated?: boolean
  /** What stands in place of a title and of the line below it, such as marked words of a search. */
  texts?: (paper: PaperCard) => { title: Html; passage: Html | null } | undefined
}

const TARGETS: Record<ListStyle['target'], Html | null> = { same: null, new: html` target="_blank" rel="noopener"` }

/** A list of papers, always as an ordered list. */
export function paperList(papers: readonly PaperCard[], style: ListStyle): Html {
  if (papers.length === 0) return html`<p class="none">There are no papers here yet.</p>`
  // Safari's screen reader ignores lists without markers unless they have this role.
  return html`<ol class="papers" role="list">${papers.map((paper) => card(paper, style))}</ol>`
}

function card(paper: PaperCard, { target, heading = 'h2', isDated = true, texts }: ListStyle): Html {
  const { title, passage } = texts?.(paper) ?? { title: withMath(paper.title), passage: null }
  const titled = html`<a href="${linkAddress(paper.url)}"${TARGETS[target]}>${title}</a>`
  const link = target === 'same' ? linkTo : nameOf
  const topics = paper.topics.slice(0, SHOWN_TOPICS)
  const facts = joined([
    paper.organization && link(paper.organization),
    paper.commentCount > 0 && counted(paper.commentCount, 'comment'),
    isDated && dateOf(paper.listedOn ?? paper.publishedAt),
  ])
  return html`
<li class="paper">
${heading === 'h2' ? html`<h2 class="title" dir="auto">${titled}</h2>` : html`<h3 class="title" dir="auto">${titled}</h3>`}
<p class="votes">${numeral(paper.voteCount)}<span class="hidden"> ${paper.voteCount === 1 ? 'vote' : 'votes'}</span></p>
${passage && html`<p class="passage" dir="auto">${passage}</p>\n`}<p class="authors">${authorLine(paper.authors, link)}</p>
${facts.text !== '' && html`<p class="facts">${facts}</p>\n`}${topics.length > 0 && html`<ul class="topics" role="list" aria-label="Topics">${topics.map((topic) => html`<li>${link(topic)}</li> `)}</ul>`}
</li>`
}

/** A name, isolated if it is written from right to left. */
export const nameOf = ({ name }: { name: string }): Html => html`<bdi>${name}</bdi>`
export const linkTo = ({ name, url }: Linked): Html => html`<a href="${linkAddress(url)}"><bdi>${name}</bdi></a>`

/** The first authors and how many more there are. */
export function authorLine<Author extends { name: string }>(
  { totalCount, nodes }: { totalCount: number; nodes: readonly Author[] },
  write: (author: Author) => Html = nameOf,
): Html {
  const more = totalCount - nodes.length
  const names = nodes.map((author, place) => html`${place > 0 && ', '}${write(author)}`)
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
