import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseSavedQuery } from '../../src/formats/saved-filter.ts'
import { editionDay } from '../../src/values/editions.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { ROOT } from '../support/program.ts'
import { startServer } from '../support/server.ts'

// Two servers send the digests of an edition to a mail server that refuses some at first, and are killed in the middle. Nobody
// may get two. DIGEST_SUBSCRIPTIONS sets another number: `npm run test:long` takes 10,000.

const SUBSCRIPTIONS = Number(process.env.DIGEST_SUBSCRIPTIONS ?? 100)
const FILTERS = Math.min(200, SUBSCRIPTIONS / 4)
const KILLS = SUBSCRIPTIONS >= 1_000 ? 3 : 2
/** As many as a server has. */
const CONNECTIONS = 5
const DAY = 86_400_000
/** The hour of UTC that is as far away as possible: no day ends while the test runs. */
const ROLLOVER = `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:00`
const TODAY = editionDay({ timeZone: 'UTC', rollover: ROLLOVER }, new Date())
const day = (before: number): string => new Date(Date.parse(TODAY) - before * DAY).toISOString().slice(0, 10)

let database: FreshDatabase
let smtp: SMTPServer
/** The messages that the mail server has taken, by recipient. */
const taken = new Map<string, Buffer[]>()
const refused = new Set<string>()
const servers: ChildProcess[] = []

beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 60)
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      const isFirst = !refused.has(address)
      refused.add(address)
      done(isFirst && /0@/.test(address) ? Object.assign(new Error('Try again later'), { responseCode: 451 }) : null)
    },
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const address = envelope.rcptTo[0]?.address as string
        taken.set(address, [...(taken.get(address) ?? []), Buffer.concat(chunks)])
        // So that some are killed between this and the reply.
        await setTimeout(5)
        done()
      })
    },
  })
  smtp.on('error', () => {})
  await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening))
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await new Promise<void>((closed) => smtp?.close(closed))
  await database?.close()
})

function start(): ChildProcess {
  const { port } = smtp.server.address() as { port: number }
  const server = spawn(process.execPath, ['src/run.js', 'serve'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      DATA_DIR: join(ROOT, 'node_modules/.cache/digests'),
      PORT: '0',
      PUBLIC_URL: 'https://papers.example.org',
      EDITION_ROLLOVER: ROLLOVER,
      SMTP_URL: `smtp://127.0.0.1:${port}`,
    },
  })
  servers.push(server)
  return server
}

/** Subscriptions to the papers of yesterday, whose edition no server has seen as FINAL. */
async function subscribed(): Promise<void> {
  const { db } = database
  await db.execute(
    sql`update papers set listed_on = ${day(1)}::date, listed_at = ${`${day(1)}T09:00:00Z`}::timestamptz`,
  )
  await db.execute(sql`insert into final_editions (period, starts_on) values ('DAY', ${day(2)}::date)`)
  await db.execute(
    sql`insert into mail_addresses (address) select 'reader' || n || '@example.net' from generate_series(1, ${SUBSCRIPTIONS}::int) as n`,
  )
  await db.execute(sql`
    insert into digests (address_id, query, period, state, token, confirmed_at)
    select id, case id % 10 when 0 then 'minVotes=999' else 'excludeTopics=nothing-' || id % ${FILTERS} || '&minVotes=' || id % 5 + 1 end,
      'DAY', 'ACTIVE', lpad(id::text, 32, '-'), now() - interval '9 days' from mail_addresses`)
}

const count = async (states: string[]): Promise<number> => {
  const [row] = await database.db.execute<{ count: number }>(
    sql`select count(*)::int as count from deliveries where state = any(${sql.param(states)}::text[])`,
  )
  return row?.count ?? 0
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) {
    // What a mail server refused for now is tried again in a minute.
    await database.db.execute(
      sql`update deliveries set next_attempt_at = now() where state = 'PENDING' and attempts > 0`,
    )
    await setTimeout(50)
  }
}

test('each subscription gets the papers of its filter once, though servers are killed while they send', {
  timeout: 600_000,
}, async () => {
  await subscribed()
  let killed = 0
  let [first, second] = [start(), start()]
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await until(async () => taken.size > (SUBSCRIPTIONS * kill) / (KILLS + 3))
    first.kill('SIGKILL')
    await once(first, 'exit')
    killed += 1
    ;[first, second] = [second, start()]
  }
  const left = ['PENDING', 'SENDING']
  await until(async () => (await count(['PENDING'])) === 0 && (await count(left)) <= killed * CONNECTIONS)
  // The servers that died held the rest.
  await setTimeout(1_000)
  await database.db.execute(sql`update deliveries set lease_until = now() where state = 'SENDING'`)
  await until(async () => (await count(left)) === 0)

  const rows = await database.db.execute<{ address: string; state: string; query: string }>(
    sql`select address, sent.state, query from deliveries as sent join digests as own on own.id = sent.digest_id join mail_addresses as owner on owner.id = own.address_id`,
  )
  expect(rows).toHaveLength(SUBSCRIPTIONS)
  const states = Object.groupBy(rows, ({ state }) => state)
  expect(states.FAILED).toBeUndefined()
  expect(states.EMPTY?.length).toBeGreaterThan(0)
  expect(states.UNKNOWN?.length ?? 0).toBeLessThanOrEqual(KILLS * CONNECTIONS)
  for (const { address, state } of rows) {
    const mails = taken.get(address)?.length ?? 0
    expect(mails, address).toBeLessThanOrEqual(1)
    if (state === 'SENT') expect(mails, address).toBe(1)
    if (state === 'EMPTY') expect(mails, address).toBe(0)
  }

  const server = await startServer(database)
  const slugs = new Map<string, string[]>()
  for (const { address, state, query } of rows) {
    const [mail] = taken.get(address) ?? []
    if (mail === undefined) continue
    expect(['SENT', 'UNKNOWN']).toContain(state)
    let wanted = slugs.get(query)
    if (wanted === undefined) {
      const { data } = await server.ask(
        'query ($date: Date!, $filter: PaperFilter) { edition(date: $date) { papers(filter: $filter, first: 30) { nodes { url } } } }',
        { date: day(1), filter: parseSavedQuery(query).filter },
      )
      wanted = data.edition.papers.nodes.map(({ url }: { url: string }) => new URL(url).pathname)
      slugs.set(query, wanted as string[])
    }
    const { text = '', headers } = await simpleParser(mail)
    const named = [...text.matchAll(/https:\/\/papers\.example\.org(\/papers\/\S+)/g)].map(([, path]) => path)
    expect(named, query).toEqual(wanted)
    expect(headers.get('auto-submitted')).toBe('auto-generated')
  }
  await server.close()
})
