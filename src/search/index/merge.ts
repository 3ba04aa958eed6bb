import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { exclusively } from '../../db/exclusive.ts'
import { numbersIn } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { writing } from '../../writes/writing.ts'
import { lockIndex } from './index-papers.ts'
import { changePostings, type TermChanges } from './posting-writer.ts'

/** With fewer recent postings than this, of about a thousand papers, searches are hardly slower. */
export const MERGED_FROM = 100_000
/** About how many postings one transaction merges. Other writers of papers wait as long as it takes, about 0.5 s. */
const MERGED_AT_ONCE = 50_000

/**
 * Puts the recent postings into the packed lists, term by term. Searches find the same before, meanwhile and afterwards. If
 * interrupted, what was merged stays merged. Does nothing while the index is rebuilt, or another process merges.
 *
 * @param options.least merges only if there are at least so many postings
 */
export async function mergeRecent(db: Db, options: { least?: number; signal?: AbortSignal } = {}): Promise<void> {
  const { least = 1, signal } = options
  const waiting = await db.execute(sql`select from search_recent offset ${least - 1} limit 1`)
  if (waiting.length > 0) await exclusively(db, 'indexRebuild', () => mergeAll(db, signal))
}

/** The same for the holder of the lock of rebuilds. */
export async function mergeAll(db: Db, signal: AbortSignal | undefined): Promise<void> {
  let merged = 0
  for (let after: number | null = 0; after !== null; ) {
    signal?.throwIfAborted()
    const last: number | null = await mergeTerms(db, after)
    if (last !== null) merged += 1
    after = last
  }
  // Searches read the table, and would pass over all the rows that were removed.
  if (merged > 0) await db.execute(sql`vacuum search_recent`)
}

/** Merges the next terms after a term, and returns the last of them; null if there are none. */
async function mergeTerms(db: Db, after: number): Promise<number | null> {
  return writing(db, async (open) => {
    const { tx } = open
    await lockIndex(open)
    const [bound] = await executePrepared<{ last: number | null }>(
      tx,
      sql`select max(term_id) as last from (
        select term_id from search_recent where term_id > ${after}::int order by term_id limit ${MERGED_AT_ONCE}::int
      ) as next`,
    )
    const last = bound?.last ?? null
    if (last === null) return null
    const rows = await executePrepared<{ term_id: number; papers: string; impacts: string }>(
      tx,
      sql`
        with merged as (
          delete from search_recent where term_id > ${after}::int and term_id <= ${last}::int
          returning term_id, paper_id, impact
        )
        select term_id, string_agg(paper_id::text, ',' order by paper_id) as papers,
          string_agg(impact::text, ',' order by paper_id) as impacts
        from merged group by term_id order by term_id`,
    )
    await changePostings(
      tx,
      rows.map(
        ({ term_id: termId, papers, impacts }): TermChanges => ({
          termId,
          papers: numbersIn(papers),
          impacts: numbersIn(impacts),
        }),
      ),
    )
    return last
  })
}
