import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { exclusively } from '../../db/exclusive.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import { countPapers, type FillOptions, fillGeneration, writePostings } from './fill.ts'
import { lockIndex } from './index-papers.ts'

export interface RebuildOptions extends Pick<FillOptions, 'signal' | 'batch'> {
  onProgress?: (done: number, of: number) => void
  /** Called with a description of each long step that reports no progress. */
  onStep?: (step: string) => void
  /** How long the old index stays after the switch, in milliseconds, for requests that still read it. */
  grace?: number
}

const GRACE = 5_000

/** If more papers than this, and more than this share of all papers, are missing, a rebuild is faster than adding them. */
const MOST_MISSING = 20_000
const MISSING_SHARE = 1 / 8

/** About how many postings one transaction deletes. */
const DELETE_BATCH = 50_000

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
    if (missing > MISSING_SHARE * visible && visible > 0) {
      options.onBegin?.(visible, true)
      return rebuild(db, options)
    }
    await removeOthers(db, options.signal)
    if (missing === 0) return null
    options.onBegin?.(missing, false)
    const { signal } = options
    const added = await fillGeneration(db, generation, {
      onProgress: (done) => options.onProgress?.(done, missing),
      posting: true,
      ...(signal ? { signal } : {}),
    })
    await vacuum(db)
    await writing(db, async (open) => open.announceChange())
    return added
  })
}

async function rebuild(db: Db, { onProgress, onStep, signal, batch, grace = GRACE }: RebuildOptions): Promise<number> {
  await removeOthers(db, signal)
  const papers = await countVisible(db)
  const generation = await addGeneration(db)
  onProgress?.(0, papers)
  const added = await fillGeneration(db, generation, {
    onProgress: (done) => onProgress?.(Math.min(done, papers), papers),
    posting: false,
    ...(signal ? { signal } : {}),
    ...(batch === undefined ? {} : { batch }),
  })
  signal?.throwIfAborted()
  onStep?.('sorting its postings')
  await writePostings(db, generation)
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
      insert into search_generations (generation, analyzer_version, serving, posted)
      select coalesce(min(generation) filter (where not exists (select from search_generations as next where next.generation = known.generation + 1)), 0) + 1, ${ANALYZER_VERSION}, false, false
      from search_generations as known
      returning generation`)
    return (row as { generation: number }).generation
  })
}

/**
 * Corrects the postings of papers that were written while the generation was filled, and lets it serve.
 * `writePostings` has read one snapshot. For entries removed since, `search_touched` has the terms and impacts. Entries
 * added before the snapshot have postings already, hence `on conflict do nothing`.
 */
async function switchTo(db: Db, generation: number): Promise<void> {
  await writing(db, async (open) => {
    const { tx } = open
    await lockIndex(open)
    await tx.execute(sql`set local enable_hashjoin = off`)
    await tx.execute(sql`set local enable_mergejoin = off`)
    await tx.execute(sql`
      with removed as (
        delete from search_postings as posting
        using search_touched as touched cross join lateral unnest(term_ids, impacts) as entry (term_id, impact)
        where touched.generation = ${generation}
          and (posting.term_id, posting.impact, posting.paper_id) = (entry.term_id, entry.impact, touched.paper_id)
        returning posting.term_id
      )
      update search_terms set paper_count = paper_count - papers
      from (select term_id, count(*) as papers from removed group by term_id) as fewer where id = term_id`)
    await tx.execute(sql`
      with added as (
        insert into search_postings (term_id, impact, paper_id)
        select entry.term_id, entry.impact, paper_id
        from (select distinct paper_id from search_touched where generation = ${generation}) as touched
        join search_papers as paper using (paper_id)
        cross join lateral unnest(term_ids, impacts) as entry (term_id, impact)
        where paper.generation = ${generation}
        on conflict do nothing
        returning term_id
      )
      update search_terms set paper_count = paper_count + papers
      from (select term_id, count(*) as papers from added group by term_id) as more where id = term_id`)
    await tx.execute(sql`delete from search_terms where generation = ${generation} and paper_count = 0`)
    await countPapers(tx, generation)
    await tx.execute(sql`delete from search_touched where generation = ${generation}`)
    await tx.execute(sql`update search_generations set serving = false, retired = true where serving`)
    const serving = await tx.execute(
      sql`update search_generations set serving = true, posted = true where generation = ${generation} and not retired returning 1`,
    )
    if (serving.length === 0) throw new Error('Another process has deleted the new search index.')
    open.announceChange()
  })
}

/** Before the first query: statistics for the planner, and the visibility map, which index-only scans need. */
async function vacuum(db: Db): Promise<void> {
  await db.execute(sql`vacuum (analyze) search_generations, search_terms, search_papers, search_postings`)
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
    await db.execute(sql`delete from search_touched where generation = ${generation}`)
    await db.execute(sql`delete from search_generations where generation = ${generation}`)
  }
}

async function removeTerms(db: Db, generation: number): Promise<boolean> {
  const terms = await db.execute<{ id: number }>(sql`
    select id from (
      select id, sum(paper_count) over (order by term collate "C") - paper_count as before
      from (
        select * from search_terms where generation = ${generation} order by term collate "C" limit 10000
      ) as first
    ) as counted
    where before < ${DELETE_BATCH}`)
  const ids = sql`any(${sql.param(terms.map(({ id }) => id))}::int[])`
  if (terms.length > 0)
    await writing(db, async ({ tx }) => {
      await tx.execute(sql`set local synchronous_commit = off`)
      await tx.execute(sql`delete from search_postings where term_id = ${ids}`)
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

async function countVisible(db: Db): Promise<number> {
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
