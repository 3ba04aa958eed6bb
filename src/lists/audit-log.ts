import { and, type SQL, sql } from 'drizzle-orm'
import { auditLog } from '../../drizzle/tables/audit-log.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import type { AuditRow } from '../queries/audit-log.ts'
import type { AuditAction, AuditSubject } from '../values/audit.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

/** Restricts the audit log. Fields combine with AND, members of a list with OR; null does not restrict anything. */
export interface AuditFilter {
  /** Handles, in any case. */
  actors: readonly string[] | null
  actions: readonly AuditAction[] | null
  subjects: readonly AuditSubject[] | null
  /** Days (UTC), inclusive. */
  from: string | null
  to: string | null
}

export const AUDIT_ORDER: Order = {
  name: 'audit log',
  key: sql`${auditLog.doneAt}`,
  type: 'timestamptz',
  descending: true,
}

const texts = (members: readonly string[]) => sql`${sql.param([...members])}::text[]`

function conditions({ actors, actions, subjects, from, to }: AuditFilter): SQL[] {
  return [
    actors &&
      sql`${auditLog.userId} in (select ${users.id} from ${users} where lower(${users.handle}) in (select lower(handle) from unnest(${texts(actors)}) as handle))`,
    actions && sql`${auditLog.action} = any(${texts(actions)})`,
    subjects && sql`${auditLog.subjects} && ${texts(subjects)}`,
    from === null ? null : sql`${auditLog.doneAt} >= ${from}::date`,
    to === null ? null : sql`${auditLog.doneAt} < ${to}::date + 1`,
  ].filter((condition) => condition !== null)
}

/** One page of the audit log, newest entry first. */
export async function auditPage(
  db: Db,
  filter: AuditFilter,
  request: PageRequest,
): Promise<Page<AuditRow & { cursor: string }>> {
  const values = keysetValues(request)
  const page = keyset(AUDIT_ORDER, sql`${auditLog.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(...conditions(filter), ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({
    ...row,
    cursor: encodeCursor(AUDIT_ORDER, { key: row.doneAt, id: row.id }),
  }))
}

export async function auditCount(db: Db, filter: AuditFilter): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(auditLog)
    .where(and(...conditions(filter)))
  return row?.count ?? 0
}
