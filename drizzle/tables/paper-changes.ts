import { boolean, index, pgTable } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'

/**
 * When each paper last changed, votes and comment counts aside. Triggers write it when a transaction commits, in the order of the
 * commits: `changed_at` is never earlier than that of a transaction that committed before (`change_clock`). Not a column of
 * `papers`: there, every vote would write its index, and a topic that gets another name would write all of its papers again.
 *
 * No reference to papers: the row of a deleted paper stays, for those who follow the changes.
 */
export const paperChanges = pgTable(
  'paper_changes',
  {
    paperId: ref('paper_id').primaryKey(),
    changedAt: instant('changed_at').notNull(),
    /** Whether the paper could be seen after the change. What changes while it is hidden is not noted. */
    isShown: boolean('is_shown').notNull(),
  },
  (t) => [index('paper_changes_in_order').on(t.changedAt, t.paperId)],
)
