import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type TypedDocumentNode,
} from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { relayStylePagination } from '@apollo/client/utilities'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { REFUSED, UNREACHABLE_PROVIDER } from '../support/refusals.ts'
import { startServer } from '../support/server.ts'

const PAPERS = 30

const database = await freshDatabase()
await givenPapers(database.db, PAPERS)
const server = await startServer(database)

afterAll(async () => {
  await server.close()
  await database.close()
})

interface PapersData {
  papers: {
    totalCount: number
    edges: { cursor: string; node: { id: string; title: string } }[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
  }
}

const LIST: TypedDocumentNode<PapersData, { filter?: object; orderBy?: string; first: number; after?: string | null }> =
  gql`
    query List($filter: PaperFilter, $orderBy: PaperOrder! = MOST_VOTED, $first: Int!, $after: String) {
      papers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        totalCount
        edges {
          cursor
          node {
            id
            title
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `

const PAPER: TypedDocumentNode<{ node: { id: string; title: string; voteCount: number } }, { id: string }> = gql`
  query Paper($id: ID!) {
    node(id: $id) {
      id
      ... on Paper {
        title
        voteCount
      }
    }
  }
`

let client: ApolloClient

beforeEach(() => {
  client = new ApolloClient({
    link: new HttpLink({ uri: `${server.url}/graphql` }),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { papers: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  })
})

test('Apollo Client queries with a filter in variables', async () => {
  const { data } = await client.query({
    query: LIST,
    variables: { filter: { topics: ['cs.cl'], publishedFrom: '2026-02-01' }, orderBy: 'NEWEST', first: 2 },
  })
  expect(data?.papers.edges).toHaveLength(2)
  expect(data?.papers.totalCount).toBe(3)
})

test('Apollo Client pages a list to its end and merges the pages in its cache', async () => {
  const list = client.watchQuery({ query: LIST, variables: { first: 7 } })
  const subscription = list.subscribe(() => {})
  await expect.poll(() => list.getCurrentResult().dataState).toBe('complete')

  const pageSizes: number[] = []
  const gathered = () => client.readQuery({ query: LIST, variables: { first: 7 } }) as PapersData
  for (let page = gathered(); page.papers.pageInfo.hasNextPage && pageSizes.length < PAPERS; page = gathered()) {
    const more = await list.fetchMore({ variables: { after: page.papers.pageInfo.endCursor } })
    pageSizes.push(more.data?.papers.edges.length ?? 0)
  }
  subscription.unsubscribe()

  expect(pageSizes).toEqual([7, 7, 7, 2])
  const ids = gathered().papers.edges.map((edge) => edge.node.id)
  expect(ids).toHaveLength(PAPERS)
  expect(new Set(ids).size).toBe(PAPERS)
  const whole = await server.ask('{ papers(orderBy: MOST_VOTED, first: 100) { nodes { id } } }')
  expect(ids).toEqual(whole.data.papers.nodes.map(({ id }: { id: string }) => id))
})

test('Apollo Client reads a paper again by its id, into the same entry of its cache', async () => {
  const { data } = await client.query({ query: LIST, variables: { first: 1 } })
  const [edge] = data?.papers.edges ?? []
  const again = await client.query({
    query: PAPER,
    variables: { id: edge?.node.id ?? '' },
    fetchPolicy: 'network-only',
  })
  expect(again.data?.node).toMatchObject({ id: edge?.node.id, title: edge?.node.title })
  const papersInCache = Object.keys(client.cache.extract() as object).filter((key) => key.startsWith('Paper:'))
  expect(papersInCache).toEqual([`Paper:${edge?.node.id}`])
})

test('Apollo Client gives the error code of a wrong argument', async () => {
  const error: unknown = await client.query({ query: LIST, variables: { first: 101 } }).catch((reason) => reason)
  expect(CombinedGraphQLErrors.is(error)).toBe(true)
  const { errors } = error as CombinedGraphQLErrors
  expect(errors).toMatchObject([{ path: ['papers'], extensions: { code: 'BAD_USER_INPUT', argument: 'first' } }])
})

test('Apollo Client gives the error code of a wrong variable', async () => {
  const variables = { filter: { publishedFrom: '2026-02-30' }, first: 1 }
  const error: unknown = await client.query({ query: LIST, variables }).catch((reason) => reason)
  expect(CombinedGraphQLErrors.is(error)).toBe(true)
  expect((error as CombinedGraphQLErrors).errors[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

/** Apollo's recipe for authentication, with the header of a user who may be signed in. */
const signedIn = (header: () => string) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new SetContextLink(({ headers }) => ({ headers: { ...headers, authorization: header() } })),
      new HttpLink({ uri: `${server.url}/graphql` }),
    ]),
  })

test("Apollo's sign-in recipe, which sends an empty credential while nobody is signed in", async () => {
  let token: string | null = null
  const visitor = signedIn(() => (token ? `Bearer ${token}` : ''))
  const query = gql`
    {
      viewer {
        handle
      }
      papers(first: 1) {
        totalCount
      }
    }
  `
  const read = async () => (await visitor.query({ query, fetchPolicy: 'network-only' })).data
  expect(await read()).toMatchObject({ viewer: null, papers: { totalCount: PAPERS } })
  token = await server.tokenOf('ada')
  expect(await read()).toMatchObject({ viewer: { handle: 'ada' }, papers: { totalCount: PAPERS } })
})

test.each(REFUSED)('Apollo Client shows why a request is refused with $status', async (refused) => {
  const { code, message, authorization, text = '' } = refused
  const strict = await startServer(database, { identityProvider: UNREACHABLE_PROVIDER })
  onTestFinished(() => strict.close())
  const refusing = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: `${strict.url}/graphql`, headers: authorization ? { authorization } : {} }),
  })
  const variables = { filter: { query: text }, first: 1 }
  const error: unknown = await refusing.query({ query: LIST, variables }).catch((reason) => reason)
  expect(CombinedGraphQLErrors.is(error)).toBe(true)
  expect((error as CombinedGraphQLErrors).errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code } },
  ])
})

test('Apollo Client shows what is wrong with "Bearer null"', async () => {
  const forgetful = signedIn(() => `Bearer ${null}`)
  const error: unknown = await forgetful.query({ query: LIST, variables: { first: 1 } }).catch((reason) => reason)
  expect(CombinedGraphQLErrors.is(error)).toBe(true)
  expect((error as CombinedGraphQLErrors).errors).toMatchObject([
    { message: expect.stringMatching(/^The client sent the word "null" instead of a token/) },
  ])
})
