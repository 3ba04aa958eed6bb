import { sql } from 'drizzle-orm'
import { votes } from '../../drizzle/tables/votes.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

const votedAmongPapers = statement('voted among papers', (db) =>
  db
    .select({ paperId: votes.paperId })
    .from(votes)
    .where(
      sql`${votes.userId} = ${sql.placeholder('userId')}::bigint and ${votes.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`,
    ),
)

/** The papers among `paperIds` that the user voted for. */
export async function votedAmong(db: Db, userId: number, paperIds: readonly number[]): Promise<Set<number>> {
  const rows = await votedAmongPapers(db, { userId, paperIds })
  return new Set(rows.map((row) => row.paperId))
}
