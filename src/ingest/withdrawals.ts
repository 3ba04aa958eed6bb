import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { writing } from '../writes/writing.ts'
import type { Withdrawal } from './entry.ts'
import { factsDiffer } from './paper-facts.ts'
import { mergeFacts, takenFrom } from './save/merge.ts'
import { updatePapers } from './save/paper-rows.ts'
import type { Said } from './save/statements.ts'
import { lockStoredPapers } from './save/stored-papers.ts'

/**
 * Marks papers as withdrawn and returns how many changed. Papers that the catalogue does not have are skipped, and so are
 * those that have a version from after the day of the withdrawal.
 */
export const saveWithdrawals = (db: Db, withdrawals: readonly Withdrawal[]): Promise<number> =>
  withdrawals.length === 0
    ? Promise.resolve(0)
    : writing(db, async (open) => {
        const firstAt = new Map<string, string>()
        for (const { withdrawn, at } of withdrawals)
          if (at < (firstAt.get(withdrawn) ?? '~')) firstAt.set(withdrawn, at)
        const rows = await open.tx.execute<{ id: string }>(
          sql`select id from papers where arxiv_id = any(${sql.param([...firstAt.keys()])}::text[])`,
        )
        const papers = await lockStoredPapers(
          open,
          rows.map(({ id }) => Number(id)),
        )
        const changed = [...papers.values()].flatMap((paper) => {
          const at = firstAt.get(paper.arxivId as string) as string
          const said: Said = { authority: 'ARXIV', asOf: at, withdrawnAt: at }
          const facts = mergeFacts(said, paper, takenFrom(said, paper), { submitterId: null, organizationId: null })
          return factsDiffer(facts, paper) ? [{ ...facts, id: paper.id }] : []
        })
        await updatePapers(open.tx, changed)
        if (changed.length > 0) open.announceChange()
        return changed.length
      })
