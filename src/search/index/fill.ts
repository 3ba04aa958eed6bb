import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import type { Vocabulary } from '../vocabulary.ts'
import {
  addPapers,
  analyzePaper,
  distinctTerms,
  findTerms,
  type IndexedPaper,
  lockIndex,
  type PaperText,
  postingsOf,
  readPaperTexts,
} from './index-papers.ts'
import { IndexedWords } from './indexed-words.ts'
import { changePostings } from './posting-writer.ts'
import { WaitingPostings } from './waiting-postings.ts'

export interface FillOptions {
  /** Called after each batch with the number of papers processed so far. */
  onProgress?: (done: number) => void
  /** Stops after the current batch, whose papers stay in the index. */
  signal?: AbortSignal
  /** Papers per transaction. Other writers of papers wait as long as one transaction takes. */
  batch?: number
  /**
   * Whether searches read the generation. Then the postings of a batch are written with its papers; otherwise those of many
   * batches at once, so that the list of a common term is written less often.
   */
  isServing: boolean
  /**
   * Called when all papers are added. Waits for more papers, whose ids are greater, and returns whether there are some; without
   * it, none come.
   */
  morePapers?: () => Promise<boolean>
}

const BATCH = 1_000
/** Yield to the event loop after this many papers: the analysis is synchronous, and the server runs in this process. */
const YIELD_AFTER = 25
/** How many postings wait for each other at most: those of about 16,000 papers. */
const WAITING_AT_MOST = 2_000_000
/** With more terms than this, a vocabulary is forgotten, and its terms are looked up again: a million papers have millions. */
const LARGEST_VOCABULARY = 200_000

/**
 * Adds the missing papers to a generation of the index and returns how many it added. Others can write meanwhile, but not
 * merge: the caller holds the lock of rebuilds.
 */
