import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { withoutTimeLimits } from '../db/locks.ts'
import { fillEmptyIndex } from '../search/index/fill.ts'
import { OperatorError } from '../values/errors.ts'
import { dropIndexes, lockEmptyTables } from '../writes/bulk-load.ts'
import { writeCards } from '../writes/paper-cards.ts'
import { recomputeAllScores } from '../writes/trending-scores.ts'
import { writing } from '../writes/writing.ts'
import { counts, days, outsideCounts, paperAuthors, paperLinks, votes, withPapersOf, writePapers } from './papers.ts'
import { authors, organizations, storeGivenNames, users } from './people.ts'
import { planOf, type Slice } from './plan.ts'
import { Writer } from './texts.ts'
import { nameTopics, paperTopics, topics } from './topics.ts'
import { Vocabulary } from './vocabulary.ts'

// Generates a catalogue of any size with the proportions of a real one. Postgres computes every row from a hash of its
// number and the seed, so the same size and seed always give the same rows. Only texts are written in TypeScript.

export interface GenerateOptions {
  papers: number
  seed?: number
  halfLifeHours: number
  /** Called with the next step. */
  onProgress?: (step: string) => void
  /** Cancels before the next step and rolls everything back. */
  signal?: AbortSignal
}

/** With more papers, the busiest month would run out of arXiv numbers. */
export const MOST_PAPERS = 3_000_000

const TABLES = [
  'papers',
  'authors',
  'organizations',
  'topics',
  'users',
  'paper_authors',
  'paper_topics',
  'paper_cards',
  'paper_links',
  'paper_identifiers',
  'outside_counts',
  'votes',
]

/** How many papers one statement makes. Progress is reported after each. */
const SLICE = 50_000
/** How many papers' texts one statement stores. */
const TEXTS = 5_000

/** Splits a range of paper numbers into slices. */
const slicesOf = ({ from, to }: Slice, size: number): Slice[] =>
  Array.from({ length: Math.ceil((to - from + 1) / size) }, (_, n) => ({
    from: from + n * size,
    to: Math.min(from + (n + 1) * size - 1, to),
  }))

/**
 * Fills an empty catalogue in one transaction; if interrupted, the catalogue stays empty. The tables are locked for other
 * readers and writers: foreign keys and indexes are dropped and restored at the end, and every row is written once, with
 * its counts.
 *
 * @throws OperatorError if the catalogue is not empty or a number is out of range
 */
export async function generateCatalogue(db: Db, options: GenerateOptions): Promise<void> {
  const { papers, seed = 1, halfLifeHours, onProgress, signal } = options
  if (!Number.isInteger(papers) || papers < 1 || papers > MOST_PAPERS)
    throw new OperatorError(`The number of papers must be from 1 to ${MOST_PAPERS}; it is ${papers}.`)
  if (!Number.isSafeInteger(seed)) throw new OperatorError(`The seed must be a whole number; it is ${seed}.`)
  const plan = planOf(papers, seed)
  const slices = slicesOf({ from: 1, to: papers }, SLICE)
  const vocabulary = new Vocabulary(seed)
  const writer = new Writer(seed, vocabulary)

  const begin = (step: string) => {
    signal?.throwIfAborted()
    onProgress?.(step)
  }

  await writing(db, async (open) => {
    const { tx } = open
    await tx.execute(withoutTimeLimits)
    await tx.execute(sql`set local work_mem = '64MB'`)
    await tx.execute(sql`set local maintenance_work_mem = '256MB'`)
    await tx.execute(sql`set local jit = off`)
    await lockEmptyTables(tx, TABLES)
    await recomputeAllScores(tx, halfLifeHours)
    const restoring = await dropIndexes(tx, TABLES)
    // The authors and topics of papers are made before the papers to which they refer.
    for (const table of ['paper_authors', 'paper_topics'])
      await tx.execute(sql.raw(`alter table ${table} disable trigger user`))

    await tx.execute(days(plan))
    await storeGivenNames(tx)
    await nameTopics(tx, plan, vocabulary)
    for (const slice of slices) {
      begin(`authors, topics and votes of papers ${slice.from} to ${slice.to}`)
      await withPapersOf(tx, plan, slice, async () => {
        for (const rows of [paperAuthors, paperTopics, paperLinks, outsideCounts, votes]) await tx.execute(rows(plan))
      })
    }
    begin('vote counts and trending scores')
    await tx.execute(counts(plan, halfLifeHours))
    await tx.execute(sql`analyze paper_topics`)
    for (const slice of slices) {
      begin(`papers ${slice.from} to ${slice.to}`)
      for (const part of slicesOf(slice, TEXTS)) {
        signal?.throwIfAborted()
        await withPapersOf(tx, plan, part, () => writePapers(tx, plan, part, writer))
      }
    }
    begin('authors, organizations, topics and users')
    for (const rows of [authors, organizations, topics, users]) await tx.execute(rows(plan))
    await advanceSequences(tx)

    begin('indexes and foreign keys')
    for (const statement of restoring) {
      signal?.throwIfAborted()
      await tx.execute(sql.raw(statement))
    }
    for (const table of ['paper_authors', 'paper_topics'])
      await tx.execute(sql.raw(`alter table ${table} enable trigger user`))
    await tx.execute(sql`analyze`)
    for (const slice of slices) {
      begin(`cards of papers ${slice.from} to ${slice.to}`)
      await writeCards(tx, sql`select id from papers where id between ${slice.from} and ${slice.to}`)
    }
    await tx.execute(sql`analyze paper_cards`)

    begin('search index')
    await fillEmptyIndex(tx, { onStep: (step) => begin(`search index: ${step}`), ...(signal ? { signal } : {}) })
    await tx.execute(sql`analyze search_generations, search_terms, search_papers, search_lists, search_blocks`)
    open.announceChange()
  })
}

/** Moves the id sequences past the generated rows. */
async function advanceSequences(tx: Db): Promise<void> {
  for (const table of ['users', 'organizations', 'authors', 'topics', 'papers'])
    await tx.execute(sql.raw(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`))
}
