import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as relay from 'relay-runtime'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { REFUSED, UNREACHABLE_PROVIDER } from '../support/refusals.ts'
import { startServer } from '../support/server.ts'

const PAPERS = 30
const SCHEMA = join(import.meta.dirname, '../../schema/schema.graphql')

/** The fragments of components that load more items of a list: of all papers, and of the papers of a topic. */
const COMPONENTS = `
import { graphql } from 'relay-runtime'

graphql\`
  query papersListQuery($filter: PaperFilter, $first: Int!) {
    ...papers_list @arguments(filter: $filter, first: $first)
  }
\`
graphql\`
  fragment papers_list on Query
    @argumentDefinitions(filter: { type: "PaperFilter" }, first: { type: "Int!" }, after: { type: "String" })
    @refetchable(queryName: "papersListPageQuery") {
    papers(filter: $filter, orderBy: NEWEST, first: $first, after: $after) @connection(key: "papers_list_papers") {
      edges { node { id title } }
    }
  }
\`
graphql\`
  query papersTopicQuery($slug: String!, $first: Int!) {
    topic(slug: $slug) { ...papers_topic @arguments(first: $first) }
  }
\`
graphql\`
  fragment papers_topic on Topic
    @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
    @refetchable(queryName: "papersTopicPageQuery") {
    name
    papers(first: $first, after: $after) @connection(key: "papers_topic_papers") {
      edges { node { id title } }
    }
  }
\`
graphql\`
  query papersPaperQuery($id: ID!) {
    node(id: $id) { id ... on Paper { title authors(first: 2) { edges { position node { name } } } } }
  }
\`
`

/** A list as both fragments select it. */
interface ListData {
  id?: string
  papers: {
    edges: { node: { id: string; title: string } }[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
  }
}

const project = await mkdtemp(join(tmpdir(), 'relay-project-'))
const database = await freshDatabase()
await givenPapers(database.db, PAPERS)
const server = await startServer(database)
await compileProject()

let environment: relay.Environment

beforeEach(() => {
  environment = new relay.Environment({
    store: new relay.Store(new relay.RecordSource()),
    network: relay.Network.create(
      ({ text }, variables) => server.ask(text as string, variables) as Promise<relay.GraphQLResponse>,
    ),
  })
})

afterAll(async () => {
  await server.close()
  await database.close()
  await rm(project, { recursive: true, force: true })
})

/** Runs the compiler. In an app, the Babel plugin replaces the tags by its output, which is CommonJS. */
async function compileProject(): Promise<void> {
  await mkdir(join(project, 'src'))
  await mkdir(join(project, 'artifacts'))
  await writeFile(join(project, 'src/papers.js'), COMPONENTS)
  const config = {
    src: './src',
    schema: SCHEMA,
    artifactDirectory: './artifacts',
    language: 'javascript',
    jsModuleFormat: 'commonjs',
    eagerEsModules: false,
  }
  await writeFile(join(project, 'relay.config.json'), JSON.stringify(config))
  const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js')
  await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], { cwd: project })
}

const artifact = (name: string) => createRequire(join(project, 'artifacts/index.js'))(`./${name}.graphql.js`)

/** Reads a list to its end as `usePaginationFragment` does: each further page with the query of the fragment. */
async function readToTheEnd(
  query: string,
  variables: relay.Variables,
  fragment: string,
  fragmentOwner: (data: Record<string, unknown>) => unknown,
): Promise<{ pages: number; data: ListData }> {
  const operation = relay.createOperationDescriptor(relay.getRequest(artifact(query)), variables)
  environment.retain(operation)
  await relay.fetchQuery(environment, artifact(query), variables).toPromise()
  const owner = fragmentOwner(environment.lookup(operation.fragment).data as Record<string, unknown>)
  const selector = relay.getSingularSelector(artifact(fragment), owner)
  const read = () => environment.lookup(selector as relay.SingularReaderSelector).data as unknown as ListData

  const pageQuery = artifact(fragment).metadata.refetch.operation
  let pages = 1
  for (let data = read(); data.papers.pageInfo.hasNextPage && pages < PAPERS; data = read(), pages += 1) {
    const page = { ...variables, id: data.id, after: data.papers.pageInfo.endCursor }
    await relay.fetchQuery(environment, pageQuery, page).toPromise()
  }
  return { pages, data: read() }
}

