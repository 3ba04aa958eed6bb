import { realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { messageOf } from '../../values/errors.ts'
import { SESSION_SETTINGS } from '../session.ts'
import { NAME } from './cluster.ts'

/** The `cluster_name` of a Postgres that this program started and may therefore stop. */
export const CLUSTER_NAME = 'daily_papers_embedded'

/** Runs `work` on one connection to the database `postgres`, which it opens and closes. */
async function withConnection<T>(port: number, password: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({
    // All options are given, because the driver takes missing ones from the environment.
    host: '127.0.0.1',
    port,
    user: NAME,
    password,
    database: 'postgres',
    ssl: false,
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
    connection: { ...SESSION_SETTINGS },
  })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Creates the application's database if it is missing. */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  await withConnection(port, password, async (sql) => {
    const [found] = await sql`select from pg_database where datname = ${NAME}`
    if (!found) await sql`create database ${sql(NAME)}`
  })
}

/** Whether the Postgres on the port runs on this cluster. The password does not prove it: a copy has the same one. */
export async function serves(port: number, password: string, cluster: string): Promise<boolean> {
  const [row] = await withConnection(
    port,
    password,
    (sql) => sql`select current_setting('data_directory') as directory`,
  )
  return (await realpath(row?.directory).catch(() => undefined)) === cluster
}

/** The reason not to stop Postgres, or undefined if this program started it and no other client is connected. */
export async function reasonToKeepRunning(port: number, password: string): Promise<string | undefined> {
  // Postgres still counts a session for a moment after it is closed.
  for (const deadline = Date.now() + 1000; ; await sleep(50)) {
    let why: string
    try {
      const [row] = await withConnection(
        port,
        password,
        (sql) => sql<{ name: string; sessions: number }[]>`
          select current_setting('cluster_name') as name, count(*)::int as sessions
          from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      )
      if (row?.name !== CLUSTER_NAME) return 'another program started it'
      if (row.sessions === 0) return undefined
      why = row.sessions === 1 ? 'one other session is open' : `${row.sessions} other sessions are open`
    } catch (error) {
      why = `its sessions cannot be counted (${messageOf(error)})`
    }
    if (Date.now() > deadline) return why
  }
}
