import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import {
  addPapers,
  analyzePaper,
  type Destination,
  type IndexedPaper,
  lockIndex,
  type PaperText,
  readPaperTexts,
} from './index-papers.ts'

export interface FillOptions {
  /** Called after each batch with the number of papers processed so far. */
  onProgress?: (done: number) => void
  /** Stops after the current batch, whose papers stay in the index. */
  signal?: AbortSignal
  /** Papers per transaction. Other writers of papers wait as long as one transaction takes. */
  batch?: number
  /** Whether to write postings, too. `writePostings` does this afterwards, which is much faster for many papers. */
  posting: boolean
}

/** Larger batches update the count of a common term less often. With postings, 200 papers take 1 s in a large index. */
const BATCH = { withPostings: 200, without: 1_000 }
/** Yield to the event loop after this many papers: the analysis is synchronous, and the server runs in this process. */
const YIELD_AFTER = 25

/** Adds the missing papers to a generation of the index and returns how many it added. Others can write meanwhile. */
export async function fillGeneration(db: Db, generation: number, options: FillOptions): Promise<number> {
  const { onProgress, signal, posting } = options
  const { batch = posting ? BATCH.withPostings : BATCH.without } = options
  let texts = await missingAfter(db, generation, 0, batch)
  let ready: IndexedPaper[] = []
  let added = 0
  let done = 0
  // A pipeline: while Postgres writes a batch, Node analyzes the next one and reads the one after that.
  while (texts.length > 0 || ready.length > 0) {
    signal?.throwIfAborted()
    const last = texts.at(-1)?.id
    const [written, next, indexed] = await Promise.all([
      addMissing(db, { generation, postings: posting ? 'written' : 'skipped' }, ready),
      last === undefined ? [] : missingAfter(db, generation, last, batch),
      analyzePapers(texts),
    ])
    added += written
    done += ready.length
    if (ready.length > 0) onProgress?.(done)
    ready = indexed
    texts = next
  }
  return added
}

const missingAfter = (db: Db, generation: number, last: number, batch: number): Promise<PaperText[]> =>
  readPaperTexts(
    db,
    sql`id > ${last}::bigint and not exists (
      select from search_papers where generation = ${generation}::smallint and paper_id = papers.id
    )`,
    batch,
  )

async function analyzePapers(texts: readonly PaperText[]): Promise<IndexedPaper[]> {
  const indexed: IndexedPaper[] = []
  for (const [n, paper] of texts.entries()) {
    if (n % YIELD_AFTER === 0) await setImmediate()
    indexed.push(analyzePaper(paper))
  }
  return indexed
}

/**
 * Adds papers that were read before the index was locked. Skips papers that were changed since, because the writer has
 * indexed them in this generation, and papers that were hidden or deleted since.
 */
async function addMissing(db: Db, to: Destination, papers: readonly IndexedPaper[]): Promise<number> {
  const { generation } = to
  if (papers.length === 0) return 0
  return writing(db, async (open) => {
    const { tx } = open
    // A crash can lose this commit. Then the papers are missing again, and the next run adds them.
    await tx.execute(sql`set local synchronous_commit = off`)
    await lockIndex(open)
    const rows = await executePrepared<{ id: string }>(
      tx,
      sql`
        select id from papers
        where id = any(${sql.param(papers.map(({ id }) => id))}::bigint[]) and hidden_at is null
          and not exists (select from search_papers where generation = ${generation}::smallint and paper_id = papers.id)
          and exists (select from search_generations where generation = ${generation}::smallint and not retired)`,
    )
    const missing = new Set(rows.map(({ id }) => Number(id)))
    await addPapers(
      tx,
      to,
      papers.filter(({ id }) => missing.has(id)),
    )
    return missing.size
  })
}

/**
 * Writes the postings of all papers of a generation that has none, and counts its terms. The postings are sorted first:
 * in random order, Postgres would read and write an index page for each of them.
 */
export async function writePostings(db: Db, generation: number): Promise<void> {
  await writing(db, async ({ tx }) => {
    await tx.execute(sql`set local work_mem = '64MB'`)
    await tx.execute(sql`
      insert into search_postings (term_id, impact, paper_id)
      select term_id, impact, paper_id
      from search_papers cross join lateral unnest(term_ids, impacts) as posting (term_id, impact)
      where generation = ${generation}
      order by term_id, impact, paper_id`)
    await tx.execute(sql`
      update search_terms set paper_count = papers
      from (select term_id, count(*)::int as papers from search_postings group by term_id) as counted
      where id = term_id and generation = ${generation}`)
  })
}

/** How many papers `fillEmptyIndex` adds between two reports. */
const REPORTED = 50_000

/**
 * Indexes all papers in the transaction that stored them, which must have locked the table of papers exclusively.
 *
 * @param options.onStep called with the next step
 */
export async function fillEmptyIndex(
  tx: Db,
  { onStep, signal }: { onStep: (step: string) => void; signal?: AbortSignal },
): Promise<void> {
  const [serving] = await tx.execute<{ generation: number }>(
    sql`select generation from search_generations where serving`,
  )
  const { generation } = serving as { generation: number }
  await fillGeneration(tx, generation, {
    posting: false,
    ...(signal ? { signal } : {}),
    onProgress: (done) => done % REPORTED === 0 && onStep(`${done} papers so far`),
  })
  onStep('sorting its postings')
  await writePostings(tx, generation)
  await countPapers(tx, generation)
  // Migrations may have left an index of an older analyzer, without papers.
  await tx.execute(
    sql`update search_generations set analyzer_version = ${ANALYZER_VERSION} where generation = ${generation}`,
  )
  signal?.throwIfAborted()
}

/** Sets the paper count of a generation whose papers were added without postings. */
export async function countPapers(tx: Db, generation: number): Promise<void> {
  await tx.execute(sql`
    update search_generations set paper_count = (select count(*) from search_papers where generation = ${generation})
    where generation = ${generation}`)
}
