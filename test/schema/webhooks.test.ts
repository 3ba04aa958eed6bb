import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MOST_WEBHOOKS } from '../../src/deliveries/webhook-writes.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
/** One that posts only to the public internet. */
let strict: TestServer
let token: string
let savedFilterId: string
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
  strict = await startServer(database, { allowPrivateNetworks: false, quotas: { savedFilters: 4 } })
  token = await server.tokenOf('ada')
  savedFilterId = await savedFilter(token)
})
afterAll(async () => {
  await server?.close()
  await strict?.close()
  await database?.close()
})

async function savedFilter(of: string, filter: object = {}): Promise<string> {
  const { data } = await server.ask(
    'mutation ($filter: PaperFilter) { createSavedFilter(input: { name: "Mine", filter: $filter }) { ... on SavedFilterPayload { savedFilter { id } } } }',
    { filter },
    of,
  )
  return data.createSavedFilter.savedFilter.id
}

const WEBHOOK =
  '... on WebhookPayload { secret webhook { id url form events votes editions document isActive savedFilter { id } } }'
const FAILED = '... on Error { __typename message } ... on InvalidInputError { fields { path message } }'
const CREATE = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${WEBHOOK} ${FAILED} } }`
const UPDATE = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ${WEBHOOK} ${FAILED} } }`
const DELETE =
  'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { ... on DeleteWebhookPayload { webhookId } ... on Error { __typename message } } }'
const OWN = 'query { viewer { savedFilters { webhooks { id url } } } }'

const url = 'http://127.0.0.1:9/hook'
/** The only result of a mutation, without an error beside it. */
async function change(document: string, variables: Record<string, unknown>, as = token, on = server) {
  const { data, errors } = await on.ask(document, variables, as)
  expect(errors).toBeUndefined()
  // biome-ignore lint/suspicious/noExplicitAny: payloads of any shape
  return Object.values(data)[0] as any
}
const create = (input: Record<string, unknown> = {}) =>
  change(CREATE, { input: { savedFilterId, url, events: ['PAPER_LISTED'], ...input } })

