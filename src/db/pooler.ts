import { setTimeout } from 'node:timers/promises'
import { OperatorError } from '../values/errors.ts'
import { type Client, connect } from './connect.ts'
import { withSettingsSent } from './connection-string.ts'
import { SESSION_SETTINGS } from './session.ts'
import { codeOf } from './sql-state.ts'

/** In milliseconds: a pool that has not given all connections by then is too small. */
const GIVES_WITHIN = 10_000

/**
 * How often is tried whether a session is shared. Once is not enough: while others use the pool, the session that the first
 * connection had may not be the next that the pool gives out.
 */
const ROUNDS = 5
const FEWEST_CONNECTIONS = 4

/** By which poolers refuse a parameter of the start of a connection, and much else: a violation of the protocol. */
const REFUSED = '08P01'

/** A prepared statement would stay in a session that others use. */
const UNPREPARED = { prepare: false, fetch_types: false }

/** In milliseconds. Any value that is nobody's default: whether sessions get the timeout shows whether they get all settings. */
const SOME_TIMEOUT = 4_999

/**
 * The connection string to use instead of `url`: the same, unless a connection pooler stands before the database that does not
 * pass the settings of a session when a connection starts. Then each connection sets them by a statement.
 *
 * @param connections how many the program opens at most: the pool must have as many
 * @throws OperatorError if the pooler gives out a session for one transaction or statement at a time, or has too few
 */
export async function reach(url: string, connections: number): Promise<string> {
  const settings = await sendAtStart(url)
  if (settings === 'direct') return url
  await requireSessions(withSettingsSent(url, 'never'), Math.max(connections, FEWEST_CONNECTIONS))
  return settings === 'passed' ? url : withSettingsSent(url, 'by-statement')
}

/** What becomes of settings that are sent with the request for a connection. */
async function sendAtStart(url: string): Promise<'direct' | 'passed' | 'lost'> {
  const names = ['statement_timeout', ...Object.keys(SESSION_SETTINGS)]
  const values = names.map((name) => `current_setting('${name}', true) as "${name}"`)
  const client = connect(url, { connections: 1, statementTimeout: SOME_TIMEOUT, driver: UNPREPARED })
  try {
    const rows = await client.unsafe(`select pg_backend_pid() as pid, ${values.join(', ')}`)
    const [row] = rows as unknown as [Record<string, unknown>]
    const expected: Record<string, string> = { ...SESSION_SETTINGS, statement_timeout: `${SOME_TIMEOUT}ms` }
    if (names.some((name) => row[name] !== expected[name])) return 'lost'
    // Poolers give their clients a number of their own instead of the process of Postgres, to cancel statements by.
    return rows.state.pid === row.pid ? 'direct' : 'passed'
  } catch (error) {
    if (codeOf(error) === REFUSED) return 'lost'
    throw error
  } finally {
    await client.end({ timeout: 1 })
  }
}

/**
 * Opens a connection and then, at the same time, a transaction in each of the others. In a pool of transactions, the session of
 * the first connection is free meanwhile: one of the others gets it, and the first one gets another.
 *
 * @param url one without settings: a pool of transactions would keep them in sessions that others use
 */
async function requireSessions(url: string, connections: number): Promise<void> {
  const pool = (size: number) => connect(url, { connections: size, statementTimeout: 0, driver: UNPREPARED })
  const first = pool(1)
  const others = pool(connections - 1)
  const over = new AbortController()
  try {
    const late = setTimeout(GIVES_WITHIN, 'late', { signal: over.signal })
    const tried = tryRounds(first, others, connections - 1)
    if ((await Promise.race([tried, late])) === 'late') throw tooFewSessions(connections)
  } finally {
    over.abort()
    await Promise.all([first.end({ timeout: 1 }), others.end({ timeout: 1 })])
  }
}

async function tryRounds(first: Client, others: Client, count: number): Promise<void> {
  const session = await processOf(first)
  for (let round = 0; round < ROUNDS; round += 1) {
    await duringTransactions(others, count, session, async () => {
      if ((await processOf(first)) !== session) throw sharedSessions()
    })
    if ((await processOf(first)) !== session) throw sharedSessions()
  }
}

/** Calls `work` while as many transactions are open, none of which may be in the session. */
async function duringTransactions(
  pool: Client,
  count: number,
  session: number,
  work: () => Promise<void>,
): Promise<void> {
  const allOpen = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let open = 0
  const transaction = () =>
    pool.begin(async (tx) => {
      if ((await processOf(tx)) === session) throw sharedSessions()
      open += 1
      if (open === count) allOpen.resolve()
      await released.promise
    })
  const transactions = Promise.all(Array.from({ length: count }, transaction))
  try {
    await Promise.race([allOpen.promise, transactions])
    await work()
  } finally {
    released.resolve()
    await transactions
  }
}

async function processOf(client: Pick<Client, 'unsafe'>): Promise<number> {
  const [row] = await client.unsafe<{ pid: number }[]>('select pg_backend_pid() as pid')
  return (row as { pid: number }).pid
}

const sharedSessions = (): OperatorError =>
  new OperatorError(
    'DATABASE_URL leads to a connection pooler that gives out a session for one transaction or statement at a time. This program ' +
      'needs sessions that it keeps, for prepared statements, settings and notifications: let the pooler give out whole sessions ' +
      '(pool_mode = session in pgbouncer), or use the address of the database itself.',
  )

const tooFewSessions = (connections: number): OperatorError =>
  new OperatorError(
    `The connection pooler of DATABASE_URL does not give ${connections} connections at the same time, which this program needs: ` +
      'enlarge its pool (default_pool_size in pgbouncer), or end other programs that use it.',
  )
