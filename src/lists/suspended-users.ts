import { and, sql } from 'drizzle-orm'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import type { UserRow } from '../queries/users.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

export const SUSPENDED_ORDER: Order = {
  name: 'suspended users',
  key: sql`${users.suspendedAt}`,
  type: 'timestamptz',
  descending: true,
}

const isSuspended = sql`${users.suspendedAt} is not null`

/** One page of suspended users, those suspended last first. */
export async function suspendedUserPage(
  db: Db,
  request: PageRequest,
): Promise<Page<{ user: UserRow; cursor: string }>> {
  const values = keysetValues(request)
  const page = keyset(SUSPENDED_ORDER, sql`${users.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select()
    .from(users)
    .where(and(isSuspended, ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (user) => ({
    user,
    cursor: encodeCursor(SUSPENDED_ORDER, { key: user.suspendedAt as string, id: user.id }),
  }))
}

export async function suspendedUserCount(db: Db): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(users).where(isSuspended)
  return row?.count ?? 0
}
