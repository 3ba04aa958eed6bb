import { sql } from 'drizzle-orm'
import { deliveries } from '../../drizzle/tables/deliveries.ts'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webSubFeeds } from '../../drizzle/tables/websub-feeds.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

/** What leaves the server by itself: the kinds of mails, webhooks, and feeds of which the WebSub hub is told. */
export const DELIVERY_KINDS = [...deliveries.kind.enumValues, 'WEBHOOK', 'WEBSUB'] as const
export type DeliveryKind = (typeof DELIVERY_KINDS)[number]

export const DELIVERY_STATES = deliveries.state.enumValues
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface DeliveryCount {
  kind: DeliveryKind
  state: DeliveryState
  count: number
  /** When the oldest of them was added. */
  oldestAt: string
}

const isRecent = sql`(finished_at is null or finished_at > now() - interval '1 day')`

const recent = statement('counts of deliveries', (db) =>
  db
    .select({
      kind: sql<DeliveryKind>`kind`,
      state: sql<DeliveryState>`state`,
      count: sql<number>`count(*)::int`,
      oldestAt: sql<string>`min(created_at)`.mapWith(deliveries.createdAt),
    })
    .from(sql`(
      select kind, state, created_at from ${deliveries} where ${isRecent}
      union all select 'WEBHOOK', state, created_at from ${webhookDeliveries} where ${isRecent}
      union all select 'WEBSUB', 'PENDING', changed_at from ${webSubFeeds} where changed_at is not null
    ) as every`)
    .groupBy(sql`kind, state`)
    .orderBy(sql`kind, state`),
)

/** How many deliveries of each kind and state there are: those that are not done, and those that were done within a day. */
export const deliveryCounts = (db: Db): Promise<DeliveryCount[]> => recent(db)
