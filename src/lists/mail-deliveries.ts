import { and, type SQL, sql } from 'drizzle-orm'
import { deliveries } from '../../drizzle/tables/deliveries.ts'
import type { Db } from '../db/client.ts'
import type { DeliveryState } from '../queries/deliveries.ts'
import { encodeCursor, keyset, keysetValues, type Order, type Page, type PageRequest, toPage } from './page.ts'

export type MailDeliveryRow = typeof deliveries.$inferSelect

/** By id, which is the order in which they were added. */
export const MAIL_DELIVERY_ORDER: Order = {
  name: 'mail deliveries',
  key: sql`${deliveries.id}`,
  type: 'int8',
  descending: true,
}

const inStates = (states: readonly DeliveryState[] | null): SQL | undefined =>
  states === null ? undefined : sql`${deliveries.state} = any(${sql.param([...states])}::text[])`

/**
 * One page of mails, newest first.
 *
 * @param states only mails in one of these; null for all
 */
export async function mailDeliveryPage(
  db: Db,
  states: readonly DeliveryState[] | null,
  request: PageRequest,
): Promise<Page<MailDeliveryRow & { cursor: string }>> {
  const values = keysetValues(request)
  const page = keyset(MAIL_DELIVERY_ORDER, sql`${deliveries.id}`, request, (name) => sql`${sql.param(values[name])}`)
  const rows = await db
    .select()
    .from(deliveries)
    .where(and(inStates(states), ...page.where))
    .orderBy(...page.orderBy)
    .limit(request.limit + 1)
  return toPage(rows, request, (row) => ({
    ...row,
    cursor: encodeCursor(MAIL_DELIVERY_ORDER, { key: String(row.id), id: row.id }),
  }))
}

export const mailDeliveryCount = (db: Db, states: readonly DeliveryState[] | null): Promise<number> =>
  db.$count(deliveries, inStates(states))
