import type { Logger } from 'drizzle-orm'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

/** A pool or an open transaction: every function that runs SQL takes one of them first. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>

/** A pool and the way to give it back. */
export interface Database {
  db: Db
  /** Waits for the statements under way, so many seconds at most (5), then closes the connections. */
  close(seconds?: number): Promise<void>
}

/**
 * Opens a pool; connections are made when first needed.
 *
 * @param options.connections      how many at most. postgres.js pipelines statements, so that few serve many requests
 * @param options.statementTimeout milliseconds after which Postgres gives a statement up; 0 for no limit
 * @param options.logger           is told every statement; tests count with it
 */
export function openDatabase(
  url: string,
  options: { connections: number; statementTimeout: number; logger?: Logger },
): Database {
  const client = postgres(url, {
    max: options.connections,
    onnotice: () => {},
    connection: {
      application_name: 'daily-papers',
      // Instants come back as text and go into cursors: every session must write them the same way.
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      statement_timeout: options.statementTimeout,
    },
  })
  const db: Db = drizzle(client, options.logger ? { logger: options.logger } : {})
  return { db, close: (seconds = 5) => client.end({ timeout: seconds }) }
}
