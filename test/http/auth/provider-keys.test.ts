import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../../support/database.ts'
import { newSigner, type Signer, signToken, startIdentityProvider } from '../../support/identity-provider.ts'
import { startServer, UTC_CLOCK } from '../../support/server.ts'

// Which keys of the identity provider a token is verified with, and when they are fetched. Time is the clock of the server.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** In milliseconds. A busy machine may take longer, so only tests of a provider that does not respond use it. */
const SHORT_TIMEOUT = 200

let time = Date.parse('2026-03-02T09:00:00Z')
const clock = { ...UTC_CLOCK, now: () => new Date(time) }
const provider = await startIdentityProvider()
const database = await freshDatabase()
const server = await startServer(database, { identityProvider: provider.settings, clock })
afterAll(async () => {
  await server.close()
  await provider.close()
  await database.close()
})

const first = newSigner('first')
const second = newSigner('second')

// Older keys are forgotten, and no fetch has failed lately: each test begins like a server that has just started.
beforeEach(() => {
  time += 48 * HOUR
  provider.publish(first.jwk)
  provider.fetches = 0
  server.logged.length = 0
})

/** A good token of a key, issued now. */
const issued = (signer: Signer, header: object = signer.header) =>
  signToken(header, provider.claims(clock.now(), { exp: time / SECOND + 100 * 3_600 }), signer)

async function send(token: string, { url } = server) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ viewer { handle } }"}',
  })
  const { data, errors } = await response.json()
  if (response.status === 200) expect(data.viewer.handle).toMatch(/^user-/)
  return { status: response.status, retryAfter: response.headers.get('retry-after'), message: errors?.[0].message }
}
const statusOf = async (token: string, to = server) => (await send(token, to)).status

const NO_KEY = 'The identity provider of this server has no key that fits the token. Sign in again for a new one.'
const EXPIRED = 'The token has expired. Sign in again for a new one.'
const NOT_SIGNED = 'The token is not signed by the identity provider of this server.'
const CANNOT_FETCH =
  'The token cannot be verified now: the keys of the identity provider cannot be fetched. Try again in a minute.'

describe('a key that the provider adds or withdraws', () => {
  test('is known after ten minutes: the keys are fetched again, once for concurrent requests', async () => {
    const old = issued(first)
    expect(await statusOf(old)).toBe(200)
    provider.publish(second.jwk)
    time += 9 * MINUTE
    expect(await statusOf(old)).toBe(200)
    expect(provider.fetches).toBe(1)
    time += 1 * MINUTE
    expect(await Promise.all(Array.from({ length: 10 }, () => statusOf(old)))).toEqual(Array(10).fill(401))
    expect(provider.fetches).toBe(2)
    expect(await send(old)).toMatchObject({ status: 401, message: NO_KEY })
  })

  test('is fetched at once for a token that has it', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    provider.publish(first.jwk, second.jwk)
    time += 11 * SECOND
    expect(await statusOf(issued(second))).toBe(200)
    expect(await statusOf(issued(first))).toBe(200)
    expect(provider.fetches).toBe(2)
  })

  test('is fetched within 30 seconds of the last fetch; a client that comes too early is told when to try again', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    provider.publish(second.jwk)
    time += 3 * SECOND
    const token = issued(second)
    expect(await send(token)).toEqual({
      status: 503,
      retryAfter: '7',
      message:
        'The token cannot be verified yet: it may have a new key, and the keys of the identity provider were fetched just now. Try again in 7 s.',
    })
    time += 7 * SECOND
    expect(await statusOf(token)).toBe(200)
    expect(provider.fetches).toBe(2)
  })

  test('replaces a key of the same id', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    const replaced = newSigner('first')
    provider.publish(replaced.jwk)
    time += 3 * SECOND
    expect(await send(issued(replaced))).toMatchObject({ status: 503, retryAfter: '7' })
    time += 7 * SECOND
    expect(await statusOf(issued(replaced))).toBe(200)
    time += SECOND
    expect(await send(issued(first))).toMatchObject({ status: 503, retryAfter: '9' })
    time += 9 * SECOND
    expect(await send(issued(first))).toMatchObject({ status: 401, message: NOT_SIGNED })
  })

  test('replaces the only key, of a provider without ids', async () => {
    const [withoutId, other] = [newSigner(''), newSigner('')]
    provider.publish({ ...withoutId.jwk, kid: undefined })
    expect(await statusOf(issued(withoutId, { alg: 'ES256' }))).toBe(200)
    provider.publish({ ...other.jwk, kid: undefined })
    time += 11 * SECOND
    expect(await statusOf(issued(other, { alg: 'ES256' }))).toBe(200)
  })

  test('a token that is older than the keys is refused without a promise that a retry helps', async () => {
    const old = issued(second)
    time += 2 * MINUTE
    expect(await statusOf(issued(first))).toBe(200)
    time += SECOND
    expect(await send(old)).toMatchObject({ status: 401, message: NO_KEY })
  })

  test('tokens of unknown keys do not flood the provider', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    for (let n = 0; n < 40; n += 1) {
      time += SECOND
      expect([401, 503]).toContain(await statusOf(issued(second, { ...second.header, kid: `unknown-${n}` })))
    }
    expect(provider.fetches).toBe(5)
  })
})

