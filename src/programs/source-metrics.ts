import type { Db } from '../db/client.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { DELIVERY_STATES, type DeliveryKind, deliveryCounts } from '../queries/deliveries.ts'
import { type SyncState, syncStates } from '../queries/sync-sources.ts'
import type { Syncs } from './scheduled-syncs.ts'

/** Metrics of the sources in `SYNC`, for alerts when one fails or brings nothing new. */
export function measureSources(metrics: Metrics, db: Db): void {
  const bySource = (read: (state: SyncState) => number | null) => async () => {
    const values = new Map<string, number>()
    for (const state of await syncStates(db)) {
      // A source that is not synced any more keeps its state.
      const value = state.nextRunAt === null ? null : read(state)
      if (value !== null) values.set(state.name, value)
    }
    return values
  }
  metrics.gauge(
    {
      name: 'source_newest_age_seconds',
      help: 'Seconds since the beginning of the newest day of which a source has papers.',
      label: 'source',
    },
    bySource(({ newestOn }) => (newestOn === null ? null : (Date.now() - Date.parse(newestOn)) / 1_000)),
  )
  metrics.gauge(
    {
      name: 'source_suspect',
      help: 'Whether a source should have brought something new and has not: 1 or 0.',
      label: 'source',
    },
    bySource(({ isSuspect }) => Number(isSuspect)),
  )
  metrics.gauge(
    { name: 'source_failed_runs', help: 'Runs of a source that failed since the last that did not.', label: 'source' },
    bySource(({ errors }) => errors),
  )
}

/** The background jobs, for an alert when they fail or wait. */
export function measureJobs(metrics: Metrics, { countJobs }: Pick<Syncs, 'countJobs'>): void {
  metrics.gauge(
    { name: 'jobs', help: 'Background jobs of the last hour by their state, of all processes.', label: 'state' },
    countJobs,
  )
}

/** For alerts: of these there is always a value, also zero. */
const MAILS: readonly DeliveryKind[] = ['CONFIRMATION', 'DIGEST']

/** What is sent by itself, for alerts when it waits or when nobody knows whether it arrived. */
export function measureDeliveries(metrics: Metrics, db: Db): void {
  metrics.gaugeOf(
    {
      name: 'deliveries',
      help: 'Mails, requests to webhooks and announcements to the WebSub hub that are not done, or were done within a day, of all processes.',
      labels: ['kind', 'state'],
    },
    async () => {
      const none = MAILS.flatMap((kind) => DELIVERY_STATES.map((state) => ({ labels: { kind, state }, value: 0 })))
      const counts = await deliveryCounts(db)
      return [...none, ...counts.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count }))]
    },
  )
  metrics.gauge(
    {
      name: 'delivery_oldest_pending_age_seconds',
      help: 'Seconds since the oldest delivery that waits for an attempt was added.',
      label: 'kind',
    },
    async () => {
      const ages = new Map<string, number>(MAILS.map((kind) => [kind, 0]))
      for (const { kind, state, oldestAt } of await deliveryCounts(db))
        if (state === 'PENDING') ages.set(kind, (Date.now() - Date.parse(oldestAt)) / 1_000)
      return ages
    },
  )
}
