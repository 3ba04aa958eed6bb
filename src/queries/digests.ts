import { sql } from 'drizzle-orm'
import { digests } from '../../drizzle/tables/digests.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type DigestRow = typeof digests.$inferSelect

const ofSavedFilters = statement('digests of saved filters', (db) =>
  db
    .select()
    .from(digests)
    .where(sql`${digests.savedFilterId} = any(${sql.placeholder('ids')}::bigint[])`),
)

/** The subscriptions by mail to saved filters; a saved filter has one at most. */
export const digestsOfSavedFilters = (db: Db, ids: readonly number[]): Promise<DigestRow[]> =>
  ofSavedFilters(db, { ids })
