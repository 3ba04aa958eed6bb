import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { saidByPostgres, sqlStateOf } from '../../db/sql-state.ts'
import { messageOf } from '../../values/errors.ts'
import { writing } from '../../writes/writing.ts'
import type { PaperEntry } from '../entry.ts'
import { type Outcome, type SaveOptions, saveBatch } from './batch.ts'
import { identifiersOf } from './matching.ts'
import { unchangedAmong } from './unchanged.ts'

export interface SaveResult {
  created: number
  updated: number
  unchanged: number
  /** The entries that were left out, by their place in the list, and why. */
  problems: { index: number; message: string }[]
  /** What entries that were saved lost or changed elsewhere: identifiers that belong to two papers. */
  remarks: { index: number; message: string }[]
}

/** What is wrong with a value rather than with the database: wrong data, a broken constraint, too large for an index. */
const FAULT_OF_THE_DATA = /^(21|22|23|54)/

/**
 * Saves what sources say of papers: about 500 entries at a time are best. All entries go in, in one transaction, or
 * those that the database refuses are found and left out, each reported. Saving the same entries again writes nothing.
 *
 * Entries about the same paper take effect in their order.
 *
 * @throws what the database throws that no entry is to blame for, such as a lost connection
 */
export async function saveEntries(db: Db, entries: readonly PaperEntry[], options: SaveOptions): Promise<SaveResult> {
  const result: SaveResult = { created: 0, updated: 0, unchanged: 0, problems: [], remarks: [] }
  let waiting = entries.map((entry, index) => ({ entry, index }))
  while (waiting.length > 0) {
    const { now: distinct, later } = distinctPapers(waiting)
    const unchanged = options.areNew
      ? NONE
      : await unchangedAmong(
          db,
          distinct.map(({ entry }) => entry),
        )
    result.unchanged += unchanged.size
    const now = distinct.filter(({ entry }) => !unchanged.has(entry))
    const outcomes = await saveTogether(
      db,
      now.map(({ entry }) => entry),
      options,
    )
    const postponed = now.filter((_, n) => outcomes[n] === 'later')
    outcomes.forEach((outcome, n) => {
      if (outcome === 'later') return
      const { index } = now[n] as (typeof now)[number]
      if ('problem' in outcome) {
        result.problems.push({ index, message: outcome.problem })
        return
      }
      result[outcome.saved] += 1
      if (outcome.remark !== null) result.remarks.push({ index, message: outcome.remark })
    })
    waiting = [...postponed, ...later].sort((a, b) => a.index - b.index)
  }
  for (const list of [result.problems, result.remarks]) list.sort((a, b) => a.index - b.index)
  return result
}

const NONE: ReadonlySet<PaperEntry> = new Set()

/** Parts off the entries that share an identifier with an earlier one: they are about a paper that is saved first. */
function distinctPapers<Item extends { entry: PaperEntry }>(items: readonly Item[]): { now: Item[]; later: Item[] } {
  const seen = new Set<string>()
  const [now, later]: [Item[], Item[]] = [[], []]
  for (const item of items) {
    const keys = identifiersOf(item.entry).map(({ scheme, value }) => `${scheme} ${value}`)
    if (keys.some((key) => seen.has(key))) later.push(item)
    else now.push(item)
    for (const key of keys) seen.add(key)
  }
  return { now, later }
}

/** Saves entries in one transaction; where the database refuses one, halves the list until only that one is out. */
async function saveTogether(db: Db, entries: readonly PaperEntry[], options: SaveOptions): Promise<Outcome[]> {
  if (entries.length === 0) return []
  try {
    return await writing(db, async (open) => {
      // A crash of the database can lose this commit. Then the import has not ended, and the next one saves its papers again.
      if (options.countingLater !== undefined) await open.tx.execute(sql`set local synchronous_commit = off`)
      await open.takeTurn()
      return saveBatch(open, entries, options)
    })
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    if (entries.length === 1) return [{ problem }]
    const middle = entries.length >> 1
    const first = await saveTogether(db, entries.slice(0, middle), options)
    return [...first, ...(await saveTogether(db, entries.slice(middle), options))]
  }
}

/** Why the database refused an entry; null for an error that no entry is to blame for. */
export const problemOf = (error: unknown): string | null =>
  FAULT_OF_THE_DATA.test(sqlStateOf(error)) ? `The database refuses it: ${messageOf(saidByPostgres(error))}.` : null
