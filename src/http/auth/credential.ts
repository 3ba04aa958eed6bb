import { BadToken } from './refusals.ts'

/** Clients with nobody signed in send an empty `Authorization` header, or one with a scheme and no token. */
const EMPTY = /^\s*(Bearer\s*)?$/i

/** The schemes by which a proxy guards a whole site. Browsers send them with every request to it, and the proxy passes them on. */
const OF_A_PROXY = /^\s*(Basic|Digest|Negotiate|NTLM)\s/i

/** What programs write for a value that they do not have, in JavaScript, Python, Go and Ruby. */
const MISSING_VALUE = /^(?:Bearer\s+)?(null|undefined|none|nil|nan|true|false|\[object \w+\])$/i

/** Whether an `Authorization` header has a credential for this server, right or wrong. Without one the request is anonymous. */
export const hasCredential = (authorization: string | undefined): authorization is string =>
  authorization !== undefined && !EMPTY.test(authorization) && !OF_A_PROXY.test(authorization)

/**
 * The token in an `Authorization` header that has a credential.
 *
 * @throws BadToken
 */
export function tokenOf(authorization: string): string {
  const credential = authorization.trim()
  const missing = MISSING_VALUE.exec(credential)?.[1]
  if (missing !== undefined)
    throw new BadToken(
      `The client sent the word "${missing}" instead of a token: it had no token when it sent the request. Omit the Authorization header to read anonymously.`,
    )
  if (/^Bearer\s+Bearer(\s|$)/i.test(credential))
    throw new BadToken('The Authorization header says "Bearer" twice. It must be "Bearer" and a token.')
  const token = /^Bearer\s+([\w~+/.-]+=*)$/i.exec(credential)?.[1]
  if (token === undefined)
    throw new BadToken('The Authorization header must be "Bearer" and a token. Omit it to read anonymously.')
  return token
}
