import { integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/**
 * The content of the index by paper: one row for each paper that can be found. Hidden papers have none. The postings are
 * the same, by term.
 *
 * No foreign key to papers: its check would lock papers after the index, and every other writer locks papers first
 * (deadlock). A trigger removes deleted papers. And none to the generation, as in `search_terms`.
 */
export const searchPapers = pgTable(
  'search_papers',
  {
    paperId: ref('paper_id').notNull(),
    generation: smallint('generation').notNull(),
    /** The ids of its terms, ascending. `impacts` has the impact of each at the same position. */
    termIds: integer('term_ids').array().notNull(),
    impacts: smallint('impacts').array().notNull(),
    /** The words of the title in order, as terms with a blank before and after each. */
    title: text('title').notNull(),
    /** The words of the abstract, likewise. Phrase search reads both. */
    abstract: text('abstract').notNull(),
  },
  (t) => [primaryKey({ columns: [t.generation, t.paperId] })],
)
