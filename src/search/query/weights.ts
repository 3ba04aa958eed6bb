import { IMPACT_SCALE } from '../index/impact.ts'
import { nameAlternatives, pairTerm, wordTerms } from '../names.ts'
import { isStopWord, type Word, wordsOf } from '../text.ts'
import { type Query, wordsInOrder } from './query.ts'

/** What a term counts for: how many papers it tells from others (inverse document frequency, as in BM25), in thousandths. */
export const inverseDocumentFrequency = (papers: number, papersWithIt: number): number =>
  Math.log(1 + (papers - papersWithIt + 0.5) / (papersWithIt + 0.5))

/** Scores are sums of weight × impact: whole numbers, so that they are the same whatever the order of addition. */
export const WEIGHT_SCALE = 1_000
export const SCORE_SCALE = WEIGHT_SCALE * IMPACT_SCALE

/** A weight times the greatest impact has to fit into Postgres' four-byte integers. */
export const GREATEST_WEIGHT = 90_000

/** The terms of a word as text has them, without stop words: its parts and the whole, or its pairs of characters. */
export function textTerms({ parts, wholes, isUnparted }: Word): string[] {
  if (isUnparted) return [...(wholes.length > 0 ? wholes : parts)]
  return [...parts.filter((part) => !isStopWord(part)), ...wholes]
}

/** Two words of a query that follow each other, so that they may be one name, or one word: `Wei Zhang`, `data set`. */
export interface Neighbours {
  words: readonly [Word, Word]
  /** Their terms as a name, whichever of the two comes first. */
  names: readonly string[]
  /** Their term as a compound; null where they cannot be one. */
  compound: string | null
}

export function neighboursIn(query: Query): Neighbours[] {
  const words = wordsInOrder(query)
  return words.slice(1).flatMap((second, index) => {
    const pair = [words[index] as Word, second] as const
    const saying = pair.filter((word) => textTerms(word).length > 0)
    if (saying.length === 0) return []
    return { words: pair, names: [pairTerm(...pair), pairTerm(pair[1], pair[0])], compound: compoundOf(...pair) }
  })
}

/**
 * The term of two words as one. Null where its stem is not that of the second word behind the first: by their stems,
 * `human agency` would be `human-agent`.
 */
function compoundOf(first: Word, second: Word): string | null {
  if ([first, second].some((word) => word.isUnparted || textTerms(word).length === 0)) return null
  const [whole] = wordsOf([...first.folded, ...second.folded].join('-'))[0]?.wholes ?? []
  return whole === [...first.folded, ...second.folded.slice(0, -1), second.parts.at(-1)].join('') ? whole : null
}

/** All terms that a query could be looked up by. */
export function termsOfQuery(query: Query): string[] {
  const terms = new Set<string>()
  const add = (some: readonly string[]) => {
    for (const term of some) terms.add(term)
  }
  for (const atom of [...query.clauses.flat(), ...query.excluded]) {
    const words = atom.kind === 'word' ? [atom.word] : atom.words
    if (atom.kind === 'author') add(nameAlternatives(words).flat())
    for (const word of words) {
      if (atom.kind !== 'author') add(textTerms(word))
      if (atom.kind !== 'phrase') add(wordTerms(word))
    }
  }
  for (const { names, compound } of neighboursIn(query)) add(compound === null ? names : [...names, compound])
  return [...terms]
}
