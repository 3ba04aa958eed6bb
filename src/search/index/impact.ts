import { isStopWord, type Word, wordsOf } from '../analyzer.ts'
import { nameImpacts } from '../author-names.ts'

/**
 * BM25F (Robertson, Zaragoza and Taylor, CIKM 2004) with the usual constants: term frequencies in title and abstract are
 * normalized by the length of the field and added, and the sum is saturated once. Only the weight of compounds was tuned,
 * on SciFact's training queries.
 */
export const BM25F = {
  /** Term frequency saturation: how fast further occurrences count less. */
  k1: 1.2,
  /** Length normalization: 0 ignores the length of a field, 1 divides by it. */
  b: 0.75,
  /** An occurrence in the title counts as this many in the abstract. */
  titleWeight: 2,
  /** The weight of a compound, whose parts count, too. One with a number has weight 1: `sam2` is all that a query has. */
  compoundWeight: 0.5,
  /** Reference lengths of the fields. Constants instead of averages, so that no row changes when the catalogue grows. */
  titleLength: 11,
  abstractLength: 130,
}

/**
 * Impacts are stored as whole numbers, so that their sum does not depend on the order of addition. One byte has room for
 * them: the impact of a word is below `k1 + 1`, that of a name at most 2.
 */
export const IMPACT_SCALE = 100
/** An upper bound. */
export const GREATEST_IMPACT = 220

export interface IndexedText {
  title: string
  abstract: string | null
  authors: readonly string[]
}

export interface PaperImpacts {
  /** The impact of each term, times `IMPACT_SCALE`. A score is the sum of weight × impact over the terms of a query. */
  impacts: Map<string, number>
  /** The stems of the title in order, with a blank before and after each. */
  title: string
  /** The same of the abstract. */
  abstract: string
}

/** What the index stores for a paper. */
export function impactsOf({ title, abstract, authors }: IndexedText): PaperImpacts {
  const inTitle = occurrences(wordsOf(title))
  const inAbstract = occurrences(wordsOf(abstract ?? ''))
  const impacts = new Map<string, number>()
  const { k1, b, titleWeight, titleLength, abstractLength } = BM25F
  const titleNorm = 1 - b + (b * inTitle.length) / titleLength
  const abstractNorm = 1 - b + (b * inAbstract.length) / abstractLength
  const add = (term: string, titleCount: number, abstractCount: number) => {
    const frequency = (titleWeight * titleCount) / titleNorm + abstractCount / abstractNorm
    // A term of a very long abstract would have an impact of 0, and the paper would not be found.
    impacts.set(term, Math.max(1, Math.round((IMPACT_SCALE * ((k1 + 1) * frequency)) / (frequency + k1))))
  }
  for (const [term, count] of inTitle.counts) add(term, count, inAbstract.counts.get(term) ?? 0)
  for (const [term, count] of inAbstract.counts) if (!inTitle.counts.has(term)) add(term, 0, count)
  for (const [term, impact] of nameImpacts(authors)) impacts.set(term, IMPACT_SCALE * impact)
  return { impacts, title: inTitle.sequence, abstract: inAbstract.sequence }
}

const NUMBERED = /\p{N}/u

function occurrences(words: readonly Word[]): { counts: Map<string, number>; length: number; sequence: string } {
  const counts = new Map<string, number>()
  const add = (term: string, amount: number) => counts.set(term, (counts.get(term) ?? 0) + amount)
  let length = 0
  let sequence = ' '
  for (const { parts, wholes, isUnsegmented } of words) {
    for (const part of parts) {
      sequence += `${part} `
      if (isStopWord(part)) continue
      add(part, 1)
      length += 1
    }
    for (const whole of wholes) add(whole, isUnsegmented || NUMBERED.test(whole) ? 1 : BM25F.compoundWeight)
  }
  return { counts, length, sequence }
}
