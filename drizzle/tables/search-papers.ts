import { integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { papers } from './papers.ts'
import { searchGenerations } from './search-generations.ts'

/** The same as `search_postings`, by paper: a row for each paper that can be found. Hidden papers have none. */
export const searchPapers = pgTable(
  'search_papers',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id),
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
