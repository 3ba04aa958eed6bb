import { stem, wordNumber } from '../analyzer.ts'
import { nameTerms } from '../author-names.ts'
import { Memo } from '../memo.ts'
import { Vocabulary } from '../vocabulary.ts'

/** A bit that lower-case letters of ASCII have, and capitals do not. */
const LOWER_CASE = 32
/**
 * The words of texts that were indexed, with a vocabulary of their terms. A word of ASCII letters is looked up by its letters: an import reads 200 words of each paper, and
 * a string, its hash and its objects for each of them would take most of the time. Frequent words come first, so that what is
 * read of them is in few lines of the processor's cache.
 */
export class IndexedWords {
  readonly vocabulary = new Vocabulary()
  /** A hash table with open addressing: numbers of words plus 1, and 0 where there is none. */
  #slots = new Int32Array(1 << 10)
  #hashes = new Int32Array(1 << 9)
  /** Where the letters of each word begin. Those of the next word begin at their end. */
  #starts = new Int32Array((1 << 9) + 1)
  #letters = new Uint8Array(1 << 12)
  #count = 0
  /** The number of the stem of each word in the vocabulary; that of a stop word, which is no term, is negative (`wordNumber`). */
  terms = new Int32Array(1 << 9)

  readonly #names = new Memo((name) =>
    nameTerms(name).map(({ term, isMost }) => 2 * this.vocabulary.numberOf(term) + (isMost ? 1 : 0)),
  )

  /**
   * The terms of the name of an author: twice their numbers in the vocabulary, and 1 more for those that stand for the person.
   * Most authors have several papers, and numbers take a third of the memory of objects.
   */
  nameTerms(name: string): readonly number[] {
    return this.#names.of(name)
  }

  /** The number of the word of ASCII letters between two offsets of a text. */
  numberOf(text: string, start: number, end: number): number {
    let hash = 0
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (text.charCodeAt(at) | LOWER_CASE), 0x01000193)
    // The lower bits of such a product depend on few of the letters.
    hash ^= hash >>> 15
    for (let slot = hash; ; slot += 1) {
      const number = (this.#slots[slot & (this.#slots.length - 1)] as number) - 1
      if (number < 0) return this.#add(text, start, end, hash)
      if (this.#hashes[number] === hash && this.#is(number, text, start, end)) return number
    }
  }

  #is(number: number, text: string, start: number, end: number): boolean {
    const from = this.#starts[number] as number
    if ((this.#starts[number + 1] as number) - from !== end - start) return false
    for (let n = 0; n < end - start; n += 1)
      if (this.#letters[from + n] !== (text.charCodeAt(start + n) | LOWER_CASE)) return false
    return true
  }

  #add(text: string, start: number, end: number, hash: number): number {
    const number = this.#count++
    if (number === this.terms.length) this.#grow()
    const from = this.#starts[number] as number
    while (from + end - start > this.#letters.length) this.#letters = larger(this.#letters)
    for (let at = start; at < end; at += 1) this.#letters[from + at - start] = text.charCodeAt(at) | LOWER_CASE
    this.#starts[number + 1] = from + end - start
    this.#hashes[number] = hash
    this.#put(number)
    this.terms[number] = wordNumber(stem(text.slice(start, end).toLowerCase()), this.vocabulary)
    return number
  }

  #put(number: number): void {
    let slot = this.#hashes[number] as number
    while (this.#slots[slot & (this.#slots.length - 1)] !== 0) slot += 1
    this.#slots[slot & (this.#slots.length - 1)] = number + 1
  }

  #grow(): void {
    this.terms = larger(this.terms)
    this.#hashes = larger(this.#hashes)
    this.#starts = larger(this.#starts)
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let number = 0; number < this.#count - 1; number += 1) this.#put(number)
  }
}

/** A copy of a list with room for twice as many numbers. */
export function larger<List extends Int32Array | Uint8Array>(list: List): List {
  const grown = new (list.constructor as new (length: number) => List)(2 * list.length)
  grown.set(list)
  return grown
}
