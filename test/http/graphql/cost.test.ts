import { afterAll, expect, test } from 'vitest'
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
