import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { OperatorError } from '../values/errors.ts'
import { checkSettings, type DatabaseUse, takesWrites } from './checks.ts'
import type { Db } from './client.ts'
import { openForStart } from './lock-waits.ts'
import { ADVISORY_LOCKS, withoutTimeLimits } from './locks.ts'
import { missingRights } from './rights.ts'
import { sqlStateOf } from './sql-state.ts'

const MIGRATIONS = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url))

/** The version of this program. */
export const VERSION: string = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
).version

/** The migrations of this program, oldest first, with their names and the times that the table of applied ones has. */
export function migrations(): { tag: string; when: number }[] {
  return JSON.parse(readFileSync(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')).entries
}

const newestOfProgram = () => migrations().at(-1) as { tag: string; when: number }

interface StartOptions {
  /** Receives a line about each lock that the start waits for, and about a database that takes no writes. */
  say: (line: string) => void
  /** Milliseconds of waiting before the first of those lines; shorter in tests. */
  patience?: number
  /** What the program does with the database; it writes by default. */
  use?: DatabaseUse
  /** False to check only, for a program that applies the migrations in a transaction of its own. */
  migrate?: boolean
}

/**
 * Applies the migrations that are missing. Where none is, nothing is written or locked. Several processes can call this at the
 * same time: one migrates, the others wait and find nothing to do. A failed migration is rolled back.
 *
 * @returns the names of those that were applied
 * @throws OperatorError if the database cannot be used as it is: its sessions lack settings that statements rely on, it takes no
 *   writes, the role lacks a right, or a newer version of this program has migrated it
 */
export async function migrateDatabase(
  url: string,
  { use = 'writes', migrate = true, ...options }: StartOptions = { say: () => {} },
): Promise<string[]> {
  const { db, close } = openForStart(url, options)
  let migrating = false
  try {
    await checkSettings(db)
    const writable = await takesWrites(db, use, options.say)
    const newest = await newestApplied(db)
    refuseNewer(newest)
    if (!migrate || (newest !== null && newest.when >= newestOfProgram().when)) return []
    if (!writable)
      throw new OperatorError(
        `The database of DATABASE_URL takes no writes, and its tables are older than version ${VERSION} of this program, ` +
          `which must change them first: start this version once where it can write.`,
      )
    migrating = true
    return await db.transaction((tx) => applyMigrations(tx))
  } catch (error) {
    throw sqlStateOf(error) === '42501' ? await missingRights(db, error, migrating) : error
  } finally {
    await close()
  }
}

/**
 * Does what Drizzle's `migrate` does, in the transaction of the caller, and records it in the same table, with the names of the
 * migration and of this version.
 *
 * @param upTo the last migration to apply; by default, the newest one
 * @returns the names of those that were applied
 * @throws OperatorError if newer ones than `upTo` are applied already
 */
export async function applyMigrations(tx: Db, upTo?: string): Promise<string[]> {
  await tx.execute(withoutTimeLimits)
  // Until the end of the transaction. Behind a pooler, a lock of the session would outlive this client.
  await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCKS.migration})`)
  // A newer program may have held the lock.
  const newest = await newestApplied(tx)
  refuseNewer(newest)
  const last = newest?.when ?? 0
  const end = migrations().find(({ tag }) => tag === upTo)?.when ?? Number.POSITIVE_INFINITY
  if (last > end)
    throw new OperatorError(
      `The tables of the database are newer than those of migration ${upTo}. ` +
        'Set DATA_DIR to a new directory, or DATABASE_URL to a new database.',
    )
  const missing = readMigrationFiles({ migrationsFolder: MIGRATIONS }).filter(
    ({ folderMillis }) => folderMillis > last && folderMillis <= end,
  )
  if (missing.length === 0) return []
  if (newest === null) await createTable(tx)
  await tx.execute(
    sql`alter table drizzle.__drizzle_migrations add column if not exists name text, add column if not exists program text`,
  )
  const names = new Map(migrations().map(({ tag, when }) => [when, tag]))
  for (const { sql: statements, hash, folderMillis } of missing) {
    for (const statement of statements) await tx.execute(sql.raw(statement))
    await tx.execute(sql`
      insert into drizzle.__drizzle_migrations (hash, created_at, name, program)
      values (${hash}, ${folderMillis}::bigint, ${names.get(folderMillis)}, ${VERSION})`)
  }
  return missing.map(({ folderMillis }) => names.get(folderMillis) as string)
}

/** Only what is missing: to create a schema takes a right that a server does not need later. */
async function createTable(tx: Db): Promise<void> {
  const [known] = await tx.execute(sql`select from pg_namespace where nspname = 'drizzle'`)
  if (known === undefined) await tx.execute(sql`create schema drizzle`)
  await tx.execute(
    sql`create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`,
  )
}

interface AppliedMigration {
  when: number
  /** Null if Drizzle's own tools, or a version that did not store it, applied the migration. */
  name: string | null
  program: string | null
}

/** The newest migration of the database; null if there is none. */
async function newestApplied(db: Db): Promise<AppliedMigration | null> {
  const [known] = await db.execute(sql`
    select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'drizzle' and relname = '__drizzle_migrations'`)
  if (known === undefined) return null
  // The columns may be missing.
  const [row] = await db.execute<{ when: string; name: string | null; program: string | null }>(sql`
    select created_at as when, to_jsonb(applied) ->> 'name' as name, to_jsonb(applied) ->> 'program' as program
    from drizzle.__drizzle_migrations as applied order by created_at desc limit 1`)
  return row === undefined ? null : { ...row, when: Number(row.when) }
}

/** Old code on new tables would write rows without what the new code relies on, and rebuild the search index. */
function refuseNewer(applied: AppliedMigration | null): void {
  const known = newestOfProgram()
  if (applied === null || applied.when <= known.when) return
  const newer = applied.program === null ? 'a newer version of this program' : `version ${applied.program}`
  const migration = applied.name ?? `a migration of ${new Date(applied.when).toISOString().slice(0, 10)}`
  throw new OperatorError(
    `This program is older than its database: ${newer} has brought the tables to ${migration}, and this is version ${VERSION}, ` +
      `which knows them up to ${known.tag}. Start the newer version. To go back to this one, restore an export that was made ` +
      'before the upgrade (npm run restore -- FILE) into an empty database: another DATA_DIR or DATABASE_URL.',
  )
}
