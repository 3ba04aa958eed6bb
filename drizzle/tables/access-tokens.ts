import { sql } from 'drizzle-orm'
import { check, index, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { users } from './users.ts'

/** Tokens that this server issued. Only hashes are stored, so a stolen copy of this table does not allow anyone to sign in. */
export const accessTokens = pgTable(
  'access_tokens',
  {
    id: id(),
    userId: ref('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 of the token in hexadecimal. A slow hash is not needed, because a token has 256 random bits. */
    hash: text('hash').notNull().unique(),
    scopes: text('scopes').array().notNull(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    /** Null for tokens from before tokens expired: they stay valid until they are revoked. */
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    index('access_tokens_of_user').on(t.userId),
    check('access_tokens_scopes_known', sql`${t.scopes} <@ array['read', 'vote', 'submit', 'curate', 'operate']`),
  ],
)
