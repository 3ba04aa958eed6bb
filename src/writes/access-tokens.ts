import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { accessTokens } from '../../drizzle/tables/access-tokens.ts'
import type { Db } from '../db/client.ts'
import { hashOf, TOKEN_PREFIX } from '../queries/access-tokens.ts'
import type { Scope } from '../values/scopes.ts'
import { operator, recordAudit, subjectsOf } from './audit-log.ts'
import { writing } from './writing.ts'

/** Creates a token and returns it with its id and the moment when it expires. The token cannot be read again later. */
export async function createAccessToken(
  db: Db,
  userId: number,
  scopes: readonly Scope[],
  days: number,
): Promise<{ id: number; token: string; expiresAt: string }> {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url')
  return writing(db, async (open) => {
    const [row] = await open.tx
      .insert(accessTokens)
      .values({
        userId,
        hash: hashOf(token),
        scopes: [...scopes],
        expiresAt: sql`now() + make_interval(days => ${days})`,
      })
      .returning({ id: accessTokens.id, expiresAt: accessTokens.expiresAt })
    const { id, expiresAt } = row as { id: number; expiresAt: string }
    await recordAudit(open, operator(), {
      action: 'CREATE_TOKEN',
      subjects: subjectsOf('User', [userId]),
      changes: [{ field: 'token', before: null, after: { id, scopes } }],
    })
    return { id, token, expiresAt }
  })
}

/** Revokes a token at once. Returns whether there was a valid one. */
export const revokeAccessToken = (db: Db, id: number): Promise<boolean> =>
  writing(db, async (open) => {
    const [revoked] = await open.tx
      .update(accessTokens)
      .set({ revokedAt: sql`now()` })
      .where(sql`${accessTokens.id} = ${id} and ${accessTokens.revokedAt} is null`)
      .returning({ userId: accessTokens.userId, scopes: accessTokens.scopes })
    if (!revoked) return false
    open.announceAccess([revoked.userId])
    await recordAudit(open, operator(), {
      action: 'REVOKE_TOKEN',
      subjects: subjectsOf('User', [revoked.userId]),
      changes: [{ field: 'token', before: { id, scopes: revoked.scopes }, after: null }],
    })
    return true
  })
