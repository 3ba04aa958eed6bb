import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { MOST_SAVED_FILTERS } from '../../src/writes/saved-filters.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Answer, startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
/** Another process of the same installation. */
let other: TestServer
let catalogue: Catalogue
beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 60)
  server = await startServer(database, { cacheMegabytes: 4 })
  other = await startServer(database, { cacheMegabytes: 4, logLevel: 'debug', hub: 'http://127.0.0.1:9/' })
})
afterAll(async () => {
  await server?.close()
  await other?.close()
  await database?.close()
})

let people = 0
/** The token of a person whom no other test has. */
const newPerson = (): Promise<string> => {
  people += 1
  return server.tokenOf(`person-${people}`)
}

const SAVED = `... on SavedFilterPayload { savedFilter { id name queryString createdAt feeds { rss atom json embed embedHtml } papers(first: 3) { totalCount nodes { id } } } }
  ... on Error { __typename message } ... on InvalidInputError { fields { path message } }`
const CREATE = `mutation ($input: CreateSavedFilterInput!) { createSavedFilter(input: $input) { ${SAVED} } }`
const UPDATE = `mutation ($input: UpdateSavedFilterInput!) { updateSavedFilter(input: $input) { ${SAVED} } }`
const ROTATE = `mutation ($id: ID!) { rotateFeedToken(input: { id: $id }) { ${SAVED} } }`
const DELETE = `mutation ($id: ID!) { deleteSavedFilter(input: { id: $id }) { __typename ... on DeleteSavedFilterPayload { savedFilterId } ... on Error { message } } }`
const OWN = '{ viewer { savedFilters(first: 500) { name queryString } following { name queryString } } }'

/** The only result of a mutation, without an error beside it. */
async function change(document: string, variables: Record<string, unknown>, token: string, on = server) {
  const { data, errors } = await on.ask(document, variables, token)
  expect(errors).toBeUndefined()
  // biome-ignore lint/suspicious/noExplicitAny: payloads of any shape
  return Object.values(data)[0] as Record<string, any>
}
const create = async (input: Record<string, unknown>, token: string) => {
  const { savedFilter } = await change(CREATE, { input }, token)
  return savedFilter as { id: string; queryString: string; feeds: Record<string, string> }
}
// biome-ignore lint/suspicious/noExplicitAny: tests read responses of any shape
const read = async (query: string, token?: string, on = server): Promise<any> => {
  const { data, errors } = await on.ask(query, {}, token)
  expect(errors).toBeUndefined()
  return data
}

