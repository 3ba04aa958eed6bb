import { type SQL, sql } from 'drizzle-orm'
import { packWords, termNumber } from '../packed-words.ts'
import { stopWordNumber } from '../stop-words.ts'
import type { IndexTerms } from './posting-lists.ts'

/**
 * Words in order as `search_papers` has them packed; null if one of them is in no paper.
 *
 * @param words stems, stop words among them
 */
export function packedSequence(words: readonly string[], { terms, firstTerm }: IndexTerms): Buffer | null {
  const numbers: number[] = []
  for (const word of words) {
    const id = terms.get(word)?.id
    const number = stopWordNumber(word) ?? (id === undefined ? undefined : termNumber(id, firstTerm))
    if (number === undefined) return null
    numbers.push(number)
  }
  return packWords(numbers)
}

/** Whether a paper has all these terms; a condition on a row of `search_papers` named `found`. */
export function hasTerms(ids: readonly number[], { firstTerm }: IndexTerms): SQL {
  const words = sql`(found.title || found.abstract || found.other_terms)`
  const conditions = ids.map((id) => sql`position(${packWords([termNumber(id, firstTerm)])}::bytea in ${words}) > 0`)
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}

/** Whether a paper has these packed words, one after the other; a condition on a row of `search_papers` named `found`. */
export const hasSequence = (packed: Buffer): SQL =>
  sql`(position(${packed}::bytea in found.title) > 0 or position(${packed}::bytea in found.abstract) > 0)`
