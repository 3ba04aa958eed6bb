import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { webhookChanges } from '../../drizzle/tables/webhook-changes.ts'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webhookEvents } from '../../drizzle/tables/webhook-events.ts'
import { webhookPapers } from '../../drizzle/tables/webhook-papers.ts'
import { webhooks } from '../../drizzle/tables/webhooks.ts'
import type { Db } from '../db/client.ts'
import { ADVISORY_LOCKS } from '../db/locks.ts'
import { unnested } from '../db/unnested.ts'
import { editionOf, type Period } from '../values/editions.ts'
import { DELIVERIES_KEPT_DAYS, NEWLY_LISTED_DAYS, PAPERS_A_MESSAGE, WEBHOOK_EVENTS } from '../values/webhooks.ts'
import { writing } from '../writes/writing.ts'
import {
  dependsOnCounts,
  type HeardList,
  heardLists,
  type Listener,
  papersOfEdition,
  papersOfList,
  prime,
} from './webhook-lists.ts'

/** So many changes are compared with the lists at a time. */
const BATCH = 2_000
/** In milliseconds between two lists: each takes some of the processor that requests wait for. */
const PACE = 5
/** More rows in one insert would have more parameters than Postgres takes. */
const INSERTED_AT_ONCE = 1_000

type ChangeRow = typeof webhookChanges.$inferSelect
type EventRow = typeof webhookEvents.$inferInsert

/** An event and who is told of it. */
interface Found extends EventRow {
  listeners: number[]
}

/** Of what a webhook is told once. */
interface Telling {
  webhookId: number
  event: 'PAPER_LISTED' | 'VOTES_REACHED'
  paperId: number
}

/**
 * Compares what changed with the list of each active webhook, once for all webhooks that have an equal list, and adds deliveries.
 * Changes are taken and events added in one transaction, by one server at a time: nothing is lost or told twice, and the
 * deliveries of a webhook have the order in which changes were found.
 *
 * @returns how many deliveries were added
 */
export async function findWebhookEvents(db: Db): Promise<number> {
  for (let added = 0; ; ) {
    const [work] = await db.execute<{ exists: boolean }>(sql`
      select exists (select from ${webhookChanges}) or exists (select from ${webhooks} where state = 'ACTIVE' and not is_primed) as exists`)
    if (!work?.exists) return added
    const found = await writing(db, ({ tx }) => findSome(tx))
    added += found?.deliveries ?? 0
    // Another server does it, or nothing more is there.
    if (found === null || found.changes < BATCH) return added
  }
}

async function findSome(tx: Db): Promise<{ changes: number; deliveries: number } | null> {
  const [lock] = await tx.execute<{ is_ours: boolean }>(
    sql`select pg_try_advisory_xact_lock(${ADVISORY_LOCKS.webhookEvents}::bigint) as is_ours`,
  )
  if (!lock?.is_ours) return null
  const lists = await heardLists(tx)
  for (const list of lists) await prime(tx, list)
  const changes = await tx.select().from(webhookChanges).orderBy(webhookChanges.id).limit(BATCH)
  const deliveries = lists.length === 0 || changes.length === 0 ? 0 : await tell(tx, lists, changes)
  await tx.execute(
    sql`delete from ${webhookChanges} where id = any(${sql.param(changes.map(({ id }) => id))}::bigint[])`,
  )
  return { changes: changes.length, deliveries }
}

async function tell(tx: Db, lists: readonly HeardList[], rows: readonly ChangeRow[]): Promise<number> {
  const changes = changesOf(rows)
  const matches: { list: HeardList; papers: Map<number, { isNew: boolean }> }[] = []
  for (const list of lists) {
    const among = relevantTo(list, changes)
    if (among.length === 0) continue
    if (matches.length > 0) await setTimeout(PACE)
    matches.push({ list, papers: await papersOfList(tx, list.filter, among, changes.newSince) })
  }
  const told = await tellOnce(
    tx,
    matches.flatMap(({ list, papers }) => tellingsOf(list, papers, changes)),
  )
  const found = new Map<string, Found>()
  const add = (event: EventRow, listener: number) => {
    const key = JSON.stringify(event)
    const known = found.get(key)
    if (known) known.listeners.push(listener)
    else found.set(key, { ...event, listeners: [listener] })
  }
  for (const { list, papers } of matches)
    for (const listener of list.listeners)
      for (const event of WEBHOOK_EVENTS)
        for (const paperIds of slices(papersFor(listener, event, papers, changes, told)))
          add({ event, query: list.query, paperIds }, listener.id)
  for (const edition of changes.editions) await findFinal(tx, lists, edition, add)
  return insertEvents(tx, [...found.values()])
}

