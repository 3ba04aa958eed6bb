import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { wasErasedSince } from '../queries/erased-identities.ts'
import { type UserRow, usersByHandles } from '../queries/users.ts'
import { writing } from './writing.ts'

/**
 * What the source keys of people begin with who have an account here, by a token or an identity provider. An import neither
 * renames them nor takes them for people of a source.
 */
export const LOCAL_KEY = 'local:'
export const PROVIDER_KEY = 'oidc:'

/** A person as an identity provider describes them. */
export interface NewPerson {
  /** Who this is whatever the handle: `oidc:https://issuer#subject`. */
  sourceKey: string
  /** The handle to have if it is free. */
  handle: string
  name: string | null
  avatarUrl: string | null
}

/** The person was erased after the token was issued: an open page must not bring them back. */
export class ErasedSince extends Error {}

/**
 * The person of a source key, made on first sight; a handle that is taken gets a number behind it.
 *
 * @param issuedAt when the person signed in; null if unknown
 * @throws ErasedSince
 */
export async function userOfSourceKey(db: Db, person: NewPerson, issuedAt: Date | null = null): Promise<UserRow> {
  for (let number = 1; ; number += 1) {
    const [known] = await db.select().from(users).where(sql`${users.sourceKey} = ${person.sourceKey}`)
    if (known) return known
    if (issuedAt !== null && (await wasErasedSince(db, person.sourceKey, issuedAt))) throw new ErasedSince()
    const handle = number === 1 ? person.handle : `${person.handle}-${number}`
    // Two requests can be the first of a user at the same time: one inserts the row, the other finds it.
    const made = await insertUser(db, { ...person, handle })
    if (made) return made
  }
}

/** The person of a handle, made where there is none. */
export async function userOfHandle(db: Db, handle: string): Promise<{ user: UserRow; isNew: boolean }> {
  const made = await insertUser(db, { handle, sourceKey: LOCAL_KEY + randomUUID() })
  if (made) return { user: made, isNew: true }
  const known = (await usersByHandles(db, [handle])).get(handle)
  return { user: known as UserRow, isNew: false }
}

/** The row made, or null where the handle or the key is taken. */
function insertUser(db: Db, values: typeof users.$inferInsert): Promise<UserRow | null> {
  return writing(db, async (open) => {
    const [made] = await open.tx
      .insert(users)
      .values({ ...values, accountSince: new Date().toISOString() })
      .onConflictDoNothing()
      .returning()
    if (made) open.announceChange()
    return made ?? null
  })
}
