import { sql } from 'drizzle-orm'
import { deliveries } from '../../drizzle/tables/deliveries.ts'
import { digests } from '../../drizzle/tables/digests.ts'
import { finalEditions } from '../../drizzle/tables/final-editions.ts'
import { mailAddresses } from '../../drizzle/tables/mail-addresses.ts'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import {
  dayAfter,
  dayOpensAt,
  type EditionClock,
  type EditionSpan,
  editionDay,
  editionOf,
  editionState,
  PERIODS,
  type Period,
} from '../values/editions.ts'
import { writing } from '../writes/writing.ts'

/** Deliveries that are done are kept so many days. */
const KEPT_DAYS = 30
/** After so many days without success a delivery is given up. */
const TRIED_DAYS = 3

/**
 * Records the editions that have become FINAL since the last time, with a delivery for each ACTIVE subscription of their
 * period, in one transaction: an edition is recorded once, whoever does it and however often. Also those are recorded that
 * became FINAL while no server ran; subscriptions get those that became FINAL after they were confirmed. The first time,
 * only the newest is recorded, so that a new installation does not send its past.
 *
 * @returns how many deliveries were added
 */
export async function recordFinalEditions(db: Db, clock: EditionClock): Promise<number> {
  const due = PERIODS.map((period) => newestFinal(period, clock))
  const recorded = await lastRecorded(db)
  if (due.every(({ period, startsOn }) => recorded.get(period) === startsOn)) return 0
  return writing(db, async ({ tx }) => {
    for (const newest of due) if ((recorded.get(newest.period) ?? '') > newest.startsOn) await takeBack(tx, newest)
    const last = await lastRecorded(tx)
    let added = 0
    for (const newest of due) {
      const before = last.get(newest.period)
      for (const edition of before === undefined ? [newest] : editionsBetween(before, newest)) {
        const [isNew] = await tx
          .insert(finalEditions)
          .values({ period: edition.period, startsOn: edition.startsOn })
          .onConflictDoNothing()
          .returning()
        if (isNew && before !== undefined) added += await addDeliveries(tx, edition, clock)
      }
    }
    await tx.delete(deliveries).where(sql`${deliveries.finishedAt} < now() - ${KEPT_DAYS} * interval '1 day'`)
    return added
  })
}

function newestFinal(period: Period, clock: EditionClock): EditionSpan {
  let edition = editionOf(period, editionDay(clock, clock.now()))
  while (editionState(edition, clock) !== 'FINAL') edition = editionOf(period, dayBefore(edition.startsOn))
  return edition
}

/**
 * Forgets editions that are not FINAL yet: the clock was ahead when they were recorded. What was sent stays sent, and is not sent
 * again when they become FINAL.
 */
async function takeBack(tx: Db, { period, startsOn }: EditionSpan): Promise<void> {
  const isLater = sql`period = ${period} and starts_on > ${startsOn}::date`
  await tx.execute(sql`delete from ${finalEditions} where ${isLater}`)
  await tx.execute(sql`delete from ${deliveries} where ${isLater} and state in ('PENDING', 'EMPTY', 'FAILED')`)
}

/** The editions after one that begins on `before`, up to `newest`. */
function editionsBetween(before: string, newest: EditionSpan): EditionSpan[] {
  const editions: EditionSpan[] = []
  let edition = editionOf(newest.period, before)
  while (edition.startsOn < newest.startsOn) {
    edition = editionOf(newest.period, dayAfter(edition.endsOn))
    editions.push(edition)
  }
  return editions
}

const dayBefore = (date: string): string => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10)

async function lastRecorded(db: Db): Promise<Map<Period, string>> {
  const rows = await db
    .select({ period: finalEditions.period, startsOn: sql<string>`max(${finalEditions.startsOn})::text` })
    .from(finalEditions)
    .groupBy(finalEditions.period)
  return new Map(rows.map(({ period, startsOn }) => [period, startsOn]))
}

/** In the order of their lists, so that each list is computed once. Lists of suspended users are not sent. */
async function addDeliveries(tx: Db, { period, startsOn, endsOn }: EditionSpan, clock: EditionClock): Promise<number> {
  const final = finalSince(endsOn, clock).toISOString()
  const { count } = await tx.execute(sql`
    insert into ${deliveries} (kind, digest_id, period, starts_on)
    select 'DIGEST', id, ${period}, ${startsOn}::date from ${digests}
    where state = 'ACTIVE' and period = ${period} and confirmed_at <= ${final}::timestamptz and not exists (
      select from ${savedFilters} as saved join ${users} as owner on owner.id = saved.user_id
      where saved.id = ${digests.savedFilterId} and owner.suspended_at is not null
    )
    order by saved_filter_id nulls first, query, id
    on conflict do nothing`)
  return count
}

