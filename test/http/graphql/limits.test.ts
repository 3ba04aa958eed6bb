import { readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/db/client.ts'
import { LIMITS } from '../../../src/http/graphql/limits.ts'
import { MAX_BODY_BYTES } from '../../../src/http/graphql/request-body.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer, type TestServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 20)
const server = await startServer(database)

afterAll(async () => {
  await server.close()
  await database.close()
})

/** What the log has that an operator would look into. */
const failures = (of: TestServer) => of.logged.filter(({ level }) => Number(level) > 30)

/** Asks for what cannot be answered and gives the first error; it is never one of the server. */
async function refusal(query: string, variables?: Record<string, unknown>) {
  const { errors = [] } = await server.ask(query, variables)
  for (const error of errors) expect(error.extensions.code, error.message).not.toBe('INTERNAL_SERVER_ERROR')
  const { code, argument } = errors[0]?.extensions ?? {}
  return { code, argument, message: errors[0]?.message ?? 'no error' }
}

/** Expects a mistake of the caller's whose message has the name of the argument. */
async function expectBadInput(argument: string, query: string, variables?: Record<string, unknown>) {
  const { code, message } = await refusal(query, variables)
  expect(code, message).toBe('BAD_USER_INPUT')
  expect(message).toMatch(new RegExp(`[\`$".]${argument.replaceAll('.', '\\.')}[\`."]`))
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const cursor = (...parts: unknown[]): string => base64url(JSON.stringify(parts))

describe('errors in an operation are explained and are not failures of the server', () => {
  afterEach(() => {
    const logged = failures(server)
    server.logged.length = 0
    expect(logged).toEqual([])
  })

  describe('page sizes', () => {
    test.each([
      '{ papers(ARGS) { nodes { id } } }',
      '{ authors(ARGS) { edges { cursor } } }',
      '{ organizations(ARGS) { pageInfo { endCursor } } }',
      '{ topics(ARGS) { nodes { id } } }',
      '{ editions(ARGS) { nodes { id } } }',
      '{ edition(date: "2026-01-26") { papers(ARGS) { nodes { id } } } }',
      '{ topic(slug: "cs.cl") { papers(ARGS) { nodes { id } } } }',
      '{ author(by: { slug: "ada-abara" }) { papers(ARGS) { totalCount } } }',
      '{ organization(slug: "northlight-lab") { papers(ARGS) { facets { months { count } } } } }',
      '{ user(handle: "curator") { submissions(ARGS) { nodes { id } } } }',
    ])('%s', async (query) => {
      for (const size of [0, 101, -1, 2_147_483_647]) {
        await expectBadInput('first', query.replace('ARGS', `first: ${size}`))
        await expectBadInput('last', query.replace('ARGS', `last: ${size}`))
      }
      await expectBadInput('last', query.replace('ARGS', 'first: 1, last: 1'))
    })

    test.each([
      '{ papers(first: 1) { nodes { authors(first: SIZE) { nodes { id } } } } }',
      '{ papers(first: 1) { nodes { votes(first: SIZE) { totalCount } } } }',
      '{ papers(first: 1) { facets { topics(first: SIZE) { count } } } }',
      '{ papers(first: 1) { facets { organizations(first: SIZE) { count } } } }',
      '{ author(by: { slug: "ada-abara" }) { coauthors(first: SIZE) { id } } }',
      '{ user(handle: "curator") { votes(first: SIZE) { totalCount } } }',
    ])('%s', async (query) => {
      for (const size of [0, 101, -1]) await expectBadInput('first', query.replace('SIZE', String(size)))
    })

    test('as a variable', async () => {
      const query = 'query ($first: Int) { papers(first: $first) { nodes { authors(first: $first) { totalCount } } } }'
      for (const first of [0, 101, -1]) await expectBadInput('first', query, { first })
    })

    test('numbers that are not Int', async () => {
      for (const size of ['2147483648', '-2147483649', '1e99', '1.5', '"1"']) {
        await expectBadInput('first', `{ papers(first: ${size}) { nodes { id } } }`)
        await expectBadInput('filter.minVotes', `{ papers(filter: { minVotes: ${size} }) { nodes { id } } }`)
      }
      for (const size of [2_147_483_648, -2_147_483_649, 1e99, 1.5, '1']) {
        await expectBadInput('first', 'query ($first: Int) { papers(first: $first) { nodes { id } } }', { first: size })
        const query = 'query ($filter: PaperFilter) { papers(filter: $filter) { nodes { id } } }'
        await expectBadInput('filter.minVotes', query, { filter: { minVotes: size } })
      }
    })
  })

  describe('cursors', () => {
    const papersAfter = (orderBy: string, after: string) =>
      `{ papers(orderBy: ${orderBy}, after: "${after}") { nodes { id } } }`

    test('that are invalid', async () => {
      for (const garbage of [
        '',
        'garbage!',
        '\u{1F600}',
        'null',
        '{}',
        '[]',
        '5',
        base64url('null'),
        base64url('[1]'),
      ]) {
        await expectBadInput('after', papersAfter('NEWEST', garbage.replaceAll('"', '')))
        const query = 'query ($before: String) { papers(last: 1, before: $before) { nodes { id } } }'
        await expectBadInput('before', query, { before: garbage })
      }
    })

    test('of another order or another list', async () => {
      const { data } = await server.ask(`{
        newest: papers(orderBy: NEWEST, first: 1) { pageInfo { endCursor } }
        authors(first: 1) { pageInfo { endCursor } }
        topics(first: 1) { pageInfo { endCursor } }
        editions(first: 1) { pageInfo { endCursor } }
      }`)
      const end = (list: string): string => data[list].pageInfo.endCursor
      await expectBadInput('after', papersAfter('MOST_VOTED', end('newest')))
      await expectBadInput('after', papersAfter('OLDEST', end('newest')))
      await expectBadInput('after', papersAfter('MOST_VOTED', end('authors')))
      await expectBadInput('after', `{ authors(after: "${end('topics')}") { nodes { id } } }`)
      await expectBadInput('after', `{ authors(orderBy: NAME, after: "${end('authors')}") { nodes { id } } }`)
      await expectBadInput('after', `{ editions(period: WEEK, after: "${end('editions')}") { nodes { id } } }`)
      await expectBadInput('after', `{ papers { nodes { authors(after: "${end('authors')}") { nodes { id } } } } }`)
      await expectBadInput('after', `{ papers { nodes { votes(after: "${end('newest')}") { nodes { votedAt } } } } }`)
    })

    test.each([
      ['NEWEST', '2026-02-30 00:00:00+00'],
      ['NEWEST', '0000-01-01 00:00:00+00'],
      ['NEWEST', '2026-02-01 25:00:00+00'],
      ['NEWEST', '2026-02-01 23:59:61+00'],
      ['NEWEST', '2026-02-01T00:00:00Z'],
      ['NEWEST', '2026-02-01 00:00:00+99'],
      ['NEWEST', 'infinity'],
      ['NEWEST', 'now'],
      ['RECENTLY_LISTED', '2025-02-29 00:00:00+00'],
      ['TRENDING', '1e-400'],
      ['TRENDING', '1e400'],
      ['TRENDING', 'NaN'],
      ['TRENDING', 'Infinity'],
      ['TRENDING', ''],
      ['MOST_VOTED', '2147483648'],
      ['MOST_VOTED', '-99999999999'],
      ['MOST_VOTED', '1.5'],
      ['MOST_VOTED', "1'; drop table papers"],
    ])('of %s with the key %s', async (order, key) => {
      await expectBadInput('after', papersAfter(order, cursor(order, key, 1)))
    })

    test('with a key of very many digits', async () => {
      for (const key of ['9'.repeat(400), `-${'9'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '0'.repeat(100_000)]) {
        await expectBadInput('after', papersAfter('TRENDING', cursor('TRENDING', key, 1)))
        await expectBadInput('after', papersAfter('MOST_VOTED', cursor('MOST_VOTED', key, 1)))
      }
    })

    test('with an invalid id', async () => {
      for (const id of [-1, 1.5, 2 ** 53, 1e300, '1', null, [1], { id: 1 }])
        await expectBadInput('after', papersAfter('MOST_VOTED', cursor('MOST_VOTED', '1', id)))
      const { errors } = await server.ask(papersAfter('MOST_VOTED', cursor('MOST_VOTED', '1', Number.MAX_SAFE_INTEGER)))
      expect(errors).toBeUndefined()
    })

    test('of other lists, with a broken key', async () => {
      const { data } = await server.ask(`{
        editions(first: 1) { pageInfo { endCursor } }
        authors(orderBy: NAME, first: 1) { pageInfo { endCursor } }
        papers(first: 1) { nodes { authors(first: 1) { pageInfo { endCursor } } } }
      }`)
      const withKey = (end: string, key: string) => {
        const [name, , id] = JSON.parse(Buffer.from(end, 'base64url').toString())
        return cursor(name, key, id)
      }
      for (const key of ['2026-02-30', '0000-01-01', '2026-13-01', 'x', '']) {
        const after = withKey(data.editions.pageInfo.endCursor, key)
        await expectBadInput('after', `{ editions(after: "${after}") { nodes { id } } }`)
      }
      for (const key of ['a\0', 'a\ud800']) {
        const after = withKey(data.authors.pageInfo.endCursor, key)
        await expectBadInput('after', `{ authors(orderBy: NAME, after: "${after}") { nodes { id } } }`)
      }
      // Positions in a paper begin at 1; what lies beyond its authors is empty.
      for (const key of ['2147483647', '-2147483647']) {
        const after = withKey(data.papers.nodes[0].authors.pageInfo.endCursor, key)
        const { errors } = await server.ask(`{ papers { nodes { authors(after: "${after}") { nodes { id } } } } }`)
        expect(errors?.map((error) => error.extensions.code) ?? []).not.toContain('INTERNAL_SERVER_ERROR')
      }
    })
  })

  describe('dates', () => {
    test.each([
      '2026-02-30',
      '2025-02-29',
      '2026-13-01',
      '2026-00-10',
      '0000-01-01',
      '2026-2-3',
      'today',
      '',
      '20260203',
    ])('"%s" does not exist', async (day) => {
      await expectBadInput('date', `{ edition(date: "${day}") { date } }`)
      await expectBadInput('filter.publishedFrom', `{ papers(filter: { publishedFrom: "${day}" }) { nodes { id } } }`)
      await expectBadInput('date', 'query ($date: Date) { edition(date: $date) { date } }', { date: day })
      await expectBadInput('day', `query ($day: Date = "${day}") { edition(date: $day) { date } }`)
      const query = 'query ($filter: PaperFilter) { papers(filter: $filter) { nodes { id } } }'
      await expectBadInput('filter.listedTo', query, { filter: { listedTo: day } })
      const fieldQuery = 'query ($day: Date) { papers(filter: { listedTo: $day }) { nodes { id } } }'
      await expectBadInput('day', fieldQuery, { day })
    })

    test('that are not strings', async () => {
      await expectBadInput('date', '{ edition(date: 20260203) { date } }')
      await expectBadInput('date', 'query ($date: Date) { edition(date: $date) { date } }', { date: 20260203 })
      await expectBadInput('date', 'query ($date: Date) { edition(date: $date) { date } }', { date: ['2026-02-03'] })
    })

    test('that end a range before it begins', async () => {
      for (const [from, to] of [
        ['publishedFrom', 'publishedTo'],
        ['listedFrom', 'listedTo'],
      ])
        await expectBadInput(
          `filter.${to}`,
          `{ papers(filter: { ${from}: "2026-02-02", ${to}: "2026-02-01" }) { totalCount } }`,
        )
    })

    test('at both ends of the calendar work', async () => {
      for (const period of ['DAY', 'WEEK', 'MONTH'])
        for (const day of ['0001-01-01', '9999-12-31']) {
          const fields = 'id startsOn endsOn state previous { date } next { date } papers { totalCount nodes { id } }'
          const { data, errors } = await server.ask(`{ edition(period: ${period}, date: "${day}") { ${fields} } }`)
          expect(errors).toBeUndefined()
          expect(data.edition.endsOn).toMatch(/^\d{4}-\d\d-\d\d$/)
        }
      const everything =
        '{ publishedFrom: "0001-01-01", publishedTo: "9999-12-31", listedFrom: "0001-01-01", listedTo: "9999-12-31" }'
      const { errors } = await server.ask(`{ papers(filter: ${everything}) { totalCount nodes { id } } }`)
      expect(errors).toBeUndefined()
    })
  })

  describe('ids', () => {
    const wrong = [
      '',
      'garbage',
      '%%%',
      '1',
      ...['Paper', 'Paper:', ':1', 'Paper:0', 'Paper:-1', 'Paper:1.5', 'Paper:1e3', 'Paper:x', 'Paper:1\0'].map(
        base64url,
      ),
      ...['Paper:9007199254740993', 'Paper:99999999999999999999', 'Author:-9223372036854775809'].map(base64url),
      ...['Nope:1', 'Vote:1', 'PaperConnection:1', 'Query:1', 'constructor:1', '__proto__:1'].map(base64url),
      ...['Edition:DAY:2026-02-30', 'Edition:DAY:0000-01-01', 'Edition:YEAR:2026-01-01', 'Edition:1'].map(base64url),
    ]

    test.each(wrong)('"%s" is invalid', async (id) => {
      const fields = 'id ... on Paper { title } ... on Edition { papers { totalCount } }'
      await expectBadInput('id', `query ($x: ID!) { node(id: $x) { ${fields} } }`, { x: id })
      await expectBadInput('ids', `query ($x: [ID!]!) { nodes(ids: $x) { ${fields} } }`, { x: [id] })
      await expectBadInput('by.id', 'query ($x: ID!) { paper(by: { id: $x }) { title } }', { x: id })
      await expectBadInput('by.id', 'query ($x: ID!) { author(by: { id: $x }) { name } }', { x: id })
    })

    test('of another type, or too many', async () => {
      await expectBadInput('by.id', `{ paper(by: { id: "${base64url('Author:1')}" }) { title } }`)
      await expectBadInput('by.id', `{ author(by: { id: "${base64url('Paper:1')}" }) { name } }`)
      const ids = Array.from({ length: 101 }, () => base64url('Paper:1'))
      await expectBadInput('ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    })

    test('without an object find nothing', async () => {
      const id = base64url(`Paper:${Number.MAX_SAFE_INTEGER}`)
      const { data, errors } = await server.ask(`{ node(id: "${id}") { id } paper(by: { id: "${id}" }) { title } }`)
      expect({ data, errors }).toEqual({ data: { node: null, paper: null }, errors: undefined })
    })

    test('of other catalogues', async () => {
      const long = 'x'.repeat(300)
      for (const [field, value] of [
        ['arxivId', '"nope"'],
        ['doi', '"nope"'],
        ['doi', `"10.1234/${long}"`],
        ['url', '"nope"'],
        ['url', '"https://example.org/"'],
        ['url', '"https://arxiv.org/abs/%00"'],
        ['url', '"https://doi.org/10.1234/a%00b"'],
        ['url', '"https://openreview.net/forum?id=a%00b"'],
        ['identifier', '{ scheme: "?", value: "x" }'],
        ['identifier', `{ scheme: "s2", value: "${long}" }`],
      ])
        await expectBadInput(`by.${field}`, `{ paper(by: { ${field}: ${value} }) { title } }`)
      for (const by of ['{}', '{ id: null }', '{ arxivId: "2601.00001", doi: "10.5555/made.up" }'])
        await expectBadInput('by', `{ paper(by: ${by}) { title } }`)
      const query = 'query ($by: PaperLookup!) { paper(by: $by) { title } }'
      await expectBadInput('by', query, { by: { arxivId: '2601.00001', doi: '10.5555/made.up' } })
    })
  })

  describe('strings that Postgres cannot store', () => {
    const places: [argument: string, query: string][] = [
      ['filter.topics', '{ papers(filter: { topics: ["ok", TEXT] }) { nodes { id } } }'],
      ['filter.submitters', '{ papers(filter: { submitters: [TEXT] }) { totalCount } }'],
      ['after', '{ papers(after: TEXT) { nodes { id } } }'],
      ['query', '{ authors(query: TEXT) { nodes { id } } }'],
      ['query', '{ search(query: TEXT) { nodes { id } } }'],
      ['filter.query', '{ papers(filter: { query: TEXT }) { nodes { id } } }'],
      ['slug', '{ topic(slug: TEXT) { id } }'],
      ['handle', '{ user(handle: TEXT) { id } }'],
      ['by.slug', '{ author(by: { slug: TEXT }) { id } }'],
      ['by.arxivId', '{ paper(by: { arxivId: TEXT }) { id } }'],
      ['by.identifier.value', '{ paper(by: { identifier: { scheme: "s2", value: TEXT } }) { id } }'],
      ['id', '{ node(id: TEXT) { id } }'],
    ]

    test.each(places)('in %s', async (argument, query) => {
      for (const text of ['"a\\u0000"', '"a\0"', '"""a\0"""', '"\\u{0}"'])
        await expectBadInput(argument, query.replace('TEXT', text))
      for (const text of ['"a\\ud800"', '"\\udc00b"', '"\\u{D800}"', '"a\ud800"']) {
        const { code } = await refusal(query.replace('TEXT', text))
        expect(code).toBe('GRAPHQL_PARSE_FAILED')
      }
      const type = argument === 'id' ? 'ID!' : 'String!'
      for (const text of ['a\0', 'a\ud800', '\udc00b'])
        await expectBadInput('text', `query ($text: ${type}) ${query.replace('TEXT', '$text')}`, { text })
    })

    test('deep in a variable, and in the default of one', async () => {
      const query = 'query ($filter: PaperFilter) { papers(filter: $filter) { nodes { id } } }'
      await expectBadInput('filter.topics.1', query, { filter: { topics: ['ok', 'a\0'] } })
      await expectBadInput('filter.topics.1', query, { filter: { topics: ['ok', 'a\ud800'] } })
      await expectBadInput('filter', query, { filter: { 'a\0': 1 } })
      await expectBadInput('typed', 'query ($typed: String = "a\\u0000") { topics(query: $typed) { totalCount } }')
    })
  })

  test('texts of 100,000 characters', async () => {
    const text = 'x'.repeat(100_000)
    const found = (argument: string) => ['papers', 'topic', 'organization', 'user', 'author'].includes(argument)
    for (const [argument, type, query] of [
      ['papers', 'String!', '{ papers(filter: { topics: [$x] }) { totalCount nodes { id } } }'],
      ['papers', 'String!', '{ papers(filter: { authors: [$x], excludeTopics: [$x] }) { totalCount } }'],
      ['papers', 'String!', '{ papers(filter: { organizations: [$x], submitters: [$x] }) { totalCount } }'],
      ['topic', 'String!', '{ topic(slug: $x) { id } }'],
      ['organization', 'String!', '{ organization(slug: $x) { id } }'],
      ['user', 'String!', '{ user(handle: $x) { id } }'],
      ['author', 'String!', '{ author(by: { slug: $x }) { id } }'],
      ['after', 'String!', '{ papers(after: $x) { nodes { id } } }'],
      ['query', 'String!', '{ topics(query: $x) { totalCount } }'],
      ['query', 'String!', '{ search(query: $x) { totalCount } }'],
      ['filter.query', 'String!', '{ papers(filter: { query: $x }) { totalCount } }'],
      ['by.arxivId', 'String!', '{ paper(by: { arxivId: $x }) { id } }'],
      ['by.doi', 'String!', '{ paper(by: { doi: $x }) { id } }'],
      ['by.identifier', 'String!', '{ paper(by: { identifier: { scheme: "s2", value: $x } }) { id } }'],
      ['by.identifier', 'String!', '{ paper(by: { identifier: { scheme: $x, value: "v" } }) { id } }'],
      ['id', 'ID!', '{ node(id: $x) { id } }'],
      ['x', 'URL!', '{ paper(by: { url: $x }) { id } }'],
      ['x', 'Date!', '{ edition(date: $x) { id } }'],
      ['x', 'PaperOrder!', '{ papers(orderBy: $x) { totalCount } }'],
      ['x', 'Int!', '{ papers(first: $x) { totalCount } }'],
    ] as const) {
      const operation = `query ($x: ${type}) ${query}`
      if (found(argument)) expect((await server.ask(operation, { x: text })).errors).toBeUndefined()
      else await expectBadInput(argument, operation, { x: text })
    }
    await expectBadInput('by.doi', 'query ($x: String!) { paper(by: { doi: $x }) { id } }', { x: `10.1234/${text}` })
    await expectBadInput('date', `{ edition(date: "${text}") { id } }`)
    expect((await refusal(`{ ${text} }`)).code).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  test('lists in a filter that are too long', async () => {
    const query = 'query ($topics: [String!]) { papers(filter: { topics: $topics }) { nodes { id } } }'
    await expectBadInput('filter.topics', query, { topics: Array.from({ length: 101 }, (_, n) => `topic-${n}`) })
  })

  describe('operations that are too large', () => {
    const deep = (levels: number) => `{ edition { ${'previous { '.repeat(levels - 2)}id${' }'.repeat(levels - 1)} }`
    const aliased = (n: number) =>
      `{ ${Array.from({ length: n }, (_, place) => `a${place}: viewer { id }`).join(' ')} }`

    test('too deep, also by fragments', async () => {
      expect((await server.ask(deep(LIMITS.depth))).errors).toBeUndefined()
      const { code, message } = await refusal(deep(LIMITS.depth + 1))
      expect({ code, message }).toMatchObject({
        code: 'OPERATION_TOO_LARGE',
        message: expect.stringContaining(`${LIMITS.depth + 1} levels deep`),
      })
      const inParts = `{ edition { ...a } }
        fragment a on Edition { previous { previous { previous { previous { previous { ...b } } } } } }
        fragment b on Edition { previous { previous { previous { previous { previous { ...c } } } } } }
        fragment c on Edition { previous { previous { previous { previous { id } } } } }`
      expect((await refusal(inParts)).code).toBe('OPERATION_TOO_LARGE')
      const { code: endless } = await refusal('{ edition { ...a } } fragment a on Edition { previous { ...a } }')
      expect(endless).toBe('GRAPHQL_VALIDATION_FAILED')
    })

    test('too many aliases, also by fragments', async () => {
      expect((await server.ask(aliased(LIMITS.aliases))).errors).toBeUndefined()
      const { code, message } = await refusal(aliased(LIMITS.aliases + 1))
      expect({ code, message }).toMatchObject({
        code: 'OPERATION_TOO_LARGE',
        message: expect.stringContaining(`${LIMITS.aliases + 1} aliases`),
      })
      const spread = '{ a: edition { ...e } b: edition { ...e } } fragment e on Edition { '
      const inside = Array.from({ length: 25 }, (_, place) => `d${place}: date`).join(' ')
      expect((await refusal(`${spread}${inside} }`)).code).toBe('OPERATION_TOO_LARGE')
    })

    test('too many tokens', async () => {
      const { code, message } = await refusal(`{ ${'viewer { id } '.repeat(LIMITS.tokens / 4)} }`)
      expect({ code, message }).toMatchObject({
        code: 'GRAPHQL_PARSE_FAILED',
        message: expect.stringContaining(String(LIMITS.tokens)),
      })
    })

    const nested = (size: string) =>
      `{ papers(first: ${size}) { nodes { authors(first: ${size}) { nodes { papers(last: ${size}) { nodes { id } } } } } } }`

    test.each([
      ['page sizes in the operation', nested('100'), {}],
      ['page sizes in a variable', `query ($n: Int!) ${nested('$n')}`, { n: 100 }],
      ['page sizes in the default of a variable', `query ($n: Int = 100) ${nested('$n')}`, {}],
      ['a variable named as what every object has', `query ($constructor: Int = 100) ${nested('$constructor')}`, {}],
      [
        'pages without a size',
        `{ ${Array.from({ length: 40 }, (_, n) => `a${n}: ${nested('10').slice(1, -1)}`).join(' ')} }`,
        {},
      ],
      [
        'edges',
        '{ papers(first: 100) { edges { node { authors(first: 100) { edges { node { coauthors(first: 100) { id } } } } } } } }',
        {},
      ],
      [
        'fragments',
        `query ($n: Int!) { papers(first: $n) { ...a } }
         fragment a on PaperConnection { nodes { ...b } }
         fragment b on Paper { authors(first: $n) { nodes { ...c } } }
         fragment c on Author { papers(first: $n) { nodes { id } } }`,
        { n: 100 },
      ],
      [
        'fragments that double each other',
        `{ papers(first: 1) { nodes { ...f0 } } }
         ${Array.from({ length: 40 }, (_, n) => `fragment f${n} on Paper { ...f${n + 1} ...f${n + 1} }`).join('\n')}
         fragment f40 on Paper { authors(first: 100) { nodes { id } } }`,
        {},
      ],
      [
        'ids',
        'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Author { papers(first: 100) { nodes { authors { nodes { id } } } } } } }',
        { ids: Array.from({ length: 100 }, () => base64url('Author:1')) },
      ],
    ])('too costly: %s', async (_name, query, variables) => {
      const { code, message } = await refusal(query, variables)
      expect({ code, message }).toMatchObject({
        code: 'OPERATION_TOO_LARGE',
        message: expect.stringContaining('costs'),
      })
    })

    test('a page of 100 papers with all fields of a page is not', async () => {
      const { errors } = await server.ask(`{
        papers(first: 100) {
          totalCount
          facets { topics(first: 20) { count topic { slug } } organizations(first: 20) { count organization { slug } } months { month count } }
          edges { cursor node {
            id title summary voteCount commentCount viewerHasVoted thumbnailUrl
            organization { name avatarUrl } submittedBy { handle avatarUrl }
            authors(first: 20) { totalCount edges { position node { name slug user { handle } } } }
            topics { slug name kind } links { kind url } identifiers { scheme value }
          } }
          pageInfo { hasNextPage endCursor }
        }
      }`)
      expect(errors).toBeUndefined()
    })
  })

  describe('bodies', () => {
    const post = (body: BodyInit) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }
      return fetch(`${server.url}/graphql`, init)
    }
    /** A body of unknown length, in parts of a size that cuts characters in two. */
    const chunked = (text: string) => {
      const bytes = Buffer.from(text)
      return new ReadableStream({
        start(controller) {
          for (let place = 0; place < bytes.length; place += 999) controller.enqueue(bytes.subarray(place, place + 999))
          controller.close()
        },
      })
    }
    const ofSize = (bytes: number) => {
      const body = JSON.stringify({ query: '{ __typename }' })
      return body + ' '.repeat(bytes - body.length)
    }

    test.each([
      ['content-length', (text: string) => text],
      ['chunked', chunked],
    ])('%s', async (_name, bodyOf) => {
      const fits = await post(bodyOf(ofSize(MAX_BODY_BYTES)))
      expect(await fits.json()).toEqual({ data: { __typename: 'Query' } })
      for (const size of [MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES]) {
        const refused = await post(bodyOf(ofSize(size)))
        expect(refused.status).toBe(413)
        expect(await refused.json()).toMatchObject({
          errors: [{ message: expect.stringContaining('body'), extensions: { code: 'PAYLOAD_TOO_LARGE' } }],
        })
      }
      const query = '# Čapek 🙂 '.repeat(500)
      const text = await post(bodyOf(JSON.stringify({ query: `${query}\n{ topic(slug: "ž🙂") { id } }` })))
      expect(await text.json()).toEqual({ data: { topic: null } })
    })

    test('that are not a GraphQL request', async () => {
      for (const body of ['{', '', 'null', '5', '"x"', '[]', '[{"query":"{ __typename }"}]', '{"query":5}', '{}']) {
        const response = await post(body)
        const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
        expect(errors[0]?.extensions.code, body).toBe('BAD_REQUEST')
      }
      for (const parameters of ['variables={', 'variables=5', 'extensions=x']) {
        const response = await fetch(`${server.url}/graphql?query={__typename}&${parameters}`)
        const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
        expect(errors[0]?.extensions.code, parameters).toBe('BAD_REQUEST')
      }
    })
  })

  test('the same mistake has the same error the second time', async () => {
    for (const query of ['{ papers(', '{ edition(date: "2026-02-30") { date } }', '{ topic(slug: "\\u0000") { id } }'])
      expect(await server.ask(query)).toEqual(await server.ask(query))
  })

  describe('values that do not exist', () => {
    const orders = /The values are .*MOST_DISCUSSED, MOST_VOTED, NEWEST, OLDEST, .*and TRENDING\.$/
    const filters = /The fields are allTopics, .*minVotes, .*\.$/

    test.each([
      ['{ papers(orderBy: VOTES) { totalCount } }', /^Argument `orderBy`: .*The values are/],
      ['{ papers(orderBy: VOTES) { totalCount } }', orders],
      ['{ edition(period: YEAR) { date } }', /The values are DAY, MONTH, and WEEK\.$/],
      ['{ editions(period: year) { totalCount } }', /The values are DAY, MONTH, and WEEK\.$/],
      ['{ edition(period: "DAY") { date } }', /DAY, MONTH, and WEEK, without quotation marks\.$/],
      ['{ edition(period: null) { date } }', /The values are DAY, MONTH, and WEEK\.$/],
      [
        'query ($period: Period! = DECADE) { edition(period: $period) { date } }',
        /^Variable `\$period`: .*DAY, MONTH, and WEEK\.$/,
      ],
      ['{ authors(orderBy: PAPERS) { totalCount } }', /The values are NAME, PAPER_COUNT, and VOTES\.$/],
      ['{ papers(first: 1) { nodes { links(kind: VIDEO) { url } } } }', /The values are ABSTRACT, CODE, .*PROJECT\.$/],
      ['{ papers(first: 1) { nodes { topics(kind: TAG) { slug } } } }', /The values are CATEGORY and KEYWORD\.$/],
      ['{ papers(filter: { tags: ["agents"] }) { totalCount } }', filters],
      ['{ papers(filter: "agents") { totalCount } }', filters],
      ['{ paper(by: {}) { id } }', /The fields are arxivId, doi, id, .*and url\.$/],
      [
        '{ papers(limit: 5) { totalCount } }',
        /The arguments are after, asOf, before, filter, first, last, and orderBy\.$/,
      ],
    ])('are answered with those that do: %s', async (query, message) => {
      expect((await refusal(query)).message).toMatch(message)
    })

    test.each<[type: string, field: string, value: unknown, message: RegExp]>([
      ['PaperOrder!', 'papers(orderBy: $x) { totalCount }', 'VOTES', orders],
      ['PaperOrder!', 'papers(orderBy: $x) { totalCount }', 5, orders],
      [
        'Period!',
        'edition(period: $x) { date }',
        null,
        /"Period!" must not be null\. The values are DAY, MONTH, and WEEK\.$/,
      ],
      ['Period!', 'edition(period: $x) { date }', 'day', /The values are DAY, MONTH, and WEEK\.$/],
      ['PaperFilter', 'papers(filter: $x) { totalCount }', { tags: ['agents'] }, filters],
      ['PaperLookup!', 'paper(by: $x) { id }', {}, /The fields are arxivId, doi, id, .*and url\.$/],
    ])('are answered with those that do, in a variable: %s, %s, %s', async (type, field, value, message) => {
      const { code, message: said } = await refusal(`query ($x: ${type}) { ${field} }`, { x: value })
      expect(code).toBe('BAD_USER_INPUT')
      expect(said).toMatch(/^Variable "\$x"/)
      expect(said).toMatch(message)
    })
  })

  test('misspelled fields, arguments and values are suggested', async () => {
    for (const query of [
      '{ paperz { totalCount } }',
      '{ papers(frist: 1) { totalCount } }',
      '{ papers(orderBy: NEWST) { totalCount } }',
    ])
      expect((await refusal(query)).message).toContain('Did you mean')
  })
})

describe('introspection', () => {
  const everything = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }

  test.each([
    ['with all that graphql-js asks for', everything],
    ['as GraphiQL sends it', {}],
    ['as old tools send it', { descriptions: false }],
  ])('%s', async (_name, options) => {
    const { data, errors } = await server.ask(getIntrospectionQuery(options))
    expect(errors).toBeUndefined()
    expect(buildClientSchema(data as IntrospectionQuery).getQueryType()?.name).toBe('Query')
  })

  test('as Apollo Client learns which types an interface has', async () => {
    const { data, errors } = await server.ask('{ __schema { types { kind name possibleTypes { name } } } }')
    expect(errors).toBeUndefined()
    expect(data.__schema.types.length).toBeGreaterThan(50)
  })

  describe('with a result of hundreds of megabytes', () => {
    const under = (names: string, field: string) =>
      Array.from({ length: 20 }, (_, n) => `${names}${n}: ${field}`).join(' ')
    const descriptions = Array.from({ length: 45 }, (_, n) => `d${n}: description`).join(' ')

    test.each([
      [
        'under aliases that multiply',
        `{ __schema { ${under('a', 'types { ...A }')} } }
        fragment A on __Type { ${under('b', 'fields { ...B }')} }
        fragment B on __Field { ${under('c', 'type { ...C }')} }
        fragment C on __Type { ${under('d', 'fields { name }')} }`,
        /has 168,420 aliases; at most 50/,
      ],
      [
        'of one type, under aliases that multiply',
        `{ ${under('a', '__type(name: "Paper") { ...A }')} }
        fragment A on __Type { ${under('b', 'fields { name }')} }`,
        /has 420 aliases; at most 50/,
      ],
      [
        'with lists in lists',
        '{ __schema { types { fields { args { type { fields { name } inputFields { name } enumValues { name } } } } } } }',
        /costs 34,111; at most 25,000 is allowed\. Most of it: `__schema\.types\.fields\.args\.type\.fields` \(10,000\)/,
      ],
      [
        'with texts again and again',
        `{ __schema { types { fields { args { ${descriptions} } } } } }`,
        /costs 48,111; .*`__schema\.types\.fields\.args\.description` \(45,000\)/,
      ],
      [
        'with levels without end',
        `{ __schema { queryType { fields { type { ${'ofType { '.repeat(13)} name ${'}'.repeat(13)} } } } } }`,
        /is 18 levels deep; at most 15/,
      ],
    ])('is refused: %s', async (_name, query, reason) => {
      const { code, message } = await refusal(query)
      expect(code).toBe('OPERATION_TOO_LARGE')
      expect(message).toMatch(reason)
    })
  })

  test('returns the printed schema', async () => {
    const { data } = await server.ask(getIntrospectionQuery(everything))
    const printed = printSchema(lexicographicSortSchema(buildClientSchema(data as IntrospectionQuery)))
    const committed = await readFile(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8')
    // The file begins with the definition of a directive that graphql-js does not print.
    expect(printed.trim()).toBe(committed.slice(committed.indexOf('\n\n')).trim())
  })
})

test('fragments that spread each other twice are refused before they are run or compiled', async () => {
  const doubled = (times: number) =>
    Array.from(
      { length: times },
      (_, n) => `fragment F${n} on Paper { ... { ...F${n + 1} } ... on Paper { ...F${n + 1} } }`,
    ).join(' ')
  const query = (times: number) =>
    `{ papers(first: 1) { nodes { ...F0 } } } ${doubled(times)} fragment F${times} on Paper { title }`
  expect((await server.ask(query(5))).errors).toBeUndefined()
  const { code, message } = await refusal(query(40))
  expect({ code, message }).toEqual({
    code: 'OPERATION_TOO_LARGE',
    message: expect.stringContaining('Spread fragments less often.'),
  })
})

describe('failures of the server', () => {
  test('are reported with an id that is in the log', async () => {
    const own = await freshDatabase()
    onTestFinished(() => own.close())
    const broken = await startServer(own)
    onTestFinished(() => broken.close())
    await own.db.execute(sql`alter table organizations rename to something_else`)

    const { data, errors } = await broken.ask('{ organizations { nodes { name } } viewer { id } }')
    expect(data).toBeFalsy()
    const [error] = errors ?? []
    expect(error).toMatchObject({ path: ['organizations', 'nodes'], extensions: { code: 'INTERNAL_SERVER_ERROR' } })
    const { id } = error?.extensions ?? {}
    expect(error?.message).toContain(id)
    expect(JSON.stringify(errors)).not.toMatch(/relation|organizations"? does not|select|42P01/i)
    expect(failures(broken)).toHaveLength(1)
    expect(failures(broken)[0]).toMatchObject({ requestId: id, path: ['organizations', 'nodes'] })
    expect(JSON.stringify(failures(broken)[0])).toContain('does not exist')
  })

  test('do not include statement timeouts, which have their own code', async () => {
    const impatient = openDatabase(database.url, { connections: 2, statementTimeout: 100 })
    onTestFinished(() => impatient.close())
    const slow = await startServer({ ...impatient, url: database.url })
    onTestFinished(() => slow.close())

    await database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table topics in access exclusive mode`)
      for (const query of ['{ topics { nodes { id } } }', '{ papers(first: 2) { nodes { topics { paperCount } } } }']) {
        const { errors } = await slow.ask(query)
        expect(errors?.[0]?.extensions).toEqual({ code: 'TIMEOUT' })
        expect(errors?.[0]?.message).toContain('took too long')
      }
    })
    expect(failures(slow)).toEqual([])
    expect((await slow.ask('{ topics { totalCount } }')).errors).toBeUndefined()
  })
})
