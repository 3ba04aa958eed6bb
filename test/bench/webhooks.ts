import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { openRecorder, type Recorder } from '../support/hook-recorder.ts'
import { behaviourOf, givenHooks, hookedPaper, SECRET, wantedTitles } from '../support/many-hooks.ts'
import { withBenchDatabase } from './database.ts'
import { startOurs } from './servers.ts'
import { ratio, table } from './table.ts'

// `npm run bench:webhooks`: papers come in, and webhooks on many lists are told of them, of which one in twenty fails, stalls or is
// gone. Whether each of the others gets every paper of its list in order, and how long requests to the API take meanwhile, beside
// the same papers without webhooks. Not a test: figures depend on the machine.

helpIfRequested(
  'Usage: npm run bench:webhooks -- [--hooks 2000] [--lists 100] [--papers 500]   what webhooks cost the API, and whether they lose anything',
)

const { values } = parseArgs({
  options: {
    hooks: { type: 'string', default: '2000' },
    lists: { type: 'string', default: '100' },
    papers: { type: 'string', default: '500' },
  },
})
const SIZE = { hooks: Number(values.hooks), lists: Number(values.lists), papers: Number(values.papers) }
/** Papers that come together, and milliseconds between them. */
const BATCH = 100
const BATCH_EVERY = 2_000
/** In milliseconds: the time between two requests to the API, and how long they go on if nothing else ends them. */
const REQUEST_EVERY = 25
const LEAST = 15_000
/** The papers come in so many parts, each beside as many papers without webhooks: the machine may change meanwhile. */
const ROUNDS = 2

const numbers = Array.from({ length: SIZE.hooks }, (_, n) => n)
const isLive = (n: number) => ['live', 'flaky'].includes(behaviourOf(`/${n}`))

type Question = 'open' | 'half' | 'look' | 'check'

/** The addresses, in a process of their own. */
function endpoints(): void {
  let recorder: Recorder | undefined
  process.on('message', async (question: Question) => {
    recorder ??= await openRecorder({ secret: SECRET, behaviourOf })
    if (question === 'open') process.send?.(recorder.url)
    else {
      const live = numbers
        .filter(isLive)
        .map((n) => ({ titles: recorder?.titlesAt(`/${n}`) ?? [], wanted: wantedTitles(n, SIZE) }))
      const part = question === 'half' ? 1 / ROUNDS : 1
      const complete = live.filter(({ titles, wanted }) => titles.length >= wanted.length * part).length
      const ordered =
        question === 'check' ? live.filter(({ titles, wanted }) => titles.join() === wanted.join()).length : 0
      process.send?.({
        complete,
        live: live.length,
        ordered,
        taken: recorder.taken(),
        requests: recorder.requests(),
        faults: question === 'check' ? recorder.faults() : 0,
      })
    }
  })
}

interface Phase {
  times: number[]
  seconds: number
}

const add = (phase: Phase, more: Phase): void => {
  phase.times = [...phase.times, ...more.times].sort((a, b) => a - b)
  phase.seconds += more.seconds
}

interface Look {
  complete: number
  live: number
  ordered: number
  taken: number
  requests: number
  faults: number
}

const QUERY =
  '{ papers(first: 20, orderBy: NEWEST) { nodes { id title url voteCount authors(first: 3) { nodes { name } } topics { slug } } } }'

/** The times of requests to the API until `isOver`, in milliseconds, sorted. */
async function timesUntil(url: string, isOver: () => boolean): Promise<number[]> {
  const times: number[] = []
  const underway = new Set<Promise<void>>()
  const address = `${url}/graphql?${new URLSearchParams({ query: QUERY })}`
  while (!isOver()) {
    const begun = performance.now()
    const request = fetch(address, { headers: { accept: 'application/json' } })
      .then((response) => response.arrayBuffer())
      .then(() => {
        times.push(performance.now() - begun)
        underway.delete(request)
      })
    underway.add(request)
    await setTimeout(REQUEST_EVERY)
  }
  await Promise.all(underway)
  return times.sort((a, b) => a - b)
}