/** When an edition became FINAL that ended with this day. */
const finalSince = (endsOn: string, clock: EditionClock): Date =>
  new Date(dayOpensAt(clock, dayAfter(endsOn)).getTime() + (clock.settleHours ?? 0) * 3_600_000)

/** A delivery that this process sends now. */
export interface Claimed {
  id: number
  kind: 'CONFIRMATION' | 'DIGEST'
  /** The attempt that begins: 1 for the first. */
  attempt: number
  digestId: number
  /** The subscription's own token. */
  token: string
  address: string
  /** The list of the subscription: a canonical query string, or a saved filter. */
  query: string
  savedFilterId: number | null
  /** Of the subscription, and of a digest the first day of its edition. */
  period: Period
  startsOn: string | null
  createdAt: string
}

/** What became of a delivery. */
export interface DeliveryResult {
  id: number
  /** PENDING: it is tried again after `delaySeconds`. */
  state: 'SENT' | 'EMPTY' | 'FAILED' | 'UNKNOWN' | 'PENDING'
  reason: string | null
  delaySeconds: number
  /** Whether its subscription is STOPPED, because the address takes no mail. */
  stops: boolean
}

/**
 * Stores what became of deliveries, and takes others that are due, each for one process alone: they are SENDING when this
 * returns, so that no crash makes them sent twice. One statement, because the next mails wait for it. Results of deliveries that
 * took longer than their lease are stored, too.
 *
 * @param limit how many to take at most
 * @param leaseSeconds after which a delivery without a result counts as one whose server died
 */
export async function storeAndClaim(
  db: Db,
  results: readonly DeliveryResult[],
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<Claimed[]> {
  const rows = await executePrepared<Record<string, unknown>>(
    db,
    sql`
    with results as (
      select * from jsonb_to_recordset(${JSON.stringify(results)}::jsonb)
        as (id bigint, state text, reason text, "delaySeconds" double precision, stops boolean)
    ), stored as (
      update ${deliveries} as stored set state = results.state, reason = results.reason, lease_until = null,
        next_attempt_at = now() + results."delaySeconds" * interval '1 second',
        finished_at = case when results.state = 'PENDING' then null else now() end
      from results where stored.id = results.id and stored.state in ('SENDING', 'UNKNOWN')
      returning stored.digest_id, stored.kind, results.state, results.stops, results.reason
    ), changed as (
      select digest_id, bool_or(state = 'SENT' and kind = 'DIGEST') as is_sent, bool_or(stops) as stops, max(reason) as reason
      from stored group by digest_id
    ), subscriptions as (
      update ${digests} as own set
        last_sent_at = case when is_sent then now() else last_sent_at end,
        state = case when stops then 'STOPPED' else state end,
        stop_reason = case when stops then reason else stop_reason end
      from changed where own.id = changed.digest_id and (is_sent or stops)
    ), due as (
      select id from ${deliveries} where state = 'PENDING' and next_attempt_at <= now()
      order by next_attempt_at, id limit ${limit}::int for update skip locked
    ), taken as (
      update ${deliveries} set state = 'SENDING', attempts = attempts + 1, lease_until = now() + ${leaseSeconds}::int * interval '1 second'
      where id in (select id from due) returning *
    )
    select taken.id, taken.kind, taken.attempts, taken.digest_id, own.token, owner.address, own.query, own.saved_filter_id,
      coalesce(taken.period, own.period) as period, taken.starts_on::text, taken.created_at
    from taken join ${digests} as own on own.id = taken.digest_id join ${mailAddresses} as owner on owner.id = own.address_id
    order by taken.id`,
  )
  return rows.map((row) => ({
    id: Number(row.id),
    kind: row.kind as Claimed['kind'],
    attempt: Number(row.attempts),
    digestId: Number(row.digest_id),
    token: String(row.token),
    address: String(row.address),
    query: String(row.query),
    savedFilterId: row.saved_filter_id === null ? null : Number(row.saved_filter_id),
    period: row.period as Period,
    startsOn: row.starts_on === null ? null : String(row.starts_on),
    createdAt: String(row.created_at),
  }))
}

/** Deliveries whose server died while it sent them are UNKNOWN from now on. @returns how many */
export async function giveUpLost(db: Db): Promise<number> {
  const { count } = await db.execute(sql`
    update ${deliveries} set state = 'UNKNOWN', finished_at = now(), lease_until = null,
      reason = 'The server stopped while it was sending this: it may have been received.'
    where state = 'SENDING' and lease_until < now()`)
  return count
}

/** In seconds: how long to wait after an attempt that failed for now. From a minute to four hours. */
export const retryDelay = (attempt: number): number =>
  Math.min(60 * 3 ** (attempt - 1), 4 * 3_600) * (0.8 + 0.4 * Math.random())

/** Whether a delivery of this age is given up after another failure. */
export const isTooOld = ({ createdAt }: Claimed, now: Date): boolean =>
  now.getTime() - Date.parse(createdAt) > TRIED_DAYS * 86_400_000
