import { PgBoss, states } from 'pg-boss'
import type { Logger } from 'pino'
import { connect } from '../db/connect.ts'
import { reasonOf, sqlStateOf } from '../db/sql-state.ts'
import { OperatorError } from '../values/errors.ts'

/** The queue of background jobs, in the same database. */
export interface JobQueue {
  /**
   * Does a job at the start and every minute, in whichever process takes it. A job that is still being done does not keep
   * other processes from the next one: work that must not overlap takes a lock.
   *
   * @param name letters and hyphens
   */
  everyMinute(name: string, work: () => Promise<void>): Promise<void>
  /** The number of jobs of the last hour in each state. */
  countByState(): Promise<ReadonlyMap<string, number>>
  /** Stops taking jobs. Jobs that are being done are the caller's to stop. */
  stop(): Promise<void>
}

/** In seconds. A job that takes longer counts as lost, and its next one is done beside it. */
const LONGEST_JOB = 3_600
/** In seconds: for how long jobs that are done can be looked at. */
const KEPT = 3_600
/** In seconds: how often a process looks for jobs of which it was not notified. */
const POLL = 30
/** Postgres' code for a missing right. */
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Opens the queue, which is pg-boss over our own driver. It needs two connections of its own: one for statements, which
 * pg-boss sends several at a time, and one that listens.
 *
 * @throws OperatorError if the role may not create what the queue needs
 */
export async function openJobQueue(url: string, log: Logger): Promise<JobQueue> {
  const client = connect(url, {
    connections: 1,
    statementTimeout: 60_000,
    name: 'daily-papers jobs',
    driver: { types: { json: JSON_AS_PG_DOES } },
  })
  const [row] = await client`select to_regnamespace('pgboss') is null as is_missing`
  const boss = new PgBoss({
    // Only if it is missing: `if not exists` needs the right to create it all the same.
    createSchema: row?.is_missing === true,
    db: {
      executeSql: async (text, values = []) => {
        // The driver refuses undefined, which `pg` takes for null.
        const parameters = values.map((value) => value ?? null) as never[]
        return { rows: rowsOf(await client.unsafe(text, parameters)) }
      },
      listen: async (channel, onNotification, onListen) => {
        const { unlisten } = await client.listen(channel, onNotification, onListen)
        return { close: unlisten }
      },
    },
    useListenNotify: true,
  })
  boss.on('error', (error) => log.error({ err: error }, 'the job queue failed'))
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the job queue warns'))
  try {
    await boss.start()
  } catch (error) {
    await client.end({ timeout: 1 })
    throw sqlStateOf(error) === INSUFFICIENT_PRIVILEGE ? await missingRight(url, error) : error
  }
  return {
    everyMinute: async (name, work) => {
      await boss.createQueue(name, {
        policy: 'short',
        retryLimit: 0,
        expireInSeconds: LONGEST_JOB,
        deleteAfterSeconds: KEPT,
        notify: true,
      })
      await boss.work(name, { pollingIntervalSeconds: POLL }, async () => work())
      await boss.schedule(name, '* * * * *')
      await boss.send(name)
    },
    countByState: async () => {
      const rows = await client<{ state: string; jobs: number }[]>`
        select state::text, count(*)::int as jobs from pgboss.job group by state`
      // Of a state that no job is in, there is a zero: an alert can tell it from no answer.
      return new Map([
        ...Object.values(states).map((state) => [state, 0] as const),
        ...rows.map(({ state, jobs }) => [state, jobs] as const),
      ])
    },
    stop: async () => {
      await boss.stop({ graceful: false, close: false })
      await client.end({ timeout: 1 })
    },
  }
}

/** pg-boss writes some JSON as text and some as objects, and expects the driver to tell them apart as `pg` does. */
const JSON_AS_PG_DOES = {
  to: 114,
  from: [114, 3802],
  serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: (text: string) => JSON.parse(text) as unknown,
}

/** The rows of one statement, or of several. */
const rowsOf = (result: readonly unknown[]): unknown[] => (Array.isArray(result[0]) ? result.flat() : [...result])

async function missingRight(url: string, error: unknown): Promise<OperatorError> {
  const client = connect(url, { connections: 1, statementTimeout: 5_000 })
  try {
    const [row] = await client`select current_user as role, current_database() as database`
    return new OperatorError(
      `The job queue, which SYNC needs, keeps its tables in the schema pgboss, and the role ${row?.role} may not create it (${reasonOf(error)}). ` +
        `As the owner of the database, run: create schema pgboss authorization "${row?.role}"`,
      { cause: error },
    )
  } finally {
    await client.end({ timeout: 1 })
  }
}
