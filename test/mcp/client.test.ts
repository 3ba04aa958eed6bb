import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { GraphQLInputObjectType } from 'graphql'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { schema } from '../../schema/index.ts'
import { printSchema } from '../../schema/print.ts'
import { MAX_TEXT_BYTES } from '../../src/mcp/paper-text.ts'
import type { Scope } from '../../src/values/scopes.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// A published client of the protocol, in the revision of 2026-07-28 and in those before.

const database = await freshDatabase()
await givenPapers(database.db, 40)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const REVISIONS = [{ pin: '2026-07-28' }, 'legacy'] as const
type Revision = (typeof REVISIONS)[number]

async function connect(revision: Revision, token?: string, to: TestServer = server): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: revision } })
  const requestInit = { headers: { ...(token && { authorization: `Bearer ${token}` }) } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${to.url}/mcp`), { requestInit }))
  onTestFinished(() => client.close())
  return client
}

interface Called {
  text: string
  isError: boolean
  // biome-ignore lint/suspicious/noExplicitAny: tests read results of any shape
  data: any
}

/** The client checks what it gets by the output schema of the tool. */
async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Called> {
  const { content, isError, structuredContent: data } = await client.callTool({ name, arguments: args })
  const [{ text }] = content as unknown as [{ text: string }]
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_TEXT_BYTES)
  return { text, isError: isError === true, data }
}

const READ_TOOLS = [
  'list_papers',
  'search_papers',
  'get_edition',
  'look_up_papers',
  'papers_like_these',
  'find_topics',
  'find_authors',
  'find_organizations',
]
const WRITE_TOOLS = ['cast_vote', 'withdraw_vote', 'submit_paper']
const namesOf = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name)

/** A paper of the catalogue, by GraphQL. */
async function paperBy(arxivId: string) {
  const { data } = await server.ask('query ($by: PaperLookup!) { paper(by: $by) { id title abstract voteCount } }', {
    by: { arxivId },
  })
  return data.paper
}

describe.each(REVISIONS)('in the revision %j', (revision) => {
  test('a client is told what is here, and lists the tools that it may use', async () => {
    const anonymous = await connect(revision)
    expect(anonymous.getServerVersion()).toMatchObject({ name: 'daily-papers', title: 'Daily Papers' })
    expect(anonymous.getInstructions()).toContain(`The catalogue of research papers at ${server.url}`)
    expect(anonymous.getInstructions()).toContain('This client has no token, so it can only read.')
    expect(await namesOf(anonymous)).toEqual(READ_TOOLS)
    const scopes: [Scope[], string[]][] = [
      [['read'], []],
      [
        ['read', 'vote'],
        ['cast_vote', 'withdraw_vote'],
      ],
      [['read', 'vote', 'submit'], WRITE_TOOLS],
    ]
    for (const [allowed, names] of scopes)
      expect(await namesOf(await connect(revision, await server.tokenOf('ada', allowed)))).toEqual([
        ...READ_TOOLS,
        ...names,
      ])
  })

  test('every tool can be called, and what it returns can be read elsewhere', async () => {
    const client = await connect(revision, await server.tokenOf('ada'))
    const { tools } = await client.listTools()
    const calls: Record<string, Record<string, unknown>> = {
      list_papers: { filter: { topics: ['agents'], minVotes: 1 }, orderBy: 'NEWEST', first: 3 },
      search_papers: { query: 'attention', first: 3 },
      get_edition: {},
      look_up_papers: { identifiers: [{ arxivId: '2601.00002' }] },
      papers_like_these: { like: ['2601.00002'], unlike: ['2601.00005'], first: 3 },
      find_topics: { query: 'agen' },
      find_authors: { query: 'ada' },
      find_organizations: {},
      cast_vote: { paperId: (await paperBy('2601.00002')).id },
      withdraw_vote: { paperId: (await paperBy('2601.00002')).id },
      submit_paper: { input: { arxivId: '2601.00002' } },
    }
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(calls))
    for (const [name, args] of Object.entries(calls)) {
      const { data, text, isError } = await call(client, name, args)
      expect(isError, `${name}: ${text}`).toBe(false)
      expect(text).not.toMatch(/undefined|null|\[object/)
      const { page, feed, graphql } = data.links
      expect(graphql).toMatchObject({ query: expect.stringMatching(/^(query|mutation) /), variables: args })
      const { links: _links, problems, ...own } = data
      expect(problems).toEqual([])
      if (graphql.url !== null) {
        const repeated = await fetch(graphql.url, { headers: { accept: 'application/json' } })
        expect(await repeated.json()).toEqual({ data: own })
      }
      for (const address of [page, feed]) if (address !== null) expect((await fetch(address)).status, address).toBe(200)
    }
  })

  test('what is wrong with a call is said in a result', async () => {
    const client = await connect(revision)
    const readOnly = await connect(revision, await server.tokenOf('ada', ['read']))
    const { id: paperId } = await paperBy('2601.00002')
    const wrong: [Client, string, Record<string, unknown>, RegExp][] = [
      [client, 'list_papers', { filter: { minVotes: 'many' } }, /^BAD_USER_INPUT: .*minVotes/],
      [client, 'list_papers', { filter: { topic: ['agents'] } }, /^BAD_USER_INPUT: .*"topics"/],
      [client, 'list_papers', { orderBy: 'BEST' }, /^BAD_USER_INPUT: .*TRENDING/],
      [client, 'list_papers', { first: 101 }, /^BAD_USER_INPUT: .*100/],
      [client, 'list_papers', { limit: 5 }, /^list_papers has no argument "limit"\. Its arguments are filter, orderBy/],
      [client, 'list_papers', { filter: { listedFrom: '2026-02-30' } }, /^BAD_USER_INPUT: .*2026-02-30/],
      [client, 'search_papers', {}, /^BAD_USER_INPUT: .*\$query/],
      [client, 'search_papers', { query: 'a\0b' }, /^BAD_USER_INPUT: .*NUL/],
      [client, 'look_up_papers', { identifiers: [{ arxivId: '1', doi: '2' }] }, /^BAD_USER_INPUT: .*PaperLookup/],
      [client, 'read_minds', {}, /^There is no tool "read_minds"\. The tools are list_papers, /],
      [client, 'cast_vote', { paperId }, /^Sign in/],
      [readOnly, 'cast_vote', { paperId }, /needs the scope "vote"/],
      [readOnly, 'submit_paper', { input: { arxivId: '2601.00002' } }, /needs the scope "submit"/],
    ]
    for (const [by, name, args, says] of wrong) {
      const { text, isError, data } = await call(by, name, args)
      expect({ isError, data }, text).toEqual({ isError: true, data: undefined })
      expect(text).toMatch(says)
    }
    const { data: unchanged } = await server.ask(
      'query ($id: ID!) { node(id: $id) { ... on Paper { votes { totalCount } } } }',
      {
        id: paperId,
      },
    )
    expect(unchanged.node.votes.totalCount).toBe(0)
  })
})

test('references are checked: what is unknown is said first', async () => {
  const client = await connect(REVISIONS[0])
  const { title, abstract } = await paperBy('2601.00002')
  const identifiers = [
    { text: 'see arXiv:2601.00002v3 [cs.CL]' },
    { doi: '10.9999/invented' },
    { text: 'No such thing. 2024.' },
  ]
  const { text, data } = await call(client, 'look_up_papers', { identifiers })
  expect(data.papersBy.map((paper: { title: string } | null) => paper?.title ?? null)).toEqual([title, null, null])
  expect(text).toContain(
    '1 of 3 are in this catalogue.\n1. Unknown: {"doi":"10.9999/invented"}\n2. Unknown: {"text":"No such thing. 2024."}\n3. ',
  )
  if (abstract !== null) expect(text).toContain(abstract)
})

test('a member of a filter that names nothing is said, beside the papers', async () => {
  const client = await connect(REVISIONS[0])
  const { text, data, isError } = await call(client, 'list_papers', {
    filter: { topics: ['agents', 'agnets'] },
    first: 2,
  })
  expect(isError).toBe(false)
  expect(data.papers.nodes).toHaveLength(2)
  expect(data.problems).toEqual(['Nothing in this catalogue is named by these members of topics: agnets.'])
  expect(text).toContain(data.problems[0])
})

test('pages follow each other, and a text is short however long the page is', async () => {
  const client = await connect(REVISIONS[0])
  const all = await call(client, 'list_papers', { first: 40, orderBy: 'NEWEST' })
  expect(all.data.papers.nodes).toHaveLength(40)
  expect(all.text).toMatch(/more are in the structured content only\.\n\nPage: /)
  const first = await call(client, 'list_papers', { first: 30, orderBy: 'NEWEST' })
  const after = first.data.papers.pageInfo.endCursor
  expect(first.text).toContain(`For more, call again with after: "${after}".`)
  const second = await call(client, 'list_papers', { first: 30, orderBy: 'NEWEST', after })
  expect([...first.data.papers.nodes, ...second.data.papers.nodes]).toEqual(all.data.papers.nodes)
  for (const { authors } of all.data.papers.nodes) {
    expect(authors.nodes.length).toBe(Math.min(5, authors.totalCount))
    if (authors.totalCount > 5) expect(all.text).toContain(`and ${authors.totalCount - 5} more`)
  }
})

test('a list that is too long for an address is repeated by its document', async () => {
  const client = await connect(REVISIONS[0])
  const identifiers = Array.from({ length: 100 }, (_, at) => ({ text: `${at}`.padEnd(90, ' of many words') }))
  const { data, text } = await call(client, 'look_up_papers', { identifiers })
  expect(data.links.graphql).toMatchObject({ variables: { identifiers }, url: null })
  expect(text).not.toContain('GraphQL:')
  expect(text).toContain('0 of 100 are in this catalogue.')
})

test('votes and submissions of a token count as those of its user', async () => {
  const client = await connect(REVISIONS[0], await server.tokenOf('bo'))
  const { id: paperId, voteCount } = await paperBy('2601.00003')
  const votes = async () => (await paperBy('2601.00003')).voteCount
  expect((await call(client, 'cast_vote', { paperId })).data.castVote.paper.voteCount).toBe(voteCount + 1)
  expect(await votes()).toBe(voteCount + 1)
  expect((await call(client, 'withdraw_vote', { paperId })).data.withdrawVote.paper.viewerHasVoted).toBe(false)
  expect(await votes()).toBe(voteCount)
  const missing = await call(client, 'submit_paper', { input: { arxivId: '2602.99999' } })
  expect(missing).toMatchObject({ isError: true, text: expect.stringContaining('`input.paper`') })
  const paper = {
    title: 'Sent by an agent',
    abstract: 'Text.',
    authors: ['Ada Abara'],
    publishedAt: '2026-02-01T00:00:00Z',
  }
  const { data } = await call(client, 'submit_paper', { input: { arxivId: '2602.99999', paper } })
  expect(data.submitPaper).toMatchObject({ isNew: true, paper: { arxivId: '2602.99999', title: 'Sent by an agent' } })
})

test('tools are described by the GraphQL schema, and have each field of the filter', async () => {
  const { tools } = await (await connect(REVISIONS[0])).listTools()
  const [list] = tools
  const { papers } = schema.getQueryType()?.getFields() ?? {}
  expect(list?.description).toBe(papers?.description)
  // biome-ignore lint/suspicious/noExplicitAny: JSON Schema
  const { filter, first, orderBy, after } = (list as { inputSchema: { properties: any } }).inputSchema.properties
  const input = (schema.getType('PaperFilter') as GraphQLInputObjectType).getFields()
  expect(Object.keys(filter.properties)).toEqual(Object.keys(input))
  for (const [name, { description }] of Object.entries(input))
    expect(filter.properties[name].description, name).toBe(description)
  expect(filter.properties.publishedFrom).toMatchObject({ type: 'string', format: 'date' })
  expect(filter.additionalProperties).toBe(false)
  expect(first).toMatchObject({ type: 'integer', default: 10 })
  expect(orderBy.enum).toContain('MOST_VOTED')
  expect(after.description).toBe(papers?.args.find(({ name }) => name === 'after')?.description)
  for (const { description, inputSchema, outputSchema, annotations } of tools) {
    expect(description?.length).toBeGreaterThan(20)
    expect(JSON.stringify(inputSchema)).not.toContain('$ref')
    expect(outputSchema).toMatchObject({ required: expect.arrayContaining(['links', 'problems']) })
    expect(annotations).toMatchObject({ readOnlyHint: true })
  }
  expect(JSON.stringify(tools).length).toBeLessThan(60_000)
})

test('the schema is served as it is printed, with an ETag', async () => {
  const response = await fetch(`${server.url}/schema.graphql`)
  expect(await response.text()).toBe(printSchema())
  const headers = { 'if-none-match': response.headers.get('etag') as string }
  expect((await fetch(`${server.url}/schema.graphql`, { headers })).status).toBe(304)
})

test('llms.txt leads programs to what is here', async () => {
  const response = await fetch(`${server.url}/llms.txt`)
  const text = await response.text()
  expect(text).toMatch(/^# .+\n\n> .+\n/)
  const links = [...text.matchAll(/\]\((\S+)\)/g)].map(([, address]) => address as string)
  expect(links).toContain(`${server.url}/mcp`)
  for (const address of links.filter((each) => !each.endsWith('/mcp'))) {
    const { status } = await fetch(address, { headers: { accept: 'text/html, */*' } })
    expect(status, address).toBeLessThan(400)
  }
})
