import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { exclusively } from '../../db/exclusive.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import { type FillOptions, fillGeneration } from './fill.ts'
import { lockIndex } from './index-papers.ts'
import { mergeAll } from './merge.ts'

export interface RebuildOptions extends Pick<FillOptions, 'signal' | 'batch' | 'morePapers'> {
  onProgress?: (done: number, of: number) => void
  /** Called with a description of each long step that reports no progress. */
  onStep?: (step: string) => void
  /** How long the old index stays after the switch, in milliseconds, for requests that still read it. */
  grace?: number
}

const GRACE = 5_000

/** If more papers than this, and more than this share of all papers, are missing, a rebuild is faster than adding them. */
const MOST_MISSING = 2_000
const MISSING_SHARE = 1 / 8

/** Whether so many papers that are not in the index are so many of all visible ones that a rebuild is faster. */
export const isRebuildFaster = (missing: number, visible: number): boolean =>
  missing > MOST_MISSING && missing > MISSING_SHARE * visible

/** How many terms one transaction deletes, with their postings. */
const DELETE_BATCH = 10_000

/**
 * Rebuilds the search index while others read and write. Returns how many papers it has, or null if another process is
 * rebuilding it. If interrupted, the old index stays in use, and the next run deletes the unfinished one. Needs three
 * connections.
 */
export const rebuildIndex = (db: Db, options: RebuildOptions = {}): Promise<number | null> =>
  exclusively(db, 'indexRebuild', () => rebuild(db, options))

/**
 * Brings the index up to date: rebuilds it if an older analyzer made it, adds papers that were stored without indexing,
 * and deletes what an interrupted rebuild left. Returns how many papers it added, or null if there was nothing to add or
 * another process does it.
 *
 * @param options.onBegin called with the number of papers to add, and whether this is a rebuild
 */
export async function catchUpIndex(
  db: Db,
  options: RebuildOptions & { onBegin?: (papers: number, isRebuild: boolean) => void } = {},
): Promise<number | null> {
  if (isUpToDate(await indexState(db))) return null
  return exclusively(db, 'indexRebuild', async () => {
    const state = await indexState(db)
    if (isUpToDate(state)) return null
    const { generation, missing } = state
    if (generation === null) {
      options.onBegin?.(await countVisible(db), true)
      return rebuild(db, options)
    }
    const visible = missing > MOST_MISSING ? await countVisible(db) : 0
    if (isRebuildFaster(missing, visible)) {
      options.onBegin?.(visible, true)
      return rebuild(db, options)
    }
    await removeOthers(db, options.signal)
    if (missing === 0) return null
    options.onBegin?.(missing, false)
    const { signal, batch } = options
    await mergeAll(db, signal)
    const added = await fillGeneration(db, generation, {
      isServing: true,
      onProgress: (done) => options.onProgress?.(done, missing),
      ...(signal ? { signal } : {}),
      ...(batch === undefined ? {} : { batch }),
    })
    await vacuum(db)
    await writing(db, async (open) => open.announceChange())
    return added
  })
}

async function rebuild(db: Db, options: RebuildOptions): Promise<number> {
  const { onProgress, onStep, signal, batch, morePapers, grace = GRACE } = options
  await removeOthers(db, signal)
  const papers = await countVisible(db)
  const generation = await addGeneration(db)
  onProgress?.(0, papers)
  const added = await fillGeneration(db, generation, {
    isServing: false,
    onProgress: (done) => onProgress?.(morePapers ? done : Math.min(done, papers), papers),
    ...(morePapers ? { morePapers } : {}),
    ...(signal ? { signal } : {}),
    ...(batch === undefined ? {} : { batch }),
  })
  signal?.throwIfAborted()
  await vacuum(db)
  signal?.throwIfAborted()
  await switchTo(db, generation)
  onStep?.('deleting the old index')
  await setTimeout(grace, undefined, signal ? { signal } : {})
  await removeOthers(db, signal)
  return added
}

/**
 * Adds an empty generation. Takes the lock of the index: earlier holders have committed, so that the following fill reads
 * what they wrote, and later holders see the generation and write to it, too.
 */
async function addGeneration(db: Db): Promise<number> {
  return writing(db, async (open) => {
    const { tx } = open
    await lockIndex(open)
    const [row] = await tx.execute<{ generation: number }>(sql`
      insert into search_generations (generation, analyzer_version, serving, first_term)
      select coalesce(min(generation) filter (where not exists (select from search_generations as next where next.generation = known.generation + 1)), 0) + 1, ${ANALYZER_VERSION}, false,
        (select coalesce(max(id), 0) + 1 from search_terms)
      from search_generations as known
      returning generation`)
    return (row as { generation: number }).generation
  })
}

