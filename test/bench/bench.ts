import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { measureCached } from './cached.ts'
import { catalogueOf } from './catalogue.ts'
import { hasField } from './comparison.ts'
import { compete } from './competition.ts'
import { type Operation, operationsNamed } from './operations.ts'
import { installPeers, serversNamed, startContestant } from './peers.ts'
import { loadPicks } from './picks.ts'
import { figuresTable, Results, ratioTable } from './results.ts'
import { machine, prepare, say } from './setting.ts'
import { makeVoters, removeVotes } from './voters.ts'

// `npm run bench`: this server beside those that people would pick instead, on the same catalogue, the same Postgres and
// with the same answers. In each round every operation is asked of all servers in turn, so that a ratio compares
// neighbours in time. `-- --short` takes less than two minutes.

helpIfRequested(
  'Usage: npm run bench -- [--short] [--papers 100000] [--rounds 3] [--seconds 4] [--servers ours,mercurius] [--operations trending,vote] [--json FILE]',
)
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    papers: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    servers: { type: 'string' },
    operations: { type: 'string' },
    json: { type: 'string' },
  },
})
const papers = Number(values.papers ?? (values.short ? 10_000 : 100_000))
const rounds = Number(values.rounds ?? (values.short ? 1 : 3))
const seconds = Number(values.seconds ?? (values.short ? 1 : 4))

async function bench(): Promise<void> {
  const names = serversNamed(values.servers)
  const wanted = operationsNamed(values.operations)
  await installPeers(say)
  const postgres = await prepare()
  const databaseUrl = await catalogueOf(postgres, papers, say)
  const picks = await loadPicks(databaseUrl, wanted.some(({ writes }) => writes) ? await makeVoters(databaseUrl) : [])
  say(`starting ${names.join(', ')}`)
  const contestants = await Promise.all(names.map((name) => startContestant(name, databaseUrl)))
  const ours = contestants.find(({ name }) => name === 'ours')
  const operations: Operation[] = []
  for (const operation of wanted)
    if (operation.field === undefined || (ours && (await hasField(ours, operation.field)))) operations.push(operation)
    else say(`${operation.name} is left out: the server has no field \`${operation.field}\``)

  const competition = {
    contestants,
    picks,
    postgresPid: postgres.pid,
    rounds,
    seconds,
    firstWarmUp: values.short ? 1 : 2,
  }
  const results = new Results()
  // What is written would change what is read: all reads come first.
  for (const isWrite of [false, true])
    await compete(
      competition,
      operations.filter(({ writes = false }) => writes === isWrite),
      results,
    )
  for (const { server } of contestants) await server.stop()
  if (operations.some(({ writes }) => writes)) {
    say('taking the votes back')
    await removeVotes(databaseUrl)
  }
  const cached = ours ? await measureCached(databaseUrl, postgres.pid, { rounds, seconds }) : undefined

  console.log(
    `${machine(postgres)}\n${papers} papers; 20 connections; ${rounds} rounds of ${seconds} s; medians. ` +
      'Server and Postgres µs are processor time a request.\n',
  )
  console.log(`${figuresTable(results)}\n`)
  if (ours) {
    console.log(`${ratioTable(results, 'ours', (cell) => cell.rate, 'requests/s, ours of theirs')}\n`)
    console.log(`${ratioTable(results, 'ours', (cell) => cell.p99, 'p99, ours of theirs')}\n`)
    console.log(
      `${ratioTable(results, 'ours', (cell) => 1 / cell.serverTime, 'requests a server second, ours of theirs')}\n`,
    )
  }
  if (cached)
    console.log(`Cached: the trending page, beside a fixed body of the same size.\n\n${figuresTable(cached)}\n`)
  if (cached) console.log(ratioTable(cached, 'ours', (cell) => cell.rate, 'requests/s, ours of theirs'))
  if (values.json !== undefined)
    await writeFile(
      values.json,
      JSON.stringify({ machine: machine(postgres), papers, rounds, seconds, uncached: results, cached }, null, 1),
    )
  const failed = [...results.failures(), ...(cached?.failures() ?? [])]
  if (failed.length > 0) throw new Error(`not every answer was good: ${failed.join('; ')}`)
}

try {
  await bench()
} catch (error) {
  fail(error)
}
process.exit()
