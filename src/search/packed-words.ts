/**
 * The packed form of a sequence of words, as `search_papers` has them. A word is a number: stop words have those below
 * `FIRST_TERM`, terms the ones from there on, in the order in which their generation of the index got them. The first byte of a
 * number is at least 128 and says how many bytes follow it, each of which is less. So words can be found in packed words as
 * bytes in bytes, by Postgres or here, and no match begins or ends within a word.
 */

/** The number of the first term of a generation: that of the term whose id is `search_generations.first_term`. */
export const FIRST_TERM = 128

/** The number of a term in a generation whose first term has the id `firstTerm`. */
export const termNumber = (id: number, firstTerm: number): number => FIRST_TERM + id - firstTerm

/** The id of a term by its number. */
export const termIdOf = (number: number, firstTerm: number): number => number - FIRST_TERM + firstTerm

/** The first byte of the least number of one, two, three and four bytes; the function `search_word_numbers` reads the same. */
const LEADS = [0x80, 0xc0, 0xe0, 0xf0] as const
/** The least number of each size. */
const LEAST = [0, 64, 64 + 32 * 2 ** 7, 64 + 32 * 2 ** 7 + 16 * 2 ** 14] as const
/** The number of all. */
const NUMBERS = LEAST[3] + 16 * 2 ** 21

/** Where words are packed, before it is known how long they are. As large as the longest text so far. */
let scratch = Buffer.alloc(1 << 12)

/** @throws Error for a number that is too great: a generation has room for 33 million terms */
export function packWords(numbers: ArrayLike<number>): Buffer {
  if (LEADS.length * numbers.length > scratch.length) scratch = Buffer.alloc(2 * LEADS.length * numbers.length)
  const bytes = scratch
  let at = 0
  for (let n = 0; n < numbers.length; n += 1) {
    const number = numbers[n] as number
    if (number < LEAST[1]) bytes[at++] = LEADS[0] + number
    else if (number < LEAST[2]) {
      const rest = number - LEAST[1]
      bytes[at++] = LEADS[1] + (rest >> 7)
      bytes[at++] = rest & 127
    } else if (number < LEAST[3]) {
      const rest = number - LEAST[2]
      bytes[at++] = LEADS[2] + (rest >> 14)
      bytes[at++] = (rest >> 7) & 127
      bytes[at++] = rest & 127
    } else if (number < NUMBERS) {
      const rest = number - LEAST[3]
      bytes[at++] = LEADS[3] + (rest >> 21)
      bytes[at++] = (rest >> 14) & 127
      bytes[at++] = (rest >> 7) & 127
      bytes[at++] = rest & 127
    } else throw new Error('The search index has too many terms. Rebuild it: npm run index-search')
  }
  return Buffer.from(bytes.subarray(0, at))
}

export function unpackWords(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at++] as number
    let size = LEADS.length - 1
    while (lead < (LEADS[size] as number)) size -= 1
    let rest = lead - (LEADS[size] as number)
    for (let left = size; left > 0; left -= 1) rest = rest * 128 + (bytes[at++] as number)
    numbers.push((LEAST[size] as number) + rest)
  }
  return numbers
}