describe('a saved filter', () => {
  test('shows the same papers as the list that it keeps', async () => {
    const token = await newPerson()
    const filter = { topics: ['agents', 'retrieval'], minVotes: 1 }
    const saved = await change(CREATE, { input: { name: '  My  reading ', filter, orderBy: 'NEWEST' } }, token)
    const { papers } = await read(
      '{ papers(first: 3, orderBy: NEWEST, filter: { topics: ["agents", "retrieval"], minVotes: 1 }) { totalCount nodes { id } } }',
    )
    expect(papers.totalCount).toBeGreaterThan(3)
    expect(saved.savedFilter).toMatchObject({
      name: 'My reading',
      queryString: 'topics=agents,retrieval&minVotes=1&orderBy=NEWEST',
      papers,
    })
    const { node } = await read(
      `{ node(id: "${saved.savedFilter.id}") { ... on SavedFilter { papers(first: 2, orderBy: OLDEST) { nodes { id } pageInfo { endCursor } } } } }`,
      token,
    )
    const { papers: oldest } = await read(
      '{ papers(first: 2, orderBy: OLDEST, filter: { topics: ["agents", "retrieval"], minVotes: 1 }) { nodes { id } pageInfo { endCursor } } }',
    )
    expect(node.papers).toEqual(oldest)
  })

  test('is read by nobody else', async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()]
    const { id } = await create({ name: 'Mine', filter: { minVotes: 2 } }, owner)
    const handle = (await read('{ viewer { handle } }', owner)).viewer.handle
    for (const token of [stranger, undefined]) {
      const { node, user } = await read(
        `{ node(id: "${id}") { id } user(handle: "${handle}") { savedFilters { id } following { id } } }`,
        token,
      )
      expect([node, user]).toEqual([null, { savedFilters: null, following: null }])
    }
    expect((await read(`{ node(id: "${id}") { id } }`, owner)).node).toEqual({ id })
    for (const document of [DELETE, ROTATE]) {
      const refused = await change(document, { id }, stranger)
      expect(refused).toMatchObject({ __typename: 'NotFoundError', message: /^You have no saved filter of this id\./ })
    }
    const refused = await change(UPDATE, { input: { id, name: 'Theirs' } }, stranger)
    expect(refused).toMatchObject({ __typename: 'NotFoundError' })
    expect((await read(OWN, owner)).viewer.savedFilters).toEqual([{ name: 'Mine', queryString: 'minVotes=2' }])
  })

  test('is kept once, however it is written', async () => {
    const token = await newPerson()
    await create({ name: 'Code', filter: { hasCode: true, topics: ['agents'] } }, token)
    const again = await change(
      CREATE,
      { input: { name: 'Again', filter: { topics: ['agents'], hasCode: true, query: ' ' } } },
      token,
    )
    expect(again).toEqual({
      __typename: 'InvalidInputError',
      message: 'You have saved this list already, as "Code".',
      fields: [{ path: 'filter', message: 'You have saved this list already, as "Code".' }],
    })
    const twice = await Promise.all(
      Array.from({ length: 6 }, () => change(CREATE, { input: { name: 'All' } }, token, people % 2 ? server : other)),
    )
    expect(twice.filter(({ savedFilter }) => savedFilter)).toHaveLength(1)
  })

  test('changes in part; what is null stays', async () => {
    const token = await newPerson()
    const { id } = await create({ name: 'Robots', filter: { topics: ['robotics'] }, orderBy: 'MOST_VOTED' }, token)
    const update = async (input: object) => (await change(UPDATE, { input: { id, ...input } }, token)).savedFilter
    expect(await update({ name: 'Robot kitchens' })).toMatchObject({
      name: 'Robot kitchens',
      queryString: 'topics=robotics&orderBy=MOST_VOTED',
    })
    expect(await update({ orderBy: 'OLDEST' })).toMatchObject({ queryString: 'topics=robotics&orderBy=OLDEST' })
    expect((await read(OWN, token)).viewer.following).toHaveLength(1)
    expect(await update({ filter: {} })).toMatchObject({ name: 'Robot kitchens', queryString: 'orderBy=OLDEST' })
    expect((await read(OWN, token)).viewer.following).toEqual([])
    await create({ name: 'Votes', filter: { minVotes: 9 } }, token)
    expect(await change(UPDATE, { input: { id, filter: { minVotes: 9 }, orderBy: 'TRENDING' } }, token)).toMatchObject({
      message: 'You have saved this list already, as "Votes".',
    })
  })

  test.for([
    ['a name of spaces', { name: ' \t ' }, 'name', 'The name must have 1 to 100 characters.'],
    ['a long name', { name: 'n'.repeat(101) }, 'name', 'The name must have 1 to 100 characters.'],
    [
      'days in the wrong order',
      { name: 'n', filter: { listedFrom: '2026-02-02', listedTo: '2026-02-01' } },
      'filter.listedTo',
      /must not be before/,
    ],
    [
      'too long a filter',
      { name: 'n', filter: { authors: Array.from({ length: 90 }, (_, n) => `${'a'.repeat(60)}${n}`) } },
      'filter',
      /^The filter is too long: as a query string it may have 4,000 characters, and has \d,\d{3}\.$/,
    ],
  ] as const)('is refused with %s', async ([, input, path, message], { expect }) => {
    const refused = await change(CREATE, { input }, await newPerson())
    const text = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(refused).toEqual({ __typename: 'InvalidInputError', message: text, fields: [{ path, message: text }] })
  })

  test('keeps members that name nothing, and says so', async () => {
    const token = await newPerson()
    const input = { name: 'Later', filter: { topics: ['agents', 'not-yet'] } }
    const { data, extensions } = (await server.ask(CREATE, { input }, token)) as Answer & { extensions: unknown }
    expect(data.createSavedFilter.savedFilter.queryString).toBe('topics=agents,not-yet')
    expect(extensions).toEqual({ unknown: { topics: ['not-yet'] } })
  })

  test(`there are at most ${MOST_SAVED_FILTERS} a user`, async () => {
    const token = await newPerson()
    const { viewer } = await read('{ viewer { id handle } }', token)
    const userId = Number(Buffer.from(viewer.id, 'base64url').toString().split(':')[1])
    await database.db.execute(
      sql`insert into saved_filters (user_id, name, query, feed_token) select ${userId}::bigint, n::text, 'minVotes=' || n, 'token ' || n from generate_series(1, ${MOST_SAVED_FILTERS - 1}::int) as n`,
    )
    const last = await Promise.all(
      [1, 2, 3].map((n) => change(CREATE, { input: { name: 'Last', filter: { minComments: n } } }, token)),
    )
    const refused = last.filter(({ savedFilter }) => !savedFilter)
    expect(refused.map(({ message }) => message)).toEqual([
      'You have 500 saved filters, as many as one may have. Delete one first.',
      'You have 500 saved filters, as many as one may have. Delete one first.',
    ])
    expect((await read(OWN, token)).viewer.savedFilters).toHaveLength(MOST_SAVED_FILTERS)
  })
})

