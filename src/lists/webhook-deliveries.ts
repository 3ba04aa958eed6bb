import { and, type SQL, sql } from 'drizzle-orm'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webhookEvents } from '../../drizzle/tables/webhook-events.ts'
import type { Db } from '../db/client.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

export const WEBHOOK_DELIVERY_ORDER: Order = {
  name: 'webhook deliveries',
  key: sql`${webhookDeliveries.createdAt}`,
  type: 'timestamptz',
  descending: true,
}

const read = (db: Db, ...where: SQL[]) =>
  db
    .select({
      id: webhookDeliveries.id,
      webhookId: webhookDeliveries.webhookId,
      event: webhookEvents.event,
      paperIds: webhookEvents.paperIds,
      state: webhookDeliveries.state,
      status: webhookDeliveries.status,
      reason: webhookDeliveries.reason,
      attempts: webhookDeliveries.attempts,
      nextAttemptAt: webhookDeliveries.nextAttemptAt,
      createdAt: webhookDeliveries.createdAt,
      finishedAt: webhookDeliveries.finishedAt,
    })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, sql`${webhookEvents.id} = ${webhookDeliveries.eventId}`)
    .where(and(...where))

export type WebhookDeliveryRow = Awaited<ReturnType<typeof read>>[number]

/** One page of the deliveries of a webhook, latest first. */
export async function webhookDeliveryPage(
  db: Db,
  webhookId: number,
  request: PageRequest,
): Promise<Page<WebhookDeliveryRow & { cursor: string }>> {
  const values = keysetValues(request)
  const page = keyset(
    WEBHOOK_DELIVERY_ORDER,
    sql`${webhookDeliveries.id}`,
    request,
    (name) => sql`${sql.param(values[name])}`,
  )
  const rows = await read(db, sql`${webhookDeliveries.webhookId} = ${webhookId}`, ...page.where)
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({
    ...row,
    cursor: encodeCursor(WEBHOOK_DELIVERY_ORDER, { key: row.createdAt, id: row.id }),
  }))
}

export const webhookDeliveryCount = (db: Db, webhookId: number): Promise<number> =>
  db.$count(webhookDeliveries, sql`${webhookDeliveries.webhookId} = ${webhookId}`)

export const webhookDeliveryById = async (db: Db, id: number): Promise<WebhookDeliveryRow | null> =>
  (await read(db, sql`${webhookDeliveries.id} = ${id}`))[0] ?? null
