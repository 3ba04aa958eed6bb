import { createHash, randomBytes } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { deliveries } from '../../drizzle/tables/deliveries.ts'
import { digests } from '../../drizzle/tables/digests.ts'
import { mailAddresses } from '../../drizzle/tables/mail-addresses.ts'
import type { Db } from '../db/client.ts'
import { queryOfSaved, savedQueryString } from '../formats/saved-filter.ts'
import { savedListsByIds } from '../queries/saved-filters.ts'
import { longerPeriod, type Period } from '../values/editions.ts'
import { type Writing, writing } from '../writes/writing.ts'

/** In hours: so long the link of a confirmation mail works. */
export const CONFIRMATION_HOURS = 48
/** At most one confirmation mail for a subscription in so many minutes, and so many to one address a day, whoever asks. */
const CONFIRMATION_EVERY = 10
const CONFIRMATIONS_A_DAY = 5

export type DigestState = 'UNCONFIRMED' | 'ACTIVE' | 'PAUSED' | 'STOPPED'

/** A subscription as its subscriber sees it. */
export interface DigestView {
  period: Period
  state: DigestState
  /** The canonical query string of its filter and order. */
  query: string
  /** Of a saved filter; null for a list without a name. */
  name: string | null
}

export type DigestChange = 'pause' | 'resume' | 'lessOften' | 'unsubscribe'

/** What a subscription sends: a list, or the list of a saved filter of a user. */
export type DigestList = { query: string } | { savedFilterId: number }

const newToken = (): string => randomBytes(24).toString('base64url')
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/**
 * Subscribes an address: puts a confirmation mail into the outbox, and sends nothing else before it is confirmed. Nobody can
 * tell from what this does, or how long it takes, whether the address was known. An ACTIVE subscription stays as it is; a saved
 * filter has one subscription, which another address or period replaces.
 */
export async function subscribe(
  db: Db,
  { address, period, list }: { address: string; period: Period; list: DigestList },
): Promise<void> {
  await writing(db, async ({ tx }) => {
    // An update that changes nothing, so that the row is returned, and locked until the limits below are looked at.
    const [owner] = await tx.execute<{ id: string }>(sql`
      insert into ${mailAddresses} (address) values (${address})
      on conflict (lower(address)) do update set address = ${mailAddresses}.address returning id`)
    const addressId = Number(owner?.id)
    const [digest] =
      'query' in list ? await ofList(tx, addressId, period, list) : await ofSaved(tx, addressId, period, list)
    const { id, state } = digest as { id: number; state: DigestState }
    if (state === 'ACTIVE') return
    await tx.execute(sql`
      insert into ${deliveries} (kind, digest_id)
      select 'CONFIRMATION', ${id}::bigint
      where not exists (
        select from ${deliveries} where digest_id = ${id} and kind = 'CONFIRMATION'
          and (state = 'PENDING' or created_at > now() - ${CONFIRMATION_EVERY} * interval '1 minute')
      ) and (
        select count(*) from ${deliveries} as sent join ${digests} as own on own.id = sent.digest_id
        where own.address_id = ${addressId} and sent.kind = 'CONFIRMATION' and sent.created_at > now() - interval '1 day'
      ) < ${CONFIRMATIONS_A_DAY}`)
  })
}

const ofList = (tx: Db, addressId: number, period: Period, { query }: { query: string }) =>
  tx
    .insert(digests)
    .values({ addressId, period, query, token: newToken() })
    .onConflictDoUpdate({
      target: [digests.addressId, digests.period, digests.query],
      targetWhere: sql`${digests.savedFilterId} is null`,
      set: { query },
    })
    .returning({ id: digests.id, state: digests.state })

/** With another address or period the subscription begins anew: with another token, unconfirmed. */
const ofSaved = (tx: Db, addressId: number, period: Period, { savedFilterId }: { savedFilterId: number }) => {
  const isSame = sql`${digests.addressId} = excluded.address_id`
  const kept = (column: SQL | typeof digests.token, other: SQL) =>
    sql`case when ${isSame} then ${column} else ${other} end`
  return tx
    .insert(digests)
    .values({ addressId, period, query: '', savedFilterId, token: newToken() })
    .onConflictDoUpdate({
      target: digests.savedFilterId,
      set: {
        addressId,
        period,
        token: kept(digests.token, sql`excluded.token`),
        state: kept(sql`${digests.state}`, sql`'UNCONFIRMED'`),
        confirmationHash: kept(sql`${digests.confirmationHash}`, sql`null`),
      },
    })
    .returning({ id: digests.id, state: digests.state })
}

/**
 * The token for a confirmation mail that is about to be sent. The tokens of earlier mails to the subscription stop working.
 * It is made so late that it is stored nowhere but as a hash.
 */
