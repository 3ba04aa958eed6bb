import { messageOf } from '../values/errors.ts'

/** The error from Postgres. Drizzle wraps it in an error whose message repeats the whole statement. */
export const saidByPostgres = (error: unknown): unknown => (error instanceof Error && error.cause ? error.cause : error)

/**
 * The SQLSTATE of an error, such as `40P01` for a deadlock; empty if the error is not from Postgres, such as a lost connection.
 *
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function sqlStateOf(error: unknown): string {
  const code = codeOf(error)
  return /^[0-9A-Z]{5}$/.test(code) ? code : ''
}

/** The SQLSTATE, or the code of an error of the connection, such as `ECONNREFUSED`; empty if there is none. */
export function codeOf(error: unknown): string {
  const code = (saidByPostgres(error) as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** What the database, or the way to it, said: for the operator, without the statement. */
export function reasonOf(error: unknown): string {
  const said = saidByPostgres(error)
  // A host with several addresses, none of which can be reached: the error itself has no message.
  if (said instanceof AggregateError) return said.errors.map(messageOf).join('; ')
  const { detail, hint } = said as { detail?: string; hint?: string }
  return [messageOf(said), detail, hint].filter((part) => part !== undefined).join(' ')
}