test('Relay pages a list to its end', async () => {
  const { pages, data } = await readToTheEnd('papersListQuery', { first: 7 }, 'papers_list', (query) => query)
  expect(pages).toBe(5)
  const ids = data.papers.edges.map(({ node }) => node.id)
  expect(new Set(ids).size).toBe(PAPERS)
  const whole = await server.ask('{ papers(orderBy: NEWEST, first: 100) { nodes { id } } }')
  expect(ids).toEqual(whole.data.papers.nodes.map(({ id }: { id: string }) => id))
})

test('Relay pages a filtered list', async () => {
  const filter = { topics: ['cs.cl'], publishedTo: '2026-01-31' }
  const { data } = await readToTheEnd('papersListQuery', { filter, first: 2 }, 'papers_list', (query) => query)
  const whole = await server.ask(
    'query ($filter: PaperFilter) { papers(filter: $filter, orderBy: NEWEST, first: 100) { nodes { id } } }',
    { filter },
  )
  expect(data.papers.edges.map(({ node }) => node.id)).toEqual(
    whole.data.papers.nodes.map(({ id }: { id: string }) => id),
  )
})

test('Relay pages the papers of a topic, and reads the topic again by its id', async () => {
  const { pages, data } = await readToTheEnd(
    'papersTopicQuery',
    { slug: 'cs.cl', first: 3 },
    'papers_topic',
    (query) => query.topic,
  )
  const whole = await server.ask('{ topic(slug: "cs.cl") { paperCount papers(first: 100) { nodes { id } } } }')
  expect(pages).toBe(Math.ceil(whole.data.topic.paperCount / 3))
  expect(data.papers.edges.map(({ node }) => node.id)).toEqual(
    whole.data.topic.papers.nodes.map(({ id }: { id: string }) => id),
  )
})

test('Relay refetches a paper by its id', async () => {
  const { data } = await server.ask('{ papers(first: 1) { nodes { id title } } }')
  const [paper] = data.papers.nodes
  const answer = await relay.fetchQuery(environment, artifact('papersPaperQuery'), { id: paper.id }).toPromise()
  expect(answer).toMatchObject({ node: paper })
})

test('Relay throws an error for a wrong argument', async () => {
  const asked = relay.fetchQuery(environment, artifact('papersListQuery'), { first: 101 }).toPromise()
  await expect(asked).rejects.toThrow('`first` must be from 1 to 100')
})

test.each(REFUSED)('Relay shows why a request is refused with $status', async (refused) => {
  const { message, authorization, text = '' } = refused
  const strict = await startServer(database, { identityProvider: UNREACHABLE_PROVIDER })
  onTestFinished(() => strict.close())
  // As GraphQL over HTTP has it: only a response of this type is a result, whatever its status is.
  const type = 'application/graphql-response+json'
  const network = relay.Network.create(async ({ text: query }, variables) => {
    const response = await fetch(`${strict.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: type, ...(authorization && { authorization }) },
      body: JSON.stringify({ query, variables }),
    })
    if (!response.headers.get('content-type')?.startsWith(type)) throw new Error(`HTTP ${response.status}`)
    return (await response.json()) as relay.GraphQLResponse
  })
  const strictEnvironment = new relay.Environment({ store: new relay.Store(new relay.RecordSource()), network })
  const variables = { filter: { query: text }, first: 1 }
  const asked = relay.fetchQuery(strictEnvironment, artifact('papersListQuery'), variables).toPromise()
  await expect(asked).rejects.toMatchObject({
    source: { errors: [{ message: expect.stringMatching(message) }] },
  })
})
