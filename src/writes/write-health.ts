import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import { codedErrorOf } from '../db/outage.ts'
import { reasonOf } from '../db/sql-state.ts'
import type { CodedError } from '../values/errors.ts'

const observed = new WeakMap<Db, WriteHealth>()

/** Knows whether the database takes the writes of a pool, by the last one. The log gets a line when that changes. */
export class WriteHealth {
  readonly #log: Logger
  #failure: CodedError | null = null

  constructor(db: Db, log: Logger) {
    this.#log = log
    observed.set(db, this)
  }

  /** Why the last write failed: the disk is full, or the database accepts no changes. Null if it did not. */
  get failure(): CodedError | null {
    return this.#failure
  }

  succeeded(): void {
    if (this.#failure === null) return
    this.#failure = null
    this.#log.warn('the database takes writes again')
  }

  failed(error: unknown): void {
    const coded = codedErrorOf(error)
    if (coded?.code !== 'STORAGE_FULL' && coded?.code !== 'READ_ONLY') return
    if (this.#failure === null)
      this.#log.error(
        { code: coded.code, reason: reasonOf(error) },
        'the database takes no writes: reads are served, votes and submissions are refused',
      )
    this.#failure = coded
  }
}

export const healthOf = (db: Db): WriteHealth | undefined => observed.get(db)
