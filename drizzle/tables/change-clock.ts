import { sql } from 'drizzle-orm'
import { boolean, check, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * The moment of the last transaction that changed papers, in one row. Transactions lock it while they commit, and each gets a later
 * moment than the one before.
 */
export const changeClock = pgTable(
  'change_clock',
  {
    only: boolean('only').primaryKey().default(true),
    /** A restore sets another one: cursors of changes from before are refused. */
    epoch: uuid('epoch').notNull().default(sql`gen_random_uuid()`),
    changedAt: instant('changed_at').notNull().default(sql`now()`),
  },
  (t) => [check('change_clock_one_row', sql`${t.only}`)],
)
