import { boolean, integer, pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/**
 * Postings that were written since the last merge. A row replaces what the packed list says of this paper. The merge
 * (`src/search/index/merge.ts`) puts them into the lists and empties this table.
 */
export const searchRecent = pgTable(
  'search_recent',
  {
    paperId: ref('paper_id').notNull(),
    termId: integer('term_id').notNull(),
    /** 0 if the paper does not have the term any more. */
    impact: smallint('impact').notNull(),
    /** Whether the packed list has the paper. */
    isMerged: boolean('is_merged').notNull(),
  },
  (t) => [primaryKey({ columns: [t.termId, t.paperId] })],
)
