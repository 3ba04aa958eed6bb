import { type Word, wordsOf } from './analyzer.ts'

/**
 * What search sees of the names of authors. A name has the terms of its words, whole and not cut down to stems, and those
 * of two words that stand together in it, so that `wei zhang` is one person and not a Wei and a Zhang. Names are looked
 * for as people write them: `Xiao-Ming` as `Xiaoming`, either name first, and without the initials.
 */

/** What terms of author names begin with, so that people are told from words: `@knuth`, `@donald knuth`. */
export const AUTHOR_MARK = '@'

/**
 * What names count for: the last word of a name is what people look for, and the first author is the one they remember.
 */
const NAME_IMPACTS = { firstAuthorsLastName: 2, lastName: 1, otherName: 0.5 }

/** Of a longer name, which is a team's, only so many words have neighbours. */
const MOST_WORDS = 8

/** What each term of the names counts for in a paper, greatest where several authors have it. */
export function nameImpacts(authors: readonly string[]): Map<string, number> {
  const impacts = new Map<string, number>()
  authors.forEach((name, position) => {
    const add = (term: string, impact: number) => impacts.set(term, Math.max(impact, impacts.get(term) ?? 0))
    const { firstAuthorsLastName, lastName, otherName } = NAME_IMPACTS
    const most = position === 0 ? firstAuthorsLastName : lastName
    const words = wordsOf(name)
    words.forEach((word, index) => {
      for (const term of wordTerms(word)) add(term, index === words.length - 1 ? most : otherName)
    })
    for (const pair of pairsOf(words)) add(pair, most)
  })
  return impacts
}

/** The terms of a word of a name: its parts, and of several also the word in one. */
export function wordTerms(word: Word): string[] {
  const terms = word.unstemmed.map((part) => AUTHOR_MARK + part)
  return terms.length > 1 ? [...terms, AUTHOR_MARK + joinedParts(word)] : terms
}

/** The pairs of words that stand for a name: neighbours, also over an initial between them, and the first and the last. */
function pairsOf(words: readonly Word[]): string[] {
  const some = words.slice(0, MOST_WORDS)
  const whole = withoutInitials(words)
  const [first, last] = [some[0], some.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  return [...new Set([...neighbours(some), ...neighbours(whole), pairTerm(first, last)])]
}

const withoutInitials = (words: readonly Word[]): Word[] =>
  words.filter((word) => [...joinedParts(word)].length > 1).slice(0, MOST_WORDS)

/** The sets of terms of which an author must have one whole set to be named by these words. */
export function nameAlternatives(words: readonly Word[]): string[][] {
  const whole = withoutInitials(words)
  const [first, second, third, ...others] = whole
  // Nothing but initials.
  if (first === undefined) return [words.flatMap(wordTerms)]
  if (second === undefined) return alternativesOfWord(first)
  if (third === undefined) {
    const parts = [...first.unstemmed, ...second.unstemmed]
    const apart = parts.slice(1).map((part, index) => termOfPair(parts[index] as string, part))
    return [[pairTerm(first, second)], [pairTerm(second, first)], ...(parts.length > 2 ? [apart] : [])]
  }
  // The family name may come first or last, and of three words two may be written in one: Fei-Fei Li.
  const orders = [whole, [...whole.slice(1), first], [whole.at(-1) as Word, ...whole.slice(0, -1)]].map(neighbours)
  if (others.length > 0) return orders
  const joined = [
    [joinedParts(first) + joinedParts(second), joinedParts(third)] as const,
    [joinedParts(first), joinedParts(second) + joinedParts(third)] as const,
  ]
  return [...orders, ...joined.flatMap(([a, b]) => [[termOfPair(a, b)], [termOfPair(b, a)]])]
}

function alternativesOfWord(word: Word): string[][] {
  const [first, second, ...others] = word.unstemmed
  // Of a script without spaces, a part of the name will do.
  if (word.isUnsegmented || first === undefined || second === undefined)
    return [word.unstemmed.map((part) => AUTHOR_MARK + part)]
  const apart = others.length === 0 ? [[`${AUTHOR_MARK}${first} ${second}`]] : []
  return [[AUTHOR_MARK + joinedParts(word)], ...apart]
}

/** The term of two words that stand together in a name. */
export const pairTerm = (first: Word, second: Word): string => termOfPair(joinedParts(first), joinedParts(second))

const termOfPair = (first: string, second: string): string => `${AUTHOR_MARK}${first} ${second}`

const neighbours = (words: readonly Word[]): string[] =>
  words.slice(1).map((word, index) => pairTerm(words[index] as Word, word))

const joinedParts = ({ unstemmed }: Word): string => unstemmed.join('')
