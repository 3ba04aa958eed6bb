import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { papers } from '../../drizzle/tables/papers.ts'
import { HOST_SCRIPT } from '../../src/formats/html/embed-page.ts'
import { iframe } from '../../src/formats/links.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { entryOf } from '../ingest/fixtures.ts'
import { givenPapers } from '../support/catalogue.ts'
import { findChromium, HAS_NOTO, type Site, startBrowserTest, startChromium, startSite } from '../support/chromium.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { HOSTILE_ID, importHostilePaper, MARKUP } from '../support/hostile.ts'
import { ROOT } from '../support/program.ts'
import { startServer, type TestServer } from '../support/server.ts'

// The element and the frame on a page of another site, in a real browser.

const FALLBACK = 'Shown until the papers are there'
/** A strict content security policy: nothing but what the element and the frame need from this server. */
const strictPolicy = (url: string) =>
  `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src ${url}; connect-src ${url}; img-src ${url}; frame-src ${url}">`

describe.skipIf(!findChromium())('in Chromium', () => {
  let database: FreshDatabase
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    const started = await startBrowserTest(async (db) => {
      await givenPapers(db, 30)
      await importHostilePaper(db)
    })
    ;({ database, server, browser } = started)
    return started.close
  })

  const script = (url = server.url) => `<script type="module" src="${url}/embed.js"></script>`
  const element = (attributes: string) => `<daily-papers ${attributes}><p>${FALLBACK}</p></daily-papers>`
  const frame = (query: string) => `<iframe src="${server.url}/embed?${query}" width="600" height="700"></iframe>`

  interface Visit {
    page: Page
    /** Warnings and errors in the console. A violation of a policy is one. */
    complaints: string[]
    /** The address of each request. */
    requested: string[]
  }

  /** Opens a page of another site with a body. */
  async function visit(
    body: string,
    { head = '', ...options }: { head?: string; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Visit> {
    const site: Site = await startSite({
      '/': `<!doctype html><html lang="en"><head><title>A lab</title>${head}</head><body>${body}</body></html>`,
    })
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    const requested: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => requested.push(request.url()))
    onTestFinished(async () => {
      await context.close()
      await site.close()
    })
    await page.goto(site.url)
    return { page, complaints, requested }
  }

  const items = (page: Page) => page.locator('daily-papers .item')
  const titles = (page: Page) => page.locator('daily-papers .title').allInnerTexts()

  test('the element and the frame show the same papers, and the page violates no policy', async () => {
    const query = 'topics=agents,retrieval&orderBy=MOST_VOTED&first=5'
    const { page, complaints } = await visit(
      `${element('topics="agents,retrieval" order-by="MOST_VOTED" first="5" live')}${frame(query)}${script()}`,
      { head: strictPolicy(server.url) },
    )
    await items(page).nth(4).waitFor()
    const cards = page.frameLocator('iframe').locator('.paper')
    await cards.nth(4).waitFor()
    expect([await items(page).count(), await cards.count()]).toEqual([5, 5])
    for (const part of ['.title', '.votes', '.authors', '.facts', '.topics li'])
      expect(await page.locator(`daily-papers ${part}`).allTextContents(), part).toEqual(
        await page.frameLocator('iframe').locator(`.paper ${part}`).allTextContents(),
      )
    const addresses = (all: Element[]) => all.map((link) => (link as unknown as { href: string }).href)
    expect(await page.locator('daily-papers .title a').evaluateAll(addresses)).toEqual(
      await page.frameLocator('iframe').locator('.title a').evaluateAll(addresses),
    )
    const whole = [
      await page.locator('daily-papers .source a', { hasText: 'See all' }).getAttribute('href'),
      await page.frameLocator('iframe').locator('footer a', { hasText: 'See all' }).getAttribute('href'),
    ]
    // The page of the list, without the limit of papers that are shown here.
    const list = `${server.url}/papers?topics=agents,retrieval&orderBy=MOST_VOTED`
    expect(whole.map((address) => decodeURIComponent(address ?? ''))).toEqual([list, list])
    expect(complaints).toEqual([])
  })

  test('both show an edition by its name', async () => {
    const { page, complaints } = await visit(
      `${element('edition="month/2026-01" order-by="MOST_VOTED"')}${frame('edition=2026-01&orderBy=MOST_VOTED')}${script()}`,
    )
    await items(page).nth(1).waitFor()
    await page.frameLocator('iframe').locator('.paper').nth(1).waitFor()
    expect(await page.frameLocator('iframe').locator('.title').allTextContents()).toEqual(
      await page.locator('daily-papers .title').allTextContents(),
    )
    const dates = await page
      .locator('daily-papers time')
      .evaluateAll((all) => all.map((one) => one.getAttribute('datetime')))
    expect(new Set(dates.map((date) => date?.slice(0, 7)))).toEqual(new Set(['2026-01']))
    expect(complaints).toEqual([])
  })

  test('an unknown topic is told on the console, and the papers are shown all the same', async () => {
    const { page, complaints } = await visit(element('topics="agents,agnets" organizations="" first="2"') + script())
    await items(page).nth(1).waitFor()
    expect(complaints).toEqual(['daily-papers: unknown topics: agnets'])
  })

  test('readers of the element go to the edition before and back, with the same filter, and by keyboard', async () => {
    const { data } = await server.ask(
      '{ edition { papers(filter: { topics: ["agents"] }) { nodes { title } } previous { papers(filter: { topics: ["agents"] }) { nodes { title } } } } }',
    )
    const titlesOf = ({ papers }: { papers: { nodes: { title: string }[] } }) => papers.nodes.map(({ title }) => title)
    const { page, complaints } = await visit(element('edition="day" topics="agents"') + script())
    const heading = page.locator('daily-papers .edition')
    await heading.waitFor()
    const newest = await heading.innerText()
    expect(await titles(page)).toEqual(titlesOf(data.edition))
    expect(await page.locator('daily-papers time').count()).toBe(0)
    const before = page.getByRole('button', { name: 'The edition before' })
    await before.focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => heading.innerText()).not.toBe(newest)
    expect(await titles(page)).toEqual(titlesOf(data.edition.previous))
    // The focus stays, so that a key goes on through the editions.
    expect(await before.evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button)).toBe(true)
    await page.getByRole('button', { name: 'The edition after' }).click()
    await expect.poll(() => heading.innerText()).toBe(newest)
    expect(await page.getByRole('button', { name: 'The edition after' }).isDisabled()).toBe(true)
    // A change of the attribute begins anew.
    await page.locator('daily-papers').evaluate((node) => node.setAttribute('edition', '2026-01'))
    await expect.poll(() => heading.innerText()).toBe('January 2026')
    expect(complaints).toEqual([])
  })

  test('the script works when it is pinned by its hash, and not when it is another', async () => {
    const docs = await (await fetch(`${server.url}/docs`)).text()
    const pinned = (/&lt;script type=&quot;module.*?&lt;\/script&gt;/s.exec(docs)?.[0] ?? '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
    expect(pinned).toContain('integrity="sha384-')
    const { page, complaints } = await visit(element('first="2"') + pinned)
    await items(page).nth(1).waitFor()
    expect(complaints).toEqual([])
    const other = await visit(element('first="2"') + pinned.replace(/sha384-.{8}/, 'sha384-AAAAAAAA'))
    await expect.poll(() => other.complaints.join()).toContain('integrity')
    expect(await other.page.getByText(FALLBACK).isVisible()).toBe(true)
  })

  test('both follow the light or dark theme of the system, or have the theme of their attribute', async () => {
    const body = ['auto', 'light', 'dark']
      .map((theme) => `${element(`first="1" theme="${theme}"`)}${frame(`first=1&theme=${theme}`)}`)
      .join('')
    const { page } = await visit(body + script(), { colorScheme: 'light' })
    await items(page).nth(2).waitFor()
    const background = (node: Element) => getComputedStyle(node).backgroundColor
    const backgrounds = async () => {
      const frames = page.locator('iframe')
      const seen: string[] = []
      for (const place of [0, 1, 2]) {
        seen.push(await page.locator('daily-papers').nth(place).evaluate(background))
        seen.push(await frames.nth(place).contentFrame().locator('body').evaluate(background))
      }
      return seen
    }
    const [light, dark] = ['rgb(255, 255, 255)', 'rgb(23, 22, 20)']
    expect(await backgrounds()).toEqual([light, light, light, light, dark, dark])
    await page.emulateMedia({ colorScheme: 'dark' })
    // The page is white in a dark system too, and so is the element.
    expect(await backgrounds()).toEqual([light, dark, light, light, dark, dark])
  })

  describe('the fallback inside the element stays visible', () => {
    /** A server that serves the script with a shorter timeout, and answers every other request with `answer`. */
    async function brokenServer(answer: (response: ServerResponse, path: string) => void): Promise<string> {
      const original = await (await fetch(`${server.url}/embed.js`)).text()
      const text = original.replace('TIMEOUT = 8_000', 'TIMEOUT = 1_000')
      expect(text).not.toBe(original)
      const broken = createServer((request, response) => {
        response.setHeader('access-control-allow-origin', '*')
        if (request.url !== '/embed.js') return answer(response, request.url ?? '')
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(text)
      })
      await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve))
      onTestFinished(async () => {
        broken.closeAllConnections()
        await new Promise((resolve) => broken.close(resolve))
      })
      return `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
    }

    const answers: [string, (response: ServerResponse) => void][] = [
      ['responds with 500', (response) => response.writeHead(500).end('{"items":[{"title":"Not to be shown"}]}')],
      ['closes the connection', (response) => response.destroy()],
      ['responds with HTML', (response) => response.end('<p>Welcome to the hotel</p>')],
      ['responds with JSON of another shape', (response) => response.end('{"items":{"length":3}}')],
    ]
    test.each(answers)('when the server %s', async (_, answer) => {
      const url = await brokenServer(answer)
      const { page, complaints } = await visit(element('first="5" live') + script(url))
      await expect.poll(() => complaints.join()).toContain('daily-papers:')
      expect(await page.getByText(FALLBACK).isVisible()).toBe(true)
      expect(await items(page).count()).toBe(0)
    })

    test('when the server is down', async () => {
      const { page } = await visit(element('first="5"') + script('http://127.0.0.1:1'))
      expect(await page.getByText(FALLBACK).isVisible()).toBe(true)
    })

    test('when the server is slow and the request times out', async () => {
      let closed = 0
      const url = await brokenServer((response) => {
        response.on('close', () => (closed += 1))
        response.write('{"items":[')
      })
      const { page, complaints } = await visit(element('first="5"') + script(url))
      const isVisible = () => page.getByText(FALLBACK).isVisible()
      expect(await isVisible()).toBe(true)
      await expect.poll(() => complaints.join()).toContain('daily-papers:')
      // The connection closes after the line in the console, in another process.
      await expect.poll(() => closed).toBe(1)
      expect(await isVisible()).toBe(true)
    })

    test('when an attribute has a wrong value; the console says why', async () => {
      const { page, complaints } = await visit(element('first="5" min-votes="many"') + script())
      await expect.poll(() => complaints.join()).toContain('must be a whole number.')
      expect(await page.getByText(FALLBACK).isVisible()).toBe(true)
    })

    test('until the server responds again and the page becomes visible or the network returns', async () => {
      const good = await (await fetch(`${server.url}/feeds/papers.json?first=2`)).text()
      for (const event of [
        'window.dispatchEvent(new Event("online"))',
        'document.dispatchEvent(new Event("visibilitychange"))',
      ]) {
        let isBack = false
        const url = await brokenServer((response) => (isBack ? response.end(good) : response.writeHead(503).end()))
        const { page, complaints } = await visit(element('first="2"') + script(url))
        await expect.poll(() => complaints.join()).toContain('daily-papers:')
        isBack = true
        await page.evaluate(event)
        await items(page).nth(1).waitFor()
      }
    })

    test('a list stays when it cannot be refreshed; when its attributes change, the fallback returns', async () => {
      const good = await (await fetch(`${server.url}/feeds/papers.json?first=2`)).text()
      const url = await brokenServer((response, path) =>
        path.includes('first=2') ? response.end(good) : response.writeHead(500).end(),
      )
      const { page } = await visit(element('first="2"') + script(url))
      await items(page).nth(1).waitFor()
      expect(await page.getByText(FALLBACK).isVisible()).toBe(false)
      await page.locator('daily-papers').evaluate((node) => node.setAttribute('first', '3'))
      await page.getByText(FALLBACK).waitFor()
      expect(await items(page).count()).toBe(0)
    })

    test('markup and script addresses in the response of a compromised server do nothing', async () => {
      const item = {
        id: '1',
        title: MARKUP.title,
        url: "javascript:window.hurt='url'",
        authors: [{ name: MARKUP.author }, null, { name: 7 }],
        tags: [MARKUP.topic, { toString: 'x' }],
        date_published: '<b>',
        _daily_papers: {
          id: 'x',
          voteCount: '<img src=x onerror=window.hurt=1>',
          organization: MARKUP.organization,
          listedOn: 3,
        },
      }
      const url = await brokenServer((response) => response.end(JSON.stringify({ items: [item, null, 'text', {}] })))
      const { page } = await visit(element('first="4"') + script(url))
      await items(page).nth(3).waitFor()
      expect((await titles(page))[0]).toBe(MARKUP.title)
      expect(await page.locator('daily-papers .title a[href]').count()).toBe(0)
      expect(await page.locator('daily-papers').locator('img, script, svg:not(.mark), iframe, b').count()).toBe(0)
      expect(await page.evaluate('window.hurt')).toBeUndefined()
    })
  })

  test('markup in imported text runs and loads nothing, on any page', async () => {
    const query = 'orderBy=MOST_VOTED&first=2'
    const { page, complaints, requested } = await visit(
      `${element('order-by="MOST_VOTED" first="2"')}${frame(query)}${script()}`,
    )
    await items(page).nth(1).waitFor()
    await page.frameLocator('iframe').locator('.paper').nth(1).waitFor()
    expect((await titles(page))[0]).toBe(MARKUP.title)
    const inFrame = page.frameLocator('iframe').locator('.paper').first()
    for (const text of [MARKUP.title, MARKUP.author, MARKUP.topic, MARKUP.organization]) {
      expect(await items(page).first().textContent()).toContain(text)
      expect(await inFrame.textContent()).toContain(text)
    }
    for (const path of [
      '/',
      `/papers/${HOSTILE_ID}`,
      `/papers/${HOSTILE_ID}.md`,
      '/editions/2026-01-21',
      `/embed/papers/${HOSTILE_ID}`,
    ]) {
      await page.goto(server.url + path)
      await page.waitForLoadState('networkidle')
      expect(await page.evaluate('window.hurt'), path).toBeUndefined()
    }
    expect(requested.filter((url) => /hurt|\/x$/.test(url))).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a violation of a policy is in the console, where these tests look', async () => {
    const { page, complaints } = await visit('')
    await page.goto(`${server.url}/embed?first=1`)
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('img'), { src: 'https://pictures.example/x.png' }))`,
    )
    await expect.poll(() => complaints.join()).toMatch(/content security policy/i)
  })

  test('vote counts change as votes are cast, for all elements over one connection', async () => {
    const { page, requested, complaints } = await visit(
      element('order-by="NEWEST" first="3" live') + element('order-by="NEWEST" first="2" live') + script(),
    )
    await items(page).nth(4).waitFor()
    const { data } = await server.ask('{ papers(orderBy: NEWEST, first: 1) { nodes { id voteCount } } }')
    const { id, voteCount } = data.papers.nodes[0]
    const token = await server.tokenOf('visitor')
    const cast = 'mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }'
    const shown = () => page.locator('daily-papers .item:first-child .votes').allInnerTexts()
    await vi.waitFor(
      async () => {
        // The page does not show when its subscription has begun.
        await server.ask(cast, { id }, token)
        for (const text of await shown()) expect(text).toMatch(new RegExp(`^${voteCount + 1}`))
        await server.ask(cast.replace('castVote', 'withdrawVote'), { id }, token)
      },
      { timeout: 20_000, interval: 500 },
    )
    const open = requested.filter((url) => url.includes('/graphql?'))
    // One for the papers of the list that arrives first, and one that replaces it when the other list has arrived.
    expect(open.length).toBeLessThanOrEqual(2)
    expect(complaints).toEqual([])
  })

  test('a refresh of the list keeps the keyboard focus and unchanged items', async () => {
    const feed = JSON.parse(await (await fetch(`${server.url}/feeds/papers.json?first=3`)).text())
    let refreshes = 0
    const text = await (await fetch(`${server.url}/embed.js`)).text()
    const changing = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', '*')
      if (request.url === '/embed.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(text)
      else if (request.url?.startsWith('/feeds')) {
        refreshes += 1
        response.end(JSON.stringify(feed))
      } else response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    })
    await new Promise<void>((resolve) => changing.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      changing.closeAllConnections()
      await new Promise((resolve) => changing.close(resolve))
    })
    const url = `http://127.0.0.1:${(changing.address() as AddressInfo).port}`
    const { page } = await visit(element('first="3" live') + script(url))
    await items(page).nth(2).waitFor()
    const focused = () => page.evaluate('document.activeElement.shadowRoot?.activeElement?.innerText')
    const refresh = async () => {
      const before = refreshes
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
      await expect.poll(() => refreshes).toBe(before + 1)
      await page.waitForLoadState('networkidle')
    }
    const title = (await titles(page))[1] as string
    await page.getByRole('link', { name: title }).focus()
    expect(await focused()).toBe(title)
    await page.evaluate(`window.first = document.querySelector('daily-papers').shadowRoot.querySelector('.item')`)
    const isFirst = `window.first === document.querySelector('daily-papers').shadowRoot.querySelector('.item')`

    await refresh()
    expect([await focused(), await page.evaluate(isFirst)]).toEqual([title, true])
    // New counts change the items in place.
    feed.items[0]._daily_papers.voteCount = 123_456
    await refresh()
    await page.getByText('123K').waitFor()
    expect([await focused(), await page.evaluate(isFirst)]).toEqual([title, true])

    feed.items.reverse()
    await refresh()
    await expect.poll(() => page.evaluate(isFirst)).toBe(false)
    expect(await focused()).toBe(title)
  })

  test('the element loads once for several changed attributes', async () => {
    const { page, requested } = await visit(element('first="1"') + script())
    await items(page).first().waitFor()
    await page.locator('daily-papers').evaluate((node) => {
      node.setAttribute('topics', 'agents')
      node.setAttribute('order-by', 'NEWEST')
      node.setAttribute('first', '3')
    })
    await items(page).nth(2).waitFor()
    const { data } = await server.ask(
      '{ papers(filter: { topics: ["agents"] }, orderBy: NEWEST, first: 3) { nodes { title } } }',
    )
    expect(await titles(page)).toEqual(data.papers.nodes.map(({ title }: { title: string }) => title))
    expect(requested.filter((url) => url.includes('/feeds/'))).toHaveLength(2)
  })

  test('a page can load the script twice and move elements', async () => {
    const { page, complaints } = await visit(
      `<div id="a">${element('first="1" has-code')}</div><div id="b"></div>${script()}<script type="module" src="${server.url}/embed.js?again"></script>`,
    )
    await items(page).first().waitFor()
    await page.evaluate(`b.append(document.querySelector('daily-papers'))`)
    await page.locator('#b daily-papers .item').waitFor()
    expect(complaints).toEqual([])
  })

  test('a site can style the element', async () => {
    const style = `<style>daily-papers { --daily-papers-accent: rgb(200, 0, 0); --daily-papers-background: transparent } daily-papers::part(title) { font-style: italic }</style>`
    const { page } = await visit(element('first="1"') + script(), { head: style })
    await items(page).first().waitFor()
    const styleOf = (selector: string, property: string) =>
      page.locator(selector).evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property)
    expect(await styleOf('daily-papers', 'background-color')).toBe('rgba(0, 0, 0, 0)')
    expect(await styleOf('daily-papers .votes', 'color')).toBe('rgb(200, 0, 0)')
    expect(await styleOf('daily-papers .title', 'font-style')).toBe('italic')
  })

  test('the element does not inherit text styles of the page, but the page can hide it', async () => {
    const style = `<style>.odd { white-space: nowrap; text-transform: uppercase; letter-spacing: 1em; text-align: center; text-indent: 5em; word-spacing: 2em; font: italic 3rem serif; line-height: 4; color: red; text-shadow: 1px 1px red }
      .flex { display: flex; width: 280px } .gone { visibility: hidden }</style>`
    const { page } = await visit(
      `<div>${element('first="1"')}</div><div class="odd flex">${element('first="1"')}</div><div class="gone">${element('first="1"')}</div>${script()}`,
      { head: style },
    )
    await items(page).nth(2).waitFor({ state: 'attached' })
    const settings = (place: number) =>
      page
        .locator('daily-papers .title')
        .nth(place)
        .evaluate((node) => {
          const {
            whiteSpace,
            textTransform,
            letterSpacing,
            textAlign,
            textIndent,
            wordSpacing,
            font,
            color,
            textShadow,
          } = getComputedStyle(node)
          return [whiteSpace, textTransform, letterSpacing, textAlign, textIndent, wordSpacing, font, color, textShadow]
        })
    expect(await settings(1)).toEqual(await settings(0))
    expect(await page.locator('.odd').evaluate((node) => node.scrollWidth)).toBe(280)
    expect(await items(page).nth(2).isVisible()).toBe(false)
  })

  test('theme="auto" follows the color scheme of the page', async () => {
    const { page } = await visit(
      ['light', 'dark', 'light dark']
        .map((scheme) => `<div style="color-scheme: ${scheme}">${element('first="1"')}</div>`)
        .join('') + script(),
      { colorScheme: 'light' },
    )
    await items(page).nth(2).waitFor()
    const backgrounds = () =>
      page.locator('daily-papers').evaluateAll((all) => all.map((node) => getComputedStyle(node).backgroundColor))
    const [light, dark] = ['rgb(255, 255, 255)', 'rgb(23, 22, 20)']
    expect(await backgrounds()).toEqual([light, dark, light])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await backgrounds()).toEqual([light, dark, dark])
  })

  test('a frame has no scroll bar at any width, with the snippets of the composer and the README', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
    expect(readme).toContain(HOST_SCRIPT)
    expect(HOST_SCRIPT.length).toBeLessThan(500)
    const docs = await (await fetch(`${server.url}/docs?first=4`)).text()
    const snippet = /&lt;iframe src=&quot;http.*?&lt;\/script&gt;/s.exec(docs)?.[0] ?? ''
    const text = snippet
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
    const { page, complaints } = await visit(text.replaceAll('&amp;', '&').replace(' loading="lazy"', ''))
    for (const width of [280, 400, 640, 1280]) {
      await page.setViewportSize({ width, height: 700 })
      const root = page.frameLocator('iframe').locator('html')
      const spare = () =>
        root.evaluate((node) => innerHeight - (node as unknown as { offsetHeight: number }).offsetHeight)
      await expect.poll(spare).toBe(0)
      expect(await root.evaluate((node) => [node.scrollHeight > innerHeight, node.scrollWidth > innerWidth])).toEqual([
        false,
        false,
      ])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    }
    expect(complaints).toEqual([])
  })

  test('a frame takes the theme of its page by message, unless its address names one', async () => {
    const styles = ['', 'color: #eee; background: #111', 'color: oklch(0.3 0 0)', 'color: oklch(0.9 0 0)']
    const { page } = await visit(
      `${HOST_SCRIPT}${styles.map((style) => `<div style="${style}">${frame('first=1')}</div>`).join('')}<div style="color: #eee">${frame('first=1&theme=light')}</div>`,
      { colorScheme: 'dark', head: '<style>iframe { max-width: 100% }</style>' },
    )
    const [light, dark] = ['rgb(255, 255, 255)', 'rgb(23, 22, 20)']
    const seen = () =>
      Promise.all(
        [0, 1, 2, 3, 4].map((place) =>
          page
            .locator('iframe')
            .nth(place)
            .contentFrame()
            .locator('body')
            .evaluate((node) => getComputedStyle(node).backgroundColor),
        ),
      )
    await expect.poll(seen).toEqual([light, dark, light, dark, light])
    // So does a page that is dark by its color scheme only.
    await page.evaluate(`document.documentElement.style.colorScheme = 'dark'`)
    await page.setViewportSize({ width: 300, height: 500 })
    await expect.poll(async () => (await seen())[0]).toBe(dark)
    await page.evaluate(
      `for (const { contentWindow } of document.querySelectorAll('iframe')) contentWindow.postMessage({ type: 'daily-papers:theme', theme: 'dark' }, '*')`,
    )
    await expect.poll(seen).toEqual([dark, dark, dark, dark, light])
  })

  test('theme="auto" follows the background of a page without a color scheme, also when it changes', async () => {
    const backgrounds = ['#fff', '#111', 'oklch(0.2 0.1 260)', 'color(srgb 1 1 1)', 'rgb(0 0 0 / 10%)']
    const { page } = await visit(
      backgrounds.map((color) => `<div style="background: ${color}">${element('first="1"')}</div>`).join('') + script(),
      { colorScheme: 'dark', head: '<style>.night { background: #222 }</style>' },
    )
    await items(page).nth(4).waitFor()
    const seen = () =>
      page.locator('daily-papers').evaluateAll((all) => all.map((node) => getComputedStyle(node).backgroundColor))
    const [light, dark] = ['rgb(255, 255, 255)', 'rgb(23, 22, 20)']
    expect(await seen()).toEqual([light, dark, dark, light, light])
    await page.evaluate(`document.body.className = 'night'`)
    await expect.poll(seen).toEqual([light, dark, dark, light, dark])
  })

  test('properties are attributes, in the forms of frameworks, also those set before the script has loaded', async () => {
    const { page, complaints, requested } = await visit(
      `${element('orderby="NEWEST" hascode="false" live="false" data-v-1 topic="agents"')}${element('topic="x"')}`,
    )
    await page.evaluate(
      `Object.assign(document.querySelector('daily-papers'), { topics: ['agents', 'retrieval'], first: 3 })`,
    )
    await page.addScriptTag({ type: 'module', url: `${server.url}/embed.js` })
    await items(page).first().waitFor()
    const asked = () =>
      requested.filter((url) => url.includes('/feeds/')).map((url) => decodeURIComponent(new URL(url).search))
    expect(asked()[0]).toBe('?topics=agents,retrieval&hasCode=false&orderBy=NEWEST&first=3')
    // An attribute that the element does not know is told once.
    expect(complaints).toEqual(['daily-papers: unknown attribute topic'])
    await page.evaluate(
      `Object.assign(document.querySelector('daily-papers'), { hasCode: null, 'order-by': 'MOST_VOTED', topics: undefined, live: true })`,
    )
    await expect.poll(() => asked().at(-1)).toBe('?orderBy=MOST_VOTED&first=3')
    await expect.poll(() => requested.some((url) => url.includes('/graphql'))).toBe(true)
    expect(await page.evaluate(`(({ live, first }) => [live, first])(document.querySelector('daily-papers'))`)).toEqual(
      [true, '3'],
    )
  })

  test('a copied script names its server; the heading and the forms of dates and numbers can be set', async () => {
    const site = await startSite({ '/copy.js': await (await fetch(`${server.url}/embed.js`)).text() })
    onTestFinished(site.close)
    const { page, complaints } = await visit(
      element(`server="${server.url}" first="1" heading="Read this" heading-level="3" lang="de" live`) +
        element(`server="${server.url}" first="1" heading`) +
        element(`server="${server.url}" first="1" heading="false"`),
    )
    const copy = await (await fetch(`${site.url}/copy.js`)).text()
    await page.addScriptTag({ type: 'module', content: copy.replaceAll('import.meta.url', 'location.href') })
    await items(page).nth(2).waitFor()
    expect(await page.locator('daily-papers h3').allTextContents()).toEqual(['Read this'])
    expect(await page.locator('daily-papers h2').allTextContents()).toEqual(['Trending papers'])
    expect(await page.locator('daily-papers time').first().innerText()).toMatch(/^\d\d\.\d\d\.\d{4}$/)
    expect(await page.locator('daily-papers .source a').first().getAttribute('href')).toBe(`${server.url}/`)
    expect(complaints).toEqual([])
  })

  test('the element keeps its style in another document', async () => {
    const { page } = await visit(`${element('first="1"')}<iframe srcdoc="<p>"></iframe>${script()}`)
    await items(page).first().waitFor()
    await page.evaluate(
      `document.querySelector('iframe').contentDocument.body.append(document.querySelector('daily-papers'))`,
    )
    const moved = page.frameLocator('iframe').locator('daily-papers .item')
    await moved.waitFor()
    expect(await moved.evaluate((node) => getComputedStyle(node).display)).toBe('grid')
  })

  describe('the height of a frame from oEmbed', () => {
    let sample: TestServer
    /** The addresses of every fourth paper and of three lists. */
    let embeddable: string[]
    beforeAll(async () => {
      const own = await freshDatabase()
      await loadSample(own.db, { now: new Date(), halfLifeHours: 48 })
      sample = await startServer(own)
      const { data } = await sample.ask('{ papers(first: 74) { nodes { url } } }')
      embeddable = [
        ...data.papers.nodes.map(({ url }: { url: string }) => url).filter((_: string, n: number) => n % 4 === 0),
        ...[0, 1, 2].map((n) => `${sample.url}/embed?query=${n ? 'learning' : 'zzzz'}&first=${n || 1}`),
      ]
      return async () => {
        await sample.close()
        await own.close()
      }
    })

    // The server computes the height without knowing the fonts of the browser: it must fit wide and narrow ones.
    test.each(HAS_NOTO ? [true, false] : [false])(
      'is enough at any width, and not much more (Noto fonts: %s)',
      async (noto) => {
        const other = noto ? browser : await startChromium({ noto })
        const page = await other.newPage()
        onTestFinished(() => (noto ? page.close() : other.close()))
        for (const url of embeddable) {
          let shown = ''
          for (const width of [300, 400, 500, 600]) {
            const answer = await fetch(`${sample.url}/oembed?${new URLSearchParams({ url, maxwidth: String(width) })}`)
            const { html, height } = (await answer.json()) as { html: string; height: number }
            const address = (/src="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&')
            await page.setViewportSize({ width, height: 10 })
            // It is the same page at every width, loaded once.
            if (address !== shown) await page.goto(address)
            shown = address
            const needed = (await page.evaluate('document.documentElement.scrollHeight')) as number
            expect(height, `${url} at ${width} pixels`).toBeGreaterThanOrEqual(Math.min(needed, 720))
            expect(height - needed, `${url} at ${width} pixels`).toBeLessThan(120)
          }
        }
      },
    )
  })

  test('a title of a thousand letters is cut to eight lines in a list, and complete on its page', async () => {
    const title = `${'An Endless Title '.repeat(58)}End`
    const { problems } = await saveEntries(database.db, [entryOf({ arxivId: '2601.77777', title })], {
      halfLifeHours: 48,
    })
    expect(problems).toEqual([])
    onTestFinished(async () => {
      await database.db.delete(papers).where(eq(papers.arxivId, '2601.77777'))
    })
    const { page } = await visit(element('first="1" order-by="NEWEST"') + script())
    const lines = (node: Element) =>
      node.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(node).lineHeight)
    const link = page.locator('daily-papers .title a')
    await link.waitFor()
    expect(await link.textContent()).toBe(title)
    expect(await link.evaluate(lines)).toBeCloseTo(8, 1)
    await page.goto(`${server.url}/embed?first=1&orderBy=NEWEST`)
    expect(await page.locator('.title a').evaluate(lines)).toBeCloseTo(8, 1)
    await page.goto(`${server.url}/papers/2601.77777`)
    expect(await page.locator('h1').evaluate(lines)).toBeGreaterThan(8)
  })

  test('a number of votes is on one line, however large it is', async () => {
    const list = element('order-by="MOST_VOTED" first="1"')
    const { page } = await visit(`<div style="width: 250px">${list}</div>${script()}`)
    await items(page).first().waitFor()
    const lines = (votes: Element) => {
      const range = document.createRange()
      range.selectNode(votes.firstChild as Node)
      return [votes.firstChild?.textContent, range.getClientRects().length]
    }
    const large = [expect.stringMatching(/^(10K|9,999)$/), 1]
    expect(await page.locator('daily-papers .votes').evaluate(lines)).toEqual(large)
    await page.setViewportSize({ width: 280, height: 800 })
    for (const path of ['/embed?', '/embed?layout=cards&', '/papers?']) {
      await page.goto(`${server.url}${path}orderBy=MOST_VOTED&first=1`)
      expect(await page.locator('.votes').first().evaluate(lines), path).toEqual(large)
    }
  })

  test('no sign between two facts begins or ends a line', async () => {
    const { page } = await visit(`<div style="width: 230px">${element('first="8"')}</div>${script()}`)
    await items(page).nth(7).waitFor()
    // Every sign belongs to the fact after it, and is cut off where that fact begins a line.
    const places = await page.locator('daily-papers .facts').evaluateAll((all) =>
      all.flatMap((facts) => {
        const { left } = facts.getBoundingClientRect()
        const clip = Number(/inset\(-(\d+)px\)/.exec(getComputedStyle(facts).clipPath)?.[1])
        return [...facts.children].map((fact, place) => {
          const sign = getComputedStyle(fact, '::before')
          const isFirst = fact.getBoundingClientRect().left < left + 1
          // As wide as its em is high at most.
          const end = Number.parseFloat(sign.left) + Number.parseFloat(sign.width)
          return place === 0 ? 'none' : isFirst ? (end < -clip + 1.5 ? 'hidden' : 'shown first') : 'between'
        })
      }),
    )
    expect(new Set(places)).toEqual(new Set(['none', 'hidden', 'between']))
  })

  test('the corners of a frame are round and have the color of the page, also on one that is dark', async () => {
    for (const style of ['html { background: rgb(16, 32, 64); color: #eee }', ':root { color-scheme: dark }']) {
      const { page } = await visit(
        `<style>${style} body { margin: 20px }</style>${HOST_SCRIPT}${iframe(`${server.url}/embed?first=1`)}`,
        { colorScheme: 'light' },
      )
      await page.frameLocator('iframe').locator('.paper').waitFor()
      const colors = () =>
        page.screenshot({ clip: { x: 0, y: 0, width: 60, height: 60 } }).then(async (png) => {
          const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
          return [5, 20, 30].map((at) => [...data.subarray((at * info.width + at) * 3, (at * info.width + at) * 3 + 3)])
        })
      await expect.poll(async () => (await colors())[2]).toEqual([23, 22, 20])
      const [outside, corner] = await colors()
      expect(corner).toEqual(outside)
    }
  })

  test('no page scrolls sideways at any width', async () => {
    const { page } = await visit(element('order-by="MOST_VOTED" first="5"') + script(), {
      head: '<meta name="viewport" content="width=device-width"><style>body{margin:0}</style>',
    })
    await items(page).nth(4).waitFor()
    const expectNoOverflow = async (path: string) => {
      for (const width of [280, 360, 720, 1200]) {
        await page.setViewportSize({ width, height: 800 })
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        expect(await page.evaluate(overflow), `${path} at ${width} pixels`).toBeLessThanOrEqual(0)
      }
    }
    await expectNoOverflow('the element')
    for (const path of [
      '/',
      '/embed?orderBy=MOST_VOTED',
      `/papers/${HOSTILE_ID}`,
      '/editions/2026-01-27',
      '/editions',
      '/papers?orderBy=MOST_VOTED',
      '/topics',
      '/search?q=agents',
      '/docs',
      '/papers/none',
    ]) {
      await page.goto(server.url + path)
      await expectNoOverflow(path)
    }
  })

  test('the keyboard reaches every title in order, and the focus is visible', async () => {
    const { page } = await visit(element('first="3"') + script())
    await items(page).nth(2).waitFor()
    // Pictures lead where titles do, so that the keyboard passes them by.
    const links = await page.locator('daily-papers a:not([tabindex])').allInnerTexts()
    expect(links.slice(-2)).toEqual(['Daily Papers', 'See all'])
    const expected = links.slice(0, -2)
    expect(expected.filter((text) => !['PDF', 'Code', 'Project'].includes(text))).toEqual(await titles(page))
    for (const title of expected) {
      await page.keyboard.press('Tab')
      const { text, outline } = (await page.evaluate(`(() => {
        const focused = document.activeElement.shadowRoot.activeElement
        const { outlineStyle, outlineWidth } = getComputedStyle(focused)
        return { text: focused.innerText, outline: outlineStyle + ' ' + outlineWidth }
      })()`)) as { text: string; outline: string }
      expect(text).toBe(title)
      expect(outline).toBe('solid 2px')
    }
    await page.goto(`${server.url}/embed?first=3`)
    await page.keyboard.press('Tab')
    const outline =
      'getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth'
    expect(await page.evaluate(outline)).toBe('solid2px')
  })

  test('a screen reader finds a list of links with their votes', async () => {
    const { page } = await visit(element('order-by="MOST_VOTED" first="2"') + script())
    await items(page).nth(1).waitFor()
    const tree = await page.locator('daily-papers').ariaSnapshot()
    expect(tree).toMatch(/- list "Papers":\n +- listitem:/)
    expect(tree).toMatch(/10,?000 votes|9,?999 votes/)
    await page.goto(`${server.url}/embed?orderBy=MOST_VOTED&first=2`)
    const frame = await page.locator('body').ariaSnapshot()
    expect(frame).toMatch(/- heading "Papers with most votes" \[level=1\]/)
    expect(frame).toMatch(/- main:\n +- list:\n +- listitem:/)
  })
})
