import { randomBytes } from 'node:crypto'
import { type Database, openDatabase } from './client.ts'
import { type Client, connect } from './connect.ts'
import { ADVISORY_LOCKS } from './locks.ts'
import { reasonOf } from './sql-state.ts'

/** In milliseconds: how often the start looks for locks that it waits for, and how often it says the same again. */
const PATIENCE = 5_000
const AGAIN_AFTER = 60_000

const ADVISORY_NAMES: Readonly<Record<string, string>> = {
  [ADVISORY_LOCKS.migration]: 'the lock of the migrations',
  [ADVISORY_LOCKS.importTurn]: 'the turn to import',
  [ADVISORY_LOCKS.indexRebuild]: 'the lock of the search index',
  [ADVISORY_LOCKS.sync]: 'the lock of the syncs',
}

interface Wait {
  kind: string
  table: string | null
  key: string
  /** The process of Postgres that holds the lock; 0 for a prepared transaction. */
  pid: number
  user: string | null
  name: string | null
  address: string | null
  state: string | null
  since: string | null
}

/**
 * A pool of one connection for a start, without limits of time. If it waits for a lock for five seconds, it says for which one
 * and who holds it; for that it opens a second connection.
 *
 * @param options.patience milliseconds instead of five seconds; shorter in tests
 */
export function openForStart(
  url: string,
  { say, patience = PATIENCE }: { say: (line: string) => void; patience?: number },
): Database {
  // Not the process id, which is the same in every container.
  const session = `daily-papers start ${randomBytes(4).toString('hex')}`
  const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0, name: session })
  const stopReports = reportLockWaits(url, session, { say, patience })
  return {
    db,
    close: async (seconds) => {
      await stopReports()
      await close(seconds)
    },
  }
}

function reportLockWaits(
  url: string,
  session: string,
  { say, patience }: { say: (line: string) => void; patience: number },
): () => Promise<void> {
  let client: Client | undefined
  let running: Promise<void> | undefined
  const said = new Map<string, number>()
  const sayOnce = (line: string) => {
    const saidAt = said.get(line)
    if (saidAt !== undefined && performance.now() - saidAt < AGAIN_AFTER) return
    said.set(line, performance.now())
    say(line)
  }
  const report = async () => {
    client ??= connect(url, { connections: 1, statementTimeout: 5_000, name: 'daily-papers lock report' })
    for (const wait of await readWaits(client, session)) sayOnce(lineOf(wait))
  }
  const timer = setInterval(() => {
    running ??= report()
      .catch((error) =>
        sayOnce(`The start takes long, and whether it waits for a lock cannot be read: ${reasonOf(error)}`),
      )
      .finally(() => {
        running = undefined
      })
  }, patience)
  return async () => {
    clearInterval(timer)
    await running
    await client?.end({ timeout: 1 })
  }
}

const readWaits = (client: Client, session: string): Promise<Wait[]> => client<Wait[]>`
  select distinct wanted.locktype as kind, wanted.relation::regclass::text as table, wanted.objid::text as key,
    holder.pid, activity.usename as user, activity.application_name as name, host(activity.client_addr) as address, activity.state,
    to_char(activity.xact_start, 'HH24:MI:SS') as since
  from pg_stat_activity waiting
  join pg_locks wanted on wanted.pid = waiting.pid and not wanted.granted
  cross join lateral unnest(pg_blocking_pids(waiting.pid)) as holder (pid)
  left join pg_stat_activity activity on activity.pid = holder.pid
  where waiting.application_name = ${session} and waiting.datname = current_database()`

function lineOf({ kind, table, key, pid, user, name, address, state, since }: Wait): string {
  const lock =
    kind === 'advisory'
      ? (ADVISORY_NAMES[key] ?? `the advisory lock ${key}`)
      : kind === 'relation'
        ? `the table ${table}`
        : 'rows that another transaction has changed'
  if (pid === 0) return `Waiting for ${lock}, held by a prepared transaction: see pg_prepared_xacts.`
  const facts = [
    name === '' ? null : name,
    user && `user ${user}`,
    address && `from ${address}`,
    state,
    since && `in a transaction since ${since} UTC`,
  ].filter((fact) => fact !== null)
  return `Waiting for ${lock}, held by process ${pid} of Postgres (${facts.join(', ')}). To end it: select pg_terminate_backend(${pid})`
}
