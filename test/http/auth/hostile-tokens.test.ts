import { createHmac, sign as signBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../support/database.ts'
import {
  encodePart,
  newSigner,
  type Part,
  type Signer,
  signToken,
  startIdentityProvider,
} from '../../support/identity-provider.ts'
import { random as randomFrom } from '../../support/random.ts'
import { startServer, UTC_CLOCK } from '../../support/server.ts'

// Wrong credentials, tokens and key sets of every kind, each with the status and the sentence that it gets. None is a 500.

const HOUR = 3_600_000

let time = Date.parse('2026-03-02T09:00:00Z')
const clock = { ...UTC_CLOCK, now: () => new Date(time) }
const provider = await startIdentityProvider()
const database = await freshDatabase()
const server = await startServer(database, { identityProvider: provider.settings, clock })
/** For a provider that does not respond. */
const impatient = await startServer(database, { identityProvider: provider.settings, clock, keysTimeout: 200 })
afterAll(async () => {
  await impatient.close()
  await server.close()
  await provider.close()
  await database.close()
})

const key = newSigner('key')
const other = newSigner('other')
const rsa = newSigner('rsa', 'RS256')
const stranger = newSigner('stranger')
const short = newSigner('short', 'RS256', 1_024)

async function send(authorization: string, { url } = server) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: '{"query":"{ viewer { handle } }"}',
  })
  const text = await response.text()
  const { data, errors } = text.startsWith('{') ? JSON.parse(text) : {}
  return { status: response.status, handle: data?.viewer?.handle, message: errors?.[0].message ?? '' }
}

/** A moment at which all keys are fetched again, whatever the last response of the provider was. */
function whenKeysAreFetchedAgain(): void {
  time += 25 * HOUR
}

const claims = (changes: object = {}) => provider.claims(clock.now(), changes)
/** A token that is good but for these claims. */
const withClaims = (changes: object) => signToken(key.header, claims(changes), key)
/** A token that is good but for this header. */
const withHeader = (header: Part, signer: Signer = key) => signToken(header, claims(), signer)
/** A token that is good but for these claims as JSON text. */
const withClaimsText = (change: (json: string) => string) =>
  signToken(key.header, change(JSON.stringify(claims())), key)
