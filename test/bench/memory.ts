import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { ROOT } from '../support/program.ts'
import { catalogueOf } from './catalogue.ts'
import { OURS } from './dialects.ts'
import { OPERATIONS } from './operations.ts'
import { loadPicks } from './picks.ts'
import { memoryOf, residentSize } from './processor.ts'
import { startOurs } from './servers.ts'
import { machine, prepare, say } from './setting.ts'
import { load } from './wrk.ts'

// `npm run bench:memory -- --connections 1000 --minutes 5`: the memory of this server, with its cache as it is unless
// set, before, during and after many connections read a mix of operations as fast as they are answered.

helpIfRequested(
  'Usage: npm run bench:memory -- [--connections 1000] [--minutes 5] [--rest 60] [--papers 100000] [--checkout DIRECTORY]',
)
const { values } = parseArgs({
  options: {
    papers: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '5' },
    rest: { type: 'string', default: '60' },
    checkout: { type: 'string', default: ROOT },
  },
})
const [connections, minutes, rest] = [Number(values.connections), Number(values.minutes), Number(values.rest)]

async function memory(): Promise<void> {
  const postgres = await prepare()
  const databaseUrl = await catalogueOf(postgres, Number(values.papers), say)
  const picks = await loadPicks(databaseUrl)
  const server = await startOurs(databaseUrl, { root: resolve(values.checkout) })
  const reads = OPERATIONS.filter((operation) => !operation.writes && operation.field === undefined)
  const requests = Array.from({ length: 1_000 }, () =>
    reads.flatMap((operation) => OURS.request(operation, operation.variables(picks)) ?? []),
  ).flat()
  await sleep(2_000)
  const before = residentSize(server.pid)
  say(`before: ${before.toFixed(0)} MB; ${connections} connections read for ${minutes} minutes`)

  let [most, ticks] = [before, 0]
  const watching = setInterval(() => {
    const size = residentSize(server.pid)
    most = Math.max(most, size)
    ticks += 1
    if (ticks % 30 === 0) say(`after ${ticks} s: ${size.toFixed(0)} MB, at most ${most.toFixed(0)} MB`)
  }, 1_000)
  const {
    requests: answered,
    errors,
    microseconds,
  } = await load(server.url, requests, {
    seconds: Math.round(minutes * 60),
    connections,
  })
  clearInterval(watching)
  say(`waiting for ${rest} s`)
  await sleep(rest * 1_000)
  const after = residentSize(server.pid)
  console.log(`${machine(postgres)}
${values.papers} papers; ${connections} connections read a mix of ${reads.map(({ name }) => name).join(', ')} for ${minutes} minutes:
${answered} answers (${(answered / (microseconds / 1e6)).toFixed(0)}/s), ${errors} errors
server before: ${before.toFixed(0)} MB; at most: ${most.toFixed(0)} MB; ${rest} s after: ${after.toFixed(0)} MB (${(after / before).toFixed(2)} of before)
Postgres after: ${memoryOf(postgres.pid).toFixed(0)} MB`)
  await server.stop()
}

try {
  await memory()
} catch (error) {
  fail(error)
}
process.exit()
