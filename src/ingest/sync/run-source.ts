import { eq } from 'drizzle-orm'
import { syncSources } from '../../../drizzle/tables/sync-sources.ts'
import type { Db } from '../../db/client.ts'
import type { SyncState } from '../../queries/sync-sources.ts'
import type { EditionClock } from '../../values/editions.ts'
import { messageOf } from '../../values/errors.ts'
import { saveEntries } from '../save/save.ts'
import type { InputProblem } from '../sources/input-files.ts'
import { saveWithdrawals } from '../withdrawals.ts'
import type { PacedRequests, SyncClock } from './paced-requests.ts'
import type { RemoteSource, Seen, SyncItem, SyncRun } from './remote-source.ts'
import { SourceFault } from './source-fault.ts'
import { quietWeekdays } from './weekdays.ts'

/** What a run brought. */
export interface SyncCounts {
  records: number
  created: number
  updated: number
  unchanged: number
  /** Records that cannot be used. */
  problems: number
}

/** What a run did and what is wrong with its source. */
export interface SyncReport extends SyncCounts {
  source: string
  outcome: 'succeeded' | 'failed' | 'stopped'
  /** What failed, as a sentence. */
  error: string | null
  notice: string | null
  newestOn: string | null
  newestId: string | null
  isSuspect: boolean
  requests: number
  milliseconds: number
  nextRunAt: string
  /** Whether the next run is the continuation of this one. */
  hasMore: boolean
}

export interface RunOptions {
  clock: EditionClock
  time: SyncClock
  requests: PacedRequests
  halfLifeHours: number
  signal: AbortSignal
  onProgress: (progress: SyncCounts & { source: string; requests: number }) => void
  onProblem: (problem: InputProblem) => void
  /** An error that is not the source's, with its stack. */
  onError: (error: unknown) => void
}

const BATCH = 400
/** In milliseconds: the first and the longest wait after runs that failed. */
const RETRY = 5 * 60_000
const LONGEST_RETRY = 6 * 3_600_000
/** In milliseconds: after this time a run lets other sources be synced. */
const LONG = 10 * 60_000
/** Sentences that are stored about one run. */
const MOST_NOTICES = 5

/** Runs a source once and stores what came of it. Failures of the source are in the report. */
export async function runSource<Cursor>(
  db: Db,
  source: { name: string; remote: RemoteSource<Cursor>; get: SyncRun<Cursor>['get'] },
  options: RunOptions,
): Promise<SyncReport> {
  const { name, remote } = source
  const { clock, time, requests, signal } = options
  const startedAt = clock.now().toISOString()
  const started = time.elapsed()
  const requestsBefore = requests.count
  const [state] = await db.select().from(syncSources).where(eq(syncSources.name, name))
  const counts: SyncCounts = { records: 0, created: 0, updated: 0, unchanged: 0, problems: 0 }
  const notices: string[] = []
  const report = (problem: InputProblem) => {
    counts.problems += 1
    options.onProblem(problem)
  }
  const progress = () => options.onProgress({ ...counts, source: name, requests: requests.count - requestsBefore })

  const run: SyncRun<Cursor> = {
    db,
    clock,
    get: async (address, request, read) => {
      const content = await source.get(address, request, read)
      progress()
      return content
    },
    save: async (items) => {
      for (let first = 0; first < items.length; first += BATCH) {
        signal.throwIfAborted()
        await saveItems(db, items.slice(first, first + BATCH), { ...options, counts, report })
        progress()
      }
    },
    keep: (cursor) => store(db, name, { cursor }),
    report: (problem) => {
      counts.records += 1
      report(problem)
    },
    notice: (sentence) => void notices.push(sentence),
    isLong: () => time.elapsed() - started > LONG,
  }

  const result = await outcomeOf(() => remote.run((state?.cursor ?? null) as Cursor | null, run), options)
  const change = changeOf(result, { state, startedAt, counts, interval: remote.interval, clock })
  const notice = notices.slice(0, MOST_NOTICES).join(' ') || null
  await store(db, name, { ...change, notice })
  return {
    source: name,
    ...counts,
    outcome: result.outcome,
    error: result.outcome === 'failed' ? result.fault.message : null,
    notice,
    newestOn: change.newestOn,
    newestId: change.newestId,
    isSuspect: change.isSuspect,
    requests: requests.count - requestsBefore,
    milliseconds: Math.round(time.elapsed() - started),
    nextRunAt: change.nextRunAt,
    hasMore: result.outcome === 'succeeded' && result.seen.hasMore === true,
  }
}

