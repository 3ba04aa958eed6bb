import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  changeDigest,
  confirmDigest,
  type DigestChange,
  deleteDigest,
  digestOfToken,
  newConfirmation,
  subscribe,
} from '../../src/deliveries/subscriptions.ts'
import { createSavedFilter } from '../../src/writes/saved-filters.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

let people = 0
const newAddress = () => {
  people += 1
  return `reader${people}@example.org`
}
const AGENTS = { query: 'topics=agents' }
const NOW = () => new Date()

const digestsOf = (address: string) =>
  database.db.execute<Record<string, string | null>>(
    sql`select own.id, own.state, own.period, own.token, own.stop_reason from digests as own join mail_addresses as owner on owner.id = own.address_id where lower(owner.address) = lower(${address}) order by own.id`,
  )
const mailsTo = async (address: string) =>
  (
    await database.db.execute<{ state: string }>(
      sql`select sent.state from deliveries as sent join digests as own on own.id = sent.digest_id join mail_addresses as owner on owner.id = own.address_id where lower(owner.address) = lower(${address})`,
    )
  ).length

/** A subscription of a new address, confirmed. */
async function confirmed(period: 'DAY' | 'WEEK' | 'MONTH' = 'DAY', address = newAddress()) {
  await subscribe(database.db, { address, period, list: AGENTS })
  const digest = (await digestsOf(address)).at(-1) as Record<string, string>
  const confirmation = await newConfirmation(database.db, Number(digest.id))
  expect(await confirmDigest(database.db, confirmation, NOW())).toMatchObject({ state: 'ACTIVE' })
  return { address, id: Number(digest.id), token: digest.token as string, confirmation }
}

