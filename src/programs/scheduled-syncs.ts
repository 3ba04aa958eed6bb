import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openDatabase } from '../db/client.ts'
import type { SyncReport } from '../ingest/sync/run-source.ts'
import { syncDue, unscheduleOthers } from '../ingest/sync/sync.ts'
import type { Settings } from '../settings.ts'
import { SYNC_CONNECTIONS, syncParts } from './sync-parts.ts'

/** Those of the syncs, and two of the job queue. */
export const SCHEDULED_SYNC_CONNECTIONS = SYNC_CONNECTIONS + 2
/** In milliseconds: how long a shutdown waits for the current batch of a sync. */
const GRACE = 500
/** Problems with single records that are logged of one run. */
const LOGGED_PROBLEMS = 20

export interface Syncs {
  /** The number of jobs in each state. */
  countJobs(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

/**
 * Starts the syncs of `SYNC` inside the server.
 *
 * @returns null if there are none
 * @throws OperatorError if the database lacks what the job queue needs
 */
export async function startSyncs(url: string, settings: Settings, log: Logger): Promise<Syncs | null> {
  if (settings.sync.length === 0) return null
  // Loaded only here, because pg-boss takes a tenth of a second and 24 MB.
  const { openJobQueue } = await import('../jobs/queue.ts')
  const queue = await openJobQueue(url, log)
  const { db, close } = openDatabase(url, {
    connections: SYNC_CONNECTIONS,
    statementTimeout: 0,
    name: 'daily-papers sync',
  })
  const stopping = new AbortController()
  let problems = 0
  const options = syncParts(db, settings, {
    signal: stopping.signal,
    onProgress: () => {},
    onProblem: ({ file, position, reason }) => {
      problems += 1
      if (problems <= LOGGED_PROBLEMS) log.warn({ address: file, position, reason }, 'a record was left out')
    },
    onError: (error) => log.error({ err: error }, 'a sync failed here'),
    onReport: (report) => {
      problems = 0
      logRun(report, log)
    },
  })
  let running: Promise<void> = Promise.resolve()
  const stop = async () => {
    stopping.abort()
    await Promise.race([running.catch(() => {}), setTimeout(GRACE)])
    await queue.stop()
    await close(GRACE / 1_000)
  }
  try {
    await unscheduleOthers(db, settings.sync)
    await queue.everyMinute('sync', () => {
      running = syncDue(db, options)
      return running
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { countJobs: () => queue.countByState(), stop }
}

function logRun({ source, outcome, milliseconds, hasMore, ...report }: SyncReport, log: Logger): void {
  const { error, notice, isSuspect, problems, ...counts } = report
  const facts = {
    source,
    ms: milliseconds,
    ...counts,
    problems,
    isSuspect,
    ...(notice && { notice }),
    ...(error && { error }),
  }
  if (outcome === 'failed') log.warn(facts, 'sync failed')
  else if (outcome === 'stopped') log.info(facts, 'sync stopped')
  else log[isSuspect ? 'warn' : 'info'](facts, hasMore ? 'synced in part' : 'synced')
}
