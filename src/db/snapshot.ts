import { type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { withoutTimeLimits } from './locks.ts'

/** How many rows are fetched at once. */
const FETCHED = 1_000

/**
 * Runs `work` in a transaction that cannot write. All of its statements see the database at one moment, whatever is written
 * meanwhile, and nobody waits for it.
 */
export function readingSnapshot<Result>(db: Db, work: (tx: Db) => Promise<Result>): Promise<Result> {
  return db.transaction(
    async (tx) => {
      await tx.execute(withoutTimeLimits)
      return work(tx)
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

/**
 * The values of a query of one column named `line`, a thousand at a time, so that a result of any size fits in memory. One
 * query at a time in a transaction.
 */
export async function* fetchLines(tx: Db, query: SQL): AsyncGenerator<string[], void, undefined> {
  await tx.execute(sql`declare fetched no scroll cursor for ${query}`)
  for (;;) {
    const rows = await tx.execute<{ line: string }>(sql.raw(`fetch ${FETCHED} from fetched`))
    if (rows.length > 0) yield rows.map(({ line }) => line)
    if (rows.length < FETCHED) break
  }
  await tx.execute(sql`close fetched`)
}
