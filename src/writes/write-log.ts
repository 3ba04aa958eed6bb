import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import { codedErrorOf } from '../db/outage.ts'
import { reasonOf } from '../db/sql-state.ts'
import type { CodedError } from '../values/errors.ts'

const observed = new WeakMap<Db, WriteLog>()

/** What curators did in a transaction, as the audit log has it. */
export interface CurationLine {
  auditId: number
  action: string
  /** Null for the operator. */
  userId: number | null
  reason: string | null
  subjects: readonly string[]
}

/** A line names at most so many; the audit log has all. */
const NAMED_SUBJECTS = 20

/**
 * Logs what an operator wants to know about the writes of a pool: what curators did, and whether the database takes writes at
 * all, by the last one.
 */
export class WriteLog {
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

  succeeded(curation: readonly CurationLine[]): void {
    for (const { subjects, ...line } of curation)
      this.#log.info({ ...line, count: subjects.length, subjects: subjects.slice(0, NAMED_SUBJECTS) }, 'curated')
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

export const writeLogOf = (db: Db): WriteLog | undefined => observed.get(db)
