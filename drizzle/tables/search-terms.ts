import { sql } from 'drizzle-orm'
import { index, integer, pgTable, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { searchGenerations } from './search-generations.ts'

/** The terms that papers are found by; in a generation that serves, each is in at least one paper. */
export const searchTerms = pgTable(
  'search_terms',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    generation: smallint('generation')
      .notNull()
      .references(() => searchGenerations.generation),
    term: text('term').notNull(),
    /** How many papers have it: the document frequency. Of a generation without postings yet: 0. */
    paperCount: integer('paper_count').notNull(),
  },
  (t) => [
    uniqueIndex('search_terms_term').on(t.generation, sql`${t.term} collate "C"`),
    /** For words that are in no paper: which ones are near. Pairs of words of a name are none of them. */
    index('search_terms_trigrams').using('gin', t.term.op('gin_trgm_ops')).where(sql`strpos(${t.term}, ' ') = 0`),
  ],
)
