import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import type { Writing } from '../../writes/writing.ts'
import { type IndexedText, impactsOf, type PaperImpacts } from './impact.ts'

/**
 * Updates the index for the papers that a transaction has written: adds or replaces them, and removes those that are
 * hidden or deleted. Writes nothing for papers whose index entries are up to date.
 */
export async function indexPapers(writing: Writing, paperIds: readonly number[]): Promise<void> {
  const ids = [...new Set(paperIds)]
  if (ids.length === 0) return
  const { tx } = writing
  const [, papers, generations] = await Promise.all([
    lockIndex(writing),
    readPaperTexts(tx, sql`id = any(${sql.param(ids)}::bigint[])`),
    storedPapers(tx, ids),
  ])
  const indexed = new Map(papers.map((paper) => [paper.id, analyzePaper(paper)]))

  const outdated = new Set<number>()
  for (const { stored } of generations) for (const id of await outdatedPapers(tx, stored, indexed)) outdated.add(id)
  if (outdated.size > 0) await executePrepared(tx, sql`select search_forget(${sql.param([...outdated])}::bigint[])`)

  for (const { generation, posted, stored } of generations)
    await addPapers(
      tx,
      { generation, postings: posted ? 'written' : 'deferred' },
      [...indexed.values()].filter(({ id }) => !stored.has(id) || outdated.has(id)),
    )
}

/**
 * Locks the index against other writers until the transaction ends; readers do not wait. A transaction that holds the
 * lock reads what the others have committed, also the list of generations. So it either sees a new generation and writes
 * to it, too, or it has committed before the first paper of that generation is read.
 */
export async function lockIndex(writing: Writing): Promise<void> {
  await writing.locking('index', (tx) =>
    executePrepared(tx, sql`lock table search_generations in share row exclusive mode`),
  )
}

/** The texts of a paper that the index needs. */
export interface PaperText extends IndexedText {
  id: number
}

/** The texts of the papers that meet a condition on `papers` and are not hidden, by id. */
export async function readPaperTexts(db: Db, condition: SQL, limit: number | null = null): Promise<PaperText[]> {
  const rows = await executePrepared<{ id: string; title: string; abstract: string | null; authors: string | null }>(
    db,
    sql`
      select id, title, abstract, (
        select string_agg(name, E'\\n' order by position) from paper_authors join authors on authors.id = author_id
        where paper_id = papers.id and not repeated
      ) as authors
      from papers where hidden_at is null and ${condition} order by id limit ${limit}::int`,
  )
  return rows.map(({ id, title, abstract, authors }) => ({
    id: Number(id),
    title,
    abstract,
    authors: authors?.split('\n') ?? [],
  }))
}

export interface IndexedPaper extends PaperImpacts {
  id: number
}

export const analyzePaper = (paper: PaperText): IndexedPaper => ({ id: paper.id, ...impactsOf(paper) })

interface StoredPaper {
  id: number
  termIds: number[]
  impacts: number[]
  words: string
}

interface StoredGeneration {
  generation: number
  posted: boolean
  stored: Map<number, StoredPaper>
}

/** The index entries of the papers in each generation. */
async function storedPapers(tx: Db, ids: readonly number[]): Promise<StoredGeneration[]> {
  const rows = await executePrepared<{
    generation: number
    posted: boolean
    paper_id: string | null
    term_ids: number[]
    impacts: number[]
    words: string
  }>(
    tx,
    sql`
      select held.generation, posted, paper_id, term_ids, impacts, words
      from search_generations as held
      left join lateral (
        select * from search_papers
        where generation = held.generation and paper_id = any(${sql.param(ids)}::bigint[]) offset 0
      ) as stored on true
      where not retired order by held.generation`,
  )
  const generations: StoredGeneration[] = []
  for (const { generation, posted, paper_id, term_ids, impacts, words } of rows) {
    if (generations.at(-1)?.generation !== generation) generations.push({ generation, posted, stored: new Map() })
    const id = Number(paper_id)
    if (paper_id !== null) generations.at(-1)?.stored.set(id, { id, termIds: term_ids, impacts, words })
  }
  return generations
}

