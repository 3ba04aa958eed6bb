import { integer, pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/**
 * The papers that have a term, sorted by impact. An impact is what the term adds to the paper's score, before it is
 * multiplied by the term's weight in the query (`src/search/index/impact.ts`). So a row changes only when its paper does.
 *
 * No foreign keys: a paper has about a hundred rows, and checking them would cost more than writing them.
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
