import { sql } from 'drizzle-orm'
import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { papers } from './papers.ts'
import { users } from './users.ts'

/** Votes that count: at most one for each user and paper. Those of suspended users are in `suspended_votes`. */
export const votes = pgTable(
  'votes',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    userId: ref('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    votedAt: instant('voted_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.userId] }),
    index('votes_of_paper').on(t.paperId, t.votedAt, t.userId),
    index('votes_of_user').on(t.userId, t.votedAt, t.paperId),
  ],
)
