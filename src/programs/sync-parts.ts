import { setTimeout } from 'node:timers/promises'
import type { Db } from '../db/client.ts'
import { PacedRequests, type SyncClock } from '../ingest/sync/paced-requests.ts'
import type { SyncOptions } from '../ingest/sync/sync.ts'
import type { Settings } from '../settings.ts'
import type { EditionClock } from '../values/editions.ts'
import { fetcherFor } from './fetcher.ts'

/** How many connections a sync needs: for its lock, and for what it does meanwhile. */
export const SYNC_CONNECTIONS = 3

export const MACHINE_TIME: SyncClock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
}

export const editionClockOf = (settings: Settings): EditionClock => ({
  now: () => new Date(),
  timeZone: settings.editionTimeZone,
  rollover: settings.editionRollover,
  settleHours: settings.editionSettleHours,
})

/** What a sync is made of, by the settings. */
export function syncParts(
  db: Db,
  settings: Settings,
  given: Pick<SyncOptions, 'signal' | 'onProgress' | 'onProblem' | 'onError' | 'onReport'>,
): SyncOptions {
  return {
    ...given,
    sources: settings.sync,
    arxivOaiUrl: settings.arxivOaiUrl,
    huggingFaceUrl: settings.huggingFaceUrl,
    // The operator may name a mirror in the same network. What others name, as feeds redirect, may not lead there.
    fetchers: {
      ofServers: fetcherFor({ ...settings, allowPrivateNetworks: true }),
      ofFeeds: fetcherFor(settings),
    },
    clock: editionClockOf(settings),
    time: MACHINE_TIME,
    requests: new PacedRequests(db, { clock: MACHINE_TIME, signal: given.signal }),
    halfLifeHours: settings.trendingHalfLifeHours,
  }
}
