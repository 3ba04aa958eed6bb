import { sql } from 'drizzle-orm'
import { createFetcher } from '../../../src/fetching/fetcher.ts'
import { PacedRequests, type SyncClock } from '../../../src/ingest/sync/paced-requests.ts'
import type { SyncReport } from '../../../src/ingest/sync/run-source.ts'
import { type SyncOptions, syncAll, syncDue } from '../../../src/ingest/sync/sync.ts'
import { type SyncState, syncStates } from '../../../src/queries/sync-sources.ts'
import type { EditionClock } from '../../../src/values/editions.ts'
import { readSyncSources } from '../../../src/values/sync-sources.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { type Recorded, type Replay, replay } from '../../support/replay.ts'
import { ArxivOai, HuggingFace, LabFeed } from './sites.ts'

const HOUR = 3_600_000

/** Time that passes only when somebody waits, and a clock that can be set. */
export class FakeTime implements SyncClock {
  #elapsed = 0
  #clock: number
  readonly #start: number

  constructor(start: string) {
    this.#start = Date.parse(start)
    this.#clock = this.#start
  }

  now = (): Date => new Date(this.#clock)
  /** What clocks elsewhere show. */
  truth = (): Date => new Date(this.#start + this.#elapsed)
  elapsed = (): number => this.#elapsed

  wait = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    this.#elapsed += milliseconds
    this.#clock += milliseconds
  }

  pass(hours: number): void {
    this.#elapsed += hours * HOUR
    this.#clock += hours * HOUR
  }

  /** Sets the clock, while no time passes. */
  jump(hours: number): void {
    this.#clock += hours * HOUR
  }

  /** Passes the time until a moment. */
  until(moment: string): void {
    this.pass((Date.parse(moment) - this.#clock) / HOUR)
  }
}

export interface World {
  database: FreshDatabase
  time: FakeTime
  clock: EditionClock
  site: Replay
  hf: HuggingFace
  arxiv: ArxivOai
  lab: LabFeed
  /** What is sent instead, for the next requests; an empty place lets one through. */
  faults: (Recorded | undefined)[]
  /** Runs all sources of a list such as `SYNC`, as `npm run sync` does, in a process of its own. */
  sync(sources: string, options?: Partial<SyncOptions>): Promise<SyncReport[]>
  /** Runs those that are due, as the server does. */
  due(sources: string): Promise<SyncReport[]>
  state(source: string): Promise<SyncState>
  close(): Promise<void>
}

/** The sites, a server that replays them, and an empty catalogue. */
export async function startWorld(start: string): Promise<World> {
  const time = new FakeTime(start)
  const [hf, arxiv, lab] = [new HuggingFace(), new ArxivOai(), new LabFeed()]
  const faults: World['faults'] = []
  const database = await freshDatabase()
  const site = await replay({ elapsed: time.elapsed, now: time.truth }, (url, headers) => {
    const fault = faults.shift()
    const answer = url.pathname.startsWith('/oai')
      ? arxiv.answer(url)
      : url.pathname === '/api/daily_papers'
        ? hf.answer(url)
        : lab.answer(url, headers)
    return { ...answer, ...fault }
  })
  const clock = { now: time.now, timeZone: 'UTC', rollover: '00:00', settleHours: 24 }
  const timeouts = { headers: 150, idle: 150 }
  const fetcher = (allowPrivateNetworks: boolean) =>
    createFetcher({ allowPrivateNetworks, userAgent: 'test', timeouts, now: time.now })

  const options = (sources: string, given: Partial<SyncOptions>): SyncOptions & { reports: SyncReport[] } => {
    const reports: SyncReport[] = []
    const { signal = new AbortController().signal } = given
    return {
      sources: readSyncSources(sources).sources,
      arxivOaiUrl: `${site.url}/oai`,
      huggingFaceUrl: site.url,
      fetchers: { ofServers: fetcher(true), ofFeeds: fetcher(true) },
      clock,
      time,
      requests: new PacedRequests(database.db, { clock: time, signal }),
      halfLifeHours: 48,
      signal,
      onProgress: () => {},
      onProblem: () => {},
      onError: (error) => {
        throw error
      },
      onReport: (report) => void reports.push(report),
      reports,
      ...given,
    }
  }
  return {
    database,
    time,
    clock,
    site,
    hf,
    arxiv,
    lab,
    faults,
    sync: async (sources, given = {}) => (await syncAll(database.db, options(sources, given))) ?? [],
    due: async (sources) => {
      const { reports, ...rest } = options(sources, {})
      await syncDue(database.db, rest)
      return reports
    },
    state: async (source) => (await syncStates(database.db)).find(({ name }) => name === source) as SyncState,
    close: async () => {
      await site.close()
      await database.close()
    },
  }
}

/** The papers of the catalogue by their arXiv ids, with their list day and votes. */
export async function papersOf({ database }: World): Promise<Record<string, string>> {
  const rows = await database.db.execute<{ id: string; facts: string }>(sql`
    select coalesce(arxiv_id, title) as id, concat_ws(' ', listed_on, vote_count, withdrawn_at is not null) as facts
    from papers order by 1`)
  return Object.fromEntries(rows.map(({ id, facts }) => [id, facts.replace(/ f$/, '')]))
}

/** The shortest time between two requests in the log of a site, in milliseconds. */
export const shortestGap = ({ requests }: Replay): number =>
  Math.min(...requests.slice(1).map(({ at }, place) => at - (requests[place]?.at ?? 0)))
