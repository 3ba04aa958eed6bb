import { syncSources } from '../../drizzle/tables/sync-sources.ts'
import type { Db } from '../db/client.ts'

/** Where the sync of a source stands. */
export type SyncState = typeof syncSources.$inferSelect

/** The states of all sources that were synced here or are to be, by name. */
export const syncStates = (db: Db): Promise<SyncState[]> => db.select().from(syncSources).orderBy(syncSources.name)
