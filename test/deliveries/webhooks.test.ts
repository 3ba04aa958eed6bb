import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { recordFinalEditions } from '../../src/deliveries/outbox.ts'
import { webhookWriter } from '../../src/deliveries/webhook-content.ts'
import { findWebhookEvents, pruneWebhooks } from '../../src/deliveries/webhook-events.ts'
import { claimWebhooks, storeWebhookResults } from '../../src/deliveries/webhook-outbox.ts'
import { WebhookSender, type WebhookSenderParts } from '../../src/deliveries/webhook-sender.ts'
import { createPoster } from '../../src/fetching/poster.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { setHidden } from '../../src/ingest/hiding.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { BadUserInput } from '../../src/values/errors.ts'
import { setSuspended } from '../../src/writes/suspensions.ts'
import { writeVotes } from '../../src/writes/vote-writer.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Endpoint, openEndpoint, type Received } from '../support/endpoint.ts'
import { sparseEntry } from '../support/entry.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let endpoint: Endpoint
let token: string
let userIds: number[]
beforeAll(async () => {
  database = await freshDatabase()
  const catalogue = await givenPapers(database.db, 30)
  userIds = catalogue.userIds
  server = await startServer(database)
  endpoint = await openEndpoint()
  token = await server.tokenOf('ada')
})
afterAll(async () => {
  await server?.close()
  await endpoint?.close()
  await database?.close()
})
afterEach(async () => {
  await database.db.execute(sql`truncate webhook_changes, webhook_events, webhook_deliveries`)
  await database.db.execute(sql`delete from saved_filters`)
  endpoint.received.length = 0
  endpoint.respond = (_message, response) => response.writeHead(204).end()
})

const log = pino({ level: 'silent' })
const newSender = (connections = 8, others: Partial<WebhookSenderParts> = {}) =>
  new WebhookSender({
    db: database.db,
    post: createPoster({ allowPrivateNetworks: true, userAgent: 'DailyPapers/test', timeout: 2_000 }),
    write: webhookWriter({
      runQuery: async <Data>(query: string, variables: Record<string, unknown>) => {
        const { data, errors } = await server.ask(query, variables)
        if (errors) throw new Error(errors[0]?.message)
        return data as Data
      },
      idOf: (paperId) => encodeGlobalId('Paper', paperId),
    }),
    connections,
    mostConnections: 16,
    failingConnections: 2,
    log,
    now: () => new Date(),
    ...others,
  })

const find = () => findWebhookEvents(database.db)
async function deliver(): Promise<void> {
  await find()
  await newSender().wake()
}
/** Everything that waits for its next attempt is due. */
const hurry = () =>
  database.db.execute(sql`update webhook_deliveries set next_attempt_at = now() where state = 'PENDING'`)

