import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { impactsOf } from '../../src/search/index/impact.ts'

/** All that a generation of the index has, by the text of terms, a sentence a row. */
export interface Contents {
  paperCount: number
  terms: string[]
  papers: string[]
  postings: string[]
}

/** What the index has; of the generation that serves, or of another one. */
export async function contentsOf(db: Db, generation?: number): Promise<Contents> {
  const [held] = await db.execute<{ generation: number; paper_count: number }>(
    sql`select * from search_generations where ${generation === undefined ? sql`serving` : sql`generation = ${generation}`}`,
  )
  const which = held?.generation
  const sentences = async (query: ReturnType<typeof sql>) =>
    (await db.execute<{ row: string }>(query)).map(({ row }) => row).sort()
  return {
    paperCount: held?.paper_count ?? 0,
    terms: await sentences(
      sql`select term || ' in ' || paper_count as row from search_terms where generation = ${which}`,
    ),
    papers: await sentences(sql`
      select paper_id || ': ' || words || coalesce((
        select string_agg(term || ' ' || impact, ',' order by term collate "C")
        from unnest(term_ids, impacts) as entry (term_id, impact) join search_terms on id = term_id
      ), '') as row from search_papers where generation = ${which}`),
    postings: await sentences(sql`
      select term || ' ' || impact || ' ' || paper_id as row
      from search_postings join search_terms on id = term_id where generation = ${which}`),
  }
}

/** What the index should have, made from the papers alone. */
export async function expectedContents(db: Db): Promise<Contents> {
  const papers = await db.execute<{ id: string; title: string; abstract: string | null; authors: string[] }>(sql`
    select id, title, abstract, coalesce((
      select json_agg(name order by position) from paper_authors join authors on authors.id = author_id where paper_id = papers.id
    ), '[]') as authors from papers where hidden_at is null`)
  const counts = new Map<string, number>()
  const contents: Contents = { paperCount: papers.length, terms: [], papers: [], postings: [] }
  for (const { id, ...text } of papers) {
    const { impacts, words } = impactsOf(text)
    const entries = [...impacts].sort(([a], [b]) => (a < b ? -1 : 1))
    contents.papers.push(`${id}: ${words}${entries.map((entry) => entry.join(' ')).join(',')}`)
    for (const [term, impact] of entries) {
      counts.set(term, (counts.get(term) ?? 0) + 1)
      contents.postings.push(`${term} ${impact} ${id}`)
    }
  }
  contents.terms = [...counts].map(([term, papers]) => `${term} in ${papers}`)
  for (const rows of [contents.terms, contents.papers, contents.postings]) rows.sort()
  return contents
}
