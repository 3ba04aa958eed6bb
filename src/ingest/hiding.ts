import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { withLongerTimeLimit } from '../db/locks.ts'
import { indexPapers } from '../search/index/index-papers.ts'
import { type Curator, recordAudit, subjectsOf } from '../writes/audit-log.ts'
import { idsOf, refreshCounts } from '../writes/counts.ts'
import { type Writing, writing } from '../writes/writing.ts'

/** The papers that were changed: the others were hidden, or shown, before. Or one that does not exist: then none was. */
export type Hiding = { changed: number[] } | { missing: number }

/** Hides papers, or shows them again, and records it. */
export const setHidden = (
  db: Db,
  { paperIds, isHidden }: { paperIds: readonly number[]; isHidden: boolean },
  curator: Curator,
  firstHalfLife: number,
): Promise<Hiding> =>
  writing(db, async (open) => {
    await open.tx.execute(withLongerTimeLimit)
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const found = new Set(await open.lock('papers', idsOf(paperIds)))
    const missing = paperIds.find((id) => !found.has(id))
    if (missing !== undefined) return { missing }
    const changed = await changeHidden(open, paperIds, isHidden ? curator.at : null, halfLifeHours)
    if (changed.length > 0)
      await recordAudit(open, curator, {
        action: isHidden ? 'HIDE_PAPERS' : 'UNHIDE_PAPERS',
        subjects: subjectsOf('Paper', changed),
      })
    return { changed }
  })

/**
 * Hides every visible paper that a user submitted, and records it as one change. Returns the papers, or null if there is no
 * such user.
 */
export const removeContent = (
  db: Db,
  userId: number,
  curator: Curator,
  firstHalfLife: number,
): Promise<number[] | null> => {
  const submitted = sql`select id from papers where submitter_id = ${userId} and hidden_at is null`
  return changeContent(db, userId, { action: 'REMOVE_USER_CONTENT', papers: submitted }, curator, firstHalfLife)
}

/**
 * Shows the papers of a user again that `removeContent` hid, except those that a curator has shown or hidden since. Returns
 * the papers, or null if there is no such user.
 */
export const restoreContent = (
  db: Db,
  userId: number,
  curator: Curator,
  firstHalfLife: number,
): Promise<number[] | null> => {
  const removed = sql`
    select papers.id from audit_log cross join unnest(subjects) as subject
    join papers on papers.id = split_part(subject, ':', 2)::bigint and papers.hidden_at = done_at
    where action = 'REMOVE_USER_CONTENT' and subjects @> array[${`User:${userId}`}] and subject like 'Paper:%'`
  return changeContent(db, userId, { action: 'RESTORE_USER_CONTENT', papers: removed }, curator, firstHalfLife)
}

/** @param change.papers selects their ids */
const changeContent = (
  db: Db,
  userId: number,
  { action, papers }: { action: 'REMOVE_USER_CONTENT' | 'RESTORE_USER_CONTENT'; papers: SQL },
  curator: Curator,
  firstHalfLife: number,
): Promise<number[] | null> =>
  writing(db, async (open) => {
    await open.tx.execute(withLongerTimeLimit)
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const isUser = (await open.tx.execute(sql`select from users where id = ${userId}`)).length > 0
    if (!isUser) return null
    const hiddenAt = action === 'REMOVE_USER_CONTENT' ? curator.at : null
    const changed = await changeHidden(open, await open.lock('papers', papers), hiddenAt, halfLifeHours)
    const subjects = [...subjectsOf('User', [userId]), ...subjectsOf('Paper', changed)]
    if (changed.length > 0) await recordAudit(open, curator, { action, subjects })
    return changed
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
