import { STATUS_CODES } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { eq, type SQL, sql } from 'drizzle-orm'
import { requestPaces } from '../../../drizzle/tables/request-paces.ts'
import type { Db } from '../../db/client.ts'
import { FetchError } from '../../fetching/fetch-error.ts'
import type { FetchedResponse, Fetcher } from '../../fetching/fetcher.ts'
import { SourceFault } from './source-fault.ts'

/** How often a group of servers may be asked. */
export interface Pace {
  /** Such as `arxiv`. Requests of one name are sent one after the other, by whatever process. */
  name: string
  /** Milliseconds from the end of a response to the next request. */
  pause: number
}

/** The time; tests have their own. */
export interface SyncClock {
  now(): Date
  /** Milliseconds since any moment, whatever happens to the clock of the machine. */
  elapsed(): number
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** A whole response with the status 200, or one with 304 and without content. */
export interface RemoteResponse {
  isUnchanged: boolean
  bytes: Buffer
  headers: Headers
  /** When the server made it by its own clock, if it says so. A wrong clock of this machine then moves nothing. */
  date: Date
}

export interface RequestOptions {
  pace: Pace
  headers?: Record<string, string>
}

/** arXiv's terms of use: one request at a time, and one every three seconds, over all of its interfaces together. */
const ARXIV: Pace = { name: 'arxiv', pause: 3_000 }

const NO_PACE: Pace = { name: '', pause: 0 }

const ATTEMPTS = 3
/** In milliseconds: before the second and before the third attempt, unless the server says how long to wait. */
const BACKOFF = [5_000, 20_000]
/** In milliseconds: the longest time that a run waits for a server. A longer one ends the run, and the next run begins then. */
const PATIENCE = 60_000
/** In milliseconds, after a 429 that does not say how long to wait. */
const AFTER_REFUSAL = 600_000
/** In milliseconds: what a server may ask for. */
const LONGEST_PAUSE = 86_400_000

/** Sends requests with the pace of their servers, which is kept across processes and restarts, and retries temporary failures. */
export class PacedRequests {
  readonly #db: Db
  readonly #clock: SyncClock
  readonly #signal: AbortSignal
  /** When the last request of a pace ended, by `elapsed`: the clock of the machine may jump. */
  readonly #ended = new Map<string, number>()
  /** How many requests were sent, redirects included. */
  count = 0

  constructor(db: Db, { clock, signal }: { clock: SyncClock; signal: AbortSignal }) {
    this.#db = db
    this.#clock = clock
    this.#signal = signal
  }

