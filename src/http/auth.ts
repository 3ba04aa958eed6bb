import { createHash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Viewer } from '../../schema/context.ts'
import type { Db } from '../db/client.ts'
import { holderOfToken, TOKEN_PREFIX } from '../queries/access-tokens.ts'
import { ORDINARY_SCOPES, SCOPES, type Scope } from '../values/scopes.ts'
import { webAddress } from '../values/text.ts'
import { PROVIDER_KEY, userOfSourceKey } from '../writes/users.ts'

/** The operator's identity provider, whose tokens are taken besides this server's own. */
export interface IdentityProvider {
  jwksUrl: string
  issuer: string
  audience: string
}

/** A token that is not good: answered with 401 and this sentence, never as if nobody were signed in. */
export class BadToken extends Error {
  override readonly name = 'BadToken'
}

/** The token could not be checked, because the identity provider does not give its keys: answered with 503. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable'
}

/** Says who sends a request, from its `Authorization` header; null for nobody. Cookies are never looked at. */
export type Authenticate = (authorization: string | undefined) => Promise<Viewer | null>

// Only signatures that the provider alone can make: with a shared secret everyone who verifies could also sign.
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
      throw new BadToken(
        'The Authorization header must be "Bearer" and a token. Leave it out to read without signing in.',
      )
    if (token.startsWith(TOKEN_PREFIX)) {
      const holder = await holderOfToken(db, token)
      if (!holder) throw new BadToken('The access token is unknown or revoked. Ask the operator for a new one.')
      return { user: holder.user, scopes: new Set(holder.scopes) }
    }
    if (!provider || !keys)
      throw new BadToken(
        `The token is none of this server's, which begin with "${TOKEN_PREFIX}", and it takes no others.`,
      )
    const claims = await verify(token, keys, provider)
    return { user: await userOfSourceKey(db, personOf(claims, provider)), scopes: new Set(scopesOf(claims)) }
  }
}

/** Finds the key that a token names, and tells a provider that does not answer from a key that it does not have. */
function keysOf({ jwksUrl }: IdentityProvider): JWTVerifyGetKey {
  const find = createRemoteJWKSet(new URL(jwksUrl))
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (error) {
      if (KEY_NOT_FOUND.some((kind) => error instanceof kind)) throw error
      throw new ProviderUnavailable(
        'The token cannot be checked now: the identity provider does not give its keys. Try again in a minute.',
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
        `The token is not for this server: its claim "${error.claim}" is missing or another than expected.`,
      )
    if (!(error instanceof errors.JOSEError)) throw error
    throw new BadToken('The token is not one that the identity provider of this server has signed.')
  }
}

function personOf(claims: JWTPayload, { issuer }: IdentityProvider) {
  if (/\p{Cc}/u.test(claims.sub ?? '') || !claims.sub?.isWellFormed())
    throw new BadToken('The token names its subject with characters that cannot be kept.')
  // Without control characters, of which Postgres cannot hold every one.
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

/** Scopes of OpenID Connect, which say what a token tells about a person and nothing of what it allows here. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * What a token allows by its `scope` (RFC 8693) or `scp` claim, a text or a list. Without one, or with OpenID's own scopes
 * only, what everybody may; a claim that restricts the token to something else restricts it here too.
 */
function scopesOf(claims: JWTPayload): readonly Scope[] {
  const claim = claims.scope ?? claims.scp
  if (claim === undefined) return ORDINARY_SCOPES
  const named = (Array.isArray(claim) ? claim : String(claim).split(' ')).map(String)
  const isOpenIdOnly = named.length > 0 && named.every((scope) => OPENID_SCOPES.includes(scope))
  return isOpenIdOnly ? ORDINARY_SCOPES : SCOPES.filter((scope) => named.includes(scope))
}
