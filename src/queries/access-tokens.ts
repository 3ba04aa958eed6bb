import { createHash, randomBytes } from 'node:crypto'
import { getTableColumns, sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { Scope } from '../scopes.ts'
import type { UserRow } from './users.ts'

/** What every token of this server begins with, so that one is recognised in a header, in a log, in a leak. */
export const TOKEN_PREFIX = 'dp_'

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const byHash = statement('access token by hash', (db) =>
  db
    .select({ ...getTableColumns(users), scopes: accessTokens.scopes })
    .from(accessTokens)
    .innerJoin(users, sql`${users.id} = ${accessTokens.userId}`)
    .where(sql`${accessTokens.hash} = ${sql.placeholder('hash')} and ${accessTokens.revokedAt} is null`),
)

/** Makes a token for a user and answers it with its id: the only time that it can be read. */
export async function createAccessToken(
  db: Db,
  userId: number,
  scopes: readonly Scope[],
): Promise<{ id: number; token: string }> {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url')
  const [row] = await db
    .insert(accessTokens)
    .values({ userId, hash: hashOf(token), scopes: [...scopes] })
    .returning({ id: accessTokens.id })
  return { id: row?.id as number, token }
}

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

/** Ends a token at once. Answers whether there was one in force. */
export async function revokeAccessToken(db: Db, id: number): Promise<boolean> {
  const revoked = await db
    .update(accessTokens)
    .set({ revokedAt: sql`now()` })
    .where(sql`${accessTokens.id} = ${id} and ${accessTokens.revokedAt} is null`)
    .returning({ id: accessTokens.id })
  return revoked.length > 0
}
