import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { indexPapers } from '../search/index/index-papers.ts'
import { type Curator, recordAudit, subjectsOf } from '../writes/audit-log.ts'
import { idsOf, refreshCounts } from '../writes/counts.ts'
import { type Writing, writing } from '../writes/writing.ts'

/** The papers that exist, and those of them that were changed: the others were hidden, or shown, before. */
export interface Hiding {
  found: number[]
  changed: number[]
}

/** Hides papers, or shows them again, and records it. Papers that are as wanted already are not changed. */
export const setHidden = (
  db: Db,
  { paperIds, isHidden }: { paperIds: readonly number[]; isHidden: boolean },
  curator: Curator,
  firstHalfLife: number,
): Promise<Hiding> =>
  writing(db, async (open) => {
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const found = await open.lock('papers', idsOf(paperIds))
    const changed = await changeHidden(open, found, isHidden ? curator.at : null, halfLifeHours)
    if (changed.length > 0)
      await recordAudit(open, curator, {
        action: isHidden ? 'HIDE_PAPERS' : 'UNHIDE_PAPERS',
        subjects: subjectsOf('Paper', changed),
      })
    return { found, changed }
  })

/**
 * Hides papers, or shows them again when `hiddenAt` is null, and brings everything up to date that counts or finds them. The
 * caller has locked them. Returns those that were changed.
 */
async function changeHidden(
  open: Writing,
  paperIds: readonly number[],
  hiddenAt: Date | null,
  halfLifeHours: number,
): Promise<number[]> {
  const { tx } = open
  const isHidden = hiddenAt !== null
  const rows = await tx.execute<{ id: string }>(sql`
    update papers set hidden_at = ${hiddenAt?.toISOString() ?? null}::timestamptz
    where id in (${idsOf(paperIds)}) and (hidden_at is not null) <> ${isHidden} returning id`)
  const changed = rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
  if (changed.length === 0) return changed
  for (const table of ['paper_authors', 'paper_topics'])
    await tx.execute(
      sql`update ${sql.identifier(table)} set hidden = ${isHidden} where paper_id in (${idsOf(changed)})`,
    )
  await refreshCounts(open, { paperIds: changed, authorIds: [], organizationIds: [], topicIds: [] }, halfLifeHours)
  await indexPapers(open, changed)
  open.announceChange()
  return changed
}
