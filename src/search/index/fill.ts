import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { numberArray } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import { AnalysisThread } from './analysis-thread.ts'
import { type AnalyzedBatch, BatchAnalyzer, type JoinedLists, type PaperText } from './batch-analyzer.ts'
import { addPapers, findTerms, lockIndex, readPaperTexts } from './index-papers.ts'
import { type PaperRow, paperRow } from './paper-row.ts'
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
  /** Whether `db` is a transaction, so that all batches are in one. */
  isInTransaction?: boolean
  /**
   * Called when all papers are added. Waits for more papers, whose ids are greater, and returns whether there are some; without
   * it, none come.
   */
  morePapers?: () => Promise<boolean>
}

const BATCH = 500
/** How many postings wait for each other at most: those of about 10,000 papers. */
const WAITING_AT_MOST = 1_200_000
/**
 * The same in one transaction: those of about 100,000 papers, in 200 MB. Postgres cannot remove the old versions of a row before
 * the transaction ends, and each change of a list has to step over them, so the time grows with the square of their number.
 */
const WAITING_IN_TRANSACTION = 12_000_000

/**
 * Adds the missing papers to a generation of the index and returns how many it added. Others can write meanwhile, but not
 * merge: the caller holds the lock of rebuilds.
 */
export async function fillGeneration(db: Db, generation: number, options: FillOptions): Promise<number> {
  const { onProgress, signal, batch = BATCH } = options
  const { isServing, isInTransaction } = options
  const filling = new Filling(db, generation, {
    isServing,
    waitingAtMost: isInTransaction ? WAITING_IN_TRANSACTION : WAITING_AT_MOST,
    firstTerm: await firstTermOf(db, generation),
  })
  let texts = await missingAfter(db, generation, 0, batch)
  // A thread is not worth its start if there is one batch only.
  await using analyzer = texts.length === batch || options.morePapers ? new AnalysisThread() : new OneBatch()
  let last = 0
  let ready: AnalyzedBatch | null = null
  let added = 0
  let done = 0
  // A pipeline: while Postgres writes a batch, a thread analyzes the next one and this one reads the one after that.
  for (;;) {
    signal?.throwIfAborted()
    if (texts.length === 0 && ready === null) {
      if (!(await options.morePapers?.())) break
      texts = await missingAfter(db, generation, last, batch)
    }
    last = texts.at(-1)?.id ?? last
    const [written, next, analyzed]: [number, PaperText[], AnalyzedBatch | null] = await Promise.all([
      ready === null ? 0 : filling.add(ready),
      texts.length > 0 ? missingAfter(db, generation, last, batch) : [],
      texts.length > 0 ? analyzer.analyze(texts) : null,
    ])
    added += written
    if (ready !== null) {
      done += ready.ids.length
      onProgress?.(done)
    }
    ready = analyzed
    texts = next
  }
  signal?.throwIfAborted()
  await filling.finish()
  return added
}

/** Analyzes a batch in this thread. */
class OneBatch implements AsyncDisposable {
  readonly #analyzer = new BatchAnalyzer()

  async analyze(papers: readonly PaperText[]): Promise<AnalyzedBatch> {
    return this.#analyzer.analyze(papers)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function firstTermOf(db: Db, generation: number): Promise<number> {
  const [row] = await db.execute<{ first_term: number }>(
    sql`select first_term from search_generations where generation = ${generation}`,
  )
  return row?.first_term ?? 0
}

const missingAfter = (db: Db, generation: number, last: number, batch: number): Promise<PaperText[]> =>
  readPaperTexts(
    db,
    sql`id > ${last}::bigint and not exists (
      select from search_papers where generation = ${generation}::smallint and paper_id = papers.id
    )`,
    batch,
  )

/** A generation that is being filled. */
class Filling {
  readonly #db: Db
  readonly #generation: number
  readonly #isServing: boolean
  /** The first term of the generation. Recent postings of terms before it are those of other generations. */
  readonly #firstTerm: number
  /** The ids of terms in the generation, by their numbers in the vocabulary. */
  #ids = new Int32Array(1 << 16)
  #known = 0
  /** The terms after those, whose ids are not known. */
  #unknown: string[] = []
  /** Postings that are not written yet. */
  readonly #waiting: WaitingPostings

  constructor(
    db: Db,
    generation: number,
    { isServing, waitingAtMost, firstTerm }: { isServing: boolean; waitingAtMost: number; firstTerm: number },
  ) {
    this.#db = db
    this.#generation = generation
    this.#isServing = isServing
    this.#waiting = new WaitingPostings(waitingAtMost)
    this.#firstTerm = firstTerm
  }

