import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openForStart } from '../../src/db/lock-waits.ts'
import { ADVISORY_LOCKS } from '../../src/db/locks.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

/** A session of another program in an open transaction, in which it has run the statement. */
async function givenHolder(statement: string) {
  const client = postgres(database.url, { max: 1, onnotice: () => {}, connection: { application_name: 'backup' } })
  onTestFinished(() => client.end())
  await client.unsafe('begin')
  await client.unsafe(statement)
  const [row] = await client`select pg_backend_pid() as pid`
  return {
    pid: row?.pid as number,
    run: (statement: string) => client.unsafe(statement),
    release: () => client.unsafe('commit'),
  }
}

const START = { patience: 50 }

test('a start that waits for the migrations of another says who holds their lock, and goes on when it is free', async () => {
  const table = 'drizzle.__drizzle_migrations'
  await database.db.execute(sql.raw(`create table newest as select * from ${table} order by created_at desc limit 1`))
  await database.db.execute(sql.raw(`delete from ${table} where id = (select id from newest)`))
  const { pid, run, release } = await givenHolder(`select pg_advisory_xact_lock(${ADVISORY_LOCKS.migration})`)
  await run(`insert into ${table} select * from newest`)
  const said: string[] = []
  const migrated = migrateDatabase(database.url, { ...START, say: (line) => void said.push(line) })
  await expect.poll(() => said).not.toEqual([])
  await release()
  await migrated
  await database.db.execute(sql`drop table newest`)
  expect(said).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Waiting for the lock of the migrations, held by process ${pid} of Postgres \\(backup, user daily_papers, from 127\\.0\\.0\\.1, idle in transaction, in a transaction since \\d\\d:\\d\\d:\\d\\d UTC\\)\\. To end it: select pg_terminate_backend\\(${pid}\\)$`,
      ),
    ),
  ])
})

test.each([
  ['the table papers', 'lock table papers', sql`select 1 from papers`],
  [
    'rows that another transaction has changed',
    'lock table users; insert into trending_basis (half_life_hours) values (48)',
    sql`insert into trending_basis (half_life_hours) values (24) on conflict do nothing`,
  ],
  [
    'the turn to import',
    `select pg_advisory_xact_lock(${ADVISORY_LOCKS.importTurn})`,
    sql`select pg_advisory_xact_lock(${ADVISORY_LOCKS.importTurn})`,
  ],
  ['the advisory lock 42', 'select pg_advisory_xact_lock(42)', sql`select pg_advisory_xact_lock(42)`],
])('%s is named', async (name, held, wanted) => {
  const { pid, release } = await givenHolder(held)
  const said: string[] = []
  const { db, close } = openForStart(database.url, { ...START, say: (line) => void said.push(line) })
  onTestFinished(() => close())
  const waiting = db.execute(wanted).execute()
  await expect
    .poll(() => said)
    .toEqual([expect.stringContaining(`Waiting for ${name}, held by process ${pid} of Postgres`)])
  await release()
  await waiting
})

test('a start that waits for nothing says nothing and opens no second connection', async () => {
  const { db, close } = openForStart(database.url, { say: (line) => expect.fail(line) })
  onTestFinished(() => close())
  await db.execute(sql`select 1`)
  const sessions = await db.execute(sql`
    select application_name as name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like '%lock report%'`)
  expect(sessions).toHaveLength(0)
})

test('the lock of the migrations ends with its transaction', async () => {
  await migrateDatabase(database.url)
  // Other databases of the server belong to other tests, which hold locks of their own.
  const [row] = await database.db.execute(sql`
    select count(*)::int as locks from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where locktype = 'advisory' and datname = current_database()`)
  expect(row).toEqual({ locks: 0 })
})
