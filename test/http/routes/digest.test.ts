import { sql } from 'drizzle-orm'
import { Parser } from 'htmlparser2'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { newConfirmation, subscribe } from '../../../src/deliveries/subscriptions.ts'
import { savedQueryString } from '../../../src/formats/saved-filter.ts'
import type { Period } from '../../../src/values/editions.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
const { db } = database
await givenPapers(db, 3)
const server = await startServer(database, { logLevel: 'debug', quotas: { anonymous: 100_000, confirmations: 25 } })
afterAll(async () => {
  await server.close()
  await database.close()
})

const QUERY = savedQueryString({ filter: { topics: ['agents'] }, orderBy: 'TRENDING' })

let subscribers = 0
beforeEach(() => {
  subscribers += 1
})

interface Subscription {
  id: number
  token: string
  state: string
  period: Period
}

const addressOf = () => `reader-${subscribers}@example.net`

async function stored(address = addressOf()): Promise<Subscription[]> {
  const rows = await db.execute(sql`
    select own.id::int, own.token, own.state, own.period from digests as own
    join mail_addresses as owner on owner.id = own.address_id where owner.address = ${address} order by own.id`)
  return rows as unknown as Subscription[]
}

const only = async (): Promise<Subscription> => (await stored())[0] as Subscription

/** A subscription of an address of the test's own. */
async function subscribed(period: Period = 'DAY'): Promise<{ token: string; confirmation: string }> {
  await subscribe(db, { address: addressOf(), period, list: { query: QUERY } })
  const { id, token } = await only()
  return { token, confirmation: await newConfirmation(db, id) }
}

async function active(period: Period = 'DAY'): Promise<string> {
  const { token, confirmation } = await subscribed(period)
  await post(`confirm?token=${confirmation}`)
  expect((await only()).state).toBe('ACTIVE')
  return token
}

interface Shown {
  status: number
  headers: Headers
  text: string
  body: string
  /** The buttons, by their label, without that of the search box. */
  buttons: string[]
}

async function shown(response: Response): Promise<Shown> {
  const body = await response.text()
  const buttons: string[] = []
  let text = ''
  let inButton = false
  const parser = new Parser({
    onopentag: (name) => {
      inButton = name === 'button'
      if (inButton) buttons.push('')
    },
    ontext: (part) => {
      text += part
      if (inButton) buttons.push(`${buttons.pop() ?? ''}${part}`)
    },
    onclosetag: () => {
      inButton = false
    },
  })
  parser.end(body)
  const { status, headers } = response
  return {
    status,
    headers,
    body,
    text: text.replace(/\s+/g, ' '),
    buttons: buttons.filter((label) => label !== 'Search'),
  }
}

const get = async (path: string, init: RequestInit = {}) => shown(await fetch(`${server.url}/digest/${path}`, init))
const post = async (path: string, fields: Record<string, string> | FormData = {}, headers = {}) =>
  shown(
    await fetch(`${server.url}/digest/${path}`, {
      method: 'POST',
      redirect: 'error',
      body: fields instanceof FormData ? fields : new URLSearchParams(fields),
      headers,
    }),
  )

describe('/digest/confirm', () => {
  test('a scanner that follows the link changes nothing; the button confirms, once', async () => {
    const { confirmation } = await subscribed('WEEK')
    for (const method of ['GET', 'HEAD'])
      expect(await get(`confirm?token=${confirmation}`, { method })).toMatchObject({ status: 200 })
    expect((await get(`confirm?token=${confirmation}`)).buttons).toEqual(['Confirm the subscription'])
    expect((await only()).state).toBe('UNCONFIRMED')
    const done = await post(`confirm?token=${confirmation}`)
    expect(done).toMatchObject({
      status: 200,
      text: expect.stringContaining('“Papers with most votes on agents” comes every week'),
    })
    expect((await only()).state).toBe('ACTIVE')
    expect(await post(`confirm?token=${confirmation}`)).toMatchObject({
      status: 200,
      text: expect.stringContaining('You are subscribed'),
    })
  })

  test.each(['', '?token=', '?token=nothing', '?token=%00', `?token=${'x'.repeat(5_000)}`])(
    '%s is no token',
    async (query) => {
      const { status, text, body } = await post(`confirm${query}`)
      expect({ status, text }).toEqual({ status: 404, text: expect.stringContaining('Subscribe again') })
      expect(body).toContain('href="subscribe"')
    },
  )
})