describe('a provider that fails', () => {
  type Failure = [name: string, respond: typeof provider.respond]
  const FAILURES: Failure[] = [
    ['502', (response) => response.writeHead(502).end('<h1>Bad Gateway</h1>')],
    ['a closed connection', (response) => response.destroy()],
  ]
  const STALLS: Failure[] = [
    ['no response', () => {}],
    ['half a response', (response) => response.writeHead(200).write('{"keys":')],
  ]

  test.each(STALLS)('%s: keys that were good stay good for a day', async (_name, respond) => {
    const impatient = await startServer(database, {
      identityProvider: provider.settings,
      clock,
      keysTimeout: SHORT_TIMEOUT,
    })
    onTestFinished(() => impatient.close())
    const token = issued(first)
    const retried = () => {
      time += 11 * SECOND
      return statusOf(token, impatient)
    }
    await expect.poll(retried).toBe(200)
    provider.respond = respond
    time += 23 * HOUR
    expect(await statusOf(token, impatient)).toBe(200)
    time += HOUR
    expect(await send(token, impatient)).toEqual({ status: 503, retryAfter: '60', message: CANNOT_FETCH })
    provider.publish(first.jwk)
    await expect.poll(retried).toBe(200)
  })

  test.each(FAILURES)('%s: keys that were good stay good for a day', async (_name, respond) => {
    const token = issued(first)
    expect(await statusOf(token)).toBe(200)
    provider.respond = respond
    for (const hours of [1, 8, 8, 6]) {
      time += hours * HOUR
      expect(await statusOf(token)).toBe(200)
    }
    expect(server.logged).toContainEqual(
      expect.objectContaining({
        level: 40,
        msg: 'the keys of the identity provider cannot be fetched',
        keysFrom: new Date(time - 23 * HOUR).toISOString(),
      }),
    )
    time += HOUR
    expect(await send(token)).toEqual({ status: 503, retryAfter: '60', message: CANNOT_FETCH })
    provider.publish(first.jwk)
    time += 11 * SECOND
    expect(await statusOf(token)).toBe(200)
  })

  test('while it fails, requests do not wait for it, and it is asked every ten seconds at most', async () => {
    const patient = await startServer(database, {
      identityProvider: provider.settings,
      clock,
      keysTimeout: 10 * MINUTE,
    })
    onTestFinished(() => patient.close())
    const token = issued(first)
    expect(await statusOf(token, patient)).toBe(200)
    provider.respond = (response) => response.writeHead(503).end()
    time += HOUR
    expect(await statusOf(token, patient)).toBe(200)
    const waiting: Parameters<typeof provider.respond>[0][] = []
    provider.respond = (response) => void waiting.push(response)
    time += 5 * SECOND
    expect(await statusOf(token, patient)).toBe(200)
    expect(provider.fetches).toBe(2)
    time += 5 * SECOND
    // The response comes although that of the provider does not.
    expect(await statusOf(token, patient)).toBe(200)
    await expect.poll(() => waiting.length).toBe(1)
    for (const response of waiting) response.end(JSON.stringify({ keys: [second.jwk] }))
    // The new keys count as soon as they are here.
    await expect.poll(() => statusOf(token, patient)).toBe(401)
    expect(provider.fetches).toBe(3)
  })

  test('a withdrawn key is refused with the first fetch after the failure, also after a quiet time', async () => {
    const token = issued(first)
    expect(await statusOf(token)).toBe(200)
    provider.respond = (response) => response.destroy()
    time += HOUR
    expect(await statusOf(token)).toBe(200)
    provider.publish(second.jwk)
    time += HOUR
    expect(await send(token)).toMatchObject({ status: 401, message: NO_KEY })
  })

  test('unknown keys cannot be told from wrong ones, so their tokens get 503, and others are served', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    provider.respond = (response) => response.destroy()
    time += 30 * SECOND
    expect(await send(issued(second))).toEqual({ status: 503, retryAfter: '60', message: CANNOT_FETCH })
    expect(await statusOf(issued(first))).toBe(200)
    expect(await statusOf(await server.tokenOf('user-of-this-server'))).toBe(200)
    provider.publish(first.jwk, second.jwk)
    time += 11 * SECOND
    expect(await statusOf(issued(second))).toBe(200)
  })

  test('without any keys, tokens get 503 until the provider responds', async () => {
    provider.respond = (response) => response.writeHead(500).end()
    const token = issued(first)
    expect(await send(token)).toEqual({ status: 503, retryAfter: '60', message: CANNOT_FETCH })
    expect(await send(token)).toMatchObject({ status: 503 })
    expect(provider.fetches).toBe(1)
    const refused = signToken(first.header, provider.claims(clock.now(), { exp: time / SECOND - 60 }), first)
    expect(await send(refused)).toMatchObject({ status: 401, message: EXPIRED })
    provider.publish(first.jwk)
    time += 11 * SECOND
    expect(await statusOf(token)).toBe(200)
  })

  test('a clock that is set back does not delay the next fetch', async () => {
    expect(await statusOf(issued(first))).toBe(200)
    provider.publish(second.jwk)
    time -= 3 * HOUR
    expect(await statusOf(issued(second))).toBe(200)
    time += 3 * HOUR
  })
})

