import { sql } from 'drizzle-orm'
import { paperReports } from '../../drizzle/tables/paper-reports.ts'
import type { Db } from '../db/client.ts'
import type { ReportReason } from '../values/reports.ts'
import { type Curator, recordAudit, subjectsOf } from './audit-log.ts'
import { refuseSuspended } from './suspensions.ts'
import { writing } from './writing.ts'

export interface NewReport {
  paperId: number
  userId: number
  reason: ReportReason
  comment: string | null
  at: Date
}

/**
 * Reports a visible paper to the curators. A user has one open report of a paper: a second one changes nothing. Returns
 * whether the report is new; null if there is no such paper.
 *
 * @throws AccountSuspended
 */
export const reportPaper = (db: Db, { paperId, userId, reason, comment, at }: NewReport): Promise<boolean | null> =>
  writing(db, async ({ tx }) => {
    const [paper] = await tx.execute(sql`select from papers where id = ${paperId} and hidden_at is null`)
    if (!paper) return null
    const made = await tx
      .insert(paperReports)
      .values({ paperId, userId, reason, comment, reportedAt: at.toISOString() })
      .onConflictDoNothing()
      .returning({ id: paperReports.id })
    await refuseSuspended(tx, userId)
    return made.length > 0
  })

/**
 * Resolves reports and records it; those that are resolved already stay as they are. Returns the reports, oldest first, or one
 * that does not exist: then none was resolved.
 */
export const resolveReports = (
  db: Db,
  ids: readonly number[],
  curator: Curator,
): Promise<{ reports: (typeof paperReports.$inferSelect)[] } | { missing: number }> =>
  writing(db, async (open) => {
    const isChosen = sql`${paperReports.id} = any(${sql.param([...ids])}::bigint[])`
    const found = await open.tx.select().from(paperReports).where(isChosen).orderBy(paperReports.id).for('update')
    const missing = ids.find((id) => !found.some((report) => report.id === id))
    if (missing !== undefined) return { missing }
    const resolved = found.filter(({ resolvedAt }) => resolvedAt === null)
    if (resolved.length === 0) return { reports: found }
    await open.tx
      .update(paperReports)
      .set({ resolvedAt: curator.at.toISOString(), resolvedBy: curator.userId, resolution: curator.reason })
      .where(sql`${isChosen} and ${paperReports.resolvedAt} is null`)
    await recordAudit(open, curator, {
      action: 'RESOLVE_REPORTS',
      subjects: subjectsOf('Paper', [...new Set(resolved.map(({ paperId }) => paperId))]),
      changes: [{ field: 'reports', before: null, after: resolved.map(({ id }) => id) }],
    })
    return { reports: await open.tx.select().from(paperReports).where(isChosen).orderBy(paperReports.id) }
  })
