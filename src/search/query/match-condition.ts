import { type SQL, sql } from 'drizzle-orm'
import { isStopWord, type Word } from '../analyzer.ts'
import { nameAlternatives } from '../author-names.ts'
import type { Atom } from './parsed-query.ts'
import { textTerms } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'

/**
 * The condition that a paper meets a query, on a row of `search_papers` named `found`; null where no paper can.
 *
 * @param which `all`: every clause, as a filter wants it; `required`: only what ranking does not replace, which is
 *              phrases, names after `author:`, and what is excluded
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

/** Terms of which every paper that meets all of a query has one at least. */
export interface RarestTerms {
  termIds: number[]
  /** How many postings they have. */
  reach: number
  /** Whether every paper that has one of them meets the query. */
  isWhole: boolean
  /** How many papers meet the query if its words come together by chance, so mostly more than this. */
  likely: number
}

/** Those that have the fewest postings; null where there are none that tell. */
export function rarestTerms({ query, terms, paperCount }: ResolvedQuery): RarestTerms | null {
  let best: Pick<RarestTerms, 'termIds' | 'reach'> | null = null
  let share = 1
  let isWhole = query.clauses.length === 1 && query.excluded.length === 0
  for (const clause of query.clauses) {
    const alternatives = clause.flatMap((atom) => alternativesOf(atom))
    // A phrase of stop words: any paper may have it.
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
 * The sets of terms of which a paper must have one whole set to have the word, the words of the phrase, or the author.
 *
 * @param where whether a word may also be a name; who leaves out a word means texts
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
