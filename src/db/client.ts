import type { Logger } from 'drizzle-orm'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import { type ClientOptions, connect } from './connect.ts'

/** A connection pool or an open transaction. Every function that runs SQL takes it as its first argument. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>

/** A connection pool and the function that closes it. */
export interface Database {
  db: Db
  /** Waits for running statements, at most this many seconds (default 5), then closes the connections. */
  close(seconds?: number): Promise<void>
}

/**
 * Creates a connection pool. Connections are opened on first use.
 *
 * @param options.connections      the largest number of connections. A few serve many requests, because postgres.js pipelines
 * @param options.statementTimeout milliseconds after which Postgres cancels a statement; 0 for no limit
 * @param options.name             the name of its sessions in `pg_stat_activity`
 * @param options.logger           receives every statement; tests count statements with it
 */
export function openDatabase(
  url: string,
  { logger, ...options }: Omit<ClientOptions, 'driver'> & { logger?: Logger },
): Database {
  const client = connect(url, options)
  const db: Db = drizzle(client, logger ? { logger } : {})
  return { db, close: (seconds = 5) => client.end({ timeout: seconds }) }
}