async function importPapers(db: Db, prefix: string, round: number): Promise<void> {
  const [from, to] = [round, round + 1].map((each) => Math.floor((SIZE.papers * each) / ROUNDS)) as [number, number]
  for (let first = from; first < to; first += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, to - first) }, (_, n) => hookedPaper(first + n, prefix))
    await saveEntries(db, entries, { halfLifeHours: HALF_LIFE_HOURS })
    await setTimeout(BATCH_EVERY)
  }
}

async function run(): Promise<void> {
  const child = fork(import.meta.filename, process.argv.slice(2))
  const ask = async <Reply>(question: Question): Promise<Reply> => {
    child.send(question)
    return ((await once(child, 'message')) as [Reply])[0]
  }
  await withBenchDatabase(async (url) => {
    const { db, close } = openDatabase(url, { connections: 2, statementTimeout: 0 })
    await loadSample(db, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
    const server = await startOurs(url, {
      cacheMegabytes: 0,
      env: { ALLOW_PRIVATE_NETWORKS: 'true', LOG_LEVEL: 'error' },
    })
    const measured = async (work: () => Promise<void>) => {
      let isOver = false
      const begun = performance.now()
      const least = setTimeout(LEAST)
      const working = work().then(() => performance.now() - begun)
      void Promise.all([working, least]).finally(() => {
        isOver = true
      })
      const times = await timesUntil(server.url, () => isOver)
      return { times, seconds: (await working) / 1_000 }
    }
    await timesUntil(server.url, after(3_000))
    const alone = await measured(async () => {})
    await givenHooks(db, await ask<string>('open'), SIZE)
    const [without, beside]: Phase[] = [
      { times: [], seconds: 0 },
      { times: [], seconds: 0 },
    ]
    for (let round = 0; round < ROUNDS; round += 1) {
      await db.execute(sql`update webhooks set state = 'PAUSED' where state = 'ACTIVE'`)
      add(without as Phase, await measured(() => importPapers(db, 'Other', round)))
      await db.execute(sql`update webhooks set state = 'ACTIVE', is_primed = false where state = 'PAUSED'`)
      // They look at their lists once.
      await setTimeout(5_000)
      add(
        beside as Phase,
        await measured(async () => {
          await importPapers(db, 'Paper', round)
          for (;;) {
            const { complete, live } = await ask<Look>(round + 1 < ROUNDS ? 'half' : 'look')
            if (complete === live) return
            await setTimeout(500)
          }
        }),
      )
    }
    const events = await eventsOf(db)
    const result = await ask<Look>('check')
    const p95 = ({ times }: Phase) => times[Math.floor(times.length * 0.95)] ?? 0
    const median = ({ times }: Phase) => times[Math.floor(times.length / 2)] ?? 0
    const row = (name: string, phase: Phase) => [
      name,
      median(phase).toFixed(1),
      p95(phase).toFixed(1),
      ratio(p95(phase) / p95(without as Phase)),
    ]
    console.log(
      table(
        ['requests to the API', 'median, ms', 'p95, ms', 'of the p95 without webhooks'],
        [
          row('alone', alone),
          row('while papers come in', without as Phase),
          row('and webhooks are told', beside as Phase),
        ],
      ),
    )
    const { live, ordered, taken, requests, faults } = result
    console.log(
      `${ordered} of ${live} live addresses have every paper of their list in order, ${beside?.seconds.toFixed(0)} s after they began to come in; ` +
        `${taken} messages taken in ${requests} requests, ${faults} with a wrong signature; ${events} events`,
    )
    await server.stop()
    await close()
  }).finally(() => child.kill())
}

const after = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  return () => performance.now() > end
}

/** Events are found once for a list, however many webhooks have it. */
async function eventsOf(db: Db): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from webhook_events`)
  return row?.count ?? 0
}

if (process.send) endpoints()
else await run()
