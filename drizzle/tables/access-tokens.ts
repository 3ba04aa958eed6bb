import { sql } from 'drizzle-orm'
import { check, index, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { users } from './users.ts'

/** Tokens that this server gave out. A token is shown once and not kept: whoever steals this table cannot sign in with it. */
export const accessTokens = pgTable(
  'access_tokens',
  {
    id: id(),
    userId: ref('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 of the token in hexadecimal. A token has 256 random bits, so that a slow hash would add nothing. */
    hash: text('hash').notNull().unique(),
    scopes: text('scopes').array().notNull(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    index('access_tokens_of_user').on(t.userId),
    check('access_tokens_scopes_known', sql`${t.scopes} <@ array['read', 'vote', 'submit', 'curate']`),
  ],
)
