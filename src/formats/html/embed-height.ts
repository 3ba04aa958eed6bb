import { isPictureSource } from '../../values/pictures.ts'
import type { EmbedPage } from './embed-page.ts'
import { cardLinks, counted, type PaperCard } from './paper-card.ts'

// The height of an embedded page, for oEmbed: a site has to know it before any browser lays the page out. It follows from
// the sizes in `style.ts` and the widths of letters in DejaVu Sans, the widest of the common system fonts, so that no font
// cuts a frame off. Of 856 pages of 1 to 3 papers, DejaVu Sans leaves at most 88 pixels empty. Noto Sans is narrower by a
// tenth and leaves at most 109 below one paper and 194 below three.

/** Average widths of characters in DejaVu Sans, in units of the font size. */
const WIDTHS: readonly [characters: string, width: number][] = [
  ["ijlIJ.,·:;'|/\\ \u00a0", 0.32],
  ['ft-()[]!r"', 0.4],
  ['w', 0.8],
  ['ABCDEFGHKLNOPQRSTUVXYZ&#+<=>~^', 0.7],
  ['mMW@%…', 0.96],
]
const OTHER_WIDTH = 0.6
const EAST_ASIAN_WIDTH = 1
const BOLD = 1.13

/** The width of each character up to `\u00ff`, by its code. */
const WIDTH_OF = Array.from({ length: 256 }, (_, code) => {
  const found = WIDTHS.find(([characters]) => characters.includes(String.fromCharCode(code)))
  return found?.[1] ?? OTHER_WIDTH
})

/** Font sizes in pixels; bold text is wider, so its size is multiplied by `BOLD`. */
const SIZE = { heading: 16 * BOLD, title: 17 * BOLD, authors: 15, small: 14 }
const LINE = { heading: 20, title: 21.25, authors: 22.5, small: 21 }
const TITLE_LINES = 8
/** The space above each line of a card except the first. */
const STEP = 3.2
/** The padding and border of a card; everything around the list except its heading; the text of an empty list. */
const CARD = 33
const COMPACT = 17
const AROUND = 28 + 12 + 34
/** One spare line, because widths ignore kerning and fallback fonts. */
const SPARE = LINE.authors
const NONE = 72
/** The links to the editions before and after. */
const STEPS = 33

/** The least width of a card of the layout `cards`, and the gap between two. */
const CARDS = { width: 272, gap: 20, votes: 48, padding: 14 }
/** The height of a thumbnail for its width. */
const THUMB = 21 / 40
/** The room of an avatar, in the text of a line. */
const AVATAR = 'MM '

/** The height, up to `most`, at which a page of this width shows all its papers. */
export function embedHeight(
  { title, papers, edition, look }: Pick<EmbedPage, 'title' | 'papers' | 'edition' | 'look'>,
  width: number,
  most: number,
): number {
  const inside = Math.max(width - (width <= 384 ? 24 : 32), 1)
  let height = AROUND + SPARE + lines(title, inside, SIZE.heading) * LINE.heading
  if (edition !== null && (edition.previous ?? edition.next) !== null) height += STEPS
  if (papers.length === 0) height += NONE
  const style = {
    look,
    isDated: edition?.period !== 'DAY',
    hasThumbs:
      look.images === 'on' &&
      look.layout !== 'compact' &&
      papers.some(({ thumbnailUrl }) => isPictureSource(thumbnailUrl)),
  }
  const columns =
    look.layout === 'cards' ? Math.max(Math.floor((inside + CARDS.gap) / (CARDS.width + CARDS.gap)), 1) : 1
  for (let first = 0; first < papers.length && height < most; first += columns) {
    const row = papers.slice(first, first + columns)
    const heights = row.map((paper) =>
      look.layout === 'cards'
        ? cardHeight(paper, (inside - CARDS.gap * (columns - 1)) / columns, style)
        : rowHeight(paper, inside, style),
    )
    height += Math.max(...heights)
  }
  return Math.min(Math.ceil(height), most)
}

