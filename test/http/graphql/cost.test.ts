import { getOperationAST, parse } from 'graphql'
import { afterAll, describe, expect, test } from 'vitest'
import { schema } from '../../../schema/index.ts'
import { operationSize } from '../../../src/http/graphql/limits.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 20)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const codeOf = async (query: string, variables?: Record<string, unknown>) =>
  (await server.ask(query, variables)).errors?.[0]?.extensions.code

test('each day of a history has a cost, and an open range that of the longest', async () => {
  const histories = (papers: number, range: string) =>
    `query ${range.includes('$from') ? '($from: Date)' : ''} { papers(first: ${papers}) { nodes { voteHistory${range} { date } } } }`
  expect(await codeOf(histories(20, ''))).toBe('OPERATION_TOO_LARGE')
  expect(await codeOf(histories(20, '(from: "2017-01-01")'))).toBe('OPERATION_TOO_LARGE')
  expect(await codeOf(histories(20, '(from: $from, to: "2026-02-28")'), { from: '2017-01-01' })).toBe(
    'OPERATION_TOO_LARGE',
  )
  expect(await codeOf(histories(20, '(from: "2026-02-01", to: "2026-02-28")'))).toBeUndefined()
  expect(await codeOf(histories(20, '(from: $from, to: "2026-02-28")'), { from: '2026-02-01' })).toBeUndefined()
  expect(await codeOf(histories(5, ''))).toBeUndefined()
})

test('a field that reads a whole list has a cost, even with a short result', async () => {
  const aliases = (count: number, field: string) =>
    `{ ${Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ')} }`
  const facets = 'papers(first: 1) { totalCount facets { months { count } topics(first: 1) { count } } }'
  expect(await codeOf(aliases(30, facets))).toBe('OPERATION_TOO_LARGE')
  expect(await codeOf(aliases(10, facets))).toBeUndefined()
  expect(await codeOf(aliases(40, 'papers(asOf: "2026-02-10T00:00:00Z", first: 1) { nodes { id } }'))).toBe(
    'OPERATION_TOO_LARGE',
  )
  // The count of authors is known with the paper.
  expect(await codeOf('{ papers(first: 100) { nodes { authors(first: 3) { totalCount } } } }')).toBeUndefined()
})

test('what finds papers like others costs, and waits with what takes long, however its seeds are written', async () => {
  const aliased = (filter: string) => `query ($like: [String!], $filter: PaperFilter = { like: "2601.00001" }) {
    ${Array.from({ length: 50 }, (_, n) => `a${n}: papers(first: 1, filter: ${filter}) { nodes { id } }`).join(' ')} }`
  const sizeOf = (filter: string, variables: Record<string, unknown> = {}) => {
    const document = parse(aliased(filter))
    const operation = getOperationAST(document)
    if (operation == null) throw new Error('no operation')
    return operationSize(schema, document, operation, variables)
  }
  for (const [filter, variables] of [
    ['{ like: ["2601.00001"] }'],
    ['{ like: "2601.00001" }'],
    ['{ like: $like }', { like: ['2601.00001'] }],
    ['{ like: $like }', { like: '2601.00001' }],
    ['$filter'],
    ['$filter', { filter: { like: '2601.00001' } }],
  ] as const) {
    expect(sizeOf(filter, variables)).toMatchObject({ readsLists: true, cost: 50 * 506 })
    expect(await codeOf(aliased(filter), variables)).toBe('OPERATION_TOO_LARGE')
  }
  for (const filter of ['{ like: [] }', '{ like: null }', '{ like: $like }', '{ minVotes: 1 }', 'null'])
    expect(sizeOf(filter)).toMatchObject({ readsLists: false, cost: 50 * 6 })
})

describe('the error names the fields that cost most and what lowers the cost', () => {
  const messageFor = async (query: string, variables?: Record<string, unknown>) =>
    (await server.ask(query, variables)).errors?.[0]?.message

  test('a history without a range', async () => {
    expect(await messageFor('{ papers { nodes { voteHistory { date voteCount } } } }')).toBe(
      'The operation costs 36,625; at most 25,000 is allowed. Most of it: `papers(first: 20).nodes.voteHistory` (36,600). ' +
        '`voteHistory` costs 1 for each day from `from` to `to`, and 1,830 unless both are set. ' +
        'Request smaller pages, or fewer lists within lists.',
    )
  })

  test('lists within lists, by fragments and with sizes in variables', async () => {
    const query = `query ($n: Int!) { papers(first: $n) { ...Papers } }
      fragment Papers on PaperConnection { nodes { title ...Authors } }
      fragment Authors on Paper { authors(first: $n) { nodes { papers(last: 100) { nodes { id } } } } }`
    expect(await messageFor(query, { n: 50 })).toBe(
      'The operation costs 265,305; at most 25,000 is allowed. Most of it: ' +
        '`papers(first: 50).nodes.authors(first: 50).nodes.papers(last: 100).nodes` (250,000). ' +
        'Request smaller pages, or fewer lists within lists.',
    )
  })

  test('fields under several aliases, added up', async () => {
    const facets = 'facets { months { count } topics(first: 1) { count } }'
    const lists = Array.from({ length: 30 }, (_, n) => `a${n}: papers(first: 1) { ${facets} }`).join(' ')
    expect(await messageFor(`{ ${lists} }`)).toMatch(
      /Most of it: `papers\(first: 1\)\.facets\.months` \(15,300\), `papers\(first: 1\)\.facets\.topics\(first: 1\)` \(15,030\)\. Each `months` costs 500\. Each `topics` costs 500\./,
    )
  })

  test('rankings of the past', async () => {
    const ranking = 'papers(asOf: "2026-02-10T00:00:00Z", first: 1) { nodes { id } }'
    const lists = Array.from({ length: 30 }, (_, n) => `a${n}: ${ranking}`).join(' ')
    expect(await messageFor(`{ ${lists} }`)).toContain(
      'Most of it: `papers(first: 1)` (30,150). Each list with `asOf` costs 1,000.',
    )
  })

  test('fragments that spread each other many times', async () => {
    const doubled = Array.from({ length: 40 }, (_, n) => `fragment f${n} on Paper { ...f${n + 1} ...f${n + 1} }`)
    const query = `{ papers(first: 1) { nodes { ...f0 } } } ${doubled.join('\n')}
      fragment f40 on Paper { authors(first: 100) { nodes { id } } }`
    expect(await messageFor(query)).toContain('Most of it: `papers(first: 1).nodes.authors(first: 100).nodes` (')
  })
})

test('counts of editions have a cost, and a year of days with all that a calendar shows fits', async () => {
  const calendar = (aliases: number) =>
    `{ ${Array.from({ length: aliases }, (_, n) => `a${n}: editions(first: 100) { nodes { date state url paperCount } }`).join(' ')} }`
  expect(await codeOf(calendar(4))).toBeUndefined()
  expect(await codeOf(calendar(20))).toBe('OPERATION_TOO_LARGE')
})
