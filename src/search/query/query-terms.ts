import { type Word, wordsOf } from '../analyzer.ts'
import { nameAlternatives, pairTerm, wordTerms } from '../author-names.ts'
import { isStopWord } from '../stop-words.ts'
import { type ParsedQuery, wordsInOrder } from './parsed-query.ts'

/** The terms of a word in titles and abstracts, without stop words: its parts and the whole, or its bigrams. */
export function textTerms({ parts, wholes, isUnsegmented }: Word): string[] {
  if (isUnsegmented) return [...(wholes.length > 0 ? wholes : parts)]
  return [...parts.filter((part) => !isStopWord(part)), ...wholes]
}

/** Two neighbouring words of a query, which can be a name or a compound: `Wei Zhang`, `data set`. */
export interface WordPair {
  words: readonly [Word, Word]
  /** Their terms as a name, in both orders. */
  names: readonly string[]
  /** Their term as a compound; null if they cannot be one. */
  compound: string | null
}

export function wordPairsIn(query: ParsedQuery): WordPair[] {
  const words = wordsInOrder(query)
  return words.slice(1).flatMap((second, index) => {
    const pair = [words[index] as Word, second] as const
    const saying = pair.filter((word) => textTerms(word).length > 0)
    if (saying.length === 0) return []
    return { words: pair, names: [pairTerm(...pair), pairTerm(pair[1], pair[0])], compound: compoundOf(...pair) }
  })
}

/**
 * The term of two words as a compound. Null if the compound has another stem than its second word: `human agency` must
 * not match `human-agent`.
 */
function compoundOf(first: Word, second: Word): string | null {
  if ([first, second].some((word) => word.isUnsegmented || textTerms(word).length === 0)) return null
  const [whole] = wordsOf([...first.unstemmed, ...second.unstemmed].join('-'))[0]?.wholes ?? []
  return whole === [...first.unstemmed, ...second.unstemmed.slice(0, -1), second.parts.at(-1)].join('') ? whole : null
}

/** All terms that a query may need from the index. */
export function termsOfQuery(query: ParsedQuery): string[] {
  const terms = new Set<string>()
  const add = (some: readonly string[]) => {
    for (const term of some) terms.add(term)
  }
  for (const atom of [...query.clauses.flat(), ...query.excluded]) {
    const words = atom.kind === 'word' ? [atom.word] : atom.words
    if (atom.kind === 'author') add(nameAlternatives(words).flat())
    for (const word of words) {
      if (atom.kind !== 'author') add(textTerms(word))
      // Its characters are the words that titles and phrases have in order.
      if (atom.kind !== 'author' && word.isUnsegmented) add(word.parts)
      if (atom.kind !== 'phrase') add([...wordTerms(word), ...nameAlternatives([word]).flat()])
    }
  }
  for (const { names, compound } of wordPairsIn(query)) add(compound === null ? names : [...names, compound])
  return [...terms]
}