/** Lets a complete generation serve instead of the present one. */
async function switchTo(db: Db, generation: number): Promise<void> {
  await writing(db, async (open) => {
    const { tx } = open
    await lockIndex(open)
    await tx.execute(sql`update search_generations set serving = false, retired = true where serving`)
    const serving = await tx.execute(
      sql`update search_generations set serving = true where generation = ${generation} and not retired returning 1`,
    )
    if (serving.length === 0) throw new Error('Another process has deleted the new search index.')
    open.announceChange()
  })
}

/** Before the first query: statistics for the planner, and the visibility map, which index-only scans need. */
async function vacuum(db: Db): Promise<void> {
  await db.execute(sql`vacuum (analyze) search_generations, search_terms, search_papers, search_lists, search_blocks`)
}

/** Deletes all generations except the serving one, in batches. Retired generations have no readers or writers. */
async function removeOthers(db: Db, signal: AbortSignal | undefined): Promise<void> {
  const retired = await writing(db, async (open) => {
    const { tx } = open
    await lockIndex(open)
    return tx.execute<{ generation: number }>(
      sql`update search_generations set retired = true where not serving returning generation`,
    )
  })
  for (const { generation } of retired) {
    while (await removeTerms(db, generation)) signal?.throwIfAborted()
    while (await removePapers(db, generation)) signal?.throwIfAborted()
    await db.execute(sql`delete from search_generations where generation = ${generation}`)
  }
}

async function removeTerms(db: Db, generation: number): Promise<boolean> {
  const terms = await db.execute<{ id: number }>(
    sql`select id from search_terms where generation = ${generation} order by term collate "C" limit ${DELETE_BATCH}`,
  )
  const ids = sql`any(${sql.param(terms.map(({ id }) => id))}::int[])`
  if (terms.length > 0)
    await writing(db, async ({ tx }) => {
      await tx.execute(sql`set local synchronous_commit = off`)
      for (const table of ['search_blocks', 'search_recent', 'search_lists'])
        await tx.execute(sql`delete from ${sql.identifier(table)} where term_id = ${ids}`)
      await tx.execute(sql`delete from search_terms where id = ${ids}`)
    })
  return terms.length > 0
}

async function removePapers(db: Db, generation: number): Promise<boolean> {
  const [row] = await db.execute<{ papers: number }>(sql`
    with first as (
      select paper_id from search_papers where generation = ${generation} order by paper_id limit 5000
    ), removed as (
      delete from search_papers
      where generation = ${generation} and paper_id <= (select max(paper_id) from first) returning 1
    )
    select count(*)::int as papers from removed`)
  return row !== undefined && row.papers > 0
}

export async function countVisible(db: Db): Promise<number> {
  const [row] = await db.execute<{ papers: number }>(
    sql`select count(*)::int as papers from papers where hidden_at is null`,
  )
  return row?.papers ?? 0
}

interface IndexState {
  /** The serving generation; null if an older analyzer made it. */
  generation: number | null
  /** Whether there are other generations, which a rebuild has left. */
  others: boolean
  /** How many visible papers are not in the index. */
  missing: number
}

const isUpToDate = ({ generation, others, missing }: IndexState): boolean =>
  generation !== null && !others && missing === 0

async function indexState(db: Db): Promise<IndexState> {
  const generations = await db.execute<{ generation: number; analyzer_version: number; serving: boolean }>(
    sql`select generation, analyzer_version, serving from search_generations`,
  )
  const serving = generations.find((each) => each.serving)
  const others = generations.length > 1
  if (serving === undefined || serving.analyzer_version < ANALYZER_VERSION)
    return { generation: null, others, missing: 0 }
  // A newer server made the index. A rebuild here would make both rebuild it again and again.
  if (serving.analyzer_version > ANALYZER_VERSION) return { generation: serving.generation, others: false, missing: 0 }
  // Compares the primary keys first, and reads rows of papers only for those that are not in the index.
  const [row] = await db.execute<{ papers: number }>(sql`
    with unknown as materialized (
      select id from papers where not exists (
        select from search_papers where generation = ${serving.generation} and paper_id = papers.id
      )
    )
    select count(*)::int as papers from unknown join papers using (id) where hidden_at is null`)
  return { generation: serving.generation, others, missing: row?.papers ?? 0 }
}
