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

/** The queue is full. A retry in a few seconds may succeed. */
export class Overloaded extends CodedError {
  override readonly name = 'Overloaded'
  override readonly code = 'OVERLOADED'
  override readonly headers = { 'retry-after': '2' }

  constructor() {
    super('The server has too many requests at the moment. Try again in a few seconds.')
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