export async function fillGeneration(db: Db, generation: number, options: FillOptions): Promise<number> {
  const { onProgress, signal, batch = BATCH } = options
  const filling = new Filling(db, generation, options.isServing)
  let texts = await missingAfter(db, generation, 0, batch)
  let last = 0
  let words = new IndexedWords()
  let ready: IndexedPaper[] = []
  let readyWords = words
  let added = 0
  let done = 0
  // A pipeline: while Postgres writes a batch, Node analyzes the next one and reads the one after that.
  for (;;) {
    signal?.throwIfAborted()
    if (texts.length + ready.length === 0) {
      if (!(await options.morePapers?.())) break
      texts = await missingAfter(db, generation, last, batch)
    }
    last = texts.at(-1)?.id ?? last
    const [written, next, indexed] = await Promise.all([
      filling.add(ready, readyWords.vocabulary),
      texts.length > 0 ? missingAfter(db, generation, last, batch) : [],
      analyzePapers(texts, words),
    ])
    added += written
    done += ready.length
    if (ready.length > 0) onProgress?.(done)
    ready = indexed
    readyWords = words
    texts = next
    if (words.vocabulary.size > LARGEST_VOCABULARY) words = new IndexedWords()
  }
  signal?.throwIfAborted()
  await filling.finish()
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

async function analyzePapers(texts: readonly PaperText[], words: IndexedWords): Promise<IndexedPaper[]> {
  const indexed: IndexedPaper[] = []
  for (const [n, paper] of texts.entries()) {
    if (n % YIELD_AFTER === 0) await setImmediate()
    indexed.push(analyzePaper(paper, words))
  }
  return indexed
}

/** A generation that is being filled. */
class Filling {
  readonly #db: Db
  readonly #generation: number
  readonly #isServing: boolean
  /** The ids of terms in the generation, by their numbers in a vocabulary; 0 if not known. */
  #ids = new Int32Array()
  #idsOf: Vocabulary | null = null
  /** Postings that are not written yet. */
  readonly #waiting = new WaitingPostings(WAITING_AT_MOST)

  constructor(db: Db, generation: number, isServing: boolean) {
    this.#db = db
    this.#generation = generation
    this.#isServing = isServing
  }

  /**
   * Adds papers that were read before the index was locked. Skips papers that were changed since, because the writer has
   * indexed them in this generation, and papers that were hidden or deleted since.
   */
  async add(papers: readonly IndexedPaper[], vocabulary: Vocabulary): Promise<number> {
    if (papers.length === 0) return 0
    const known = this.#idsIn(vocabulary)
    const unknown = distinctTerms(papers).filter((term) => known[term] === 0)
    const { added, fresh, count } = await writing(this.#db, async (open) => {
      const { tx } = open
      // A crash can lose this commit. Then the papers are missing again, and the next run adds them.
      await tx.execute(sql`set local synchronous_commit = off`)
      await lockIndex(open)
      const missing = await this.#missingAmong(tx, papers)
      const fresh = await findTerms(tx, this.#generation, unknown, vocabulary)
      const idOf = (term: number) => known[term] || (fresh.get(term) as number)
      const withPostings = missing.map(({ paper, isChanged }) => ({
        paper,
        isChanged,
        postings: postingsOf(paper, idOf),
      }))
      // Of a paper that has left the index, recent rows say that the packed lists have it: new ones must replace them.
      const changed = withPostings.filter(({ isChanged }) => isChanged)
      const added = withPostings.filter(({ isChanged }) => !isChanged)
      for (const [some, to] of [[changed, 'recent'] as const, [added, 'packed'] as const])
        await addPapers(
          tx,
          this.#generation,
          some.map(({ paper }) => paper),
          some.map(({ postings }) => postings),
          to,
        )
      if (this.#isServing) {
        const waiting = new WaitingPostings(added.reduce((sum, { postings }) => sum + postings.termIds.length, 0))
        for (const { paper, postings } of added) waiting.add(paper.id, postings.termIds, postings.impacts)
        for (const changes of waiting.take()) await changePostings(tx, changes)
      }
      return { added, fresh, count: missing.length }
    })
    for (const [term, id] of fresh) known[term] = id
    if (!this.#isServing)
      for (const { paper, postings } of added) {
        if (!this.#waiting.hasRoomFor(postings.termIds.length)) await this.finish()
        this.#waiting.add(paper.id, postings.termIds, postings.impacts)
      }
    return count
  }

  /** Writes the postings that wait. Needs no lock: nobody else writes packed lists of a generation that does not serve. */
  async finish(): Promise<void> {
    for (const changes of this.#waiting.take())
      await writing(this.#db, async ({ tx }) => {
        await tx.execute(sql`set local synchronous_commit = off`)
        await changePostings(tx, changes)
      })
  }

  #idsIn(vocabulary: Vocabulary): Int32Array {
    if (this.#idsOf !== vocabulary || this.#ids.length < vocabulary.size) {
      const ids = new Int32Array(2 * vocabulary.size)
      if (this.#idsOf === vocabulary) ids.set(this.#ids)
      this.#ids = ids
      this.#idsOf = vocabulary
    }
    return this.#ids
  }

  async #missingAmong(tx: Db, papers: readonly IndexedPaper[]): Promise<{ paper: IndexedPaper; isChanged: boolean }[]> {
    const ids = sql.param(papers.map(({ id }) => id))
    const generation = sql`${this.#generation}::smallint`
    const rows = await executePrepared<{ id: string; is_changed: boolean }>(
      tx,
      sql`
        -- A join: Postgres would compare each row with each of the ids, because it plans without knowing them.
        with changed as materialized (
          select distinct paper_id from unnest(${ids}::bigint[]) as given (id) join search_recent on paper_id = given.id
        )
        select id, id in (select paper_id from changed) as is_changed from papers
        where id = any(${ids}::bigint[]) and hidden_at is null
          and not exists (select from search_papers where generation = ${generation} and paper_id = papers.id)
          and exists (select from search_generations where generation = ${generation} and not retired)`,
    )
    const isChanged = new Map(rows.map((row) => [Number(row.id), row.is_changed]))
    return papers.flatMap((paper) => {
      const known = isChanged.get(paper.id)
      return known === undefined ? [] : [{ paper, isChanged: known }]
    })
  }
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
    // Nobody reads it before the transaction ends.
    isServing: false,
    ...(signal ? { signal } : {}),
    onProgress: (done) => done % REPORTED === 0 && onStep(`${done} papers so far`),
  })
  // Migrations may have left an index of an older analyzer, without papers.
  await tx.execute(
    sql`update search_generations set analyzer_version = ${ANALYZER_VERSION} where generation = ${generation}`,
  )
  signal?.throwIfAborted()
}
