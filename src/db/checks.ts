import { sql } from 'drizzle-orm'
import { OperatorError } from '../values/errors.ts'
import type { Db } from './client.ts'
import { SESSION_SETTINGS } from './session.ts'

/**
 * What a program does with the database: `reads` is possible on a standby, too; `serves` also needs notifications, and goes on
 * reading while a primary takes no writes; `writes` needs one that takes them.
 */
export type DatabaseUse = 'reads' | 'serves' | 'writes'

/** A pooler may drop the settings of a connection without an error (`ignore_startup_parameters` of pgbouncer). */
export async function checkSettings(db: Db): Promise<void> {
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

/**
 * Whether the database takes writes.
 *
 * @throws OperatorError if it does not and `use` needs them
 */
export async function takesWrites(db: Db, use: DatabaseUse, say: (line: string) => void): Promise<boolean> {
  const [row] = await db.execute<{ standby: boolean; writable: boolean }>(
    sql`select pg_is_in_recovery() as standby, not current_setting('transaction_read_only')::boolean as writable`,
  )
  const { standby, writable } = row as { standby: boolean; writable: boolean }
  if (standby && use !== 'reads')
    throw new OperatorError(
      'The database of DATABASE_URL is a standby, which takes no writes and announces no changes: use the address of the ' +
        'primary, or list all hosts and add target_session_attrs=read-write. Exports and backups are possible from a standby.',
    )
  if (writable || use === 'reads') return writable
  if (use === 'writes') throw new OperatorError(`${READ_ONLY} ${END_READ_ONLY}`)
  say(`${READ_ONLY} Reads are served; votes, submissions and imports fail until it is off. ${END_READ_ONLY}`)
  return false
}

const READ_ONLY = 'The database of DATABASE_URL takes no writes: default_transaction_read_only is on.'
const END_READ_ONLY =
  'Hosts turn it on when the disk is full: make room, then turn it off for the database, the role or the server (alter database ' +
  '… set, alter role … set, alter system set).'

/** The error for a statement that was refused because the database takes no writes. */
export const readOnlyError = (cause: unknown): OperatorError =>
  new OperatorError(`${READ_ONLY} ${END_READ_ONLY}`, { cause })
