import { sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { BadUserInput } from '../errors.ts'
import { matching, rarest } from '../search/match.ts'
import { resolveQuery } from '../search/resolve.ts'
import type { Condition } from './paper-filter.ts'

export const MAX_SEARCH_LENGTH = 1_000

/** @throws BadUserInput for a query that is too long, or has nothing in it */
export function checkSearch(argument: string, query: string): void {
  const length = [...query].length
  if (length > MAX_SEARCH_LENGTH)
    throw new BadUserInput(
      argument,
      `\`${argument}\` may have at most ${MAX_SEARCH_LENGTH.toLocaleString('en')} characters; it has ${length.toLocaleString('en')}.`,
    )
  if (query.trim() === '') throw new BadUserInput(argument, `\`${argument}\` must have words to look for; it is blank.`)
}

/**
 * Papers that meet all of a query, as a condition; null where none can. One statement, and a few more where a word is in
 * no paper.
 */
export async function queryCondition(db: Db, query: string): Promise<Condition | null> {
  const resolved = await resolveQuery(db, query)
  const { paperId, generation } = resolved
  if (paperId !== null) return { shape: 'paper', value: paperId, where: (id) => sql`${papers.id} = ${id}::bigint` }
  const matches = matching(resolved, 'all')
  if (matches === null) return null
  const few = rarest(resolved)
  const ofIndex = sql`found.generation = ${generation}::smallint`
  // By the postings of its rarest word: in a large catalogue the planner cannot tell how rare a row of `search_papers` is.
  const ids =
    few === null
      ? sql`select found.paper_id from search_papers as found where ${ofIndex} and ${matches}`
      : sql`select found.paper_id from search_postings as posting join search_papers as found on ${ofIndex} and found.paper_id = posting.paper_id where posting.term_id = any(${sql.param(few.termIds)}::int[]) and ${matches}`
  return {
    shape: 'query',
    value: query,
    where: () => sql`${papers.id} in (${ids})`,
    probe: () =>
      sql`(select ${matches} from search_papers as found where ${ofIndex} and found.paper_id = ${papers.id})`,
    ...(few && { range: { ids: () => ids, reach: few.reach, walk: null } }),
  }
}
