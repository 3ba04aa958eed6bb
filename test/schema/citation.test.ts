import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let catalogue: Catalogue

beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 40)
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

test('a paper is cited in each format, as BibTeX by default', async () => {
  const id = encodeGlobalId('Paper', catalogue.paperIds[0] as number)
  const { data, errors } = await server.ask(
    'query ($id: ID!) { paper(by: { id: $id }) { title publishedAt authors(first: 100) { nodes { name } } citation ris: citation(format: RIS) csl: citation(format: CSL_JSON) } }',
    { id },
  )
  expect(errors).toBeUndefined()
  const { title, publishedAt, authors, citation, ris, csl } = data.paper
  const year = publishedAt.slice(0, 4)
  expect(citation).toContain(`year = {${year}}`)
  expect(citation).toContain('eprint = {2601.00001}')
  expect(ris).toContain(`TI  - ${title}\r\n`)
  expect(ris.match(/^AU {2}- /gm)).toHaveLength(authors.nodes.length)
  const [item] = JSON.parse(csl)
  expect(item).toMatchObject({ title, DOI: '10.48550/arXiv.2601.00001' })
  // One key in all formats.
  expect(citation).toContain(`@misc{${item.id},`)
  expect(ris).toContain(`ID  - ${item.id}\r\n`)
})

test('the citations of a list have keys of their own, and take a statement for each kind of rows', async () => {
  const { result, statements } = await database.log.during(() =>
    server.ask('{ papers(first: 40) { nodes { citation } } }'),
  )
  const citations: string[] = result.data.papers.nodes.map(({ citation }: { citation: string }) => citation)
  expect(citations).toHaveLength(40)
  expect(new Set(citations.map((text) => text.split(',', 1)[0])).size).toBe(40)
  // Papers, authors, topics and identifiers.
  expect(statements.length).toBeLessThanOrEqual(4)
})
