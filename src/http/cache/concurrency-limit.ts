import { Unavailable } from '../../values/errors.ts'

/**
 * Runs a limited number of tasks at the same time and queues the others in the order in which they arrive. More operations
 * than the database can run at once do not finish sooner, but each holds its memory for longer, and V8 promotes it to the
 * old generation, which is collected rarely and slowly.
 */
export class ConcurrencyLimit {
  readonly #limit: number
  readonly #maxQueued: number
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(limit: number, maxQueued: number) {
    this.#limit = limit
    this.#maxQueued = maxQueued
  }

  /** How many tasks wait. */
  get queued(): number {
    return this.#queue.length
  }

  /** @throws Unavailable if the queue is full */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#queue.length >= this.#maxQueued) throw new Unavailable('OVERLOADED')
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#running += 1
    try {
      return await task()
    } finally {
      // The next task in the queue takes over this one's slot, so the number of running tasks does not change.
      const next = this.#queue.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
