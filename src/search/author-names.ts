import { unstemmedWordsOf, type Word } from './analyzer.ts'

type NameWord = Pick<Word, 'unstemmed' | 'isUnsegmented'>

/**
 * The analyzer for author names. A name has a term for each word, not stemmed, and one for each pair of words, so that
 * `wei zhang` finds one person and not a Wei and a Zhang. A query may write `Xiaoming` for `Xiao-Ming`, put either name
 * first and leave out initials.
 */

/** The prefix of the terms of author names, which separates people from words: `@knuth`, `@donald knuth`. */
export const AUTHOR_MARK = '@'

/** Impacts of names. People search for the last word of a name, and they remember the first author. */
const NAME_IMPACTS = { firstAuthorsLastName: 2, lastName: 1, otherName: 0.5 }

/** Only the first words of a name make pairs. Longer names are those of teams. */
const MOST_WORDS = 8

/** A term of a name. */
export interface NameTerm {
  term: string
  /** Whether it stands for the person: the last word, and a pair of words. */
  isMost: boolean
}

/** The terms of a name. One can be there twice. */
export function nameTerms(name: string): NameTerm[] {
  const words = unstemmedWordsOf(name)
  return [
    ...words.flatMap((word, index) => wordTerms(word).map((term) => ({ term, isMost: index === words.length - 1 }))),
    ...pairsOf(words).map((term) => ({ term, isMost: true })),
  ]
}

/** The impact of a term of the name of an author, at a position in the list of authors. A paper has the greatest one of a term. */
export function nameImpact(isMost: boolean, position: number): number {
  const { firstAuthorsLastName, lastName, otherName } = NAME_IMPACTS
  if (!isMost) return otherName
  return position === 0 ? firstAuthorsLastName : lastName
}

/** The terms of a word of a name: its parts, and if there are several, also the joined word. */
export function wordTerms(word: NameWord): string[] {
  const terms = word.unstemmed.map((part) => AUTHOR_MARK + part)
  return terms.length > 1 ? [...terms, AUTHOR_MARK + joinedParts(word)] : terms
}

/** The terms of pairs of words: neighbours, neighbours without the initials between them, and the first and last word. */
function pairsOf(words: readonly NameWord[]): string[] {
  const some = words.slice(0, MOST_WORDS)
  const whole = withoutInitials(words)
  const [first, last] = [some[0], some.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  return [...new Set([...neighbours(some), ...neighbours(whole), pairTerm(first, last)])]
}

const withoutInitials = (words: readonly NameWord[]): NameWord[] =>
  words.filter((word) => [...joinedParts(word)].length > 1).slice(0, MOST_WORDS)

/** Sets of terms: these words name an author who has all terms of at least one set. */
export function nameAlternatives(words: readonly NameWord[]): string[][] {
  const whole = withoutInitials(words)
  const [first, second, third, ...others] = whole
  // Only initials.
  if (first === undefined) return [words.flatMap(wordTerms)]
  if (second === undefined) return alternativesOfWord(first)
  if (third === undefined) {
    const parts = [...first.unstemmed, ...second.unstemmed]
    const apart = parts.slice(1).map((part, index) => termOfPair(parts[index] as string, part))
    return [[pairTerm(first, second)], [pairTerm(second, first)], ...(parts.length > 2 ? [apart] : [])]
  }
  // The family name may come first or last, and two of three words may be written as one: Fei-Fei Li.
  const orders = [whole, [...whole.slice(1), first], [whole.at(-1) as NameWord, ...whole.slice(0, -1)]].map(neighbours)
  if (others.length > 0) return orders
  const joined = [
    [joinedParts(first) + joinedParts(second), joinedParts(third)] as const,
    [joinedParts(first), joinedParts(second) + joinedParts(third)] as const,
  ]
  return [...orders, ...joined.flatMap(([a, b]) => [[termOfPair(a, b)], [termOfPair(b, a)]])]
}

function alternativesOfWord(word: NameWord): string[][] {
  const [first, second, ...others] = word.unstemmed
  // In a script without spaces, a part of the name is enough.
  if (word.isUnsegmented || first === undefined || second === undefined)
    return [word.unstemmed.map((part) => AUTHOR_MARK + part)]
  const apart = others.length === 0 ? [[`${AUTHOR_MARK}${first} ${second}`]] : []
  return [[AUTHOR_MARK + joinedParts(word)], ...apart]
}

/** The term of two neighbouring words of a name. */
export const pairTerm = (first: NameWord, second: NameWord): string =>
  termOfPair(joinedParts(first), joinedParts(second))

const termOfPair = (first: string, second: string): string => `${AUTHOR_MARK}${first} ${second}`

const neighbours = (words: readonly NameWord[]): string[] =>
  words.slice(1).map((word, index) => pairTerm(words[index] as NameWord, word))

const joinedParts = ({ unstemmed }: NameWord): string => unstemmed.join('')
