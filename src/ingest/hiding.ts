import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { indexPapers } from '../search/index/index-papers.ts'
import { refreshCounts } from '../writes/counts.ts'
import { notifyChanged } from '../writes/events.ts'
import { holdHalfLife } from '../writes/trending-scores.ts'

/**
 * Hides a paper, or shows it again when `hiddenAt` is null, and brings everything up to date that counts or finds it.
 * Answers false where there is no such paper. Hiding one that is hidden changes nothing.
 */
export async function setHidden(
  db: Db,
  paperId: number,
  hiddenAt: Date | null,
  firstHalfLife: number,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const halfLifeHours = await holdHalfLife(tx, firstHalfLife)
    const [paper] = await tx.execute<{ hidden: boolean }>(
      sql`select hidden_at is not null as hidden from papers where id = ${paperId} for no key update`,
    )
    if (!paper) return false
    const isHidden = hiddenAt !== null
    if (paper.hidden === isHidden) return true
    await tx.execute(
      sql`update papers set hidden_at = ${hiddenAt?.toISOString() ?? null}::timestamptz where id = ${paperId}`,
    )
    for (const table of ['paper_authors', 'paper_topics'])
      await tx.execute(sql`update ${sql.identifier(table)} set hidden = ${isHidden} where paper_id = ${paperId}`)
    await refreshCounts(tx, { paperIds: [paperId], authorIds: [], organizationIds: [], topicIds: [] }, halfLifeHours)
    await indexPapers(tx, [paperId])
    await notifyChanged(tx)
    return true
  })
}
