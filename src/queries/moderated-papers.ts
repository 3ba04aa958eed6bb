import { sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

const byIds = statement('moderated papers by ids', (db) =>
  db
    .select({
      id: papers.id,
      arxivId: papers.arxivId,
      title: papers.title,
      listedOn: papers.listedOn,
      submitterId: papers.submitterId,
      hiddenAt: papers.hiddenAt,
      openReports: sql<number>`(select count(*)::int from paper_reports where paper_id = papers.id and resolved_at is null)`,
    })
    .from(papers)
    .where(sql`${papers.id} = any(${sql.placeholder('ids')}::bigint[])`),
)

/** A paper as curators see it, hidden or not. */
export type ModeratedPaperRow = Awaited<ReturnType<typeof moderatedPapersByIds>>[number]

/** Those of the papers that exist, hidden ones too, in no order. */
export const moderatedPapersByIds = (db: Db, ids: readonly number[]) => byIds(db, { ids })
