import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { mailComposer } from '../../src/deliveries/compose.ts'
import {
  type DeliveryResult,
  giveUpLost,
  recordFinalEditions,
  retryDelay,
  storeAndClaim,
} from '../../src/deliveries/outbox.ts'
import type { EditionClock } from '../../src/values/editions.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

let database: FreshDatabase
beforeEach(async () => {
  database ??= await freshDatabase()
  await database.db.execute(sql`truncate deliveries, digests, mail_addresses, final_editions`)
})
afterAll(() => database?.close())

type Db = FreshDatabase['db']
const claimDue = (db: Db, options: { limit: number; leaseSeconds: number }) => storeAndClaim(db, [], options)
const storeResults = (db: Db, results: readonly DeliveryResult[]) =>
  storeAndClaim(db, results, { limit: 0, leaseSeconds: 1 })

const clockAt = (moment: string, settleHours = 0): EditionClock => ({
  now: () => new Date(moment),
  timeZone: 'UTC',
  rollover: '00:00',
  settleHours,
})

/** Confirmed subscriptions of `count` addresses. */
async function subscribers(count: number, period = 'DAY', confirmedAt = '2026-01-01T00:00:00Z', state = 'ACTIVE') {
  const { db } = database
  await db.execute(
    sql`insert into mail_addresses (address) select ${period} || n || ${confirmedAt} || ${state} || '@example.org' from generate_series(1, ${count}::int) as n`,
  )
  await db.execute(
    sql`insert into digests (address_id, query, period, state, token, confirmed_at) select id, 'minVotes=' || id % 3, ${period}, ${state}, address, ${confirmedAt}::timestamptz from mail_addresses where address like ${period} || '%' || ${confirmedAt} || ${state} || '%'`,
  )
}

const deliveriesOf = (period: string) =>
  database.db.execute<{ day: string; count: number }>(
    sql`select starts_on::text as day, count(*)::int as count from deliveries where period = ${period} group by 1 order by 1`,
  )
const states = async () =>
  Object.fromEntries(
    (
      await database.db.execute<{ state: string; count: number }>(
        sql`select state, count(*)::int as count from deliveries group by 1`,
      )
    ).map(({ state, count }) => [state, count]),
  )

