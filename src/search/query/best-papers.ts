import { GREATEST_IMPACT, impactIn, isInTitle } from '../index/impact.ts'
import { WINDOW_SIZE } from '../posting-list.ts'
import { MatchSets, type MatchTerms } from './match-sets.ts'
import { type PostingList, PostingScan } from './posting-lists.ts'
import type { RankedTerm, RankingTerms } from './ranking.ts'

export interface ScoredPaper {
  id: number
  /** A whole number: the score times `SCORE_SCALE`. */
  score: number
}

export interface BestPaper extends ScoredPaper {
  /** How many of the terms its title has; 3 means that many or more. */
  titled: number
}

const MOST_TITLED = 3
/** What is left of the score of a paper by terms that count against it: a paper with the score 0 has no term. */
export const LEAST_SCORE = 1

/** For each paper of a window. Scores, words and titled are 0 between two windows. */
const SCRATCH = {
  scores: new Float64Array(WINDOW_SIZE),
  words: new Int32Array(WINDOW_SIZE),
  titled: new Uint8Array(WINDOW_SIZE),
  touched: new Uint16Array(WINDOW_SIZE),
  keys: new Float64Array(WINDOW_SIZE),
}

/**
 * Adds up the scores of all papers with a term of the ranking, one window of ids after the other, and returns the best: by
 * score, then by id. Papers that have all words of a short query score above all others.
 *
 * @param ranking  its terms with a negative weight, which count against a paper, must come last
 * @param required what else a paper must have or not have; null for nothing
 * @param most     how many papers to return at most
 */
export function bestPapers(
  ranking: RankingTerms,
  required: MatchTerms | null,
  lists: ReadonlyMap<number, PostingList>,
  most: number,
): BestPaper[] {
  const { terms, allWords } = ranking
  const scan = new PostingScan([...terms.map(({ id }) => id), ...(required?.termIds ?? [])].map((id) => lists.get(id)))
  const sets = required && new MatchSets(required)
  // More than the score of any paper.
  const bonus = terms.reduce((sum, { weight, titleBoost }) => sum + weight * GREATEST_IMPACT + titleBoost, 0)
  const shares = terms.map(sharesOf)
  const { scores, words, titled, touched, keys } = SCRATCH
  let best: BestPaper[] = []
  for (let start = scan.nextWindow(); start !== null; start = scan.nextWindow()) {
    let count = 0
    terms.forEach(({ words: bits, weight }, place) => {
      const { offsets, impacts } = scan
      const share = shares[place] as Float64Array
      const postings = scan.read(place)
      if (weight < 0) {
        for (let n = 0; n < postings; n += 1) {
          const offset = offsets[n] as number
          const score = scores[offset] as number
          if (score !== 0) scores[offset] = Math.max(LEAST_SCORE, score + (share[impacts[n] as number] as number))
        }
        return
      }
      for (let n = 0; n < postings; n += 1) {
        const offset = offsets[n] as number
        if (scores[offset] === 0) touched[count++] = offset
        const impact = impacts[n] as number
        scores[offset] = (scores[offset] as number) + (share[impact] as number)
        words[offset] = (words[offset] as number) | bits
        titled[offset] = (titled[offset] as number) + (impact & 1)
      }
    })
    const matching = sets?.ofWindow(scan, terms.length)
    const least = best.length < most ? 0 : (best.at(-1) as BestPaper).score
    let candidates = 0
    for (let n = 0; n < count; n += 1) {
      const offset = touched[n] as number
      const hasAll = allWords !== 0 && words[offset] === allWords
      const score = (scores[offset] as number) + (hasAll ? bonus : 0)
      const inTitle = Math.min(MOST_TITLED, titled[offset] as number)
      scores[offset] = 0
      words[offset] = 0
      titled[offset] = 0
      const isMatch = matching === undefined || ((matching[offset >>> 5] as number) >>> (offset & 31)) & 1
      // Papers of earlier windows have smaller ids, so a paper with the least score of them comes after them. The key sorts
      // by score, then by id.
      if (isMatch && score > least)
        keys[candidates++] = (score * WINDOW_SIZE + (WINDOW_SIZE - 1 - offset)) * (MOST_TITLED + 1) + inTitle
    }
    const kept = greatest(keys.subarray(0, candidates), most).sort()
    best = merged(best, kept, start, most)
  }
  return best
}

/** What each stored impact of a term adds to the score. */
function sharesOf({ weight, titleBoost }: RankedTerm): Float64Array {
  const shares = new Float64Array(256)
  for (let impact = 1; impact < 256; impact += 1)
    shares[impact] = weight * impactIn(impact) + (isInTitle(impact) ? titleBoost : 0)
  return shares
}

/** Merges papers, best first, with the ascending keys of a later window. */
function merged(best: readonly BestPaper[], keys: Float64Array, start: number, most: number): BestPaper[] {
  const result: BestPaper[] = []
  let [old, next] = [0, keys.length - 1]
  while (result.length < most && (old < best.length || next >= 0)) {
    const key = next >= 0 ? (keys[next] as number) : -1
    const place = Math.floor(key / (MOST_TITLED + 1))
    const score = Math.floor(place / WINDOW_SIZE)
    const paper = best[old]
    if (paper !== undefined && paper.score >= score) {
      result.push(paper)
      old += 1
    } else {
      const id = start + WINDOW_SIZE - 1 - (place - score * WINDOW_SIZE)
      result.push({ id, score, titled: key - place * (MOST_TITLED + 1) })
      next -= 1
    }
  }
  return result
}

/** Moves the greatest numbers of a list to its beginning, in no order, and returns that part (quickselect). */
export function greatest(list: Float64Array, most: number): Float64Array {
  let [from, to] = [0, list.length - 1]
  while (most < list.length && from < to) {
    const pivot = list[(from + to) >>> 1] as number
    let [left, right] = [from, to]
    while (left <= right) {
      while ((list[left] as number) > pivot) left += 1
      while ((list[right] as number) < pivot) right -= 1
      if (left > right) break
      const swapped = list[left] as number
      list[left++] = list[right] as number
      list[right--] = swapped
    }
    if (most - 1 <= right) to = right
    else if (most - 1 >= left) from = left
    else break
  }
  return list.subarray(0, Math.min(most, list.length))
}