describe('a webhook', () => {
  test('is created, changed and deleted by its owner, and nobody else sees it', async () => {
    const { secret, webhook } = await create({ events: ['EDITION_FINAL', 'VOTES_REACHED', 'VOTES_REACHED'], votes: 5 })
    expect(secret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({
      url,
      form: 'STANDARD',
      events: ['VOTES_REACHED', 'EDITION_FINAL'],
      votes: 5,
      editions: 'DAY',
      document: null,
      isActive: true,
      savedFilter: { id: savedFilterId },
    })
    const { id } = webhook
    const document = 'query ($paperIds: [ID!]!) { nodes(ids: $paperIds) { id } }'
    const changed = await change(UPDATE, {
      input: { id, events: ['PAPER_CHANGED'], editions: 'WEEK', document, isActive: false },
    })
    expect(changed).toMatchObject({
      secret: null,
      webhook: { id, url, events: ['PAPER_CHANGED'], votes: null, editions: 'WEEK', document, isActive: false },
    })
    expect((await change(UPDATE, { input: { id, document: '', isActive: true } })).webhook).toMatchObject({
      document: null,
      isActive: true,
    })

    const stranger = await server.tokenOf('Eve')
    const node = 'query ($id: ID!) { node(id: $id) { ... on Webhook { url } } }'
    expect((await server.ask(node, { id }, token)).data.node).toEqual({ url })
    expect((await server.ask(node, { id }, stranger)).data.node).toBeNull()
    expect((await server.ask(node, { id })).data.node).toBeNull()
    for (const [document, variables] of [
      [UPDATE, { input: { id, isActive: false } }],
      [DELETE, { id }],
      [CREATE, { input: { savedFilterId, url, events: ['PAPER_LISTED'] } }],
    ] as const)
      expect(await change(document, variables, stranger)).toMatchObject({ __typename: 'NotFoundError' })

    expect(await change(DELETE, { id })).toEqual({ webhookId: id })
    expect(await change(DELETE, { id })).toMatchObject({ __typename: 'NotFoundError' })
    expect((await server.ask(OWN, {}, token)).data.viewer.savedFilters).toEqual([{ webhooks: [] }])
  })

  test('shows its secret when it is made and when it changes, and for programs only', async () => {
    const { webhook, secret } = await create({ form: 'SLACK' })
    expect(secret).toBeNull()
    const standard = await create()
    const rotated = await change(UPDATE, { input: { id: standard.webhook.id, rotateSecret: true } })
    expect(new Set([standard.secret, rotated.secret]).size).toBe(2)
    const [stored] = await database.db.execute(
      sql`select secret, previous_secret from webhooks where secret = ${rotated.secret}`,
    )
    expect(stored).toEqual({ secret: rotated.secret, previous_secret: standard.secret })
    for (const id of [webhook.id, standard.webhook.id]) await change(DELETE, { id })
  })

  test('goes with its saved filter, and a user can have only so many', async () => {
    const other = await server.tokenOf('Bo')
    const id = await savedFilter(other, { minVotes: 3 })
    const [user] = await database.db.execute<{ id: string }>(sql`select id from users where handle = 'Bo'`)
    await database.db.execute(sql`
      insert into webhooks (saved_filter_id, url, form, events, secret)
      select saved_filters.id, ${url}, 'STANDARD', '{PAPER_LISTED}', 'whsec_AAAA' from saved_filters cross join generate_series(1, ${MOST_WEBHOOKS - 1}::int)
      where user_id = ${Number(user?.id)}`)
    const input = { savedFilterId: id, url, events: ['PAPER_LISTED'] }
    const [one, two] = await Promise.all([change(CREATE, { input }, other), change(CREATE, { input }, other)])
    const refused = one.webhook ? two : one
    expect(refused).toMatchObject({
      __typename: 'InvalidInputError',
      message: `You have ${MOST_WEBHOOKS} webhooks, as many as one may have. Delete one first.`,
    })
    const gone = 'mutation ($id: ID!) { deleteSavedFilter(input: { id: $id }) { __typename } }'
    await server.ask(gone, { id }, other)
    expect(await database.db.$count(sql`webhooks` as never)).toBe(0)
  })
})

test('changes of webhooks count as changes of saved filters', async () => {
  const busy = await server.tokenOf('Busy')
  const input = { savedFilterId, url: 'https://127.0.0.1/', events: ['PAPER_LISTED'] }
  // Half of the budget, because the account is new.
  for (let n = 0; n < 2; n += 1)
    expect(await change(CREATE, { input }, busy, strict)).toMatchObject({ __typename: 'NotFoundError' })
  expect(await change(CREATE, { input }, busy, strict)).toMatchObject({ __typename: 'RateLimitedError' })
})

describe('refuses, with a sentence for each field,', () => {
  const fieldsOf = async (input: Record<string, unknown>) => {
    const result = await create(input)
    expect(result.__typename).toBe('InvalidInputError')
    return Object.fromEntries(result.fields.map(({ path, message }: Record<string, string>) => [path, message]))
  }

  test('several wrong values at once', async () => {
    expect(
      await fieldsOf({ events: [], votes: 3, url: 'ftp://example.org/', form: 'SLACK', document: '{ viewer { id } }' }),
    ).toEqual({
      events: '`events` must have at least one event.',
      votes: '`votes` needs the event VOTES_REACHED.',
      url: 'The address cannot be used. It is not an http or https address, and others are not fetched: give one of these.',
      document: '`document` is for the form STANDARD; this webhook has the form SLACK.',
    })
  })

  test.each([
    [{ events: ['PING'] }, 'events', '`events` must not have PING: `pingWebhook` sends a test.'],
    [{ events: ['VOTES_REACHED'] }, 'votes', '`votes` must say how many votes VOTES_REACHED is about.'],
    [{ events: ['VOTES_REACHED'], votes: 0 }, 'votes', '`votes` must be from 1 to 1,000,000; it is 0.'],
    [{ document: '{' }, 'document', 'The document cannot be read: Syntax Error: Expected Name, found <EOF>.'],
    [
      { document: 'mutation { unfollow(subjectId: "x") { __typename } }' },
      'document',
      'The document must have one operation, a query.',
    ],
    [
      { document: '{ a: viewer { id } } query B { viewer { id } }' },
      'document',
      'The document must have one operation, a query.',
    ],
    [
      { document: '{ nothing }' },
      'document',
      'The document does not fit the schema: Cannot query field "nothing" on type "Query".',
    ],
    [
      { document: 'query ($n: Int) { papers(first: $n) { nodes { id } } }' },
      'document',
      'The document has a variable `$n: Int`; it may have `$paperIds: [ID!]!`, `$period: Period`, `$date: Date`.',
    ],
    [{ document: 'x'.repeat(20_001) }, 'document', 'The document may have 20,000 characters; it has 20,001.'],
  ])('%j', async (input, path, message) => {
    expect(await fieldsOf(input)).toEqual({ [path]: message })
  })

  test('documents that cost too much', async () => {
    const document =
      'query ($paperIds: [ID!]!) { nodes(ids: $paperIds) { ... on Paper { authors(first: 100) { nodes { papers(first: 100) { nodes { id } } } } } } }'
    expect((await fieldsOf({ document })).document).toMatch(
      /^The operation costs [\d,]+; at most 25,000 is allowed\. Most of it: `nodes/,
    )
  })
})

test('addresses in private networks are refused', async () => {
  const own = await strict.tokenOf('Cy')
  const savedFilterId = await savedFilter(own)
  const input = { savedFilterId, url: 'https://169.254.169.254/latest', events: ['PAPER_LISTED'] }
  expect(await change(CREATE, { input }, own, strict)).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [
      {
        path: 'url',
        message: 'The address cannot be used. It leads into a private network: give an address on the public internet.',
      },
    ],
  })
})
