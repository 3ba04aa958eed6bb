import { type SQL, sql } from 'drizzle-orm'
import { isStopWord, type Word } from '../analyzer.ts'
import { nameAlternatives } from '../author-names.ts'
import type { Atom } from './parsed-query.ts'
import { textTerms } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'

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

/** Terms that narrow a query down: every paper that matches the query has at least one of them. */
export interface RarestTerms {
  termIds: number[]
  /** The number of their postings. */
  reach: number
  /** Whether every paper that has one of them matches the query. */
  isWhole: boolean
  /** An estimate of the matching papers, as if words were independent. Mostly too low. */
  likely: number
}

/** The terms of the clause with the fewest postings; null if no clause narrows the query down. */
export function rarestTerms({ query, terms, paperCount }: ResolvedQuery): RarestTerms | null {
  let best: Pick<RarestTerms, 'termIds' | 'reach'> | null = null
  let share = 1
  let isWhole = query.clauses.length === 1 && query.excluded.length === 0
  for (const clause of query.clauses) {
    const alternatives = clause.flatMap((atom) => alternativesOf(atom))
    // The clause has a phrase of stop words, which are not indexed: any paper can match.
    if (alternatives.some((alternative) => alternative.length === 0)) continue
    const known = alternatives.flatMap((alternative) => {
      const found = alternative.flatMap((term) => terms.get(term) ?? [])
      return found.length < alternative.length ? [] : [found.sort((a, b) => a.paperCount - b.paperCount)]
    })
    if (known.length === 0) continue
    if (known.some((found) => found.length > 1) || clause.some(({ kind }) => kind === 'phrase')) isWhole = false
    const rarestOfEach = new Map(known.flatMap(([first]) => (first ? [[first.id, first.paperCount]] : [])))
    const reach = [...rarestOfEach.values()].reduce((sum, count) => sum + count, 0)
    share *= Math.min(1, reach / Math.max(1, paperCount))
    if (best === null || reach < best.reach) best = { termIds: [...rarestOfEach.keys()], reach }
  }
  return best && { ...best, isWhole, likely: share * paperCount }
}

/**
 * Sets of terms: a paper can match the atom if it has all terms of at least one set.
 *
 * @param where whether a word also matches author names; an excluded word does not
 */
function alternativesOf(atom: Atom, where: 'text' | 'anywhere' = 'anywhere'): string[][] {
  if (atom.kind === 'author') return nameAlternatives(atom.words)
  if (atom.kind === 'phrase') return [atom.words.flatMap(partTerms)]
  const { word } = atom
  const wholes = word.isUnsegmented ? [] : word.wholes.map((whole) => [whole])
  const names = where === 'text' ? [] : nameAlternatives([word])
  return [partTerms(word), ...wholes, ...names].filter((terms) => terms.length > 0)
}

const partTerms = (word: Word): string[] =>
  word.isUnsegmented ? textTerms(word) : word.parts.filter((part) => !isStopWord(part))

function conditionOf(sets: readonly string[][], atom: Atom, { terms }: ResolvedQuery): SQL | null {
  const alternatives = sets.flatMap((alternative) => {
    const ids = alternative.flatMap((term) => terms.get(term)?.id ?? [])
    return ids.length === alternative.length ? [sql`found.term_ids @> ${sql.param(ids)}::int[]`] : []
  })
  if (alternatives.length === 0) return null
  const condition = anyOf(alternatives)
  if (atom.kind !== 'phrase') return condition
  const sequence = ` ${atom.words.flatMap(({ parts }) => parts).join(' ')} `
  return sql`(${condition} and strpos(found.words, ${sequence}) > 0)`
}

const anyOf = (conditions: SQL[]): SQL =>
  conditions.length === 1 ? (conditions[0] as SQL) : sql`(${sql.join(conditions, sql` or `)})`