export async function newConfirmation(db: Db, digestId: number): Promise<string> {
  const token = newToken()
  await db
    .update(digests)
    .set({
      confirmationHash: hashOf(token),
      confirmationExpiresAt: sql`now() + ${CONFIRMATION_HOURS} * interval '1 hour'` as never,
    })
    .where(sql`${digests.id} = ${digestId}`)
  return token
}

/**
 * Confirms a subscription, by the token of its confirmation mail. A token works once; after that it shows the subscription
 * and changes nothing. Null for a token that has expired, that a later mail replaced, or that never was.
 */
export const confirmDigest = (db: Db, token: string, now: Date): Promise<DigestView | null> =>
  writing(db, async (open) => {
    const hash = hashOf(token)
    await open.tx
      .update(digests)
      .set({ state: 'ACTIVE', confirmedAt: now.toISOString(), confirmationExpiresAt: null, stopReason: null })
      .where(sql`${digests.confirmationHash} = ${hash} and ${digests.confirmationExpiresAt} > ${now.toISOString()}`)
    return read(open.tx, sql`${digests.confirmationHash} = ${hash} and ${digests.confirmationExpiresAt} is null`)
  })

/** The subscription of the token that its mails carry; null if there is none. */
export const digestOfToken = (db: Db, token: string): Promise<DigestView | null> =>
  read(db, sql`${digests.token} = ${token}`)

/**
 * Changes the subscription of a token; null if there is none. What is on its way is sent; what waits in the outbox is not, after a
 * pause or an end. One that was never confirmed can only be ended.
 */
export const changeDigest = (db: Db, token: string, change: DigestChange): Promise<DigestView | null> =>
  writing(db, async (open) => {
    const { tx } = open
    const [digest] = await tx.select().from(digests).where(sql`${digests.token} = ${token}`).for('update')
    if (digest === undefined) return null
    const isOwn = sql`${digests.id} = ${digest.id}`
    if (change === 'unsubscribe') await stop(open, digest.id, 'unsubscribed')
    else if (digest.confirmedAt !== null) {
      if (change === 'pause' && digest.state === 'ACTIVE') {
        await tx.update(digests).set({ state: 'PAUSED' }).where(isOwn)
        await dropPending(tx, digest.id)
      }
      if (change === 'resume') await tx.update(digests).set({ state: 'ACTIVE', stopReason: null }).where(isOwn)
      if (change === 'lessOften') await setPeriod(open, digest, longerPeriod(digest.period) ?? digest.period)
    }
    return read(tx, isOwn)
  })

/** Removes a subscription, with its address if no other has it. */
export const deleteDigest = (db: Db, token: string): Promise<void> =>
  writing(db, async ({ tx }) => {
    const [gone] = await tx
      .delete(digests)
      .where(sql`${digests.token} = ${token}`)
      .returning({ addressId: digests.addressId })
    if (gone === undefined) return
    await tx
      .delete(mailAddresses)
      .where(
        sql`${mailAddresses.id} = ${gone.addressId} and not exists (select from ${digests} where address_id = ${gone.addressId})`,
      )
  })

async function setPeriod(open: Writing, digest: typeof digests.$inferSelect, period: Period): Promise<void> {
  const { tx } = open
  // Somebody can have one list by two periods: then the other subscription is enough.
  const [other] = await tx
    .select({ id: digests.id })
    .from(digests)
    .where(
      sql`${digests.addressId} = ${digest.addressId} and ${digests.period} = ${period} and ${digests.query} = ${digest.query} and ${digests.savedFilterId} is null and ${digest.savedFilterId === null} and ${digests.id} <> ${digest.id}`,
    )
  if (other) return stop(open, digest.id, 'the same list is sent less often already')
  await tx.update(digests).set({ period }).where(sql`${digests.id} = ${digest.id}`)
  await dropPending(tx, digest.id)
}

/** Also the link of a confirmation mail stops working: it must not undo this. */
async function stop({ tx }: Writing, digestId: number, reason: string): Promise<void> {
  await tx
    .update(digests)
    .set({ state: 'STOPPED', stopReason: reason, confirmationHash: null, confirmationExpiresAt: null })
    .where(sql`${digests.id} = ${digestId}`)
  await dropPending(tx, digestId)
}

const dropPending = (tx: Db, digestId: number) =>
  tx.delete(deliveries).where(sql`${deliveries.digestId} = ${digestId} and ${deliveries.state} = 'PENDING'`)

async function read(db: Db, where: SQL): Promise<DigestView | null> {
  const [digest] = await db.select().from(digests).where(where)
  if (digest === undefined) return null
  const { period, state, savedFilterId } = digest
  if (savedFilterId === null) return { period, state, query: digest.query, name: null }
  const [saved] = await savedListsByIds(db, [savedFilterId])
  if (saved === undefined) return null
  return { period, state, query: savedQueryString(queryOfSaved(saved)), name: saved.name }
}
