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
  const rare = rarest(resolved)
  const found = sql`search_papers as found where found.generation = ${generation}::smallint`
  // Of a single word, the postings are the papers. Otherwise those of the rarest word are looked at, each in the index.
  const postings = sql`search_postings as posting where posting.term_id = any(${sql.param(rare?.termIds)}::int[])`
  const ids =
    rare === null
      ? sql`select found.paper_id from ${found} and ${matches}`
      : rare.isWhole
        ? sql`select posting.paper_id from ${postings}`
        : sql`select posting.paper_id from ${postings} and exists (select from ${found} and found.paper_id = posting.paper_id and ${matches})`
  return {
    shape: 'query',
    value: query,
    where: () => sql`${papers.id} in (${ids})`,
    probe: () => sql`(select ${matches} from ${found} and found.paper_id = ${papers.id})`,
    ...(rare && { range: { ids: () => ids, reach: rare.reach, likely: rare.likely, walk: null } }),
  }
}
