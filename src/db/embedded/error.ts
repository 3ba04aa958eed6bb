import { OperatorError } from '../../values/errors.ts'
/** Thrown with a sentence that tells the operator what is wrong and what to do. */
export class EmbeddedPostgresError extends OperatorError {
  override name = 'EmbeddedPostgresError'
}

/** The code of an error of the system or of Postgres, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
