import { sql } from 'drizzle-orm'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type UserRow = typeof users.$inferSelect

/** A user read with a paper: the columns that name and show the person, and no others. */
export type UserName = Pick<UserRow, 'id' | 'handle' | 'name' | 'avatarUrl'>

const byIds = statement('users by ids', (db) =>
  db
    .select()
    .from(users)
    .where(sql`${users.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const byHandles = statement('users by handles', (db) =>
  db
    .select()
    .from(users)
    // Postgres lowers both sides, because JavaScript lowers letters such as İ and Σ differently.
    .where(
      sql`lower(${users.handle}) = any(array(select lower(handle) from unnest(${sql.placeholder('handles')}::text[]) as handle))`,
    ),
)

/** Those of the users that are there, in no order. */
export const usersByIds = (db: Db, ids: readonly number[]): Promise<UserRow[]> => byIds(db, { ids })

/** Handles keep the capitals that people write; asked for in any. */
export const usersByHandles = (db: Db, handles: readonly string[]): Promise<UserRow[]> => byHandles(db, { handles })