/** The papers in a generation whose entries are outdated or must be removed. */
async function outdatedPapers(
  tx: Db,
  stored: ReadonlyMap<number, StoredPaper>,
  indexed: ReadonlyMap<number, IndexedPaper>,
): Promise<number[]> {
  const likely = [...stored.values()].filter(({ id, words, termIds }) => {
    const paper = indexed.get(id)
    return paper?.words === words && paper.impacts.size === termIds.length
  })
  if (likely.length === 0) return [...stored.keys()]
  const termIds = [...new Set(likely.flatMap((paper) => paper.termIds))]
  const rows = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`select id, term from search_terms where id = any(${sql.param(termIds)}::int[])`,
  )
  const terms = new Map(rows.map(({ id, term }) => [id, term]))
  const same = likely.filter(({ id, termIds, impacts }) =>
    termIds.every((termId, n) => indexed.get(id)?.impacts.get(terms.get(termId) as string) === impacts[n]),
  )
  const upToDate = new Set(same.map(({ id }) => id))
  return [...stored.keys()].filter((id) => !upToDate.has(id))
}

export interface Destination {
  generation: number
  /**
   * What happens to the postings of added papers:
   * - `written`: written and counted at once.
   * - `deferred`: the papers are recorded in `search_touched`, and the rebuild that fills this generation adds them.
   * - `skipped`: `writePostings` writes them for all papers, and counts at once. Counting batch by batch would update the
   *   rows of common terms a thousand times.
   */
  postings: 'written' | 'deferred' | 'skipped'
}

/**
 * Adds papers to a generation that has none of them, in two statements. Looks up which terms exist, which is safe because
 * the caller holds the lock of the index: `on conflict` would use up an id for each existing term.
 */
export async function addPapers(
  tx: Db,
  { generation, postings }: Destination,
  papers: readonly IndexedPaper[],
): Promise<void> {
  if (papers.length === 0) return
  const paperCounts = new Map<string, number>()
  for (const { impacts } of papers)
    for (const term of impacts.keys()) paperCounts.set(term, (paperCounts.get(term) ?? 0) + 1)
  const terms = [...paperCounts.keys()].sort()
  const isCounted = postings === 'written'
  const found = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`
      with added as (
        select * from unnest(${sql.param(terms)}::text[], ${sql.param(terms.map((term) => paperCounts.get(term)))}::int[])
          as added (term, papers)
      ), found as materialized (
        -- A lookup per term: with a plain join, Postgres reads the whole table for every batch of a large catalogue.
        select term, papers, known.id
        from added left join lateral (
          select id from search_terms where generation = ${generation}::smallint and term = added.term collate "C" offset 0
        ) as known on true
      ), fresh as (
        insert into search_terms (generation, term, paper_count)
        select ${generation}::smallint, term, ${isCounted ? sql`papers` : sql`0`} from found where id is null
        order by term collate "C"
        returning id, term
      )${isCounted ? COUNTED : sql``}
      select id, term from found where id is not null union all select id, term from fresh`,
  )
  const idOf = new Map(found.map(({ id, term }) => [term, id]))

  const rows = papers.map(({ id, impacts, words }) => {
    const entries = [...impacts]
      .map(([term, impact]): [number, number] => [idOf.get(term) as number, impact])
      .sort(([a], [b]) => a - b)
    return {
      id,
      termIds: arrayLiteral(entries.map(([termId]) => termId)),
      impacts: arrayLiteral(entries.map(([, impact]) => impact)),
      words,
    }
  })
  await executePrepared(
    tx,
    sql`
      with added as (
        insert into search_papers (generation, paper_id, term_ids, impacts, words)
        select ${generation}::smallint, paper_id, term_ids::int[], impacts::smallint[], words
        from unnest(${sql.param(rows.map(({ id }) => id))}::bigint[], ${sql.param(rows.map(({ termIds }) => termIds))}::text[],
          ${sql.param(rows.map(({ impacts }) => impacts))}::text[], ${sql.param(rows.map(({ words }) => words))}::text[])
          as paper (paper_id, term_ids, impacts, words)
        returning generation, paper_id, term_ids, impacts
      )${
        isCounted
          ? sql`, counted as (
        update search_generations set paper_count = paper_count + ${papers.length}::int where generation = ${generation}::smallint
      )`
          : sql``
      }
      ${WITH_POSTINGS[postings]}`,
  )
}

const COUNTED = sql`, counted as (
        update search_terms as term set paper_count = paper_count + papers from found where term.id = found.id
      )`

const WITH_POSTINGS = {
  written: sql`
    insert into search_postings (term_id, impact, paper_id)
    select term_id, impact, paper_id
    from added cross join lateral unnest(term_ids, impacts) as posting (term_id, impact)
    order by term_id, impact, paper_id`,
  deferred: sql`
    insert into search_touched (generation, paper_id, term_ids, impacts)
    select generation, paper_id, '{}', '{}' from added`,
  skipped: sql`select`,
}

/** An array of numbers as Postgres writes it: arrays of different lengths do not go into one array. */
const arrayLiteral = (numbers: readonly number[]): string => `{${numbers.join(',')}}`
