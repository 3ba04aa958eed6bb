import type { PaperLinkKind } from '../../values/vocabulary.ts'
import { type Html, html, linkAddress, type Part } from './html.ts'
import { type ListLook, USUAL_LIST_LOOK } from './look.ts'
import { withMath } from './math.ts'
import { avatar, type Pictured, thumbnail } from './picture.ts'

/** Whoever or whatever has a page here. */
export interface Linked {
  name: string
  url: string
}

/** The fields of a paper that lists show. */
export interface PaperCard {
  id: string
  arxivId: string | null
  title: string
  url: string
  summary: string | null
  thumbnailUrl: string | null
  publishedAt: string
  listedOn: string | null
  voteCount: number
  commentCount: number
  githubStars: number | null
  organization: (Linked & Pictured) | null
  submittedBy: (Pictured & { handle: string; name: string | null; url: string }) | null
  authors: { totalCount: number; nodes: Linked[] }
  topics: Linked[]
  links: readonly { kind: PaperLinkKind; url: string; title: string | null }[]
}

/** How many authors and topics a list shows for each paper. The custom element shows as many. */
export const SHOWN_AUTHORS = 3
export const SHOWN_TOPICS = 4

/** The links that lists show, the first of each kind, and what they are called there. */
export const CARD_LINKS: readonly [PaperLinkKind, string][] = [
  ['PDF', 'PDF'],
  ['CODE', 'Code'],
  ['PROJECT', 'Project'],
]

export interface ListStyle {
  publicUrl: string
  /**
   * Where links open: in the same tab, or, from an embedded page, in a new one. On our own pages, authors, organizations and
   * topics are links, too.
   */
  target: 'same' | 'new'
  heading?: 'h2' | 'h3'
  look?: ListLook
  /** Whether each entry has its date; not in an edition, where all have the same. */
  isDated?: boolean
  /** What stands in place of a title and of the line below it, such as marked words of a search. */
  texts?: (paper: PaperCard) => { title: Html; passage: Html | null } | undefined
}

const TARGETS: Record<ListStyle['target'], Html | null> = { same: null, new: html` target="_blank" rel="noopener"` }

/** A list of papers, always as an ordered list. */
export function paperList(papers: readonly PaperCard[], style: ListStyle): Html {
  if (papers.length === 0) return html`<p class="none">There are no papers here yet.</p>`
  const { layout } = style.look ?? USUAL_LIST_LOOK
  const pictures = thumbnails(style.publicUrl, papers, style.look)
  // Safari's screen reader ignores lists without markers unless they have this role.
  return html`<ol class="papers ${layout}" role="list">${papers.map((paper, place) => card(paper, pictures?.[place], style))}</ol>`
}

/** The thumbnail of each paper; null if none has one, so that they need no place. */
function thumbnails(
  publicUrl: string,
  papers: readonly PaperCard[],
  look: ListLook = USUAL_LIST_LOOK,
): (Html | null)[] | null {
  if (look.images === 'off' || look.layout === 'compact') return null
  const size = look.layout === 'cards' ? 'large' : 'small'
  const all = papers.map((paper) => thumbnail(publicUrl, paper, size))
  return all.some((one) => one !== null) ? all : null
}

