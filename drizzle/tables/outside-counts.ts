import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { papers } from './papers.ts'

/**
 * Vote counts that a source reported, with their dates. `increment` is the change since the previous report of the same
 * source, so the increments of a source add up to its latest report. `src/writes/counts.ts` computes it on each write.
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
