import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { indexPapers } from '../search/index/index-papers.ts'
import { idsOf, refreshCounts } from '../writes/counts.ts'
import { writing } from '../writes/writing.ts'

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
  return writing(db, async (open) => {
    const { tx } = open
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    await open.lock('papers', idsOf([paperId]))
    const [paper] = await tx.execute<{ hidden: boolean }>(
      sql`select hidden_at is not null as hidden from papers where id = ${paperId}`,
    )
    if (!paper) return false
    const isHidden = hiddenAt !== null
    if (paper.hidden === isHidden) return true
    await tx.execute(
      sql`update papers set hidden_at = ${hiddenAt?.toISOString() ?? null}::timestamptz where id = ${paperId}`,
    )
    for (const table of ['paper_authors', 'paper_topics'])
      await tx.execute(sql`update ${sql.identifier(table)} set hidden = ${isHidden} where paper_id = ${paperId}`)
    await refreshCounts(open, { paperIds: [paperId], authorIds: [], organizationIds: [], topicIds: [] }, halfLifeHours)
    await indexPapers(open, [paperId])
    open.announceChange()
    return true
  })
}
