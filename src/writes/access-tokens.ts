import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import type { Db } from '../db/client.ts'
import { hashOf, TOKEN_PREFIX } from '../queries/access-tokens.ts'
import type { Scope } from '../values/scopes.ts'

/** Creates a token and returns it with its id and the moment when it expires. The token cannot be read again later. */
export async function createAccessToken(
  db: Db,
  userId: number,
  scopes: readonly Scope[],
  days: number,
): Promise<{ id: number; token: string; expiresAt: string }> {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url')
  const [row] = await db
    .insert(accessTokens)
    .values({
      userId,
      hash: hashOf(token),
      scopes: [...scopes],
      expiresAt: sql`now() + make_interval(days => ${days})`,
    })
    .returning({ id: accessTokens.id, expiresAt: accessTokens.expiresAt })
  return { id: row?.id as number, token, expiresAt: row?.expiresAt as string }
}

/** Revokes a token at once. Returns whether there was a valid one. */
export async function revokeAccessToken(db: Db, id: number): Promise<boolean> {
  const revoked = await db
    .update(accessTokens)
    .set({ revokedAt: sql`now()` })
    .where(sql`${accessTokens.id} = ${id} and ${accessTokens.revokedAt} is null`)
    .returning({ id: accessTokens.id })
  return revoked.length > 0
}
