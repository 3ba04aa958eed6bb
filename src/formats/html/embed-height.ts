import type { EmbedPage } from './embed-page.ts'
import { type PaperCard, SHOWN_TOPICS } from './paper-card.ts'

// How high an embedded page is, for oEmbed, where a site has to know before it shows it: from the sizes of `html-style.ts`
// and what letters take. Fonts differ, so that a frame is rather a line too high than cut.

/** What a letter of each size takes on the average, in pixels, with what is left over at the ends of lines. */
const LETTER = { heading: 9.5, title: 10.5, authors: 8.5, small: 8.5 }
const LINE = { heading: 20, title: 21.25, authors: 22.5, small: 21 }
const TITLE_LINES = 8
/** What is above each line of a card but the first. */
const STEP = 3.2
/** The space and the rule of a card, everything around the list but its heading, and what an empty one says. */
const CARD = 33
const AROUND = 28 + 12 + 34
const NONE = 72

/** The least height at which a page of this width shows all of its papers, or `most` where they need more. */
export function embedHeight(
  { title, papers }: Pick<EmbedPage, 'title' | 'papers'>,
  width: number,
  most: number,
): number {
  const inside = Math.max(width - (width <= 384 ? 24 : 32), 1)
  const votes = Math.min(Math.max(0.09 * inside, 36), 44)
  const column = Math.max(inside - votes - 12, 1)
  let height = AROUND + LINE.small + lines(title, inside, LETTER.heading) * LINE.heading
  if (papers.length === 0) height += NONE
  for (const paper of papers) {
    if (height >= most) break
    height += CARD + cardHeight(paper, column)
  }
  return Math.min(Math.ceil(height), most)
}

function cardHeight({ title, authors, topics, ...paper }: PaperCard, width: number): number {
  const more = authors.totalCount - authors.nodes.length
  const names = `${authors.nodes.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const facts = [
    paper.organization?.name,
    paper.commentCount > 0 ? `${paper.commentCount} comments` : null,
    '27\u00a0Sept\u00a02026',
  ]
  const small = (parts: readonly (string | null | undefined)[]) =>
    STEP + lines(parts.filter(Boolean).join('\u00a0· '), width, LETTER.small) * LINE.small
  return (
    Math.min(lines(title, width, LETTER.title), TITLE_LINES) * LINE.title +
    (STEP + lines(names, width, LETTER.authors) * LINE.authors) +
    small(facts) +
    (topics.length > 0 ? small(topics.slice(0, SHOWN_TOPICS).map(({ name }) => name)) : 0)
  )
}

/** How many lines a text takes, broken at its spaces, and within a word that is longer than a line. */
function lines(text: string, width: number, letter: number): number {
  const room = Math.max(Math.floor(width / letter), 1)
  let [count, used] = [1, 0]
  for (const word of text.split(' ')) {
    // Letters of Chinese and Japanese are twice as wide.
    const length = [...word].reduce((sum, character) => sum + (character >= '\u1100' ? 2 : 1), 0)
    if (used > 0 && used + 1 + length > room) {
      count += 1
      used = 0
    }
    used += length + (used > 0 ? 1 : 0)
    count += Math.floor((used - 1) / room) * (used > room ? 1 : 0)
    if (used > room) used = ((used - 1) % room) + 1
  }
  return count
}
