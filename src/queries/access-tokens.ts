import { createHash } from 'node:crypto'
import { getTableColumns, sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { Scope } from '../values/scopes.ts'
import type { UserRow } from './users.ts'

/** What every token of this server begins with, so that one is recognised in a header, in a log, in a leak. */
export const TOKEN_PREFIX = 'dp_'

/** What is stored of a token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const byHash = statement('access token by hash', (db) =>
  db
    .select({ ...getTableColumns(users), scopes: accessTokens.scopes })
    .from(accessTokens)
    .innerJoin(users, sql`${users.id} = ${accessTokens.userId}`)
    .where(sql`${accessTokens.hash} = ${sql.placeholder('hash')} and ${accessTokens.revokedAt} is null`),
)

/** Whose token it is and what it allows; null for one that was never given or is revoked. */
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
