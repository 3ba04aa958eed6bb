import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { papers } from './papers.ts'
import { users } from './users.ts'

/**
 * The votes of suspended users. They are moved here from `votes` and back, so that nothing that counts votes has to know who is
 * suspended.
 */
export const suspendedVotes = pgTable(
  'suspended_votes',
  {
    userId: ref('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    votedAt: instant('voted_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.paperId] }), index('suspended_votes_of_paper').on(t.paperId)],
)