const FOLLOW = `mutation ($subjectId: ID!) { follow(input: { subjectId: $subjectId }) { ...F } }
  fragment F on FollowResult { ... on FollowPayload {
    subject { __typename ... on Topic { viewerFollows } ... on Author { viewerFollows } ... on Organization { viewerFollows } ... on User { viewerFollows } }
    savedFilter { id name queryString papers { totalCount } } } ... on Error { __typename message } }`
const UNFOLLOW = FOLLOW.replace('follow(', 'unfollow(')

describe('a follow', () => {
  const row = async (table: string, id: number | undefined) => {
    const [found] = await database.db.execute<{ slug: string; name: string }>(
      sql`select ${sql.raw(table === 'users' ? 'handle as slug, coalesce(name, handle) as name' : 'slug, name')} from ${sql.identifier(table)} where id = ${id}`,
    )
    return found as { slug: string; name: string }
  }

  test.for([
    ['Topic', 'topics', 'topicIds', ''],
    ['Author', 'authors', 'authorIds', '&orderBy=NEWEST'],
    ['Organization', 'organizations', 'organizationIds', '&orderBy=NEWEST'],
    ['User', 'users', 'userIds', '&orderBy=RECENTLY_LISTED'],
  ] as const)('of one %s', async ([type, table, ids, order]) => {
    const token = await newPerson()
    const id = catalogue[ids][0] as number
    const subjectId = encodeGlobalId(type, id)
    const { slug, name } = await row(table, id)
    const field = type === 'User' ? 'submitters' : table
    const followed = await change(FOLLOW, { subjectId }, token)
    const { papers } = await read(`{ papers(filter: { ${field}: ["${slug}"] }) { totalCount } }`)
    expect(papers.totalCount).toBeGreaterThan(0)
    expect(followed).toEqual({
      subject: { __typename: type, viewerFollows: true },
      savedFilter: { id: expect.any(String), name, queryString: `${field}=${slug}${order}`, papers },
    })
    expect(await change(FOLLOW, { subjectId }, token)).toEqual(followed)
    expect((await read(OWN, token)).viewer).toEqual({
      savedFilters: [{ name, queryString: `${field}=${slug}${order}` }],
      following: [{ name, queryString: `${field}=${slug}${order}` }],
    })
    const asked = `{ node(id: "${subjectId}") { ... on ${type} { viewerFollows } } }`
    expect(await read(asked, token)).toEqual({ node: { viewerFollows: true } })
    expect(await read(asked)).toEqual({ node: { viewerFollows: false } })
    expect(await read(asked, await newPerson())).toEqual({ node: { viewerFollows: false } })
    expect(await change(UNFOLLOW, { subjectId }, token)).toEqual({
      subject: { __typename: type, viewerFollows: false },
      savedFilter: null,
    })
    expect((await read(OWN, token)).viewer.savedFilters).toEqual([])
  })

  test('is also a saved filter that was made with nothing but one member, and unfollow ends it', async () => {
    const token = await newPerson()
    await create({ name: 'By hand', filter: { topics: ['Agents'], authors: [] }, orderBy: 'NEWEST' }, token)
    await create({ name: 'Not one', filter: { topics: ['agents'], hasCode: true } }, token)
    const subjectId = (await read('{ topic(slug: "agents") { id } }')).topic.id
    expect((await read(OWN, token)).viewer.following).toEqual([
      { name: 'By hand', queryString: 'topics=agents&orderBy=NEWEST' },
    ])
    expect((await change(FOLLOW, { subjectId }, token)).savedFilter.name).toBe('By hand')
    await change(UNFOLLOW, { subjectId }, token)
    expect((await read(OWN, token)).viewer).toEqual({
      savedFilters: [{ name: 'Not one', queryString: 'topics=agents&hasCode=true' }],
      following: [],
    })
  })

  test('goes on when the subject gets another slug or handle', async () => {
    const token = await newPerson()
    const id = catalogue.userIds[1] as number
    const subjectId = encodeGlobalId('User', id)
    const before = await change(FOLLOW, { subjectId }, token)
    const { slug } = await row('users', id)
    await database.db.execute(sql`update users set handle = 'renamed-since' where id = ${id}`)
    const { viewer } = await read('{ viewer { following { queryString papers { totalCount } } } }', token)
    expect(viewer.following).toEqual([
      { queryString: 'submitters=renamed-since&orderBy=RECENTLY_LISTED', papers: before.savedFilter.papers },
    ])
    await database.db.execute(sql`update users set handle = ${slug} where id = ${id}`)
  })

  test.for([
    ['a paper', (): string => encodeGlobalId('Paper', catalogue.paperIds[0] as number)],
    ['nobody', (): string => encodeGlobalId('User', 999_999)],
    ['nonsense', (): string => 'x'],
  ] as const)('of %s is refused', async ([, idOf]) => {
    for (const document of [FOLLOW, UNFOLLOW])
      expect(await change(document, { subjectId: idOf() }, await newPerson())).toEqual({
        __typename: 'NotFoundError',
        message: 'There is nothing to follow with this id. Send the `id` of a Topic, Author, Organization or User.',
      })
  })

  test('of many is read by one statement, and for anonymous requests by none', async () => {
    const lists =
      'topics(first: 5) { nodes { id %f } } authors(first: 20) { nodes { id %f } } organizations(first: 5) { nodes { id %f } }'
    const ask = (fields: string, token?: string) =>
      database.log.during(() => read(`{ ${lists.replaceAll('%f', fields)} }`, token))
    const token = await newPerson()
    await ask('viewerFollows', token)
    const [plain, asked] = [await ask('', token), await ask('viewerFollows', token)]
    expect(asked.result.authors.nodes).toHaveLength(20)
    expect(asked.statements.length).toBe(plain.statements.length + 1)
    const [anonymous, askedAnonymously] = [await ask('slug'), await ask('slug viewerFollows')]
    expect(askedAnonymously.statements.length).toBe(anonymous.statements.length)
    expect(askedAnonymously.result.topics.nodes[0].viewerFollows).toBe(false)
  })
})

