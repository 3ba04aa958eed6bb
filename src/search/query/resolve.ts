import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { paperByIdentifier } from '../../queries/papers.ts'
import { parseQuery } from './parse.ts'
import { termsOfQuery } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { correctSpelling } from './spelling.ts'
import { paperCountOf } from './term-counts.ts'

/** Parses a query and looks up its terms. One statement, and a few more if a word is in no paper. */
export async function resolveQuery(db: Db, text: string): Promise<ResolvedQuery> {
  const query = parseQuery(text)
  const [index, paper] = await Promise.all([
    lookUp(db, termsOfQuery(query)),
    query.identifier && paperByIdentifier(db, query.identifier),
  ])
  const paperId = paper?.id ?? null
  const unknown = { query, correctedText: null, paperId, ...index }
  if (query.identifier !== null) return unknown
  const correctedText = await correctSpelling(db, unknown)
  if (correctedText === null) return unknown
  const corrected = parseQuery(correctedText)
  return { query: corrected, correctedText, paperId, ...(await lookUp(db, termsOfQuery(corrected))) }
}

type Index = Pick<ResolvedQuery, 'generation' | 'paperCount' | 'terms'>

/** Looks up terms in the serving generation of the index. */
async function lookUp(db: Db, terms: readonly string[]): Promise<Index> {
  const rows = await executePrepared<{
    generation: number
    papers: number
    term: string | null
    id: number
    paper_count: number
  }>(
    db,
    sql`select g.generation, g.paper_count as papers, t.term, t.id, ${paperCountOf(sql`t.id`)} as paper_count
      from search_generations g
      left join search_terms t on t.generation = g.generation and t.term collate "C" = any(${sql.param(terms)}::text[])
      where g.serving`,
  )
  const [first] = rows
  return {
    generation: first?.generation ?? 0,
    paperCount: first?.papers ?? 0,
    terms: new Map(
      rows.flatMap(({ term, id, paper_count: paperCount }) =>
        term === null || paperCount === 0 ? [] : [[term, { id, paperCount }]],
      ),
    ),
  }
}
