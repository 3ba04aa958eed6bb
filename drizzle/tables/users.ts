import { sql } from 'drizzle-orm'
import { check, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** People with an account: those who submit and vote here, and those whom a source names as submitter or author. */
export const users = pgTable(
  'users',
  {
    id: id(),
    handle: text('handle').notNull(),
    name: text('name'),
    avatarUrl: text('avatar_url'),
    /** The permanent id at the source, such as `hf:6039478ab3ecf716b1a5fd4d`. Handles and names can change there. */
    sourceKey: text('source_key').unique(),
    /** The newest moment at which a source used this handle and name; null for a user that no import named. */
    namedAsOf: instant('named_as_of'),
    /** When the person got an account on this server; null for people whom only sources name, and for older accounts. */
    accountSince: instant('account_since'),
    /** Since when the user can neither sign in nor change anything; null for others. Their votes are in `suspended_votes`. */
    suspendedAt: instant('suspended_at'),
  },
  (t) => [
    uniqueIndex('users_handle').on(sql`lower(${t.handle})`),
    check('users_handle_not_blank', sql`${t.handle} ~ '\\S'`),
  ],
)
