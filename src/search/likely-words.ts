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

/** At most as many letters of a stem are compared. All words of large English dictionaries begin with these of their stems. */
const COMPARED = 4

/**
 * Finds at least one place in each piece of a text that has one of the terms. Stems of words keep their first letters, the
 * last of a short stem aside, except those of dying, lying and tying. In a compound, there may be a sign between the letters.
 * Pieces with other characters than those of ASCII are all found.
 */
function beginningsOf(terms: Terms): RegExp {
  const known = beginnings.get(terms)
  if (known !== undefined) return known
  const rests = new Map<string, Set<string>>()
  for (const term of terms.keys()) {
    const first = term[0] as string
    const rest = restOf(term)
    if (rest === undefined) continue
    const ofFirst = rests.get(first) ?? new Set()
    rests.set(first, ofFirst.add(rest))
    if (/^[dlt]ie$/.test(term)) ofFirst.add('y')
    // `3 D`
    if (/^\dd$/.test(term)) ofFirst.add('')
  }
  const alternatives = [...rests].map(([first, ofFirst]) => {
    const start = /\d/.test(first) ? first : `(?<![a-z])${first}`
    const following = [...ofFirst].map((rest) => [...rest].map((character) => `[^\\sa-z0-9]?${character}`).join(''))
    return ofFirst.has('') ? start : `${start}(?:${following.join('|')})`
  })
  const pattern = new RegExp([...alternatives, '[^\\x00-\\x7f]'].join('|'), 'gi')
  beginnings.set(terms, pattern)
  return pattern
}

/** What words of a term have after its first character. A name is often written apart from its number. */
const restOf = (term: string): string | undefined =>
  /^[a-z]{4,}$/.test(term) ? term.slice(1, Math.min(COMPARED, term.length - 1)) : /^[a-z0-9]([a-z0-9]?)/.exec(term)?.[1]
