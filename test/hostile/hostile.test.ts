import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { exchange } from '../fuzz/exchange.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { newSigner, startIdentityProvider, type TestProvider } from '../support/identity-provider.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bytesOf, type HostileInput, type Known } from './input.ts'
import { HOSTILE_INPUTS } from './inputs.ts'
import { knownOf } from './known.ts'
import { MARK } from './submissions.ts'

const [signer, stranger] = [newSigner('key'), newSigner('stranger')]

let database: FreshDatabase
let provider: TestProvider
let server: TestServer
let known: Known
let papers: unknown
beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 20)
  provider = await startIdentityProvider()
  provider.publish(signer.jwk)
  server = await startServer(database, { cacheMegabytes: 4, identityProvider: provider.settings })
  await server.tokenOf('hostile')
  known = await knownOf(server.url, { accessToken: await server.tokenOf('mallory'), provider, signer, stranger })
  papers = await stored()
})
afterAll(async () => {
  await server?.close()
  await provider?.close()
  await database?.close()
})

/** The papers that no input submitted, with their votes. */
const stored = () =>
  database.db.execute(
    `select id, title, vote_count, hidden_at from papers where arxiv_id is null or arxiv_id not like '2512.%' order by id`,
  )

let variant = 0

async function send(input: HostileInput) {
  variant += 1
  const request = input.request(variant, known)
  const response = await exchange(server.url, bytesOf(request), { method: request.method ?? 'GET', isComplete: true })
  if (response === null) throw new Error('The connection was closed without a response.')
  return { ...response, text: response.body.toString() }
}

const families = new Map<string, HostileInput[]>()
for (const input of HOSTILE_INPUTS) {
  const name = input.name.slice(0, input.name.indexOf(':'))
  families.set(name, [...(families.get(name) ?? []), input])
}

test('there are enough inputs, and no name is there twice', () => {
  expect(HOSTILE_INPUTS.length).toBeGreaterThan(250)
  expect(new Set(HOSTILE_INPUTS.map(({ name }) => name)).size).toBe(HOSTILE_INPUTS.length)
})

describe.each([...families])('%s', (_, inputs) => {
  beforeEach(() => {
    server.logged.length = 0
  })
  afterEach(() => {
    expect(server.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
  afterAll(async () => {
    const { data } = await server.ask('{ papers(first: 1) { nodes { title } } }')
    expect(data.papers.nodes).toHaveLength(1)
  })

  test.each(inputs.map((input) => [input.name, input] as const))('%s', async (_, input) => {
    const { status, code, says, hides } = input
    // Compiled from the third time on.
    for (const time of code === null ? [1, 2, 3] : [1]) {
      const response = await send(input)
      const found = /"errors":\[.*?"code":"(\w+)"/s.exec(response.text)?.[1] ?? null
      const shown = response.text.slice(0, 500)
      expect({ status: response.status, ...(code !== undefined && { code: found }) }, `${time}: ${shown}`).toEqual({
        status,
        ...(code !== undefined && { code }),
      })
      if (says) expect(response.text, shown).toMatch(says)
      if (hides) expect(response.text, shown).not.toMatch(hides)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect([...response.headers.keys()]).not.toContain('set-cookie')
      expect([...response.headers.keys()]).not.toContain('access-control-allow-credentials')
      // Nothing reveals the program, a path or a statement.
      expect(response.text).not.toMatch(/node_modules|\.ts:\d|\/work\/|select .* from/)
    }
  })
})

test('afterwards the catalogue is as it was', async () => {
  expect(await stored()).toEqual(papers)
})

test('what was submitted is text wherever it is shown', async () => {
  const { data } = await server.ask(`{ papers(first: 100, filter: { query: "${MARK}" }) { nodes { arxivId title } } }`)
  expect(data.papers.nodes.length).toBeGreaterThan(15)
  const paths = ['/', '/embed?first=50&orderBy=NEWEST', '/feeds/papers.rss?first=100', '/feeds/papers.atom?first=100']
  for (const { arxivId } of data.papers.nodes) paths.push(`/papers/${arxivId}`, `/papers/${arxivId}.md`)
  for (const path of paths) {
    const response = await fetch(server.url + path)
    expect(response.status, path).toBe(200)
    const text = await response.text()
    // Markdown has backslashes before signs.
    expect(text, path).not.toMatch(
      /(?<!\\)<(script>hurt|img src=x|svg\/onload|iframe srcdoc)|href="javascript:|(?<!\\)\](?<!\\)\]>.?<hurt/i,
    )
  }
})
