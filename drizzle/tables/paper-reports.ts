import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { ReportReason } from '../../src/values/reports.ts'
import { id, instant, ref } from './columns.ts'
import { papers } from './papers.ts'
import { users } from './users.ts'

/** Papers that users reported to the curators. A user has at most one open report of a paper. */
export const paperReports = pgTable(
  'paper_reports',
  {
    id: id(),
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    /** Null if the reporter is no longer a user. */
    userId: ref('user_id').references(() => users.id, { onDelete: 'set null' }),
    reason: text('reason').$type<ReportReason>().notNull(),
    comment: text('comment'),
    reportedAt: instant('reported_at').notNull(),
    /** When a curator resolved it, who and why; null while it is open. */
    resolvedAt: instant('resolved_at'),
    resolvedBy: ref('resolved_by').references(() => users.id, { onDelete: 'set null' }),
    resolution: text('resolution'),
  },
  (t) => [
    index('paper_reports_newest').on(t.reportedAt, t.id),
    index('paper_reports_open').on(t.reportedAt, t.id).where(sql`${t.resolvedAt} is null`),
    index('paper_reports_of_paper').on(t.paperId, t.reportedAt, t.id),
    uniqueIndex('paper_reports_one_open').on(t.userId, t.paperId).where(sql`${t.resolvedAt} is null`),
    index('paper_reports_of_resolver').on(t.resolvedBy),
    check(
      'paper_reports_resolved_whole',
      sql`${t.resolvedAt} is not null or (${t.resolvedBy} is null and ${t.resolution} is null)`,
    ),
  ],
)
