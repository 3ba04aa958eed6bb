import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { numberArray } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { unnested } from '../../db/unnested.ts'
import type { Writing } from '../../writes/writing.ts'
import type { PaperText } from './batch-analyzer.ts'
import { impactsOf, type PaperImpacts } from './impact.ts'
import { IndexedWords } from './indexed-words.ts'
import { type PaperRow, paperRow } from './paper-row.ts'

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
  const indexed = new Map(papers.map((paper) => [paper.id, impactsOf(paper, words)]))

  const terms = distinctTerms(indexed)
  const outdated = new Set<number>()
  const rows: PaperRow[][] = []
  for (const { generation, firstTerm, stored } of generations) {
    const ids = await findTerms(
      tx,
      generation,
      terms.map((term) => words.vocabulary.termOf(term)),
    )
    const idOf = new Int32Array(words.vocabulary.size)
    for (const [n, term] of terms.entries()) idOf[term] = ids[n] as number
    const present = [...indexed].map(([id, paper]) => paperRow(id, paper, idOf, firstTerm))
    rows.push(present)
    const upToDate = new Set(present.filter((row) => isSame(row, stored.get(row.id))).map(({ id }) => id))
    for (const id of stored.keys()) if (!upToDate.has(id)) outdated.add(id)
  }
  if (outdated.size > 0) await executePrepared(tx, sql`select search_forget(${sql.param([...outdated])}::bigint[])`)
  for (const [n, { generation, stored }] of generations.entries()) {
    const added = (rows[n] as PaperRow[]).filter(({ id }) => !stored.has(id) || outdated.has(id))
    await addPapers(tx, generation, added, 'recent')
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

interface StoredGeneration {
  generation: number
  firstTerm: number
  /** The packed forms of papers by id, each column after the other. */
  stored: Map<number, string>
}

/** The index entries of the papers in each generation. */
async function storedPapers(tx: Db, ids: readonly number[]): Promise<StoredGeneration[]> {
  const rows = await executePrepared<{
    generation: number
    first_term: number
    paper_id: string | null
    packed: string | null
  }>(
    tx,
    sql`
      select held.generation, first_term, paper_id, packed
      from search_generations as held
      left join lateral (
        select paper_id, ${PACKED} as packed from search_papers
        where generation = held.generation and paper_id = any(${sql.param(ids)}::bigint[]) offset 0
      ) as stored on true
      where not retired order by held.generation`,
  )
  const generations: StoredGeneration[] = []
  for (const { generation, first_term: firstTerm, paper_id, packed } of rows) {
    if (generations.at(-1)?.generation !== generation) generations.push({ generation, firstTerm, stored: new Map() })
    if (packed !== null) generations.at(-1)?.stored.set(Number(paper_id), packed)
  }
  return generations
}

const COLUMNS = ['title', 'abstract', 'otherTerms', 'impacts'] as const

/** The columns of a row, as `isSame` compares them. */
const PACKED = sql`concat_ws(' ', encode(title, 'hex'), encode(abstract, 'hex'), encode(other_terms, 'hex'), encode(impacts, 'hex'))`

const isSame = (row: PaperRow, packed: string | undefined): boolean =>
  COLUMNS.map((column) => Buffer.from(row[column]).toString('hex')).join(' ') === packed

/** The terms of papers, each once. */
function distinctTerms(papers: ReadonlyMap<number, PaperImpacts>): number[] {
  const distinct = new Set<number>()
  for (const { terms } of papers.values()) for (const term of terms) distinct.add(term)
  return [...distinct]
}

/**
 * The ids of different terms in a generation, in their order, in which those that are new get ids. Looks up which exist, which is safe
 * because the caller holds the lock of the index: `on conflict` would use up an id for each existing term.
 */
export async function findTerms(tx: Db, generation: number, terms: readonly string[]): Promise<number[]> {
  if (terms.length === 0) return []
  const found = await executePrepared<{ id: number; term: string }>(
    tx,
    sql`
      with found as materialized (
        -- A lookup per term: with a plain join, Postgres reads the whole table for every batch of a large catalogue.
        select term, place, known.id
        from ${unnested(
          'wanted',
          { term: 'text', place: 'int' },
          terms.map((term, place) => ({ term, place })).sort((a, b) => (a.term < b.term ? -1 : 1)),
        )} left join lateral (
          select id from search_terms where generation = ${generation}::smallint and term = wanted.term collate "C" offset 0
        ) as known on true
      ), fresh as (
        insert into search_terms (generation, term)
        select ${generation}::smallint, term from found where id is null order by place
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
  const packed: Uint8Array[] = []
  let end = 0
  const rows = papers.map((paper) => {
    const row = { id: paper.id, first: end + 1, title: 0, abstract: 0, otherTerms: 0, impacts: 0 }
    for (const column of COLUMNS) {
      packed.push(paper[column])
      row[column] = paper[column].length
      end += row[column]
    }
    return row
  })
  // One value for all, and where the parts of each row are: a value for each costs more.
  const all = Buffer.concat(packed)
  await executePrepared(
    tx,
    sql`
      with added as (
        insert into search_papers (generation, paper_id, title, abstract, other_terms, impacts)
        select ${generation}::smallint, id, substr(packed, first, title), substr(packed, first + title, abstract),
          substr(packed, first + title + abstract, "otherTerms"), substr(packed, first + title + abstract + "otherTerms", impacts)
        from ${unnested('paper', LENGTHS, rows)} cross join (select ${sql.param(all)}::bytea as packed) as every
      ), counted as (
        update search_generations set paper_count = paper_count + ${papers.length}::int
        where generation = ${generation}::smallint
      )
      ${to === 'recent' ? recentPostings(papers) : sql`select`}`,
  )
}

const LENGTHS = { id: 'bigint', first: 'int', title: 'int', abstract: 'int', otherTerms: 'int', impacts: 'int' }

/** A row that is there already says that the packed list has the paper, and that the posting was removed. */
const recentPostings = (papers: readonly PaperRow[]): SQL => sql`
      insert into search_recent (term_id, paper_id, impact, is_merged)
      select term_id, paper_id, impact, false
      from unnest(${numberArray(papers.flatMap(({ termIds }) => [...termIds]))}::int[],
        ${numberArray(papers.flatMap(({ id, termIds }) => Array.from(termIds, () => id)))}::bigint[],
        ${numberArray(papers.flatMap(({ impacts }) => [...impacts]))}::smallint[]) as posting (term_id, paper_id, impact)
      on conflict (term_id, paper_id) do update set impact = excluded.impact`
