import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webhookEvents } from '../../drizzle/tables/webhook-events.ts'
import { webhooks } from '../../drizzle/tables/webhooks.ts'
import type { Db } from '../db/client.ts'
import { queryOfSaved, savedQueryString } from '../formats/saved-filter.ts'
import type { SavedFilterRow } from '../queries/saved-filters.ts'
import type { Period } from '../values/editions.ts'
import type { WebhookEventName, WebhookForm } from '../values/webhooks.ts'
import { type Writing, writing } from '../writes/writing.ts'
import { newestPapers } from './webhook-lists.ts'
import { failWaiting } from './webhook-outbox.ts'

/** So many webhooks one user can have. */
export const MOST_WEBHOOKS = 50
/** In hours: so long messages are signed with the secret before, too. */
export const OLD_SECRET_HOURS = 24
/** So many papers a test has at most. */
const TESTED_PAPERS = 3

/** What the owner of a webhook decides. */
export interface WebhookChoices {
  url: string
  events: readonly WebhookEventName[]
  votes: number | null
  editions: Period
  document: string | null
}

/** 192 random bits, as Standard Webhooks writes a secret. */
const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`

/** @returns its id and secret; null if the user has as many as they may have, or no such saved filter any more */
export const createWebhook = (
  db: Db,
  userId: number,
  { savedFilterId, ...webhook }: WebhookChoices & { savedFilterId: number; form: WebhookForm },
): Promise<{ id: number; secret: string } | 'full' | null> =>
  writing(db, async (open) => {
    // So that two requests do not make one too many.
    await open.lock('users', sql`${userId}::bigint`)
    const { tx } = open
    const own = sql`select ${savedFilters.id} from ${savedFilters} where ${savedFilters.userId} = ${userId}`
    const [list] = await tx.execute(sql`${own} and ${savedFilters.id} = ${savedFilterId} for key share`)
    if (list === undefined) return null
    if ((await tx.$count(webhooks, sql`${webhooks.savedFilterId} in (${own})`)) >= MOST_WEBHOOKS) return 'full'
    const secret = newSecret()
    const [made] = await tx
      .insert(webhooks)
      .values({ savedFilterId, ...webhook, events: [...webhook.events], secret })
      .returning({ id: webhooks.id })
    return { id: (made as { id: number }).id, secret }
  })

/**
 * Changes a webhook, which the caller has read for its owner. Turned on again, it is told of what comes from then on; turned off,
 * what waits is not sent.
 *
 * @returns the new secret, if one was wanted
 */
export const updateWebhook = (
  db: Db,
  id: number,
  { isActive, rotatesSecret, ...choices }: WebhookChoices & { isActive: boolean | null; rotatesSecret: boolean },
): Promise<{ secret: string | null }> =>
  writing(db, async ({ tx }) => {
    const secret = rotatesSecret ? newSecret() : null
    await tx
      .update(webhooks)
      .set({
        ...choices,
        events: [...choices.events],
        watchesCounts: true,
        isPrimed: false,
        ...(secret === null
          ? {}
          : {
              secret,
              previousSecret: sql`${webhooks.secret}` as never,
              previousSecretUntil: sql`now() + ${OLD_SECRET_HOURS} * interval '1 hour'` as never,
            }),
        ...(isActive === null
          ? {}
          : { state: isActive ? ('ACTIVE' as const) : ('PAUSED' as const), stateReason: null, failingSince: null }),
      })
      .where(sql`${webhooks.id} = ${id}`)
    if (isActive === false) await failWaiting(tx, [id])
    return { secret }
  })

export const deleteWebhook = (db: Db, id: number): Promise<void> =>
  writing(db, async ({ tx }) => {
    await tx.delete(webhooks).where(sql`${webhooks.id} = ${id}`)
  })

/** Adds a test with the newest papers of the list, which is sent whatever else waits. @returns its id */
export const pingWebhook = (db: Db, webhookId: number, saved: SavedFilterRow): Promise<number> =>
  writing(db, async (open) => {
    const { filter, orderBy } = queryOfSaved(saved)
    const paperIds = await newestPapers(open.tx, filter, TESTED_PAPERS)
    const [event] = await open.tx
      .insert(webhookEvents)
      .values({ event: 'PING', query: savedQueryString({ filter, orderBy }), paperIds })
      .returning({ id: webhookEvents.id })
    return addOutOfTurn(open, webhookId, (event as { id: number }).id)
  })

async function addOutOfTurn({ tx }: Writing, webhookId: number, eventId: number): Promise<number> {
  const [delivery] = await tx
    .insert(webhookDeliveries)
    .values({ webhookId, eventId, isOutOfTurn: true })
    .returning({ id: webhookDeliveries.id })
  return (delivery as { id: number }).id
}

/** Sends a delivery again, with the same id: one that is done out of turn, one that waits as soon as it can be. */
export const redeliver = (db: Db, id: number): Promise<void> =>
  writing(db, async ({ tx }) => {
    await tx.execute(sql`
      update ${webhookDeliveries} set
        is_out_of_turn = is_out_of_turn or state not in ('PENDING', 'SENDING'),
        state = case when state = 'SENDING' then state else 'PENDING' end,
        next_attempt_at = now(), finished_at = null
      where id = ${id}`)
  })
