import { numberOf, numbers } from '../../src/generate/numbers.ts'

/** Random choices, the same for the same seed and case, so that each case can be repeated alone. */
export class Random {
  #next: () => number

  constructor(seed: number, place: number) {
    this.#next = numbers(numberOf(seed, place))
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** True in this part of all cases. */
  chance(part: number): boolean {
    return this.#next() < part
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('There is nothing to pick from.')
    return list[this.below(list.length)] as T
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make)
  }
}
