import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { BadUserInput, Overloaded } from '../../values/errors.ts'

/** Postgres' code for a statement that ran into `statement_timeout`. */
const QUERY_CANCELED = '57014'

/**
 * What a client is told of an error in an answer: mistakes of its own as they are, with a code; everything else as an id
 * that the log has, because messages of a database or a library say more than strangers should know.
 */
export function describeError(error: unknown, log: Logger): GraphQLError {
  const located = error instanceof GraphQLError ? error : null
  const cause = located ? located.originalError : error
  if (located && (cause == null || cause instanceof GraphQLError)) return withCode(located)

  const place = { nodes: located?.nodes, path: located?.path, source: located?.source, positions: located?.positions }
  if (cause instanceof BadUserInput)
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, argument: cause.argument } })
  if (cause instanceof Overloaded) {
    const http = { status: 503, headers: { 'retry-after': String(cause.retryAfter) } }
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, http } })
  }
  if (codesOf(cause).includes(QUERY_CANCELED))
    return new GraphQLError(
      'This took too long and was given up. Ask for less (a smaller page, a narrower filter), or try again in a moment.',
      {
        ...place,
        extensions: { code: 'TIMEOUT' },
      },
    )

  const id = randomUUID()
  log.error({ errorId: id, path: located?.path, err: cause }, 'a request failed')
  return new GraphQLError(
    `Something went wrong here, not in your request. If it stays so, report it with the id ${id}.`,
    {
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', id },
    },
  )
}

/** Errors that graphql-js makes itself have no code: without a path they are about variables. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code === undefined) error.extensions.code = 'BAD_USER_INPUT'
  return error
}

/** The codes of an error and of those that caused it: Drizzle wraps what Postgres says. */
function codesOf(error: unknown): unknown[] {
  const codes: unknown[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) codes.push((cause as { code?: unknown }).code)
  return codes
}
