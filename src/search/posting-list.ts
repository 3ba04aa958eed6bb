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

/** Papers are scored in windows of ids, so that arrays of this size can hold a value for each paper of a window. */
export const WINDOW_SIZE = 65_536

/** The postings of a list as they are scored, window by window. */
export interface UnpackedList {
  /** The first id of each window in which the list has papers, ascending: a multiple of `WINDOW_SIZE`. */
  starts: number[]
  /** Where the postings of each window end. */
  ends: number[]
  /** The offset of each paper from the start of its window. */
  offsets: Uint16Array
  /** The impact in each paper. */
  impacts: Uint8Array
}

/** Where a list is unpacked, before it is known how long it is. As large as the largest one so far. */
let scratch = { offsets: new Uint16Array(BLOCK_SIZE), impacts: new Uint8Array(BLOCK_SIZE) }

/** Where the number that `readNumber` has read last ends. */
let numberEnd = 0

function readNumber(bytes: Uint8Array, from: number): number {
  let number = 0
  for (let at = from, scale = 1; ; scale *= 128) {
    const byte = bytes[at++] as number
    number += (byte & 127) * scale
    if (byte < 128) {
      numberEnd = at
      return number
    }
  }
}

/** Unpacks a list for scoring. */
export function unpackList(bytes: Uint8Array): UnpackedList {
  // A posting takes two bytes at least.
  const most = bytes.length >>> 1
  if (most > scratch.offsets.length) scratch = { offsets: new Uint16Array(most), impacts: new Uint8Array(most) }
  const { offsets, impacts } = scratch
  const starts: number[] = []
  const ends: number[] = []
  let [at, count] = [0, 0]
  // The first id of the window of the last paper; and how many ids after that the paper is.
  let [start, offset] = [-WINDOW_SIZE, 0]
  while (at < bytes.length) {
    // One after the other, because the second number begins where the first one ends.
    const size = readNumber(bytes, at)
    at = numberEnd
    const first = readNumber(bytes, at)
    at = numberEnd
    offset = first - start
    const end = count + size
    for (;;) {
      if (offset >= WINDOW_SIZE) {
        if (count > 0) ends.push(count)
        const ahead = offset - (offset % WINDOW_SIZE)
        start += ahead
        offset -= ahead
        starts.push(start)
      }
      offsets[count] = offset
      impacts[count++] = bytes[at++] as number
      if (count === end) break
      const difference = bytes[at] as number
      if (difference < 128) {
        offset += difference
        at += 1
      } else {
        offset += readNumber(bytes, at)
        at = numberEnd
      }
    }
  }
  if (count > 0) ends.push(count)
  // In one buffer: it is outside of V8's heap, where each costs about 200 bytes more.
  const kept = new ArrayBuffer(3 * count)
  const list = { starts, ends, offsets: new Uint16Array(kept, 0, count), impacts: new Uint8Array(kept, 2 * count) }
  list.offsets.set(offsets.subarray(0, count))
  list.impacts.set(impacts.subarray(0, count))
  return list
}

/** Unpacks the postings of a list. */
export function unpackPostings(bytes: Uint8Array): { papers: number[]; impacts: number[] } {
  const { starts, ends, offsets, impacts } = unpackList(bytes)
  const papers: number[] = []
  for (const [n, start] of starts.entries())
    while (papers.length < (ends[n] as number)) papers.push(start + (offsets[papers.length] as number))
  return { papers, impacts: [...impacts] }
}

/** The postings after changes: added, replaced, and removed where the impact is 0. */
export function withChanges(postings: Postings, changes: Postings): Postings {
  // Most changes are new papers, whose ids are greater than all others.
  if ((postings.papers.at(-1) ?? -1) < (changes.papers[0] ?? Number.POSITIVE_INFINITY) && !changes.impacts.includes(0))
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
