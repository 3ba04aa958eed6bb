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
/** Sums are scores times this, plus the number of terms in the title. More than the terms of a ranking. */
const SUM_SCALE = 64

/** For each paper of a window: its sum, and the words of the query that it has. All 0 between two windows. */
const SUMS = new Float64Array(WINDOW_SIZE)
const WORDS = new Int32Array(WINDOW_SIZE)
/** The papers of a window that have a sum, as long as these are few. */
const SUMMED = new Uint16Array(WINDOW_SIZE)
/** From how many postings on it is faster to look at all papers of a window than to note which of them have a sum. */
const FEW_POSTINGS = WINDOW_SIZE / 4
const KEYS = new Float64Array(WINDOW_SIZE)

/**
 * Adds up the scores of all papers with a term of the ranking, one window of ids after the other, and returns the best: by
 * score, then by id. Papers that have all words of a short query score above all others.
 *
 * @param ranking  its terms with a negative weight, which count against a paper, must come last; at most 63
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
  // If each term has all words, so has each paper.
  const noted = terms.every(({ words }) => words === allWords) ? 0 : allWords
  let best: BestPaper[] = []
  for (let start = scan.nextWindow(); start !== null; start = scan.nextWindow()) {
    let summed = 0
    let areFew = true
    for (const [place, { words, weight }] of terms.entries()) {
      const share = shares[place] as Float64Array
      const postings = scan.read(place)
      areFew &&= summed + postings <= FEW_POSTINGS
      if (weight < 0) subtract(scan, postings, share)
      else if (areFew) summed = addAndNote(scan, postings, share, summed)
      else add(scan, postings, share)
      if (noted !== 0) note(scan, postings, words)
    }
    const matching = sets?.ofWindow(scan, terms.length)
    // Papers of earlier windows have smaller ids, so a paper with the least score of them comes after them.
    const least = best.length < most ? 1 : (best.at(-1) as BestPaper).score + 1
    const keys = takeKeys({
      summed: areFew ? SUMMED.subarray(0, summed) : null,
      matching,
      noted,
      bonus: allWords === 0 ? 0 : bonus,
      least,
      most,
    })
    best = merged(best, keys.sort(), start, most)
  }
  return best
}

type WindowOfList = Pick<PostingScan, 'offsets' | 'impacts'>

// Loops of their own over typed arrays: V8 makes them several times as fast as the same lines inside a closure.

/** Adds a term to the sums of the papers of a window. */
function add({ offsets, impacts }: WindowOfList, postings: number, share: Float64Array): void {
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    SUMS[offset] = (SUMS[offset] as number) + (share[impacts[n] as number] as number)
  }
}

/** The same, and notes which papers have a sum. Returns how many these are now. */
function addAndNote({ offsets, impacts }: WindowOfList, postings: number, share: Float64Array, before: number): number {
  let summed = before
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    const sum = SUMS[offset] as number
    if (sum === 0) SUMMED[summed++] = offset
    SUMS[offset] = sum + (share[impacts[n] as number] as number)
  }
  return summed
}

/** Notes which of the query's words the papers have. */
function note({ offsets }: WindowOfList, postings: number, words: number): void {
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    WORDS[offset] = (WORDS[offset] as number) | words
  }
}

/** Takes a term from the sums of the papers that have one. */
function subtract({ offsets, impacts }: WindowOfList, postings: number, share: Float64Array): void {
  for (let n = 0; n < postings; n += 1) {
    const offset = offsets[n] as number
    const sum = SUMS[offset] as number
    if (sum !== 0) SUMS[offset] = Math.max(LEAST_SCORE * SUM_SCALE, sum + (share[impacts[n] as number] as number))
  }
}

/**
 * The keys of the best papers of a window, which sort by score, then by id; perhaps some more. Clears the window.
 *
 * @param summed the offsets of the papers that have a sum; null for all papers
 * @param noted  the words that a paper must have for the bonus; 0 if each has them
 * @param least  the least score
 */
function takeKeys({
  summed,
  matching,
  noted,
  bonus,
  least,
  most,
}: {
  summed: Uint16Array | null
  matching: Uint32Array | undefined
  noted: number
  bonus: number
  least: number
  most: number
}): Float64Array {
  const papers = summed === null ? WINDOW_SIZE : summed.length
  const room = Math.min(WINDOW_SIZE, 4 * most)
  const added = bonus * SUM_SCALE
  let enough = least * SUM_SCALE
  let found = 0
  for (let n = 0; n < papers; n += 1) {
    const offset = summed === null ? n : (summed[n] as number)
    let sum = SUMS[offset] as number
    // In this order: soon nearly all sums are too small, and the processor guesses it.
    if (sum + added < enough || sum === 0) continue
    if (noted === 0 || WORDS[offset] === noted) sum += added
    if (sum < enough) continue
    if (matching !== undefined && (((matching[offset >>> 5] as number) >>> (offset & 31)) & 1) === 0) continue
    const score = Math.floor(sum / SUM_SCALE)
    KEYS[found++] =
      (score * WINDOW_SIZE + (WINDOW_SIZE - 1 - offset)) * (MOST_TITLED + 1) +
      Math.min(MOST_TITLED, sum - score * SUM_SCALE)
    if (found < room || room === WINDOW_SIZE) continue
    found = most
    enough = SUM_SCALE * scoreIn(leastOf(greatest(KEYS.subarray(0, room), most)))
  }
  if (summed === null) {
    SUMS.fill(0)
    if (noted !== 0) WORDS.fill(0)
  } else
    for (let n = 0; n < papers; n += 1) {
      const offset = summed[n] as number
      SUMS[offset] = 0
      WORDS[offset] = 0
    }
  return greatest(KEYS.subarray(0, found), most)
}

const scoreIn = (key: number): number => Math.floor(key / (WINDOW_SIZE * (MOST_TITLED + 1)))

function leastOf(keys: Float64Array): number {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < keys.length; n += 1) least = Math.min(least, keys[n] as number)
  return least
}

/** What each stored impact of a term adds to the sum. */
function sharesOf({ weight, titleBoost }: RankedTerm): Float64Array {
  const shares = new Float64Array(256)
  for (let impact = 1; impact < 256; impact += 1)
    shares[impact] =
      (weight * impactIn(impact) + (isInTitle(impact) ? titleBoost : 0)) * SUM_SCALE +
      (weight > 0 && isInTitle(impact) ? 1 : 0)
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
