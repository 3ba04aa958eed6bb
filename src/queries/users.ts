import { getTableColumns, sql } from 'drizzle-orm'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { nameOf } from '../values/text.ts'

export type UserRow = typeof users.$inferSelect

/** A user read with a paper: the columns that name and show the person, and no others. */
export type UserSummary = Pick<UserRow, 'id' | 'handle' | 'name' | 'avatarUrl'>

const byIds = statement('users by ids', (db) =>
  db
    .select()
    .from(users)
    .where(sql`${users.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const byHandles = statement('users by handles', (db) =>
  db
    // Postgres lowers both sides, because JavaScript lowers letters such as İ and Σ differently.
    .select({
      given: sql<
        string[]
      >`array(select given from unnest(${sql.placeholder('given')}::text[], ${sql.placeholder('handles')}::text[]) as asked (given, handle) where lower(asked.handle) = lower(${users}.handle))`,
      ...getTableColumns(users),
    })
    .from(users)
    .where(
      sql`lower(${users.handle}) = any(array(select lower(handle) from unnest(${sql.placeholder('handles')}::text[]) as handle))`,
    ),
)

/** Those of the users that are there, in no order. */
export const usersByIds = (db: Db, ids: readonly number[]): Promise<UserRow[]> => byIds(db, { ids })

/** The users with these handles, in any case, by handles as given; unknown ones are absent. Stored handles keep capitals. */
export async function usersByHandles(db: Db, given: readonly string[]): Promise<Map<string, UserRow>> {
  const rows = await byHandles(db, { given, handles: given.map(nameOf) })
  return new Map(rows.flatMap(({ given: texts, ...user }) => texts.map((text): [string, UserRow] => [text, user])))
}
