// What counts as a misspelling, for the correction of queries (`query/spelling.ts`) and for the lookup of names
// (`src/lists/directory.ts`). Most misspellings are one edit (Damerau, CACM 1964): two neighbouring letters swapped, or a
// letter too many, missing or wrong. Both users enumerate the words one edit away; queries look them up as terms, names as
// patterns of `like`. Both find words further away by trigrams. A blank may also be missing or too many.

/** Three letters are enough to undo a swap; a shorter word has too many neighbours for the other edits. */
const SHORTEST_FOR_SWAPS = 3
export const SHORTEST_FOR_EDITS = 5
/** From this length on, enough of a word is left to recognize it without its first letter. */
const SHORTEST_FOR_FIRST_LETTER = 7
/** A shorter word, or a whole name as typed, has too few trigrams to recognize it with two edits. */
export const SHORTEST_FOR_TRIGRAMS = { word: 9, name: 8 }
/** A longer word has halves that few names have, so that an index can find these first. */
const LONGEST_WITHOUT_HALVES = 10
/** In a word that is two words without a blank, each has at least this many letters. */
const SHORTEST_SPLIT = 3
/** Joins of two words are tried only in names of at most this many words. */
export const MOST_WORDS_OF_NAME = 6

/** A word that may be meant: `prefix`, then any one letter if `hasLetter` is set, then `suffix`. */
export interface Candidate {
  prefix: string
  hasLetter: boolean
  suffix: string
  /** 0 for a swap, the likeliest edit; 1 for the others. */
  distance: 0 | 1
}

/** The words that are one edit away, swaps first. */
export function wordsOneEditAway(word: string): Candidate[] {
  const letters = [...word]
  if (letters.length < SHORTEST_FOR_SWAPS) return []
  const text = (from: number, to?: number) => letters.slice(from, to).join('')
  const candidates: Candidate[] = []
  for (let at = 0; at + 1 < letters.length; at += 1)
    if (letters[at] !== letters[at + 1])
      candidates.push({ prefix: swappedUpTo(letters, at), hasLetter: false, suffix: text(at + 2), distance: 0 })
  if (letters.length < SHORTEST_FOR_EDITS) return candidates
  const add = (prefix: string, hasLetter: boolean, suffix: string) =>
    candidates.push({ prefix, hasLetter, suffix, distance: 1 })
  for (const at of letters.keys()) add(text(0, at), false, text(at + 1))
  for (let at = 0; at <= letters.length; at += 1) {
    if (at < letters.length) add(text(0, at), true, text(at + 1))
    add(text(0, at), true, text(at))
  }
  return candidates
}

/** The letters up to `at + 1`, the last two of them swapped. */
const swappedUpTo = (letters: readonly string[], at: number): string =>
  [...letters.slice(0, at), letters[at + 1], letters[at]].join('')

/**
 * Three texts of a long word, of which every word one edit away has at least one: it starts with `first`, ends with
 * `last`, or is `swapped`, the word with the two letters swapped where the halves meet. Null for a shorter word.
 */
export function halvesOf(word: string): { first: string; last: string; swapped: string } | null {
  const letters = [...word]
  if (letters.length <= LONGEST_WITHOUT_HALVES) return null
  const middle = letters.length >> 1
  const [first, last] = [letters.slice(0, middle), letters.slice(middle)].map((half) => half.join(''))
  const swapped = swappedUpTo(letters, middle - 1) + letters.slice(middle + 1).join('')
  return { first: first as string, last: last as string, swapped }
}

/** The pairs of words that a word can be if a blank is missing. */
export const splitsOf = (word: string): [string, string][] =>
  Array.from({ length: Math.max(0, word.length - 2 * SHORTEST_SPLIT + 1) }, (_, n) => [
    word.slice(0, n + SHORTEST_SPLIT),
    word.slice(n + SHORTEST_SPLIT),
  ])

/** The words of a name if a blank is too many: each two neighbours as one word, and all as one: `open ai`, `openai`. */
export function joinsOf(words: readonly string[]): string[][] {
  if (words.length < 2) return []
  const pairs = words.length > 2 && words.length <= MOST_WORDS_OF_NAME ? words.slice(1) : []
  return [
    ...pairs.map((word, place) => [...words.slice(0, place), `${words[place]}${word}`, ...words.slice(place + 2)]),
    [words.join('')],
  ]
}

export interface Difference {
  /** How many edits lead from one word to the other. */
  edits: number
  /** Whether the one edit is a swap. */
  isSwap: boolean
}

export const differenceOf = (a: string, b: string, most: number): Difference => ({
  edits: editDistance(a, b, most),
  isSwap: isSwapOf(a, b),
})

/** Hardly anybody mistypes the first letter (Pollock and Zamora, CACM 1984), except in a swap or one edit of a long word. */
export const isLikely = (typed: string, meant: string, { edits, isSwap }: Difference): boolean =>
  typed[0] === meant[0] || (edits === 1 && (isSwap || typed.length >= SHORTEST_FOR_FIRST_LETTER))

function isSwapOf(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const at = [...a].findIndex((letter, index) => letter !== b[index])
  return at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}

/** The edit distance of two words (optimal string alignment); `most + 1` for every distance above `most`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return Math.min(last[b.length] as number, most + 1)
}
