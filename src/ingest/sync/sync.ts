import { notInArray } from 'drizzle-orm'
import { syncSources } from '../../../drizzle/tables/sync-sources.ts'
import type { Db } from '../../db/client.ts'
import { exclusively } from '../../db/exclusive.ts'
import type { Fetcher } from '../../fetching/fetcher.ts'
import { syncStates } from '../../queries/sync-sources.ts'
import type { SyncSource } from '../../values/sync-sources.ts'
import { arxiv } from './arxiv.ts'
import { feedOf } from './feed.ts'
import { hfDailyLists } from './hf-daily.ts'
import type { SyncRun } from './remote-source.ts'
import { type RunOptions, runSource, type SyncReport } from './run-source.ts'

export interface SyncOptions extends RunOptions {
  sources: readonly SyncSource[]
  arxivOaiUrl: string
  huggingFaceUrl: string
  fetchers: {
    /** For servers that the operator names: they may be in a private network. */
    ofServers: Fetcher
    ofFeeds: Fetcher
  }
  onReport: (report: SyncReport) => void
}

/** Runs every source once, to its end. Returns the reports, or null if another process is syncing. */
export const syncAll = (db: Db, options: SyncOptions): Promise<SyncReport[] | null> =>
  exclusively(db, 'sync', async () => {
    const reports: SyncReport[] = []
    for (const source of options.sources)
      for (let hasMore = true; hasMore && !options.signal.aborted; ) {
        const report = await run(db, source, options)
        reports.push(report)
        hasMore = report.hasMore
      }
    return reports
  })

/** Runs the sources whose time has come, the longest due first, until none is left. Does nothing while another process syncs. */
export async function syncDue(db: Db, options: SyncOptions): Promise<void> {
  await exclusively(db, 'sync', async () => {
    while (!options.signal.aborted) {
      const [source] = await dueSources(db, options)
      if (source === undefined) return
      await run(db, source, options)
    }
  })
}

/** Takes sources that are no longer configured off the schedule. */
export async function unscheduleOthers(db: Db, sources: readonly SyncSource[]): Promise<void> {
  const names = sources.map(({ name }) => name)
  await db.update(syncSources).set({ nextRunAt: null, isSuspect: false }).where(notInArray(syncSources.name, names))
}

async function dueSources(db: Db, { sources, clock }: SyncOptions): Promise<SyncSource[]> {
  const states = new Map((await syncStates(db)).map((state) => [state.name, state]))
  const now = clock.now().getTime()
  return sources
    .map((source) => {
      const { nextRunAt = null, lastRunAt = null } = states.get(source.name) ?? {}
      // A run in the future: the clock was put back since.
      const isAhead = lastRunAt !== null && Date.parse(lastRunAt) > now
      return { source, dueAt: nextRunAt === null || isAhead ? 0 : Date.parse(nextRunAt) }
    })
    .filter(({ dueAt }) => dueAt <= now)
    .sort((a, b) => a.dueAt - b.dueAt)
    .map(({ source }) => source)
}

async function run(db: Db, source: SyncSource, options: SyncOptions): Promise<SyncReport> {
  const report = await start(db, source, options)
  options.onReport(report)
  return report
}

function start(db: Db, source: SyncSource, options: SyncOptions): Promise<SyncReport> {
  const { name } = source
  const { requests, fetchers, arxivOaiUrl, huggingFaceUrl } = options
  const by =
    (fetcher: Fetcher): SyncRun<unknown>['get'] =>
    (address, request, read) =>
      requests.get(fetcher, address, request, read)
  if (source.kind === 'feed')
    return runSource(db, { name, remote: feedOf(source.url), get: by(fetchers.ofFeeds) }, options)
  const get = by(fetchers.ofServers)
  return source.kind === 'arxiv'
    ? runSource(db, { name, remote: arxiv(source.category, arxivOaiUrl), get }, options)
    : runSource(db, { name, remote: hfDailyLists(huggingFaceUrl), get }, options)
}