type Result =
  | { outcome: 'succeeded'; seen: Seen }
  | { outcome: 'failed'; fault: Pick<SourceFault, 'message' | 'retryAt'> }
  | { outcome: 'stopped' }

async function outcomeOf(run: () => Promise<Seen>, { signal, onError }: RunOptions): Promise<Result> {
  try {
    return { outcome: 'succeeded', seen: await run() }
  } catch (error) {
    if (signal.aborted) return { outcome: 'stopped' }
    if (error instanceof SourceFault) return { outcome: 'failed', fault: error }
    onError(error)
    return {
      outcome: 'failed',
      fault: { message: `This server failed: ${messageOf(error)}`.slice(0, 1_000), retryAt: null },
    }
  }
}

/** What a run changes in the state of its source. */
function changeOf(
  result: Result,
  {
    state,
    startedAt,
    counts,
    interval,
    clock,
  }: { state: SyncState | undefined; startedAt: string; counts: SyncCounts; interval: number; clock: EditionClock },
) {
  const now = clock.now()
  const after = (milliseconds: number) => new Date(now.getTime() + milliseconds).toISOString()
  const seen = result.outcome === 'succeeded' ? result.seen : null
  const newestOn = later(state?.newestOn ?? null, seen?.newestOn ?? null)
  const newestId = laterId(state?.newestId ?? null, seen)
  const hasNews = counts.created > 0 || newestOn !== (state?.newestOn ?? null) || newestId !== (state?.newestId ?? null)
  const isSuspect =
    seen === null ? (state?.isSuspect ?? false) : newestOn === null || quietWeekdays(newestOn, now) > seen.quietWeekdays
  const common = {
    lastRunAt: startedAt,
    newestOn,
    newestId,
    isSuspect,
    ...(hasNews && { lastNewsAt: now.toISOString() }),
  }
  if (seen !== null)
    return { ...common, lastSuccessAt: now.toISOString(), errors: 0, nextRunAt: after(seen.hasMore ? 0 : interval) }
  if (result.outcome !== 'failed') return { ...common, nextRunAt: after(0) }
  const errors = (state?.errors ?? 0) + 1
  const retry = after(Math.min(RETRY * 2 ** (errors - 1), LONGEST_RETRY))
  const { message, retryAt } = result.fault
  return {
    ...common,
    errors,
    lastErrorAt: now.toISOString(),
    lastError: message,
    nextRunAt: later(retry, retryAt?.toISOString() ?? null) as string,
  }
}

const later = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a)

/** Ids of arXiv sort by their text. Those of feeds do not, so the one of the last run counts. */
const laterId = (known: string | null, seen: Seen | null): string | null => {
  const id = seen?.newestId ?? null
  const isArxivId = (text: string | null) => /^\d{4}\.\d{4,5}$/.test(text ?? '')
  return isArxivId(known) && isArxivId(id) ? later(known, id) : (id ?? known)
}

async function saveItems(
  db: Db,
  items: readonly SyncItem[],
  { counts, report, halfLifeHours }: RunOptions & { counts: SyncCounts; report: (problem: InputProblem) => void },
): Promise<void> {
  const entries = items.flatMap(({ entry, ...place }) => ('withdrawn' in entry ? [] : [{ entry, ...place }]))
  const withdrawals = items.flatMap(({ entry }) => ('withdrawn' in entry ? [entry] : []))
  counts.records += items.length
  const saved = await saveEntries(
    db,
    entries.map(({ entry }) => entry),
    { halfLifeHours },
  )
  counts.created += saved.created
  counts.updated += saved.updated
  counts.unchanged += saved.unchanged
  for (const { index, message } of saved.problems) {
    const { name, position } = entries[index] as (typeof entries)[number]
    report({ file: name, position, reason: message })
  }
  const withdrawn = await saveWithdrawals(db, withdrawals)
  counts.updated += withdrawn
  counts.unchanged += withdrawals.length - withdrawn
}

async function store(db: Db, name: string, change: Partial<SyncState>): Promise<void> {
  await db
    .insert(syncSources)
    .values({ ...change, name })
    .onConflictDoUpdate({ target: syncSources.name, set: change })
}
