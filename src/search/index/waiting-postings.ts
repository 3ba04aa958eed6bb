import type { TermChanges } from './posting-writer.ts'

/** Term and place of a posting are one number, so that an array of numbers can be sorted: 31 bits and 22 bits. */
const PLACES = 2 ** 22

/** How many lists, and about how many postings, one statement writes. */
const LISTS_AT_ONCE = 5_000
const POSTINGS_AT_ONCE = 200_000

/**
 * Postings that wait until many are written at once, in the order in which they were added, 13 bytes each. In an array for
 * each term they would take ten times as much, because most terms have only one or two.
 */
export class WaitingPostings {
  readonly #terms: Int32Array
  readonly #papers: Float64Array
  readonly #impacts: Uint8Array
  #count = 0

  /** @param most it has room for at least so many, and takes no more */
  constructor(most: number) {
    if (most > PLACES) throw new RangeError(`At most ${PLACES} postings can wait.`)
    this.#terms = new Int32Array(most)
    this.#papers = new Float64Array(most)
    this.#impacts = new Uint8Array(most)
  }

  hasRoomFor(postings: number): boolean {
    return this.#count + postings <= this.#terms.length
  }

  /** Papers are added in the order of their ids. */
  add(paper: number, termIds: readonly number[], impacts: readonly number[]): void {
    let count = this.#count
    for (let n = 0; n < termIds.length; n += 1) {
      this.#terms[count] = termIds[n] as number
      this.#papers[count] = paper
      this.#impacts[count++] = impacts[n] as number
    }
    this.#count = count
  }

  /** Takes all of them, by term, some terms at a time. */
  *take(): Generator<TermChanges[]> {
    const order = new Float64Array(this.#count)
    for (let place = 0; place < order.length; place += 1) order[place] = (this.#terms[place] as number) * PLACES + place
    order.sort()
    this.#count = 0
    let changes: TermChanges[] = []
    let postings = 0
    for (const key of order) {
      const termId = Math.floor(key / PLACES)
      const place = key % PLACES
      let change = changes.at(-1)
      if (change?.termId !== termId) {
        if (changes.length === LISTS_AT_ONCE || postings >= POSTINGS_AT_ONCE) {
          yield changes
          changes = []
          postings = 0
        }
        change = { termId, papers: [], impacts: [] }
        changes.push(change)
      }
      change.papers.push(this.#papers[place] as number)
      change.impacts.push(this.#impacts[place] as number)
      postings += 1
    }
    if (changes.length > 0) yield changes
  }
}