describe('/digest/unsubscribe', () => {
  test('GET asks', async () => {
    const token = await active()
    const { buttons, body } = await get(`unsubscribe?token=${token}`)
    expect(buttons).toEqual(['Unsubscribe'])
    expect(body).toContain(`href="manage?token=${token}"`)
    expect((await only()).state).toBe('ACTIVE')
  })

  const oneClick = new FormData()
  oneClick.set('List-Unsubscribe', 'One-Click')

  test.each([
    ['a form', { 'List-Unsubscribe': 'One-Click' }],
    ['a form in parts', oneClick],
    ['nothing', {}],
  ])('a POST of %s unsubscribes at once, and again', async (_what, body) => {
    const token = await active()
    for (let time = 0; time < 2; time += 1) {
      expect(await post(`unsubscribe?token=${token}`, body)).toMatchObject({
        status: 200,
        text: expect.stringContaining('You are unsubscribed'),
      })
      expect((await only()).state).toBe('STOPPED')
    }
  })

  test('whatever the body is, and what mail programs append to the link', async () => {
    const token = await active()
    const response = await fetch(`${server.url}/digest/unsubscribe?token=${token}%3E.&utm_source=x&y=z`, {
      method: 'POST',
      body: '{}'.repeat(100_000),
      headers: { 'content-type': 'application/json', cookie: 'a=b', origin: 'null' },
    })
    expect(response.status).toBe(200)
    expect((await only()).state).toBe('STOPPED')
  })

  test('what was a mistake is undone', async () => {
    const token = await active()
    await post(`unsubscribe?token=${token}`)
    expect((await post(`manage?token=${token}`, { change: 'resume' })).buttons).toContain('Pause')
    expect((await only()).state).toBe('ACTIVE')
  })

  test('an unknown token is said to be one', async () => {
    expect(await post('unsubscribe?token=nothing')).toMatchObject({
      status: 404,
      text: expect.stringContaining('The newest mail has a link that works'),
    })
  })
})

describe('/digest/manage', () => {
  test('less often, a pause, and the end', async () => {
    const token = await active()
    const change = async (name: string, period = 'DAY') =>
      (await post(`manage?token=${token}`, { change: name, period })).buttons
    expect((await get(`manage?token=${token}`)).buttons).toEqual(['Pause', 'Less often: every week', 'Unsubscribe'])
    expect(await change('lessOften')).toEqual(['Pause', 'Less often: every month', 'Unsubscribe'])
    // The same form once more, as a browser sends it when the page is loaded again.
    expect(await change('lessOften')).toEqual(['Pause', 'Less often: every month', 'Unsubscribe'])
    expect(await change('lessOften', 'WEEK')).toEqual(['Pause', 'Unsubscribe'])
    expect(await change('pause')).toEqual(['Resume', 'Unsubscribe'])
    expect(await only()).toMatchObject({ state: 'PAUSED', period: 'MONTH' })
    expect(await change('resume')).toEqual(['Pause', 'Unsubscribe'])
    expect(await change('unsubscribe')).toEqual(['Subscribe again'])
    expect(await change('nonsense')).toEqual(['Subscribe again'])
    expect(await only()).toMatchObject({ state: 'STOPPED', period: 'MONTH' })
  })

  test('one that was not confirmed can be ended only', async () => {
    const { token } = await subscribed()
    expect((await get(`manage?token=${token}`)).buttons).toEqual(['Unsubscribe'])
    await post(`manage?token=${token}`, { change: 'resume' })
    expect((await only()).state).toBe('UNCONFIRMED')
  })

  test.each([
    ['a body of another kind', { headers: { 'content-type': 'application/json' }, body: '{}' }, 415],
    ['a broken form', { headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: 'b' }, 400],
    [
      'a large form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'x'.repeat(20_000) },
      413,
    ],
  ])('%s is refused', async (_what, init, status) => {
    expect((await get('manage?token=x', { method: 'POST', ...init })).status).toBe(status)
  })
})

