import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { givenPapers } from '../support/catalogue.ts'
import { findChromium, startChromium } from '../support/chromium.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** All that a page needs to show live counts: this script and no library. */
const PAGE = `<!doctype html>
<title>Live</title>
<ol id="log"></ol>
<script>
  const events = new EventSource(new URLSearchParams(location.search).get('stream'))
  const say = (text) => document.querySelector('#log').append(Object.assign(document.createElement('li'), { textContent: text }))
  events.addEventListener('open', () => say('open'))
  events.addEventListener('next', ({ data }) => say(data))
  events.addEventListener('complete', () => { say('complete'); events.close() })
  events.addEventListener('error', () => say('error'))
</script>`

describe.skipIf(!findChromium())("a browser's EventSource on a page of another site", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
    return () => browser.close()
  })

  const vote = (server: TestServer, id: string, token: string) =>
    server.ask(
      'mutation ($id: ID!) { castVote(input: { paperId: $id }) { ... on VotePayload { paper { voteCount } } } }',
      { id },
      token,
    )

  test('receives live counts, until the server stops', async () => {
    const { server, ids } = await start()
    const subscription = `subscription { voteCountChanged(paperIds: ["${ids[0]}"]) { id voteCount } }`
    const { lines } = await openPage(server, subscription)
    await expect.poll(lines).toEqual(['open'])
    for (let voter = 1; voter <= 3; voter += 1) {
      const { data } = await vote(server, ids[0], await server.tokenOf(`voter-${voter}`))
      const { voteCount } = data.castVote.paper
      await expect.poll(lines).toHaveLength(1 + voter)
      const last = (await lines()).at(-1) as string
      expect(JSON.parse(last)).toEqual({ data: { voteCountChanged: { id: ids[0], voteCount } } })
    }
    await server.close()
    await expect.poll(lines).toHaveLength(5)
    expect((await lines()).at(-1)).toBe('complete')
  })

  test('receives the errors of an operation in the stream', async () => {
    const { server } = await start()
    for (const [subscription, message] of [
      ['subscription { voteCountChanged(paperIds: []) { id } }', /must have 1 to 100 members/],
      ['subscription { voteCountChanged(paperIds: ["x"]) { nothing } }', /Cannot query field/],
      ['subscription ($ids: [ID!]!) { voteCountChanged(paperIds: $ids) { id } }', /was not provided/],
    ] as const) {
      const { lines } = await openPage(server, subscription)
      await expect.poll(lines).toEqual(['open', expect.stringMatching(message), 'complete'])
    }
  })

  /** A server with papers of its own. */
  async function start() {
    const database = await freshDatabase()
    const { paperIds } = await givenPapers(database.db, 5)
    const server = await startServer(database)
    onTestFinished(async () => {
      await server.close()
      await database.close()
    })
    return { server, ids: paperIds.map((id) => encodeGlobalId('Paper', id)) as [string, ...string[]] }
  }

  /** Opens the page at an origin other than the server's. Returns the lines that it shows. */
  async function openPage(server: TestServer, subscription: string) {
    const site = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const page: Page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      site.close()
    })
    const stream = `${server.url}/graphql?${new URLSearchParams({ query: subscription })}`
    const { port } = site.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams({ stream })}`)
    return { lines: () => page.locator('#log li').allTextContents() }
  }
})
