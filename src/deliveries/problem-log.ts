import type { Logger } from 'pino'
import { codedErrorOf } from '../db/outage.ts'
import { messageOf } from '../values/errors.ts'

/**
 * The problems of work that is repeated every few seconds, logged once each: nobody reads the same line again and again. An
 * outage and a database without writes have lines of their own.
 */
export class ProblemLog {
  readonly #log: Logger
  readonly #what: string
  #last = ''

  /** @param what the message of the line, such as `webhooks cannot be looked at` */
  constructor(log: Logger, what: string) {
    this.#log = log
    this.#what = what
  }

  /** Notes that the work was done: the same problem is logged again when it comes back. */
  solved(): void {
    this.#last = ''
  }

  report(error: unknown): void {
    if (codedErrorOf(error) !== null || messageOf(error) === this.#last) return
    this.#last = messageOf(error)
    this.#log.error({ err: error }, this.#what)
  }
}
