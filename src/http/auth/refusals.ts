import { CodedError } from '../../values/errors.ts'

/** A wrong token. The request is refused: an anonymous response would look like one for the user. */
export class BadToken extends CodedError {
  override readonly name = 'BadToken'
  override readonly code = 'UNAUTHENTICATED'
  override readonly headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
}

/** Whether the token is right cannot be told now, because the keys of the identity provider are unknown or too old. */
export class CannotVerify extends CodedError {
  override readonly name = 'CannotVerify'
  override readonly code = 'AUTHENTICATION_UNAVAILABLE'
  override readonly headers: { 'retry-after': string }

  constructor(message: string, retryAfter: number) {
    super(message)
    this.headers = { 'retry-after': String(retryAfter) }
  }
}
