import { IMPACT_SCALE } from '../index/impact.ts'

/** Inverse document frequency, as in BM25: the weight of a term. The fewer papers have the term, the greater it is. */
export const inverseDocumentFrequency = (papers: number, papersWithIt: number): number =>
  Math.log(1 + (papers - papersWithIt + 0.5) / (papersWithIt + 0.5))

/** Weights and impacts are whole numbers, so that a score, their sum of products, does not depend on the order of addition. */
export const WEIGHT_SCALE = 1_000
export const SCORE_SCALE = WEIGHT_SCALE * IMPACT_SCALE

/** The greatest weight: the score of a paper, times the size of a window of papers, is a safe integer (`best-papers.ts`). */
export const GREATEST_WEIGHT = 90_000