interface CardStyle {
  look: EmbedPage['look']
  isDated: boolean
  hasThumbs: boolean
}

/** A row of the layouts `list` and `compact`, as wide as the page. */
function rowHeight(paper: PaperCard, inside: number, style: CardStyle): number {
  const votes = Math.min(Math.max(0.09 * inside, 36), 44) + 12
  const thumb = style.hasThumbs ? Math.min(Math.max((inside - 320) * 999, 0), 0.22 * inside, 144) : 0
  const column = Math.max(inside - votes - (style.hasThumbs ? thumb + 12 : 0), 1)
  const text = bylineHeight(paper, column, style.look, 3)
  const around = style.look.layout === 'compact' ? COMPACT : CARD
  return around + edgesHeight(paper, Math.max(inside - votes, 1), style) + Math.max(text, 2 * STEP + thumb * THUMB)
}

/** A card of the layout `cards`, with the gap below it. */
function cardHeight(paper: PaperCard, width: number, style: CardStyle): number {
  const column = Math.max(width - 2 - CARDS.votes - CARDS.padding, 1)
  const above = style.hasThumbs ? width * THUMB + 13 : CARDS.padding
  const text = edgesHeight(paper, column, style) + bylineHeight(paper, column, style.look, 4)
  return above + text + CARDS.padding + 2 + CARDS.gap
}

/** The authors and the summary, beside a thumbnail. */
function bylineHeight({ authors, summary }: PaperCard, width: number, look: EmbedPage['look'], most: number): number {
  const more = authors.totalCount - authors.nodes.length
  const names = `${authors.nodes.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const isShort = look.layout === 'compact' || summary === null
  const passage = isShort ? 0 : STEP + 1 + Math.min(lines(summary, width, SIZE.authors), most) * LINE.authors
  return STEP + lines(names, width, SIZE.authors) * LINE.authors + passage
}

/** The title, the facts and the topics. */
function edgesHeight({ title, topics, ...paper }: PaperCard, width: number, { look, isDated }: CardStyle): number {
  const isShort = look.layout === 'compact'
  const avatar = look.images === 'on' && !isShort ? AVATAR : ''
  const submitter = isShort ? null : paper.submittedBy
  const facts = [
    paper.organization && `${avatar}${paper.organization.name}`,
    submitter && `listed by ${avatar}${submitter.name ?? submitter.handle}`,
    paper.commentCount > 0 ? `${paper.commentCount} comments` : null,
    paper.githubStars !== null && !isShort ? counted(paper.githubStars, 'star') : null,
    isDated ? '27 Sept 2026' : null,
    ...(isShort ? [] : cardLinks(paper).map(({ label }) => label)),
  ].flatMap((fact) => (fact ? [unit(fact)] : []))
  return (
    Math.min(lines(title, width, SIZE.title), TITLE_LINES) * LINE.title +
    (facts.length > 0 ? STEP + lines(facts.join(GAP), width, SIZE.small) * LINE.small : 0) +
    (topics.length > 0 && !isShort ? STEP + LINE.small : 0)
  )
}

/** At least as wide as the gap between two facts. */
const GAP = '\u00a0\u00a0\u00a0 '

/** A fact, which breaks only if it is longer than a line. */
const unit = (text: string): string => text.replaceAll(' ', '\u00a0')

/** The number of lines of a text, which breaks at spaces and inside a word longer than a line. */
function lines(text: string, width: number, size: number): number {
  const room = width / size
  const space = WIDTH_OF[32] as number
  let [count, used] = [1, 0]
  for (const word of text.split(' ')) {
    let length = 0
    for (const character of word) length += widthOf(character)
    if (used > 0 && used + space + length > room) {
      count += 1
      used = 0
    }
    used += length + (used > 0 ? space : 0)
    const more = Math.max(Math.ceil(used / room) - 1, 0)
    count += more
    used -= more * room
  }
  return count
}

const widthOf = (character: string): number =>
  WIDTH_OF[character.charCodeAt(0)] ?? (character >= '\u1100' ? EAST_ASIAN_WIDTH : OTHER_WIDTH)