describe('the papers of all follows', () => {
  const LIST = 'totalCount nodes { id listedAt } pageInfo { hasNextPage endCursor }'
  const followed = async (args: string, token?: string, fields = LIST) =>
    (await read(`{ viewer { followedPapers(${args}) { ${fields} } } }`, token)).viewer.followedPapers
  const ids = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id)

  /** Somebody who follows one of each kind, and the papers that these have, by kind. */
  async function follower() {
    const token = await newPerson()
    const own: string[][] = []
    for (const [type, table, row] of [
      ['Topic', 'topics', catalogue.topicIds[5]],
      ['Author', 'authors', catalogue.authorIds[3]],
      ['Organization', 'organizations', catalogue.organizationIds[1]],
      ['User', 'submitters', catalogue.userIds[2]],
    ] as const) {
      const subjectId = encodeGlobalId(type, row as number)
      await change(FOLLOW, { subjectId }, token)
      const { node } = await read(
        `{ node(id: "${subjectId}") { ... on User { handle } ... on Topic { slug } ... on Author { slug } ... on Organization { slug } } }`,
      )
      const { papers } = await read(
        `{ papers(filter: { ${table}: ["${node.slug ?? node.handle}"] }, first: 100) { nodes { id } } }`,
      )
      own.push(ids(papers))
    }
    return { token, own }
  }

  test('are one list, each once, in any order, with filters, pages and counts', async () => {
    const { token, own } = await follower()
    const all = new Set(own.flat())
    for (const some of own) expect(some.length).toBeGreaterThan(0)
    expect(all.size).toBeLessThan(own.flat().length)
    for (const orderBy of ['RECENTLY_LISTED', 'NEWEST', 'OLDEST', 'TRENDING', 'MOST_VOTED', 'MOST_DISCUSSED']) {
      const every = (await read(`{ papers(orderBy: ${orderBy}, first: 100) { nodes { id } } }`)).papers
      const wanted = ids(every).filter((id) => all.has(id))
      const list = await followed(`orderBy: ${orderBy}, first: 100`, token)
      expect([ids(list), list.totalCount]).toEqual([wanted, all.size])
      const first = await followed(`orderBy: ${orderBy}, first: 4`, token)
      const second = await followed(`orderBy: ${orderBy}, first: 4, after: "${first.pageInfo.endCursor}"`, token)
      expect([...ids(first), ...ids(second)]).toEqual(wanted.slice(0, 8))
    }
    const voted = await followed('filter: { minVotes: 20 }, first: 100', token)
    const few = (await read('{ papers(filter: { minVotes: 20 }, first: 100) { nodes { id } } }')).papers
    expect(new Set(ids(voted))).toEqual(new Set(ids(few).filter((id) => all.has(id))))
    const facets = await followed('first: 1', token, 'totalCount facets { months { count } }')
    expect(facets.facets.months.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(all.size)
  })

  test('go on with a topic that was merged, and not with a hidden paper', async () => {
    const { token } = await follower()
    const { db } = database
    const before = await followed('first: 100', token)
    const hidden = Number(
      Buffer.from(ids(before)[0] as string, 'base64url')
        .toString()
        .split(':')[1],
    )
    await db.execute(sql`update papers set hidden_at = now() where id = ${hidden}`)
    await db.execute(sql`update paper_topics set hidden = true where paper_id = ${hidden}`)
    await db.execute(sql`update paper_authors set hidden = true where paper_id = ${hidden}`)
    expect(ids(await followed('first: 100', token))).toEqual(ids(before).slice(1))
    await db.execute(sql`update papers set hidden_at = null where id = ${hidden}`)
    await db.execute(sql`update paper_topics set hidden = false where paper_id = ${hidden}`)
    await db.execute(sql`update paper_authors set hidden = false where paper_id = ${hidden}`)
    const [old, standing] = [catalogue.topicIds[5] as number, catalogue.topicIds[6] as number]
    await db.execute(
      sql`update topics set merged_into = ${standing}, merged_first_into = ${standing} where id = ${old}`,
    )
    const wanted = await read(
      `{ node(id: "${encodeGlobalId('Topic', standing)}") { ... on Topic { papers(first: 100) { nodes { id } } } } }`,
    )
    const merged = new Set(ids(await followed('first: 100', token)))
    expect(ids(wanted.node.papers).filter((id) => !merged.has(id))).toEqual([])
    await db.execute(sql`update topics set merged_into = null, merged_first_into = null where id = ${old}`)
  })

  test('are nothing without follows, and null for anyone but the signed-in user', async () => {
    const { token } = await follower()
    const { handle } = (await read('{ viewer { handle } }', token)).viewer
    for (const other of [undefined, await newPerson()])
      expect(await read(`{ user(handle: "${handle}") { followedPapers { totalCount } } }`, other)).toEqual({
        user: { followedPapers: null },
      })
    expect(await followed('first: 5', await newPerson())).toMatchObject({ totalCount: 0, nodes: [] })
  })

  test('take two statements, however many are followed', async () => {
    const statementsOf = async (token: string, field: string) =>
      (await database.log.during(() => read(`{ viewer { ${field} } }`, token))).statements.length
    const { token } = await follower()
    const list = 'followedPapers(first: 20) { nodes { id } }'
    await statementsOf(token, list)
    const one = (await statementsOf(token, list)) - (await statementsOf(token, 'handle'))
    expect(one).toBe(2)
    for (const id of catalogue.authorIds.slice(5, 15))
      await change(FOLLOW, { subjectId: encodeGlobalId('Author', id) }, token)
    expect((await statementsOf(token, list)) - (await statementsOf(token, 'handle'))).toBe(one)
  })
})

