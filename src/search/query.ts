import type { Word } from './text.ts'

/** One thing that a query asks for. `text` is how it was written. */
export type Atom =
  | { kind: 'word'; text: string; word: Word }
  /** Words one after the other, as `impactsOf` writes a text's words: terms with stop words among them. */
  | { kind: 'phrase'; text: string; sequence: string[] }
  /** Terms of names, each with the author mark: a paper has an author for each of them. */
  | { kind: 'author'; text: string; terms: string[] }

/** A query, taken apart. */
export interface Query {
  text: string
  /** Each is met by any of its members: several, where `or` stands between them. */
  clauses: Atom[][]
  /** What a paper must not have. */
  excluded: Atom[]
}
