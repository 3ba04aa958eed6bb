import { createHash } from 'node:crypto'
import { getTableColumns, sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { statement } from '../db/statement.ts'
import type { Scope } from '../values/scopes.ts'
import type { UserRow } from './users.ts'

/** The prefix of every token of this server. It makes a token recognizable in headers, logs and leaks. */
export const TOKEN_PREFIX = 'dp_'

/** The hash of a token, which is stored instead of the token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const byHash = statement('access token by hash', (db) =>
  db
    .select({
      ...getTableColumns(users),
      scopes: accessTokens.scopes,
      expiresAt: accessTokens.expiresAt,
      // By the clock of the database, so that all servers agree.
      isExpired: sql<boolean>`coalesce(${accessTokens.expiresAt} <= now(), false)`.as('is_expired'),
    })
    .from(accessTokens)
    .innerJoin(users, sql`${users.id} = ${accessTokens.userId}`)
    .where(sql`${accessTokens.hash} = ${sql.placeholder('hash')} and ${accessTokens.revokedAt} is null`),
)

/** Who may do what with a token, or since when nobody may. */
export type TokenHolder = { user: UserRow; scopes: Scope[]; expiresAt: Date | null } | { expiredAt: string }

/** The user and the scopes of a token; null if it was never issued or is revoked. */
export async function holderOfToken(db: Db, token: string): Promise<TokenHolder | null> {
  const [row] = await byHash(db, { hash: hashOf(token) })
  if (!row) return null
  const { scopes, expiresAt, isExpired, ...user } = row
  if (isExpired && expiresAt !== null) return { expiredAt: expiresAt }
  return { user, scopes: scopes as Scope[], expiresAt: expiresAt === null ? null : new Date(rfc3339(expiresAt)) }
}

/** The tokens of a user, or of all users, newest first, with the handles of the users. */
export function listTokens(db: Db, userId: number | null) {
  return db
    .select({
      ...getTableColumns(accessTokens),
      handle: users.handle,
      isExpired: sql<boolean>`coalesce(${accessTokens.expiresAt} <= now(), false)`,
    })
    .from(accessTokens)
    .innerJoin(users, sql`${users.id} = ${accessTokens.userId}`)
    .where(userId === null ? undefined : sql`${accessTokens.userId} = ${userId}`)
    .orderBy(sql`${accessTokens.id} desc`)
}
