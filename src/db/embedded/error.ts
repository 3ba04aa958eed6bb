import { OperatorError } from '../../values/errors.ts'

/** An error whose message tells the operator what is wrong and what to do. */
export class EmbeddedPostgresError extends OperatorError {
  override name = 'EmbeddedPostgresError'
}

/** The code of an error from the operating system or from Postgres, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
