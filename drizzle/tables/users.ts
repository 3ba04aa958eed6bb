import { sql } from 'drizzle-orm'
import { check, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** People with an account: those who submit and vote here, and those that a source names as submitter or author. */
export const users = pgTable(
  'users',
  {
    id: id(),
    handle: text('handle').notNull(),
    name: text('name'),
    avatarUrl: text('avatar_url'),
    /** Who this is at the source, such as `hf:6039478ab3ecf716b1a5fd4d`. Handles and names there change; this does not. */
    sourceKey: text('source_key').unique(),
    /** The newest moment at which a source used this handle and name; null for who was made here. */
    namedAsOf: instant('named_as_of'),
  },
  (t) => [
    uniqueIndex('users_handle').on(sql`lower(${t.handle})`),
    check('users_handle_not_blank', sql`${t.handle} ~ '\\S'`),
  ],
)
