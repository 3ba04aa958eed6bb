import type { Logger } from 'pino'
import { CodedError, Unavailable } from '../values/errors.ts'
import { type Client, connect } from './connect.ts'
import { codeOf, reasonOf } from './sql-state.ts'

/**
 * Codes of lost and refused connections: those of the driver and of Node; 57P01 to 57P03 while Postgres stops and starts,
 * 53300 and 53400 if it has too many connections, and class 08.
 */
const OF_THE_CONNECTION =
  /^(CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|E(CONNREFUSED|CONNRESET|PIPE|NOENT|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN)|ENOTFOUND|57P0[123]|53[34]00|08\w{3})$/

/** What an error of the database means to a client, if it is not the fault of the statement; otherwise null. */
function faultOfDatabase(error: unknown): CodedError | null {
  const code = codeOf(error)
  if (OF_THE_CONNECTION.test(code)) return new Unavailable('DATABASE_UNAVAILABLE')
  if (code === '53100') return new Unavailable('STORAGE_FULL')
  return code === '25006' ? new Unavailable('READ_ONLY') : null
}

/** The error with a code that a client gets for an error; null if that is a failure of the server. */
export const codedErrorOf = (error: unknown): CodedError | null =>
  error instanceof CodedError ? error : faultOfDatabase(error)

/** Whether an error means that the database does not reply. */
export const isDatabaseAway = (error: unknown): boolean => codedErrorOf(error)?.code === 'DATABASE_UNAVAILABLE'

/** In milliseconds: how often pending work is looked at, and how often a database that is away is asked. */
const TICK = 100

/**
 * In ticks. Together they are less than a second: so long a client waits at most while the database is away. Ticks, because
 * they are late when the machine is busy, and then the database may be slow and yet be there.
 */
const TICKS = {
  /** Work that takes longer makes the watch ask the database whether it is there, unless other work was done meanwhile. */
  patience: 3,
  /** The same, whatever other work was done: some needs no reply of the database. */
  longestPatience: 8,
  /** How long it may take to reply. */
  reply: 5,
  /** A connection that was not used for so long may be forgotten by a router on the way, and then gets no reply. */
  idle: 600,
}

/**
 * Knows whether the database replies. A frozen database, or one that vanished from the network, closes no connection: a
 * statement would wait for minutes, and so would the client.
 */
export class DatabaseWatch {
  readonly #url: string
  readonly #log: Logger
  readonly #pending = new Set<{ since: number; reject: (error: Unavailable) => void }>()
  readonly #timer: NodeJS.Timeout
  #now = 0
  /** When work was last done, and when the database last replied to the watch. */
  #lastDone = 0
  #lastReply = 0
  /** A connection of its own: those of the pools wait for the statements of others. */
  #client: Client | null = null
  /** When the database was asked whether it is there, if it has not replied yet. */
  #askedAt: number | null = null
  /** When the database was found to be away, by `performance.now()`; null if it is there. */
  #awaySince: number | null = null

  constructor(url: string, log: Logger) {
    this.#url = url
    this.#log = log
    this.#timer = setInterval(() => this.#tick(), TICK).unref()
  }

  get isAway(): boolean {
    return this.#awaySince !== null
  }

  close(): void {
    clearInterval(this.#timer)
    this.#disconnect()
  }

  /**
   * Does work that needs the database.
   *
   * @throws Unavailable as soon as the database is known to be away; the work may still be done later
   */
  guard<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isAway) return Promise.reject(new Unavailable('DATABASE_UNAVAILABLE'))
    return new Promise((resolve, reject) => {
      const entry = { since: this.#now, reject }
      this.#pending.add(entry)
      work()
        .then((result) => {
          this.#lastDone = this.#now
          resolve(result)
        }, reject)
        .finally(() => this.#pending.delete(entry))
    })
  }

  #tick(): void {
    this.#now += 1
    if (this.#askedAt !== null) {
      if (this.#now - this.#askedAt <= TICKS.reply) return
      this.#disconnect()
      this.#found(`no reply within ${TICKS.reply * TICK} ms`)
      return
    }
    // In the order in which they began.
    const [oldest] = this.#pending
    const waited = (since: number) => (oldest === undefined ? 0 : this.#now - Math.max(oldest.since, since))
    // Work that is slow although the database replies is not asked about again at once.
    const isSlow =
      waited(Math.max(this.#lastDone, this.#lastReply)) > TICKS.patience ||
      waited(this.#lastReply) > TICKS.longestPatience
    if (isSlow || this.isAway) this.#ask()
  }

  #ask(): void {
    if (this.#now - this.#lastReply > TICKS.idle) this.#disconnect()
    this.#askedAt = this.#now
    this.#client ??= connect(this.#url, { connections: 1, statementTimeout: 0, driver: { connect_timeout: 2 } })
    const client = this.#client
    client`select 1`.then(
      () => client === this.#client && this.#found(null),
      (error) => {
        if (client !== this.#client) return
        this.#disconnect()
        // Other errors are a reply, also that it has no connection left for the watch: the pools have theirs.
        const isReply = !isDatabaseAway(error) || codeOf(error).startsWith('53')
        this.#found(isReply ? null : reasonOf(error))
      },
    )
  }

  /** The database is there, or away for this reason. */
  #found(reason: string | null): void {
    this.#askedAt = null
    if (reason === null) {
      this.#lastReply = this.#now
      if (this.#awaySince === null) return
      const seconds = Math.round((performance.now() - this.#awaySince) / 1_000)
      this.#awaySince = null
      this.#log.warn({ seconds }, 'the database is back')
      return
    }
    if (this.#awaySince === null) {
      this.#awaySince = performance.now()
      this.#log.error({ reason }, 'the database is away: cached reads are served, everything else is refused')
    }
    for (const { reject } of this.#pending) reject(new Unavailable('DATABASE_UNAVAILABLE'))
    this.#pending.clear()
  }

  #disconnect(): void {
    const client = this.#client
    this.#client = null
    void client?.end({ timeout: 0 }).catch(() => {})
  }
}
