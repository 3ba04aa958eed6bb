import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** When each group of outside servers was last asked for something, so that all processes together keep its pace. */
export const requestPaces = pgTable('request_paces', {
  /** Such as `arxiv`, which stands for all interfaces of arXiv, or a host. */
  name: text('name').primaryKey(),
  lastRequestAt: instant('last_request_at').notNull(),
  /** Milliseconds from then until the next request may be sent. */
  pause: integer('pause').notNull(),
})
