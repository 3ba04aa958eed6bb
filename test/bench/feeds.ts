import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { pino } from 'pino'
import { openDatabase } from '../../src/db/client.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import type { Change } from '../../src/live/events.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { withBenchDatabase } from './database.ts'

// `npm run bench:feeds`: feeds a second of a list of 30 papers of the sample catalogue, beside bare node:http with a body
// of the same size. `npm run bench:feeds -- /papers` measures a page in its place. Not a test: figures depend on the machine.
//
// Cold: the catalogue changes before each request, so that each asks the database. Fresh: it does not. Each server is a
// process of its own and is measured in turn with the others; 20 connections each send a request when the last one is
// answered.

helpIfRequested('Usage: npm run bench:feeds [-- PATH]   feeds or pages a second, beside bare node:http')

/** The path that is measured, or, in the process of a server, what that server is. */
const [ARGUMENT = '/feeds/papers.rss'] = process.argv.slice(2)

const AT_ONCE = 20
const ROUNDS = 9
const SECONDS = 0.7

/** What the server of a process is: ours on a database, with every request cold or not, or a bare one. */
type Form = { kind: 'ours'; databaseUrl: string; cold: boolean } | { kind: 'bare'; bytes: number }

interface Case {
  name: string
  form: Form
  headers: Record<string, string>
}

function ourServer(databaseUrl: string, cold: boolean): Server {
  const { db } = openDatabase(databaseUrl, { connections: 3, statementTimeout: 0 })
  const clock = { now: () => new Date(), timeZone: 'UTC', rollover: '00:00' }
  const onChange: ((change: Change) => void)[] = []
  const server = createHttpServer({
    db,
    counting: db,
    clock,
    log: pino({ level: 'warn' }),
    live: {
      subscribe: () => {
        throw new Error('Nobody subscribes here.')
      },
      onChange: (callback) => void onChange.push(callback),
      onAccess: () => {},
      isCurrent: () => true,
    },
    related: new RelatedPapers(),
    authenticate: async () => null,
    votes: new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: clock.now }),
    trending: { halfLifeHours: HALF_LIFE_HOURS },
    publicUrl: 'https://papers.example',
    frameAncestors: '*',
    cacheMegabytes: 64,
  })
  if (cold)
    server.prependListener('request', () => {
      for (const callback of onChange) callback('changed')
    })
  return server
}

function bareServer(bytes: number): Server {
  const body = Buffer.alloc(bytes, 'x')
  const headers = { 'content-type': 'application/rss+xml; charset=utf-8', 'content-length': body.length }
  return createServer((_request, response) => {
    response.writeHead(body.length > 0 ? 200 : 304, headers).end(body)
  })
}

/** The other side of `start`: a process that is a server until the one that started it goes away. */
async function serve(form: Form): Promise<void> {
  const server = form.kind === 'ours' ? ourServer(form.databaseUrl, form.cold) : bareServer(form.bytes)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.((server.address() as AddressInfo).port)
  process.on('message', () => process.send?.(process.cpuUsage()))
  process.on('disconnect', () => process.exit())
}

interface Running {
  child: ChildProcess
  port: number
}

async function start(form: Form): Promise<Running> {
  const child = fork(import.meta.filename, [JSON.stringify(form)])
  const [port] = await once(child, 'message')
  return { child, port: port as number }
}

