import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { writeCards } from '../../src/writes/paper-cards.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Rows that are included with papers equal what the loaders read, and save their statements.

let database: FreshDatabase
let server: TestServer

beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 120)
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function read(query: string, variables?: Record<string, unknown>) {
  const { result, statements } = await database.log.during(() => server.ask(query, variables))
  expect(result.errors).toBeUndefined()
  return { data: result.data, statements }
}

const PAPER = `id arxivId title abstract summary publishedAt voteCount links { kind url title } identifiers { scheme value }`
const ORGANIZATION = 'id slug name avatarUrl'
const USER = 'id handle name avatarUrl'
const TOPIC = 'id kind slug name'
const AUTHOR = 'id slug name'
const full = ({ more }: { more: string }) => `${PAPER}
  organization { ${ORGANIZATION} ${more} } submittedBy { ${USER} ${more && 'votes { totalCount }'} } topics { ${TOPIC} ${more} }
  authors { totalCount pageInfo { hasNextPage endCursor } edges { cursor position node { ${AUTHOR} ${more} } } nodes { ${AUTHOR} } }`

/** An answer without what only the loaders can say. */
const shared = (data: unknown) =>
  JSON.parse(JSON.stringify(data, (key, value) => (key === 'paperCount' || key === 'votes' ? undefined : value)))

test.each([
  'papers(first: 100)',
  'papers(first: 7, orderBy: OLDEST)',
  'papers(last: 7, orderBy: RECENTLY_LISTED)',
  'papers(first: 30, filter: { topics: ["cs.cl"], minVotes: 1 })',
  'topic(slug: "cs.cl") { papers(last: 10, orderBy: NEWEST)',
  'author(by: { slug: "ada-abara" }) { papers(first: 10)',
  'organization(slug: "northlight-lab") { papers(first: 10)',
  'user(handle: "curator") { submissions(first: 10)',
  'edition { papers(first: 10)',
])('%s returns the same with included rows as by loaders', async (list) => {
  const close = list.includes(') {') || list.startsWith('edition') ? '}' : ''
  const page = (fields: string) =>
    `{ ${list} { nodes { ${fields} } edges { cursor } pageInfo { hasNextPage endCursor } } } ${close}`
  const included = await read(page(full({ more: '' })))
  const loaded = await read(page(full({ more: 'paperCount' })))
  expect(JSON.stringify(included.data)).toContain('"title"')
  expect(included.data).toEqual(shared(loaded.data))
  expect(included.statements.length).toBeLessThan(loaded.statements.length)
})

test('a page of cards, a page of papers of a topic, and one paper in full take a statement each', async () => {
  const card = `title abstract publishedAt voteCount commentCount viewerHasVoted
    organization { ...on Organization { slug name avatarUrl } } authors { nodes { ...named } } topics { slug name }`
  const named = 'fragment named on Author { slug name }'
  const statementsOf = async (query: string) => (await read(`${query} ${named}`)).statements
  const one = expect.any(String)
  expect(await statementsOf(`{ papers { nodes { ${card} } pageInfo { endCursor } } }`)).toEqual([one])
  expect(await statementsOf(`{ papers { edges { cursor node { ${card} } } } }`)).toEqual([one])
  const ofTopic = `{ topic(slug: "cs.cl") { papers(orderBy: NEWEST) { nodes { ${card} } } } }`
  expect(await statementsOf(ofTopic)).toEqual([one, one])
  const [titles] = await statementsOf('{ papers { nodes { title authors { nodes { ...named } } } } }')
  expect(titles).not.toContain('"abstract"')
  const paper = '{ paper(by: { arxivId: "2601.00001" })'
  expect(await statementsOf(`${paper} { ${card} ${full({ more: '' })} } }`)).toEqual([one])
})

test('more authors than come along are all there', async () => {
  const authors = Array.from({ length: 45 }, (_, n) => `Author Number ${n}`)
  const submitted = await server.ask(
    `mutation ($paper: NewPaperInput) { submitPaper(input: { arxivId: "2602.12345", paper: $paper }) {
      ... on SubmitPaperPayload { paper { authors(first: 100) { nodes { name } } } } } }`,
    { paper: { title: 'Many hands', abstract: 'Light work.', authors, publishedAt: '2026-02-12T00:00:00Z' } },
    await server.tokenOf('ada-a', ['submit']),
  )
  expect(submitted.errors).toBeUndefined()
  const { data } = await read(`{ paper(by: { arxivId: "2602.12345" }) {
    authors { pageInfo { hasNextPage endCursor } nodes { name } } all: authors(first: 100) { nodes { name } } few: authors(first: 2) { nodes { name } } } }`)
  const { authors: page, all, few } = data.paper
  const names = ({ nodes }: { nodes: { name: string }[] }) => nodes.map(({ name }) => name)
  expect(names(all)).toEqual(authors)
  expect(names(page)).toEqual(authors.slice(0, 20))
  expect(names(few)).toEqual(authors.slice(0, 2))
  expect(page.pageInfo.hasNextPage).toBe(true)
  const rest = await read(
    `{ paper(by: { arxivId: "2602.12345" }) { authors(after: "${page.pageInfo.endCursor}", first: 100) { edges { position node { name } } } } }`,
  )
  expect(rest.data.paper.authors.edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual(
    authors.slice(20),
  )
  expect(rest.data.paper.authors.edges[0].position).toBe(21)
})

test.each([
  ['of values', 'Odd\u001fName'],
  ['of lists', 'Odd\u001dName'],
])('a stored text that has a separator %s in it is read by the loaders', async (_, odd) => {
  onTestFinished(async () => {
    await database.db.execute(sql`update authors set name = 'Ada Abara' where slug = 'ada-abara'`)
    await writeCards(database.db, sql`select id from papers`)
  })
  const query = `{ papers(first: 100) { nodes {
    id authors { nodes { slug name } } topics { slug } organization { slug name } } } }`
  const before = await read(query)
  await database.db.execute(sql`update authors set name = ${odd} where slug = 'ada-abara'`)
  await writeCards(database.db, sql`select id from papers`)
  const { data } = await read(query)
  const renamed = JSON.parse(JSON.stringify(before.data).replaceAll('"Ada Abara"', JSON.stringify(odd)))
  expect(JSON.stringify(before.data)).toContain('"Ada Abara"')
  expect(data).toEqual(renamed)
})

test('a paper without a card is read by the loaders', async () => {
  const query = `{ papers(first: 5) { nodes { id authors { nodes { slug } } topics { slug } } } }`
  const before = await read(query)
  await database.db.execute(sql`delete from paper_cards`)
  const { data, statements } = await read(query)
  expect(data).toEqual(before.data)
  expect(statements).toHaveLength(before.statements.length + 2)
  await writeCards(database.db, sql`select id from papers`)
})
