/**
 * The caller asked for something that cannot be: a page size out of range, a cursor of another list, a date that no
 * calendar has. The message is a sentence that names the argument and says what to send instead; it reaches the client.
 */
export class BadUserInput extends Error {
  override readonly name = 'BadUserInput'
  readonly code = 'BAD_USER_INPUT'
  /** The argument or input field at fault, such as `filter.publishedFrom`. */
  readonly argument: string

  constructor(argument: string, message: string) {
    super(message)
    this.argument = argument
  }
}

/** So much waits already that whoever came now would wait for too long. Asking again in a moment may go well. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
  readonly code = 'OVERLOADED'
  /** In how many seconds. */
  readonly retryAfter = 2

  constructor() {
    super('Too much is asked of this server at the moment. Try again in a few seconds.')
  }
}

/**
 * Something that the person who runs a program can put right: a setting, a port, a directory. The message says what is
 * wrong and what to do, and is all that the person is shown.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
