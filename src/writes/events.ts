import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'

/** The channel on which every process hears of what any process commits. */
export const EVENTS_CHANNEL = 'daily_papers'

/**
 * What a notification says: the papers whose vote counts changed, or that were put on the list; or that something else
 * changed, as by an import.
 */
export type CatalogueEvent = { votes: number[] } | { listed: number[] } | { changed: true }

/** A notification holds 8,000 bytes; an id takes 17 at most. */
const IDS_A_NOTIFICATION = 400

/** Tells every process, once the transaction commits, that the vote counts of these papers changed. */
export const notifyVotes = (tx: Db, paperIds: readonly number[]): Promise<void> =>
  notify(tx, paperIds, (votes) => ({ votes }))

/** Tells every process, once the transaction commits, that these papers were put on the daily list. */
export const notifyListed = (tx: Db, paperIds: readonly number[]): Promise<void> =>
  notify(tx, paperIds, (listed) => ({ listed }))

/** What a notification says; null for one that this program cannot have sent, since anybody may who is in the database. */
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
  const isOurs = (kind === 'votes' || kind === 'listed') && Array.isArray(ids) && ids.every(Number.isSafeInteger)
  return isOurs ? (event as CatalogueEvent) : null
}

/** Tells every process, once the transaction commits, that what lists and papers show has changed. */
export async function notifyChanged(tx: Db): Promise<void> {
  await tx.execute(
    sql`select pg_notify(${EVENTS_CHANNEL}, ${JSON.stringify({ changed: true } satisfies CatalogueEvent)})`,
  )
}

async function notify(tx: Db, ids: readonly number[], event: (ids: number[]) => CatalogueEvent): Promise<void> {
  for (let from = 0; from < ids.length; from += IDS_A_NOTIFICATION) {
    const payload = JSON.stringify(event(ids.slice(from, from + IDS_A_NOTIFICATION)))
    await tx.execute(sql`select pg_notify(${EVENTS_CHANNEL}, ${payload})`)
  }
}
