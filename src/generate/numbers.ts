/** A generator of numbers from 0 to below 1, determined by the seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Hashes integers to an integer below 2^32 (after MurmurHash3). */
export function numberOf(...keys: readonly number[]): number {
  let hash = 0
  for (const key of keys)
    for (const half of [key | 0, Math.floor(key / 4294967296) | 0]) {
      let mixed = Math.imul(half, 0xcc9e2d51)
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
      hash ^= mixed
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
    }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