describe('/digest/subscribe', () => {
  test('subscribes to the filter of its address, and says the same to those who are subscribed', async () => {
    const email = addressOf()
    const form = await get('subscribe?topics=agents&minVotes=5')
    expect(form.text).toContain('Papers with most votes on agents with 5 votes or more')
    expect(form.body).toMatch(/<form [^>]*method="post">/)
    // What the element has in its address for the newest edition: each edition has a mail of its own.
    const named = await get('subscribe?topics=long-context&edition=day')
    expect(named.text).toContain('Papers with most votes on long context,')
    const first = await post('subscribe?topics=agents&minVotes=5', { email: ` ${email} `, period: 'week' })
    expect(first).toMatchObject({ status: 200, text: expect.stringContaining('Look into your mailbox') })
    const [subscription] = await stored()
    expect(subscription).toMatchObject({ period: 'WEEK', state: 'UNCONFIRMED' })
    await post(`confirm?token=${await newConfirmation(db, (subscription as Subscription).id)}`)
    const second = await post('subscribe?topics=agents&minVotes=5', { email, period: 'WEEK' })
    expect(second.body).toBe(first.body)
    expect(await stored()).toHaveLength(1)
  })

  test('a script gets JSON, of any origin', async () => {
    const accept = { accept: 'application/json', origin: 'https://elsewhere.example' }
    const { body, headers } = await post('subscribe', { email: addressOf(), period: 'MONTH' }, accept)
    expect(JSON.parse(body).message).toContain('Look into your mailbox')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    const wrong = await post('subscribe', { email: 'nobody', period: 'MONTH' }, accept)
    expect(wrong.status).toBe(400)
    expect(JSON.parse(wrong.body).error).toBe('Type an address, such as ada@example.org.')
    expect((await post('subscribe?topic=x', { email: addressOf() }, accept)).body).toContain('There is no parameter')
  })

  test('a wrong address is asked for once more, as text', async () => {
    const typed = '"><script>alert(1)</script>@example.org'
    const { status, body, text } = await post('subscribe', { email: typed, period: 'DAY' })
    expect(status).toBe(400)
    expect(text).toContain('Type an address')
    expect(body).toMatch(/name="email"[^>]* aria-describedby="problem"><\/label><p [^>]*id="problem"/)
    expect(body).not.toContain('<script>')
    expect((await post('subscribe', { email: addressOf(), period: 'hourly' })).text).toContain(
      'Choose day, week or month',
    )
  })

  test('an unknown parameter of the filter is named', async () => {
    expect(await get('subscribe?topic=agents')).toMatchObject({
      status: 400,
      text: expect.stringContaining('There is no parameter “topic”'.replace(/[“”]/g, '"')),
    })
  })
})

test('every page is private, and allows nothing but its own form', async () => {
  const token = await active()
  const pages = [
    `confirm?token=${token}`,
    `unsubscribe?token=${token}`,
    `manage?token=${token}`,
    'manage?token=x',
    'subscribe?x=1',
    'subscribe',
  ]
  for (const path of pages) {
    const { headers, body } = await get(path)
    expect(Object.fromEntries(headers), path).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'content-security-policy': expect.stringMatching(
        /default-src 'none'.*form-action '(self|none)'.*frame-ancestors 'none'/,
      ),
    })
    expect(body).toContain('<meta name="robots" content="noindex">')
    expect(body.match(/https?:\/\/[^"/<]+/g)?.filter((found) => found !== server.url)).toEqual([])
  }
})

test('other methods are refused, and preflights are told of POST', async () => {
  const put = await get('manage?token=x', { method: 'PUT' })
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  const preflight = await get('subscribe', { method: 'OPTIONS' })
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST')
})

test('one client is sent few confirmations', async () => {
  const statuses: number[] = []
  for (let time = 0; time < 26; time += 1) {
    subscribers += 1
    statuses.push((await post('subscribe', { email: addressOf(), period: 'DAY' })).status)
  }
  expect(statuses.at(-1)).toBe(429)
  expect(statuses).toContain(200)
})

test('no token and no address is in the log, also when the database fails', async () => {
  const token = await active()
  await db.execute(sql`alter table digests rename to digests_away`)
  try {
    for (const path of ['confirm', 'manage', 'unsubscribe'])
      expect((await post(`${path}?token=${token}`)).status).toBe(500)
    await server.ask(`mutation { subscribeToDigest(input: { email: "${addressOf()}" }) { __typename } }`)
  } finally {
    await db.execute(sql`alter table digests_away rename to digests`)
  }
  const text = JSON.stringify(server.logged)
  expect(text).toContain('a request failed')
  expect(text).not.toContain(token)
  expect(text).not.toMatch(/reader-\d/)
})
