import { type Word, wordsOf } from './analyzer.ts'

/** A set of terms, or a map of them. */
interface Terms {
  keys(): Iterable<string>
}

/** How many pieces between blanks are analyzed before and after one: a name and its number, or `3 D`, are one word. */
const NEIGHBOURS = { before: 1, after: 2 }

/** The words of a text that may have one of the terms, and some others. To analyze all would take twice as long. */
export function likelyWords(text: string, terms: Terms): Word[] {
  const ranges: { from: number; to: number }[] = []
  let pieceEnd = 0
  for (const { index } of text.matchAll(beginningsOf(terms))) {
    // Once for each piece: it may be as long as the text.
    if (index < pieceEnd) continue
    const last = ranges.at(-1)
    let from = index
    for (let n = 0; n <= NEIGHBOURS.before && from > 0; n += 1) from = text.lastIndexOf(' ', from - 1)
    const blankAfter = (place: number) => {
      const blank = text.indexOf(' ', place)
      return blank < 0 ? text.length : blank
    }
    pieceEnd = blankAfter(index)
    let to = pieceEnd
    for (let n = 0; n < NEIGHBOURS.after && to < text.length; n += 1) to = blankAfter(to + 1)
    if (last !== undefined && from <= last.to) last.to = to
    else ranges.push({ from: Math.max(from, 0), to })
  }
  return ranges.flatMap(({ from, to }) =>
    wordsOf(text.slice(from, to)).map((word) => ({ ...word, start: word.start + from, end: word.end + from })),
  )
}

const beginnings = new WeakMap<Terms, RegExp>()

/**
 * Finds at least one place in each piece of a text that has one of the terms. Stems of words keep the first two letters,
 * except those of dying, lying and tying. In a compound, there may be a sign between the letters. Pieces with other
 * characters than those of ASCII are all found.
 */
function beginningsOf(terms: Terms): RegExp {
  const known = beginnings.get(terms)
  if (known !== undefined) return known
  const seconds = new Map<string, Set<string>>()
  for (const term of terms.keys()) {
    const [, first, second] = /^([a-z0-9])([a-z0-9]?)/.exec(term) ?? []
    if (first === undefined || second === undefined) continue
    const ofFirst = seconds.get(first) ?? new Set()
    seconds.set(first, ofFirst.add(second))
    if (/^[dlt]ie$/.test(term)) ofFirst.add('y')
    // `3 D`
    if (/^\dd$/.test(term)) ofFirst.add('')
  }
  const alternatives = [...seconds].map(([first, letters]) => {
    const start = /\d/.test(first) ? first : `(?<![a-z])${first}`
    return letters.has('') ? start : `${start}[^\\sa-z0-9]?[${[...letters].join('')}]`
  })
  const pattern = new RegExp([...alternatives, '[^\\x00-\\x7f]'].join('|'), 'gi')
  beginnings.set(terms, pattern)
  return pattern
}
