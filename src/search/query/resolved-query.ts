import type { ParsedQuery } from './parsed-query.ts'
import type { IndexTerms } from './posting-lists.ts'

/** A query with the index entries of its terms, of the serving generation. */
export interface ResolvedQuery extends IndexTerms {
  /** The query as sent, or with its spelling corrected. */
  query: ParsedQuery
  /** The text of the corrected query; null if nothing was corrected. */
  correctedText: string | null
  /** The paper whose identifier the query is; null if the query is no identifier or the paper is unknown. */
  paperId: number | null
}
