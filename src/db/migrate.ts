import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { OperatorError } from '../values/errors.ts'
import type { Db } from './client.ts'
import { openForStart } from './lock-waits.ts'
import { ADVISORY_LOCKS, withoutTimeLimits } from './locks.ts'
import { SESSION_SETTINGS } from './session.ts'

const MIGRATIONS = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url))

/**
 * Applies the migrations that are missing. Several processes can call this at the same time: one migrates, the others
 * wait and find nothing to do. A failed migration is rolled back.
 *
 * @param options.say      receives a line about each lock that it waits for
 * @param options.patience milliseconds of waiting before that line; shorter in tests
 * @throws OperatorError if the sessions do not have the settings that statements rely on
 */
export async function migrateDatabase(
  url: string,
  options: { say: (line: string) => void; patience?: number } = { say: () => {} },
): Promise<void> {
  const { db, close } = openForStart(url, options)
  try {
    await checkSettings(db)
    await db.transaction(async (tx) => {
      await tx.execute(withoutTimeLimits)
      // Until the end of the transaction. Behind a pooler, a lock of the session would outlive this client.
      await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCKS.migration})`)
      await applyMigrations(tx)
    })
  } finally {
    await close()
  }
}

/** Does what Drizzle's `migrate` does, in the transaction of the caller, and records it in the same table. */
async function applyMigrations(tx: Db): Promise<void> {
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
  for (const { sql: statements, hash, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS })) {
    if (Number(last?.at ?? 0) >= folderMillis) continue
    for (const statement of statements) await tx.execute(sql.raw(statement))
    await tx.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis}::bigint)`,
    )
  }
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
