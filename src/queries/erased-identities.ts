import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { erasedIdentities } from '../../drizzle/tables/erased-identities.ts'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'

/** What tells a person: the permanent key at the source or, for one who has none there, the handle in lower case. */
export type PersonKey = { sourceKey: string } | { handle: string }

/** One handle can have belonged to several people, so the hash of a key is another one. */
export const identityHash = (key: PersonKey): string =>
  createHash('sha256')
    .update('sourceKey' in key ? `key ${key.sourceKey}` : `handle ${key.handle.toLowerCase()}`)
    .digest('hex')

/** Those of the hashes that are of erased people. */
export async function erasedAmong(db: Db, hashes: readonly string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const rows = await executePrepared<{ hash: string }>(
    db,
    sql`select hash from ${erasedIdentities} where hash = any(${sql.param([...hashes])}::text[])`,
  )
  return new Set(rows.map(({ hash }) => hash))
}

/** Whether the person of a source key was erased at a moment or later. */
export async function wasErasedSince(db: Db, sourceKey: string, moment: Date): Promise<boolean> {
  const rows = await db.execute(
    sql`select from ${erasedIdentities} where hash = ${identityHash({ sourceKey })} and erased_at >= ${moment.toISOString()}::timestamptz`,
  )
  return rows.length > 0
}