/** What changed, by paper. */
interface Changes {
  /** Papers that lists may have now. */
  matching: number[]
  /** Those with other texts or a new version. */
  changed: Set<number>
  /** The votes of papers that gained votes or comments. */
  counts: Map<number, { before: number; after: number }>
  editions: { period: Period; startsOn: string }[]
  /** A paper that was listed earlier is no news. */
  newSince: Date
}

function changesOf(rows: readonly ChangeRow[]): Changes {
  const matching = new Set<number>()
  const changes: Changes = { matching: [], changed: new Set(), counts: new Map(), editions: [], newSince: new Date() }
  for (const { kind, paperId, votesBefore, votesAfter, period, startsOn } of rows) {
    if (kind === 'EDITION' && period !== null && startsOn !== null) changes.editions.push({ period, startsOn })
    if (paperId === null) continue
    if (kind === 'COUNTS') {
      const known = changes.counts.get(paperId)
      const before = Math.min(known?.before ?? Number.POSITIVE_INFINITY, votesBefore ?? 0)
      changes.counts.set(paperId, { before, after: Math.max(known?.after ?? 0, votesAfter ?? 0) })
    } else matching.add(paperId)
    if (kind === 'CHANGED') changes.changed.add(paperId)
  }
  const since = Date.parse(rows[0]?.notedAt as string) - NEWLY_LISTED_DAYS * 86_400_000
  return { ...changes, matching: [...matching], newSince: new Date(since) }
}

const hears = ({ listeners }: HeardList, event: Listener['events'][number]) =>
  listeners.some(({ events }) => events.includes(event))

/** The papers that must be looked for in a list. */
function relevantTo(list: HeardList, { matching, changed, counts }: Changes): number[] {
  const among = new Set<number>()
  const addAll = (ids: Iterable<number>) => {
    for (const id of ids) among.add(id)
  }
  if (hears(list, 'PAPER_LISTED')) {
    addAll(matching)
    if (dependsOnCounts(list.filter)) addAll(counts.keys())
  }
  if (hears(list, 'PAPER_CHANGED')) addAll(changed)
  for (const { votes } of list.listeners)
    if (votes !== null)
      for (const [id, { before, after }] of counts) if (before < votes && after >= votes) among.add(id)
  return [...among]
}

function tellingsOf(
  { filter, listeners }: HeardList,
  papers: ReadonlyMap<number, { isNew: boolean }>,
  { matching, counts }: Changes,
): Telling[] {
  const coming = dependsOnCounts(filter) ? [...matching, ...counts.keys()] : matching
  const listed = [...new Set(coming)].filter((id) => papers.get(id)?.isNew)
  return listeners.flatMap(({ id: webhookId, events, votes }) => [
    ...(events.includes('PAPER_LISTED')
      ? listed.map((paperId) => ({ webhookId, event: 'PAPER_LISTED' as const, paperId }))
      : []),
    ...(votes === null
      ? []
      : [...counts].flatMap(([paperId, { before, after }]) =>
          before < votes && after >= votes && papers.has(paperId)
            ? [{ webhookId, event: 'VOTES_REACHED' as const, paperId }]
            : [],
        )),
  ])
}

/** Those that the webhooks have not been told of, by webhook and event, in the order that was given. */
async function tellOnce(tx: Db, tellings: readonly Telling[]): Promise<Map<string, number[]>> {
  if (tellings.length === 0) return new Map()
  const rows = await tx.execute<{ webhook_id: string; event: string; paper_id: string }>(sql`
    insert into ${webhookPapers} (webhook_id, event, paper_id)
    select "webhookId", event, "paperId"
    from ${unnested('t', { webhookId: 'bigint', event: 'text', paperId: 'bigint' }, tellings)}
    on conflict do nothing returning webhook_id, event, paper_id`)
  const isNew = new Set(rows.map((row) => `${row.webhook_id} ${row.event} ${row.paper_id}`))
  const told = new Map<string, number[]>()
  for (const { webhookId, event, paperId } of tellings) {
    if (!isNew.has(`${webhookId} ${event} ${paperId}`)) continue
    const key = `${webhookId} ${event}`
    told.set(key, [...(told.get(key) ?? []), paperId])
  }
  return told
}

