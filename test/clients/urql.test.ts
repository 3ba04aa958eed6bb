import { Client, cacheExchange, fetchExchange, gql, type TypedDocumentNode } from '@urql/core'
import { afterAll, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

const PAPERS = 30

const database = await freshDatabase()
await givenPapers(database.db, PAPERS)
const server = await startServer(database)
const client = new Client({ url: `${server.url}/graphql`, exchanges: [cacheExchange, fetchExchange] })

afterAll(async () => {
  await server.close()
  await database.close()
})

interface PapersData {
  papers: {
    nodes: { id: string; title: string; publishedAt: string }[]
    pageInfo: { hasPreviousPage: boolean; startCursor: string | null }
  }
}

const LIST: TypedDocumentNode<PapersData, { filter?: object; last: number; before?: string | null }> = gql`
  query List($filter: PaperFilter, $last: Int!, $before: String) {
    papers(filter: $filter, orderBy: NEWEST, last: $last, before: $before) {
      nodes {
        id
        title
        publishedAt
      }
      pageInfo {
        hasPreviousPage
        startCursor
      }
    }
  }
`

test('urql queries with a filter in variables', async () => {
  const filter = { topics: ['agents'], publishedTo: '2026-01-31' }
  const { data, error } = await client.query(LIST, { filter, last: 2 })
  expect(error).toBeUndefined()
  expect(data?.papers.nodes).toHaveLength(2)
  for (const paper of data?.papers.nodes ?? []) expect(paper.publishedAt < '2026-02-01').toBe(true)
})

test('urql pages backwards from the end of a list to its beginning', async () => {
  const pages: PapersData['papers'][] = []
  let before: string | null = null
  do {
    const { data, error }: { data?: PapersData; error?: Error } = await client.query(LIST, { last: 7, before })
    expect(error).toBeUndefined()
    if (!data) break
    pages.unshift(data.papers)
    before = data.papers.pageInfo.startCursor
  } while (pages[0]?.pageInfo.hasPreviousPage && pages.length < PAPERS)

  expect(pages.map((page) => page.nodes.length)).toEqual([2, 7, 7, 7, 7])
  const whole = await server.ask('{ papers(orderBy: NEWEST, first: 100) { nodes { id } } }')
  const ids = pages.flatMap((page) => page.nodes.map((paper) => paper.id))
  expect(new Set(ids).size).toBe(PAPERS)
  expect(ids).toEqual(whole.data.papers.nodes.map(({ id }: { id: string }) => id))
})

test('urql returns a repeated query from its cache', async () => {
  const variables = { last: 3 }
  const first = await client.query(LIST, variables)
  const second = await client.query(LIST, variables)
  expect(second.data).toEqual(first.data)
  expect(second.operation.context.meta?.cacheOutcome).toBe('hit')
})

test('urql queries by GET', async () => {
  const { data, error } = await client.query(
    LIST,
    { last: 1 },
    { preferGetMethod: 'force', requestPolicy: 'network-only' },
  )
  expect(error).toBeUndefined()
  expect(data?.papers.nodes).toHaveLength(1)
})

test('urql gives the error code of a wrong argument', async () => {
  const { data, error } = await client.query(LIST, { last: 0 })
  expect(data).toBeFalsy()
  expect(error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'last' })
})
