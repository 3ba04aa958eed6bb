import { GraphQLError } from 'graphql'
import { CodedError } from '../../values/errors.ts'

// Requests that are refused before GraphQL sees them.

/** The request is not a GraphQL request. */
export class BadRequest extends CodedError {
  override readonly name = 'BadRequest'
  override readonly code = 'BAD_REQUEST'
}

/** The request body is in a form that this server does not read. */
export class UnsupportedMediaType extends CodedError {
  override readonly name = 'UnsupportedMediaType'
  override readonly code = 'UNSUPPORTED_MEDIA_TYPE'
  override readonly headers: Readonly<Record<string, string>>

  constructor(message: string, headers: Readonly<Record<string, string>>) {
    super(message)
    this.headers = headers
  }
}

/** The client accepts no media type in which the response can be sent. */
export class NotAcceptable extends CodedError {
  override readonly name = 'NotAcceptable'
  override readonly code = 'NOT_ACCEPTABLE'
}

/** Has the code of a bad request with another status, for which `CodedError` has no place. */
export const methodNotAllowed = (): GraphQLError =>
  new GraphQLError('GraphQL only supports GET and POST requests.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { allow: 'GET, POST' } } },
  })

/** The operation is larger than `LIMITS` allows. */
export const operationTooLarge = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } } })
