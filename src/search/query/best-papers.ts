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
  const bonus = terms.reduce(
    (sum, { weight, titleBoost }) => sum + Math.max(0, weight) * GREATEST_IMPACT + titleBoost,
    0,
  )
  const shares = terms.map(sharesOf)
  const isWorded = allWords !== 0 || ranking.titleBoosts.length > 0
  let best: BestPaper[] = []
  for (let start = scan.nextWindow(); start !== null; start = scan.nextWindow()) {
    let count = 0
    for (const [place, { words: bits, weight }] of terms.entries()) {
      const share = shares[place] as Float64Array
      const postings = scan.read(place)
      if (weight < 0) subtract(scan, postings, share)
      else {
        count = add(scan, postings, share, count)
        if (isWorded) note(scan, postings, bits)
      }
    }
    const matching = sets?.ofWindow(scan, terms.length)
    const least = best.length < most ? 0 : (best.at(-1) as BestPaper).score
    // Papers of earlier windows have smaller ids, so a paper with the least score of them comes after them.
    const enough = finish(count, { allWords, bonus, matching, least, most, greatest: 2 * bonus })
    best = merged(best, greatest(keysFrom(count, enough), most).sort(), start, most)
  }
  return best
}

type WindowOfList = Pick<PostingScan, 'offsets' | 'impacts'>

// Loops of their own over typed arrays: V8 makes them several times as fast as the same lines inside a closure.

/** Adds a term to the scores of the papers of a window, and returns how many of them have a score now. */
function add({ offsets, impacts }: WindowOfList, postings: number, share: Float64Array, before: number): number {
  const { scores, touched } = SCRATCH
  let count = before
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    const score = scores[offset] as number
    if (score === 0) touched[count++] = offset
    scores[offset] = score + (share[impacts[n] as number] as number)
  }
  return count
}

/** Notes which of the query's words the papers have, and how many in their titles. */
function note({ offsets, impacts }: WindowOfList, postings: number, bits: number): void {
  const { words, titled } = SCRATCH
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    words[offset] = (words[offset] as number) | bits
    titled[offset] = (titled[offset] as number) + ((impacts[n] as number) & 1)
  }
}

/** Takes a term from the scores of the papers that have one. */
function subtract({ offsets, impacts }: WindowOfList, postings: number, share: Float64Array): void {
  const { scores } = SCRATCH
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    const score = scores[offset] as number
    if (score !== 0) scores[offset] = Math.max(LEAST_SCORE, score + (share[impacts[n] as number] as number))
  }
}

/** How many papers of a window have scores in a range; 0 between two windows. */
const HISTOGRAM = new Uint32Array(2_048)

/**
 * Completes the scores of a window: those of papers that do not match, or are not above `least`, become 0. Returns a score
 * that at least `most` papers reach, or 0 if there are not so many.
 */
function finish(
  count: number,
  {
    allWords,
    bonus,
    matching,
    least,
    most,
    greatest,
  }: {
    allWords: number
    bonus: number
    matching: Uint32Array | undefined
    least: number
    most: number
    greatest: number
  },
): number {
  const { scores, words, touched } = SCRATCH
  const perRange = (greatest + 1) / HISTOGRAM.length
  for (let n = 0; n < count; n += 1) {
    const offset = touched[n] as number
    let score = scores[offset] as number
    if (allWords !== 0) {
      if (words[offset] === allWords) score += bonus
      words[offset] = 0
    }
    const isMatch = matching === undefined || ((matching[offset >>> 5] as number) >>> (offset & 31)) & 1
    if (!isMatch || score <= least) score = 0
    scores[offset] = score
    const range = Math.floor(score / perRange)
    HISTOGRAM[range] = (HISTOGRAM[range] as number) + 1
  }
  let range = HISTOGRAM.length
  for (let above = 0; range > 0 && above < most; above += HISTOGRAM[range] as number) range -= 1
  HISTOGRAM.fill(0)
  return range * perRange
}

/** The keys of the papers of a window from a score on, which sort by score, then by id. Clears the window. */
function keysFrom(count: number, least: number): Float64Array {
  const { scores, words, titled, touched, keys } = SCRATCH
  let found = 0
  for (let n = 0; n < count; n += 1) {
    const offset = touched[n] as number
    const score = scores[offset] as number
    if (score !== 0 && score >= least)
      keys[found++] =
        (score * WINDOW_SIZE + (WINDOW_SIZE - 1 - offset)) * (MOST_TITLED + 1) +
        Math.min(MOST_TITLED, titled[offset] as number)
    scores[offset] = 0
    words[offset] = 0
    titled[offset] = 0
  }
  return keys.subarray(0, found)
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
