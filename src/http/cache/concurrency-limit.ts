import { Overloaded } from '../../values/errors.ts'

/**
 * Lets so many pieces of work run at once and the others wait, in the order in which they came. More operations at once
 * than the database has connections for are not answered sooner, and each takes memory from its beginning to its end:
 * the longer that is, the more of it gets into the old part of the heap, which is swept seldom and at length.
 */
export class Turns {
  readonly #most: number
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  /** @throws Overloaded where too many wait already */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length >= this.#mostWaiting) throw new Overloaded()
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running += 1
    try {
      return await work()
    } finally {
      // Whoever waits longest takes the place over.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
