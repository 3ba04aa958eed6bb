import { integer, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { bytes } from './search-lists.ts'

/** Full blocks of the postings of a term, in the order of their papers; see `search_lists`. */
export const searchBlocks = pgTable(
  'search_blocks',
  {
    termId: integer('term_id').notNull(),
    firstPaper: ref('first_paper').notNull(),
    postings: bytes('postings').notNull(),
  },
  (t) => [primaryKey({ columns: [t.termId, t.firstPaper] })],
)
