import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IdentityProvider } from '../../src/http/auth/provider-token.ts'

/** A key pair of an identity provider. */
export interface Signer {
  /** What goes into the header of its tokens. */
  header: { alg: string; kid: string }
  privateKey: KeyObject
  publicKey: KeyObject
  /** The public key as providers publish it. */
  jwk: Record<string, unknown>
}

export type SignerAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

export function newSigner(kid: string, alg: SignerAlgorithm = 'ES256', bits = 2_048): Signer {
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return {
    header: { alg, kid },
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' },
  }
}

/** A part of a token: an object as JSON, a text or bytes as they are. */
export type Part = object | string | Buffer

export const encodePart = (part: Part): string => {
  const bytes = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)
  return Buffer.from(bytes as string).toString('base64url')
}

/** A signed token of any content, well-formed or not: no library checks it. */
export function signToken(header: Part, payload: Part, { privateKey }: Signer): string {
  const signed = `${encodePart(header)}.${encodePart(payload)}`
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const signature = signBytes(hash, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

export interface TestProvider {
  settings: IdentityProvider
  /** How it answers a request for its keys; tests replace it. */
  respond: (response: ServerResponse) => void
  /** How many requests it has received. */
  fetches: number
  /** Answers with these keys from now on. */
  publish(...keys: unknown[]): void
  /** The claims of a good token at a time, with changes; a claim that is undefined is left out. */
  claims(at: Date, changes?: object): Record<string, unknown>
  close(): Promise<void>
}

/** An identity provider on a free port, of which only the keys are real: tests sign its tokens. */
export async function startIdentityProvider(): Promise<TestProvider> {
  const server = createServer((_request, response) => {
    provider.fetches += 1
    provider.respond(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const settings = {
    jwksUrl: `http://127.0.0.1:${port}/jwks`,
    issuer: 'https://id.papers.example',
    audience: 'daily-papers',
  }
  const provider: TestProvider = {
    settings,
    respond: () => {},
    fetches: 0,
    publish: (...keys) => {
      provider.respond = (response) =>
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
    },
    claims: (at, changes = {}) => {
      const now = Math.floor(at.getTime() / 1_000)
      return { iss: settings.issuer, aud: settings.audience, sub: 'subject-1', iat: now, exp: now + 3_600, ...changes }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  provider.publish()
  return provider
}
