import { random } from '../../support/random.ts'

/**
 * Measures of one ranked list, as `trec_eval -c` defines them: the gain is the judgement, or 0 if it is negative; the
 * discount is 1/log2(rank + 1); the ideal list has all judged documents; average precision divides by the number of all
 * relevant documents. A query without results has 0.
 */
export interface Measures {
  ndcg10: number
  ap: number
  recall100: number
  rr10: number
}

export const MEASURES: readonly (readonly [keyof Measures, string])[] = [
  ['ndcg10', 'nDCG@10'],
  ['ap', 'MAP'],
  ['recall100', 'Recall@100'],
  ['rr10', 'MRR@10'],
]

/** @param judged the relevance of each document to the query; other documents are not relevant */
export function measuresOf(ranked: readonly string[], judged: ReadonlyMap<string, number>): Measures {
  const gains = ranked.map((id) => Math.max(judged.get(id) ?? 0, 0))
  const ideal = [...judged.values()].filter((gain) => gain > 0).sort((a, b) => b - a)
  if (ideal.length === 0) return { ndcg10: 0, ap: 0, recall100: 0, rr10: 0 }
  let found = 0
  let precisions = 0
  gains.forEach((gain, index) => {
    if (gain === 0) return
    found += 1
    precisions += found / (index + 1)
  })
  const first = gains.slice(0, 10).findIndex((gain) => gain > 0)
  return {
    ndcg10: discounted(gains.slice(0, 10)) / discounted(ideal.slice(0, 10)),
    ap: precisions / ideal.length,
    recall100: gains.slice(0, 100).filter((gain) => gain > 0).length / ideal.length,
    rr10: first < 0 ? 0 : 1 / (first + 1),
  }
}

const discounted = (gains: readonly number[]): number =>
  gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const ROUNDS = 2_000

/** The 95 % confidence interval of the mean (bootstrap with a fixed seed, so that it is reproducible). */
export function interval(values: readonly number[]): [number, number] {
  const draw = random(42)
  const means = Array.from({ length: ROUNDS }, () => {
    let sum = 0
    for (let n = 0; n < values.length; n += 1) sum += values[Math.floor(draw() * values.length)] as number
    return sum / values.length
  }).sort((a, b) => a - b)
  return [means[ROUNDS * 0.025] as number, means[ROUNDS * 0.975] as number]
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
