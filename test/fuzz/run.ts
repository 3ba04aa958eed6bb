import { Random } from './random.ts'

/** Makes a case from random choices, tries it, and returns what is wrong, or null. */
export type Fuzzer = (random: Random) => Promise<string | null>

/** What a case is, whatever ran before it. */
export interface Case {
  seed: number
  place: number
}

export interface Fault extends Case {
  fuzzer: string
  message: string
}

/** The first cases of a seed. */
export const casesOf = (seed: number, count: number): Case[] =>
  Array.from({ length: count }, (_, place) => ({ seed, place }))

/** In milliseconds: a case that takes longer hangs. */
const LONGEST_CASE = 30_000

/** Enough to see whether they have one cause. */
const MOST_FAULTS = 20

/** Cases at the same time, so that one waits for the database while another is computed. */
const LANES = 4

/**
 * Tries cases and returns at least twenty faults, or all.
 *
 * @param fuzzers each with how many of a hundred cases it gets, about
 */
export async function runCases(
  fuzzers: Readonly<Record<string, readonly [number, Fuzzer]>>,
  cases: readonly Case[],
  onCase: (done: number) => void,
): Promise<Fault[]> {
  const shares = Object.entries(fuzzers).flatMap(([name, [share, fuzzer]]) => Array(share).fill({ name, fuzzer }))
  const faults: Fault[] = []
  const queue = cases.values()
  let done = 0
  const lane = async () => {
    for (const { seed, place } of queue) {
      const random = new Random(seed, place)
      const { name, fuzzer } = random.pick<{ name: string; fuzzer: Fuzzer }>(shares)
      const message = await run(fuzzer, random)
      if (message !== null) faults.push({ seed, place, fuzzer: name, message })
      done += 1
      onCase(done)
      if (faults.length >= MOST_FAULTS) return
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return faults
}

async function run(fuzzer: Fuzzer, random: Random): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`It takes longer than ${LONGEST_CASE / 1000} s.`), LONGEST_CASE)
  })
  try {
    return await Promise.race([fuzzer(random), late])
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/** A fault with the command that repeats it. */
export const describeFault = ({ fuzzer, seed, place, message }: Fault): string =>
  `${fuzzer}: ${message.slice(0, 3_000)}\n  to repeat it: npm run fuzz -- --seed ${seed} --case ${place}`
