import { rm } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { users } from '../../drizzle/tables/users.ts'
import { createFetcher } from '../../src/fetching/fetcher.ts'
import { Images } from '../../src/images/images.ts'
import { givenPapers } from '../support/catalogue.ts'
import { findChromium, startBrowserTest, startSite } from '../support/chromium.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { drawing, emptyPng, openPictureSite, type PictureSite } from '../support/picture-site.ts'
import type { TestServer } from '../support/server.ts'

// Pictures of another site on our pages, in a frame and in the element.

/** In milliseconds: pictures come when the list is there already. */
const PICTURES_TAKE = 150

describe.skipIf(!findChromium())('pictures in Chromium', () => {
  let server: TestServer
  let browser: Browser
  let elsewhere: PictureSite

  beforeAll(async () => {
    elsewhere = await openPictureSite()
    const late = (picture: Uint8Array) => (response: import('node:http').ServerResponse) =>
      void setTimeout(() => response.end(picture), PICTURES_TAKE)
    elsewhere.serve('/wide.png', late(await drawing(1200, 630, '#2a52be').png().toBuffer()))
    elsewhere.serve('/tall.jpg', late(await drawing(300, 900, '#b5391f').jpeg().toBuffer()))
    elsewhere.serve('/bomb.png', late(emptyPng(30_000, 30_000)))
    elsewhere.serve('/face.png', late(await drawing(200, 200, '#3a7d44').png().toBuffer()))
    const directory = await temporaryDirectory('images')
    const fetcher = createFetcher({ allowPrivateNetworks: true, userAgent: 'Test/1' })
    const images = new Images({ fetcher, log: pino({ level: 'silent' }), directory, megabytes: 16 })
    const started = await startBrowserTest(
      async (db) => {
        await givenPapers(db, 12)
        const names = sql`(array[${`${elsewhere.url}/wide.png`}, ${`${elsewhere.url}/tall.jpg`}, ${`${elsewhere.url}/bomb.png`}, null]::text[])`
        await db.update(papers).set({ thumbnailUrl: sql`${names}[1 + ${papers.id} % 4]`, summary: 'One sentence.' })
        await db.update(organizations).set({ avatarUrl: `${elsewhere.url}/face.png` })
        await db.update(users).set({ avatarUrl: `${elsewhere.url}/face.png` })
      },
      { images },
    )
    ;({ server, browser } = started)
    return async () => {
      images.close()
      await started.close()
      await elsewhere.close()
      await rm(directory, { recursive: true })
    }
  })

  /** Opens a page. `shifts` adds up what moved since the list was there. */
  async function open(
    address: string,
    list: string,
  ): Promise<{ page: Page; requested: string[]; shifts(): Promise<number> }> {
    const context = await browser.newContext({ viewport: { width: 400, height: 1_200 } })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const requested: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    await page.addInitScript(`
      window.shifted = []
      new PerformanceObserver((list) => shifted.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true })`)
    await page.goto(address)
    await page.locator(list).first().waitFor()
    // The list itself may move what was below its place.
    const since = await page.evaluate<number>(
      'new Promise((then) => requestAnimationFrame(() => then(performance.now())))',
    )
    return {
      page,
      requested,
      shifts: () =>
        page.evaluate<number>(
          `shifted.filter(({ startTime }) => startTime > ${since}).reduce((sum, { value }) => sum + value, 0)`,
        ),
    }
  }

  /** The pictures below a place in a page that are in the window, once they are there: how many, and the narrowest. */
  const loaded = (page: Page, place: string) =>
    page.locator(`${place} img`).evaluateAll((all) =>
      Promise.all(
        (all as unknown as HTMLImageElement[]).map(async (image) => {
          image.loading = 'eager'
          await image.decode()
          return [image.clientWidth > 0 && image.naturalWidth > 0, image.getAttribute('width') !== null].join()
        }),
      ),
    )

  test('a page shows them from this server only, and nothing moves while they come', async () => {
    for (const path of ['/papers', '/papers?layout=cards', '/embed?first=12']) {
      const { page, requested, shifts } = await open(server.url + path, '.paper')
      const found = await loaded(page, '.papers')
      expect(new Set(found)).toEqual(new Set(['true,true']))
      expect(await page.locator('.thumb img').count()).toBeGreaterThan(2)
      expect(await page.locator('span.thumb').count(), 'papers without one have a drawing').toBeGreaterThan(0)
      expect(await page.locator('.avatar').count()).toBeGreaterThan(0)
      expect(await page.locator('.logo').count()).toBeGreaterThan(0)
      expect(await shifts()).toBe(0)
      expect(requested.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([])
    }
    // A picture that would cost too much was asked for once, and is a drawing.
    expect(elsewhere.requested.filter((path) => path === '/bomb.png')).toHaveLength(1)
  })

  test.each(['list', 'cards'])('so does the element as %s, on a page with a strict policy', async (layout) => {
    const site = await startSite({
      '/': `<!doctype html><meta http-equiv="content-security-policy" content="default-src 'none'; script-src ${server.url}; connect-src ${server.url}; img-src ${server.url}">
<daily-papers first="8" layout="${layout}"></daily-papers><script type="module" src="${server.url}/embed.js"></script>`,
    })
    onTestFinished(site.close)
    const { page, requested, shifts } = await open(site.url, 'daily-papers .item')
    expect(new Set(await loaded(page, 'daily-papers'))).toEqual(new Set(['true,true']))
    const sizes = requested
      .filter((url) => url.includes('/images/papers/'))
      .map((url) => /\d+(?=\.webp$)/.exec(url)?.[0])
    expect(new Set(sizes)).toEqual(new Set([layout === 'cards' ? '640' : '320']))
    expect(await shifts()).toBe(0)
  })

  test('a sandboxed frame shows them, too', async () => {
    const site = await startSite({
      '/': `<!doctype html><iframe src="${server.url}/embed?first=3" sandbox="allow-scripts" width="400" height="900"></iframe>`,
    })
    onTestFinished(site.close)
    const { page } = await open(site.url, 'iframe')
    const image = page.frameLocator('iframe').locator('.thumb img').first()
    await expect
      .poll(() => image.evaluate((one) => (one as unknown as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0)
  })

  test('images="off" and the layout compact leave them out', async () => {
    const site = await startSite({
      '/': `<!doctype html><daily-papers first="3" images="off"></daily-papers><daily-papers first="3" layout="compact"></daily-papers>
<iframe src="${server.url}/embed?first=3&amp;images=off"></iframe><iframe src="${server.url}/embed?first=3&amp;layout=compact"></iframe>
<script type="module" src="${server.url}/embed.js"></script>`,
    })
    onTestFinished(site.close)
    const { page, requested } = await open(site.url, 'daily-papers .item')
    await page.locator('daily-papers .item').nth(5).waitFor()
    for (const place of [0, 1]) await page.frameLocator('iframe').nth(place).locator('.paper').nth(2).waitFor()
    await page.goto(`${server.url}/papers?images=off`)
    expect(await page.locator('.paper').count()).toBe(12)
    expect(await page.locator('.thumb').count()).toBe(0)
    expect(requested.filter((url) => url.includes('/images/'))).toEqual([])
    // The pages of the list, and its other orders, stay as they are.
    expect(await page.locator('.tabs a').first().getAttribute('href')).toContain('images=off')
    expect((await fetch(`${server.url}/embed?layout=tiles`)).status).toBe(400)
  })
})
