/** The error from Postgres. Drizzle wraps it in an error whose message repeats the whole statement. */
export const saidByPostgres = (error: unknown): unknown => (error instanceof Error && error.cause ? error.cause : error)

/**
 * The SQLSTATE of an error, such as `40P01` for a deadlock; empty if the error is not from Postgres, such as a lost connection.
 *
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function sqlStateOf(error: unknown): string {
  const code = (saidByPostgres(error) as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : ''
}
