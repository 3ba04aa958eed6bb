import { type SQL, sql } from 'drizzle-orm'
import type { Atom } from './query.ts'
import type { ResolvedQuery } from './resolve.ts'
import { isStopWord, type Word } from './text.ts'
import { authorTerms, textTerms } from './weights.ts'

/**
 * The condition that a paper meets a query, on a row of `search_papers` named `found`; null where no paper can.
 *
 * @param which `all`: every clause, as a filter wants it; `required`: only what ranking does not replace, which is
 *              phrases, names after `author:`, and what is excluded
 */
export function matching(resolved: ResolvedQuery, which: 'all' | 'required'): SQL | null {
  const { query, paperId } = resolved
  if (paperId !== null) return sql`found.paper_id = ${paperId}`
  const conditions: SQL[] = []
  for (const clause of query.clauses) {
    if (which === 'required' && clause.some(({ kind }) => kind === 'word')) continue
    const alternatives = clause.flatMap((atom) => conditionOf(atom, resolved) ?? [])
    if (alternatives.length === 0) return null
    conditions.push(anyOf(alternatives))
  }
  if (which === 'all' && conditions.length === 0) return null
  for (const atom of query.excluded) {
    const condition = conditionOf(atom, resolved)
    if (condition !== null) conditions.push(sql`not ${condition}`)
  }
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
}

/** Terms of which every paper that meets all of a query has one at least, as few papers as can be; null where none can. */
export function rarest({ query, terms }: ResolvedQuery): { termIds: number[]; reach: number } | null {
  let best: { termIds: number[]; reach: number } | null = null
  for (const clause of query.clauses) {
    const found = clause.flatMap((atom) =>
      alternativesOf(atom).flatMap((alternative) => {
        const known = alternative.flatMap((term) => terms.get(term) ?? [])
        return known.length < alternative.length ? [] : (known.sort((a, b) => a.paperCount - b.paperCount)[0] ?? [])
      }),
    )
    const termIds = [...new Set(found.map(({ id }) => id))]
    const reach = found.reduce((sum, { paperCount }) => sum + paperCount, 0)
    if (found.length > 0 && (best === null || reach < best.reach)) best = { termIds, reach }
  }
  return best
}

/** The sets of terms of which a paper must have one whole set to have the word, the words of the phrase, or the names. */
function alternativesOf(atom: Atom): string[][] {
  if (atom.kind === 'author') return [atom.words.flatMap(authorTerms)]
  if (atom.kind === 'phrase') return [atom.words.flatMap(partTerms)]
  const { word } = atom
  return [partTerms(word), ...(word.isUnparted ? [] : word.wholes.map((whole) => [whole])), authorTerms(word)].filter(
    (terms) => terms.length > 0,
  )
}

const partTerms = (word: Word): string[] =>
  word.isUnparted ? textTerms(word) : word.parts.filter((part) => !isStopWord(part))

function conditionOf(atom: Atom, { terms }: ResolvedQuery): SQL | null {
  const alternatives = alternativesOf(atom).flatMap((alternative) => {
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