  /**
   * Adds papers that were read before the index was locked. Skips papers that were changed since, because the writer has
   * indexed them in this generation, and papers that were hidden or deleted since.
   */
  async add(batch: AnalyzedBatch): Promise<number> {
    if (batch.isNewVocabulary) {
      this.#known = 0
      this.#unknown = []
    }
    this.#unknown = this.#unknown.concat(batch.newTerms)
    const { packed, termIds, count } = await writing(this.#db, async (open) => {
      const { tx } = open
      // A crash can lose this commit. Then the papers are missing again, and the next run adds them.
      await tx.execute(sql`set local synchronous_commit = off`)
      await lockIndex(open)
      const missing = await this.#missingAmong(tx, batch.ids)
      // Of a generation that was deleted meanwhile, no paper is missing, and it gets no terms.
      if (missing.size === 0) return { packed: [], termIds: [], count: 0 }
      const termIds = await this.#findUnknown(tx, batch)
      this.#note(termIds)
      // Of a paper that has left the index, recent rows say that the packed lists have it: new ones must replace them.
      const recent: PaperRow[] = []
      const packed: PaperRow[] = []
      for (const row of this.#rowsOf(batch, missing)) (missing.get(row.id) ? recent : packed).push(row)
      await addPapers(tx, this.#generation, recent, 'recent')
      await addPapers(tx, this.#generation, packed, 'packed')
      if (this.#isServing) {
        const waiting = new WaitingPostings(packed.reduce((sum, { termIds }) => sum + termIds.length, 0))
        const write = async () => {
          for (const changes of waiting.take()) await changePostings(tx, changes)
        }
        for (const { id, termIds, impacts } of packed) {
          if (!waiting.hasRoomFor(id, termIds.length)) await write()
          waiting.add(id, termIds, impacts)
        }
        await write()
      }
      return { packed, termIds, count: missing.size }
    })
    this.#known += termIds.length
    if (termIds.length > 0) this.#unknown = []
    if (!this.#isServing)
      for (const { id, termIds, impacts } of packed) {
        if (!this.#waiting.hasRoomFor(id, termIds.length)) await this.finish()
        this.#waiting.add(id, termIds, impacts)
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

  /** The ids of the unknown terms. Frequent ones get the lowest, which take the least room in `search_papers`. */
  async #findUnknown(tx: Db, { lists }: AnalyzedBatch): Promise<number[]> {
    const counts = new Int32Array(this.#unknown.length)
    for (const term of lists.terms.numbers)
      if (term >= this.#known) counts[term - this.#known] = (counts[term - this.#known] as number) + 1
    const places = [...counts.keys()].sort((a, b) => (counts[b] as number) - (counts[a] as number))
    const found = await findTerms(
      tx,
      this.#generation,
      places.map((place) => this.#unknown[place] as string),
    )
    const ids: number[] = []
    for (const [n, place] of places.entries()) ids[place] = found[n] as number
    return ids
  }

  /** Notes the ids of the next terms. A transaction that is tried again notes others at the same places. */
  #note(termIds: readonly number[]): void {
    const size = this.#known + termIds.length
    if (size > this.#ids.length) {
      const ids = new Int32Array(2 * size)
      ids.set(this.#ids)
      this.#ids = ids
    }
    this.#ids.set(termIds, this.#known)
  }

  *#rowsOf({ ids, lists }: AnalyzedBatch, missing: ReadonlyMap<number, boolean>): Generator<PaperRow> {
    for (const [n, id] of ids.entries()) {
      if (!missing.has(id)) continue
      const of = ({ numbers, ends }: JoinedLists) => numbers.subarray(n === 0 ? 0 : (ends[n - 1] as number), ends[n])
      const paper = {
        terms: of(lists.terms),
        impacts: of(lists.impacts),
        title: of(lists.title),
        abstract: of(lists.abstract),
      }
      yield paperRow(id, paper, this.#ids, this.#firstTerm)
    }
  }

  /** The papers among these that the generation lacks, and of each whether it has left the index before. */
  async #missingAmong(tx: Db, papers: readonly number[]): Promise<Map<number, boolean>> {
    const ids = numberArray(papers)
    const generation = sql`${this.#generation}::smallint`
    const rows = await executePrepared<{ id: string; is_changed: boolean }>(
      tx,
      sql`
        -- A join: Postgres would compare each row with each of the ids, because it plans without knowing them. Most new
        -- generations have no recent postings, and those of others would be read for every batch.
        with changed as materialized (
          select distinct paper_id from unnest(${ids}::bigint[]) as given (id) join search_recent on paper_id = given.id
          where (select max(term_id) from search_recent) >= ${this.#firstTerm}::int and term_id >= ${this.#firstTerm}::int
        )
        select id, id in (select paper_id from changed) as is_changed from papers
        where id = any(${ids}::bigint[]) and hidden_at is null
          and not exists (select from search_papers where generation = ${generation} and paper_id = papers.id)
          and exists (select from search_generations where generation = ${generation} and not retired)`,
    )
    return new Map(rows.map((row) => [Number(row.id), row.is_changed]))
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
    isInTransaction: true,
    ...(signal ? { signal } : {}),
    onProgress: (done) => done % REPORTED === 0 && onStep(`${done} papers so far`),
  })
  // Migrations may have left an index of an older analyzer, without papers.
  await tx.execute(
    sql`update search_generations set analyzer_version = ${ANALYZER_VERSION} where generation = ${generation}`,
  )
  signal?.throwIfAborted()
}
