import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { likelyMatches, matchCondition } from '../search/query/match-condition.ts'
import { excludedTerms, matchTerms, papersWith } from '../search/query/match-sets.ts'
import { readPostings } from '../search/query/posting-lists.ts'
import { resolveQuery } from '../search/query/resolve.ts'
import { BadUserInput } from '../values/errors.ts'
import type { Condition } from './condition.ts'

export const MAX_SEARCH_LENGTH = 1_000

/** If exclusions leave a smaller share of all papers, too many rows would be tested for a page. */
const LEAST_KEPT = 0.1

const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/g

/** @throws BadUserInput for a query that is too long, or empty */
export function checkSearch(argument: string, query: string): void {
  // Without an array of all characters: a query may have as many as a request.
  const length = query.length - (query.match(SURROGATE_PAIR)?.length ?? 0)
  if (length > MAX_SEARCH_LENGTH)
    throw new BadUserInput(
      argument,
      `\`${argument}\` may have at most ${MAX_SEARCH_LENGTH.toLocaleString('en')} characters; it has ${length.toLocaleString('en')}.`,
    )
  if (query.trim() === '') throw new BadUserInput(argument, `\`${argument}\` must have words to look for; it is blank.`)
}

/**
 * The condition that papers meet the whole query; null if no paper can. One statement, and a few more if a word is in no
 * paper.
 */
export async function queryCondition(db: Db, query: string): Promise<Condition | null> {
  const resolved = await resolveQuery(db, query)
  const { paperId, generation } = resolved
  if (paperId !== null) return { shape: 'paper', value: paperId, where: (id) => sql`${papers.id} = ${id}::bigint` }
  const matches = matchCondition(resolved, 'all')
  if (matches === null) return null
  // A subquery for each row: for a join, Postgres would read all of `search_papers`, because it cannot know that the word is
  // rare.
  const test = (paperId: SQL) =>
    sql`(select ${matches} from search_papers as found where found.generation = ${generation}::smallint and found.paper_id = ${paperId})`
  const probe = () => test(sql`${papers.id}`)
  const excluded = excludedTerms(resolved)
  if (excluded !== null) {
    const ids = papersWith(excluded, resolved.lists ?? (await readPostings(db, excluded.termIds)))
    const isIndexed = sql`exists (select from search_papers where generation = ${generation}::smallint and paper_id = ${papers.id})`
    const count = resolved.paperCount - ids.length
    return {
      shape: 'query',
      value: query,
      where: () => sql`(not ${papers.id} = any(${sql.param(ids)}::bigint[]) and ${isIndexed})`,
      // Most rows pass the test, so a page is full after a few, and the ids need not be sent.
      ...(count > LEAST_KEPT * resolved.paperCount && { probe }),
      count,
    }
  }
  const likely = likelyMatches(resolved)
  const terms = likely === null ? null : matchTerms(resolved, 'all')
  // Every paper can match: the query only excludes phrases, or is a phrase of stop words.
  if (likely === null || terms === null) {
    const ids = sql`select found.paper_id from search_papers as found where found.generation = ${generation}::smallint and ${matches}`
    return { shape: 'query', value: query, where: () => sql`${papers.id} in (${ids})`, probe }
  }
  const found = papersWith(terms, resolved.lists ?? (await readPostings(db, terms.termIds)))
  const withTerms = sql`select found_id from unnest(${sql.param(found)}::bigint[]) as candidate (found_id)`
  const ids = terms.isExact ? withTerms : sql`${withTerms} where ${test(sql`found_id`)}`
  return {
    shape: 'query',
    value: query,
    where: () => sql`${papers.id} in (${ids})`,
    probe,
    range: {
      ids: () => ids,
      reach: found.length,
      ...(terms.isExact ? { isExact: true } : { likely: Math.min(found.length, likely) }),
      walk: null,
    },
  }
}
