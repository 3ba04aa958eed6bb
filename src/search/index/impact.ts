import { isStopWord, type Word, wordsOf } from '../analyzer.ts'
import { nameImpacts } from '../author-names.ts'

/**
 * BM25F as Robertson, Zaragoza and Taylor have it (CIKM 2004), with the usual constants: counts of a word in title and
 * abstract are added up, each divided by how long its field is, and their sum is dampened once. Nothing was fitted but
 * the weight of compounds, on SciFact's training queries.
 */
export const BM25F = {
  /** How fast further occurrences count less. */
  k1: 1.2,
  /** How much of the length of a field counts. */
  b: 0.75,
  /** An occurrence in the title is worth so many in the abstract. */
  titleWeight: 2,
  /** A compound counts so much beside its parts; one with a number in full, which is all that is asked for by `sam2`. */
  compoundWeight: 0.5,
  /** Lengths at which an occurrence counts once. Constants, so that no row changes when the catalogue grows. */
  titleLength: 11,
  abstractLength: 130,
}

/** Impacts are kept as whole numbers, whose sums are the same in whatever order they are added. */
export const IMPACT_SCALE = 10_000
/** No impact is greater: that of a word is below `k1 + 1`, that of a name at most 2. */
export const GREATEST_IMPACT = 22_000

export interface IndexedText {
  title: string
  abstract: string | null
  authors: readonly string[]
}

export interface PaperImpacts {
  /** What each term adds to the score of a paper for each point of its weight in a query, times `IMPACT_SCALE`. */
  impacts: Map<string, number>
  /** All words of title and abstract in their order, as terms between blanks: ` title words | words of the abstract `. */
  words: string
}

/** What the index has of a paper. */
export function impactsOf({ title, abstract, authors }: IndexedText): PaperImpacts {
  const inTitle = occurrences(wordsOf(title))
  const inAbstract = occurrences(wordsOf(abstract ?? ''))
  const impacts = new Map<string, number>()
  const { k1, b, titleWeight, titleLength, abstractLength } = BM25F
  const titleNorm = 1 - b + (b * inTitle.length) / titleLength
  const abstractNorm = 1 - b + (b * inAbstract.length) / abstractLength
  for (const term of new Set([...inTitle.counts.keys(), ...inAbstract.counts.keys()])) {
    const frequency =
      (titleWeight * (inTitle.counts.get(term) ?? 0)) / titleNorm + (inAbstract.counts.get(term) ?? 0) / abstractNorm
    impacts.set(term, Math.round((IMPACT_SCALE * ((k1 + 1) * frequency)) / (frequency + k1)))
  }
  for (const [term, impact] of nameImpacts(authors)) impacts.set(term, IMPACT_SCALE * impact)
  return { impacts, words: `${inTitle.sequence}|${inAbstract.sequence}` }
}

const NUMBERED = /\p{N}/u

function occurrences(words: readonly Word[]): { counts: Map<string, number>; length: number; sequence: string } {
  const counts = new Map<string, number>()
  const add = (term: string, amount: number) => counts.set(term, (counts.get(term) ?? 0) + amount)
  let length = 0
  for (const { parts, wholes, isUnsegmented } of words) {
    for (const part of parts)
      if (!isStopWord(part)) {
        add(part, 1)
        length += 1
      }
    for (const whole of wholes) add(whole, isUnsegmented || NUMBERED.test(whole) ? 1 : BM25F.compoundWeight)
  }
  return { counts, length, sequence: ` ${words.flatMap(({ parts }) => parts).join(' ')} ` }
}
