import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { writing } from '../../writes/writing.ts'
import {
  addPapers,
  type Destination,
  type IndexedPaper,
  indexedPaper,
  lockIndex,
  type PaperText,
  readPapers,
} from './index-papers.ts'

export interface FillOptions {
  /** Is told after each batch how many papers have been gone through. */
  onProgress?: (done: number) => void
  /** Gives up after the batch under way, whose papers stay in. */
  signal?: AbortSignal
  /** How many papers go in at once: so long do those wait who write papers meanwhile. */
  batch?: number
  /** Whether postings are written, too; else `writePostings` does it, which is much faster where there are many. */
  posting: boolean
}

/** Larger ones write each common term less often; with postings, a batch takes a second in a large index even so. */
const BATCH = { withPostings: 200, without: 5_000 }
/** So many papers are taken apart before others of this process get their turn. */
const TURN = 25

/** Adds the papers that a generation of the index lacks, and answers how many they were. Others may write meanwhile. */
export async function fillGeneration(db: Db, generation: number, options: FillOptions): Promise<number> {
  const { onProgress, signal, posting } = options
  const { batch = posting ? BATCH.withPostings : BATCH.without } = options
  let texts = await lackingAfter(db, generation, 0, batch)
  let ready: IndexedPaper[] = []
  let added = 0
  let done = 0
  // While Postgres writes a batch, the next one is taken apart here and the one after that is read.
  while (texts.length > 0 || ready.length > 0) {
    signal?.throwIfAborted()
    const last = texts.at(-1)?.id
    const [written, next, indexed] = await Promise.all([
      write(db, { generation, postings: posting ? 'written' : 'left' }, ready),
      last === undefined ? [] : lackingAfter(db, generation, last, batch),
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

const lackingAfter = (db: Db, generation: number, last: number, batch: number): Promise<PaperText[]> =>
  readPapers(
    db,
    sql`id > ${last}::bigint and not exists (
      select from search_papers where generation = ${generation}::smallint and paper_id = papers.id
    )`,
    batch,
  )

async function analyzePapers(texts: readonly PaperText[]): Promise<IndexedPaper[]> {
  const indexed: IndexedPaper[] = []
  for (const [n, paper] of texts.entries()) {
    if (n % TURN === 0) await setImmediate()
    indexed.push(indexedPaper(paper))
  }
  return indexed
}

/**
 * Adds papers that were read before the index was held. Whoever has changed one of them since has put it in, as there
 * was this generation already, so that it is passed over here; whoever has hidden or deleted one has not.
 */
async function write(db: Db, to: Destination, papers: readonly IndexedPaper[]): Promise<number> {
  const { generation } = to
  if (papers.length === 0) return 0
  return writing(db, async (open) => {
    const { tx } = open
    // Lost with the machine, these papers are lacking again, and nothing else.
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
    const lacking = new Set(rows.map(({ id }) => Number(id)))
    await addPapers(
      tx,
      to,
      papers.filter(({ id }) => lacking.has(id)),
    )
    return lacking.size
  })
}

/**
 * Makes the postings of all papers of a generation that has none, and counts its terms. In their order: one after the
 * other in random places of a large index, each would have Postgres read and write a page of its own.
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

/** Counts the papers of a generation that were added without being counted. */
export async function countPapers(tx: Db, generation: number): Promise<void> {
  await tx.execute(sql`
    update search_generations set paper_count = (select count(*) from search_papers where generation = ${generation})
    where generation = ${generation}`)
}
