import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { syncSources } from '../../drizzle/tables/sync-sources.ts'
import { openJobQueue } from '../../src/jobs/queue.ts'
import { Metrics } from '../../src/metrics/metrics.ts'
import { measureDeliveries, measureJobs, measureSources } from '../../src/programs/source-metrics.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { startServer, type TestServer } from '../support/server.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const PROMTOOL = '/usr/bin/promtool'
const ALERTS = join(import.meta.dirname, '../../src/http/alerts.yaml')

const metrics = new Metrics()
let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 5)
  server = await startServer(database, {
    cacheMegabytes: 4,
    quotas: { anonymous: 200 },
    trustedProxies: 1,
    metrics,
    logLevel: 'debug',
  })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers })
const graphql = (query: string) => `/graphql?query=${encodeURIComponent(query)}`

/** The log lines of the request with this id. */
const linesOf = async (id: string) => {
  await expect.poll(() => server.logged.some(({ requestId, msg }) => requestId === id && msg === 'request')).toBe(true)
  return server.logged.filter(({ requestId }) => requestId === id)
}

describe('the log of requests', () => {
  test.for([
    ['/feeds/papers.rss?first=3', 200, { level: 20, route: 'feed-papers', path: '/feeds/papers.rss', cache: 'miss' }],
    ['/nothing', 404, { level: 30, route: 'none', cache: 'none' }],
    ['/feeds/papers.rss?first=x', 400, { level: 30, route: 'feed-papers' }],
    ['/healthz', 200, { level: 20, route: 'health' }],
    [graphql('query Newest { papers(first: 1) { nodes { id } } }'), 200, { route: 'graphql', operation: 'Newest' }],
    [graphql('{ nothing }'), 400, { level: 30, route: 'graphql', operation: null }],
  ] as const)('%s', async ([path, status, line]) => {
    const headers = { 'x-forwarded-for': '203.0.113.5', accept: 'application/graphql-response+json, */*;q=0.1' }
    const response = await get(path, { ...headers, traceparent: TRACEPARENT })
    expect(response.status).toBe(status)
    const id = response.headers.get('x-request-id') as string
    expect(id).toMatch(/^[\da-f-]{36}$/)
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    expect(await linesOf(id)).toMatchObject([
      { ...line, status, client: '203.0.113.5', method: 'GET', traceparent: TRACEPARENT, ms: expect.any(Number) },
    ])
  })

  test('a cached response is logged as what it is', async () => {
    const path = graphql('query Again { papers(first: 2) { nodes { id } } }')
    await get(path)
    const id = (await get(path)).headers.get('x-request-id') as string
    expect(await linesOf(id)).toMatchObject([{ route: 'graphql', operation: 'Again', cache: 'hit' }])
  })

  test('the id of a proxy is kept, and a text that is no id replaced', async () => {
    const ids = async (given: string) => (await get('/healthz', { 'x-request-id': given })).headers.get('x-request-id')
    expect(await ids('Root=1-67891233-abcdef012345678912345678')).toBe('Root=1-67891233-abcdef012345678912345678')
    for (const wrong of ['short', 'with a space', 'x'.repeat(101), '{"json":true}'])
      expect(await ids(wrong), wrong).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/)
  })

  test('a failure quotes the id of its request, whose log line has the cause', async () => {
    await database.db.execute(sql`alter table topics rename to topics_away`)
    try {
      const response = await get(graphql('{ topics { nodes { name } } }'))
      const id = response.headers.get('x-request-id') as string
      const { errors } = await response.json()
      expect(errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', id })
      expect(errors[0].message).toContain(`report it with the id ${id}`)
      expect(await linesOf(id)).toMatchObject([{ level: 50, err: { message: expect.any(String) } }, { msg: 'request' }])
      const feed = await get('/feeds/editions/day.rss')
      const feedId = feed.headers.get('x-request-id') as string
      expect(feed.status).toBe(200)
      expect(await linesOf(feedId)).toHaveLength(1)
    } finally {
      await database.db.execute(sql`alter table topics_away rename to topics`)
    }
  })
})

