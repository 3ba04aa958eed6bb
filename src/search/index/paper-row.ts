import { FIRST_TERM, packWords, termIdOf, termNumber, unpackWords } from '../packed-words.ts'
import type { PaperImpacts } from './impact.ts'

/** The postings of a paper. */
export interface PaperPostings {
  /** The ids of its terms, ascending. */
  termIds: Int32Array
  /** The impact of each. */
  impacts: Uint8Array
}

/** A paper as it is written to the index: the columns of its row in `search_papers`, and its term ids. */
export interface PaperRow extends PaperPostings {
  id: number
  title: Buffer
  abstract: Buffer
  otherTerms: Buffer
}

/** The parts of `PaperImpacts`, as arrays of any kind. */
type Numbers = { [Part in keyof PaperImpacts]: ArrayLike<number> }

/**
 * The row of a paper.
 *
 * @param idOf the ids of terms by their numbers in the vocabulary
 * @param firstTerm that of the generation
 */
export function paperRow(id: number, paper: Numbers, idOf: ArrayLike<number>, firstTerm: number): PaperRow {
  const { termIds, impacts } = sortedPostings(paper.terms, paper.impacts, idOf)
  const inTexts = new Set<number>()
  const packed = (words: ArrayLike<number>) => {
    const numbers = new Array<number>(words.length)
    for (let n = 0; n < words.length; n += 1) {
      const word = words[n] as number
      const number = word < 0 ? -1 - word : termNumber(idOf[word] as number, firstTerm)
      numbers[n] = number
      inTexts.add(number)
    }
    return packWords(numbers)
  }
  const [title, abstract] = [packed(paper.title), packed(paper.abstract)]
  const others: number[] = []
  for (const termId of termIds) {
    const number = termNumber(termId, firstTerm)
    if (!inTexts.has(number)) others.push(number)
  }
  return {
    id,
    termIds,
    impacts,
    title,
    abstract,
    otherTerms: packWords(others),
  }
}

/** The postings of a paper by the ids of its terms. */
function sortedPostings(terms: ArrayLike<number>, impacts: ArrayLike<number>, idOf: ArrayLike<number>): PaperPostings {
  // An impact is one byte, so that one number has both, and an array of numbers is sorted fast.
  const keys = new Float64Array(terms.length)
  for (let n = 0; n < keys.length; n += 1) keys[n] = (idOf[terms[n] as number] as number) * 256 + (impacts[n] as number)
  keys.sort()
  const sorted = { termIds: new Int32Array(keys.length), impacts: new Uint8Array(keys.length) }
  for (let n = 0; n < keys.length; n += 1) {
    const key = keys[n] as number
    const termId = Math.floor(key / 256)
    sorted.termIds[n] = termId
    sorted.impacts[n] = key - 256 * termId
  }
  return sorted
}

/**
 * The ids of the terms of a paper, ascending: the row has the impact of each.
 *
 * @param words its title, its abstract and its other terms, one after another
 * @param firstTerm that of its generation
 */
export function termIdsIn(words: Uint8Array, firstTerm: number): Int32Array {
  const distinct = new Set(unpackWords(words))
  const ids = new Int32Array(distinct.size)
  let count = 0
  for (const number of distinct) if (number >= FIRST_TERM) ids[count++] = termIdOf(number, firstTerm)
  return ids.slice(0, count).sort()
}
