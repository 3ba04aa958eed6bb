import { integer, pgTable, smallint } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { searchGenerations } from './search-generations.ts'

/**
 * Papers that were written while a generation had no postings, with their previous terms and impacts. When the postings have
 * been made, those of these papers are corrected.
 */
export const searchTouched = pgTable('search_touched', {
  paperId: ref('paper_id').notNull(),
  generation: smallint('generation')
    .notNull()
    .references(() => searchGenerations.generation),
  termIds: integer('term_ids').array().notNull(),
  impacts: smallint('impacts').array().notNull(),
})
