import { sql } from 'drizzle-orm'
import { index, integer, pgTable, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { searchGenerations } from './search-generations.ts'

/** The terms of the search index. In a serving generation, each term is in at least one paper. */
export const searchTerms = pgTable(
  'search_terms',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    generation: smallint('generation')
      .notNull()
      .references(() => searchGenerations.generation),
    term: text('term').notNull(),
    /** The document frequency: how many papers have the term. It is 0 until the generation has postings. */
    paperCount: integer('paper_count').notNull(),
  },
  (t) => [
    uniqueIndex('search_terms_term').on(t.generation, sql`${t.term} collate "C"`),
    /** Finds terms similar to a word that is in no paper. Terms of two words are not suggested. */
    index('search_terms_trigrams').using('gin', t.term.op('gin_trgm_ops')).where(sql`strpos(${t.term}, ' ') = 0`),
  ],
)
