import { readFileSync } from 'node:fs'
import wordList from 'word-list'

// English words, so that a word that is right is not taken for a misspelled one because no paper has it.

/** Slots for hashes of 32 bits: 2 MB, where a `Set` of the 274,000 words takes 20. Half of them are empty. */
const SLOTS = 1 << 19
const LINE_FEED = 10
/** What words of science begin with, more than a dictionary has: `nonmetastatic`. */
const PREFIX =
  /^(?:anti|auto|bio|co|counter|de|dis|extra|hyper|immuno|inter|intra|macro|mega|meta|micro|mid|mis|mono|multi|nano|neuro|non|out|over|para|peri|photo|poly|post|pre|proto|pseudo|psycho|quasi|radio|re|semi|sub|super|supra|tele|thermo|trans|tri|ultra|un|under|uni)/
const SHORTEST_AFTER_PREFIX = 4

let hashes: Uint32Array | null = null

/** Whether a normalized word of ASCII letters is an English word, perhaps with a prefix. */
export function isInDictionary(word: string): boolean {
  const [prefix] = PREFIX.exec(word) ?? []
  if (isListed(word)) return true
  const rest = prefix === undefined ? '' : word.slice(prefix.length)
  return rest.length >= SHORTEST_AFTER_PREFIX && isListed(rest)
}

/** Wrong for one of some billions of words that are not in the list. */
function isListed(word: string): boolean {
  hashes ??= readList()
  const hash = hashOf(Buffer.from(word, 'latin1'), 0, word.length)
  for (let slot = hash % SLOTS; hashes[slot] !== 0; slot = (slot + 1) % SLOTS) if (hashes[slot] === hash) return true
  return false
}

/** About 20 ms, once in a process, when it first meets a word that no paper has. */
function readList(): Uint32Array {
  const bytes = readFileSync(wordList)
  const slots = new Uint32Array(SLOTS)
  for (let from = 0; from < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, from)
    const to = feed < 0 ? bytes.length : feed
    const hash = hashOf(bytes, from, to)
    let slot = hash % SLOTS
    while (slots[slot] !== 0) slot = (slot + 1) % SLOTS
    slots[slot] = hash
    from = to + 1
  }
  return slots
}

/** FNV-1a; 0 is no hash. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash >>> 0 || 1
}