const withoutSignature = (header: object) => `${encodePart(header)}.${encodePart(claims())}.`
const goodParts = () => signToken(key.header, claims(), key).split('.') as [string, string, string]
const withSignature = (change: (signature: string) => string) => {
  const [header, payload, signature] = goodParts()
  return `${header}.${payload}.${change(signature)}`
}
const signedWithSecret = (secret: string) => {
  const signed = `${encodePart({ alg: 'HS256', kid: 'key' })}.${encodePart(claims())}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const FORM = /^The Authorization header must be "Bearer" and a token\. Omit it to read anonymously\.$/
const NO_TOKEN = /^The client sent the word "[^"]+" instead of a token: it had no token when it sent the request\. /
const NO_JWT =
  /^The token is neither a JWT of the identity provider nor a token of this server, which begin with "dp_"\.$/
const MALFORMED = /^The token is malformed: it is not a JWT as RFC 7519 describes it\.$/
const ALGORITHM =
  /^The token is not signed with an algorithm that this server accepts, which are RS256, .*EdDSA, Ed25519\.$/
const NOT_SIGNED = /^The token is not signed by the identity provider of this server\.$/
const NO_KEY = /^The identity provider of this server has no key that fits the token\. Sign in again for a new one\.$/
const EXPIRED = /^The token has expired\. Sign in again for a new one\.$/
const CANNOT_FETCH = /^The token cannot be verified now: the keys of the identity provider cannot be fetched\. /
const claim = (name: string, fault: string) => new RegExp(`^The token is refused: its claim "${name}" ${fault}\\.$`)

describe('credentials', () => {
  const CASES: [credential: string, status: number, sentence: RegExp][] = [
    ['', 200, /^$/],
    [' ', 200, /^$/],
    ['Bearer', 200, /^$/],
    ['bearer\t ', 200, /^$/],
    ['Bearer null', 401, NO_TOKEN],
    ['Bearer undefined', 401, NO_TOKEN],
    ['bearer  Undefined', 401, NO_TOKEN],
    ['Bearer None', 401, NO_TOKEN],
    ['Bearer nil', 401, NO_TOKEN],
    ['Bearer NaN', 401, NO_TOKEN],
    ['Bearer false', 401, NO_TOKEN],
    ['Bearer [object Object]', 401, NO_TOKEN],
    ['Bearer [object Promise]', 401, NO_TOKEN],
    ['undefined', 401, NO_TOKEN],
    ['null', 401, NO_TOKEN],
    ['Bearer Bearer dp_token', 401, /^The Authorization header says "Bearer" twice\./],
    ['Bearer Bearer', 401, /^The Authorization header says "Bearer" twice\./],
    ['Bearer one two', 401, FORM],
    ['Bearer, dp_token', 401, FORM],
    ['Bearer: dp_token', 401, FORM],
    ['Bearer=dp_token', 401, FORM],
    ['Bearer <token>', 401, FORM],
    ['Bearer $' + '{token}', 401, FORM],
    ['Bearer {"alg":"ES256"}', 401, FORM],
    ['Bearer "dp_token"', 401, FORM],
    ['Bearer \xe9\xff\xfe', 401, FORM],
    ['Bearer =', 401, FORM],
    ['Basic', 401, FORM],
    ['Token dp_token', 401, FORM],
    ['dp_token', 401, FORM],
    ['Bearer dp_', 401, /^The access token is unknown or revoked\. Ask the operator for a new one\.$/],
    ['Bearer dp_%00', 401, FORM],
    [`Bearer dp_${'a'.repeat(12_000)}`, 401, /^The access token is unknown or revoked\./],
    [`Bearer ${'a'.repeat(12_000)}`, 401, NO_JWT],
    [`Bearer ${'.'.repeat(12_000)}`, 401, NO_JWT],
    // Node refuses headers of more than 16 KiB.
    [`Bearer ${'a'.repeat(20_000)}`, 431, /^/],
  ]

  test.each(CASES)('%s', async (credential, status, sentence) => {
    expect(await send(credential)).toEqual({
      status,
      message: expect.stringMatching(sentence),
      handle: undefined,
    })
  })
})

describe('tokens', () => {
  const TOKENS: [name: string, token: () => string, status: number, sentence: RegExp][] = [
    // Shape
    ['one part', () => 'ya29.opaque', 401, NO_JWT],
    ['dots only', () => '..', 401, MALFORMED],
    ['four parts', () => `${goodParts().join('.')}.x`, 401, NO_JWT],
    [
      'encrypted',
      () => `${encodePart({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`,
      401,
      /^The token is encrypted \(JWE\)\./,
    ],
    ['a header that is not base64url', () => `+/+/.${goodParts()[1]}.x`, 401, MALFORMED],
    ['a header that is not JSON', () => withHeader('{alg:ES256}'), 401, MALFORMED],
    [
      'a header that is not UTF-8',
      () => withHeader(Buffer.from('{"alg":"ES256","kid":"\xff"}', 'latin1')),
      401,
      MALFORMED,
    ],
    ['a header that is a list', () => withHeader([{ alg: 'ES256' }]), 401, MALFORMED],
    ['a header that is null', () => withHeader('null'), 401, MALFORMED],
    ['a header of nested lists', () => withHeader(`${'['.repeat(2_000)}${']'.repeat(2_000)}`), 401, MALFORMED],
    ['claims that are no JSON', () => signToken(key.header, 'sub=root', key), 401, MALFORMED],
    ['claims that are a list', () => signToken(key.header, [claims()], key), 401, MALFORMED],
    ['claims that are text', () => signToken(key.header, '"root"', key), 401, MALFORMED],
    ['claims that are null', () => signToken(key.header, 'null', key), 401, MALFORMED],
    ['no claims', () => signToken(key.header, '', key), 401, MALFORMED],
    ['empty claims', () => signToken(key.header, {}, key), 401, claim('iss', 'is missing')],
    [
      'claims that are not UTF-8',
      () => signToken(key.header, Buffer.from('{"sub":"\xff"}', 'latin1'), key),
      401,
      MALFORMED,
    ],
    ['claims with a byte-order mark', () => withClaimsText((json) => `\ufeff${json}`), 200, /^$/],
    ['a token in a token', () => signToken({ ...key.header, cty: 'JWT' }, goodParts().join('.'), key), 401, MALFORMED],
    [
      'claims that are deep',
      () => withClaimsText((json) => json.replace('{', `{"deep":${'['.repeat(3_000)}${']'.repeat(3_000)},`)),
      200,
      /^$/,
    ],
    ['claims twice', () => withClaimsText((json) => json.replace('{', '{"sub":"first",')), 200, /^$/],
    [
      'the issuer twice',
      () => withClaimsText((json) => json.replace(/\}$/, ',"iss":"https://elsewhere.example"}')),
      401,
      claim('iss', 'names another issuer'),
    ],
    [
      'a claim named __proto__',
      () => withClaimsText((json) => json.replace('{', '{"__proto__":{"sub":"root"},')),
      200,
      /^$/,
    ],

    // Algorithm
    ['alg none', () => withoutSignature({ alg: 'none' }), 401, ALGORITHM],
    ['alg None, with a key id', () => withoutSignature({ alg: 'None', kid: 'key' }), 401, ALGORITHM],
    ['alg empty', () => withoutSignature({ alg: '' }), 401, ALGORITHM],
    ['no alg', () => withHeader({ kid: 'key' }), 401, ALGORITHM],
    ['alg as a number', () => withHeader({ alg: 256, kid: 'key' }), 401, ALGORITHM],
    ['alg as a list', () => withHeader({ alg: ['ES256'], kid: 'key' }), 401, ALGORITHM],
    ['alg __proto__', () => withHeader('{"alg":"__proto__","kid":"key"}'), 401, ALGORITHM],
    ['alg toString', () => withHeader({ alg: 'toString', kid: 'key' }), 401, ALGORITHM],
    ['alg in lower case', () => withHeader({ alg: 'es256', kid: 'key' }), 401, ALGORITHM],
    ['alg HS256, with the public key as the secret', () => signedWithSecret(pem), 401, ALGORITHM],
    ['alg HS256, with the JWK as the secret', () => signedWithSecret(JSON.stringify(key.jwk)), 401, ALGORITHM],
    ['alg HS256, with an empty secret', () => signedWithSecret(''), 401, ALGORITHM],
    ['alg ES256K', () => withHeader({ alg: 'ES256K', kid: 'key' }), 401, ALGORITHM],
    ['alg twice, the last one none', () => withHeader('{"alg":"ES256","kid":"key","alg":"none"}'), 401, ALGORITHM],
    ['alg of another key type', () => withHeader({ alg: 'RS256', kid: 'key' }), 401, NO_KEY],
    ['alg of another curve', () => withHeader({ alg: 'ES384', kid: 'key' }), 401, NO_KEY],
    ['alg of another padding', () => withHeader({ alg: 'PS256', kid: 'rsa' }, rsa), 401, NOT_SIGNED],
    ['alg of another hash', () => withHeader({ alg: 'RS512', kid: 'rsa' }, rsa), 401, NOT_SIGNED],

    // Header
    ['an unknown critical parameter', () => withHeader({ ...key.header, crit: ['exp'], exp: 1 }), 401, MALFORMED],
    ['no critical parameters', () => withHeader({ ...key.header, crit: [] }), 401, MALFORMED],
    ['critical parameters as text', () => withHeader({ ...key.header, crit: 'b64' }), 401, MALFORMED],
    ['a critical parameter that is missing', () => withHeader({ ...key.header, crit: ['b64'] }), 401, MALFORMED],
    ['critical parameters of odd types', () => withHeader({ ...key.header, crit: [null, 1, {}] }), 401, MALFORMED],
    [
      'claims that are said not to be encoded (b64 false)',
      () => withHeader({ ...key.header, b64: false, crit: ['b64'] }),
      401,
      MALFORMED,
    ],
    ['another type', () => withHeader({ ...key.header, typ: 'at+jwt' }), 200, /^$/],
    ['a type that is a list', () => withHeader({ ...key.header, typ: ['JWT'] }), 200, /^$/],
    [
      'its own key in the header',
      () => signToken({ alg: 'ES256', jwk: stranger.jwk }, claims(), stranger),
      401,
      NOT_SIGNED,
    ],
    [
      'an address of keys in the header',
      () => signToken({ ...stranger.header, jku: provider.settings.jwksUrl }, claims(), stranger),
      401,
      NO_KEY,
    ],

    // Key id
    ['no key id', () => withHeader({ alg: 'ES256' }), 200, /^$/],
    ['an empty key id', () => withHeader({ alg: 'ES256', kid: '' }), 200, /^$/],
    ['a key id that is null', () => withHeader({ alg: 'ES256', kid: null }), 200, /^$/],
    ['a key id that is a number', () => withHeader({ alg: 'ES256', kid: 1 }), 200, /^$/],
    ['a key id that is a list', () => withHeader({ alg: 'ES256', kid: ['key'] }), 200, /^$/],
    ['a key id that is an object', () => withHeader({ alg: 'ES256', kid: { toString: 'key' } }), 200, /^$/],
    ['the id of another key', () => withHeader({ alg: 'ES256', kid: 'other' }), 401, NOT_SIGNED],
    ['the id of a key of another type', () => withHeader({ alg: 'ES256', kid: 'rsa' }), 401, NO_KEY],
    ['an unknown key id', () => withHeader({ alg: 'ES256', kid: 'unknown' }), 401, NO_KEY],
    ['the key id __proto__', () => withHeader('{"alg":"ES256","kid":"__proto__"}'), 401, NO_KEY],
    ['a path as the key id', () => withHeader({ alg: 'ES256', kid: '../../dev/null' }), 401, NO_KEY],
    ['SQL as the key id', () => withHeader({ alg: 'ES256', kid: "' or 1=1 --" }), 401, NO_KEY],
    ['a key id with control characters', () => withHeader({ alg: 'ES256', kid: '\u0000\n\ud800' }), 401, NO_KEY],
    ['a huge key id', () => withHeader({ alg: 'ES256', kid: 'k'.repeat(8_000) }), 401, NO_KEY],

    // Signature
    ['no signature', () => withSignature(() => ''), 401, NOT_SIGNED],
    ['half a signature', () => withSignature((text) => text.slice(0, 43)), 401, /malformed|not signed/],
    ['a signature of zeros', () => withSignature(() => Buffer.alloc(64).toString('base64url')), 401, NOT_SIGNED],
    ['a signature of ones', () => withSignature(() => Buffer.alloc(64, 0xff).toString('base64url')), 401, NOT_SIGNED],
    ['a signature in DER', () => signedInDer(), 401, NOT_SIGNED],
    [
      'a signature in base64',
      () => withSignature(() => Buffer.alloc(64, 0xff).toString('base64').replace(/=+$/, '')),
      401,
      MALFORMED,
    ],
    ['a huge signature', () => withSignature(() => 'A'.repeat(8_000)), 401, NOT_SIGNED],
    [
      'the signature of other claims',
      () => `${goodParts()[0]}.${encodePart(claims({ sub: 'root' }))}.${goodParts()[2]}`,
      401,
      NOT_SIGNED,
    ],
    [
      'a signature by an unknown key under a known id',
      () => signToken(key.header, claims(), stranger),
      401,
      NOT_SIGNED,
    ],

    // Claims
    ['exp missing', () => withClaims({ exp: undefined }), 401, claim('exp', 'is missing')],
    ['exp as text', () => withClaims({ exp: '4000000000' }), 401, claim('exp', 'must be a number')],
    ['exp null', () => withClaims({ exp: null }), 401, claim('exp', 'must be a number')],
    ['exp as a list', () => withClaims({ exp: [4_000_000_000] }), 401, claim('exp', 'must be a number')],
    ['exp in the past', () => withClaims({ exp: time / 1_000 - 6 }), 401, EXPIRED],
    ['exp a moment ago, by another clock', () => withClaims({ exp: time / 1_000 - 4 }), 200, /^$/],
    ['exp zero', () => withClaims({ exp: 0 }), 401, EXPIRED],
    ['exp negative', () => withClaims({ exp: -4_000_000_000 }), 401, EXPIRED],
    [
      'exp in the past, of an unknown key',
      () => signToken(stranger.header, claims({ exp: 1 }), stranger),
      401,
      EXPIRED,
    ],
    ['exp infinite', () => withClaimsText((json) => json.replace(/"exp":\d+/, '"exp":1e400')), 200, /^$/],
    [
      'nbf in the future',
      () => withClaims({ nbf: time / 1_000 + 600 }),
      401,
      claim('nbf', 'is in the future: the token is not valid yet'),
    ],
    ['nbf as text', () => withClaims({ nbf: 'now' }), 401, claim('nbf', 'must be a number')],
    ['iat in the future', () => withClaims({ iat: time / 1_000 + 600 }), 200, /^$/],
    ['iat as text', () => withClaims({ iat: 'yesterday' }), 401, claim('iat', 'must be a number')],
    [
      'iat of an unknown key infinite',
      () => signToken(stranger.header, JSON.stringify(claims()).replace(/"iat":\d+/, '"iat":1e400'), stranger),
      401,
      NO_KEY,
    ],
    ['iss missing', () => withClaims({ iss: undefined }), 401, claim('iss', 'is missing')],
    [
      'iss of another',
      () => withClaims({ iss: 'https://elsewhere.example' }),
      401,
      claim('iss', 'names another issuer'),
    ],
    [
      'iss with a slash',
      () => withClaims({ iss: `${provider.settings.issuer}/` }),
      401,
      claim('iss', 'names another issuer'),
    ],
    ['iss as a list', () => withClaims({ iss: [provider.settings.issuer] }), 401, claim('iss', 'names another issuer')],
    ['aud missing', () => withClaims({ aud: undefined }), 401, claim('aud', 'is missing')],
    ['aud of another', () => withClaims({ aud: 'another-api' }), 401, claim('aud', 'names another audience')],
    ['aud as a list with ours', () => withClaims({ aud: ['another-api', provider.settings.audience] }), 200, /^$/],
    [
      'aud as a list without ours',
      () => withClaims({ aud: ['another-api', null, 1] }),
      401,
      claim('aud', 'names another audience'),
    ],
    [
      'aud as an object',
      () => withClaims({ aud: { [provider.settings.audience]: true } }),
      401,
      claim('aud', 'names another audience'),
    ],
    ['sub missing', () => withClaims({ sub: undefined }), 401, claim('sub', 'is missing')],
    ['sub as a number', () => withClaims({ sub: 1_234_567 }), 200, /^$/],
    [
      'sub as a number that is not exact',
      () => withClaimsText((json) => json.replace('"subject-1"', '12345678901234567890')),
      401,
      claim('sub', 'must be text'),
    ],
    ['sub as a fraction', () => withClaims({ sub: 1.5 }), 401, claim('sub', 'must be text')],
    ['sub true', () => withClaims({ sub: true }), 401, claim('sub', 'must be text')],
    ['sub null', () => withClaims({ sub: null }), 401, claim('sub', 'must be text')],
    ['sub as a list', () => withClaims({ sub: ['subject-1'] }), 401, claim('sub', 'must be text')],
    ['sub as an object', () => withClaims({ sub: { id: 1 } }), 401, claim('sub', 'must be text')],
    ['sub empty', () => withClaims({ sub: '' }), 401, claim('sub', 'must not be empty')],
    ['sub blank', () => withClaims({ sub: ' \u00a0' }), 401, claim('sub', 'must not be empty')],
    ['sub with NUL', () => withClaims({ sub: 'a\u0000b' }), 401, claim('sub', 'has characters that cannot be stored')],
    [
      'sub with half a surrogate pair',
      () => withClaimsText((json) => json.replace('subject-1', '\\ud800')),
      401,
      claim('sub', 'has characters that cannot be stored'),
    ],
    ['sub with SQL', () => withClaims({ sub: "'); drop table users; --" }), 200, /^$/],
    ['sub of 255 wide characters', () => withClaims({ sub: '文'.repeat(255) }), 200, /^$/],
    [
      'sub of 256 characters',
      () => withClaims({ sub: 'a'.repeat(256) }),
      401,
      claim('sub', 'must not have more than 255 characters'),
    ],
    ['scope as an object', () => withClaims({ scope: { toString: 1, valueOf: 1 } }), 200, /^$/],
    ['scope as a list of objects', () => withClaims({ scope: [{ toString: null }, null, ['vote']] }), 200, /^$/],
    ['scope as a number', () => withClaims({ scope: 7 }), 200, /^$/],
    [
      'name and picture of odd types',
      () => withClaims({ sub: 'odd', name: { toString: 1 }, picture: ['x'], preferred_username: 7 }),
      200,
      /^$/,
    ],
    [
      'names with half a surrogate pair and NUL',
      () =>
        withClaimsText((json) =>
          json.replace('"subject-1"', '"half","name":"a\\ud800\\u0000b","preferred_username":"\\udc00\\u0000"'),
        ),
      200,
      /^$/,
    ],
    [
      'names that are long, of surrogate pairs',
      () => withClaims({ sub: 'wide', name: '𝒜'.repeat(900), preferred_username: `a${'𝒜'.repeat(900)}` }),
      200,
      /^$/,
    ],
    ['a handle of dots', () => withClaims({ sub: 'dots', preferred_username: '..' }), 200, /^$/],
    [
      'a huge picture',
      () => withClaims({ sub: 'picture', picture: `https://pictures.example/${'x'.repeat(6_000)}` }),
      200,
      /^$/,
    ],
  ]

  function signedInDer(): string {
    const [header, payload] = goodParts()
    const signature = signBytes('sha256', Buffer.from(`${header}.${payload}`), key.privateKey)
    return `${header}.${payload}.${signature.toString('base64url')}`
  }

  test.each(TOKENS)('%s', async (_name, token, status, sentence) => {
    whenKeysAreFetchedAgain()
    provider.publish(key.jwk, other.jwk, rsa.jwk)
    const { handle, ...got } = await send(`Bearer ${token()}`)
    expect(got).toEqual({ status, message: expect.stringMatching(sentence) })
    expect(handle === undefined).toBe(status !== 200)
  })
})

describe('key sets', () => {
  const json = (body: string) => (response: Parameters<typeof provider.respond>[0]) => response.end(body)
  const set = (...keys: unknown[]) => json(JSON.stringify({ keys }))
  const good = () => signToken(key.header, claims(), key)
  const SETS: [
    name: string,
    respond: typeof provider.respond,
    status: number,
    sentence: RegExp,
    token?: () => string,
  ][] = [
    ['no objects beside the key', set(null, 1, 'x', [], {}, true, key.jwk), 200, /^$/],
    [
      'the key as text/html',
      (response) => response.setHeader('content-type', 'text/html').end(JSON.stringify({ keys: [key.jwk] })),
      200,
      /^$/,
    ],
    ['a byte-order mark', json(`\ufeff${JSON.stringify({ keys: [key.jwk] })}`), 200, /^$/],
    ['the list twice, the last one right', json(`{"keys":[],"keys":[${JSON.stringify(key.jwk)}]}`), 200, /^$/],
    ['two keys of one id', set({ ...other.jwk, kid: 'key' }, key.jwk), 200, /^$/],
    ['the same key twice', set(key.jwk, key.jwk), 200, /^$/],
    ['a shared secret of the same id', set({ kty: 'oct', kid: 'key', k: 'c2VjcmV0' }, key.jwk), 200, /^$/],
    [
      'a shared secret alone',
      set({ kty: 'oct', kid: 'key', k: 'c2VjcmV0' }),
      401,
      ALGORITHM,
      () => signedWithSecret('secret'),
    ],
    ['a shared secret for ES256', set({ kty: 'oct', kid: 'key', k: 'c2VjcmV0', alg: 'ES256' }), 401, NO_KEY],
    ['a key for encryption of the same id', set({ ...rsa.jwk, kid: 'key', use: 'enc' }, key.jwk), 200, /^$/],
    ['the key for encryption only', set({ ...key.jwk, use: 'enc' }), 401, NO_KEY],
    ['the key for other operations', set({ ...key.jwk, key_ops: ['encrypt'] }), 401, NO_KEY],
    ['operations twice', set({ ...key.jwk, key_ops: ['verify', 'verify'] }), 401, NO_KEY],
    ['operations of odd types', set({ ...key.jwk, key_ops: { verify: true } }), 401, NO_KEY],
    ['a private key', set({ ...key.privateKey.export({ format: 'jwk' }), kid: 'key' }), 401, NO_KEY],
    ['a key of 1024 bits beside it', set(short.jwk, key.jwk), 200, /^$/],
    ['a key of 1024 bits', set(short.jwk), 401, NO_KEY, () => signToken(short.header, claims(), short)],
    ['a point that is not on the curve', set({ ...key.jwk, y: key.jwk.x }), 401, NO_KEY],
    ['a point without y', set({ ...key.jwk, y: undefined }), 401, NO_KEY],
    ['coordinates of odd types', set({ ...key.jwk, x: 1, y: [] }), 401, NO_KEY],
    ['a modulus that is not base64url', set({ ...rsa.jwk, n: '!!!' }), 401, NO_KEY],
    [
      'an exponent of zero',
      set({ ...rsa.jwk, e: 'AA' }),
      401,
      /no key|not signed/,
      () => signToken(rsa.header, claims(), rsa),
    ],
    [
      'an exponent of one',
      set({ ...rsa.jwk, e: 'AQ' }),
      401,
      /no key|not signed/,
      () => signToken(rsa.header, claims(), rsa),
    ],
    [
      'a huge modulus',
      set({ ...rsa.jwk, n: Buffer.alloc(8_192, 0xff).toString('base64url') }),
      401,
      /no key|not signed/,
      () => signToken(rsa.header, claims(), rsa),
    ],
    [
      'a curve that is not supported',
      set({ kty: 'EC', crv: 'secp256k1', kid: 'key', x: key.jwk.x, y: key.jwk.y }, key.jwk),
      200,
      /^$/,
    ],
    ['a type named toString', set({ kty: 'toString', crv: 'constructor', kid: 'key' }, key.jwk), 200, /^$/],
    ['a type that is an object', set({ kty: { toString: 1 }, kid: 'key' }, key.jwk), 200, /^$/],
    ['another algorithm for the key', set({ ...key.jwk, alg: 'ES384' }), 401, NO_KEY],
    ['an algorithm of an odd type', set({ ...key.jwk, alg: 256 }), 401, NO_KEY],
    ['an algorithm of encryption', set({ ...key.jwk, alg: 'ECDH-ES' }), 401, NO_KEY],
    ['a key id that is a number', set({ ...key.jwk, kid: 7 }), 200, /^$/],
    ['a key id that is an object', set({ ...key.jwk, kid: {} }), 200, /^$/],
    ['certificates that are wrong', set({ ...key.jwk, x5c: ['!!!'], x5t: 7 }), 200, /^$/],
    [
      'a key named __proto__',
      json(`{"keys":[{"__proto__":{"kty":"oct"},${JSON.stringify(key.jwk).slice(1)}]}`),
      200,
      /^$/,
    ],
    [
      'a thousand keys',
      set(...Array.from({ length: 1_000 }, (_, n) => ({ ...other.jwk, kid: `k${n}` })), key.jwk),
      200,
      /^$/,
    ],
    ['no keys', set(), 401, NO_KEY],
    ['more than a mebibyte', set({ padding: 'x'.repeat(1_100_000) }, key.jwk), 503, CANNOT_FETCH],
    ['an empty object', json('{}'), 503, CANNOT_FETCH],
    ['keys as an object', json(`{"keys":{"key":${JSON.stringify(key.jwk)}}}`), 503, CANNOT_FETCH],
    ['a list', json(`[${JSON.stringify(key.jwk)}]`), 503, CANNOT_FETCH],
    ['null', json('null'), 503, CANNOT_FETCH],
    ['nothing', json(''), 503, CANNOT_FETCH],
    ['a page of HTML', json('<!doctype html><title>Sign in</title>'), 503, CANNOT_FETCH],
    ['half a set', json(JSON.stringify({ keys: [key.jwk] }).slice(0, -9)), 503, CANNOT_FETCH],
    ['nested lists', json(`{"keys":${'['.repeat(200_000)}`), 503, CANNOT_FETCH],
    ['204', (response) => response.writeHead(204).end(), 503, CANNOT_FETCH],
    ['404', (response) => response.writeHead(404).end('{"keys":[]}'), 503, CANNOT_FETCH],
    ['500', (response) => response.writeHead(500).end(), 503, CANNOT_FETCH],
    [
      'a redirect to the keys',
      (response) => {
        provider.publish(key.jwk)
        response.writeHead(302, { location: '/moved' }).end()
      },
      503,
      CANNOT_FETCH,
    ],
    ['wrong gzip', (response) => response.setHeader('content-encoding', 'gzip').end('no gzip'), 503, CANNOT_FETCH],
    ['a closed connection', (response) => response.destroy(), 503, CANNOT_FETCH],
  ]

  test.each(SETS)('%s', async (_name, respond, status, sentence, token = good) => {
    whenKeysAreFetchedAgain()
    provider.respond = respond
    const { handle, ...got } = await send(`Bearer ${token()}`)
    expect(got).toEqual({ status, message: expect.stringMatching(sentence) })
    expect(handle === undefined).toBe(status !== 200)
  })

  const STALLS: [name: string, respond: typeof provider.respond][] = [
    ['no response', () => {}],
    ['a body that does not end', (response) => response.writeHead(200).write('{"keys":[')],
  ]

  test.each(STALLS)('%s', async (_name, respond) => {
    whenKeysAreFetchedAgain()
    provider.respond = respond
    expect(await send(`Bearer ${good()}`, impatient)).toMatchObject({
      status: 503,
      message: expect.stringMatching(CANNOT_FETCH),
    })
  })
})

/** The seed of a failure is in the title of its test. */
test.each([1, 2, 3, 4])(
  'good tokens with random changes: never a 500, and nobody else is signed in (seed %i)',
  async (seed) => {
    whenKeysAreFetchedAgain()
    provider.publish(key.jwk, other.jwk, rsa.jwk)
    const { handle } = await send(`Bearer ${goodParts().join('.')}`)
    const random = randomFrom(seed)
    const upTo = (limit: number) => Math.floor(random() * limit)
    const alphabet = 'abcXYZ0189-_.+/= {}"%\xff'
    for (let n = 0; n < 100; n += 1) {
      const characters = [...`Bearer ${goodParts().join('.')}`]
      for (let change = upTo(3); change >= 0; change -= 1)
        characters.splice(upTo(characters.length), upTo(4), alphabet[upTo(alphabet.length)] as string)
      const credential = characters.join('')
      const got = await send(credential)
      expect([200, 401, 503], credential).toContain(got.status)
      if (got.status === 200) expect([handle, undefined], credential).toContain(got.handle)
    }
  },
)

test('no token made the server fail, and only good ones created users', async () => {
  expect([...server.logged, ...impatient.logged].filter(({ level }) => Number(level) >= 50)).toEqual([])
  const rows = (await database.db.execute(sql`select source_key from users order by source_key`)) as unknown as {
    source_key: string
  }[]
  const subjects = rows.map(({ source_key }) => source_key.replace(/^.*?#/, ''))
  expect(subjects.sort()).toEqual(
    [
      "'); drop table users; --",
      '1234567',
      'dots',
      'half',
      'odd',
      'picture',
      'subject-1',
      'wide',
      '文'.repeat(255),
    ].sort(),
  )
})
