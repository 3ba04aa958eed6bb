/**
 * The packed form of the postings of a term: which papers have it, and with which impact. A list is a sequence of blocks,
 * one after another. A block begins with its number of postings; a posting is the difference to the paper before it and
 * the impact, one byte. Numbers are varints: seven bits a byte, the lowest first, with the eighth bit set in all but the
 * last byte. The first paper of a block is written whole, so a block can be replaced without its neighbours.
 */
export interface Postings {
  /** Paper ids, ascending. */
  papers: readonly number[]
  /** The impact in each paper, 1 to 255. In a list of changes, 0 removes the posting. */
  impacts: readonly number[]
}

/** The postings in a full block. */
export const BLOCK_SIZE = 1_024

/** Packs postings into one block. */
export function packBlock({ papers, impacts }: Postings): Buffer {
  const bytes = Buffer.allocUnsafe(8 + papers.length * 9)
  let at = writeNumber(bytes, 0, papers.length)
  let last = 0
  for (let n = 0; n < papers.length; n += 1) {
    const paper = papers[n] as number
    at = writeNumber(bytes, at, paper - last)
    bytes[at++] = impacts[n] as number
    last = paper
  }
  return bytes.subarray(0, at)
}

function writeNumber(bytes: Buffer, from: number, number: number): number {
  let at = from
  let rest = number
  while (rest > 127) {
    bytes[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}

/** Unpacks the postings of a list. */
export function unpackPostings(bytes: Uint8Array): { papers: number[]; impacts: number[] } {
  const reader = new PostingReader(bytes)
  const papers: number[] = []
  const impacts: number[] = []
  while (reader.next !== END) {
    const start = reader.next - (reader.next % WINDOW_SIZE)
    const count = reader.readWindow(start, WINDOW)
    for (let n = 0; n < count; n += 1) {
      papers.push(start + (WINDOW.offsets[n] as number))
      impacts.push(WINDOW.impacts[n] as number)
    }
  }
  return { papers, impacts }
}

/** Lists are read in windows of paper ids, so that arrays of this size can hold a value for each paper of a window. */
export const WINDOW_SIZE = 65_536
/** The postings of a list in one window: the offsets of papers from its start, and the impact in each. */
export interface Window {
  offsets: Uint16Array
  impacts: Uint8Array
}

export const emptyWindow = (): Window => ({
  offsets: new Uint16Array(WINDOW_SIZE),
  impacts: new Uint8Array(WINDOW_SIZE),
})

/** One for all lists: unpacking a list waits for nothing. */
const WINDOW = emptyWindow()

/** The next paper of a list that has been read to its end. */
export const END = Number.MAX_SAFE_INTEGER

/** Reads a list from its beginning to its end. */
export class PostingReader {
  readonly #bytes: Uint8Array
  #at = 0
  /** How many postings of the block follow the next one. */
  #left = 0
  #next = END

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    if (bytes.length === 0) return
    this.#left = this.#readNumber() - 1
    this.#next = this.#readNumber()
  }

  /** The next paper; `END` at the end. */
  get next(): number {
    return this.#next
  }

  /** Reads the postings of the window that begins at `start`, and returns how many there are. */
  readWindow(start: number, { offsets, impacts }: Window): number {
    const bytes = this.#bytes
    const end = start + WINDOW_SIZE
    let [at, left, paper, count] = [this.#at, this.#left, this.#next, 0]
    while (paper < end) {
      offsets[count] = paper - start
      impacts[count++] = bytes[at++] as number
      if (left === 0) {
        this.#at = at
        if (at === bytes.length) {
          paper = END
          break
        }
        left = this.#readNumber() - 1
        paper = this.#readNumber()
        at = this.#at
        continue
      }
      left -= 1
      let difference = bytes[at++] as number
      if (difference > 127) {
        difference -= 128
        for (let scale = 128; ; scale *= 128) {
          const byte = bytes[at++] as number
          difference += (byte & 127) * scale
          if (byte < 128) break
        }
      }
      paper += difference
    }
    this.#at = at
    this.#left = left
    this.#next = paper
    return count
  }

  #readNumber(): number {
    let number = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++] as number
      number += (byte & 127) * scale
      if (byte < 128) return number
    }
  }
}

/** The postings after changes: added, replaced, and removed where the impact is 0. */
export function withChanges(postings: Postings, changes: Postings): Postings {
  // Most changes are new papers, whose ids are greater than all others.
  if ((postings.papers.at(-1) ?? -1) < (changes.papers[0] ?? END) && !changes.impacts.includes(0))
    return { papers: postings.papers.concat(changes.papers), impacts: postings.impacts.concat(changes.impacts) }
  const papers: number[] = []
  const impacts: number[] = []
  const push = (from: Postings, n: number) => {
    if (from.impacts[n] === 0) return
    papers.push(from.papers[n] as number)
    impacts.push(from.impacts[n] as number)
  }
  let next = 0
  postings.papers.forEach((paper, n) => {
    while (next < changes.papers.length && (changes.papers[next] as number) < paper) push(changes, next++)
    if (changes.papers[next] === paper) push(changes, next++)
    else push(postings, n)
  })
  while (next < changes.papers.length) push(changes, next++)
  return { papers, impacts }
}

/** Splits postings into full blocks and the rest, which is shorter than a block. */
export function splitIntoBlocks({ papers, impacts }: Postings): { full: Postings[]; rest: Postings } {
  const full: Postings[] = []
  let from = 0
  for (; papers.length - from >= BLOCK_SIZE; from += BLOCK_SIZE)
    full.push({ papers: papers.slice(from, from + BLOCK_SIZE), impacts: impacts.slice(from, from + BLOCK_SIZE) })
  return { full, rest: from === 0 ? { papers, impacts } : { papers: papers.slice(from), impacts: impacts.slice(from) } }
}
