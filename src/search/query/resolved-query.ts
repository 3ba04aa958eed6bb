import type { ParsedQuery } from './parsed-query.ts'

/** A term of the index. */
export interface Term {
  id: number
  /** How many papers have it. */
  paperCount: number
}

/** A query with the index entries of its terms. */
export interface ResolvedQuery {
  /** The query as sent, or with its spelling corrected. */
  query: ParsedQuery
  /** The text of the corrected query; null if nothing was corrected. */
  correctedText: string | null
  /** The paper whose identifier the query is; null if the query is no identifier or the paper is unknown. */
  paperId: number | null
  /** The generation of the index that the term ids belong to. */
  generation: number
  /** How many papers the index has. */
  paperCount: number
  /** The terms of the query that are in the index. */
  terms: ReadonlyMap<string, Term>
}
