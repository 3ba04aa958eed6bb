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

  for (const { generation, stored } of generations) {
    const added = [...indexed.values()].filter(({ id }) => !stored.has(id) || outdated.has(id))
    const termIds = await findTerms(tx, generation, termsOf(added))
    const postings = added.map((paper) => postingsOf(paper, (term) => termIds.get(term) as number))
    await addPapers(tx, generation, added, postings, 'recent')
  }
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

/** The terms and impacts of a paper as the index stores them: by term id. */
export interface PaperPostings {
  termIds: number[]
  impacts: number[]
}

export function postingsOf({ impacts }: IndexedPaper, idOf: (term: string) => number): PaperPostings {
  // An impact is one byte, so that one number has both, and an array of numbers is sorted fast.
  const keys = new Float64Array(impacts.size)
  let count = 0
  for (const [term, impact] of impacts) keys[count++] = idOf(term) * 256 + impact
  keys.sort()
  return {
    termIds: Array.from(keys, (key) => Math.floor(key / 256)),
    impacts: Array.from(keys, (key) => key % 256),
  }
}

interface StoredPaper {
  id: number
  termIds: number[]
  impacts: number[]
  title: string
  abstract: string
}

interface StoredGeneration {
  generation: number
  stored: Map<number, StoredPaper>
}

/** The index entries of the papers in each generation. */
async function storedPapers(tx: Db, ids: readonly number[]): Promise<StoredGeneration[]> {
  const rows = await executePrepared<{
    generation: number
    paper_id: string | null
    term_ids: number[]
    impacts: number[]
    title: string
    abstract: string
  }>(
    tx,
    sql`
      select held.generation, paper_id, term_ids, impacts, title, abstract
      from search_generations as held
      left join lateral (
        select * from search_papers
        where generation = held.generation and paper_id = any(${sql.param(ids)}::bigint[]) offset 0
      ) as stored on true
      where not retired order by held.generation`,
  )
  const generations: StoredGeneration[] = []
  for (const { generation, paper_id, term_ids: termIds, ...paper } of rows) {
    if (generations.at(-1)?.generation !== generation) generations.push({ generation, stored: new Map() })
    const id = Number(paper_id)
    if (paper_id !== null) generations.at(-1)?.stored.set(id, { id, termIds, ...paper })
  }
  return generations
}

/** The papers in a generation whose entries are outdated or must be removed. */
async function outdatedPapers(
  tx: Db,
  stored: ReadonlyMap<number, StoredPaper>,
  indexed: ReadonlyMap<number, IndexedPaper>,
): Promise<number[]> {
  const likely = [...stored.values()].filter(({ id, title, abstract, termIds }) => {
    const paper = indexed.get(id)
    return paper?.title === title && paper.abstract === abstract && paper.impacts.size === termIds.length
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

/** The terms of papers, each once. */
export function termsOf(papers: readonly IndexedPaper[]): Set<string> {
  const terms = new Set<string>()
  for (const { impacts } of papers) for (const term of impacts.keys()) terms.add(term)
  return terms
}

/**
 * The ids of terms in a generation. Adds those that are new. Looks up which exist, which is safe because the caller holds
 * the lock of the index: `on conflict` would use up an id for each existing term.
 */
export async function findTerms(tx: Db, generation: number, terms: ReadonlySet<string>): Promise<Map<string, number>> {
  if (terms.size === 0) return new Map()
  const found = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`
      with found as materialized (
        -- A lookup per term: with a plain join, Postgres reads the whole table for every batch of a large catalogue.
        select term, known.id
        from unnest(${sql.param([...terms].sort())}::text[]) as wanted (term) left join lateral (
          select id from search_terms where generation = ${generation}::smallint and term = wanted.term collate "C" offset 0
        ) as known on true
      ), fresh as (
        insert into search_terms (generation, term)
        select ${generation}::smallint, term from found where id is null order by term collate "C"
        returning id, term
      )
      select id, term from found where id is not null union all select id, term from fresh`,
  )
  return new Map(found.map(({ id, term }) => [term, id]))
}

/**
 * Adds papers to a generation that has none of them.
 *
 * @param postings those of each paper
 * @param to       whether this adds them to the recent ones, or the caller adds them to the packed lists
 */
export async function addPapers(
  tx: Db,
  generation: number,
  papers: readonly IndexedPaper[],
  postings: readonly PaperPostings[],
  to: 'recent' | 'packed',
): Promise<void> {
  if (papers.length === 0) return
  await executePrepared(
    tx,
    sql`
      with added as (
        insert into search_papers (generation, paper_id, term_ids, impacts, title, abstract)
        select ${generation}::smallint, paper_id, term_ids::int[], impacts::smallint[], title, abstract
        from unnest(
          ${column(papers, ({ id }) => id)}::bigint[],
          ${column(postings, ({ termIds }) => arrayLiteral(termIds))}::text[],
          ${column(postings, ({ impacts }) => arrayLiteral(impacts))}::text[],
          ${column(papers, ({ title }) => title)}::text[],
          ${column(papers, ({ abstract }) => abstract)}::text[]
        ) as paper (paper_id, term_ids, impacts, title, abstract)
        returning paper_id, term_ids, impacts
      ), counted as (
        update search_generations set paper_count = paper_count + ${papers.length}::int
        where generation = ${generation}::smallint
      )
      ${to === 'recent' ? RECENT_POSTINGS : sql`select`}`,
  )
}

/** A row that is there already says that the packed list has the paper, and that the posting was removed. */
const RECENT_POSTINGS = sql`
      insert into search_recent (term_id, paper_id, impact, is_merged)
      select term_id, paper_id, impact, false
      from added cross join lateral unnest(term_ids, impacts) as posting (term_id, impact)
      on conflict (term_id, paper_id) do update set impact = excluded.impact`

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`

/** An array of numbers as Postgres writes it: arrays of different lengths do not go into one array. */
const arrayLiteral = (numbers: readonly number[]): string => `{${numbers.join(',')}}`
