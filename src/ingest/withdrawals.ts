import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { recordset } from '../db/recordset.ts'
import { writing } from '../writes/writing.ts'
import type { Withdrawal } from './entry.ts'

/**
 * Marks papers as withdrawn and returns how many were not before. Papers that the catalogue does not have are skipped, and
 * so are those that have a version from after the day of the withdrawal.
 */
export const saveWithdrawals = (db: Db, withdrawals: readonly Withdrawal[]): Promise<number> =>
  withdrawals.length === 0
    ? Promise.resolve(0)
    : writing(db, async (open) => {
        const ids = withdrawals.map(({ withdrawn }) => withdrawn)
        await open.lock('papers', sql`select id from papers where arxiv_id = any(${sql.param(ids)}::text[])`)
        const updated = await open.tx.execute(sql`
          update papers set withdrawn_at = r.at
          from (
            select withdrawn, min(at) as at from ${recordset([...withdrawals], 'r(withdrawn text, at timestamptz)')} group by withdrawn
          ) r
          where arxiv_id = r.withdrawn and withdrawn_at is null
            and (updated_at is null or (updated_at at time zone 'UTC')::date <= (r.at at time zone 'UTC')::date)
          returning id`)
        if (updated.length > 0) open.announceChange()
        return updated.length
      })
