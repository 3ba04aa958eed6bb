import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { writing } from '../../writes/writing.ts'
import { ANALYZER_VERSION } from '../analyzer.ts'
import { countPapers, type FillOptions, fillGeneration, writePostings } from './fill.ts'
import { lockIndex } from './index-papers.ts'

export interface RebuildOptions extends Pick<FillOptions, 'signal' | 'batch'> {
  onProgress?: (done: number, of: number) => void
  /** Is told what is done next, where that takes long and has no progress. */
  onStep?: (step: string) => void
  /** How long the old index stays after the new one took its place, for answers that have begun with it. */
  grace?: number
}

const GRACE = 5_000

/** Any number that no other program takes on this database. */
const REBUILD_LOCK = 4_712_028

/** Where more papers are lacking, and more than one in so many, making all of it anew is faster than adding them. */
const MOST_LACKING = 20_000
const ONE_LACKING_IN = 8

/** About so many postings are deleted at once. */
const DELETED_AT_ONCE = 50_000

/**
 * Makes the search index anew, while others read and write, and answers how many papers it has; null where another
 * process is at it already. Given up or interrupted, it leaves the old index serving, and the next run clears away what
 * was made. Needs three connections.
 */
export const rebuildIndex = (db: Db, options: RebuildOptions = {}): Promise<number | null> =>
  alone(db, () => rebuild(db, options))

/**
 * Finishes what the index lacks: all of it where it was made by an older version of the analysis, papers that came in
 * before there was an index, and what an interrupted rebuild left. Answers null where nothing is lacking or another
 * process sees to it.
 *
 * @param options.onBegin is told first how many papers there are to add, and whether that is all of them
 */
export async function catchUpIndex(
  db: Db,
  options: RebuildOptions & { onBegin?: (papers: number, anew: boolean) => void } = {},
): Promise<number | null> {
  if (isInStep(await stateOf(db))) return null
  return alone(db, async () => {
    const state = await stateOf(db)
    if (isInStep(state)) return null
    const { generation, lacking } = state
    if (generation === null) {
      options.onBegin?.(await countShown(db), true)
      return rebuild(db, options)
    }
    const shown = lacking > MOST_LACKING ? await countShown(db) : 0
    if (ONE_LACKING_IN * lacking > shown && shown > 0) {
      options.onBegin?.(shown, true)
      return rebuild(db, options)
    }
    await removeOthers(db, options.signal)
    if (lacking === 0) return null
    options.onBegin?.(lacking, false)
    const { signal } = options
    const added = await fillGeneration(db, generation, {
      onProgress: (done) => options.onProgress?.(done, lacking),
      posting: true,
      ...(signal ? { signal } : {}),
    })
    await tidy(db)
    await writing(db, async (open) => open.announceChange())
    return added
  })
}

/** Runs only where no other process is between the same two brackets; answers null otherwise. */
function alone<Result>(db: Db, run: () => Promise<Result>): Promise<Result | null> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`)
    const [row] = await tx.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(${REBUILD_LOCK}::bigint) as held`,
    )
    return row?.held ? run() : null
  })
}

async function rebuild(db: Db, { onProgress, onStep, signal, batch, grace = GRACE }: RebuildOptions): Promise<number> {
  await removeOthers(db, signal)
  const papers = await countShown(db)
  const generation = await begin(db)
  onProgress?.(0, papers)
  const added = await fillGeneration(db, generation, {
    onProgress: (done) => onProgress?.(Math.min(done, papers), papers),
    posting: false,
    ...(signal ? { signal } : {}),
    ...(batch === undefined ? {} : { batch }),
  })
  signal?.throwIfAborted()
  onStep?.('sorting it by words')
  await writePostings(db, generation)
  signal?.throwIfAborted()
  await tidy(db)
  signal?.throwIfAborted()
  await takeOver(db, generation)
  onStep?.('clearing away the old one')
  await setTimeout(grace, undefined, signal ? { signal } : {})
  await removeOthers(db, signal)
  return added
}

/**
 * Adds an empty generation. Who held the index before has committed now, so that the fill that follows reads what they
 * wrote; who holds it from now on sees the generation and writes into it, too.
 */
async function begin(db: Db): Promise<number> {
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
 * Puts right the postings of papers that were written since there is the generation, and makes it the one that serves.
 * The postings were made from what was committed at one moment. Of what was taken out after it, what it was is known; of
 * what came in there are postings already if that was before it.
 */
async function takeOver(db: Db, generation: number): Promise<void> {
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
    if (serving.length === 0) throw new Error('The new search index was cleared away by another process.')
    open.announceChange()
  })
}

/** Statistics for the planner, and what index-only scans need, before anybody reads what was written. */
async function tidy(db: Db): Promise<void> {
  await db.execute(sql`vacuum (analyze) search_generations, search_terms, search_papers, search_postings`)
}

/** Deletes all generations but the serving one, a part after the other; none of it is read or written by others. */
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
    where before < ${DELETED_AT_ONCE}`)
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

async function countShown(db: Db): Promise<number> {
  const [row] = await db.execute<{ papers: number }>(
    sql`select count(*)::int as papers from papers where hidden_at is null`,
  )
  return row?.papers ?? 0
}

/** `generation`: the one that serves, or null where it is of an older version. */
interface State {
  generation: number | null
  others: boolean
  lacking: number
}

const isInStep = ({ generation, others, lacking }: State): boolean => generation !== null && !others && lacking === 0

async function stateOf(db: Db): Promise<State> {
  const generations = await db.execute<{ generation: number; analyzer_version: number; serving: boolean }>(
    sql`select generation, analyzer_version, serving from search_generations`,
  )
  const serving = generations.find((each) => each.serving)
  const others = generations.length > 1
  if (serving === undefined || serving.analyzer_version < ANALYZER_VERSION)
    return { generation: null, others, lacking: 0 }
  // A newer server sees to it; made anew here, it would be made anew by each in turn.
  if (serving.analyzer_version > ANALYZER_VERSION) return { generation: serving.generation, others: false, lacking: 0 }
  // Two indexes are compared; only of papers that are not in the index is it looked up whether they are hidden.
  const [row] = await db.execute<{ papers: number }>(sql`
    with unknown as materialized (
      select id from papers where not exists (
        select from search_papers where generation = ${serving.generation} and paper_id = papers.id
      )
    )
    select count(*)::int as papers from unknown join papers using (id) where hidden_at is null`)
  return { generation: serving.generation, others, lacking: row?.papers ?? 0 }
}