/** How long a process has been busy, in microseconds. */
async function busy(child: ChildProcess): Promise<number> {
  child.send('busy')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

/**
 * Answers a second, and how many microseconds the server was busy with each. An answer is known to be over by its length alone, which is the same for all, so that this process is
 * not what is measured.
 */
async function measure(
  { child, port }: Running,
  headers: Record<string, string>,
): Promise<{ rate: number; cost: number }> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const request = Buffer.from(`GET ${ARGUMENT} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const busyBefore = await busy(child)
  const start = performance.now()
  const end = start + SECONDS * 1_000
  let answers = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      let length = 0
      let got = 0
      socket.on('data', (chunk: Buffer) => {
        if (length === 0) length = lengthOf(chunk)
        got += chunk.length
        if (got < length) return
        got = 0
        answers += 1
        if (performance.now() < end) socket.write(request)
        else socket.destroy()
      })
      socket.write(request)
      await once(socket, 'close')
    }),
  )
  const rate = answers / ((performance.now() - start) / 1_000)
  return { rate, cost: ((await busy(child)) - busyBefore) / answers }
}

/** The length of a whole answer, from the beginning of one. */
function lengthOf(chunk: Buffer): number {
  const text = chunk.toString('latin1')
  const head = text.indexOf('\r\n\r\n') + 4
  if (head < 4 || !/^HTTP\/1\.1 (200|304) /.test(text)) throw new Error(`Not what is measured: ${text.slice(0, 200)}`)
  return head + (text.startsWith('HTTP/1.1 304') ? 0 : Number(/^content-length: (\d+)/im.exec(text)?.[1]))
}

const least = (results: readonly { cost: number }[] = []): number => Math.min(...results.map(({ cost }) => cost))

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

async function bench(databaseUrl: string): Promise<void> {
  const { db, close } = openDatabase(databaseUrl, { connections: 1, statementTimeout: 0 })
  await loadSample(db, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
  await close()
  const fresh: Form = { kind: 'ours', databaseUrl, cold: false }
  const probe = await start(fresh)
  const get = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${probe.port}${ARGUMENT}`, { headers })
  const whole = await get({ 'accept-encoding': 'identity' })
  const size = (await whole.bytes()).length
  const packed = Number((await get({ 'accept-encoding': 'gzip' })).headers.get('content-length'))
  const gzip = { 'accept-encoding': 'gzip' }
  const unchanged = { 'if-none-match': whole.headers.get('etag') ?? '' }
  probe.child.disconnect()

  // Every third case is what the two before it are compared with.
  const cases: Case[] = [
    { name: `cold, ${size} bytes`, form: { ...fresh, cold: true }, headers: {} },
    { name: `fresh, ${size} bytes`, form: fresh, headers: {} },
    { name: `bare, ${size} bytes`, form: { kind: 'bare', bytes: size }, headers: {} },
    { name: `cold, gzip, ${packed} bytes`, form: { ...fresh, cold: true }, headers: gzip },
    { name: `fresh, gzip, ${packed} bytes`, form: fresh, headers: gzip },
    { name: `bare, ${packed} bytes`, form: { kind: 'bare', bytes: packed }, headers: gzip },
    { name: 'cold, 304', form: { ...fresh, cold: true }, headers: unchanged },
    { name: 'fresh, 304', form: fresh, headers: unchanged },
    { name: 'bare, 304', form: { kind: 'bare', bytes: 0 }, headers: unchanged },
  ]
  const servers = await Promise.all(cases.map(({ form }) => start(form)))
  const results = cases.map((): { rate: number; cost: number }[] => [])
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [place, { headers }] of cases.entries()) {
      const result = await measure(servers[place] as Running, headers)
      // The first round warms up.
      if (round > 0) results[place]?.push(result)
    }
  for (const { child } of servers) child.disconnect()

  console.log(
    `Node ${process.versions.node}; ${availableParallelism()} processors; ${AT_ONCE} requests at once, ` +
      `${ROUNDS} rounds of ${SECONDS} s; medians, and of each round the share of what bare did in it`,
  )
  console.table(
    Object.fromEntries(
      cases.map(({ name }, place) => {
        const [ours, bare] = [place, place - (place % 3) + 2].map((which) => results[which] ?? [])
        const shares = ours?.map(({ rate }, round) => rate / (bare?.[round]?.rate ?? 0)) ?? []
        return [
          name,
          {
            'responses/s': median(ours?.map(({ rate }) => rate) ?? []).toFixed(0),
            'busy µs': median(ours?.map(({ cost }) => cost) ?? []).toFixed(0),
            'of bare': median(shares).toFixed(2),
            // On a busy machine, the least processor time of a round says more than the rate.
            'least busy µs': least(ours).toFixed(0),
            'of bare, by it': (least(bare) / least(ours)).toFixed(2),
            rounds: shares.map((share) => share.toFixed(2)).join(' '),
          },
        ]
      }),
    ),
  )
}

if (ARGUMENT.startsWith('{')) await serve(JSON.parse(ARGUMENT))
else await withBenchDatabase(bench)
