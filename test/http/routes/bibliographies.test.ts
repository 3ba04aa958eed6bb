import { afterAll, expect, test } from 'vitest'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 130)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const get = async (address: string) => {
  const response = await fetch(new URL(address, server.url))
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const keysOf = (bibtex: string) => [...bibtex.matchAll(/^@misc\{(.+),$/gm)].map(([, key]) => key)

test('a list has the address of its bibliography, with the same filter, in both formats', async () => {
  const { data } = await server.ask(
    '{ papers(filter: { minVotes: 1 }, orderBy: MOST_VOTED, first: 30) { feeds { bibtex ris } nodes { citation ris: citation(format: RIS) } } }',
  )
  const { feeds, nodes } = data.papers
  expect(nodes.length).toBeGreaterThan(5)
  const bibtex = await get(feeds.bibtex)
  expect(bibtex.headers.get('content-type')).toBe('application/x-bibtex; charset=utf-8')
  expect(bibtex.text).toBe(nodes.map(({ citation }: { citation: string }) => citation).join('\n'))
  const ris = await get(feeds.ris)
  expect(ris.text).toBe(nodes.map(({ ris }: { ris: string }) => ris).join('\r\n'))
  expect(bibtex.headers.get('link')).toContain(`<${server.url}/papers?`)
})

test('a long bibliography is read in pages, each paper once', async () => {
  const first = await get('/feeds/papers.bib?orderBy=OLDEST&first=100')
  expect(keysOf(first.text)).toHaveLength(100)
  const [, next = ''] = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? []
  const second = await get(next)
  const keys = [...keysOf(first.text), ...keysOf(second.text)]
  expect(keys).toHaveLength(130)
  expect(new Set(keys).size).toBe(130)
  expect(second.headers.get('link')).not.toContain('rel="next"')
})

test('editions and saved filters have bibliographies, too', async () => {
  const { data } = await server.ask('{ edition { startsOn papers(first: 100) { totalCount } } }')
  const { startsOn, papers } = data.edition
  for (const address of [`/feeds/editions/day/${startsOn}.bib`, '/feeds/editions/day/latest.bib'])
    expect(keysOf((await get(address)).text), address).toHaveLength(papers.totalCount)

  const token = await server.tokenOf('ada')
  const saved = await server.ask(
    'mutation { createSavedFilter(input: { name: "Mine", filter: { minVotes: 1 } }) { ... on SavedFilterPayload { savedFilter { feeds { bibtex } } } } }',
    {},
    token,
  )
  const mine = await get(saved.data.createSavedFilter.savedFilter.feeds.bibtex)
  expect(keysOf(mine.text).length).toBeGreaterThan(5)
  expect(mine.headers.get('cache-control')).toContain('private')
  expect(mine.headers.get('link')).toBeNull()
  expect((await get('/feeds/saved/nobody.bib')).status).toBe(404)
})

test('a wrong parameter is refused in a sentence', async () => {
  const { status, headers, text } = await get('/feeds/papers.ris?minVote=1')
  expect(status).toBe(400)
  expect(headers.get('content-type')).toContain('text/plain')
  expect(text).toContain('"minVote"')
})
