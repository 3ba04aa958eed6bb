import { and, type SQL, sql } from 'drizzle-orm'
import { paperReports } from '../../drizzle/tables/paper-reports.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

export type ReportRow = typeof paperReports.$inferSelect

/** Restricts the reports. Fields combine with AND, members of a list with OR; null does not restrict anything. */
export interface ReportFilter {
  isOpen: boolean | null
  paperIds: readonly number[] | null
  /** Handles, in any case. */
  reporters: readonly string[] | null
}

export const REPORT_ORDER: Order = {
  name: 'reports',
  key: sql`${paperReports.reportedAt}`,
  type: 'timestamptz',
  descending: true,
}

function conditions({ isOpen, paperIds, reporters }: ReportFilter): SQL[] {
  return [
    isOpen === null
      ? null
      : isOpen
        ? sql`${paperReports.resolvedAt} is null`
        : sql`${paperReports.resolvedAt} is not null`,
    paperIds && sql`${paperReports.paperId} = any(${sql.param([...paperIds])}::bigint[])`,
    reporters &&
      sql`${paperReports.userId} in (select ${users.id} from ${users} where lower(${users.handle}) in (select lower(handle) from unnest(${sql.param([...reporters])}::text[]) as handle))`,
  ].filter((condition) => condition !== null)
}

/** One page of reports, newest first. */
export async function reportPage(
  db: Db,
  filter: ReportFilter,
  request: PageRequest,
): Promise<Page<ReportRow & { cursor: string }>> {
  const values = keysetValues(request)
  const page = keyset(REPORT_ORDER, sql`${paperReports.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select()
    .from(paperReports)
    .where(and(...conditions(filter), ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({
    ...row,
    cursor: encodeCursor(REPORT_ORDER, { key: row.reportedAt, id: row.id }),
  }))
}

export async function reportCount(db: Db, filter: ReportFilter): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(paperReports)
    .where(and(...conditions(filter)))
  return row?.count ?? 0
}
