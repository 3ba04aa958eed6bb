import type { ParsedQuery } from './parsed-query.ts'

/** A term of the index. */
export interface Term {
  id: number
  /** How many papers have it. */
  paperCount: number
}

/** A query with what the index knows of its words. */
export interface ResolvedQuery {
  /** As it was asked, but for words that are in no paper, in whose places stand the nearest words that are. */
  query: ParsedQuery
  /** The text of that query where it differs from what was asked. */
  correctedText: string | null
  /** The paper that the query names by an identifier; null where it names none, or none of the catalogue. */
  paperId: number | null
  /** Which of the index's generations the ids belong to. */
  generation: number
  /** How many papers can be found. */
  paperCount: number
  /** The terms of the query that papers have. */
  terms: ReadonlyMap<string, Term>
}
