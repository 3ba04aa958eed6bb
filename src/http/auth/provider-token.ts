import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { TOKEN_PREFIX } from '../../queries/access-tokens.ts'
import { ALGORITHMS, fittingKeys, keyId, type ProviderKey } from './key-set.ts'
import { ProviderKeys, type ProviderKeysOptions } from './provider-keys.ts'
import { BadToken } from './refusals.ts'

/** The operator's identity provider, whose tokens are accepted beside this server's own. */
export interface IdentityProvider {
  jwksUrl: string
  issuer: string
  audience: string
}

/** In seconds: how much clocks of the provider and of this server may differ in claims. */
const CLOCK_TOLERANCE = 5
/** In milliseconds: how long after it signs a token a provider may publish the key, by this server's clock. */
const TIME_TO_PUBLISH = 60_000

/** Verifies the JWTs of an identity provider. It returns their claims. */
export class ProviderTokens {
  readonly #provider: IdentityProvider
  readonly #keys: ProviderKeys
  readonly #now: () => Date

  constructor(provider: IdentityProvider, options: ProviderKeysOptions) {
    this.#provider = provider
    this.#keys = new ProviderKeys(provider.jwksUrl, options)
    this.#now = options.now
  }

  /** @throws BadToken or CannotVerify */
  async verify(token: string): Promise<JWTPayload> {
    const now = this.#now()
    const { header, claims: unverified } = decode(token)
    // Such a token is refused whoever signed it, so its key is not needed.
    if (unverified.iss === undefined) throw wrongClaim('iss', 'is missing')
    if (unverified.iss !== this.#provider.issuer) throw wrongClaim('iss', 'names another issuer')
    if (typeof unverified.exp === 'number' && unverified.exp <= now.getTime() / 1_000 - CLOCK_TOLERANCE) throw expired()

    let result = await this.#tryKeys(token, header, await this.#keys.current(), now)
    // The provider may have a newer key, of another id or of the same, unless the keys were fetched since the token came.
    if (!result.claims && !this.#keys.areFrom(now.getTime()) && (await this.#keys.refetch()))
      result = await this.#tryKeys(token, header, await this.#keys.current(), now)
    if (result.claims) return result.claims
    // Only keys that are newer than the token show that its key is not one of the provider's.
    if (!this.#keys.areFrom(publishedAt(unverified, now))) throw this.#keys.unavailable()
    throw new BadToken(
      result.tried > 0
        ? 'The token is not signed by the identity provider of this server.'
        : 'The identity provider of this server has no key that fits the token. Sign in again for a new one.',
    )
  }

  async #tryKeys(token: string, header: Header, keys: readonly ProviderKey[], now: Date) {
    const options: JWTVerifyOptions = {
      issuer: this.#provider.issuer,
      audience: this.#provider.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: now,
      requiredClaims: ['sub', 'exp'],
    }
    const fitting = await fittingKeys(keys, header)
    for (const key of fitting) {
      try {
        return { claims: (await jwtVerify(token, key, options)).payload, tried: fitting.length }
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalOf(error)
      }
    }
    return { claims: null, tried: fitting.length }
  }
}

interface Header {
  alg: string
  kid: string | null
}

/** What a token says about itself, unverified. */
function decode(token: string): { header: Header; claims: JWTPayload } {
  const parts = token.split('.').length
  if (parts === 5)
    throw new BadToken(
      'The token is encrypted (JWE). Ask the identity provider for a signed one (JWS) for this server.',
    )
  if (parts !== 3)
    throw new BadToken(
      `The token is neither a JWT of the identity provider nor a token of this server, which begin with "${TOKEN_PREFIX}".`,
    )
  let header: ReturnType<typeof decodeProtectedHeader>
  let claims: JWTPayload
  try {
    header = decodeProtectedHeader(token)
    claims = decodeJwt(token)
  } catch {
    throw malformed()
  }
  const { alg } = header
  if (typeof alg !== 'string' || !ALGORITHMS.includes(alg))
    throw new BadToken(
      `The token is not signed with an algorithm that this server accepts, which are ${ALGORITHMS.join(', ')}.`,
    )
  return { header: { alg, kid: keyId(header.kid) }, claims }
}

/** When the key of a token was published at the latest, in milliseconds: soon after it was issued, and before it came here. */
function publishedAt({ iat }: JWTPayload, arrived: Date): number {
  const issued = typeof iat === 'number' ? iat * 1_000 + TIME_TO_PUBLISH : Number.POSITIVE_INFINITY
  return Math.min(issued, arrived.getTime())
}

const CLAIM_FAULTS: Record<string, string> = {
  aud: 'names another audience',
  nbf: 'is in the future: the token is not valid yet',
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return expired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error
    if (reason === 'missing') return wrongClaim(claim, 'is missing')
    return wrongClaim(claim, reason === 'invalid' ? 'must be a number' : (CLAIM_FAULTS[claim] ?? 'has another value'))
  }
  return error instanceof errors.JOSEError ? malformed() : error
}

const expired = () => new BadToken('The token has expired. Sign in again for a new one.')
const wrongClaim = (claim: string, fault: string) =>
  new BadToken(`The token is refused: its claim "${claim}" ${fault}.`)
const malformed = () => new BadToken('The token is malformed: it is not a JWT as RFC 7519 describes it.')
