import { type SQL, sql } from 'drizzle-orm'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webhooks } from '../../drizzle/tables/webhooks.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

/** A webhook without its secrets. */
const shown = {
  id: webhooks.id,
  savedFilterId: webhooks.savedFilterId,
  url: webhooks.url,
  form: webhooks.form,
  events: webhooks.events,
  votes: webhooks.votes,
  editions: webhooks.editions,
  document: webhooks.document,
  state: webhooks.state,
  stateReason: webhooks.stateReason,
  failingSince: webhooks.failingSince,
  createdAt: webhooks.createdAt,
}

const read = (db: Db, where: SQL) =>
  db
    .select(shown)
    .from(webhooks)
    .innerJoin(savedFilters, sql`${savedFilters.id} = ${webhooks.savedFilterId}`)
    .where(sql`${savedFilters.userId} = ${sql.placeholder('userId')}::bigint and ${where}`)
    .orderBy(webhooks.id)

const byIds = statement('webhooks by ids', (db) =>
  read(db, sql`${webhooks.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const ofSavedFilters = statement('webhooks of saved filters', (db) =>
  read(db, sql`${webhooks.savedFilterId} = any(${sql.placeholder('ids')}::bigint[])`),
)

export type WebhookRow = Awaited<ReturnType<typeof byIds>>[number]

/** Those of the webhooks that a user has, in no order. */
export const webhooksByIds = (db: Db, userId: number, ids: readonly number[]): Promise<WebhookRow[]> =>
  byIds(db, { userId, ids })

/** The webhooks of saved filters of a user, oldest first. */
export const webhooksOfSavedFilters = (db: Db, userId: number, ids: readonly number[]): Promise<WebhookRow[]> =>
  ofSavedFilters(db, { userId, ids })

/** The webhook of a delivery; null if there is no such delivery. */
export async function webhookOfDelivery(db: Db, deliveryId: number): Promise<number | null> {
  const [row] = await db
    .select({ webhookId: webhookDeliveries.webhookId })
    .from(webhookDeliveries)
    .where(sql`${webhookDeliveries.id} = ${deliveryId}`)
  return row?.webhookId ?? null
}
