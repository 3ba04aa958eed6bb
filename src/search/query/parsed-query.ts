import type { PaperIdentifier } from '../../values/identifiers.ts'
import { type Word, wordsOf } from '../analyzer.ts'

/** One thing that a query asks for. `text` is how it was written. */
export type Atom =
  | { kind: 'word'; text: string; word: Word }
  /** Words one after the other, as `impactsOf` writes the words of a text: terms, with stop words among them. */
  | { kind: 'phrase'; text: string; words: Word[] }
  /** Words of one name or several. */
  | { kind: 'author'; text: string; words: Word[] }

/** A query, taken apart. */
export interface ParsedQuery {
  text: string
  /** The paper that the whole query names, where it is an arXiv id, a DOI or an address of a paper. */
  identifier: PaperIdentifier | null
  /** Each is met by any of its members: several, where `or` stands between them. */
  clauses: Atom[][]
  /** What a paper must not have. */
  excluded: Atom[]
}

/** The words of a query in their order, stop words among them where the query is nothing but words. */
export function wordsInOrder({ text, clauses, excluded }: ParsedQuery): Word[] {
  const isPlain =
    excluded.length === 0 && clauses.every(([atom, ...others]) => atom?.kind === 'word' && others.length === 0)
  if (isPlain) return wordsOf(text)
  return clauses.flatMap(([atom]) => (atom?.kind === 'word' ? [atom.word] : atom?.kind === 'phrase' ? atom.words : []))
}
