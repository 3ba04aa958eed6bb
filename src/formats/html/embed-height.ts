import type { EmbedPage } from './embed-page.ts'
import { type PaperCard, SHOWN_TOPICS } from './paper-card.ts'

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
const AROUND = 28 + 12 + 34
/** One spare line, because widths ignore kerning and fallback fonts. */
const SPARE = LINE.authors
const NONE = 72
/** The links to the editions before and after. */
const STEPS = 33

/** The height, up to `most`, at which a page of this width shows all its papers. */
export function embedHeight(
  { title, papers, edition }: Pick<EmbedPage, 'title' | 'papers' | 'edition'>,
  width: number,
  most: number,
): number {
  const inside = Math.max(width - (width <= 384 ? 24 : 32), 1)
  const votes = Math.min(Math.max(0.09 * inside, 36), 44)
  const column = Math.max(inside - votes - 12, 1)
  let height = AROUND + SPARE + lines(title, inside, SIZE.heading) * LINE.heading
  if (edition !== null && (edition.previous ?? edition.next) !== null) height += STEPS
  if (papers.length === 0) height += NONE
  for (const paper of papers) {
    if (height >= most) break
    height += CARD + cardHeight(paper, column, edition?.period !== 'DAY')
  }
  return Math.min(Math.ceil(height), most)
}

function cardHeight({ title, authors, topics, ...paper }: PaperCard, width: number, isDated: boolean): number {
  const more = authors.totalCount - authors.nodes.length
  const names = `${authors.nodes.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const facts = [
    paper.organization?.name,
    paper.commentCount > 0 ? `${paper.commentCount} comments` : null,
    isDated ? '27\u00a0Sept\u00a02026' : null,
  ].filter(Boolean)
  const small = (parts: readonly unknown[]) => STEP + lines(parts.join('\u00a0· '), width, SIZE.small) * LINE.small
  return (
    Math.min(lines(title, width, SIZE.title), TITLE_LINES) * LINE.title +
    (STEP + lines(names, width, SIZE.authors) * LINE.authors) +
    (facts.length > 0 ? small(facts) : 0) +
    (topics.length > 0 ? small(topics.slice(0, SHOWN_TOPICS).map(({ name }) => name)) : 0)
  )
}

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