/** The value of a metric with these labels. */
async function read(name: string, labels: Record<string, string> = {}): Promise<number> {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

describe('metrics', () => {
  test('requests by route, operation, status and cache result, and how long they took', async () => {
    const path = graphql('query Counted { papers(first: 3) { nodes { id } } }')
    const labels = { route: 'graphql', operation: 'Counted', status: '200' }
    for (let n = 0; n < 3; n += 1) await get(path, { 'x-forwarded-for': '203.0.113.6' })
    await expect.poll(() => read('daily_papers_http_requests_total', { ...labels, cache: 'hit' })).toBe(2)
    expect(await read('daily_papers_http_requests_total', { ...labels, cache: 'miss' })).toBe(1)
    expect(await read('daily_papers_http_request_duration_seconds_count', { route: 'graphql' })).toBeGreaterThan(2)
  })

  test('points that were spent and refused', async () => {
    const spent = () => read('daily_papers_rate_limit_points_total', { result: 'spent' })
    const client = { 'x-forwarded-for': '203.0.113.100' }
    const before = await spent()
    for (let n = 0; n < 2; n += 1) expect((await get('/feeds/papers.json?first=100', client)).status).toBe(200)
    await expect.poll(async () => (await spent()) - before).toBe(110)
    expect((await get('/feeds/papers.json?first=100&minVotes=1', client)).status).toBe(429)
    expect(await read('daily_papers_rate_limit_points_total', { result: 'refused' })).toBe(100)
  })

  test('clients cannot fill the memory with names of operations', async () => {
    const other = new Metrics()
    const wrong = { route: 'graphql', status: 400, cache: 'none', code: 'GRAPHQL_VALIDATION_FAILED', seconds: 0.1 }
    for (let n = 0; n < 300; n += 1) other.request({ ...wrong, operation: `W${n}` })
    for (let n = 0; n < 1_000; n += 1)
      other.request({ route: 'graphql', operation: `O${n}`, status: 200, cache: 'miss', code: null, seconds: 0.1 })
    const text = await other.text()
    expect(text.split('\n').filter((line) => line.startsWith('daily_papers_http_requests_total'))).toHaveLength(202)
    expect(text).toContain('operation="other",status="200",cache="miss"} 800')
  })

  test.skipIf(!existsSync(PROMTOOL))('promtool accepts them (skipped without Debian’s prometheus)', async () => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: await metrics.text(),
      encoding: 'utf8',
    })
    // Names of Node's own metrics break two of its conventions.
    const ours = (stdout + stderr).split('\n').filter((line) => line.startsWith('daily_papers_'))
    expect(ours).toEqual([])
    expect([0, 3]).toContain(status)
  })

  test('a metric that cannot be read is left out, and the others are there', async () => {
    const other = new Metrics()
    other.gauge({ name: 'broken', help: 'Cannot be read.' }, () => Promise.reject(new Error('no database')))
    other.gauge({ name: 'whole', help: 'Can be read.' }, () => 3)
    const text = await other.text()
    expect(text).toContain('\ndaily_papers_whole 3\n')
    expect(text).not.toMatch(/^daily_papers_broken /m)
  })

  test('errors by their code', async () => {
    await get(graphql('{ nothing }'))
    await expect.poll(() => read('daily_papers_errors_total', { code: 'GRAPHQL_VALIDATION_FAILED' })).toBeGreaterThan(0)
  })

  test('of the sources that are synced: their age, and whether something is wrong', async () => {
    const other = new Metrics()
    measureSources(other, database.db)
    await database.db.insert(syncSources).values([
      { name: 'arxiv:cs.CL', newestOn: '2026-11-10', isSuspect: true, errors: 4, nextRunAt: '2026-11-11T00:00:00Z' },
      { name: 'not-any-more', newestOn: '2026-11-10', isSuspect: true },
    ])
    const text = await other.text()
    expect(text).toContain('daily_papers_source_suspect{source="arxiv:cs.CL"} 1\n')
    expect(text).toContain('daily_papers_source_failed_runs{source="arxiv:cs.CL"} 4\n')
    expect(text).toMatch(/daily_papers_source_newest_age_seconds\{source="arxiv:cs.CL"\} \d{5,}/)
    expect(text).not.toContain('not-any-more')
  })

  test('what is sent by itself, by kind and state, and how long it has waited', async () => {
    await database.db.execute(sql`
      with owner as (insert into mail_addresses (address) values ('metrics@example.org') returning id),
        own as (insert into digests (address_id, query, period, token) select id, '', 'DAY', 'metrics' from owner returning id)
      insert into deliveries (kind, digest_id, period, starts_on, state, created_at, finished_at)
      select 'DIGEST', own.id, 'DAY', day::date, state, now() - interval '2 hours', finished from own, (values
        ('2026-01-01', 'PENDING', null), ('2026-01-02', 'PENDING', null), ('2026-01-03', 'UNKNOWN', now()),
        ('2026-01-04', 'SENT', now() - interval '25 hours')) as known (day, state, finished)`)
    await database.db.execute(
      sql`insert into websub_feeds (path, fingerprint, changed_at) values ('/feeds/papers.rss', 'x', now() - interval '3 hours')`,
    )
    const other = new Metrics()
    measureDeliveries(other, database.db)
    const text = await other.text()
    for (const line of [
      'deliveries{kind="DIGEST",state="PENDING"} 2',
      'deliveries{kind="DIGEST",state="UNKNOWN"} 1',
      'deliveries{kind="DIGEST",state="SENT"} 0',
      'deliveries{kind="CONFIRMATION",state="UNKNOWN"} 0',
      'deliveries{kind="WEBSUB",state="PENDING"} 1',
      'delivery_oldest_pending_age_seconds{kind="CONFIRMATION"} 0',
    ])
      expect(text).toContain(`\ndaily_papers_${line}\n`)
    expect(text).toMatch(/_age_seconds\{kind="DIGEST"\} 72\d\d/)
    expect(text).toMatch(/_age_seconds\{kind="WEBSUB"\} 108\d\d/)
    await database.db.execute(sql`delete from mail_addresses`)
  })

  test('jobs by their state', async () => {
    const queue = await openJobQueue(database.url, pino({ enabled: false }))
    onTestFinished(() => queue.stop())
    const other = new Metrics()
    measureJobs(other, { countJobs: queue.countByState })
    await queue.everyMinute('nothing', async () => {})
    await expect.poll(() => other.text()).toContain('daily_papers_jobs{state="completed"} 1\n')
    expect(await other.text()).toContain('daily_papers_jobs{state="failed"} 0\n')
  })

  test.skipIf(!existsSync(PROMTOOL))('the example of alerts fires (skipped without Debian’s prometheus)', async () => {
    const directory = await temporaryDirectory('daily-papers-alerts')
    onTestFinished(() => rm(directory, { recursive: true }))
    const series = (name: string, values: string) => ({ series: name, values })
    const fires = (alertname: string, eval_time: string, labels: object) => ({
      eval_time,
      alertname,
      exp_alerts: [{ exp_labels: labels }],
    })
    const file = join(directory, 'alerts.test.json')
    const input_series = [
      series('daily_papers_source_suspect{source="arxiv:cs.CL"}', '0x10 1x200'),
      series('daily_papers_source_failed_runs{source="hf-daily"}', '0 1 2 3x200'),
      series('daily_papers_deliveries{kind="DIGEST",state="UNKNOWN"}', '0x10 2x200'),
      series('daily_papers_delivery_oldest_pending_age_seconds{kind="DIGEST"}', '0+60x200'),
      series('daily_papers_delivery_oldest_pending_age_seconds{kind="WEBHOOK"}', '0+60x200'),
      series('daily_papers_errors_total{code="STORAGE_FULL"}', '0x20 1x200'),
      series('daily_papers_errors_total{code="DATABASE_UNAVAILABLE"}', '0x30 5x200'),
    ]
    const rules = await readFile(ALERTS, 'utf8')
    // Without annotations, which the test would have to repeat.
    await writeFile(join(directory, 'alerts.yaml'), rules.replace(/^ +annotations:\n +summary: .*\n/gm, ''))
    const alert_rule_test = [
      fires('DailyPapersSourceSuspect', '80m', { source: 'arxiv:cs.CL' }),
      fires('DailyPapersSourceFails', '5m', { source: 'hf-daily' }),
      fires('DailyPapersMailsUnknown', '12m', { kind: 'DIGEST', state: 'UNKNOWN' }),
      fires('DailyPapersDeliveriesStuck', '75m', { kind: 'DIGEST' }),
      { eval_time: '60m', alertname: 'DailyPapersDeliveriesStuck', exp_alerts: [] },
      fires('DailyPapersWritesFail', '22m', { code: 'STORAGE_FULL' }),
      fires('DailyPapersDatabaseAway', '32m', { code: 'DATABASE_UNAVAILABLE' }),
      { eval_time: '15m', alertname: 'DailyPapersWritesFail', exp_alerts: [] },
      { eval_time: '20m', alertname: 'DailyPapersSourceSuspect', exp_alerts: [] },
    ]
    await writeFile(
      file,
      JSON.stringify({
        rule_files: ['alerts.yaml'],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series, alert_rule_test }],
      }),
    )
    const whole = spawnSync(PROMTOOL, ['check', 'rules', ALERTS], { encoding: 'utf8' })
    expect(whole.stdout + whole.stderr).toContain('9 rules found')
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['test', 'rules', file], { encoding: 'utf8' })
    expect(stdout + stderr).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})

// Last, because the changes that it announces clear the cache whose hits are counted above.
test('what a curator does is logged once it is committed, with the entry of the audit log', async () => {
  const curator = await server.tokenOf('curator', ['read', 'curate'])
  server.logged.length = 0
  const { data } = await server.ask('{ papers(first: 1, orderBy: OLDEST) { nodes { id } } }')
  const input = `input: { paperId: "${data.papers.nodes[0].id}" }`
  for (const field of ['hidePaper', 'unhidePaper'])
    await server.ask(`mutation { ${field}(${input}) { __typename } }`, {}, curator)
  const lines = server.logged.filter(({ msg }) => msg === 'curated')
  expect(lines).toMatchObject([
    { level: 30, action: 'HIDE_PAPERS', auditId: expect.any(Number), userId: expect.any(Number), count: 1 },
    { action: 'UNHIDE_PAPERS', subjects: [expect.stringMatching(/^Paper:\d+$/)] },
  ])
})
