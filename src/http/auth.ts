import { createHash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Viewer } from '../../schema/context.ts'
import type { Db } from '../db/client.ts'
import { holderOfToken, TOKEN_PREFIX } from '../queries/access-tokens.ts'
import { CodedError } from '../values/errors.ts'
import { ORDINARY_SCOPES, SCOPES, type Scope } from '../values/scopes.ts'
import { webAddress } from '../values/text.ts'
import { PROVIDER_KEY, userOfSourceKey } from '../writes/users.ts'

/** The operator's identity provider, whose tokens are accepted beside this server's own. */
export interface IdentityProvider {
  jwksUrl: string
  issuer: string
  audience: string
}

/** A wrong token. The request is refused: an anonymous response would look like one for the user. */
export class BadToken extends CodedError {
  override readonly name = 'BadToken'
  override readonly code = 'UNAUTHENTICATED'
  override readonly headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
}

/** The token cannot be verified, because the keys of the identity provider cannot be fetched. */
export class ProviderUnavailable extends CodedError {
  override readonly name = 'ProviderUnavailable'
  override readonly code = 'AUTHENTICATION_UNAVAILABLE'
  override readonly headers = { 'retry-after': '60' }
}

/** The user of a request, from its `Authorization` header; null for an anonymous one. Cookies are never read. */
export type Authenticate = (authorization: string | undefined) => Promise<Viewer | null>

// Asymmetric signatures only: with a shared secret everyone who can verify a token can also sign one.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const CLOCK_TOLERANCE = 5
const KEY_NOT_FOUND = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/** @throws BadToken or ProviderUnavailable, from what it returns */
export function authenticator(db: Db, provider: IdentityProvider | null): Authenticate {
  const keys = provider && keysOf(provider)
  return async (authorization) => {
    if (authorization === undefined) return null
    const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(authorization.trim())?.[1]
    if (token === undefined)
      throw new BadToken('The Authorization header must be "Bearer" and a token. Omit it to read anonymously.')
    if (token.startsWith(TOKEN_PREFIX)) {
      const holder = await holderOfToken(db, token)
      if (!holder) throw new BadToken('The access token is unknown or revoked. Ask the operator for a new one.')
      return { user: holder.user, scopes: new Set(holder.scopes) }
    }
    if (!provider || !keys)
      throw new BadToken(`This server accepts only its own tokens, which begin with "${TOKEN_PREFIX}".`)
    const claims = await verify(token, keys, provider)
    return { user: await userOfSourceKey(db, personOf(claims, provider)), scopes: new Set(scopesOf(claims)) }
  }
}

/** Finds the key that a token names, and distinguishes a provider that does not respond from an unknown key. */
function keysOf({ jwksUrl }: IdentityProvider): JWTVerifyGetKey {
  const find = createRemoteJWKSet(new URL(jwksUrl))
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (error) {
      if (KEY_NOT_FOUND.some((kind) => error instanceof kind)) throw error
      throw new ProviderUnavailable(
        'The token cannot be verified now: the keys of the identity provider cannot be fetched. Try again in a minute.',
        { cause: error },
      )
    }
  }
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: IdentityProvider,
): Promise<JWTPayload> {
  try {
    const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE }
    return (await jwtVerify(token, keys, { ...options, requiredClaims: ['sub', 'exp'] })).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new BadToken('The token has expired. Sign in again for a new one.')
    if (error instanceof errors.JWTClaimValidationFailed)
      throw new BadToken(
        `The token is not for this server: its claim "${error.claim}" is missing or has another value.`,
      )
    if (!(error instanceof errors.JOSEError)) throw error
    throw new BadToken('The token is not signed by the identity provider of this server.')
  }
}

function personOf(claims: JWTPayload, { issuer }: IdentityProvider) {
  if (/\p{Cc}/u.test(claims.sub ?? '') || !claims.sub?.isWellFormed())
    throw new BadToken('The subject of the token has characters that cannot be stored.')
  // Without control characters, because Postgres cannot store all of them.
  const text = (claim: unknown) =>
    (typeof claim === 'string' &&
      claim
        .replace(/\p{Cc}+/gu, '')
        .trim()
        .slice(0, 200)) ||
    null
  const sourceKey = `${PROVIDER_KEY}${issuer}#${claims.sub}`
  const wanted = text(claims.preferred_username) ?? text(claims.nickname)
  const handle = wanted
    ?.replace(/@.*$/, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  const picture = typeof claims.picture === 'string' ? webAddress(claims.picture) : null
  return {
    sourceKey,
    handle: handle || `user-${createHash('sha256').update(sourceKey).digest('hex').slice(0, 8)}`,
    name: text(claims.name),
    avatarUrl: picture,
  }
}

/** Scopes of OpenID Connect. They say what a token reveals about a person, not what it allows here. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * The scopes of a token, from its `scope` (RFC 8693) or `scp` claim, a string or a list. Without such a claim, or with
 * OpenID's own scopes only, it has the ordinary scopes; a claim with other scopes restricts it.
 */
function scopesOf(claims: JWTPayload): readonly Scope[] {
  const claim = claims.scope ?? claims.scp
  if (claim === undefined) return ORDINARY_SCOPES
  const named = (Array.isArray(claim) ? claim : String(claim).split(' ')).map(String)
  const isOpenIdOnly = named.length > 0 && named.every((scope) => OPENID_SCOPES.includes(scope))
  return isOpenIdOnly ? ORDINARY_SCOPES : SCOPES.filter((scope) => named.includes(scope))
}
