import type { ErrorCode } from './error-codes.ts'

/** An error whose code and message the client gets. The message is a sentence for the client's developer. */
export abstract class CodedError extends Error {
  abstract readonly code: ErrorCode
  /** Headers of the HTTP response, in lower case. */
  readonly headers: Readonly<Record<string, string>> = {}
}

/**
 * A value from the caller that is not allowed: a page size out of range, a cursor of another list, a date that does not
 * exist. The message names the argument and says which values are allowed.
 */
export class BadUserInput extends CodedError {
  override readonly name = 'BadUserInput'
  override readonly code = 'BAD_USER_INPUT'
  /** The argument or input field with the wrong value, such as `filter.publishedFrom`. */
  readonly argument: string

  constructor(argument: string, message: string) {
    super(message)
    this.argument = argument
  }
}

/** A cursor of changes that were those of another catalogue: what it has seen may not be in this one. */
export class CursorExpired extends CodedError {
  override readonly name = 'CursorExpired'
  override readonly code = 'CURSOR_EXPIRED'

  constructor() {
    super(
      '`after` is from before this catalogue was restored from a backup, or from another catalogue. Start over: read the changes from the beginning, without `after`, or from a new dump.',
    )
  }
}

/** The user of the token is suspended. */
export class AccountSuspended extends CodedError {
  override readonly name = 'AccountSuspended'
  override readonly code = 'ACCOUNT_SUSPENDED'

  constructor() {
    super(
      'This account is suspended: it can neither sign in nor change anything until a curator ends the suspension. Omit the token to read.',
    )
  }
}

/** Why the server cannot do something at the moment, for clients, and after how many seconds it is worth a retry. */
const PASSING = {
  OVERLOADED: {
    message: 'The server has too many requests at the moment. Try again in a few seconds.',
    retryAfter: 2,
  },
  DATABASE_UNAVAILABLE: {
    message: 'The database of this server is away at the moment. Try again in a few seconds.',
    retryAfter: 5,
  },
  STORAGE_FULL: {
    message:
      'Nothing was written: the disk of the database is full. Reading still works. Tell the operator of this server.',
    retryAfter: 60,
  },
  READ_ONLY: {
    message: 'Nothing was written: the database of this server accepts no changes at the moment. Reading still works.',
    retryAfter: 60,
  },
} as const satisfies Partial<Record<ErrorCode, { message: string; retryAfter: number }>>

/** The server cannot do something at the moment: a queue is full, or the database is away or takes no writes. */
export class Unavailable extends CodedError {
  override readonly name = 'Unavailable'
  override readonly code: keyof typeof PASSING
  override readonly headers: { 'retry-after': string }

  constructor(code: keyof typeof PASSING) {
    const { message, retryAfter } = PASSING[code]
    super(message)
    this.code = code
    this.headers = { 'retry-after': String(retryAfter) }
  }
}

/**
 * Something that the person who runs a program can correct: a setting, a port, a directory. The message says what is wrong
 * and what to do; the program prints nothing else.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}

/** The message of a thrown value of any type. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
