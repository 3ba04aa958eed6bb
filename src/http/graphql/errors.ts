import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { schema } from '../../../schema/index.ts'
import { codedErrorOf } from '../../db/outage.ts'
import { ERROR_CODES } from '../../values/error-codes.ts'
import { BadUserInput } from '../../values/errors.ts'
import { logged, type RequestTrace } from '../request-trace.ts'
import { withChoices } from './choices.ts'

/** Postgres' code for a statement that ran into `statement_timeout`. */
const QUERY_CANCELED = '57014'

/**
 * The error that a client gets. An error with a code of our own keeps its message. Of all others the client gets the id of its
 * request, which is in the log, because messages of the database or a library may reveal internals.
 */
export function describeError(error: unknown, log: Logger, trace: RequestTrace): GraphQLError {
  const located = error instanceof GraphQLError ? error : null
  const cause = located ? located.originalError : error
  if (located && isOfGraphql(cause) && (located.extensions.code !== undefined || isAboutValue(located)))
    return withCode(located)

  const place = { nodes: located?.nodes, path: located?.path, source: located?.source, positions: located?.positions }
  if (cause instanceof BadUserInput)
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, argument: cause.argument } })
  const coded = codedErrorOf(cause)
  if (coded !== null) {
    const http = { status: ERROR_CODES[coded.code].status, headers: coded.headers }
    return new GraphQLError(coded.message, { ...place, extensions: { code: coded.code, http } })
  }
  if (isTimeout(cause))
    return new GraphQLError(
      'This took too long and was cancelled. Request less (a smaller page, a narrower filter), or try again in a moment.',
      { ...place, extensions: { code: 'TIMEOUT' } },
    )

  const { id } = trace
  log.error({ ...logged(trace), path: located?.path, err: cause ?? located }, 'a request failed')
  const http = located?.nodes ? {} : { http: { status: ERROR_CODES.INTERNAL_SERVER_ERROR.status } }
  return new GraphQLError(
    `The server failed; the request is not at fault. If this goes on, report it with the id ${id}.`,
    { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', id, ...http } },
  )
}

/** Whether an error has no other cause than the executor. */
const isOfGraphql = (cause: unknown): boolean => cause == null || cause instanceof GraphQLError

/**
 * Whether an error of the executor is about a value from the client: a variable, which has no path, or an argument that
 * has a variable. Its position is then a sign (`$`, `{` or `[`). Other errors of the executor are at a field, whose
 * position is a name: a type that cannot be resolved, or a value of ours that its type does not allow.
 */
function isAboutValue({ path, positions, source }: GraphQLError): boolean {
  return path === undefined || /[${[]/.test(source?.body.charAt(positions?.[0] ?? -1) ?? '')
}

/** Errors without a code that get here are about a value. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code === undefined) {
    error.extensions.code = 'BAD_USER_INPUT'
    error.message = withChoices(error.message, schema)
  }
  return error
}

/** Whether Postgres cancelled a statement because it took longer than allowed. */
export const isTimeout = (error: unknown): boolean => codesOf(error).includes(QUERY_CANCELED)

/** The codes of an error and its causes: Drizzle wraps the errors of Postgres. */
function codesOf(error: unknown): unknown[] {
  const codes: unknown[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) codes.push((cause as { code?: unknown }).code)
  return codes
}
