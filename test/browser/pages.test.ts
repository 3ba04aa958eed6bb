import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { type BrowserTest, findChromium, type Site, startBrowserTest, startSite } from '../support/chromium.ts'
import { HOSTILE_ID, importHostilePaper } from '../support/hostile.ts'

let site: Site
let started: BrowserTest

describe.skipIf(!findChromium())('in Chromium', () => {
  beforeAll(async () => {
    started = await startBrowserTest(async (db) => {
      await givenPapers(db, 14)
      await importHostilePaper(db)
    })
    site = await startSite({
      '/': `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A lab</title>
<style>:root { color-scheme: light dark }</style><main><h1>A lab</h1><script type="module" src="${started.server.url}/embed.js"></script>
<daily-papers edition="day" subscribe live>Daily Papers</daily-papers></main>`,
    })
  })
  afterAll(async () => {
    await site?.close()
    await started?.close()
  })

  const PATHS = [
    '/',
    '/docs?topics=agents&edition=month&first=3',
    '/editions',
    '/editions/2026-01-28',
    '/papers?minVotes=1',
    `/papers/${HOSTILE_ID}`,
    '/topics',
    '/topics/agents',
    '/authors/ada-abara',
    '/search?q=sparse+agents',
    '/search',
    '/nothing',
    '/digest/subscribe?topics=agents',
    '/digest/confirm?token=x',
    '/organizations',
    '/organizations/northlight-lab',
    '/papers?layout=cards&first=5',
    '/papers?layout=compact&first=5',
    '/topics/agents?layout=cards',
    '/editions/2026-01-28?layout=compact',
    '/docs?first=1000',
    '/embed?edition=day&first=3',
    '/embed?layout=cards&first=3',
    `/embed/papers/${HOSTILE_ID}`,
    '/embed?topic=agents',
  ]

  /** What axe finds wrong, as short lines. */
  async function findings(page: Page, path: string, options: axe.RunOptions): Promise<string[]> {
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${path} ${id}: ${html.slice(0, 200)}`))
  }

  /** Pages that have every part of all pages: axe takes a second for each. */
  const IN_DARK = ['/', `/papers/${HOSTILE_ID}`, '/search?q=sparse+agents', '/embed?edition=day']
  const IN_LIGHT = [
    ...IN_DARK,
    '/docs?topics=agents&edition=month&first=3',
    '/editions',
    '/topics/agents?layout=cards',
    '/docs?first=1000',
    '/digest/subscribe?topics=agents',
  ]
  // The other rules do not depend on the theme.
  const CONTRAST: axe.RunOptions = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }

  test.each([
    ['light', IN_LIGHT, {}],
    ['dark', IN_DARK, CONTRAST],
  ] as const)('axe finds nothing wrong, in %s', async (colorScheme, paths, options) => {
    const context = await started.browser.newContext({ viewport: { width: 900, height: 900 }, colorScheme })
    const page = await context.newPage()
    const found: string[] = []
    for (const path of paths) {
      await page.goto(started.server.url + path)
      found.push(...(await findings(page, path, options)))
    }
    await page.goto(site.url)
    await page.locator('daily-papers .item').first().waitFor()
    found.push(...(await findings(page, 'the element', options)))
    expect(found).toEqual([])
    await context.close()
  })

  /** What the keyboard cannot reach, or reaches without a visible focus, and what moves, which some readers cannot bear. */
  const UNREACHABLE_OR_MOVING = `(() => {
    const found = []
    const visit = (root) => {
      for (const node of root.querySelectorAll('*')) {
        if (node.shadowRoot) visit(node.shadowRoot)
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(node)
        if (transitionDuration !== '0s' || animationName !== 'none' || scrollBehavior !== 'auto') found.push('moves: ' + node.outerHTML)
        const isControl = node.matches('a[href], button, input:not([type=hidden]), select, summary, [tabindex]')
        if (!isControl || node.disabled || node.ariaHidden === 'true' || !node.checkVisibility()) continue
        node.focus()
        const isSeen = getComputedStyle(node).outlineStyle !== 'none'
        if (root.activeElement !== node || node.tabIndex !== 0 || !isSeen) found.push('not reached: ' + node.outerHTML)
      }
    }
    visit(document)
    return found.map((line) => line.slice(0, 200))
  })()`

  test('each page fits 320 pixels and text of twice the size, shows what has the focus, and stands still', async () => {
    const page = await started.browser.newPage({ viewport: { width: 320, height: 800 } })
    const found: string[] = []
    for (const url of [...PATHS.map((path) => started.server.url + path), site.url]) {
      await page.goto(url)
      if (url === site.url) await page.locator('daily-papers .item').first().waitFor()
      found.push(...((await page.evaluate(UNREACHABLE_OR_MOVING)) as string[]).map((line) => `${url} ${line}`))
      for (const size of ['100%', '200%']) {
        await page.evaluate(`document.documentElement.style.fontSize = '${size}'`)
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        if (Number(overflow) > 0) found.push(`${url} scrolls sideways by ${overflow} pixels with text of ${size}`)
      }
    }
    expect(found).toEqual([])
    await page.close()
  })

  test('the keyboard skips to the content, searches and goes on from what it found', async () => {
    const page = await started.browser.newPage()
    await page.goto(`${started.server.url}/`)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content')
    expect(await page.evaluate('document.activeElement.getBoundingClientRect().left')).toBeGreaterThanOrEqual(0)
    await page.getByRole('searchbox', { name: 'Search papers' }).focus()
    await page.keyboard.type('sparse')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${started.server.url}/search?q=sparse`)
    await page.locator('aside a').first().focus()
    const outline = 'getComputedStyle(document.activeElement).outlineStyle'
    expect(await page.evaluate(outline)).toBe('solid')
    await page.keyboard.press('Enter')
    await page.waitForURL(/allTopics=/)
    await page.close()
  })

  test('the composer shows the list that was chosen, without a script', async () => {
    const context = await started.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${started.server.url}/docs`)
    await page.getByRole('textbox', { name: 'Topics' }).fill('agents')
    await page.getByLabel('Edition').selectOption('month')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL(/topics=agents/)
    expect(await page.locator('pre').first().innerText()).toBe(
      `${started.server.url}/papers?topics=agents&edition=month&orderBy=TRENDING`,
    )
    await context.close()
  })

  test('paper has the list and no navigation, and breaks between entries', async () => {
    const page = await started.browser.newPage()
    await page.goto(`${started.server.url}/editions/2026-01-28`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.masthead nav').isVisible()).toBe(false)
    expect(await page.locator('.search').isVisible()).toBe(false)
    expect(await page.locator('h1').isVisible()).toBe(true)
    expect(await page.evaluate('getComputedStyle(document.querySelector(".paper")).breakInside')).toBe('avoid')
    await page.close()
  })
})
