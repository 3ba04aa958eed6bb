import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { papers } from './papers.ts'

/**
 * Vote counts that a source reported, dated. `increment` is the change since that source's report before, so that the
 * increments of a paper add up to the latest report; `src/writes/counts.ts` derives it when reports are written.
 */
export const outsideCounts = pgTable(
  'outside_counts',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    source: text('source').notNull(),
    countedAt: instant('counted_at').notNull(),
    votes: integer('votes').notNull(),
    increment: integer('increment').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.source, t.countedAt] }),
    check('outside_counts_not_negative', sql`${t.votes} >= 0`),
  ],
)
