import { customType, integer, pgTable } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/** Bytes. Postings are not compressed: they are packed already (`src/search/posting-list.ts`). */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/**
 * The postings of a term: which papers have it and with which impact, packed. The papers of full blocks are in
 * `search_blocks`, and the last ones here, so that a rare term is one short row. Postings that were written since the last
 * merge are in `search_recent`.
 *
 * No foreign key: terms and lists are written and removed together, by the thousand.
 */
export const searchLists = pgTable('search_lists', {
  termId: integer('term_id').primaryKey(),
  /** How many papers have the term, without what `search_recent` says. */
  paperCount: integer('paper_count').notNull(),
  /** Grows with each change of the list or its blocks. A server that has read this version does not read it again. */
  version: integer('version').notNull(),
  /** The last paper of the blocks; 0 if there are none. */
  lastOfBlocks: ref('last_of_blocks').notNull(),
  postings: bytes('postings').notNull(),
})