const CREATE = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on WebhookPayload { secret webhook { id } } ... on Error { message } ... on InvalidInputError { fields { path message } } } }`

async function savedFilter(filter: object = {}, as = token): Promise<string> {
  const { data } = await server.ask(
    'mutation ($filter: PaperFilter) { createSavedFilter(input: { name: "Mine", filter: $filter }) { ... on SavedFilterPayload { savedFilter { id } } ... on Error { message } } }',
    { filter },
    as,
  )
  return data.createSavedFilter.savedFilter.id
}

/** A webhook of a new saved filter, whose list was looked at once. */
async function given(
  path: string,
  input: Record<string, unknown> = {},
  { filter = {}, savedFilterId, as = token }: { filter?: object; savedFilterId?: string; as?: string } = {},
): Promise<{ id: string; secret: string; savedFilterId: string }> {
  const listId = savedFilterId ?? (await savedFilter(filter, as))
  const { data } = await server.ask(
    CREATE,
    { input: { savedFilterId: listId, url: `${endpoint.url}${path}`, events: ['PAPER_LISTED'], ...input } },
    as,
  )
  expect(data.createWebhook.message).toBeUndefined()
  await find()
  const { webhook, secret } = data.createWebhook
  return { id: webhook.id, secret, savedFilterId: listId }
}

let papers = 0
/** A paper that is on the list of today. */
function newPaper(fields: Partial<PaperEntry> = {}): PaperEntry {
  papers += 1
  const now = new Date().toISOString()
  return sparseEntry({
    source: 'test',
    asOf: now,
    arxivId: `2611.${String(20_000 + papers)}`,
    title: `Paper ${papers}`,
    publishedAt: now,
    listedAt: now,
    listedOn: now.slice(0, 10),
    ...fields,
  })
}
const save = (...entries: PaperEntry[]) => saveEntries(database.db, entries, { halfLifeHours: HALF_LIFE_HOURS })
const idOf = async ({ arxivId }: PaperEntry): Promise<number> => {
  const [row] = await database.db.execute<{ id: string }>(sql`select id from papers where arxiv_id = ${arxivId}`)
  return Number(row?.id)
}
const vote = (paperId: number, voters: number[], voted = true) =>
  writeVotes(
    database.db,
    voters.map((userId) => ({ paperId, userId, voted })),
    { now: new Date(), halfLifeHours: HALF_LIFE_HOURS },
  )

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
const bodyOf = ({ body }: Received): any => JSON.parse(body)
const titlesAt = (path: string): string[] =>
  endpoint.at(path).flatMap((message) => bodyOf(message).data.papers.map(({ title }: { title: string }) => title))
const idsAt = (path: string) => endpoint.at(path).map(({ headers }) => headers['webhook-id'])

const STATE = `query ($id: ID!) { node(id: $id) { ... on Webhook { isActive inactiveReason failingSince
  deliveries(first: 20) { nodes { id event state status attempts reason deliveredAt nextAttemptAt paperCount } } } } }`
const stateOf = async (id: string, as = token) => (await server.ask(STATE, { id }, as)).data.node

describe('a paper that is listed', () => {
  test('is posted once, signed, to the webhooks of the lists that have it', async () => {
    const { secret } = await given('/all')
    await given('/votes', {}, { filter: { minVotes: 3 } })
    const entry = newPaper({ abstract: 'About tides.', authors: [{ name: 'Ada Lin', account: null }] })
    await save(entry)
    await deliver()
    const [message, ...others] = endpoint.received
    expect(others).toEqual([])
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'DailyPapers/test' })
    const verified = new Webhook(secret).verify(message?.body as string, message?.headers as Record<string, string>)
    expect(verified).toEqual(bodyOf(message as Received))
    expect(() => new Webhook('whsec_AAAA').verify(message?.body as string, message?.headers as never)).toThrow()
    expect(verified).toEqual({
      type: 'paper.listed',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        list: { name: 'Mine', queryString: '' },
        papers: [
          expect.objectContaining({
            arxivId: entry.arxivId,
            title: entry.title,
            authors: ['Ada Lin'],
            authorCount: 1,
            url: expect.stringContaining(`/papers/${entry.arxivId}`),
          }),
        ],
      },
    })
    // It comes into the other list later.
    await vote(await idOf(entry), userIds.slice(0, 3))
    await deliver()
    await deliver()
    expect(titlesAt('/votes')).toEqual([entry.title])
    expect(titlesAt('/all')).toEqual([entry.title])
  })

  test('is news only if the list did not have it when the webhook came, and if it is not of an old list', async () => {
    const before = newPaper()
    await save(before)
    await given('/new')
    const old = newPaper({ listedAt: '2026-01-03T09:00:00.000Z', listedOn: '2026-01-03' })
    const [first, second] = [newPaper(), newPaper()]
    await save(old, first)
    await save({ ...before, links: [{ kind: 'CODE', url: 'https://github.com/x/y', title: null }] }, second)
    await deliver()
    expect(titlesAt('/new')).toEqual([first.title, second.title])
  })

  test('is news for the list of papers like others if it is near to them', async () => {
    const words = 'soil moisture of peat bogs under birch trees'
    const seed = newPaper({ title: words })
    await save(seed, newPaper({ title: 'Peat bogs and birch trees', abstract: words }))
    await given('/like', {}, { filter: { like: [seed.arxivId] } })
    const [near, far] = [
      newPaper({ title: 'Birch trees on peat', abstract: words }),
      newPaper({ title: 'Tidal charts' }),
    ]
    await save(near, far)
    await deliver()
    expect(titlesAt('/like')).toEqual([near.title])
  })

  test('and got what the list asks for later is news then', async () => {
    await given('/code', {}, { filter: { hasCode: true } })
    await given('/topic', {}, { filter: { topics: ['tides'] } })
    const entry = newPaper()
    await save(entry)
    await deliver()
    expect(endpoint.received).toEqual([])
    const later = new Date(Date.now() + 1_000).toISOString()
    await save({
      ...entry,
      asOf: later,
      links: [{ kind: 'CODE', url: 'https://github.com/x/y', title: null }],
      topics: [{ kind: 'KEYWORD', names: ['tides'] }],
    })
    await deliver()
    expect([titlesAt('/code'), titlesAt('/topic')]).toEqual([[entry.title], [entry.title]])
  })

  test('comes with others in messages of ten, and not after it was hidden', async () => {
    const { id } = await given('/many')
    const entries = Array.from({ length: 23 }, () => newPaper())
    await save(...entries)
    await find()
    expect((await stateOf(id)).deliveries.nodes.map(({ paperCount }: { paperCount: number }) => paperCount)).toEqual([
      3, 10, 10,
    ])
    const ids = await Promise.all(entries.slice(20).map(idOf))
    const curator = { userId: userIds[0] as number, at: new Date(), reason: 'Not a paper.' }
    await setHidden(database.db, { paperIds: ids, isHidden: true }, curator, HALF_LIFE_HOURS)
    await deliver()
    expect(titlesAt('/many')).toEqual(entries.slice(0, 20).map(({ title }) => title))
    expect((await stateOf(id)).deliveries.nodes[0]).toMatchObject({ state: 'EMPTY', attempts: 1, deliveredAt: null })
  })
})

test('a new version and another wording are told, votes are not', async () => {
  await given('/changed', { events: ['PAPER_CHANGED'] })
  await given('/both', { events: ['PAPER_CHANGED', 'PAPER_LISTED'] }, { filter: { minComments: 0 } })
  const entry = newPaper({ updatedAt: new Date(Date.now() - 10_000).toISOString(), abstract: 'One.' })
  await save(entry)
  await deliver()
  expect(endpoint.at('/changed')).toEqual([])
  await vote(await idOf(entry), [userIds[0] as number])
  await deliver()
  expect(endpoint.received).toHaveLength(1)
  const next = (n: number) => new Date(Date.now() + n * 1_000).toISOString()
  await save({ ...entry, asOf: next(1), updatedAt: next(-1) })
  await deliver()
  await save({ ...entry, asOf: next(2), updatedAt: next(-1), abstract: 'Two.' })
  await deliver()
  expect(endpoint.at('/changed').map((message) => bodyOf(message).type)).toEqual(['paper.changed', 'paper.changed'])
  expect(endpoint.at('/both').map((message) => bodyOf(message).type)).toEqual([
    'paper.listed',
    'paper.changed',
    'paper.changed',
  ])
})

test('a number of votes is told once a paper', async () => {
  await given('/two', { events: ['VOTES_REACHED'], votes: 2 })
  const [some, many] = [newPaper(), newPaper()]
  await save(some, many)
  const [someId, manyId] = [await idOf(some), await idOf(many)]
  await vote(someId, [userIds[0] as number])
  await vote(manyId, userIds.slice(0, 3))
  await deliver()
  expect(titlesAt('/two')).toEqual([many.title])
  await vote(manyId, userIds.slice(0, 3), false)
  await vote(manyId, userIds.slice(0, 3))
  await vote(someId, [userIds[1] as number])
  await deliver()
  expect(titlesAt('/two')).toEqual([many.title, some.title])
  expect(bodyOf(endpoint.received[0] as Received)).toMatchObject({ type: 'votes.reached', data: { votes: 2 } })
})

test('a vote takes the same statements whether or not a webhook waits for votes', async () => {
  const entry = newPaper()
  await save(entry)
  const id = await idOf(entry)
  const count = async (userId: number) => (await database.log.during(() => vote(id, [userId]))).statements.length
  const without = await count(userIds[0] as number)
  await given('/votes', { events: ['VOTES_REACHED'], votes: 99 })
  expect(await count(userIds[1] as number)).toBe(without)
  const noted = async () => (await database.db.execute(sql`select from webhook_changes`)).length
  expect(await noted()).toBe(1)
  await database.db.execute(sql`truncate webhook_changes`)
  await database.db.execute(sql`update webhooks set state = 'PAUSED'`)
  await vote(id, [userIds[2] as number])
  expect(await noted()).toBe(0)
})

test('an edition is told when it is final, with its papers by votes, and not if it has none of the list', async () => {
  await database.db.execute(sql`truncate final_editions cascade`)
  const at = (moment: string) => ({ now: () => new Date(moment), timeZone: 'UTC', rollover: '00:00' })
  await recordFinalEditions(database.db, at('2026-02-02T12:00:00Z'))
  await given('/day', { events: ['EDITION_FINAL'] })
  await given('/week', { events: ['EDITION_FINAL'], editions: 'WEEK', form: 'SLACK' }, { filter: { minVotes: 1 } })
  await given('/none', { events: ['EDITION_FINAL'] }, { filter: { topics: ['nothing'] } })
  await recordFinalEditions(database.db, at('2026-02-03T12:00:00Z'))
  await deliver()
  const { data } = await server.ask(
    '{ edition(date: "2026-02-02") { papers(orderBy: MOST_VOTED, first: 10) { totalCount nodes { title } } } }',
  )
  const { totalCount, nodes } = data.edition.papers
  expect(endpoint.received).toHaveLength(1)
  expect(bodyOf(endpoint.received[0] as Received)).toMatchObject({
    type: 'edition.final',
    data: { edition: { period: 'DAY', startsOn: '2026-02-02', endsOn: '2026-02-02', paperCount: totalCount } },
  })
  expect(titlesAt('/day')).toEqual(nodes.map(({ title }: { title: string }) => title))
  // The clock was ahead: the edition becomes final again.
  await database.db.execute(sql`delete from final_editions where period = 'DAY' and starts_on = '2026-02-02'`)
  await recordFinalEditions(database.db, at('2026-02-03T13:00:00Z'))
  await deliver()
  expect(endpoint.received).toHaveLength(1)
})

describe('nothing is lost', () => {
  test('of a transaction that ends after later ones were looked at', async () => {
    await given('/late')
    const [late, early] = [newPaper(), newPaper()]
    const insert = ({ arxivId, title }: PaperEntry) =>
      sql`insert into papers (arxiv_id, title, published_at, listed_at, listed_on, facts_as_of) values (${arxivId}, ${title}, now(), now(), current_date, now())`
    await database.db.transaction(async (tx) => {
      await tx.execute(insert(late))
      await database.db.execute(insert(early))
      await find()
    })
    await deliver()
    expect(titlesAt('/late')).toEqual([early.title, late.title])
  })

  test('if several servers look and send at the same time, and nothing is told twice', async () => {
    await given('/shared')
    const entries = Array.from({ length: 25 }, () => newPaper())
    await Promise.all([
      ...entries.map((entry) => save(entry)),
      ...Array.from({ length: 20 }, async () => {
        await find()
        await newSender(1).wake()
      }),
    ])
    await deliver()
    expect(titlesAt('/shared').sort()).toEqual(entries.map(({ title }) => title).sort())
    expect(new Set(idsAt('/shared')).size).toBe(endpoint.at('/shared').length)
    expect(await find()).toBe(0)
  })

  test('if a server dies after it sent: the message comes again with its id, in its place', async () => {
    await given('/killed')
    const [first, second] = [newPaper(), newPaper()]
    await save(first)
    await find()
    await save(second)
    await find()
    const limits = { working: 10, failing: 10, leaseSeconds: 60 }
    const [claimed, ...others] = await claimWebhooks(database.db, limits)
    expect(others).toEqual([])
    await deliver()
    expect(endpoint.received).toEqual([])
    await database.db.execute(
      sql`update webhook_deliveries set lease_until = now() - interval '1 second' where state = 'SENDING'`,
    )
    await deliver()
    expect(titlesAt('/killed')).toEqual([first.title, second.title])
    // The result of the dead server comes too late.
    const late = {
      id: claimed?.id as number,
      webhookId: 1,
      attempt: 1,
      outcome: 'FAILED' as const,
      status: 500,
      reason: 'x',
      delaySeconds: 0,
    }
    await storeWebhookResults(database.db, [late])
    await deliver()
    expect(endpoint.received).toHaveLength(2)
  })
})

test('a list is looked at once for a batch of changes, however many webhooks have it', async () => {
  const other = await server.tokenOf('Bo')
  for (const [as, path] of [
    [token, '/a'],
    [other, '/b'],
  ] as const)
    for (const minVotes of [0, 1, 2]) {
      const { savedFilterId } = await given(path, {}, { filter: { minVotes }, as })
      for (let n = 0; n < 4; n += 1) await given(path, {}, { savedFilterId, as })
    }
  await save(newPaper(), newPaper())
  const { result, statements } = await database.log.during(find)
  expect(result).toBe(10)
  expect(statements.filter((text) => /is_new from papers/.test(text))).toHaveLength(3)
  expect(statements.length).toBeLessThan(25)
  await deliver()
  expect([endpoint.at('/a').length, endpoint.at('/b').length]).toEqual([5, 5])
})

describe('an address that does not take messages', () => {
  test('is tried again later with the same id, and what comes after waits for its turn', async () => {
    const { id } = await given('/fails')
    await given('/works', {}, { filter: { minVotes: 0 } })
    endpoint.respond = ({ path }, response) =>
      response.writeHead(path === '/fails' ? 500 : 200).end('Out of <b>order</b>\n')
    const entries = [newPaper(), newPaper(), newPaper()]
    for (const entry of entries) {
      await save(entry)
      await deliver()
    }
    expect(titlesAt('/works')).toEqual(entries.map(({ title }) => title))
    expect(endpoint.at('/fails')).toHaveLength(1)
    await hurry()
    await deliver()
    const state = await stateOf(id)
    expect(state).toMatchObject({ isActive: true, failingSince: expect.any(String) })
    expect(state.deliveries.nodes).toEqual([
      expect.objectContaining({ state: 'PENDING', attempts: 0, status: null, deliveredAt: null }),
      expect.objectContaining({ state: 'PENDING', attempts: 0 }),
      expect.objectContaining({
        event: 'PAPER_LISTED',
        state: 'PENDING',
        attempts: 2,
        status: 500,
        reason: 'It responded with 500: Out of <b>order</b>',
        nextAttemptAt: expect.any(String),
      }),
    ])
    endpoint.respond = (_message, response) => response.writeHead(202).end()
    await hurry()
    await deliver()
    expect(titlesAt('/fails').slice(1)).toEqual([entries[0], ...entries].map((entry) => entry?.title))
    expect(new Set(idsAt('/fails').slice(0, 3)).size).toBe(1)
    expect(await stateOf(id)).toMatchObject({ failingSince: null })
  })

  test('says when to try again', async () => {
    const { id } = await given('/busy')
    endpoint.respond = (_message, response) => response.writeHead(429, { 'retry-after': '1800' }).end()
    await save(newPaper())
    await deliver()
    const [{ nextAttemptAt, status }] = (await stateOf(id)).deliveries.nodes
    const wait = (Date.parse(nextAttemptAt) - Date.now()) / 60_000
    expect([status, wait > 28, wait < 31]).toEqual([429, true, true])
  })

  test('is turned off by 410 at once, and by a day of failures, and what waits fails', async () => {
    const gone = await given('/gone')
    const { id } = await given('/down', {}, { filter: { minVotes: 0 } })
    endpoint.respond = ({ path }, response) => response.writeHead(path === '/gone' ? 410 : 503).end()
    await save(newPaper())
    await deliver()
    expect(await stateOf(gone.id)).toMatchObject({
      isActive: false,
      inactiveReason: 'It responded with 410: it wants nothing more.',
      deliveries: { nodes: [{ state: 'FAILED', status: 410, nextAttemptAt: null }] },
    })
    await database.db.execute(
      sql`update webhooks set failing_since = now() - interval '23 hours' where failing_since is not null`,
    )
    await save(newPaper())
    await hurry()
    await deliver()
    expect(await stateOf(id)).toMatchObject({ isActive: true })
    const [{ nextAttemptAt }] = (await stateOf(id)).deliveries.nodes.slice(-1)
    expect(Date.parse(nextAttemptAt) - Date.now()).toBeLessThanOrEqual(3_600_000)
    await database.db.execute(
      sql`update webhooks set failing_since = now() - interval '24 hours' where failing_since is not null`,
    )
    await hurry()
    await deliver()
    const state = await stateOf(id)
    expect(state).toMatchObject({
      isActive: false,
      inactiveReason: 'It has taken no message for a day. The last reason: It responded with 503.',
    })
    expect(state.deliveries.nodes.map(({ state }: { state: string }) => state)).toEqual(['FAILED', 'FAILED'])
    // Nothing more is told until its owner turns it on.
    await save(newPaper())
    await deliver()
    endpoint.received.length = 0
    endpoint.respond = (_message, response) => response.writeHead(204).end()
    await server.ask(
      'mutation ($id: ID!) { updateWebhook(input: { id: $id, isActive: true }) { __typename } }',
      { id },
      token,
    )
    await find()
    const last = newPaper()
    await save(last)
    await deliver()
    expect(titlesAt('/down')).toEqual([last.title])
    expect(await stateOf(id)).toMatchObject({ isActive: true, inactiveReason: null, failingSince: null })
  })

  test('holds up nobody while it is slow', async () => {
    const slow = await given('/slow')
    await given('/quick', {}, { filter: { minVotes: 0 } })
    endpoint.respond = ({ path }, response) => {
      if (path === '/quick') response.writeHead(204).end()
    }
    const [first, second] = [newPaper(), newPaper()]
    await save(first)
    await find()
    const sender = newSender()
    const sending = sender.wake()
    await expect.poll(() => endpoint.at('/slow').length).toBe(1)
    await save(second)
    await find()
    await expect.poll(() => titlesAt('/quick')).toEqual([first.title, second.title])
    await sending
    expect((await stateOf(slow.id)).deliveries.nodes[1]).toMatchObject({
      status: null,
      reason: 'It was not complete after 2 s: try again later.',
    })
  })

  test('redirects, and is not followed', async () => {
    const { id } = await given('/moved')
    endpoint.respond = ({ path }, response) =>
      path === '/moved' ? response.writeHead(307, { location: '/elsewhere' }).end() : response.writeHead(204).end()
    await save(newPaper())
    await deliver()
    expect(endpoint.received.map(({ path }) => path)).toEqual(['/moved'])
    expect((await stateOf(id)).deliveries.nodes[0]).toMatchObject({
      status: 307,
      reason: 'It responded with 307, and redirects are not followed: give the address that it leads to.',
    })
  })
})

test('while a secret changes, messages are signed with both', async () => {
  const { id, secret } = await given('/rotated')
  const rotate =
    'mutation ($id: ID!) { updateWebhook(input: { id: $id, rotateSecret: true }) { ... on WebhookPayload { secret } } }'
  const { data } = await server.ask(rotate, { id }, token)
  const fresh = data.updateWebhook.secret
  expect(fresh).toMatch(/^whsec_[\w+/]{32}$/)
  expect(fresh).not.toBe(secret)
  await save(newPaper())
  await deliver()
  const [{ body, headers }] = endpoint.received as [Received]
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2)
  for (const each of [secret, fresh]) new Webhook(each).verify(body, headers as Record<string, string>)
  await database.db.execute(sql`update webhooks set previous_secret_until = now() - interval '1 second'`)
  await save(newPaper())
  await deliver()
  const last = endpoint.received[1] as Received
  new Webhook(fresh).verify(last.body, last.headers as Record<string, string>)
  expect(() => new Webhook(secret).verify(last.body, last.headers as Record<string, string>)).toThrow()
})

test('a message has what the document of its webhook selects', async () => {
  const document =
    'query ($paperIds: [ID!]!, $date: Date) { nodes(ids: $paperIds) { ... on Paper { arxivId } } edition(date: $date) { date } }'
  await given('/own', { document })
  const entry = newPaper()
  await save(entry)
  await deliver()
  expect(bodyOf(endpoint.received[0] as Received)).toMatchObject({
    type: 'paper.listed',
    data: { nodes: [{ arxivId: entry.arxivId }], edition: { date: entry.listedOn } },
  })
})

test('what is wrong with a document is told its owner, and what is wrong with the server its operator', async () => {
  const { id } = await given('/wrong')
  for (const [thrown, told, levels] of [
    [new BadUserInput('after', '`after` must be a cursor.'), '`after` must be a cursor.', [30]],
    [new Error('Failed query: select secret from webhooks'), 'this server failed.', [50, 30]],
  ] as const) {
    await save(newPaper())
    await find()
    const lines: { level: number }[] = []
    const write = () => Promise.reject(thrown)
    await newSender(8, { write, log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }) }).wake()
    const [delivery] = await database.db.execute<{ reason: string }>(
      sql`delete from webhook_deliveries returning reason`,
    )
    expect(delivery?.reason).toBe(`Its papers could not be read: ${told}`)
    expect(lines.map(({ level }) => level)).toEqual(levels)
    await database.db.execute(sql`update webhooks set failing_since = null`)
  }
  expect((await stateOf(id)).isActive).toBe(true)
})

test('a test and a repetition are sent once, whatever else waits', async () => {
  const { id } = await given('/test', { form: 'DISCORD' })
  endpoint.respond = (_message, response) => response.writeHead(500).end()
  await save(newPaper())
  await deliver()
  const ask = async (document: string, variables: object) => {
    const { data } = await server.ask(document, variables as Record<string, unknown>, token)
    return Object.values(data)[0] as { delivery: { id: string }; message?: string }
  }
  const PING =
    'mutation ($id: ID!) { pingWebhook(input: { id: $id }) { ... on WebhookDeliveryPayload { delivery { id event state } } ... on Error { message } } }'
  const REPEAT =
    'mutation ($id: ID!) { redeliver(input: { id: $id }) { ... on WebhookDeliveryPayload { delivery { id state } } ... on Error { message } } }'
  const ping = await ask(PING, { id })
  expect(ping).toMatchObject({ delivery: { event: 'PING', state: 'PENDING' } })
  await deliver()
  expect((await stateOf(id)).deliveries.nodes[0]).toMatchObject({ event: 'PING', state: 'FAILED', attempts: 1 })
  endpoint.respond = (_message, response) => response.writeHead(204).end()
  await ask(REPEAT, { id: ping.delivery.id })
  await deliver()
  // It took a message: what waited is sent, too.
  const { deliveries } = await stateOf(id)
  expect(deliveries.nodes).toEqual([
    expect.objectContaining({ event: 'PING', state: 'SENT', attempts: 2, deliveredAt: expect.any(String) }),
    expect.objectContaining({ event: 'PAPER_LISTED', state: 'SENT', attempts: 2 }),
  ])
  expect(bodyOf(endpoint.at('/test')[1] as Received)).toMatchObject({
    content: expect.stringContaining('A test of the webhook of “Mine”'),
    embeds: [{}, {}, {}],
    allowed_mentions: { parse: [] },
  })
  const stranger = await server.tokenOf('Eve')
  expect((await server.ask(PING, { id }, stranger)).data.pingWebhook.message).toMatch(/^You have no webhook of this id/)
  expect((await server.ask(REPEAT, { id: ping.delivery.id }, stranger)).data.redeliver.message).toMatch(
    /no message of this id/,
  )
  expect((await server.ask(STATE, { id }, stranger)).data.node).toBeNull()
})

test('suspended users are told nothing, and Feishu says with a status of 200 what is wrong', async () => {
  const suspended = await server.tokenOf('Sus')
  await given('/suspended', {}, { as: suspended })
  const { id } = await given('/feishu', { form: 'FEISHU' }, { filter: { minVotes: 0 } })
  endpoint.respond = (_message, response) => response.end('{"code":19021,"msg":"sign match fail"}')
  const [row] = await database.db.execute<{ id: string }>(sql`select id from users where handle = 'Sus'`)
  const curator = { userId: userIds[0] as number, at: new Date(), reason: null }
  await save(newPaper())
  await find()
  await setSuspended(database.db, Number(row?.id), true, curator, HALF_LIFE_HOURS)
  await save(newPaper())
  await deliver()
  expect(endpoint.received.map(({ path }) => path)).toEqual(['/feishu'])
  expect((await stateOf(id)).deliveries.nodes.at(-1)).toMatchObject({
    status: 200,
    reason: 'It responded with the code 19021: sign match fail',
  })
})

test('messages are kept for a month', async () => {
  const { id } = await given('/kept')
  await save(newPaper())
  await find()
  await database.db.execute(sql`update webhook_deliveries set created_at = now() - interval '31 days'`)
  await database.db.execute(sql`update webhook_events set created_at = now() - interval '31 days'`)
  await save(newPaper())
  await find()
  await pruneWebhooks(database.db)
  expect((await stateOf(id)).deliveries.nodes).toHaveLength(1)
  expect(await database.db.$count(sql`webhook_events` as never)).toBe(1)
})