describe('editions that became FINAL', () => {
  test('are recorded from the first time on, each once, with a delivery for each subscription of their period', async () => {
    const { db } = database
    await subscribers(4)
    await subscribers(2, 'WEEK')
    await subscribers(1, 'MONTH')
    await subscribers(3, 'DAY', '2026-01-02T00:00:00Z', 'PAUSED')
    // A Wednesday: what was FINAL before the installation is not sent.
    expect(await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z'))).toBe(0)
    expect(await recordFinalEditions(db, clockAt('2026-01-28T23:59:00Z'))).toBe(0)
    const added = await Promise.all(
      Array.from({ length: 5 }, () => recordFinalEditions(db, clockAt('2026-01-29T00:00:00Z'))),
    )
    expect(added.toSorted()).toEqual([0, 0, 0, 0, 4])
    expect(await deliveriesOf('DAY')).toEqual([{ day: '2026-01-28', count: 4 }])
    // The server was down over the weekend and the end of the month.
    expect(await recordFinalEditions(db, clockAt('2026-02-02T08:00:00Z'))).toBe(4 * 4 + 2 + 1)
    expect((await deliveriesOf('DAY')).map(({ day }) => day)).toEqual([
      '2026-01-28',
      '2026-01-29',
      '2026-01-30',
      '2026-01-31',
      '2026-02-01',
    ])
    expect(await deliveriesOf('WEEK')).toEqual([{ day: '2026-01-26', count: 2 }])
    expect(await deliveriesOf('MONTH')).toEqual([{ day: '2026-01-01', count: 1 }])
  })

  test('are those of the settled clock', async () => {
    const { db } = database
    await subscribers(1)
    await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z', 24))
    expect(await recordFinalEditions(db, clockAt('2026-01-28T23:59:59Z', 24))).toBe(0)
    expect(await recordFinalEditions(db, clockAt('2026-01-29T00:00:00Z', 24))).toBe(1)
    expect(await deliveriesOf('DAY')).toEqual([{ day: '2026-01-27', count: 1 }])
  })

  test('are not sent to those who confirmed after they became FINAL', async () => {
    const { db } = database
    await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z'))
    await subscribers(1, 'DAY', '2026-01-30T09:00:00Z')
    expect(await recordFinalEditions(db, clockAt('2026-02-01T09:00:00Z'))).toBe(2)
    expect((await deliveriesOf('DAY')).map(({ day }) => day)).toEqual(['2026-01-30', '2026-01-31'])
  })

  test('are not sent of the lists of suspended users, and of theirs again later', async () => {
    const { db } = database
    await subscribers(2)
    await db.execute(sql`delete from saved_filters`)
    await db.execute(
      sql`insert into users (handle, suspended_at) values ('mallory', now()) on conflict (lower(handle)) do update set suspended_at = now()`,
    )
    await db.execute(sql`
      with saved as (
        insert into saved_filters (user_id, name, query, feed_token)
        select id, 'Mine', '', 'token' from users where handle = 'mallory' returning id
      ) update digests set saved_filter_id = (select id from saved), query = '' where id = (select min(id) from digests)`)
    await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z'))
    expect(await recordFinalEditions(db, clockAt('2026-01-29T12:00:00Z'))).toBe(1)
    await db.execute(sql`update users set suspended_at = null`)
    expect(await recordFinalEditions(db, clockAt('2026-01-30T12:00:00Z'))).toBe(2)
    // Suspended after the delivery was added.
    await db.execute(sql`update users set suspended_at = now()`)
    const compose = mailComposer({
      db,
      publicUrl: () => 'https://papers.example.org',
      contentOf: () => Promise.reject(new Error('It is read for nobody.')),
    })
    const claimed = await claimDue(db, { limit: 9, leaseSeconds: 60 })
    const ofSuspended = claimed.filter(({ savedFilterId }) => savedFilterId !== null)
    expect(ofSuspended).toHaveLength(1)
    for (const delivery of ofSuspended) expect(await compose(delivery)).toBeNull()
  })

  test('after a clock that was a month ahead nothing is lost and nothing comes twice', async () => {
    const { db } = database
    await subscribers(1)
    await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z'))
    expect(await recordFinalEditions(db, clockAt('2026-02-28T12:00:00Z'))).toBe(31)
    const [sent] = await claimDue(db, { limit: 1, leaseSeconds: 60 })
    await storeResults(db, [{ id: sent?.id as number, state: 'SENT', reason: null, delaySeconds: 0, stops: false }])
    await db.execute(sql`update deliveries set state = 'EMPTY', finished_at = now() where starts_on = '2026-01-29'`)
    // The clock is right again.
    expect(await recordFinalEditions(db, clockAt('2026-01-28T13:00:00Z'))).toBe(0)
    expect(await states()).toEqual({ SENT: 1 })
    expect(await recordFinalEditions(db, clockAt('2026-01-30T13:00:00Z'))).toBe(1)
    expect(await deliveriesOf('DAY')).toEqual([
      { day: '2026-01-28', count: 1 },
      { day: '2026-01-29', count: 1 },
    ])
  })

  test('forget deliveries that were done a month ago, and no others', async () => {
    const { db } = database
    await subscribers(3)
    await recordFinalEditions(db, clockAt('2026-01-28T12:00:00Z'))
    await recordFinalEditions(db, clockAt('2026-01-29T12:00:00Z'))
    await db.execute(
      sql`update deliveries set finished_at = now() - interval '31 days', state = 'SENT' where id = (select min(id) from deliveries)`,
    )
    await recordFinalEditions(db, clockAt('2026-01-30T12:00:00Z'))
    expect(await deliveriesOf('DAY')).toEqual([
      { day: '2026-01-28', count: 2 },
      { day: '2026-01-29', count: 3 },
    ])
  })
})

describe('the outbox', () => {
  const result = (id: number, state: DeliveryResult['state'], more: Partial<DeliveryResult> = {}): DeliveryResult => ({
    id,
    state,
    reason: null,
    delaySeconds: 0,
    stops: false,
    ...more,
  })
  async function filled(count: number) {
    await subscribers(count)
    await recordFinalEditions(database.db, clockAt('2026-01-28T12:00:00Z'))
    await recordFinalEditions(database.db, clockAt('2026-01-29T12:00:00Z'))
  }
  const claim = (limit: number, leaseSeconds = 60) => claimDue(database.db, { limit, leaseSeconds })

  test('gives each delivery to one process, those of a list together', async () => {
    await filled(60)
    const claimed = (await Promise.all(Array.from({ length: 12 }, () => claim(5)))).flat()
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(60)
    expect(await claim(5)).toEqual([])
    const lists = claimed.toSorted((a, b) => a.id - b.id).map(({ query }) => query)
    expect(lists.filter((query, place) => query !== lists[place - 1])).toHaveLength(3)
    expect(claimed[0]).toMatchObject({ kind: 'DIGEST', attempt: 1, period: 'DAY', startsOn: '2026-01-28' })
  })

  test('keeps what became of each, and tries again when it is time', async () => {
    await filled(5)
    const [sent, empty, failed, unknown, later] = await claim(5)
    const ids = [sent, empty, failed, unknown, later].map((delivery) => delivery?.id as number)
    await storeResults(database.db, [
      result(ids[0] as number, 'SENT'),
      result(ids[1] as number, 'EMPTY'),
      result(ids[2] as number, 'FAILED', { reason: 'No such mailbox.', stops: true }),
      result(ids[3] as number, 'UNKNOWN', { reason: 'The connection broke.' }),
      result(ids[4] as number, 'PENDING', { reason: 'Busy.', delaySeconds: 3_600 }),
    ])
    expect(await states()).toEqual({ SENT: 1, EMPTY: 1, FAILED: 1, UNKNOWN: 1, PENDING: 1 })
    expect(await claim(5)).toEqual([])
    await database.db.execute(sql`update deliveries set next_attempt_at = now() where state = 'PENDING'`)
    expect(await claim(5)).toMatchObject([{ id: ids[4], attempt: 2 }])
    const digests = await database.db.execute<Record<string, unknown>>(
      sql`select state, stop_reason, last_sent_at is not null as is_sent, count(*)::int as count from digests group by 1, 2, 3 order by 1, 3`,
    )
    expect([...digests]).toEqual([
      { state: 'ACTIVE', stop_reason: null, is_sent: false, count: 3 },
      { state: 'ACTIVE', stop_reason: null, is_sent: true, count: 1 },
      { state: 'STOPPED', stop_reason: 'No such mailbox.', is_sent: false, count: 1 },
    ])
  })

  test('stores results and gives the next by one statement', async () => {
    await filled(3)
    const [first, second] = await claim(2)
    const { result: next, statements } = await database.log.during(() =>
      storeAndClaim(database.db, [result(first?.id as number, 'SENT'), result(second?.id as number, 'PENDING')], {
        limit: 9,
        leaseSeconds: 60,
      }),
    )
    // Not the one that has just become PENDING again: that is for the next statement.
    expect([next.length, next[0]?.attempt, statements.length]).toEqual([1, 1, 1])
    expect(await states()).toEqual({ SENT: 1, PENDING: 1, SENDING: 1 })
  })

  test('gives up what a dead server was sending, but believes its result if it comes after all', async () => {
    await filled(2)
    const [first, second] = await claim(2, 0)
    expect(await giveUpLost(database.db)).toBe(2)
    expect(await giveUpLost(database.db)).toBe(0)
    expect(await claim(2)).toEqual([])
    await storeResults(database.db, [result(first?.id as number, 'SENT')])
    expect(await states()).toEqual({ SENT: 1, UNKNOWN: 1 })
    await storeResults(database.db, [result(first?.id as number, 'PENDING')])
    expect(await states()).toEqual({ SENT: 1, UNKNOWN: 1 })
    expect(second?.attempt).toBe(1)
  })

  test('waits longer after each try, up to four hours', () => {
    for (const [attempt, seconds] of [
      [1, 60],
      [2, 180],
      [3, 540],
      [9, 14_400],
      [40, 14_400],
    ] as const)
      for (let n = 0; n < 50; n += 1) {
        expect(retryDelay(attempt)).toBeGreaterThanOrEqual(seconds * 0.8)
        expect(retryDelay(attempt)).toBeLessThanOrEqual(seconds * 1.2)
      }
  })
})
