import { MAX_BODY_BYTES } from '../../src/http/graphql/request-body.ts'

/** An identity provider that cannot be reached. */
export const UNREACHABLE_PROVIDER = {
  jwksUrl: 'http://127.0.0.1:1/keys',
  issuer: 'https://id.example',
  audience: 'papers',
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const { issuer: iss, audience: aud } = UNREACHABLE_PROVIDER

/** A token that only the keys of the provider can verify. */
export const PROVIDERS_TOKEN = [
  base64url({ alg: 'RS256', kid: 'some' }),
  base64url({ iss, aud, sub: 'x', exp: 4_102_444_800 }),
  'c2lnbmF0dXJl',
].join('.')

interface Refused {
  status: number
  code: string
  /** The sentence that a person must read. */
  message: RegExp
  authorization?: string
  /** A text for a variable of the operation. */
  text?: string
}

/** Requests that are refused before an operation runs, by a server with `UNREACHABLE_PROVIDER`. */
export const REFUSED: Refused[] = [
  {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: /^The access token is unknown or revoked\. Ask the operator/,
    authorization: 'Bearer dp_unknown',
  },
  {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: /^The request body is too large: the limit is \d+ bytes\./,
    text: 'x'.repeat(MAX_BODY_BYTES),
  },
  {
    status: 503,
    code: 'AUTHENTICATION_UNAVAILABLE',
    message: /keys of the identity provider cannot be fetched.*Try again/,
    authorization: `Bearer ${PROVIDERS_TOKEN}`,
  },
]
