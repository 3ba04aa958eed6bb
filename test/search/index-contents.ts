import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { impactsOf } from '../../src/search/index/impact.ts'
import { IndexedWords } from '../../src/search/index/indexed-words.ts'
import { termIdsIn } from '../../src/search/index/paper-row.ts'
import { termIdOf, unpackWords } from '../../src/search/packed-words.ts'
import { readPostings, strongestPapers } from '../../src/search/query/posting-lists.ts'
import { paperCountOf } from '../../src/search/query/term-counts.ts'
import { STOP_WORDS } from '../../src/search/stop-words.ts'
import { stemsOf } from './scan.ts'

/** The rows of a generation of the index, each as one line of text with terms instead of their ids. */
export interface Contents {
  paperCount: number
  terms: string[]
  papers: string[]
  postings: string[]
}

/** The contents of a generation of the index; by default, of the serving one. */
export async function contentsOf(db: Db, generation?: number): Promise<Contents> {
  const [held] = await db.execute<{ generation: number; paper_count: number }>(
    sql`select * from search_generations where ${generation === undefined ? sql`serving` : sql`generation = ${generation}`}`,
  )
  const which = held?.generation
  const lines = async (query: ReturnType<typeof sql>) =>
    (await db.execute<{ row: string }>(query)).map(({ row }) => row).sort()
  return {
    paperCount: held?.paper_count ?? 0,
    terms: await lines(sql`
      select term || ' in ' || paper_count as row
      from (select term, ${paperCountOf(sql`id`)} as paper_count from search_terms where generation = ${which}) as counted
      where paper_count > 0`),
    papers: (await papersOf(db, which)).sort(),
    postings: (await postingsOf(db, which)).sort(),
  }
}

/** The rows of papers, unpacked. */
async function papersOf(db: Db, generation: number | undefined): Promise<string[]> {
  const terms = new Map(
    (
      await db.execute<{ id: number; term: string }>(
        sql`select id, term from search_terms where generation = ${generation}`,
      )
    ).map(({ id, term }) => [id, term]),
  )
  const rows = await db.execute<
    { id: string; first: number } & Record<'title' | 'abstract' | 'others' | 'impacts', string>
  >(sql`
    select paper_id as id, first_term as first, encode(title, 'hex') as title, encode(abstract, 'hex') as abstract,
      encode(other_terms, 'hex') as others, encode(impacts, 'hex') as impacts
    from search_papers join search_generations using (generation) where generation = ${generation}`)
  return rows.map(({ id, first, title, abstract, others, impacts }) => {
    const bytes = (hex: string) => Buffer.from(hex, 'hex')
    const stems = (hex: string) =>
      ` ${unpackWords(bytes(hex))
        .map((number) => `${STOP_WORDS[number] ?? terms.get(termIdOf(number, first))} `)
        .join('')}`
    const entries = [...termIdsIn(bytes(title + abstract + others), first)].map(
      (term, n) => `${terms.get(term)} ${bytes(impacts)[n]}`,
    )
    return `${id}: ${stems(title)}|${stems(abstract)}${entries.sort(byTerm).join(',')}`
  })
}

const byTerm = (a: string, b: string) =>
  (a.split(/ (?=\d+$)/)[0] as string) < (b.split(/ (?=\d+$)/)[0] as string) ? -1 : 1

/** The postings of all terms, as searches read them. */
async function postingsOf(db: Db, generation: number | undefined): Promise<string[]> {
  const terms = await db.execute<{ id: number; term: string }>(
    sql`select id, term from search_terms where generation = ${generation}`,
  )
  // A pool of its own has a cache of its own: what is read here is what is stored.
  const lists = await db.transaction((tx) =>
    readPostings(
      tx,
      terms.map(({ id }) => id),
    ),
  )
  return terms.flatMap(({ id, term }) =>
    strongestPapers(lists.get(id), Number.POSITIVE_INFINITY).map((paper) => `${term} ${paper.impact} ${paper.id}`),
  )
}

/** The expected contents of the index, computed from the papers. */
export async function expectedContents(db: Db): Promise<Contents> {
  const papers = await db.execute<{ id: string; title: string; abstract: string | null; authors: string[] }>(sql`
    select id, title, abstract, coalesce((
      select json_agg(name order by position) from paper_authors join authors on authors.id = author_id where paper_id = papers.id
    ), '[]') as authors from papers where hidden_at is null`)
  const words = new IndexedWords()
  const counts = new Map<string, number>()
  const contents: Contents = { paperCount: papers.length, terms: [], papers: [], postings: [] }
  for (const { id, ...text } of papers) {
    const { terms, impacts, title, abstract } = impactsOf(text, words)
    const entries = terms
      .map((term, n): [string, number] => [words.vocabulary.termOf(term), impacts[n] as number])
      .sort(([a], [b]) => (a < b ? -1 : 1))
    contents.papers.push(
      `${id}: ${stemsOf(title, words)}|${stemsOf(abstract, words)}${entries.map((entry) => entry.join(' ')).join(',')}`,
    )
    for (const [term, impact] of entries) {
      counts.set(term, (counts.get(term) ?? 0) + 1)
      contents.postings.push(`${term} ${impact} ${id}`)
    }
  }
  contents.terms = [...counts].map(([term, papers]) => `${term} in ${papers}`)
  for (const rows of [contents.terms, contents.papers, contents.postings]) rows.sort()
  return contents
}
