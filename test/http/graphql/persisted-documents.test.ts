import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { EMBED_SUBSCRIPTION } from '../../../src/http/graphql/own-documents.ts'
import { PersistedDocuments, sha256 } from '../../../src/http/graphql/persisted-documents.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 10)
const server = await startServer(database, { cacheMegabytes: 64 })
afterAll(async () => {
  await server.close()
  await database.close()
})

const ask = async (params: Record<string, unknown>, init: RequestInit = {}) => {
  const given = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const response = await fetch(`${server.url}/graphql?${new URLSearchParams(given as [string, string][])}`, init)
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  return { status: response.status, ...((await response.json()) as { data?: any; errors?: any[] }) }
}
const persistedQuery = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } })

describe('a document by its id', () => {
  test('is unknown until it is registered, as Apollo clients do', async () => {
    const query = '{ papers(first: 2) { nodes { title } } }'
    const unknown = await ask({ extensions: persistedQuery(query) })
    expect(unknown).toMatchObject({
      status: 200,
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    })
    const strict = { headers: { accept: 'application/graphql-response+json' } }
    expect((await ask({ extensions: persistedQuery(query) }, strict)).status).toBe(404)
    const sent = await ask({ query, extensions: persistedQuery(query) })
    expect(sent.data.papers.nodes).toHaveLength(2)
    expect((await ask({ extensions: persistedQuery(query) })).data).toEqual(sent.data)
    expect((await ask({ documentId: `sha256:${sha256(query)}` })).data).toEqual(sent.data)
  })

  test('must be its hash', async () => {
    const query = '{ papers(first: 3) { nodes { title } } }'
    expect(await ask({ query, extensions: persistedQuery('{ other }') })).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    })
    expect((await ask({ extensions: persistedQuery('{ other }') })).errors?.[0].message).toBe('PersistedQueryNotFound')
    expect((await ask({ extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } })).status).toBe(400)
    for (const documentId of ['sha256:1', 'md5:1', 'x'])
      expect((await ask({ documentId })).errors?.[0].message).toBe('PersistedQueryNotFound')
  })

  test('that is not valid is not registered, and a wrong hash registers nothing', async () => {
    const query = '{ papers('
    expect((await ask({ query, extensions: persistedQuery(query) })).errors?.[0].extensions.code).toBe(
      'GRAPHQL_PARSE_FAILED',
    )
    expect((await ask({ extensions: persistedQuery(query) })).errors?.[0].message).toBe('PersistedQueryNotFound')
  })

  test('is known from the start for the embedded list', async () => {
    const script = await readFile(new URL('../../../src/http/routes/assets/embed.js', import.meta.url), 'utf8')
    expect(script).toContain(`'sha256:${sha256(EMBED_SUBSCRIPTION)}'`)
  })

  test('may be a subscription', async () => {
    const { data } = await server.ask('{ papers(first: 1) { nodes { id } } }')
    const variables = JSON.stringify({ ids: [data.papers.nodes[0].id] })
    const documentId = `sha256:${sha256(EMBED_SUBSCRIPTION)}`
    const giveUp = new AbortController()
    const response = await fetch(`${server.url}/graphql?${new URLSearchParams({ documentId, variables })}`, {
      headers: { accept: 'text/event-stream' },
      signal: giveUp.signal,
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    giveUp.abort()
  })

  test('of a mutation works by POST only', async () => {
    const query = 'mutation { castVote(input: { paperId: "x" }) { __typename } }'
    expect((await ask({ query, extensions: persistedQuery(query) })).status).toBe(405)
    expect((await ask({ documentId: `sha256:${sha256(query)}` })).status).toBe(405)
  })
})

test('registered documents have a limit, and never replace our own', () => {
  const documents = new PersistedDocuments(['{ own }'])
  for (let number = 0; number < 5_000; number += 1) {
    const text = `{ f${number} } #${'x'.repeat(1_000)}`
    documents.register(sha256(text), text)
  }
  const kept = Array.from({ length: 5_000 }, (_, number) =>
    documents.find(sha256(`{ f${number} } #${'x'.repeat(1_000)}`)),
  ).filter((text) => text !== undefined)
  expect(kept.length).toBeGreaterThan(1_000)
  expect(kept.length).toBeLessThan(2_000)
  expect(documents.find(sha256('{ own }'))).toBe('{ own }')
})
