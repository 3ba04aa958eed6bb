import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_PAPERS, idsOf, rewrite } from './counts.ts'
import { writing } from './writing.ts'

// The row of an author has entries in eight indexes, so a large import would spend a third of its time on adding one paper
// after the other to the counts. It counts the authors of its papers at its end instead, each once. Its row of `import_runs`
// says from which paper to which they are not counted yet.

/** How many papers' authors are collected by one statement. */
const PAPERS = 10_000
/** How many authors are counted in one transaction: votes for their papers wait for it. */
const AUTHORS = 1_000
/** Authors have no trending scores, which depend on the half-life. */
const WITHOUT_SCORES = 0

/** Notes in the transaction that adds papers that a run counts their authors later. Each paper has a higher id than the last. */
export async function countAuthorsLater(tx: Db, run: number, paperIds: readonly number[]): Promise<void> {
  if (paperIds.length === 0) return
  await executePrepared(
    tx,
    sql`
      update import_runs set uncounted_from = coalesce(uncounted_from, ${Math.min(...paperIds)}::bigint),
        uncounted_to = ${Math.max(...paperIds)}::bigint
      where id = ${run}::bigint`,
  )
}

export interface CountingOptions {
  onProgress?: (done: number, of: number) => void
  /** Stops after the current batch. What remains is counted the next time. */
  signal?: AbortSignal
}

/**
 * Counts the papers of those authors whom imports have left to be counted, also imports that were killed. Others may read and
 * write meanwhile, and an import that is still running keeps the note of what it has added since.
 */
export async function countRemainingAuthors(db: Db, { onProgress, signal }: CountingOptions = {}): Promise<void> {
  const runs = await db.execute<{ id: string; from: string; to: string }>(
    sql`select id, uncounted_from as from, uncounted_to as to from import_runs where uncounted_from is not null`,
  )
  if (runs.length === 0) return
  const authors = new IdSet()
  for (const { from, to } of runs)
    for (let first = Number(from); first <= Number(to) && !signal?.aborted; first += PAPERS) {
      const [row] = await db.execute<{ ids: string | null }>(sql`
        select string_agg(author_id::text, ',') as ids
        from (
          select distinct author_id from paper_authors
          where paper_id between ${first} and ${Math.min(first + PAPERS - 1, Number(to))}
        ) as signing`)
      for (const id of row?.ids?.split(',') ?? []) authors.add(Number(id))
    }
  if (signal?.aborted) return
  let done = 0
  for (const ids of authors.slices(AUTHORS)) {
    if (signal?.aborted) return
    await writing(db, async (open) => {
      const locked = await open.lock('authors', idsOf(ids))
      await open.tx.execute(rewrite(AUTHOR_PAPERS, idsOf(locked), WITHOUT_SCORES))
      open.announceChange()
    })
    done += ids.length
    onProgress?.(done, authors.size)
  }
  for (const { id, to } of runs)
    await db.execute(sql`
      update import_runs set uncounted_from = case when uncounted_to > ${to}::bigint then ${to}::bigint + 1 end,
        uncounted_to = case when uncounted_to > ${to}::bigint then uncounted_to end
      where id = ${id}`)
}

/** A set of ids that takes one bit for each id up to the highest. */
class IdSet {
  #bits = new Uint8Array(1 << 12)
  size = 0

  add(id: number): void {
    const at = id >>> 3
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(2 * at)
      larger.set(this.#bits)
      this.#bits = larger
    }
    const bit = 1 << (id & 7)
    if ((this.#bits[at] as number) & bit) return
    this.#bits[at] = (this.#bits[at] as number) | bit
    this.size += 1
  }

  /** The ids in ascending order, so many at a time. */
  *slices(length: number): Generator<number[]> {
    let slice: number[] = []
    for (const [at, byte] of this.#bits.entries())
      for (let bit = 0; byte >> bit > 0; bit += 1)
        if ((byte >> bit) & 1 && slice.push(8 * at + bit) === length) {
          yield slice
          slice = []
        }
    if (slice.length > 0) yield slice
  }
}
