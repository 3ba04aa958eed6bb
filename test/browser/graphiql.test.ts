import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { findChromium, startBrowserTest } from '../support/chromium.ts'
import type { TestServer } from '../support/server.ts'

describe.skipIf(!findChromium())('GraphiQL in Chromium', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    const started = await startBrowserTest((db) => givenPapers(db, 30))
    ;({ server, browser } = started)
    return started.close
  })

  async function open(query?: string, width = 1400) {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.url}/graphql${query === undefined ? '' : `?${new URLSearchParams({ query })}`}`)
    const result = async () => (await page.locator('.result-window').innerText()).replace(/\s+/g, ' ')
    const run = page.locator('.graphiql-execute-button')
    await run.waitFor()
    return { page, complaints, result, run }
  }

  test('runs a query, shows the schema and marks errors, and violates no policy', async () => {
    const { page, complaints, result, run } = await open('{ papers(first: 1) { totalCount } }')
    await run.click()
    await expect.poll(result).toContain('"totalCount": 30')
    await page.getByRole('button', { name: 'Documentation Explorer' }).first().click()
    await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor()
    // A worker finds the errors in a document.
    await page.locator('.graphiql-query-editor .view-line').first().click()
    await page.keyboard.press('End')
    await page.keyboard.type(' { nothing }')
    await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  test('shows the events of a subscription', async () => {
    const { data } = await server.ask('{ papers(first: 1) { nodes { id voteCount } } }')
    const { id, voteCount } = data.papers.nodes[0]
    const { page, complaints, result, run } = await open(
      `subscription { voteCountChanged(paperIds: ["${id}"]) { voteCount } }`,
    )
    await run.click()
    const token = await server.tokenOf('visitor')
    const change = (name: string) =>
      server.ask(`mutation { ${name}(input: { paperId: "${id}" }) { __typename } }`, {}, token)
    await expect
      .poll(
        async () => {
          // The page does not show when its subscription has begun.
          await change('castVote')
          await change('withdrawVote')
          return result()
        },
        { interval: 500 },
      )
      .toMatch(new RegExp(`"voteCount": (${voteCount}|${voteCount + 1})`))
    expect(complaints).toEqual([])
    await page.close()
  })

  test('runs examples in their tabs on a phone, with the editor above the result', async () => {
    const { page, complaints, result, run } = await open(undefined, 400)
    const boxOf = async (part: string) => (await page.locator(part).boundingBox()) ?? expect.fail(part)
    const [editor, response] = [await boxOf('.graphiql-query-editor'), await boxOf('.graphiql-response')]
    expect(Math.min(editor.width, response.width)).toBeGreaterThan(340)
    expect(editor.y + editor.height).toBeLessThan(response.y)
    expect(editor.height).toBeGreaterThan(150)
    // Over HTTP, `test/http/server.test.ts` runs the others.
    for (const [name, expected] of [
      ['Month', '"startsOn"'],
      ['Vote', 'UNAUTHENTICATED'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click()
      await expect.poll(() => page.locator('.graphiql-query-editor').innerText()).toMatch(new RegExp(`\\s${name}\\s`))
      // For a moment, the page runs the operation of the tab before.
      const ran = async () => {
        await run.click()
        return result()
      }
      await expect.poll(ran, { interval: 500 }).toContain(expected)
    }
    expect((await page.locator('.graphiql-editor-tool').allInnerTexts()).join()).toContain('YOUR_TOKEN')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
    expect(complaints.filter((line) => !line.includes('401'))).toEqual([])
    await page.close()
  })
})
