import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { ADVISORY_LOCKS } from '../db/locks.ts'
import { executePrepared } from '../db/prepared.ts'
import { sqlStateOf } from '../db/sql-state.ts'
import { type CatalogueEvent, notification } from './events.ts'
import { type CurationLine, writeLogOf } from './write-log.ts'

/**
 * The one order in which transactions lock. Two that keep it cannot wait for each other in a circle.
 *
 * `turn` is the turn of an import, `half-life` the row of `trending_basis`, and `index` the search index.
 */
const LOCK_ORDER = ['turn', 'half-life', 'papers', 'users', 'authors', 'organizations', 'topics', 'index'] as const

export type Lock = (typeof LOCK_ORDER)[number]
/** Tables whose rows are locked one by one, by id. */
export type LockedTable = Extract<Lock, 'papers' | 'users' | 'authors' | 'organizations' | 'topics'>

const ATTEMPTS = 5
/** Deadlocks (40P01) and serialization failures (40001): the transaction can succeed if it runs again. */
const WORTH_A_RETRY = /^40/

/**
 * Runs `work` in a transaction and commits it. Every transaction that changes the catalogue is opened here.
 *
 * Deadlocks and serialization failures run `work` again from the start, at most five times in all. It must therefore
 * change nothing but the database, and return its result instead of collecting it outside. Other errors are not retried.
 *
 * @throws what `work` throws, after everything was rolled back
 */
export async function writing<Result>(db: Db, work: (writing: Writing) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { result, curation } = await db.transaction(async (tx) => {
        const open = new Writing(tx)
        const result = await work(open)
        await open.announce()
        return { result, curation: open.curation }
      })
      writeLogOf(db)?.succeeded(curation)
      return result
    } catch (error) {
      writeLogOf(db)?.failed(error)
      if (attempt === ATTEMPTS || !WORTH_A_RETRY.test(sqlStateOf(error))) throw error
    }
  }
}

/** An open transaction of `writing`: it gives out locks in their order, and collects what to announce. */
export class Writing {
  readonly tx: Db
  /** Logged once it is committed. */
  readonly curation: CurationLine[] = []
  readonly #held = new Map<LockedTable, Set<number>>()
  readonly #votes = new Set<number>()
  readonly #listed = new Set<number>()
  readonly #access = new Set<number>()
  #last: Lock | null = null
  #halfLife: Promise<number> | null = null
  #isChanged = false
  #isAnnounced = false

  constructor(tx: Db) {
    this.tx = tx
  }

  /** Waits until no other transaction saves entries, and makes others wait until this one ends. */
  async takeTurn(): Promise<void> {
    await this.locking('turn', (tx) =>
      executePrepared(tx, sql`select pg_advisory_xact_lock(${ADVISORY_LOCKS.importTurn}::bigint)`),
    )
  }

  /**
   * The half-life of the stored scores, in hours. It cannot change until the transaction ends. A server that is started
   * with another half-life recomputes all scores while others run, so writers use this one and not their own setting.
   *
   * @param first stored and returned if there is none yet
   */
  holdHalfLife(first: number): Promise<number> {
    this.#halfLife ??= this.#readOrStoreHalfLife(first)
    return this.#halfLife
  }

  /** The same for a transaction that must not store one; null if there is none yet. */
  holdStoredHalfLife(): Promise<number | null> {
    return this.locking('half-life', readHalfLife)
  }

