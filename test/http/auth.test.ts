import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { TOKEN_PREFIX } from '../../src/queries/access-tokens.ts'
import { createAccessToken, revokeAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { newSigner, signToken, startIdentityProvider, type TestProvider } from '../support/identity-provider.ts'
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
    ['two', 'Bearer one two', /must be "Bearer" and a token/],
    ['without a scheme', `${TOKEN_PREFIX}${'a'.repeat(43)}`, /must be "Bearer" and a token/],
    ['of characters that no token has', 'Bearer "quoted"', /must be "Bearer" and a token/],
  ])('one that is %s is refused', async (_name, authorization, message) => {
    expectRefused(await whoAmI(server, { authorization }), message)
  })

  test('an empty one, and that of a proxy, is none: the response is the anonymous one, from the cache', async () => {
    const cached = await startServer(database, { cacheMegabytes: 1 })
    try {
      const query = { query: '{ viewer { handle } papers { totalCount } }' }
      const anonymous = await cached.ask(query.query)
      for (const authorization of [
        '',
        ' ',
        'Bearer',
        'Bearer ',
        'bearer   ',
        `Basic ${btoa('ada:secret')}`,
        'Negotiate YII=',
      ]) {
        const { result, statements } = await database.log.during(() =>
          fetch(`${cached.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization },
            body: JSON.stringify(query),
          }),
        )
        expect([result.status, await result.json()]).toEqual([200, anonymous])
        expect(statements).toEqual([])
      }
    } finally {
      await cached.close()
    }
  })

  test.each(['', `Basic ${btoa('ada:secret')}`])('"%s" does not sign in for a vote', async (authorization) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({
        query: 'mutation ($id: ID!) { castVote(input: { paperId: $id }) { ... on Error { message } } }',
        variables: { id: paperId },
      }),
    })
    const message = 'Sign in to vote: send "Authorization: Bearer" and a token.'
    expect(await response.json()).toEqual({ data: { castVote: { message } } })
  })

  test('a revoked one is refused at once, by every server', async () => {
    const other = await startServer(database)
    const { user } = await userOfHandle(database.db, 'revoked')
    const { id, token } = await createAccessToken(database.db, user.id, ['read'], 90)
    for (const each of [server, other]) expect((await whoAmI(each, bearer(token))).status).toBe(200)
    expect(await revokeAccessToken(database.db, id)).toBe(true)
    expect(await revokeAccessToken(database.db, id)).toBe(false)
    for (const each of [server, other]) expectRefused(await whoAmI(each, bearer(token)), /revoked/)
    await other.close()
  })

  test('one that has expired is refused with the moment and what to do', async () => {
    const { user } = await userOfHandle(database.db, 'late')
    const { id, token } = await createAccessToken(database.db, user.id, ['read'], 1)
    expect((await whoAmI(server, bearer(token))).status).toBe(200)
    await database.db.execute(sql`update access_tokens set expires_at = '2026-01-02T03:04:05Z' where id = ${id}`)
    expectRefused(
      await whoAmI(server, bearer(token)),
      /^The access token expired at 2026-01-02T03:04:05\.000Z\. Ask the operator for a new one \(npm run token\)\.$/,
    )
  })

  test('one from before tokens expired is valid', async () => {
    const { user } = await userOfHandle(database.db, 'old')
    const { id, token } = await createAccessToken(database.db, user.id, ['read'], 1)
    await database.db.execute(sql`update access_tokens set expires_at = null where id = ${id}`)
    expect((await whoAmI(server, bearer(token))).status).toBe(200)
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
  let provider: TestProvider
  let server: TestServer
  const key = newSigner('first')

  beforeAll(async () => {
    provider = await startIdentityProvider()
    provider.publish(key.jwk)
    server = await startServer(database, { identityProvider: provider.settings })
  })
  afterAll(async () => {
    await server?.close()
    await provider?.close()
  })

  /** A token as the provider makes them; a claim given as undefined is left out. */
  const sign = (changes: object) => signToken(key.header, provider.claims(new Date(), changes), key)
  const viewerOf = async (token: string) => {
    const { status, body } = await whoAmI(server, bearer(token))
    expect([status, body.errors]).toEqual([200, undefined])
    return body.data.viewer
  }

  test('of a suspended user is refused as such', async () => {
    const token = sign({ sub: 'mallory', preferred_username: 'mallory' })
    expect(await viewerOf(token)).toMatchObject({ handle: 'mallory' })
    await database.db.execute(sql`update users set suspended_at = now() where handle = 'mallory'`)
    expect(await whoAmI(server, bearer(token))).toMatchObject({
      status: 403,
      body: { errors: [{ extensions: { code: 'ACCOUNT_SUSPENDED' } }] },
    })
  })

  test('a valid one creates its user on first use, and finds them again', async () => {
    const token = sign({
      sub: 'noor',
      preferred_username: 'noorh',
      name: 'Noor Haddad',
      picture: 'https://pictures.example/noor.png',
    })
    const noor = { handle: 'noorh', name: 'Noor Haddad', avatarUrl: 'https://pictures.example/noor.png' }
    expect(await viewerOf(token)).toEqual(noor)
    expect(await viewerOf(sign({ sub: 'noor', preferred_username: 'another name now' }))).toEqual(noor)
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
    expect((await viewerOf(sign({ sub: name, ...claims }))).handle).toEqual(expect.stringMatching(handle))
  })

  test('a handle that is taken gets a number, ignoring case', async () => {
    const { user } = await userOfHandle(database.db, 'Taken')
    expect((await viewerOf(sign({ sub: 'second', preferred_username: 'taken' }))).handle).toBe('taken-2')
    expect((await viewerOf(sign({ sub: 'third', preferred_username: 'TAKEN' }))).handle).toBe('TAKEN-3')
    expect((await viewerOf(sign({ sub: 'second' }))).handle).toBe('taken-2')
    expect((await userOfHandle(database.db, 'taken')).user).toEqual(user)
  })

  test('concurrent first uses create one user', async () => {
    const token = sign({ sub: 'sudden', preferred_username: 'sudden' })
    const viewers = await Promise.all(Array.from({ length: 12 }, () => viewerOf(token)))
    expect(new Set(viewers.map(({ handle }) => handle))).toEqual(new Set(['sudden']))
    const rows = await database.db.execute(sql`select 1 from users where handle like 'sudden%'`)
    expect(rows).toHaveLength(1)
  })

  test('names with markup or control characters do no harm', async () => {
    const viewer = await viewerOf(
      sign({ sub: 'odd', preferred_username: 'odd', name: 'O\u0000dd', picture: 'javascript:alert(1)' }),
    )
    expect(viewer).toEqual({ handle: 'odd', name: 'Odd', avatarUrl: null })
  })

  test('it allows its scopes, or the ordinary ones without any', async () => {
    const may = async (scope: unknown) => {
      const token = sign({ sub: 'scoped', preferred_username: 'scoped', scope })
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
})
