import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { SMTPServer } from 'smtp-server'
import { openDatabase } from '../../src/db/client.ts'
import { mailComposer } from '../../src/deliveries/compose.ts'
import { digestContent } from '../../src/deliveries/digest-content.ts'
import { type Mail, openMailTransport } from '../../src/deliveries/mail-transport.ts'
import { recordFinalEditions, storeAndClaim } from '../../src/deliveries/outbox.ts'
import { MailSender } from '../../src/deliveries/sender.ts'
import { parseSavedQuery } from '../../src/formats/saved-filter.ts'
import { queryRunner } from '../../src/http/graphql/run-own-query.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import type { EditionClock } from '../../src/values/editions.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { withBenchDatabase } from './database.ts'
import { ratio, table, whole } from './table.ts'

// `npm run bench:digests`: digests a second of an edition into a mail server on loopback that keeps nothing, beside the same
// mails without an outbox: written before, and sent by the same transport. Not a test: figures depend on the machine.

helpIfRequested('Usage: npm run bench:digests -- [--subscriptions 10000] [--filters 200]   digests a second')

const { values } = parseArgs({
  options: { subscriptions: { type: 'string', default: '10000' }, filters: { type: 'string', default: '200' } },
})
const [SUBSCRIPTIONS, FILTERS] = [Number(values.subscriptions), Number(values.filters)]
/** As many as a server has. */
const CONNECTIONS = 5
const perMail = (statements: number): string => (statements / SUBSCRIPTIONS).toFixed(2)
const PUBLIC_URL = 'https://papers.example.org'

/** The mail server, in a process of its own. */
function sink(): void {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      stream.resume()
      stream.on('end', () => done())
    },
  })
  server.on('error', () => {})
  // Asked for the processor time that it has taken.
  process.on('message', () => process.send?.(processorTime()))
  server.listen(0, '127.0.0.1', () => process.send?.((server.server.address() as { port: number }).port))
}

/** Of this process, in microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function run(port: number, timeOfSink: () => Promise<number>): Promise<void> {
  await withBenchDatabase(async (url) => {
    const statements = { outbox: 0, others: 0 }
    const { db, close } = openDatabase(url, {
      connections: 3,
      statementTimeout: 0,
      logger: {
        logQuery: (text) => {
          statements[/\bdeliveries\b/.test(text) ? 'outbox' : 'others'] += 1
        },
      },
    })
    await loadSample(db, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
    const clock = await clockAfterNewest(db)
    const log = pino({ level: 'error' })
    const transport = openMailTransport({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      mailFrom: 'papers@example.org',
      outboxDirectory: '',
      connections: CONNECTIONS,
      log,
    })
    const runQuery = queryRunner({
      db,
      counting: db,
      related: new RelatedPapers(),
      clock,
      trending: { halfLifeHours: HALF_LIFE_HOURS },
      publicUrl: PUBLIC_URL,
      votes: new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: clock.now }),
      live: {
        subscribe: () => {
          throw new Error('Nobody subscribes here.')
        },
        onChange: () => {},
        onAccess: () => {},
        isCurrent: () => true,
      },
    })
    const compose = mailComposer({
      db,
      publicUrl: () => PUBLIC_URL,
      contentOf: (query, edition) => digestContent(runQuery, PUBLIC_URL, parseSavedQuery(query), edition),
    })
    await subscribe(db, clock)

    const due = await storeAndClaim(db, [], { limit: 500, leaseSeconds: 600 })
    const mails: Mail[] = []
    for (const delivery of due) {
      const mail = await compose(delivery)
      if (mail) mails.push(mail)
    }
    const bare = await timed(mails.length * 4, async () => {
      const left = [...mails, ...mails, ...mails, ...mails]
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          for (let mail = left.pop(); mail; mail = left.pop()) await transport.send(mail)
        }),
      )
    })
    await db.execute(sql`update deliveries set state = 'PENDING'`)
    Object.assign(statements, { outbox: 0, others: 0 })
    const sender = new MailSender({ db, transport, compose, connections: CONNECTIONS, log, now: clock.now })
    const before = await timeOfSink()
    const ours = await timed(SUBSCRIPTIONS, () => sender.wake())
    const sinkTime = ((await timeOfSink()) - before) / SUBSCRIPTIONS
    const [counts] = await db.execute<{ sent: number }>(
      sql`select count(*) filter (where state = 'SENT')::int as sent from deliveries`,
    )
    console.log(
      table(
        ['', 'mails a second', 'of it', 'processor time a mail, µs'],
        [
          ['the same transport, mails written before', whole(bare.rate), '1.00', whole(bare.processor)],
          ['from the outbox', whole(ours.rate), ratio(ours.rate / bare.rate), whole(ours.processor)],
        ],
      ),
    )
    console.log(
      `${counts?.sent} of ${SUBSCRIPTIONS} sent; ${perMail(statements.outbox)} statements of the outbox a mail and ${perMail(statements.others)} others; ${FILTERS} filters; the mail server took ${whole(sinkTime)} µs of processor time a mail`,
    )
    await transport.close()
    await close()
  })
}

type Db = ReturnType<typeof openDatabase>['db']

/** A clock for which the newest day with papers has just become FINAL. */
async function clockAfterNewest(db: Db): Promise<EditionClock> {
  const [newest] = await db.execute<{ day: string }>(sql`select max(listed_on)::text as day from papers`)
  const after = new Date(Date.parse(newest?.day as string) + 30 * 3_600_000)
  return { now: () => after, timeZone: 'UTC', rollover: '00:00' }
}

async function subscribe(db: Db, clock: EditionClock): Promise<void> {
  await recordFinalEditions(db, { ...clock, now: () => new Date(clock.now().getTime() - 86_400_000) })
  await db.execute(
    sql`insert into mail_addresses (address) select 'reader' || n || '@example.net' from generate_series(1, ${SUBSCRIPTIONS}::int) as n`,
  )
  await db.execute(sql`
    insert into digests (address_id, query, period, state, token, confirmed_at)
    select id, 'excludeTopics=nothing-' || id % ${FILTERS}, 'DAY', 'ACTIVE', lpad(id::text, 32, '-'), '2020-01-01' from mail_addresses`)
  await recordFinalEditions(db, clock)
}

interface Timed {
  rate: number
  /** Processor time of this process for each mail, in microseconds. */
  processor: number
}

async function timed(mails: number, work: () => Promise<unknown>): Promise<Timed> {
  const [begun, before] = [performance.now(), processorTime()]
  await work()
  return { rate: (mails * 1_000) / (performance.now() - begun), processor: (processorTime() - before) / mails }
}

if (process.send) sink()
else {
  const server = fork(import.meta.filename)
  const [port] = (await once(server, 'message')) as [number]
  const timeOfSink = async (): Promise<number> => {
    server.send('')
    const [time] = (await once(server, 'message')) as [number]
    return time
  }
  await run(port, timeOfSink).finally(() => server.kill())
}
