import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { createAccessToken, revokeAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { announceVotes } from '../support/announce.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let paperId: number
beforeAll(async () => {
  database = await freshDatabase()
  paperId = (await givenPapers(database.db, 12)).paperIds[0] as number
  // The default limits.
  server = await startServer(database, { quotas: {} })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const userId = async (handle: string) => encodeGlobalId('User', (await userOfHandle(database.db, handle)).user.id)

describe('a spam run', () => {
  const SPAM = 60
  let curator: string
  let spammer: string
  let answers: Record<string, string>[]
  beforeAll(async () => {
    curator = await server.tokenOf('curie', ['read', 'curate'])
    spammer = await server.tokenOf('spammer')
    answers = await Promise.all(
      Array.from({ length: SPAM }, async (_, n) => {
        const { data } = await server.ask(
          `mutation ($input: SubmitPaperInput!) { submitPaper(input: $input) {
            __typename ... on RateLimitedError { message retryAt } ... on SubmitPaperPayload { paper { id } }
          } }`,
          {
            input: {
              arxivId: `2602.2${String(n).padStart(4, '0')}`,
              paper: {
                title: `Buy ${n}`,
                abstract: 'Buy it now.',
                authors: [`Seller ${n}`],
                publishedAt: '2026-02-01T00:00:00Z',
                topics: [`spam ${n}`, 'agents'],
                organization: `Shop ${n}`,
              },
            },
          },
          spammer,
        )
        return data.submitPaper
      }),
    )
  })

  const shown = async () => {
    const { data } = await server.ask(`{
      papers(filter: { submitters: ["spammer"] }) { totalCount }
      search(query: "title") { totalCount }
      spam: search(query: "buy") { totalCount }
      all: papers { totalCount }
      topics(first: 100) { totalCount nodes { slug paperCount } }
      organizations(first: 100) { totalCount nodes { slug paperCount } }
      authors(first: 100) { totalCount nodes { slug paperCount } }
      user(handle: "spammer") { submissions { totalCount } }
    }`)
    return data
  }

  const content = async (what: 'removeUserContent' | 'restoreUserContent', reason: string | null) => {
    const { data } = await server.ask(
      `mutation ($input: UserContentInput!) { ${what}(input: $input) { __typename ... on UserContentPayload { paperCount user { handle } } } }`,
      { input: { userId: await userId('spammer'), reason } },
      curator,
    )
    return data[what]
  }

  test('gets half of the submissions of a day in, and each further one is refused with the moment of the next', () => {
    expect(answers.filter(({ __typename }) => __typename === 'SubmitPaperPayload')).toHaveLength(10)
    const refused = answers.filter(({ __typename }) => __typename !== 'SubmitPaperPayload')
    expect(refused).toHaveLength(SPAM - 10)
    for (const { __typename, message, retryAt } of refused) {
      expect([__typename, message]).toEqual([
        'RateLimitedError',
        `You have submitted as many papers as this server allows for now. Try again at ${retryAt}.`,
      ])
      expect(Date.parse(retryAt as string) - Date.now()).toBeGreaterThan(23 * 3_600_000)
      expect(Date.parse(retryAt as string) - Date.now()).toBeLessThan(25 * 3_600_000)
    }
  })

  test('is hidden by one call, with its topics, authors and organizations, and shown by another', async () => {
    const spam = await shown()
    expect(spam).toMatchObject({ papers: { totalCount: 10 }, spam: { totalCount: 10 } })

    expect(await content('removeUserContent', 'Advertising.')).toEqual({
      __typename: 'UserContentPayload',
      paperCount: 10,
      user: { handle: 'spammer' },
    })
    const clean = await shown()
    expect(clean).toMatchObject({
      papers: { totalCount: 0 },
      spam: { totalCount: 0 },
      user: { submissions: { totalCount: 0 } },
    })
    expect(spam.all.totalCount - clean.all.totalCount).toBe(10)
    for (const list of ['topics', 'organizations', 'authors']) {
      expect(clean[list].nodes.filter(({ slug }: { slug: string }) => /spam|shop|seller/.test(slug))).toEqual([])
      expect(spam[list].totalCount - clean[list].totalCount).toBe(10)
    }
    expect(await recount(database.db)).toEqual([])

    // What was hidden can be read by curators, with who hid it and why.
    const { data } = await server.ask(
      `{ hiddenPapers(first: 100) { ... on HiddenPaperConnection { totalCount nodes { title submittedBy { handle } hiding { action reason actor { handle } } } } } }`,
      {},
      curator,
    )
    expect(data.hiddenPapers.totalCount).toBe(10)
    expect(data.hiddenPapers.nodes[0]).toEqual({
      title: expect.stringMatching(/^Buy \d+$/),
      submittedBy: { handle: 'spammer' },
      hiding: { action: 'REMOVE_USER_CONTENT', reason: 'Advertising.', actor: { handle: 'curie' } },
    })

    expect(await content('removeUserContent', 'Again.')).toMatchObject({ paperCount: 0 })
    expect(await content('restoreUserContent', 'A mistake.')).toMatchObject({ paperCount: 10 })
    expect(await shown()).toEqual(spam)
    expect(await recount(database.db)).toEqual([])
    expect(await content('restoreUserContent', null)).toMatchObject({ paperCount: 0 })
  })

  test('and the audit log shows both', async () => {
    const { data } = await server.ask(
      `query ($id: ID!) { auditLog(filter: { subjects: [$id], actions: [REMOVE_USER_CONTENT, RESTORE_USER_CONTENT] }) {
        ... on AuditEntryConnection { nodes { action reason actor { handle } subjectCount subjects(first: 2) { type name } } }
      } }`,
      { id: await userId('spammer') },
      curator,
    )
    const entry = {
      actor: { handle: 'curie' },
      subjectCount: 11,
      subjects: [
        { type: 'USER', name: 'spammer' },
        { type: 'PAPER', name: expect.stringMatching(/^Buy/) },
      ],
    }
    expect(data.auditLog.nodes).toEqual([
      { ...entry, action: 'RESTORE_USER_CONTENT', reason: 'A mistake.' },
      { ...entry, action: 'REMOVE_USER_CONTENT', reason: 'Advertising.' },
    ])
  })

  test('what a curator hid by itself before, or showed since, a restore leaves as it is', async () => {
    const ids = answers.flatMap((answer) => (answer as { paper?: { id: string } }).paper?.id ?? [])
    const hide = (what: string, paperIds: string[]) =>
      server.ask(
        `mutation ($input: HidePapersInput!) { ${what}(input: $input) { ... on HidePapersPayload { paperIds } } }`,
        { input: { paperIds } },
        curator,
      )
    await hide('hidePapers', [ids[0] as string])
    expect(await content('removeUserContent', null)).toMatchObject({ paperCount: 9 })
    await hide('unhidePapers', [ids[1] as string, ids[2] as string])
    await hide('hidePapers', [ids[2] as string])
    expect(await content('restoreUserContent', null)).toMatchObject({ paperCount: 7 })
    expect((await shown()).papers.totalCount).toBe(8)
    const { data } = await hide('unhidePapers', ids)
    expect(data.unhidePapers.paperIds.sort()).toEqual([ids[0], ids[2]].sort())
    expect((await shown()).papers.totalCount).toBe(10)
  })
})

describe('an open event stream', () => {
  /** Subscribes and reads the stream until it ends. */
  async function subscribe(token: string | null, { url }: TestServer = server) {
    const query = `subscription { voteCountChanged(paperIds: ["${encodeGlobalId('Paper', paperId)}"]) { id } }`
    const request = get(`${url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream', ...(token !== null && { authorization: `Bearer ${token}` }) },
    })
    onTestFinished(() => void request.destroy())
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const stream = { text: '', isOver: false }
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      stream.text += text
    })
    response.on('end', () => {
      stream.isOver = true
    })
    response.on('error', () => {})
    return stream
  }

  /** It ends with the reason, and clients do not subscribe again. */
  const expectEnd = async (stream: { text: string; isOver: boolean }, code: string, message: RegExp) => {
    await expect.poll(() => stream.isOver, { timeout: 1_000, interval: 20 }).toBe(true)
    const [, event] = /event: next\ndata: (.*)\n\nevent: complete\ndata:\n\n$/.exec(stream.text) ?? []
    expect(JSON.parse(event ?? 'null')).toEqual({
      errors: [{ message: expect.stringMatching(message), extensions: { code } }],
    })
  }

  const isOpen = async (...streams: { text: string; isOver: boolean }[]) => {
    const lengths = streams.map(({ text }) => text.length)
    await announceVotes(database.db, [paperId])
    for (const [place, stream] of streams.entries())
      await expect.poll(() => stream.text.length).toBeGreaterThan(lengths[place] as number)
    expect(streams.map(({ isOver }) => isOver)).toEqual(streams.map(() => false))
  }

  const tokenOf = async (handle: string) => {
    const { user } = await userOfHandle(database.db, handle)
    return createAccessToken(database.db, user.id, ['read'], 90)
  }

  test('of a revoked token ends on all servers; other tokens of its user and other clients go on', async () => {
    const other = await startServer(database)
    onTestFinished(() => other.close())
    const [lost, kept] = [await tokenOf('ada'), await tokenOf('ada')]
    const ended = [await subscribe(lost.token), await subscribe(lost.token, other)]
    const open = [await subscribe(kept.token), await subscribe(null, other)]
    await isOpen(...ended, ...open)
    await revokeAccessToken(database.db, lost.id)
    for (const stream of ended) await expectEnd(stream, 'UNAUTHENTICATED', /unknown or revoked/)
    await isOpen(...open)
  })

  test('of a suspended user ends, with all their tokens', async () => {
    const [one, two, curie] = [await tokenOf('mallory'), await tokenOf('mallory'), await tokenOf('curie')]
    const ended = [await subscribe(one.token), await subscribe(two.token)]
    const open = [await subscribe(curie.token)]
    await isOpen(...ended, ...open)
    const { data } = await server.ask(
      'mutation ($input: SuspendUserInput!) { suspendUser(input: $input) { __typename } }',
      { input: { userId: await userId('mallory') } },
      await server.tokenOf('curie', ['curate']),
    )
    expect(data.suspendUser.__typename).toBe('SuspendUserPayload')
    for (const stream of ended) await expectEnd(stream, 'ACCOUNT_SUSPENDED', /^This account is suspended:/)
    await isOpen(...open)
  })

  test('ends when its token expires', async () => {
    const { id, token } = await tokenOf('late')
    await database.db.execute(sql`update access_tokens set expires_at = now() + interval '400 ms' where id = ${id}`)
    const stream = await subscribe(token)
    expect(stream.isOver).toBe(false)
    await expectEnd(stream, 'UNAUTHENTICATED', /^The access token expired at /)
  })

  test('ends when the connection to the database returns, if its token was revoked meanwhile', async () => {
    const proxy = await startProxy(database.url)
    const behind = await startServer({ db: database.db, url: proxy.url })
    onTestFinished(async () => {
      await behind.close()
      await proxy.stop()
    })
    const { id, token } = await tokenOf('missed')
    const stream = await subscribe(token, behind)
    await isOpen(stream)
    await proxy.stop()
    await revokeAccessToken(database.db, id)
    await proxy.start()
    await expect.poll(() => stream.isOver, { timeout: 5_000 }).toBe(true)
    expect(stream.text).toMatch(/"code":"UNAUTHENTICATED"/)
  })
})
