import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { OperatorError } from '../values/errors.ts'
import type { Db } from './client.ts'
import { openForStart } from './lock-waits.ts'
import { ADVISORY_LOCKS, withoutTimeLimits } from './locks.ts'
import { SESSION_SETTINGS } from './session.ts'

const MIGRATIONS = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url))

/** How a start waits for locks. */
interface StartOptions {
  /** Receives a line about each lock that it waits for. */
  say: (line: string) => void
  /** Milliseconds of waiting before that line; shorter in tests. */
  patience?: number
}

/**
 * Applies the migrations that are missing. Several processes can call this at the same time: one migrates, the others
 * wait and find nothing to do. A failed migration is rolled back.
 *
 * @throws OperatorError if the sessions do not have the settings that statements rely on
 */
export const migrateDatabase = (url: string, options: StartOptions = { say: () => {} }): Promise<void> =>
  withCheckedDatabase(url, options, (db) => db.transaction((tx) => applyMigrations(tx)))

/** Only checks what `migrateDatabase` checks, for a program that migrates in a transaction of its own. */
export const checkDatabase = (url: string, options: StartOptions): Promise<void> =>
  withCheckedDatabase(url, options, async () => {})

async function withCheckedDatabase(url: string, options: StartOptions, use: (db: Db) => Promise<void>): Promise<void> {
  const { db, close } = openForStart(url, options)
  try {
    await checkSettings(db)
    await use(db)
  } finally {
    await close()
  }
}

/**
 * Does what Drizzle's `migrate` does, in the transaction of the caller, and records it in the same table.
 *
 * @param upTo the last migration to apply; by default, the newest one
 * @throws OperatorError if newer ones than `upTo` are applied already
 */
export async function applyMigrations(tx: Db, upTo?: string): Promise<void> {
  await tx.execute(withoutTimeLimits)
  // Until the end of the transaction. Behind a pooler, a lock of the session would outlive this client.
  await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCKS.migration})`)
  // Only if it is missing: to create a schema takes a right that a server does not need later.
  const [known] = await tx.execute(sql`select to_regclass('drizzle.__drizzle_migrations') is not null as exists`)
  if (known?.exists !== true) {
    await tx.execute(sql`create schema if not exists drizzle`)
    await tx.execute(
      sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`,
    )
  }
  const [last] = await tx.execute<{ at: string | null }>(
    sql`select max(created_at) as at from drizzle.__drizzle_migrations`,
  )
  const end = migrations().find(({ tag }) => tag === upTo)?.when ?? Number.POSITIVE_INFINITY
  if (Number(last?.at ?? 0) > end)
    throw new OperatorError(
      `The tables of the database are newer than those of migration ${upTo}. ` +
        'Set DATA_DIR to a new directory, or DATABASE_URL to a new database.',
    )
  for (const { sql: statements, hash, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS })) {
    if (Number(last?.at ?? 0) >= folderMillis || folderMillis > end) continue
    for (const statement of statements) await tx.execute(sql.raw(statement))
    await tx.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis}::bigint)`,
    )
  }
}

/** The migrations of this program, oldest first, with their names and the times that the table of applied ones has. */
export function migrations(): { tag: string; when: number }[] {
  return JSON.parse(readFileSync(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')).entries
}

/** A pooler may drop the settings of a connection without an error (`ignore_startup_parameters` of pgbouncer). */
async function checkSettings(db: Db): Promise<void> {
  const rows = await db.execute<{ name: string; value: string | null }>(sql`
    select name, current_setting(name, true) as value
    from unnest(${sql.param(Object.keys(SESSION_SETTINGS))}::text[]) as name`)
  const dropped = rows.filter(({ name, value }) => value !== SESSION_SETTINGS[name])
  if (dropped.length === 0) return
  const list = dropped.map(({ name, value }) => `${name} is ${value} instead of ${SESSION_SETTINGS[name]}`).join(', ')
  throw new OperatorError(
    `The sessions of the database do not have the settings that were requested: ${list}. Does DATABASE_URL lead to a connection pooler? Use the address of the database itself.`,
  )
}
