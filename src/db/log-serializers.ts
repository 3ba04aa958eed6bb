import { DrizzleQueryError } from 'drizzle-orm'
import { stdSerializers } from 'pino'

/**
 * What log lines say of an error: not the values of a statement that failed, which can be addresses of people and tokens. The
 * statement itself, and what Postgres says about it, are there.
 */
export const LOG_SERIALIZERS = { err: (error: unknown) => stdSerializers.err(withoutValues(error) as Error) }

/** Errors of class 23 (a constraint is violated) quote the row in `detail`. */
const CONSTRAINT = /^23/

function withoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error instanceof DrizzleQueryError) {
    const { message, query, stack = '' } = error
    const statement = `Failed query: ${query}`
    const copy = new Error(statement, { cause: withoutValues(error.cause) })
    return Object.assign(copy, { name: error.name, stack: stack.replace(message, () => statement) })
  }
  if ('detail' in error && 'code' in error && CONSTRAINT.test(String(error.code))) {
    const { message, stack, code } = error
    return Object.assign(new Error(message), { name: error.name, stack, code })
  }
  return error
}
