import { type SQL, sql } from 'drizzle-orm'
import type { Word } from '../analyzer.ts'
import { nameAlternatives } from '../author-names.ts'
import { isStopWord } from '../stop-words.ts'
import type { Atom, ParsedQuery } from './parsed-query.ts'
import { textTerms } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { hasSequence, hasTerms, packedSequence } from './word-codes.ts'

/**
 * The condition that a paper matches a query, on a row of `search_papers` named `found`; null if no paper can match.
 *
 * @param which `all`: every clause, for a filter; `required`: only phrases, names after `author:` and exclusions, because
 *              ranking covers the words
 */
export function matchCondition(resolved: ResolvedQuery, which: 'all' | 'required'): SQL | null {
  const { query, paperId } = resolved
  if (query.identifier !== null) return paperId === null ? null : sql`found.paper_id = ${paperId}`
  const conditions: SQL[] = []
  for (const clause of query.clauses) {
    if (which === 'required' && clause.some(({ kind }) => kind === 'word')) continue
    const alternatives = clause.flatMap((atom) => conditionOf(alternativesOf(atom), atom, resolved) ?? [])
    if (alternatives.length === 0) return null
    conditions.push(anyOf(alternatives))
  }
  if (which === 'all' && conditions.length + query.excluded.length === 0) return null
  for (const atom of query.excluded) {
    const condition = conditionOf(alternativesOf(atom, 'text'), atom, resolved)
    if (condition !== null) conditions.push(sql`not ${condition}`)
  }
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
}

/** Whether a query only excludes, or has nothing but stop words between quotation marks, so that no term finds its papers. */
export const isUnranked = ({ identifier, clauses }: ParsedQuery): boolean =>
  identifier === null &&
  clauses.every((clause) => clause.some((atom) => alternativesOf(atom).some((terms) => terms.length === 0)))

/**
 * An estimate of how many papers match a query, as if words were independent: mostly too low. Null if every paper can match,
 * because the query only excludes or has nothing but stop words between quotation marks.
 */
export function likelyMatches({ query, terms, paperCount }: ResolvedQuery): number | null {
  let share: number | null = null
  for (const clause of query.clauses) {
    const alternatives = clause.flatMap((atom) => alternativesOf(atom))
    // The clause has a phrase of stop words, which are not indexed.
    if (alternatives.some((alternative) => alternative.length === 0)) continue
    const reach = alternatives.reduce((sum, alternative) => {
      const counts = alternative.map((term) => terms.get(term)?.paperCount ?? 0)
      return sum + Math.min(...counts)
    }, 0)
    share = (share ?? 1) * Math.min(1, reach / Math.max(1, paperCount))
  }
  return share === null ? null : share * paperCount
}

/**
 * Sets of terms: a paper can match the atom if it has all terms of at least one set.
 *
 * @param where whether a word also matches author names; an excluded word does not
 */
export function alternativesOf(atom: Atom, where: 'text' | 'anywhere' = 'anywhere'): string[][] {
  if (atom.kind === 'author') return nameAlternatives(atom.words)
  if (atom.kind === 'phrase') return [atom.words.flatMap(partTerms)]
  const { word } = atom
  const wholes = word.isUnsegmented ? [] : word.wholes.map((whole) => [whole])
  const names = where === 'text' ? [] : nameAlternatives([word])
  return [partTerms(word), ...wholes, ...names].filter((terms) => terms.length > 0)
}

const partTerms = (word: Word): string[] =>
  word.isUnsegmented ? textTerms(word) : word.parts.filter((part) => !isStopWord(part))

function conditionOf(sets: readonly string[][], atom: Atom, resolved: ResolvedQuery): SQL | null {
  const alternatives = sets.flatMap((alternative) => {
    const ids = alternative.flatMap((term) => resolved.terms.get(term)?.id ?? [])
    return ids.length === alternative.length ? [sql`(${hasTerms(ids, resolved)})`] : []
  })
  if (alternatives.length === 0) return null
  if (atom.kind !== 'phrase') return anyOf(alternatives)
  const packed = packedSequence(
    atom.words.flatMap(({ parts }) => parts),
    resolved,
  )
  return packed && sql`(${hasSequence(packed)} and ${anyOf(alternatives)})`
}

const anyOf = (conditions: SQL[]): SQL =>
  conditions.length === 1 ? (conditions[0] as SQL) : sql`(${sql.join(conditions, sql` or `)})`
