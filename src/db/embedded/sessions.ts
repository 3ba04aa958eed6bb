import { realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { messageOf } from '../../values/errors.ts'
import { NAME } from './cluster.ts'

/** How Postgres calls itself when it was started here, and so may be stopped from here. */
export const CLUSTER_NAME = 'daily_papers_embedded'

/** Opens one connection to the database `postgres`, asks, and closes it. */
async function ask<T>(port: number, password: string, question: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({
    // Every one is given, because the driver would take what is missing from the environment.
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
  })
  try {
    return await question(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Creates the application's database if it is missing. */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  await ask(port, password, async (sql) => {
    const [found] = await sql`select from pg_database where datname = ${NAME}`
    if (!found) await sql`create database ${sql(NAME)}`
  })
}

/** Whether what answers on the port is the Postgres of this cluster: a copied one has the same password. */
export async function serves(port: number, password: string, cluster: string): Promise<boolean> {
  const [row] = await ask(port, password, (sql) => sql`select current_setting('data_directory') as directory`)
  return (await realpath(row?.directory).catch(() => undefined)) === cluster
}

/** Why Postgres must be left running, or undefined if it was started here and nobody is connected to it. */
export async function inUse(port: number, password: string): Promise<string | undefined> {
  // Sessions that were closed just now are counted for another moment.
  for (const deadline = Date.now() + 1000; ; await sleep(50)) {
    let why: string
    try {
      const [row] = await ask(
        port,
        password,
        (sql) => sql<{ name: string; sessions: number }[]>`
          select current_setting('cluster_name') as name, count(*)::int as sessions
          from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      )
      if (row?.name !== CLUSTER_NAME) return 'somebody else started it'
      if (row.sessions === 0) return undefined
      why = row.sessions === 1 ? 'one other session is open' : `${row.sessions} other sessions are open`
    } catch (error) {
      why = `who uses it cannot be seen (${messageOf(error)})`
    }
    if (Date.now() > deadline) return why
  }
}
