import { scanWords } from '../analyzer.ts'
import { nameImpact } from '../author-names.ts'
import type { IndexedWords } from './indexed-words.ts'

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
 * Impacts are whole numbers, so that their sum does not depend on the order of addition. Seven bits have room for them: the
 * impact of a word is below `k1 + 1`, that of a name at most 2. They are stored as a byte, whose lowest bit says whether the
 * title has the term; 0 is no impact.
 */
export const IMPACT_SCALE = 57
/** An upper bound. */
export const GREATEST_IMPACT = 127

const storedImpact = (impact: number, isInTitle: boolean): number =>
  // A term of a very long abstract would have an impact of 0, and the paper would not be found.
  2 * Math.max(1, Math.round(IMPACT_SCALE * impact)) + (isInTitle ? 1 : 0)
/** The impact in a stored byte, times `IMPACT_SCALE`. */
export const impactIn = (stored: number): number => stored >> 1
/** Whether the title has the term. */
export const isInTitle = (stored: number): boolean => (stored & 1) === 1

export interface IndexedText {
  title: string
  abstract: string | null
  authors: readonly string[]
}

export interface PaperImpacts {
  /** The numbers of its terms in the vocabulary, each once. */
  terms: number[]
  /** The impact of each term as it is stored. A score is the sum of weight × impact over the terms of a query. */
  impacts: number[]
  /** The words of the title in order: the numbers of their stems, and negative ones for stop words (`wordNumber`). */
  title: readonly number[]
  /** The same of the abstract. */
  abstract: readonly number[]
}

/** What the index stores for a paper. */
export function impactsOf({ title, abstract, authors }: IndexedText, words: IndexedWords): PaperImpacts {
  const [inTitle, inAbstract] = [IN_TITLE, IN_ABSTRACT]
  inTitle.count(title, words)
  inAbstract.count(abstract ?? '', words)
  const terms: number[] = []
  const impacts: number[] = []
  const { k1, b, titleWeight, titleLength, abstractLength } = BM25F
  const titleNorm = 1 - b + (b * inTitle.length) / titleLength
  const abstractNorm = 1 - b + (b * inAbstract.length) / abstractLength
  const add = (term: number) => {
    const titleCount = inTitle.of(term)
    const frequency = (titleWeight * titleCount) / titleNorm + inAbstract.of(term) / abstractNorm
    terms.push(term)
    impacts.push(storedImpact(((k1 + 1) * frequency) / (frequency + k1), titleCount > 0))
  }
  for (const term of inTitle.terms) add(term)
  for (const term of inAbstract.terms) if (inTitle.of(term) === 0) add(term)
  const ofNames = new Map<number, number>()
  for (const [position, name] of authors.entries())
    for (const each of words.nameTerms(name))
      ofNames.set(each >>> 1, Math.max(nameImpact((each & 1) === 1, position), ofNames.get(each >>> 1) ?? 0))
  for (const [term, impact] of ofNames) {
    terms.push(term)
    impacts.push(storedImpact(impact, false))
  }
  return { terms, impacts, title: inTitle.sequence, abstract: inAbstract.sequence }
}

/** How often terms occur in a text. */
class Occurrences {
  /** By the numbers of the terms. */
  #counts = new Float64Array(1 << 16)
  /** Those that occur. */
  terms: number[] = []
  /** How many words the text has, without stop words. */
  length = 0
  /** The words in order, with stop words. */
  sequence: number[] = []

  of(term: number): number {
    return this.#counts[term] ?? 0
  }

  count(text: string, words: IndexedWords): void {
    for (const term of this.terms) this.#counts[term] = 0
    this.terms = []
    this.length = 0
    const sequence: number[] = []
    scanWords(text, (terms, start, end) => {
      if (terms === null) {
        // Before `terms` is read, which may be another array after it.
        const word = words.numberOf(text, start, end)
        const term = words.terms[word] as number
        sequence.push(term)
        if (term < 0) return
        this.#add(term, 1)
        this.length += 1
        return
      }
      const numbers = terms.numbersIn(words.vocabulary)
      for (const each of numbers.sequence) sequence.push(each)
      for (const part of numbers.parts) this.#add(part, 1)
      this.length += numbers.parts.length
      for (const whole of numbers.wholes) this.#add(whole, numbers.areWholesNumbered ? 1 : BM25F.compoundWeight)
    })
    this.sequence = sequence
  }

  #add(term: number, amount: number): void {
    if (term >= this.#counts.length) {
      const larger = new Float64Array(2 * term)
      larger.set(this.#counts)
      this.#counts = larger
    }
    const before = this.#counts[term] as number
    if (before === 0) this.terms.push(term)
    this.#counts[term] = before + amount
  }
}

/** One of each for all papers: the analysis of a paper waits for nothing. */
const IN_TITLE = new Occurrences()
const IN_ABSTRACT = new Occurrences()
