import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { type ParsedMail, simpleParser } from 'mailparser'
import { pino } from 'pino'
import type { Page } from 'playwright-core'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { mailComposer } from '../../src/deliveries/compose.ts'
import { digestContent, type RunQuery } from '../../src/deliveries/digest-content.ts'
import { openMailTransport } from '../../src/deliveries/mail-transport.ts'
import { recordFinalEditions } from '../../src/deliveries/outbox.ts'
import { MailSender } from '../../src/deliveries/sender.ts'
import { newConfirmation } from '../../src/deliveries/subscriptions.ts'
import { parseSavedQuery } from '../../src/formats/saved-filter.ts'
import { runImport } from '../../src/ingest/import.ts'
import type { EditionClock } from '../../src/values/editions.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type BrowserTest, findChromium, type Site, startBrowserTest, startSite } from '../support/chromium.ts'
import { UTC_CLOCK } from '../support/server.ts'

/** No day ends while the tests run, whatever the time is. */
const DAY = new Date().toISOString().slice(0, 10)
const NOON: EditionClock = { ...UTC_CLOCK, now: () => new Date(`${DAY}T12:00:00Z`) }

describe.skipIf(!findChromium())('papers by mail', () => {
  let setting: BrowserTest
  let site: Site
  beforeAll(async () => {
    setting = await startBrowserTest((db) => givenPapers(db, 12), { clock: NOON })
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
      const email = page.getByLabel('These papers by mail: your address')
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

  /** A mail server on loopback, what it took, and a sender that sends to it. */
  async function mailing(): Promise<{ taken: ParsedMail[]; sender: MailSender }> {
    const { server, database } = setting
    const taken: ParsedMail[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          taken.push(mail)
          done()
        }, done)
      },
    })
    await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening))
    const log = pino({ level: 'silent' })
    const transport = openMailTransport({
      smtpUrl: `smtp://127.0.0.1:${(smtp.server.address() as { port: number }).port}`,
      mailFrom: 'Daily Papers <papers@example.org>',
      outboxDirectory: '/nowhere',
      connections: 1,
      log,
    })
    const runQuery: RunQuery = async (document, variables) => (await server.ask(document, variables)).data
    const sender = new MailSender({
      db: database.db,
      transport,
      compose: mailComposer({
        db: database.db,
        publicUrl: () => server.url,
        contentOf: (query, edition) => digestContent(runQuery, server.url, parseSavedQuery(query), edition),
      }),
      connections: 1,
      log,
      now: NOON.now,
    })
    onTestFinished(async () => {
      await sender.stop()
      await transport.close()
      await new Promise<void>((closed) => smtp.close(closed))
    })
    return { taken, sender }
  }

  /** A paper on the list of a day. */
  async function givenListed(day: string): Promise<void> {
    const paper = {
      v: 1,
      identifiers: { arxiv: '2602.90001' },
      title: 'A paper <of> today',
      summary: 'It is listed today.',
      abstract: 'An abstract.',
      publishedAt: `${day}T00:00:00Z`,
      listedAt: `${day}T00:00:00Z`,
      listedOn: day,
      authors: ['Ada Abara'],
      keywords: ['agents'],
    }
    const { created } = await runImport(setting.database.db, {
      source: 'papers',
      inputs: ['-'],
      stdin: Readable.from([`${JSON.stringify(paper)}\n`]),
      now: NOON.now(),
      halfLifeHours: HALF_LIFE_HOURS,
      onProgress: () => {},
      onProblem: () => {},
    })
    expect(created).toBe(1)
  }

  const linkIn = (mail: ParsedMail | undefined, name: string): string =>
    new RegExp(`^http\\S+/digest/${name}\\?token=\\S+$`, 'm').exec(mail?.text ?? '')?.[0] ?? 'no link'

  test('from the form to the confirmation, the digest and the one click, by mail', async () => {
    const { server, database } = setting
    const { db } = database
    const { taken, sender } = await mailing()
    const address = 'hedy@example.net'
    await recordFinalEditions(db, NOON)
    await givenListed(DAY)
    await onPage(`${server.url}/digest/subscribe?topics=agents`, async (page) => {
      await page.getByLabel('Your address').fill(address)
      await page.getByRole('button', { name: 'Subscribe' }).click()
      await page.getByText('Look into your mailbox').waitFor()
    })
    const mailsTo = () => taken.filter(({ to }) => to !== undefined && JSON.stringify(to).includes(address))
    await sender.wake()
    const [confirmation] = mailsTo()
    expect(confirmation?.subject).toMatch(/^Confirm your subscription at /)
    await onPage(linkIn(confirmation, 'confirm'), async (page) => {
      await page.getByRole('button', { name: 'Confirm the subscription' }).click()
      await page.getByText('You are subscribed').first().waitFor()
    })
    // Two days later the day is FINAL.
    await recordFinalEditions(db, { ...NOON, now: () => new Date(NOON.now().getTime() + 2 * 86_400_000) })
    await sender.wake()
    const [, digest, ...more] = mailsTo()
    expect(more).toEqual([])
    expect(digest?.text).toContain('1. A paper <of> today')
    expect(digest?.html).toContain('A paper &lt;of&gt; today')
    const header = (key: string) => digest?.headerLines.find((line) => line.key === key)?.line.replace(/\s+/g, ' ')
    const unsubscribe = linkIn(digest, 'unsubscribe')
    expect(header('list-unsubscribe')).toBe(`List-Unsubscribe: <${unsubscribe}>`)
    expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(header('auto-submitted')).toBe('Auto-Submitted: auto-generated')
    await onPage(linkIn(digest, 'manage'), (page) => page.getByRole('button', { name: 'Pause' }).waitFor())
    const clicked = await fetch(unsubscribe, {
      method: 'POST',
      body: new URLSearchParams('List-Unsubscribe=One-Click'),
    })
    expect(clicked.status).toBe(200)
    expect(await subscriptionOf(address)).toMatchObject({ state: 'STOPPED' })
  })
})
