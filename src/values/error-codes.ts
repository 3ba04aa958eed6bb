/** What a code means to a client. `schema/README.md` lists the same codes. */
export interface ErrorCodeEntry {
  /**
   * The HTTP status of a response that has this error instead of data. Beside data the status is 200, and so it is for
   * errors of a document (404 and 400 below) where the client accepts `application/json` only.
   */
  status: number
  meaning: string
  /** What the client should do. */
  action: string
}

/** Every code that a client can find in `extensions.code`. A code that is not here does not compile. */
export const ERROR_CODES = {
  BAD_USER_INPUT: {
    status: 400,
    meaning: 'An argument or a variable has a wrong value; `extensions.argument` names it if it is known.',
    action: 'Correct the value.',
  },
  CURSOR_EXPIRED: {
    status: 410,
    meaning:
      'The cursor of changes is from before the catalogue was restored from a backup, or from another catalogue.',
    action: 'Read the changes from the beginning, or from a new dump.',
  },
  BAD_REQUEST: {
    status: 400,
    meaning: 'The HTTP request is not a GraphQL request: wrong JSON, a wrong parameter, or a mutation sent by GET.',
    action: 'Correct the request.',
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    meaning: 'The document has a syntax error, or more tokens than allowed.',
    action: 'Correct the document.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning: 'The document does not fit the schema.',
    action: 'Correct the document; generate types from the schema to find such errors early.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    meaning: 'The document has no operation with the requested name, or several operations and no name was sent.',
    action: 'Send `operationName`.',
  },
  OPERATION_TOO_LARGE: {
    status: 400,
    meaning: 'The operation is too deep, has too many aliases or fields, or costs too much.',
    action: 'Request smaller pages, or split the operation.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The request body is too large.',
    action: 'Send a smaller document or fewer variables.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The request body has a media type or a compression that is not supported.',
    action: 'Send JSON with `Content-Type: application/json`, uncompressed or with gzip, deflate or br.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 404,
    meaning: 'No document with this hash is registered.',
    action: 'Send the request again with the document; clients of Apollo do so by themselves.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'The `Accept` header of the request allows no form in which the response can be sent.',
    action: 'Send `Accept: application/graphql-response+json`, for a subscription `Accept: text/event-stream`.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The access token is malformed, unknown, expired or revoked.',
    action: 'Sign in again, or send the request without a token to read anonymously.',
  },
  ACCOUNT_SUSPENDED: {
    status: 403,
    meaning: 'A curator has suspended the user of the token. Nothing was done.',
    action: 'Tell the user to ask the operator; send the request without a token to read anonymously.',
  },
  AUTHENTICATION_UNAVAILABLE: {
    status: 503,
    meaning:
      'The token cannot be verified now: the keys of the identity provider cannot be fetched, or may lack a new one.',
    action: 'Retry after the time in `Retry-After`.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning: 'The client has spent its points for this minute. Nothing was done.',
    action: 'Retry after the time in `Retry-After`; request less, or send a token, for more.',
  },
  OVERLOADED: {
    status: 503,
    meaning: 'Too many requests are in the queue.',
    action: 'Retry after the time in `Retry-After`.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning: 'The database of the server is away. A change that was under way may or may not have been made.',
    action: 'Retry after the time in `Retry-After`.',
  },
  STORAGE_FULL: {
    status: 503,
    meaning: 'The disk of the database is full: nothing was written. Reading still works.',
    action: 'Tell the operator.',
  },
  READ_ONLY: {
    status: 503,
    meaning: 'The database accepts no changes at the moment: nothing was written. Reading still works.',
    action: 'Retry after the time in `Retry-After`.',
  },
  TIMEOUT: {
    status: 200,
    meaning: 'A database statement took longer than allowed and was cancelled.',
    action: 'Request a smaller page or a narrower filter, or retry.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'The server failed; `extensions.id` is in its log.',
    action: 'Report the id if the error does not go away.',
  },
  REFETCH: {
    status: 200,
    meaning: 'An event of a subscription: the server may have missed changes.',
    action: 'Read the list again; the subscription continues.',
  },
  TOO_SLOW: {
    status: 200,
    meaning: 'The last event of a subscription: the client did not read its events fast enough.',
    action: 'Subscribe again, then read the list again.',
  },
} as const satisfies Record<string, ErrorCodeEntry>

export type ErrorCode = keyof typeof ERROR_CODES
