import { pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * The keys and handles of people whom the operator has erased, as hashes: imports do not add these people again, and a token
 * that the identity provider issued before does not sign in.
 */
export const erasedIdentities = pgTable('erased_identities', {
  /** `identityHash` in `src/queries/erased-identities.ts`. */
  hash: text('hash').primaryKey(),
  erasedAt: instant('erased_at').notNull(),
})
