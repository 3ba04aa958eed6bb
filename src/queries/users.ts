import { sql } from 'drizzle-orm'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type UserRow = typeof users.$inferSelect

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
    .where(sql`lower(${users.handle}) = any(${sql.placeholder('handles')}::text[])`),
)

export const usersByIds = (db: Db, ids: readonly number[]): Promise<UserRow[]> => byIds(db, { ids })

/** Handles keep the capitals that people write; asked for in any. */
export const usersByHandles = (db: Db, handles: readonly string[]): Promise<UserRow[]> =>
  byHandles(db, { handles: handles.map((handle) => handle.toLowerCase()) })