describe('a subscription', () => {
  test('waits for its confirmation, and is ACTIVE after it', async () => {
    const address = newAddress()
    await subscribe(database.db, { address, period: 'WEEK', list: AGENTS })
    const [digest] = await digestsOf(address)
    expect(digest).toMatchObject({ state: 'UNCONFIRMED', period: 'WEEK' })
    expect(await mailsTo(address)).toBe(1)
    const token = await newConfirmation(database.db, Number(digest?.id))
    const view = { period: 'WEEK', state: 'ACTIVE', query: 'topics=agents', name: null }
    expect(await confirmDigest(database.db, token, NOW())).toEqual(view)
    expect(await digestOfToken(database.db, digest?.token as string)).toEqual(view)
    const [stored] = await database.db.execute(sql`select * from digests where id = ${digest?.id}`)
    expect(JSON.stringify(stored)).not.toContain(token)
  })

  test('is one for an address however it is written, and confirmation mails are few', async () => {
    const address = newAddress()
    const ask = (written = address) => subscribe(database.db, { address: written, period: 'DAY', list: AGENTS })
    await Promise.all(Array.from({ length: 8 }, () => ask()))
    await ask(address.toUpperCase())
    expect(await digestsOf(address)).toHaveLength(1)
    expect(await mailsTo(address)).toBe(1)
    // The mail was sent an hour ago.
    await database.db.execute(sql`update deliveries set state = 'SENT', created_at = now() - interval '1 hour'`)
    await ask()
    await ask()
    expect(await mailsTo(address)).toBe(2)
    for (let n = 0; n < 9; n += 1)
      await subscribe(database.db, { address, period: 'DAY', list: { query: `minVotes=${n + 1}` } })
    expect(await mailsTo(address)).toBe(5)
  })

  test('that is ACTIVE stays as it is when it is asked for again', async () => {
    const { address, token } = await confirmed()
    await database.db.execute(sql`delete from deliveries`)
    await subscribe(database.db, { address, period: 'DAY', list: AGENTS })
    expect(await mailsTo(address)).toBe(0)
    expect(await digestOfToken(database.db, token)).toMatchObject({ state: 'ACTIVE' })
  })

  test('is confirmed by the newest mail, once, and in time', async () => {
    const address = newAddress()
    await subscribe(database.db, { address, period: 'DAY', list: AGENTS })
    const [digest] = await digestsOf(address)
    const old = await newConfirmation(database.db, Number(digest?.id))
    const token = await newConfirmation(database.db, Number(digest?.id))
    expect(await confirmDigest(database.db, old, NOW())).toBeNull()
    expect(await confirmDigest(database.db, 'x', NOW())).toBeNull()
    const late = new Date(Date.now() + 49 * 3_600_000)
    expect(await confirmDigest(database.db, token, late)).toBeNull()
    const states = await Promise.all([1, 2, 3].map(() => confirmDigest(database.db, token, NOW())))
    expect(states.map((view) => view?.state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE'])
    await changeDigest(database.db, digest?.token as string, 'pause')
    expect(await confirmDigest(database.db, token, NOW())).toMatchObject({ state: 'PAUSED' })
    await changeDigest(database.db, digest?.token as string, 'unsubscribe')
    expect(await confirmDigest(database.db, token, NOW())).toBeNull()
    expect(await digestOfToken(database.db, digest?.token as string)).toMatchObject({ state: 'STOPPED' })
  })
})

describe('a change', () => {
  const stateAfter = async (token: string, ...changes: DigestChange[]) => {
    for (const change of changes) await changeDigest(database.db, token, change)
    const view = await digestOfToken(database.db, token)
    return `${view?.state} ${view?.period}`
  }

  test.for([
    [['pause'], 'PAUSED DAY'],
    [['pause', 'resume'], 'ACTIVE DAY'],
    [['lessOften'], 'ACTIVE WEEK'],
    [['lessOften', 'lessOften', 'lessOften'], 'ACTIVE MONTH'],
    [['pause', 'lessOften'], 'PAUSED WEEK'],
    [['unsubscribe'], 'STOPPED DAY'],
    [['unsubscribe', 'pause'], 'STOPPED DAY'],
    [['unsubscribe', 'resume'], 'ACTIVE DAY'],
    [['unsubscribe', 'unsubscribe'], 'STOPPED DAY'],
  ] as const)('%s', async ([changes, result]) => {
    const { token } = await confirmed()
    expect(await stateAfter(token, ...changes)).toBe(result)
  })

  test('never begins what was not confirmed', async () => {
    const address = newAddress()
    await subscribe(database.db, { address, period: 'DAY', list: AGENTS })
    const token = (await digestsOf(address))[0]?.token as string
    expect(await stateAfter(token, 'resume', 'pause', 'lessOften')).toBe('UNCONFIRMED DAY')
    expect(await stateAfter(token, 'unsubscribe', 'resume')).toBe('STOPPED DAY')
    expect(await mailsTo(address)).toBe(0)
  })

  test('of an unknown token changes nothing', async () => {
    expect(await changeDigest(database.db, 'nothing', 'unsubscribe')).toBeNull()
    expect(await digestOfToken(database.db, 'nothing')).toBeNull()
  })

  test('to a period in which the address has the list already leaves one of the two', async () => {
    const address = newAddress()
    const daily = await confirmed('DAY', address)
    const weekly = await confirmed('WEEK', address)
    expect(await stateAfter(daily.token, 'lessOften')).toBe('STOPPED DAY')
    expect(await stateAfter(weekly.token)).toBe('ACTIVE WEEK')
  })

  test('drops what waits in the outbox, and nothing else', async () => {
    for (const change of ['pause', 'lessOften', 'unsubscribe'] as const) {
      const { token, id } = await confirmed()
      await database.db.execute(
        sql`insert into deliveries (kind, digest_id, period, starts_on, state) values ('DIGEST', ${id}, 'DAY', '2026-02-01', 'SENT'), ('DIGEST', ${id}, 'DAY', '2026-02-02', 'SENDING'), ('DIGEST', ${id}, 'DAY', '2026-02-03', 'PENDING')`,
      )
      await changeDigest(database.db, token, change)
      const left = await database.db.execute<{ state: string }>(
        sql`select state from deliveries where digest_id = ${id} and kind = 'DIGEST' order by state`,
      )
      expect(left.map(({ state }) => state)).toEqual(['SENDING', 'SENT'])
    }
  })
})

describe('a saved filter', () => {
  async function savedFilter(query: string) {
    const { user } = await userOfHandle(database.db, `person-${query}`)
    const saved = await createSavedFilter(database.db, user.id, { name: 'Mine', query, subject: null })
    return { userId: user.id, savedFilterId: (saved as { id: number }).id }
  }

  test('has one subscription, which another address replaces and must confirm', async () => {
    const { savedFilterId } = await savedFilter('minVotes=3')
    const [first, second] = [newAddress(), newAddress()]
    await subscribe(database.db, { address: first, period: 'DAY', list: { savedFilterId } })
    const [digest] = await digestsOf(first)
    await confirmDigest(database.db, await newConfirmation(database.db, Number(digest?.id)), NOW())
    expect(await digestOfToken(database.db, digest?.token as string)).toEqual({
      state: 'ACTIVE',
      period: 'DAY',
      query: 'minVotes=3',
      name: 'Mine',
    })
    await subscribe(database.db, { address: first, period: 'MONTH', list: { savedFilterId } })
    expect(await digestsOf(first)).toMatchObject([{ state: 'ACTIVE', period: 'MONTH', token: digest?.token }])
    const before = await newConfirmation(database.db, Number(digest?.id))
    await subscribe(database.db, { address: second, period: 'DAY', list: { savedFilterId } })
    expect(await digestsOf(first)).toEqual([])
    const [moved] = await digestsOf(second)
    expect(moved).toMatchObject({ state: 'UNCONFIRMED', period: 'DAY' })
    // The first address can neither confirm nor end it.
    expect(await confirmDigest(database.db, before, NOW())).toBeNull()
    expect(await changeDigest(database.db, digest?.token as string, 'unsubscribe')).toBeNull()
  })

  test('takes its subscription with it', async () => {
    const { userId, savedFilterId } = await savedFilter('minVotes=4')
    const address = newAddress()
    await subscribe(database.db, { address, period: 'DAY', list: { savedFilterId } })
    await database.db.execute(sql`delete from saved_filters where user_id = ${userId}`)
    expect(await digestsOf(address)).toEqual([])
  })

  test('forgets an address that no other subscription has', async () => {
    const { address, token } = await confirmed()
    const other = await confirmed('WEEK', address)
    await deleteDigest(database.db, token)
    expect(await digestsOf(address)).toHaveLength(1)
    await deleteDigest(database.db, other.token)
    expect(await database.db.execute(sql`select from mail_addresses where address = ${address}`)).toHaveLength(0)
  })
})
