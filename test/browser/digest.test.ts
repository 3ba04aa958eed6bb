import { sql } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newConfirmation } from '../../src/deliveries/subscriptions.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type BrowserTest, findChromium, type Site, startBrowserTest, startSite } from '../support/chromium.ts'

describe.skipIf(!findChromium())('papers by mail', () => {
  let setting: BrowserTest
  let site: Site
  beforeAll(async () => {
    setting = await startBrowserTest((db) => givenPapers(db, 12))
    const script = `<script type="module" src="${setting.server.url}/embed.js"></script>`
    site = await startSite({
      '/': `<!doctype html>${script}<daily-papers topics="agents" first="3" subscribe></daily-papers>`,
    })
  })
  afterAll(async () => {
    await site?.close()
    await setting?.close()
  })

  interface Subscription {
    id: number
    token: string
    state: string
    period: string
    query: string
  }

  async function subscriptionOf(address: string): Promise<Subscription | undefined> {
    const [row] = await setting.database.db.execute(sql`
      select own.id::int, own.token, own.state, own.period, own.query from digests as own
      join mail_addresses as owner on owner.id = own.address_id where owner.address = ${address}`)
    return row as unknown as Subscription | undefined
  }

  /** Runs with a page that reports what its content security policy refuses. */
  async function onPage(address: string, work: (page: Page) => Promise<void>): Promise<void> {
    const page = await setting.browser.newPage()
    const refused: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') refused.push(message.text())
    })
    try {
      await page.goto(address)
      await work(page)
      expect(refused).toEqual([])
    } finally {
      await page.close()
    }
  }

  test('from the form of the home page to the end, by buttons alone', async () => {
    const { server, database } = setting
    const address = 'ada@example.net'
    await onPage(server.url, async (page) => {
      await page.getByLabel('Your address').fill(address)
      await page.getByLabel('How often').selectOption('WEEK')
      await page.getByRole('button', { name: 'Subscribe' }).click()
      await page.getByText('Look into your mailbox').waitFor()
    })
    const { id, token, ...stored } = (await subscriptionOf(address)) as Subscription
    expect(stored).toEqual({ state: 'UNCONFIRMED', period: 'WEEK', query: '' })
    await onPage(`${server.url}/digest/confirm?token=${await newConfirmation(database.db, id)}`, async (page) => {
      await page.getByRole('button', { name: 'Confirm the subscription' }).click()
      await page.getByText('You are subscribed').first().waitFor()
    })
    expect(await subscriptionOf(address)).toMatchObject({ state: 'ACTIVE' })
    await onPage(`${server.url}/digest/unsubscribe?token=${token}`, async (page) => {
      await page.getByRole('link', { name: 'Less often, or a pause' }).click()
      await page.getByRole('button', { name: 'Less often: every month' }).click()
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByText('is paused now').waitFor()
    })
    expect(await subscriptionOf(address)).toMatchObject({ state: 'PAUSED', period: 'MONTH' })
    await onPage(`${server.url}/digest/unsubscribe?token=${token}`, async (page) => {
      await page.getByRole('button', { name: 'Unsubscribe' }).click()
      await page.getByText('is not sent to you any more').waitFor()
      await page.getByRole('button', { name: 'subscribe again' }).click()
      await page.getByRole('button', { name: 'Pause' }).waitFor()
    })
    expect(await subscriptionOf(address)).toMatchObject({ state: 'ACTIVE', period: 'MONTH' })
  })

  test('the element subscribes to its own list, from any site, and keeps what is typed', async () => {
    const address = 'grace@example.net'
    await onPage(site.url, async (page) => {
      const email = page.getByLabel('Your mail address')
      await email.fill('grace@')
      const element = page.locator('daily-papers')
      // Another list.
      await element.evaluate((one) => one.setAttribute('first', '2'))
      await page.waitForFunction(
        () => document.querySelector('daily-papers')?.shadowRoot?.querySelectorAll('li.item').length === 2,
      )
      expect(await email.inputValue()).toBe('grace@')
      expect(await email.evaluate((field) => field === (field.getRootNode() as ShadowRoot).activeElement)).toBe(true)
      await email.fill(address)
      await page.getByLabel('How often').selectOption('MONTH')
      await page.getByRole('button', { name: 'Subscribe' }).click()
      await page.getByText('Look into your mailbox').waitFor()
      expect(await email.inputValue()).toBe('')
      await element.evaluate((one) => one.removeAttribute('subscribe'))
      await email.waitFor({ state: 'detached' })
    })
    expect(await subscriptionOf(address)).toMatchObject({
      state: 'UNCONFIRMED',
      period: 'MONTH',
      query: 'topics=agents',
    })
  })
})
