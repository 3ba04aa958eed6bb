import { createHash } from 'node:crypto'
import { getTableColumns, sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { Scope } from '../values/scopes.ts'
import type { UserRow } from './users.ts'

/** The prefix of every token of this server. It makes a token recognizable in headers, logs and leaks. */
export const TOKEN_PREFIX = 'dp_'

/** The hash of a token, which is stored instead of the token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const byHash = statement('access token by hash', (db) =>
  db
    .select({ ...getTableColumns(users), scopes: accessTokens.scopes })
    .from(accessTokens)
    .innerJoin(users, sql`${users.id} = ${accessTokens.userId}`)
    .where(sql`${accessTokens.hash} = ${sql.placeholder('hash')} and ${accessTokens.revokedAt} is null`),
)

/** The user and the scopes of a token; null if it was never issued or is revoked. */
export async function holderOfToken(db: Db, token: string): Promise<{ user: UserRow; scopes: Scope[] } | null> {
  const [row] = await byHash(db, { hash: hashOf(token) })
  if (!row) return null
  const { scopes, ...user } = row
  return { user, scopes: scopes as Scope[] }
}

/** The tokens of a user, newest first. */
export function tokensOfUser(db: Db, userId: number) {
  return db
    .select()
    .from(accessTokens)
    .where(sql`${accessTokens.userId} = ${userId}`)
    .orderBy(sql`${accessTokens.id} desc`)
}
