import { sql } from 'drizzle-orm'
import { index, integer, pgTable, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core'

/**
 * The terms of the search index. `search_lists` has the papers of each. A term without papers stays until the next merge.
 *
 * No foreign key to the generation: its check of each row took a quarter of the time of a new term. Writers hold the lock of
 * the index, under which they have read the generations.
 */
export const searchTerms = pgTable(
  'search_terms',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    generation: smallint('generation').notNull(),
    term: text('term').notNull(),
  },
  (t) => [
    uniqueIndex('search_terms_term').on(t.generation, sql`${t.term} collate "C"`),
    /** Finds terms similar to a word that is in no paper. Terms of two words are not suggested. */
    index('search_terms_trigrams').using('gin', t.term.op('gin_trgm_ops')).where(sql`strpos(${t.term}, ' ') = 0`),
  ],
)
