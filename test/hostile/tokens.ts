import { createHmac } from 'node:crypto'
import { encodePart, type Part, signToken } from '../support/identity-provider.ts'
import { family, GRAPHQL, type HostileInput, type Known } from './input.ts'

const NOW = () => new Date()
/** Of an older token it is certain that the keys are newer. */
const AN_HOUR_AGO = () => Math.floor(Date.now() / 1_000) - 3_600

const token = (make: (known: Known) => string, status = 401): Omit<HostileInput, 'name'> => ({
  request: (variant, known) => ({
    headers: { ...GRAPHQL, authorization: `Bearer ${make(known)}` },
    body: JSON.stringify({ query: `{ viewer { handle } } # ${variant}` }),
  }),
  status,
  code: status === 401 ? 'UNAUTHENTICATED' : null,
})

const signed = (header: (known: Known) => Part, claims: object = {}) =>
  token((known) =>
    signToken(header(known), known.provider.claims(NOW(), { iat: AN_HOUR_AGO(), ...claims }), known.signer),
  )

const unsigned = (header: Part, known: Known, signature = '') =>
  `${encodePart(header)}.${encodePart(known.provider.claims(NOW(), { iat: AN_HOUR_AGO() }))}.${signature}`

/** Tokens that claim to be of the identity provider. `http/auth/hostile-tokens.test.ts` has more, with what each is told. */
export const TOKENS = family('tokens', {
  'alg none': token((known) => unsigned({ alg: 'none' }, known)),
  'alg nOnE, with a key id': token((known) => unsigned({ alg: 'nOnE', kid: known.signer.header.kid }, known)),
  'the public key as a secret': token((known) => {
    const head = unsigned({ alg: 'HS256', kid: known.signer.header.kid }, known).slice(0, -1)
    const secret = known.signer.publicKey.export({ type: 'spki', format: 'pem' })
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`
  }),
  'a signature of zeros': token((known) =>
    unsigned(known.signer.header, known, Buffer.alloc(64).toString('base64url')),
  ),
  'its own key in the header': token((known) =>
    signToken(
      { alg: 'ES256', jwk: known.stranger.jwk },
      known.provider.claims(NOW(), { iat: AN_HOUR_AGO() }),
      known.stranger,
    ),
  ),
  'an address of keys in the header': token((known) =>
    signToken(
      { ...known.stranger.header, jku: 'http://169.254.169.254/keys', x5u: 'http://127.0.0.1:22/' },
      known.provider.claims(NOW(), { iat: AN_HOUR_AGO() }),
      known.stranger,
    ),
  ),
  'a path as the key id': signed(() => ({ alg: 'ES256', kid: '../../dev/null' })),
  'SQL as the key id': signed(() => ({ alg: 'ES256', kid: "' or 1=1 --" })),
  'an unknown critical parameter': signed(({ signer }) => ({ ...signer.header, crit: ['hurt'], hurt: 1 })),
  expired: signed(({ signer }) => signer.header, { exp: 1_000_000_000 }),
  'of the far future': signed(({ signer }) => signer.header, { nbf: 9_999_999_999 }),
  'of another issuer': signed(({ signer }) => signer.header, { iss: 'https://elsewhere.example' }),
  'for another server': signed(({ signer }) => signer.header, { aud: 'elsewhere' }),
  'without a subject': signed(({ signer }) => signer.header, { sub: undefined }),
  'a subject with a NUL': signed(({ signer }) => signer.header, { sub: 'a\0b' }),
  'a subject of 5,000 characters': signed(({ signer }) => signer.header, { sub: 'a'.repeat(5_000) }),
  'claims that are 3,000 levels deep': token((known) =>
    signToken(known.signer.header, `{"a":${'['.repeat(3_000)}${']'.repeat(3_000)}}`, known.signer),
  ),
  'a zero-width handle of another user': {
    ...token(
      ({ provider, signer }) =>
        signToken(
          signer.header,
          provider.claims(NOW(), { sub: 'mallory', preferred_username: 'host\u200bile\u202e' }),
          signer,
        ),
      200,
    ),
    hides: /"hostile"|\u200b|\u202e/,
  },
  'a name that is markup': {
    ...token(
      ({ provider, signer }) =>
        signToken(
          signer.header,
          provider.claims(NOW(), { sub: 'eve', preferred_username: '<script>hurt()</script>' }),
          signer,
        ),
      200,
    ),
    hides: /<script/,
  },
})