  /**
   * Locks rows in the order of their ids and returns the ids. Rows that are held already can be locked again at any time.
   *
   * @param ids a query that returns ids
   * @throws if the order of locks is broken, which is an error of the caller
   */
  async lock(table: LockedTable, ids: SQL): Promise<number[]> {
    const isInOrder = this.#isInOrder(table)
    const rows = await executePrepared<{ id: string }>(
      this.tx,
      sql`select id from ${sql.identifier(table)} where id in (${ids}) order by id for no key update`,
    )
    const locked = rows.map((row) => Number(row.id))
    if (locked.every((id) => this.#held.get(table)?.has(id))) return locked
    if (!isInOrder) throw this.#outOfOrder(table)
    this.#last = table
    this.hold(table, locked)
    return locked
  }

  /**
   * Runs a statement that locks by itself: it must lock rows in the order of their ids.
   *
   * @throws if the order of locks is broken, before the statement is sent
   */
  locking<Result>(lock: Lock, statement: (tx: Db) => Promise<Result>): Promise<Result> {
    if (!this.#isInOrder(lock)) throw this.#outOfOrder(lock)
    this.#last = lock
    return statement(this.tx)
  }

  /** Locks those rows that are not held yet. */
  async lockOthers(table: LockedTable, ids: readonly number[]): Promise<void> {
    const held = this.#held.get(table)
    const others = held ? ids.filter((id) => !held.has(id)) : ids
    if (others.length > 0) await this.lock(table, sql`select unnest(${sql.param(others)}::bigint[])`)
  }

  /** Notes that this transaction holds rows because it inserted them. */
  hold(table: LockedTable, ids: Iterable<number>): void {
    const held = this.#held.get(table) ?? new Set()
    this.#held.set(table, held)
    for (const id of ids) held.add(id)
  }

  /** The vote counts of these papers changed. */
  announceVotes(paperIds: Iterable<number>): void {
    this.#add(this.#votes, paperIds)
  }

  /** These papers were put on the daily list. */
  announceListed(paperIds: Iterable<number>): void {
    this.#add(this.#listed, paperIds)
  }

  /** Tokens of these users, or the users themselves, may no longer be what they were: open streams are checked again. */
  announceAccess(userIds: Iterable<number>): void {
    this.#add(this.#access, userIds)
  }

  /** Something other than votes and listings changed that clients see. */
  announceChange(): void {
    this.#refuseLateChange()
    this.#isChanged = true
  }

  /**
   * Sends the announcement: every process hears it when the transaction commits. `writing` calls this at the end. Call it
   * earlier only to send it together with the last statements, without waiting for their results.
   */
  async announce(): Promise<void> {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const sorted = (ids: ReadonlySet<number>) => [...ids].sort((a, b) => a - b)
    const events: CatalogueEvent[] = [
      ...(this.#votes.size > 0 ? [{ votes: sorted(this.#votes) }] : []),
      ...(this.#listed.size > 0 ? [{ listed: sorted(this.#listed) }] : []),
      ...(this.#access.size > 0 ? [{ access: sorted(this.#access) }] : []),
      ...(this.#isChanged ? [{ changed: true as const }] : []),
    ]
    if (events.length > 0) await executePrepared(this.tx, notification(events))
  }

  async #readOrStoreHalfLife(first: number): Promise<number> {
    let stored = await this.holdStoredHalfLife()
    while (stored === null) {
      await this.tx.execute(sql`insert into trending_basis (half_life_hours) values (${first}) on conflict do nothing`)
      stored = await readHalfLife(this.tx)
    }
    return stored
  }

  #add(to: Set<number>, ids: Iterable<number>): void {
    this.#refuseLateChange()
    for (const id of ids) to.add(id)
  }

  #refuseLateChange(): void {
    if (this.#isAnnounced) throw new Error('The change was announced already: announce everything before `announce`.')
  }

  #isInOrder(lock: Lock): boolean {
    return this.#last === null || LOCK_ORDER.indexOf(lock) > LOCK_ORDER.indexOf(this.#last)
  }

  #outOfOrder(lock: Lock): Error {
    return new Error(
      `This transaction has locked ${this.#last}, and cannot lock ${lock} any more: others lock in the order ${LOCK_ORDER.join(', ')}.`,
    )
  }
}

async function readHalfLife(tx: Db): Promise<number | null> {
  const [row] = await executePrepared<{ half_life_hours: number }>(
    tx,
    sql`select half_life_hours from trending_basis for share`,
  )
  return row?.half_life_hours ?? null
}
