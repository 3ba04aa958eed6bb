import { parseArgs } from 'node:util'
import { helpIfRequested } from '../../src/programs/console.ts'
import { catalogueOf } from './catalogue.ts'
import { OURS } from './dialects.ts'
import { drawVariables, requestsOf } from './draws.ts'
import { measure } from './measure.ts'
import { OPERATIONS } from './operations.ts'
import { loadPicks } from './picks.ts'
import { Profiler, type ProfileShare } from './profiler.ts'
import { startOurs } from './servers.ts'
import { prepare, say } from './setting.ts'
import { makeVoters, removeVotes } from './voters.ts'
import { load } from './wrk.ts'

// `npm run bench:profile -- trending`: where this server's time goes in one operation, uncached, in microseconds of self
// time a request, by place and by function. Requests a second and processor time are measured first, without the profiler.

const USAGE = `Usage: npm run bench:profile -- OPERATION [--papers 100000] [--seconds 5] [--functions 40]
Operations: ${OPERATIONS.map((each) => each.name).join(', ')}`

helpIfRequested(USAGE)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    papers: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    functions: { type: 'string', default: '40' },
  },
})
const [name] = positionals
const operation = OPERATIONS.find((each) => each.name === name)
if (!operation) {
  console.error(USAGE)
  process.exit(1)
}

const seconds = Number(values.seconds)
const postgres = await prepare()
const databaseUrl = await catalogueOf(postgres, Number(values.papers), say)
const picks = await loadPicks(databaseUrl, operation.writes ? await makeVoters(databaseUrl) : [])
const requests = () => requestsOf(OURS, operation, drawVariables(operation, picks))
const server = await startOurs(databaseUrl, { cacheMegabytes: 0, nodeArgs: ['--inspect=127.0.0.1:0'] })
await load(server.url, requests(), { seconds: 3 })

const cell = await measure(server, postgres.pid, requests(), { seconds })
console.log(
  `${operation.name}: ${cell.rate.toFixed(0)} requests/s; processor time a request: server ${cell.serverTime.toFixed(0)} µs, ` +
    `Postgres ${cell.postgresTime.toFixed(0)} µs; p50 ${cell.p50.toFixed(1)} ms, p99 ${cell.p99.toFixed(1)} ms; ` +
    `${cell.errors} errors; ${(cell.bytes / 1024).toFixed(1)} KB an answer`,
)

const profiler = await Profiler.attach(server)
const profiled = await profiler.during(() => load(server.url, requests(), { seconds }))
const print = (shares: ProfileShare[]) => {
  for (const { name, microseconds } of shares)
    console.log(`${(microseconds / profiled.result.requests).toFixed(1).padStart(8)}  ${name}`)
}
console.log(`\nµs a request by place, of ${profiled.result.requests} requests:`)
print(profiled.byPlace)
console.log('\nby function:')
print(profiled.byFunction.slice(0, Number(values.functions)))
await server.stop()
if (operation.writes) await removeVotes(databaseUrl)
process.exit()
