import { integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { searchGenerations } from './search-generations.ts'

/**
 * The same as `search_postings`, by paper: a row for each paper that can be found. Hidden papers have none.
 *
 * Without a reference to papers, whose check would hold them after the index, while everybody else holds papers first: a
 * trigger takes out the papers that are deleted.
 */
export const searchPapers = pgTable(
  'search_papers',
  {
    paperId: ref('paper_id').notNull(),
    generation: smallint('generation')
      .notNull()
      .references(() => searchGenerations.generation),
    /** Its terms, ascending, and the impact of each at the same place. */
    termIds: integer('term_ids').array().notNull(),
    impacts: smallint('impacts').array().notNull(),
    /** The words of title and abstract in their order, as terms between blanks: phrases are looked for in it. */
    words: text('words').notNull(),
  },
  (t) => [primaryKey({ columns: [t.generation, t.paperId] })],
)
