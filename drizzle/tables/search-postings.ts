import { integer, pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/**
 * Which papers have a term, greatest impact first. An impact is what the term adds to a paper's score, finished but for
 * the term's weight in the query (`src/search/index/impact.ts`), so that a row changes only when its paper does.
 *
 * Without references to the tables of its ids: at a hundred rows a paper, checking them costs more than writing them.
 */
export const searchPostings = pgTable(
  'search_postings',
  {
    paperId: ref('paper_id').notNull(),
    termId: integer('term_id').notNull(),
    impact: smallint('impact').notNull(),
  },
  (t) => [primaryKey({ columns: [t.termId, t.impact, t.paperId] })],
)
