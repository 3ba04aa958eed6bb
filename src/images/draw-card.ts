import type { LinkCard } from '../values/link-card.ts'
import { LINK_CARD_SIZE } from '../values/pictures.ts'
import { isDrawable, pathOf, type TextStyle, widthOf } from './glyphs.ts'

// Runs in the process of `conversion-process.ts`.

const INK = '#1d1b18'
const MUTED = '#645e56'
const ACCENT = '#b5391f'
const GROUND = '#fdfbf8'
const { width: WIDTH, height: HEIGHT } = LINK_CARD_SIZE
const MARGIN = 80
const ROOM = WIDTH - 2 * MARGIN
const KICKER: TextStyle = { size: 30, weight: 600 }
const LINE: TextStyle = { size: 32, weight: 400 }
const SMALL: TextStyle = { size: 30, weight: 400 }
const VOTES: TextStyle = { size: 38, weight: 600 }
/** The largest in which a title fits into its lines. */
const TITLE_SIZES = [76, 68, 60, 54, 48]
const TITLE_LINES = 4
const TITLE_LEADING = 1.14
/** The height of a title that leaves room for a line below it. */
const TITLE_HEIGHT = 264

/** The mark of the site, as in `formats/html/document.ts`. */
const MARK =
  '<path fill="#b5391f" d="M3 0h14l7 7v14a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/><path fill="#f6d9d0" d="M17 0v4a3 3 0 0 0 3 3h4z"/><path fill="#fff" d="M12 9.5 17.5 17h-11z"/>'

/** A link card as SVG, of paths only. */
export function drawCard({ kicker, title, instead, lines, votes, facts }: LinkCard): string {
  const parts: string[] = []
  const text = (line: string, x: number, y: number, style: TextStyle, color: string) =>
    void parts.push(`<path fill="${color}" d="${pathOf(line, x, y, style)}"/>`)
  text('Daily Papers', MARGIN + 58, 103, { size: 34, weight: 600 }, INK)
  let y = 184
  if (isDrawable(kicker)) text(cut(kicker, KICKER, ROOM), MARGIN, y, KICKER, ACCENT)
  const { style, rows } = fitted(isDrawable(title) ? title : instead)
  y += 12
  for (const row of rows) {
    y += style.size * TITLE_LEADING
    text(row, MARGIN, y, style, INK)
  }
  y += 16
  for (const line of lines.filter(isDrawable)) {
    y += LINE.size * 1.4
    if (y > HEIGHT - 105) break
    text(cut(line, LINE, ROOM), MARGIN, y, LINE, MUTED)
  }
  let x = MARGIN
  const base = HEIGHT - 58
  if (votes !== null) {
    parts.push(`<path fill="${ACCENT}" d="M${x + 15} ${base - 27}L${x + 30} ${base}H${x}z"/>`)
    text(votes, x + 44, base, VOTES, INK)
    x += 44 + widthOf(votes, VOTES) + 14
  }
  text(cut(facts, SMALL, WIDTH - MARGIN - x), x, base, SMALL, MUTED)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><path fill="${GROUND}" d="M0 0h${WIDTH}v${HEIGHT}H0z"/><path fill="${ACCENT}" d="M0 0h16v${HEIGHT}H0z"/><g transform="translate(${MARGIN} 72) scale(1.75)">${MARK}</g>${parts.join('')}</svg>`
}

/** A title in lines, as large as it fits; its last line is cut off if it does not fit at all. */
function fitted(title: string): { style: TextStyle; rows: string[] } {
  for (const size of TITLE_SIZES) {
    const style: TextStyle = { size, weight: 600 }
    const rows = wrapped(title, style)
    if (rows.length * size * TITLE_LEADING <= TITLE_HEIGHT && rows.every((row) => widthOf(row, style) <= ROOM))
      return { style, rows }
  }
  const style: TextStyle = { size: TITLE_SIZES.at(-1) as number, weight: 600 }
  const rows = wrapped(title, style)
  const shown = rows.slice(0, TITLE_LINES)
  const rest = rows.slice(TITLE_LINES - 1).join(' ')
  return { style, rows: [...shown.slice(0, -1), rest].map((row) => cut(row, style, ROOM)) }
}

function wrapped(text: string, style: TextStyle): string[] {
  const rows: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1)
    const longer = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && widthOf(longer, style) <= ROOM) rows[rows.length - 1] = longer
    else rows.push(word)
  }
  return rows
}

function cut(line: string, style: TextStyle, room: number): string {
  if (widthOf(line, style) <= room) return line
  let [fits, tooLong] = [0, line.length]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (widthOf(`${line.slice(0, middle)}…`, style) <= room) fits = middle
    else tooLong = middle
  }
  return `${line.slice(0, fits).trimEnd()}…`
}
