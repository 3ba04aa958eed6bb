import type { Logger } from 'pino'
import type { Viewer } from '../../schema/context.ts'
import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { holderOfToken, TOKEN_PREFIX } from '../queries/access-tokens.ts'
import type { UserRow } from '../queries/users.ts'
import { AccountSuspended } from '../values/errors.ts'
import type { Scope } from '../values/scopes.ts'
import { ErasedSince, userOfSourceKey } from '../writes/users.ts'
import { personOf, scopesOf } from './auth/claims.ts'
import { hasCredential, tokenOf } from './auth/credential.ts'
import type { IdentityProvider } from './auth/provider-token.ts'
import { BadToken } from './auth/refusals.ts'

/** The user of a request, and until when their token is valid; null for one that ends only when it is revoked. */
export interface SignedIn extends Viewer {
  expiresAt: Date | null
}

/** The user of a request, from its `Authorization` header; null for an anonymous one. Cookies are never read. */
export type Authenticate = (authorization: string | undefined) => Promise<SignedIn | null>

export interface AuthenticatorOptions {
  log: Logger
  now: () => Date
  /** Milliseconds that a fetch of the provider's keys may take; tests use less. */
  keysTimeout?: number | undefined
}

/** The returned function throws BadToken, AccountSuspended or CannotVerify. */
export function authenticator(
  db: Db,
  provider: IdentityProvider | null,
  { log, now, keysTimeout: timeout }: AuthenticatorOptions,
): Authenticate {
  // Loaded only here, because jose has fifty modules.
  const jwts =
    provider &&
    import('./auth/provider-token.ts').then(({ ProviderTokens }) => new ProviderTokens(provider, { log, now, timeout }))
  return async (authorization) => {
    if (!hasCredential(authorization)) return null
    const token = tokenOf(authorization)
    if (token.startsWith(TOKEN_PREFIX)) {
      const holder = await holderOfToken(db, token)
      if (!holder) throw new BadToken('The access token is unknown or revoked. Ask the operator for a new one.')
      if ('expiredAt' in holder)
        throw new BadToken(
          `The access token expired at ${rfc3339(holder.expiredAt)}. Ask the operator for a new one (npm run token).`,
        )
      return signedIn(holder.user, holder.scopes, holder.expiresAt)
    }
    if (!provider || !jwts)
      throw new BadToken(`This server accepts only its own tokens, which begin with "${TOKEN_PREFIX}".`)
    const claims = await (await jwts).verify(token)
    const issuedAt = typeof claims.iat === 'number' ? new Date(claims.iat * 1_000) : null
    const user = await userOfSourceKey(db, personOf(claims, provider.issuer), issuedAt).catch((error) => {
      throw error instanceof ErasedSince
        ? new BadToken('The account of this token was erased. Sign in again for a new account.')
        : error
    })
    return signedIn(user, scopesOf(claims), new Date((claims.exp as number) * 1_000))
  }
}

/** @throws AccountSuspended */
function signedIn(user: UserRow, scopes: readonly Scope[], expiresAt: Date | null): SignedIn {
  if (user.suspendedAt !== null) throw new AccountSuspended()
  return { user, scopes: new Set(scopes), expiresAt }
}
