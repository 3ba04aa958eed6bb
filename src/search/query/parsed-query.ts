import type { PaperIdentifier } from '../../values/identifiers.ts'
import { type Word, wordsOf } from '../analyzer.ts'

/** A word, a phrase or an author name in a query. `text` is how the query writes it. */
export type Atom =
  | { kind: 'word'; text: string; word: Word }
  /** Adjacent words in this order, with stop words. */
  | { kind: 'phrase'; text: string; words: Word[] }
  /** Words of one or more names. */
  | { kind: 'author'; text: string; words: Word[] }

export interface ParsedQuery {
  text: string
  /** The identifier, if the whole query is an arXiv id, a DOI or a web address of a paper. */
  identifier: PaperIdentifier | null
  /** A paper must match each clause. It matches a clause if it matches any of the atoms, which are joined by `or`. */
  clauses: Atom[][]
  /** A paper must match none of these. */
  excluded: Atom[]
}

/** The words of a query in order. They include stop words if the query has nothing but words. */
export function wordsInOrder({ text, clauses, excluded }: ParsedQuery): Word[] {
  const isPlain =
    excluded.length === 0 && clauses.every(([atom, ...others]) => atom?.kind === 'word' && others.length === 0)
  if (isPlain) return wordsOf(text)
  return clauses.flatMap(([atom]) => (atom?.kind === 'word' ? [atom.word] : atom?.kind === 'phrase' ? atom.words : []))
}
