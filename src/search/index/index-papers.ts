import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { numberArray } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { unnested } from '../../db/unnested.ts'
import type { Writing } from '../../writes/writing.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { PaperText } from './batch-analyzer.ts'
import { impactsOf, type PaperImpacts } from './impact.ts'
import { IndexedWords } from './indexed-words.ts'

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
  const words = new IndexedWords()
  const indexed = new Map(papers.map((paper) => [paper.id, { id: paper.id, ...impactsOf(paper, words) }]))

  const outdated = new Set<number>()
  for (const { stored } of generations)
    for (const id of await outdatedPapers(tx, stored, indexed, words.vocabulary)) outdated.add(id)
  if (outdated.size > 0) await executePrepared(tx, sql`select search_forget(${sql.param([...outdated])}::bigint[])`)

  for (const { generation, stored } of generations) {
    const added = [...indexed.values()].filter(({ id }) => !stored.has(id) || outdated.has(id))
    const terms = distinctTerms(added)
    const ids = await findTerms(
      tx,
      generation,
      terms.map((term) => words.vocabulary.termOf(term)),
    )
    const idOf = new Map(terms.map((term, n) => [term, ids[n] as number]))
    await addPapers(
      tx,
      generation,
      added.map((paper) => ({
        ...paper,
        ...sortedPostings(
          paper.terms.map((term) => idOf.get(term) as number),
          paper.impacts,
        ),
      })),
      'recent',
    )
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

interface IndexedPaper extends PaperImpacts {
  id: number
}

/** A paper as the index stores it. */
export interface PaperRow {
  id: number
  /** The ids of its terms, ascending. */
  termIds: Int32Array
  /** The impact of each. */
  impacts: Uint8Array
  title: string
  abstract: string
}

/** The postings of a paper by term id. */
export function sortedPostings(
  termIds: ArrayLike<number>,
  impacts: ArrayLike<number>,
): { termIds: Int32Array; impacts: Uint8Array } {
  // An impact is one byte, so that one number has both, and an array of numbers is sorted fast.
  const keys = new Float64Array(termIds.length)
  for (let n = 0; n < keys.length; n += 1) keys[n] = (termIds[n] as number) * 256 + (impacts[n] as number)
  keys.sort()
  const sorted = { termIds: new Int32Array(keys.length), impacts: new Uint8Array(keys.length) }
  for (let n = 0; n < keys.length; n += 1) {
    const key = keys[n] as number
    const termId = Math.floor(key / 256)
    sorted.termIds[n] = termId
    sorted.impacts[n] = key - 256 * termId
  }
  return sorted
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
  vocabulary: Vocabulary,
): Promise<number[]> {
  const likely = [...stored.values()].filter(({ id, title, abstract, termIds }) => {
    const paper = indexed.get(id)
    return paper?.title === title && paper.abstract === abstract && paper.terms.length === termIds.length
  })
  if (likely.length === 0) return [...stored.keys()]
  const termIds = [...new Set(likely.flatMap((paper) => paper.termIds))]
  const rows = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`select id, term from search_terms where id = any(${sql.param(termIds)}::int[])`,
  )
  const terms = new Map(rows.map(({ id, term }) => [id, term]))
  const same = likely.filter(({ id, termIds, impacts }) => {
    const paper = indexed.get(id) as IndexedPaper
    const impactOf = new Map(paper.terms.map((term, n) => [vocabulary.termOf(term), paper.impacts[n]]))
    return termIds.every((termId, n) => impactOf.get(terms.get(termId) as string) === impacts[n])
  })
  const upToDate = new Set(same.map(({ id }) => id))
  return [...stored.keys()].filter((id) => !upToDate.has(id))
}

/** The terms of papers, each once. */
function distinctTerms(papers: readonly IndexedPaper[]): number[] {
  const distinct = new Set<number>()
  for (const { terms } of papers) for (const term of terms) distinct.add(term)
  return [...distinct]
}

/**
 * The ids of different terms in a generation, in their order. Adds those that are new. Looks up which exist, which is safe
 * because the caller holds the lock of the index: `on conflict` would use up an id for each existing term.
 */
export async function findTerms(tx: Db, generation: number, terms: readonly string[]): Promise<number[]> {
  if (terms.length === 0) return []
  const found = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`
      with found as materialized (
        -- A lookup per term: with a plain join, Postgres reads the whole table for every batch of a large catalogue.
        select term, known.id
        from ${unnested(
          'wanted',
          { term: 'text' },
          terms.toSorted().map((term) => ({ term })),
        )} left join lateral (
          select id from search_terms where generation = ${generation}::smallint and term = wanted.term collate "C" offset 0
        ) as known on true
      ), fresh as (
        insert into search_terms (generation, term)
        select ${generation}::smallint, term from found where id is null order by term collate "C"
        returning id, term
      )
      select id, term from found where id is not null union all select id, term from fresh`,
  )
  const idOf = new Map(found.map(({ id, term }) => [term, id]))
  return terms.map((term) => idOf.get(term) as number)
}

/**
 * Adds papers to a generation that has none of them.
 *
 * @param to whether this adds their postings to the recent ones, or the caller adds them to the packed lists
 */
export async function addPapers(
  tx: Db,
  generation: number,
  papers: readonly PaperRow[],
  to: 'recent' | 'packed',
): Promise<void> {
  if (papers.length === 0) return
  // Arrays of different lengths do not go into one array: those of all papers, one after another, and where each ends.
  const count = papers.reduce((sum, { termIds }) => sum + termIds.length, 0)
  const [termIds, impacts] = [new Int32Array(count), new Uint8Array(count)]
  let end = 0
  const rows = papers.map(({ id, title, abstract, ...postings }) => {
    termIds.set(postings.termIds, end)
    impacts.set(postings.impacts, end)
    const first = end + 1
    end += postings.termIds.length
    return { id, title, abstract, first, last: end }
  })
  await executePrepared(
    tx,
    sql`
      with added as (
        insert into search_papers (generation, paper_id, term_ids, impacts, title, abstract)
        select ${generation}::smallint, id, (${numberArray(termIds)}::int[])[first:last],
          (${numberArray(impacts)}::smallint[])[first:last], title, abstract
        from ${unnested('paper', PAPER, rows)}
        returning paper_id, term_ids, impacts
      ), counted as (
        update search_generations set paper_count = paper_count + ${papers.length}::int
        where generation = ${generation}::smallint
      )
      ${to === 'recent' ? RECENT_POSTINGS : sql`select`}`,
  )
}

const PAPER = { id: 'bigint', title: 'text', abstract: 'text', first: 'int', last: 'int' }

/** A row that is there already says that the packed list has the paper, and that the posting was removed. */
const RECENT_POSTINGS = sql`
      insert into search_recent (term_id, paper_id, impact, is_merged)
      select term_id, paper_id, impact, false
      from added cross join lateral unnest(term_ids, impacts) as posting (term_id, impact)
      on conflict (term_id, paper_id) do update set impact = excluded.impact`
