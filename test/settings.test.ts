import { expect, test } from 'vitest'
import { readSettings, SettingsError, withoutSecrets } from '../src/settings.ts'

test('everything has a default that runs', () => {
  const settings = readSettings({})
  expect(settings).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    databaseUrl: null,
    editionTimeZone: 'UTC',
    editionRollover: '00:00',
    trendingHalfLifeHours: 48,
    sample: true,
    allowPrivateNetworks: false,
    logLevel: 'info',
  })
  expect(settings.dataDir).toMatch(/\/\.data$/)
})

test('an empty variable counts as not given', () => {
  expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 4000, databaseUrl: null })
})

test('the metrics have a port of their own', () => {
  const message = 'METRICS_PORT must be another port than PORT, which is 4000.'
  expect(() => readSettings({ METRICS_PORT: '4000' })).toThrow(message)
  expect(readSettings({ PORT: '0', METRICS_PORT: '0' }).metricsPort).toBe(0)
})

test('mail is sent by a server that is named, for a site that is named', () => {
  const SMTP_URL = 'smtp://me:a%40b@mail.example.org:587?requireTLS=true'
  const PUBLIC_URL = 'https://papers.example.org/'
  expect(readSettings({})).toMatchObject({ smtpUrl: null, mailFrom: 'Daily Papers <daily-papers@localhost>' })
  expect(readSettings({ SMTP_URL, PUBLIC_URL })).toMatchObject({
    smtpUrl: SMTP_URL,
    mailFrom: 'Daily Papers <daily-papers@papers.example.org>',
  })
  expect(readSettings({ PUBLIC_URL: 'http://[::1]:4000' }).mailFrom).toContain('@localhost>')
  expect(() => readSettings({ SMTP_URL })).toThrow(/^SMTP_URL needs PUBLIC_URL/)
  for (const [wrong, message] of [
    ['mail.example.org:587', /^SMTP_URL must look like smtp:/],
    ['smtp://', /^SMTP_URL must look like smtp:/],
    ['smtp://h?logger=true', /^SMTP_URL has an unknown parameter "logger"/],
  ] as const)
    expect(() => readSettings({ SMTP_URL: wrong, PUBLIC_URL }), wrong).toThrow(message)
  for (const MAIL_FROM of ['papers@example.org', 'The Papers <papers@example.org>', 'Zeitung für Übles <a@b.example>'])
    expect(readSettings({ MAIL_FROM }).mailFrom).toBe(MAIL_FROM)
  for (const MAIL_FROM of ['papers', 'a@b.example, c@d.example', 'a@b.example\r\nBcc: c@d.example', '<a@b.example> x'])
    expect(() => readSettings({ MAIL_FROM }), MAIL_FROM).toThrow(/^MAIL_FROM must be an address/)
})

test('the sample goes into a database of the operator only on request', () => {
  const DATABASE_URL = 'postgres://me@db/papers'
  expect(readSettings({ DATABASE_URL }).sample).toBe(false)
  expect(readSettings({ DATABASE_URL, SAMPLE: '' }).sample).toBe(false)
  expect(readSettings({ DATABASE_URL, SAMPLE: 'true' }).sample).toBe(true)
  expect(readSettings({ SAMPLE: 'false' }).sample).toBe(false)
})

test('values are taken', () => {
  const settings = readSettings({
    PORT: '0',
    DATABASE_URL: 'postgres://me@db/papers',
    EDITION_TIME_ZONE: 'America/New_York',
    EDITION_ROLLOVER: '21:30',
    TRENDING_HALF_LIFE_HOURS: '12.5',
    SAMPLE: 'False',
    ALLOW_PRIVATE_NETWORKS: '1',
    LOG_LEVEL: 'warn',
  })
  expect(settings).toMatchObject({
    port: 0,
    databaseUrl: 'postgres://me@db/papers',
    editionTimeZone: 'America/New_York',
    editionRollover: '21:30',
    trendingHalfLifeHours: 12.5,
    sample: false,
    allowPrivateNetworks: true,
    logLevel: 'warn',
  })
})

test('all problems are said at once, each with the name of its setting', () => {
  const wrong = {
    PORT: '65536',
    DATABASE_URL: 'mysql://x',
    EDITION_TIME_ZONE: 'Mars/Olympus',
    EDITION_ROLLOVER: '24:00',
    TRENDING_HALF_LIFE_HOURS: 'soon',
    SAMPLE: 'maybe',
    ALLOW_PRIVATE_NETWORKS: 'home',
    LOG_LEVEL: 'loud',
  }
  let message = ''
  try {
    readSettings(wrong)
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError)
    message = (error as Error).message
  }
  expect(message.split('\n').map((line) => line.split(' ')[0])).toEqual(Object.keys(wrong))
})

test('the rate limit is off, or its defaults but for what is given', () => {
  const defaults = {
    anonymous: 1_000,
    token: 5_000,
    votes: 600,
    submissions: 20,
    savedFilters: 300,
    reports: 20,
    confirmations: 20,
  }
  expect(readSettings({}).rateLimit).toEqual(defaults)
  expect(readSettings({ RATE_LIMIT: 'off' }).rateLimit).toBeNull()
  expect(readSettings({ RATE_LIMIT: 'votes=50, anonymous=2000' }).rateLimit).toEqual({
    ...defaults,
    votes: 50,
    anonymous: 2_000,
  })
  for (const wrong of ['on', 'votes', 'votes=0', 'votes=-1', 'vote=5', 'votes=1.5', 'votes=5,'])
    expect(() => readSettings({ RATE_LIMIT: wrong }), wrong).toThrow(/^RATE_LIMIT must be off, or whole numbers/)
})

test('SYNC names sources, keeps the sample out and lets days settle', () => {
  const settings = readSettings({ SYNC: 'hf-daily, arxiv:CS.cl,arxiv:cs.CL feed:https://example.org/a%2Cb#x' })
  expect(settings.sync.map(({ name }) => name)).toEqual(['hf-daily', 'arxiv:cs.CL', 'feed:https://example.org/a%2Cb'])
  expect(settings).toMatchObject({ sample: false, editionSettleHours: 24 })
  expect(readSettings({})).toMatchObject({ sync: [], editionSettleHours: 0 })
  expect(() => readSettings({ SYNC: 'hf-weekly,arxiv:cs,feed:lab.example', EDITION_SETTLE_HOURS: '-1' })).toThrow(
    new RegExp(
      [
        '^SYNC: "hf-weekly" is not a source: .*',
        'SYNC: "arxiv:cs" does not name a category of arXiv, .*',
        'SYNC: "feed:lab\\.example" does not name an http or https address, .*',
        'EDITION_SETTLE_HOURS must be a number from 0 to 720\\.$',
      ].join('\n'),
    ),
  )
})

test('the log gets the settings without passwords and tokens', () => {
  const text = JSON.stringify(
    withoutSecrets(
      readSettings({
        DATABASE_URL: 'postgres://papers:hid:den@db.example,db2.example/papers?sslmode=require&password=hidden',
        SMTP_URL: 'smtp://me:hid%40den@mail.example:587',
        PUBLIC_URL: 'https://papers.example',
        SYNC: 'feed:https://feeds.example/a.xml?token=hidden&page=2',
      }),
    ),
  )
  expect(text).not.toMatch(/hid:?den|hid%40den/)
  expect(text).toContain('postgres://papers:…@db.example,db2.example/papers?sslmode=require&password=…')
  expect(text).toContain('smtp://me:…@mail.example:587')
  expect(text).toContain('https://feeds.example/a.xml?token=…&page=2')
})
