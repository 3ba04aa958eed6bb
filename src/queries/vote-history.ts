import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'

/** The change of a paper's vote count on one day (UTC). */
export interface DayOfVotes {
  paperId: number
  /** `YYYY-MM-DD` */
  date: string
  change: number
}

/** Every day on which the vote counts of these papers changed, by votes or by reports of sources, oldest first. */
export async function votesByDay(db: Db, paperIds: readonly number[]): Promise<DayOfVotes[]> {
  const ids = sql`any(${sql.param([...paperIds])}::bigint[])`
  const rows = await db.execute<{ paper_id: string; date: string; change: number }>(sql`
    select paper_id, (moment at time zone 'UTC')::date::text as date, sum(change)::int as change
    from (
      select paper_id, voted_at as moment, 1 as change from votes where paper_id = ${ids}
      union all
      select paper_id, counted_at, increment from outside_counts where paper_id = ${ids}
    ) as counted
    group by 1, 2 order by 1, 2`)
  return rows.map((row) => ({ paperId: Number(row.paper_id), date: row.date, change: row.change }))
}
