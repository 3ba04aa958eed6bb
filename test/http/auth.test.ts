import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { TOKEN_PREFIX } from '../../src/queries/access-tokens.ts'
import { createAccessToken, revokeAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let paperId: string

beforeAll(async () => {
  database = await freshDatabase()
  const { paperIds } = await givenPapers(database.db, 3)
  paperId = encodeGlobalId('Paper', paperIds[0] as number)
})
afterAll(() => database?.close())

/** Asks who is signed in, with whatever headers. */
async function whoAmI({ url }: TestServer, headers: Record<string, string>) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ viewer { handle name avatarUrl } }' }),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Not one word of an answer, but what is wrong, in the form of GraphQL errors, for pages of any site. */
function expectRefused({ status, headers, body }: Awaited<ReturnType<typeof whoAmI>>, message: string | RegExp): void {
  expect(body).toEqual({
    errors: [{ message: expect.stringMatching(message), extensions: { code: 'UNAUTHENTICATED' } }],
  })
  expect(status).toBe(401)
  expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(headers.get('access-control-allow-origin')).toBe('*')
}

describe('access tokens', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(database)
  })
  afterAll(() => server?.close())

  test('a valid one identifies the user, in any case of the scheme', async () => {
    const token = await server.tokenOf('Ada')
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `]) {
      const { status, body } = await whoAmI(server, { authorization })
      expect([status, body.data?.viewer?.handle]).toEqual([200, 'Ada'])
    }
  })

  test('is not needed for reading', async () => {
    expect(await whoAmI(server, {})).toMatchObject({ status: 200, body: { data: { viewer: null } } })
  })

  test.each([
    ['unknown', `Bearer ${TOKEN_PREFIX}${'a'.repeat(43)}`, /^The access token is unknown or revoked\./],
    ['cut off', `Bearer ${TOKEN_PREFIX}`, /^The access token is unknown or revoked\./],
    ['of another kind', 'Bearer eyJhbGciOiJub25lIn0.e30.', /only its own tokens, which begin with "dp_"/],
    ['missing', 'Bearer', /must be "Bearer" and a token/],
    ['empty', '', /must be "Bearer" and a token/],
    ['two', 'Bearer one two', /must be "Bearer" and a token/],
    ['without a scheme', `${TOKEN_PREFIX}${'a'.repeat(43)}`, /must be "Bearer" and a token/],
    ['of characters that no token has', 'Bearer "quoted"', /must be "Bearer" and a token/],
    ['of the Basic scheme', `Basic ${btoa('ada:secret')}`, /must be "Bearer" and a token/],
  ])('one that is %s is refused', async (_name, authorization, message) => {
    expectRefused(await whoAmI(server, { authorization }), message)
  })

  test('a revoked one is refused at once', async () => {
    const { user } = await userOfHandle(database.db, 'revoked')
    const { id, token } = await createAccessToken(database.db, user.id, ['read'])
    expect((await whoAmI(server, bearer(token))).status).toBe(200)
    expect(await revokeAccessToken(database.db, id)).toBe(true)
    expect(await revokeAccessToken(database.db, id)).toBe(false)
    expectRefused(await whoAmI(server, bearer(token)), /revoked/)
  })

  test('a wrong one is refused by GET too, and no vote is stored', async () => {
    const query = encodeURIComponent('{ viewer { handle } }')
    const response = await fetch(`${server.url}/graphql?query=${query}`, { headers: bearer('dp_wrong') })
    expect(response.status).toBe(401)
    const votes = () => database.db.execute(sql`select count(*) from votes`)
    const before = await votes()
    const vote = await server.ask(
      'mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }',
      { id: paperId },
      'dp_wrong',
    )
    expect(vote).toEqual({ errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })] })
    expect(await votes()).toEqual(before)
  })

  test('in a cookie, a query string or another header is ignored', async () => {
    const token = await server.tokenOf('Ada')
    const places: Record<string, string>[] = [
      { cookie: `token=${token}; authorization=Bearer ${token}` },
      { 'x-authorization': `Bearer ${token}` },
    ]
    for (const headers of places) expect((await whoAmI(server, headers)).body).toEqual({ data: { viewer: null } })
    const query = encodeURIComponent('{ viewer { handle } }')
    const response = await fetch(`${server.url}/graphql?query=${query}&access_token=${token}`)
    expect(await response.json()).toEqual({ data: { viewer: null } })
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test('is not stored in plain text', async () => {
    const token = await server.tokenOf('Ada')
    const rows = await database.db.execute(sql`select access_tokens::text as row from access_tokens`)
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(token.slice(TOKEN_PREFIX.length))
  })

  test('a page of another site may send the header', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://papers.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(response.status).toBe(204)
    expect(['*', 'https://papers.example']).toContain(response.headers.get('access-control-allow-origin'))
    expect(response.headers.get('access-control-allow-methods')).toContain('POST')
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(/, */)
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type']))
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('tokens of the identity provider', () => {
  const ISSUER = 'https://id.papers.example'
  const AUDIENCE = 'daily-papers'

  interface Signer {
    kid: string
    privateKey: CryptoKey
    publicKey: CryptoKey
  }
  const signer = async (kid: string, alg = 'ES256'): Promise<Signer> => ({
    kid,
    ...(await generateKeyPair(alg, { extractable: true })),
  })

  /** What the provider publishes; null for a provider that is out of order. */
  let published: Signer[] | null
  let provider: Server
  let server: TestServer
  let key: Signer

  beforeAll(async () => {
    key = await signer('first')
    provider = createServer(async (_request, response) => {
      if (published === null) return response.writeHead(502).end('<h1>Bad Gateway</h1>')
      const keys = await Promise.all(
        published.map(async ({ kid, publicKey }) => ({ kid, ...(await exportJWK(publicKey)) })),
      )
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => provider?.close())
  // A server of its own for each test: it keeps the keys that it has read.
  beforeEach(async () => {
    published = [key]
    const { port } = provider.address() as AddressInfo
    const identityProvider = { jwksUrl: `http://127.0.0.1:${port}/jwks`, issuer: ISSUER, audience: AUDIENCE }
    server = await startServer(database, { identityProvider })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await server?.close()
  })

  /** A token as the provider makes them; a claim given as undefined is left out. */
  const sign = (claims: JWTPayload, by: Signer = key): Promise<string> => {
    const payload: JWTPayload = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'subject-1',
      exp: Math.floor(Date.now() / 1_000) + 3_600,
      ...claims,
    }
    return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: by.kid }).sign(by.privateKey)
  }
  const viewerOf = async (token: string) => {
    const { status, body } = await whoAmI(server, bearer(token))
    expect([status, body.errors]).toEqual([200, undefined])
    return body.data.viewer
  }

  test('a valid one creates its user on first use, and finds them again', async () => {
    const token = await sign({
      sub: 'noor',
      preferred_username: 'noorh',
      name: 'Noor Haddad',
      picture: 'https://pictures.example/noor.png',
    })
    const noor = { handle: 'noorh', name: 'Noor Haddad', avatarUrl: 'https://pictures.example/noor.png' }
    expect(await viewerOf(token)).toEqual(noor)
    expect(await viewerOf(await sign({ sub: 'noor', preferred_username: 'another name now' }))).toEqual(noor)
    const vote = await server.ask(
      'mutation ($id: ID!) { castVote(input: { paperId: $id }) { ... on VotePayload { paper { viewerHasVoted } } } }',
      { id: paperId },
      token,
    )
    expect(vote).toEqual({ data: { castVote: { paper: { viewerHasVoted: true } } } })
  })

  test.each([
    ['a name of several words', { preferred_username: ' Ilse  Marchetti ' }, 'Ilse-Marchetti'],
    ['an address of mail', { preferred_username: 'tomas@example.org' }, 'tomas'],
    ['a nickname', { nickname: 'quine' }, 'quine'],
    ['nothing usable', { preferred_username: '@@@' }, /^user-[0-9a-f]{8}$/],
    ['nothing', {}, /^user-[0-9a-f]{8}$/],
  ])('the handle is made of %s', async (name, claims, handle) => {
    expect((await viewerOf(await sign({ sub: name, ...claims }))).handle).toEqual(expect.stringMatching(handle))
  })

  test('a handle that is taken gets a number, ignoring case', async () => {
    const { user } = await userOfHandle(database.db, 'Taken')
    expect((await viewerOf(await sign({ sub: 'second', preferred_username: 'taken' }))).handle).toBe('taken-2')
    expect((await viewerOf(await sign({ sub: 'third', preferred_username: 'TAKEN' }))).handle).toBe('TAKEN-3')
    expect((await viewerOf(await sign({ sub: 'second' }))).handle).toBe('taken-2')
    expect((await userOfHandle(database.db, 'taken')).user).toEqual(user)
  })

  test('concurrent first uses create one user', async () => {
    const token = await sign({ sub: 'sudden', preferred_username: 'sudden' })
    const viewers = await Promise.all(Array.from({ length: 12 }, () => viewerOf(token)))
    expect(new Set(viewers.map(({ handle }) => handle))).toEqual(new Set(['sudden']))
    const rows = await database.db.execute(sql`select 1 from users where handle like 'sudden%'`)
    expect(rows).toHaveLength(1)
  })

  test('names with markup or control characters do no harm', async () => {
    const viewer = await viewerOf(
      await sign({ sub: 'odd', preferred_username: 'odd', name: 'O\u0000dd', picture: 'javascript:alert(1)' }),
    )
    expect(viewer).toEqual({ handle: 'odd', name: 'Odd', avatarUrl: null })
  })

  const refusals: [name: string, token: () => Promise<string>, message: RegExp][] = [
    ['expired', () => sign({ exp: Math.floor(Date.now() / 1_000) - 60 }), /^The token has expired\. Sign in again/],
    ['of another issuer', () => sign({ iss: 'https://elsewhere.example' }), /its claim "iss"/],
    ['for another audience', () => sign({ aud: 'another-api' }), /its claim "aud"/],
    ['for no audience', () => sign({ aud: undefined }), /its claim "aud"/],
    ['not in force yet', () => sign({ nbf: Math.floor(Date.now() / 1_000) + 600 }), /its claim "nbf"/],
    ['of nobody', () => sign({ sub: undefined }), /its claim "sub"/],
    ['good forever', () => sign({ exp: undefined }), /its claim "exp"/],
    [
      'signed with a key that the provider does not have',
      async () => sign({}, await signer('unknown')),
      /not signed by the identity provider/,
    ],
    [
      'signed with another key under a known name',
      async () => sign({}, await signer(key.kid)),
      /not signed by the identity provider/,
    ],
    ['not signed', async () => unsigned({ alg: 'none' }), /not signed by the identity provider/],
    ['signed with the public key as a secret', () => signedWithPublicKey(), /not signed by the identity provider/],
    [
      'changed',
      async () =>
        `${(await sign({}))
          .split('.')
          .toSpliced(1, 1, encode({ sub: 'root' }))
          .join('.')}`,
      /not signed by the identity provider/,
    ],
    ['no token', async () => 'not-a-token', /not signed by the identity provider/],
  ]
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = (header: object) =>
    `${encode(header)}.${encode({ iss: ISSUER, aud: AUDIENCE, sub: 'root', exp: 4_000_000_000 })}.`
  const signedWithPublicKey = async () =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'root', exp: 4_000_000_000 })
      .setProtectedHeader({ alg: 'HS256', kid: key.kid })
      .sign(new TextEncoder().encode(await exportSPKI(key.publicKey)))
  test.each(refusals)('one that is %s is refused, and no user is created', async (_name, token, message) => {
    const people = () => database.db.execute(sql`select count(*) from users`)
    const before = await people()
    expectRefused(await whoAmI(server, bearer(await token())), message)
    expect(await people()).toEqual(before)
  })

  test('it allows its scopes, or the ordinary ones without any', async () => {
    const may = async (scope: unknown) => {
      const token = await sign({ sub: 'scoped', preferred_username: 'scoped', scope })
      const { data } = await server.ask(
        `mutation ($id: ID!) {
          vote: castVote(input: { paperId: $id }) { __typename }
          hide: unhidePaper(input: { paperId: $id }) { __typename }
        }`,
        { id: paperId },
        token,
      )
      return [data.vote.__typename, data.hide.__typename]
    }
    const everybody = ['VotePayload', 'ForbiddenError']
    expect(await may(undefined)).toEqual(everybody)
    expect(await may('openid profile')).toEqual(everybody)
    // What names other things only, in a text or a list, allows nothing here; in a list as in a text.
    expect(await may(['curate'])).toEqual(['UnauthenticatedError', 'HidePaperPayload'])
    expect(await may(['read'])).toEqual(['UnauthenticatedError', 'ForbiddenError'])
    expect(await may('')).toEqual(['UnauthenticatedError', 'ForbiddenError'])
    expect(await may('elsewhere:admin')).toEqual(['UnauthenticatedError', 'ForbiddenError'])
    expect(await may('openid read vote curate')).toEqual(['VotePayload', 'HidePaperPayload'])
    expect(await may('read')).toEqual(['UnauthenticatedError', 'ForbiddenError'])
  })

  test("this server's own tokens work, too", async () => {
    expect((await viewerOf(await server.tokenOf('Ada'))).handle).toBe('Ada')
    expectRefused(await whoAmI(server, bearer('dp_wrong')), /unknown or revoked/)
  })

  test('a new key of the provider is found, and one that it drops is refused', async () => {
    await viewerOf(await sign({}))
    const second = await signer('second')
    published = [second]
    // Keys are not asked for again within half a minute, so that nobody can make this server ask and ask.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
    await viewerOf(await sign({}, second))
    expectRefused(await whoAmI(server, bearer(await sign({}))), /not signed by the identity provider/)
  })

  test('a provider that fails is 503, not a wrong token', async () => {
    published = null
    const token = await sign({})
    const { status, headers, body } = await whoAmI(server, bearer(token))
    expect(body).toEqual({
      errors: [
        {
          message:
            'The token cannot be verified now: the keys of the identity provider cannot be fetched. Try again in a minute.',
          extensions: { code: 'AUTHENTICATION_UNAVAILABLE' },
        },
      ],
    })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('60')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(server.logged).toContainEqual(
      expect.objectContaining({ msg: 'the keys of the identity provider cannot be fetched' }),
    )
    // Others are served.
    expect((await viewerOf(await server.tokenOf('Ada'))).handle).toBe('Ada')
    expect(await whoAmI(server, {})).toMatchObject({ status: 200 })
    published = [key]
    await viewerOf(token)
  })

  test('a provider that cannot be reached is 503, too', async () => {
    const identityProvider = { jwksUrl: 'http://127.0.0.1:1/jwks', issuer: ISSUER, audience: AUDIENCE }
    const lonely = await startServer(database, { identityProvider })
    try {
      expect((await whoAmI(lonely, bearer(await sign({})))).status).toBe(503)
    } finally {
      await lonely.close()
    }
  })

  test('while it fails, keys that were read before still work', async () => {
    const token = await sign({})
    await viewerOf(token)
    published = null
    await viewerOf(token)
  })
})
