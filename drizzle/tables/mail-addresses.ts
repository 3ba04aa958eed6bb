import { sql } from 'drizzle-orm'
import { pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** Addresses to which mails were asked for: the only place where they are stored. */
export const mailAddresses = pgTable(
  'mail_addresses',
  {
    id: id(),
    address: text('address').notNull(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
  },
  (t) => [uniqueIndex('mail_addresses_address').on(sql`lower(${t.address})`)],
)
