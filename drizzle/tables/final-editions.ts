import { sql } from 'drizzle-orm'
import { check, date, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Editions that became FINAL while somebody could subscribe: each is recorded once, with its deliveries. */
export const finalEditions = pgTable(
  'final_editions',
  {
    period: text('period', { enum: ['DAY', 'WEEK', 'MONTH'] }).notNull(),
    startsOn: date('starts_on').notNull(),
    recordedAt: instant('recorded_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.period, t.startsOn] }),
    check('final_editions_period', sql`${t.period} in ('DAY', 'WEEK', 'MONTH')`),
  ],
)
