import type { PaperIdentifier } from '../identifiers.ts'
import type { Word } from './text.ts'

/** One thing that a query asks for. `text` is how it was written. */
export type Atom =
  | { kind: 'word'; text: string; word: Word }
  /** Words one after the other, as `impactsOf` writes the words of a text: terms, with stop words among them. */
  | { kind: 'phrase'; text: string; words: Word[] }
  /** Words of one name or several. */
  | { kind: 'author'; text: string; words: Word[] }

/** A query, taken apart. */
export interface Query {
  text: string
  /** The paper that the whole query names, where it is an arXiv id, a DOI or an address of a paper. */
  identifier: PaperIdentifier | null
  /** Each is met by any of its members: several, where `or` stands between them. */
  clauses: Atom[][]
  /** What a paper must not have. */
  excluded: Atom[]
}