  /**
   * Fetches an address with the pace of its source, or that of arXiv, and reads the response.
   *
   * @param read throws a temporary SourceFault for content that is not whole; the request is then retried
   * @throws SourceFault if there is no whole response with the status 200 or 304
   */
  async get<Content>(
    fetcher: Fetcher,
    address: string,
    { pace, headers = {} }: RequestOptions,
    read: (response: RemoteResponse) => Promise<Content>,
  ): Promise<Content> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read(await this.#attempt(fetcher, address, paceOf(address, pace), headers))
      } catch (error) {
        this.#signal.throwIfAborted()
        const fault = faultOf(error, address)
        const pause = fault.retryAt === null ? (BACKOFF[attempt - 1] ?? 0) : fault.retryAt.getTime() - this.#now()
        if (!fault.isTemporary || attempt === ATTEMPTS || pause > PATIENCE) throw fault
        await this.#clock.wait(pause, this.#signal)
      }
    }
  }

  async #attempt(fetcher: Fetcher, address: string, pace: Pace, headers: Record<string, string>) {
    let current = pace
    await this.#begin(address, pace)
    let pause = pace.pause
    try {
      const response = await fetcher.get(address, {
        headers,
        signal: this.#signal,
        beforeRedirect: async ({ href }) => {
          await this.#end(current, pause)
          current = paceOf(href, pace)
          pause = current.pause
          await this.#begin(href, current)
        },
      })
      const { status } = response
      if (status !== 200 && status !== 304) {
        const fault = refusal(address, response, this.#now())
        if (fault.retryAt !== null) pause = Math.max(pause, fault.retryAt.getTime() - this.#now())
        throw fault
      }
      const date = Date.parse(response.headers.get('date') ?? '')
      return {
        isUnchanged: status === 304,
        bytes: await buffer(response.body),
        headers: response.headers,
        date: Number.isNaN(date) ? this.#clock.now() : new Date(date),
      }
    } finally {
      await this.#end(current, pause)
    }
  }

  /** The same fetcher, with the pace of arXiv for addresses there. */
  withPaceOfArxiv(fetcher: Fetcher): Fetcher {
    return {
      get: async (address, options) => {
        if (paceOf(address, NO_PACE) === NO_PACE) return fetcher.get(address, options)
        await this.#begin(address, ARXIV).catch((error) => {
          throw error instanceof SourceFault ? new FetchError(address, withoutAddress(error, address), false) : error
        })
        try {
          return await fetcher.get(address, options)
        } finally {
          await this.#end(ARXIV, ARXIV.pause)
        }
      },
    }
  }

  /** Waits until the pace allows a request, and notes it. Of processes that wait for the same moment, one gets it. */
  async #begin(address: string, pace: Pace): Promise<void> {
    for (;;) {
      const [last] = await this.#db.select().from(requestPaces).where(eq(requestPaces.name, pace.name))
      const pause = this.#pauseAfter(last, pace)
      if (pause > PATIENCE) {
        const until = new Date(this.#now() + pause)
        throw new SourceFault(`${address}: Its server asked for no requests until ${shortTime(until)}.`, {
          isTemporary: true,
          retryAt: until,
        })
      }
      if (pause > 0) await this.#clock.wait(pause, this.#signal)
      const isOurs = last ? eq(requestPaces.lastRequestAt, last.lastRequestAt) : sql`false`
      if (await this.#note(pace.name, pace.pause, isOurs)) break
    }
    this.count += 1
  }

  #pauseAfter(last: typeof requestPaces.$inferSelect | undefined, pace: Pace): number {
    // A clock that was put back must not make it longer than the pause.
    const left = last ? Math.min(Date.parse(last.lastRequestAt) + last.pause - this.#now(), last.pause) : 0
    const ended = this.#ended.get(pace.name)
    // A process does not know whether the clock jumped before its first request, so that one waits for a whole pause.
    const own = ended === undefined ? (last ? pace.pause : 0) : ended + pace.pause - this.#clock.elapsed()
    return Math.max(left, own)
  }

  async #end(pace: Pace, pause: number): Promise<void> {
    this.#ended.set(pace.name, this.#clock.elapsed())
    await this.#note(pace.name, pause)
  }

  /** @param setWhere a condition of the stored row; returns whether it held or there was none */
  async #note(name: string, pause: number, setWhere?: SQL): Promise<boolean> {
    const row = { lastRequestAt: this.#clock.now().toISOString(), pause: Math.round(Math.min(pause, LONGEST_PAUSE)) }
    const noted = await this.#db
      .insert(requestPaces)
      .values({ name, ...row })
      .onConflictDoUpdate({ target: requestPaces.name, set: row, ...(setWhere && { setWhere }) })
      .returning({ name: requestPaces.name })
    return noted.length > 0
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}

/** The pace of an address: whatever leads to arXiv has that of arXiv. */
function paceOf(address: string, given: Pace): Pace {
  const host = URL.canParse(address) ? new URL(address).hostname : ''
  return /(^|\.)arxiv\.org$/.test(host) ? ARXIV : given
}

function faultOf(error: unknown, address: string): SourceFault {
  if (error instanceof SourceFault) return error
  if (error instanceof FetchError)
    return new SourceFault(`${address}: ${error.message}`, { isTemporary: error.isTemporary })
  throw error
}

function refusal(address: string, { status, retryAfter }: FetchedResponse, now: number): SourceFault {
  const asked = retryAfter?.getTime() ?? (status === 429 ? now + AFTER_REFUSAL : null)
  const retryAt = asked === null ? null : new Date(Math.min(asked, now + LONGEST_PAUSE))
  const until = retryAt === null ? '' : `, and no requests until ${shortTime(retryAt)}`
  return new SourceFault(
    `${address}: It returned the status ${status} (${STATUS_CODES[status] ?? 'unknown'})${until}.`,
    {
      isTemporary: status >= 500 || status === 429 || status === 408,
      retryAt,
    },
  )
}

const withoutAddress = ({ message }: SourceFault, address: string): string => message.slice(`${address}: `.length)

const shortTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
