import { CodedError } from '../../values/errors.ts'

/** The client has spent its points for this minute. */
export class RateLimited extends CodedError {
  override readonly name = 'RateLimited'
  override readonly code = 'RATE_LIMITED'
  override readonly headers: { 'retry-after': string }

  constructor({
    points,
    quota,
    result,
    isAnonymous,
  }: {
    points: number
    quota: number
    result: { remainingPoints: number; msBeforeNext: number }
    isAnonymous: boolean
  }) {
    const seconds = Math.ceil(result.msBeforeNext / 1_000)
    const left = result.remainingPoints
    super(
      `This request costs ${points} ${points === 1 ? 'point' : 'points'}, and ${left === 0 ? 'none is' : `${left} are`} left of the ` +
        `${quota.toLocaleString('en')} a minute that ${isAnonymous ? 'a client without a token has' : 'you have'}. ` +
        `Try again in ${seconds} s${isAnonymous ? ', or send a token' : ''}.`,
    )
    this.headers = { 'retry-after': String(seconds) }
  }
}
