import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FEED_FORMATS, feedContentType } from '../../../src/formats/feed/formats.ts'
import { FEED_DEFAULTS, feedLinks } from '../../../src/formats/links.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { CHECKS } from './rules.ts'

let database: FreshDatabase
let server: TestServer
/** The first day of the newest edition. */
let day: string

beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 10)
  server = await startServer(database)
  const { data } = await server.ask('{ edition { startsOn } }')
  day = data.edition.startsOn
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const page = async (path: string): Promise<string> => (await fetch(server.url + path)).text()

/** Whether a `link` element of the given type and a visible link lead to an address. */
const linksTo = (html: string, address: string, mediaType: string): { head: boolean; body: boolean } => ({
  head: html.includes(`<link rel="alternate" type="${mediaType}" href="${address}"`),
  body: html.includes(`<a href="${address}">`),
})

describe.each(FEED_FORMATS)('the feed format $name', (format) => {
  const { extension, mediaType } = format

  test('is served by every feed route with its media type', async () => {
    const paths = [
      'papers',
      'editions/day',
      'editions/week',
      'editions/month',
      ...[`day/${day}`, `week/${day}`, 'day/latest', 'month/latest'].map((name) => `editions/${name}`),
    ]
    for (const path of paths) {
      const response = await fetch(`${server.url}/feeds/${path}.${extension}`)
      expect([response.status, response.headers.get('content-type')], path).toEqual([200, feedContentType(format)])
      expect(CHECKS[extension](await response.text()).length, path).toBeGreaterThan(0)
    }
  })

  test('is linked from the home page, the docs, the pages of editions and every list', async () => {
    const list = feedLinks(server.url, { filter: {}, ...FEED_DEFAULTS })[extension]
    expect(list).toBe(`${server.url}/feeds/papers.${extension}`)
    const home = await page('/')
    expect(linksTo(home, list, mediaType).head).toBe(true)
    const docs = await page('/docs')
    expect(linksTo(docs, list, mediaType).body).toBe(true)
    for (const period of ['day', 'week', 'month'])
      for (const name of [period, `${period}/latest`])
        expect(docs).toContain(`<a href="${server.url}/feeds/editions/${name}.${extension}">`)
    expect(linksTo(await page('/papers'), list, mediaType)).toEqual({ head: true, body: true })
    const edition = await page(`/editions/${day}`)
    expect(linksTo(edition, `${server.url}/feeds/editions/day/${day}.${extension}`, mediaType)).toEqual({
      head: true,
      body: true,
    })
  })

  test('has a field of `feeds` in GraphQL', async () => {
    const { data } = await server.ask(`{ papers { feeds { ${extension} } } }`)
    expect(data.papers.feeds).toEqual({ [extension]: `${server.url}/feeds/papers.${extension}` })
  })
})
