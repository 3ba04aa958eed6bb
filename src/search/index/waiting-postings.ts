import type { TermChanges } from './posting-writer.ts'

/** The bits of the ids of terms by which one pass sorts. */
const DIGIT = 11
const MASK = (1 << DIGIT) - 1
/** The id of no term. */
const NONE = -1

/** How many lists, and about how many postings, one statement writes. */
const LISTS_AT_ONCE = 2_000
const POSTINGS_AT_ONCE = 100_000

/**
 * Postings that wait until many are written at once, in the order in which they were added, 9 bytes each. In an array for
 * each term they would take ten times as much, because most terms have only one or two.
 */
export class WaitingPostings {
  readonly #terms: Int32Array
  /** How many ids after the first paper. */
  readonly #offsets: Uint32Array
  readonly #impacts: Uint8Array
  #first = 0
  #count = 0

  /** @param most how many postings it has room for */
  constructor(most: number) {
    this.#terms = new Int32Array(most)
    this.#offsets = new Uint32Array(most)
    this.#impacts = new Uint8Array(most)
  }

  hasRoomFor(paper: number, postings: number): boolean {
    return this.#count === 0 || (this.#count + postings <= this.#terms.length && paper - this.#first < 2 ** 32)
  }

  /** Papers are added in the order of their ids. */
  add(paper: number, termIds: ArrayLike<number>, impacts: ArrayLike<number>): void {
    const end = this.#count + termIds.length
    if (this.#count === 0) this.#first = paper
    this.#terms.set(termIds, this.#count)
    this.#offsets.fill(paper - this.#first, this.#count, end)
    this.#impacts.set(impacts, this.#count)
    this.#count = end
  }

  /** Takes all of them, by term, some terms at a time. */
  *take(): Generator<TermChanges[]> {
    const places = this.#sortedPlaces()
    const [terms, offsets, impacts] = [this.#terms, this.#offsets, this.#impacts]
    this.#count = 0
    let changes: TermChanges[] = []
    let change: TermChanges = { termId: NONE, papers: [], impacts: [] }
    let postings = 0
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n] as number
      const termId = terms[place] as number
      if (change.termId !== termId) {
        if (changes.length === LISTS_AT_ONCE || postings >= POSTINGS_AT_ONCE) {
          yield changes
          changes = []
          postings = 0
        }
        change = { termId, papers: [], impacts: [] }
        changes.push(change)
      }
      change.papers.push(this.#first + (offsets[place] as number))
      change.impacts.push(impacts[place] as number)
      postings += 1
    }
    if (changes.length > 0) yield changes
  }

  /** The places of all postings by term, those of one term in their order: a radix sort. */
  #sortedPlaces(): Int32Array {
    const [terms, count] = [this.#terms, this.#count]
    let places = new Int32Array(count)
    let sorted = new Int32Array(count)
    let greatest = 0
    for (let place = 0; place < count; place += 1) {
      places[place] = place
      greatest = Math.max(greatest, terms[place] as number)
    }
    for (let shift = 0; greatest >>> shift > 0 && shift < 32; shift += DIGIT) {
      // Where the places with each digit begin.
      const starts = new Int32Array((1 << DIGIT) + 1)
      for (let place = 0; place < count; place += 1) {
        const digit = ((terms[place] as number) >>> shift) & MASK
        starts[digit + 1] = (starts[digit + 1] as number) + 1
      }
      for (let digit = 1; digit <= MASK; digit += 1)
        starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number)
      for (let n = 0; n < count; n += 1) {
        const place = places[n] as number
        const digit = ((terms[place] as number) >>> shift) & MASK
        const at = starts[digit] as number
        sorted[at] = place
        starts[digit] = at + 1
      }
      ;[places, sorted] = [sorted, places]
    }
    return places
  }
}