/** The papers of which a webhook is told by an event. One that is new to it is not a change. */
function papersFor(
  { id, events }: Listener,
  event: Listener['events'][number],
  papers: ReadonlyMap<number, unknown>,
  { changed }: Changes,
  told: ReadonlyMap<string, number[]>,
): number[] {
  if (event === 'PAPER_CHANGED') {
    if (!events.includes(event)) return []
    const listed = new Set(told.get(`${id} PAPER_LISTED`))
    return [...changed].filter((paperId) => papers.has(paperId) && !listed.has(paperId))
  }
  return told.get(`${id} ${event}`) ?? []
}

const slices = (ids: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(ids.length / PAPERS_A_MESSAGE) }, (_, n) =>
    ids.slice(n * PAPERS_A_MESSAGE, (n + 1) * PAPERS_A_MESSAGE),
  )

/** Adds the papers of each list in an edition, except for webhooks that had it before, when a clock was ahead. */
async function findFinal(
  tx: Db,
  lists: readonly HeardList[],
  { period, startsOn }: { period: Period; startsOn: string },
  add: (event: EventRow, listener: number) => void,
): Promise<void> {
  const rows = await tx.execute<{ id: string }>(sql`
    select webhook_id as id from ${webhookEvents} as event join ${webhookDeliveries} on event_id = event.id
    where event = 'EDITION_FINAL' and period = ${period} and starts_on = ${startsOn}::date`)
  const had = new Set(rows.map(({ id }) => Number(id)))
  const span = editionOf(period, startsOn)
  for (const { query, filter, listeners } of lists) {
    const hearing = listeners.filter(
      ({ id, events, editions }) => events.includes('EDITION_FINAL') && editions === period && !had.has(id),
    )
    if (hearing.length === 0) continue
    const edition = await papersOfEdition(tx, filter, { from: span.startsOn, to: span.endsOn })
    if (edition.paperCount > 0)
      for (const { id } of hearing) add({ event: 'EDITION_FINAL', query, period, startsOn, ...edition }, id)
  }
}

/** @returns how many deliveries were added */
async function insertEvents(tx: Db, found: readonly Found[]): Promise<number> {
  let added = 0
  for (let first = 0; first < found.length; first += INSERTED_AT_ONCE) {
    const some = found.slice(first, first + INSERTED_AT_ONCE)
    const events = await tx
      .insert(webhookEvents)
      .values(some.map(({ listeners: _, ...event }) => event))
      .returning({ id: webhookEvents.id })
    const deliveries = some.flatMap(({ listeners }, n) =>
      listeners.map((webhookId) => ({ webhookId, eventId: (events[n] as { id: number }).id })),
    )
    // Their ids are in this order, in which they are sent.
    await tx.execute(sql`
      insert into ${webhookDeliveries} (webhook_id, event_id)
      select "webhookId", "eventId" from ${unnested('d', { webhookId: 'bigint', eventId: 'bigint' }, deliveries)}
      where "webhookId" in (select id from ${webhooks}) order by "eventId", "webhookId"`)
    added += deliveries.length
  }
  return added
}

/** Removes what is no longer kept, whether or not it was sent. */
export async function pruneWebhooks(db: Db): Promise<void> {
  const old = sql`created_at < now() - ${DELIVERIES_KEPT_DAYS} * interval '1 day'`
  await db.execute(sql`delete from ${webhookDeliveries} where ${old}`)
  await db.execute(
    sql`delete from ${webhookEvents} as event where ${old} and not exists (select from ${webhookDeliveries} where event_id = event.id)`,
  )
  await db.execute(
    sql`delete from ${webhookPapers} where event = 'PAPER_LISTED' and told_at < now() - ${DELIVERIES_KEPT_DAYS} * interval '1 day'`,
  )
}
