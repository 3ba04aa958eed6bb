import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { ADVISORY_LOCKS, withoutTimeLimits } from './locks.ts'

/**
 * Runs `work` while no other process does, or returns null if one does. The lock is released when the connection ends, also
 * that of a killed process. `work` uses other connections of the pool.
 */
export const exclusively = <Result>(
  db: Db,
  lock: keyof typeof ADVISORY_LOCKS,
  work: () => Promise<Result>,
): Promise<Result | null> =>
  db.transaction(async (tx) => {
    await tx.execute(withoutTimeLimits)
    const [row] = await tx.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(${ADVISORY_LOCKS[lock]}::bigint) as held`,
    )
    if (!row?.held) return null
    // Until the next statement, the last one keeps its snapshot if it is a query. Then no dead row of the database could be
    // removed as long as the work takes, and rows that change often, such as those of topics, would slow it down more and more.
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`)
    return work()
  })
