import { type SQL, sql } from 'drizzle-orm'

/** The channel on which every process is notified of the changes that any process commits. */
export const EVENTS_CHANNEL = 'daily_papers'

/**
 * The content of a notification: papers whose vote counts changed, papers that were listed, users of whose access something
 * was taken away, or another change of the catalogue, for example by an import.
 */
export type CatalogueEvent = { votes: number[] } | { listed: number[] } | { access: number[] } | { changed: true }

/** A notification holds 8,000 bytes, and an id takes at most 17. */
const IDS_A_NOTIFICATION = 400

/** The statement that notifies every process of these events when the transaction commits. */
export function notification(events: readonly CatalogueEvent[]): SQL {
  const payloads = events.flatMap(parts).map((event) => JSON.stringify(event))
  return sql`select pg_notify(${EVENTS_CHANNEL}, payload) from unnest(${sql.param(payloads)}::text[]) as payload`
}

/** Splits an event into several that fit into a notification. */
function parts(event: CatalogueEvent): CatalogueEvent[] {
  if ('votes' in event) return slices(event.votes).map((votes) => ({ votes }))
  if ('listed' in event) return slices(event.listed).map((listed) => ({ listed }))
  if ('access' in event) return slices(event.access).map((access) => ({ access }))
  return [event]
}

const slices = (ids: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(ids.length / IDS_A_NOTIFICATION) }, (_, n) =>
    ids.slice(n * IDS_A_NOTIFICATION, (n + 1) * IDS_A_NOTIFICATION),
  )

/** Reads a notification. Returns null for one that this program cannot have sent: anyone in the database can send. */
export function readEvent(payload: string): CatalogueEvent | null {
  let event: unknown
  try {
    event = JSON.parse(payload)
  } catch {
    return null
  }
  const entries = Object.entries(event ?? {})
  const [kind, ids] = entries[0] ?? []
  if (entries.length !== 1) return null
  if (kind === 'changed') return { changed: true }
  const isOurs =
    (kind === 'votes' || kind === 'listed' || kind === 'access') &&
    Array.isArray(ids) &&
    ids.every(Number.isSafeInteger)
  return isOurs ? (event as CatalogueEvent) : null
}