describe('several keys', () => {
  test('a token without a key id is tried with each that fits', async () => {
    const rsa = newSigner('rsa', 'RS256')
    const third = newSigner('third')
    provider.publish(rsa.jwk, first.jwk, second.jwk)
    for (const signer of [first, second, rsa])
      expect(await statusOf(issued(signer, { alg: signer.header.alg }))).toBe(200)
    time += 11 * SECOND
    expect(await send(issued(third, { alg: 'ES256' }))).toMatchObject({ status: 401, message: NOT_SIGNED })
  })

  test('a key without an id may have signed a token with one', async () => {
    provider.publish({ ...first.jwk, kid: undefined }, second.jwk)
    expect(await statusOf(issued(first))).toBe(200)
  })

  test('Ed25519 and EdDSA are one algorithm, whichever the token and the key name', async () => {
    const ed25519 = newSigner('ed', 'EdDSA')
    for (const published of [undefined, 'EdDSA', 'Ed25519']) {
      provider.publish({ ...ed25519.jwk, alg: published })
      time += 48 * HOUR
      for (const alg of ['EdDSA', 'Ed25519']) expect(await statusOf(issued(ed25519, { alg, kid: 'ed' }))).toBe(200)
    }
  })

  test('those that cannot be used are passed over, and each is logged once', async () => {
    const short = newSigner('short', 'RS256', 1_024)
    const unreadable = { ...second.jwk, kid: 'unreadable', x: 'AAAA' }
    const octets = { kty: 'oct', kid: 'octets', k: 'c2VjcmV0' }
    const encryption = { ...newSigner('encryption', 'RS256').jwk, use: 'enc' }
    provider.publish(short.jwk, unreadable, null, octets, encryption, first.jwk)
    expect(await statusOf(issued(first))).toBe(200)
    time += 11 * SECOND
    expect(await send(issued(short))).toMatchObject({ status: 401, message: NO_KEY })
    const logged = server.logged.filter(({ msg }) => msg === 'a key of the identity provider cannot be used')
    expect(logged.map(({ kid, reason }) => [kid, reason])).toEqual([
      ['short', 'it has 1024 bits, and fewer than 2048 are not secure'],
      ['unreadable', expect.any(String)],
      [null, 'it is not an object'],
      ['octets', 'keys of the type oct are not accepted'],
    ])
    expect(provider.fetches).toBe(2)
  })
})