describe('private feeds', () => {
  test('stop on every server while their user is suspended', async () => {
    const token = await newPerson()
    const { feeds } = await create({ name: 'Of somebody', filter: { minVotes: 4 } }, token)
    const addresses = [feeds.rss, feeds.json, feeds.embed] as string[]
    const statuses = async () =>
      Promise.all(
        [server, other].flatMap((on) =>
          addresses.map(async (address) => (await fetch(address.replace(server.url, on.url))).status),
        ),
      )
    expect(new Set(await statuses())).toEqual(new Set([200]))
    const curator = await server.tokenOf('curie', ['curate'])
    const { viewer } = await read('{ viewer { id } }', token)
    const suspend = (what: string) =>
      change(`mutation { ${what}(input: { userId: "${viewer.id}", reason: "Spam." }) { __typename } }`, {}, curator)
    await suspend('suspendUser')
    await expect.poll(async () => new Set(await statuses())).toEqual(new Set([404]))
    await suspend('unsuspendUser')
    await expect.poll(async () => new Set(await statuses())).toEqual(new Set([200]))
  })

  test('show the list to whoever has the address, and to no shared cache, search engine or hub', async () => {
    const token = await newPerson()
    const { feeds } = await create({ name: 'Quiet <list>', filter: { topics: ['agents'] }, orderBy: 'NEWEST' }, token)
    const { papers } = await read(
      '{ papers(first: 30, orderBy: NEWEST, filter: { topics: ["agents"] }) { nodes { title url } } }',
    )
    for (const [format, type] of [
      ['rss', 'application/rss+xml'],
      ['atom', 'application/atom+xml'],
      ['json', 'application/feed+json'],
      ['embed', 'text/html'],
    ] as const) {
      for (const [on, cache] of [
        [server, 'first'],
        [other, 'first'],
        [server, 'again'],
      ] as const) {
        const address = (feeds[format] as string).replace(server.url, on.url)
        const response = await fetch(address)
        expect([response.status, cache]).toEqual([200, cache])
        expect(response.headers.get('content-type')).toContain(type)
        expect(response.headers.get('cache-control')).toBe('private, max-age=60')
        expect(response.headers.get('x-robots-tag')).toBe('noindex')
        expect(response.headers.get('referrer-policy')).toBe('no-referrer')
        expect(response.headers.get('link')).toBeNull()
        const text = await response.text()
        expect(text).not.toContain('rel="hub"')
        expect(text).toContain('Quiet ')
        for (const { url } of papers.nodes) expect(text).toContain(new URL(url).pathname)
      }
    }
    const embed = await (await fetch(feeds.embed as string)).text()
    expect(embed).not.toContain(new URL(feeds.embed as string).pathname)
    expect(feeds.embedHtml).toContain(`src="${feeds.embed}"`)
    const unchanged = await fetch(feeds.atom as string)
    const { status } = await fetch(feeds.atom as string, {
      headers: { 'if-none-match': unchanged.headers.get('etag') as string },
    })
    expect(status).toBe(304)
  })

  test('are never in a log by their address', async () => {
    const token = await newPerson()
    const { feeds } = await create({ name: 'Secret', filter: { minVotes: 3 } }, token)
    const secret = /saved\/([\w-]+)\./.exec(feeds.rss as string)?.[1] as string
    expect(secret.length).toBe(32)
    const before = other.logged.length
    for (const path of [
      `/feeds/saved/${secret}.rss`,
      `//feeds//saved/${secret}.atom?first=x`,
      `/feeds/saved/${secret}.embed`,
    ])
      await (await fetch(other.url + path)).arrayBuffer()
    await expect.poll(() => other.logged.slice(before).filter(({ path }) => String(path).includes('…')).length).toBe(3)
    expect(JSON.stringify(other.logged)).not.toContain(secret)
  })

  test('follow a change of the list, move with `rotateFeedToken`, and end with it, on every server at once', async () => {
    const token = await newPerson()
    const { id, feeds } = await create({ name: 'Moving', filter: { topics: ['agents'] } }, token)
    const titles = async (address: string, on: TestServer): Promise<number> => {
      const response = await fetch(address.replace(server.url, on.url))
      return response.status === 200 ? (await response.json()).items.length : response.status
    }
    const before = await titles(feeds.json as string, other)
    const total = (await read('{ papers { totalCount } }')).papers.totalCount
    expect(before).toBeLessThan(30)
    await change(UPDATE, { input: { id, filter: {} } }, token)
    await expect.poll(() => titles(feeds.json as string, other)).toBe(Math.min(30, total))
    const rotated = (await change(ROTATE, { id }, token)).savedFilter.feeds as Record<string, string>
    expect(rotated.json).not.toBe(feeds.json)
    await expect.poll(() => titles(feeds.json as string, other)).toBe(404)
    expect(await titles(rotated.json as string, other)).toBe(30)
    const gone = await fetch((feeds.atom as string).replace(server.url, other.url))
    expect([gone.status, gone.headers.get('cache-control'), await gone.text()]).toEqual([
      404,
      'no-store',
      'There is no list at this address. Whoever made it may have deleted it or given it a new address.\n',
    ])
    expect(await change(DELETE, { id }, token)).toEqual({ __typename: 'DeleteSavedFilterPayload', savedFilterId: id })
    await expect.poll(() => titles(rotated.json as string, other)).toBe(404)
    expect((await fetch(rotated.embed as string)).status).toBe(404)
  })
})