/** @param picture null for a drawn placeholder, undefined for no place */
function card(paper: PaperCard, picture: Html | null | undefined, style: ListStyle): Html {
  const { target, heading = 'h2', texts, look = USUAL_LIST_LOOK } = style
  const isShort = look.layout === 'compact'
  const given = texts?.(paper)
  const title = given?.title ?? withMath(paper.title)
  const address = linkAddress(paper.url)
  const titled = html`<a href="${address}"${TARGETS[target]}>${title}</a>`
  const link = target === 'same' ? linkTo : nameOf
  const topics = isShort ? [] : paper.topics.slice(0, SHOWN_TOPICS)
  const facts = cardFacts(paper, style)
  const passage = given?.passage ?? (isShort || paper.summary === null ? null : withMath(paper.summary))
  return html`
<li class="paper">
${heading === 'h2' ? html`<h2 class="title" dir="auto">${titled}</h2>` : html`<h3 class="title" dir="auto">${titled}</h3>`}
<p class="${paper.voteCount === 0 ? 'votes zero' : 'votes'}">${shortNumeral(paper.voteCount)}<span> ${paper.voteCount === 1 ? 'vote' : 'votes'}</span></p>
${picture && html`<a class="thumb" href="${address}"${TARGETS[target]} tabindex="-1" aria-hidden="true">${picture}</a>\n`}${picture === null && html`<span class="thumb"></span>\n`}<p class="authors">${authorLine(paper.authors, link)}</p>
${passage && html`<p class="passage" dir="auto">${passage}</p>\n`}${facts.text !== '' && html`<p class="facts">${facts}</p>\n`}${topics.length > 0 && html`<ul class="topics" role="list" aria-label="Topics">${topics.map((topic) => html`<li>${link(topic)}</li> `)}</ul>`}
</li>`
}

function cardFacts(paper: PaperCard, { publicUrl, target, isDated = true, look = USUAL_LIST_LOOK }: ListStyle): Html {
  const link = target === 'same' ? linkTo : nameOf
  const { organization, submittedBy: submitter } = paper
  const isShort = look.layout === 'compact'
  const hasPictures = look.images === 'on' && !isShort
  return joined([
    organization && html`${hasPictures && avatar(publicUrl, 'organizations', organization)}${link(organization)}`,
    !isShort &&
      submitter &&
      html`listed by ${hasPictures && avatar(publicUrl, 'users', submitter)}${link({ name: submitter.name ?? submitter.handle, url: submitter.url })}`,
    paper.commentCount > 0 && counted(paper.commentCount, 'comment'),
    paper.githubStars !== null && !isShort && counted(paper.githubStars, 'star'),
    isDated && dateOf(paper.listedOn ?? paper.publishedAt),
    ...(isShort ? [] : cardLinks(paper).map(({ url, label }) => html`<a href="${url}"${TARGETS[target]}>${label}</a>`)),
  ])
}

/** The addresses of a paper's PDF, code and project, as far as it has them. */
export const cardLinks = ({ links }: Pick<PaperCard, 'links'>): { url: string; label: string }[] =>
  CARD_LINKS.flatMap(([kind, label]) => {
    const url = linkAddress(links.find((link) => link.kind === kind)?.url)
    return url === null ? [] : [{ url, label }]
  })

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

/** The same as text. */
export const authorNames = ({
  totalCount,
  nodes,
}: {
  totalCount: number
  nodes: readonly { name: string }[]
}): string =>
  `${nodes.map(({ name }) => name).join(', ')}${totalCount > nodes.length ? ` and ${numeral(totalCount - nodes.length)} more` : ''}`

/** Short facts on one line. The stylesheet separates them by dots, none of which begins or ends a line. */
export const joined = (facts: readonly Part[]): Html =>
  html`${facts.filter(Boolean).map((fact, place) => html`${place > 0 && ' '}<span>${fact}</span>`)}`

/** `1,234`. Not `toLocaleString`, which looks its format up each time. */
export const numeral: (number: number) => string = new Intl.NumberFormat('en').format

const COMPACT_FORMAT = new Intl.NumberFormat('en', { notation: 'compact' })

/** `1,234`, and `12K`: the column of votes would grow with more digits, and the titles of a list no longer be in line. */
const shortNumeral = (number: number): string => (number < 10_000 ? numeral(number) : COMPACT_FORMAT.format(number))

export const counted = (count: number, what: string): string => `${numeral(count)} ${what}${count === 1 ? '' : 's'}`

const DAY_FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })

/** A day for people. */
export const dayName = (moment: string): string => DAY_FORMAT.format(new Date(`${moment.slice(0, 10)}T00:00:00Z`))

/** A day for people, with `datetime` for programs. */
export function dateOf(moment: string): Html {
  const day = moment.slice(0, 10)
  return html`<time datetime="${day}">${dayName(day)}</time>`
}
