import { afterAll, describe, expect, test } from 'vitest'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { HOSTILE_ID, importHostilePaper } from '../../support/hostile.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 10)
await importHostilePaper(database.db)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const get = (path: string, accept?: string) => fetch(`${server.url}${path}`, { headers: accept ? { accept } : {} })

const { data } = await server.ask(
  '{ papers(first: 100) { nodes { arxivId url citation ris: citation(format: RIS) csl: citation(format: CSL_JSON) } } }',
)
const paper = data.papers.nodes.find((one: { arxivId: string }) => one.arxivId === '2601.00001')
const FORMS = [
  ['bib', 'application/x-bibtex', paper.citation],
  ['ris', 'application/x-research-info-systems', paper.ris],
  ['csl.json', 'application/vnd.citationstyles.csl+json', paper.csl],
] as const

describe.each(FORMS)('a citation as %s', (extension, mediaType, text) => {
  test('has an address of its own, and that of the page for who asks for its type', async () => {
    const file = await get(`/papers/2601.00001.${extension}`, 'text/html')
    const accepted = await get('/papers/2601.00001v3', `${mediaType}, text/html;q=0.5`)
    for (const response of [file, accepted]) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(`${mediaType}; charset=utf-8`)
      expect(response.headers.get('link')).toBe(`<${paper.url}>; rel="describes"`)
      expect(await response.text()).toBe(text)
    }
    expect(accepted.headers.get('vary')).toBe('Accept, Accept-Encoding')
  })

  test('of no paper is a sentence', async () => {
    for (const response of [await get(`/papers/2601.88888.${extension}`), await get('/papers/nothing', mediaType)]) {
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toContain('text/plain')
      expect(await response.text()).toContain('There is no paper at this address.')
    }
  })
})

test('a type that a paper does not have is refused with those that it has', async () => {
  const response = await get('/papers/2601.00001', 'application/pdf')
  expect(response.status).toBe(406)
  expect(response.headers.get('vary')).toBe('Accept, Accept-Encoding')
  const text = await response.text()
  for (const mediaType of ['text/html', 'text/markdown', ...FORMS.map(([, type]) => type)])
    expect(text).toContain(mediaType)
})

test.each([undefined, '*/*', 'text/*', 'text/html,application/xhtml+xml,*/*;q=0.8'])(
  'who accepts %s gets the page',
  async (accept) => {
    const response = await get('/papers/2601.00001', accept)
    expect(response.headers.get('content-type')).toContain('text/html')
  },
)

test("the page's headers lead programs to the DOI, the authors and the citations", async () => {
  const link = (await get('/papers/2601.00001')).headers.get('link')
  expect(link).toContain('<https://doi.org/10.48550/arXiv.2601.00001>; rel="cite-as"')
  expect(link).toContain('<https://schema.org/ScholarlyArticle>; rel="type"')
  expect(link).toMatch(/<[^>]+\/authors\/[^>]+>; rel="author"/)
  for (const [extension, mediaType] of FORMS)
    expect(link).toContain(`<${paper.url}.${extension}>; rel="describedby"; type="${mediaType}"`)
})

test('markup in the texts of a paper opens nothing in its citations', async () => {
  for (const [extension] of FORMS) {
    const response = await get(`/papers/${HOSTILE_ID}.${extension}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})
