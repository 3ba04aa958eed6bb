import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { messageOf } from '../../values/errors.ts'
import type { PaperEntry } from '../entry.ts'
import { type Outcome, type SaveOptions, saveBatch } from './batch.ts'
import { identifiersOf } from './stored-papers.ts'

export interface SaveResult {
  created: number
  updated: number
  unchanged: number
  /** The entries that were left out, by their place in the list, and why. */
  problems: { index: number; message: string }[]
}

/** Any number that no other program takes on this database. Imports take turns, batch by batch. */
const IMPORT_LOCK = 4_712_027

const ATTEMPTS = 5
const DEADLOCK_OR_SERIALIZATION = /^40/
/** What is wrong with a value rather than with the database: wrong data, a broken constraint, too large for an index. */
const FAULT_OF_THE_DATA = /^(21|22|23|54)/

/**
 * Saves what sources say of papers: about 200 entries at a time are best. All entries go in, in one transaction, or
 * those that the database refuses are found and left out, each reported. Saving the same entries again writes nothing.
 *
 * Entries about the same paper take effect in their order.
 *
 * @throws what the database throws that no entry is to blame for, such as a lost connection
 */
export async function saveEntries(db: Db, entries: readonly PaperEntry[], options: SaveOptions): Promise<SaveResult> {
  const result: SaveResult = { created: 0, updated: 0, unchanged: 0, problems: [] }
  let waiting = entries.map((entry, index) => ({ entry, index }))
  while (waiting.length > 0) {
    const { now, later } = distinctPapers(waiting)
    const outcomes = await saveTogether(
      db,
      now.map(({ entry }) => entry),
      options,
    )
    const postponed = now.filter((_, n) => outcomes[n] === 'later')
    outcomes.forEach((outcome, n) => {
      if (outcome === 'later') return
      if (typeof outcome === 'string') result[outcome] += 1
      else result.problems.push({ index: (now[n] as (typeof now)[number]).index, message: outcome.problem })
    })
    waiting = [...postponed, ...later].sort((a, b) => a.index - b.index)
  }
  result.problems.sort((a, b) => a.index - b.index)
  return result
}

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
    return await inTurn(db, (tx) => saveBatch(tx, entries, options))
  } catch (error) {
    if (!FAULT_OF_THE_DATA.test(stateOf(error))) throw error
    if (entries.length === 1) return [{ problem: `The database refuses it: ${causeOf(error)}.` }]
    const middle = entries.length >> 1
    const first = await saveTogether(db, entries.slice(0, middle), options)
    return [...first, ...(await saveTogether(db, entries.slice(middle), options))]
  }
}

/** Waits until no other transaction is saving entries, and keeps others waiting until this one ends. */
export async function awaitTurn(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${IMPORT_LOCK})`)
}

async function inTurn<Result>(db: Db, run: (tx: Db) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(async (tx) => {
        await awaitTurn(tx)
        return run(tx)
      })
    } catch (error) {
      // A vote can hold a row that this waits for, and wait for one that this holds.
      if (attempt === ATTEMPTS || !DEADLOCK_OR_SERIALIZATION.test(stateOf(error))) throw error
    }
  }
}

/** What Postgres said; Drizzle wraps it in an error that repeats the whole statement. */
const saidByPostgres = (error: unknown): unknown => (error instanceof Error && error.cause ? error.cause : error)

const stateOf = (error: unknown): string => {
  const { code } = saidByPostgres(error) as { code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : ''
}

const causeOf = (error: unknown): string => messageOf(saidByPostgres(error))
