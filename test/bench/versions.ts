import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { ROOT } from '../support/program.ts'
import { catalogueOf } from './catalogue.ts'
import { compete } from './competition.ts'
import { type Dialect, OURS } from './dialects.ts'
import { type Cell, geometricMean } from './measure.ts'
import { operationsNamed } from './operations.ts'
import type { Contestant } from './peers.ts'
import { loadPicks } from './picks.ts'
import { figuresTable, Results } from './results.ts'
import { startOurs } from './servers.ts'
import { machine, prepare, say } from './setting.ts'
import { table } from './table.ts'
import { makeVoters, removeVotes } from './voters.ts'

// `npm run bench:versions -- DIRECTORY`: this checkout beside another one of the same tables, such as the version before
// a change. The other one runs twice, so that its two results show how far equal servers differ in this run.

const USAGE = `Usage: npm run bench:versions -- DIRECTORY [--papers 100000] [--rounds 7] [--seconds 3] [--operations trending,vote]
DIRECTORY is a checkout of another version, with its node_modules.`

helpIfRequested(USAGE)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    papers: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    operations: { type: 'string' },
  },
})

const [BEFORE, CONTROL, AFTER] = ['before', 'before again', 'after']

/** Feeds and pages may change their words from one version to the next: only GraphQL data is compared. */
const VERSION: Dialect = {
  request: OURS.request,
  data: (operation, variables, body) => (operation.request ? undefined : OURS.data(operation, variables, body)),
}

async function compareVersions(): Promise<void> {
  const [other] = positionals
  if (other === undefined || positionals.length > 1) throw new OperatorError(USAGE)
  const operations = operationsNamed(values.operations)
  const postgres = await prepare()
  const databaseUrl = await catalogueOf(postgres, Number(values.papers), say)
  const writes = operations.some((operation) => operation.writes)
  const picks = await loadPicks(databaseUrl, writes ? await makeVoters(databaseUrl) : [])
  const start = async (name: string, root: string): Promise<Contestant> => ({
    name,
    server: await startOurs(databaseUrl, { name, root, cacheMegabytes: 0 }),
    dialect: VERSION,
  })
  // One after the other: two programs that start at once would wait for each other's locks.
  const contestants = [
    await start(BEFORE as string, resolve(other)),
    await start(CONTROL as string, resolve(other)),
    await start(AFTER as string, ROOT),
  ]
  const results = new Results()
  const competition = {
    contestants,
    picks,
    postgresPid: postgres.pid,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    firstWarmUp: 3,
    rotates: true,
  }
  for (const isWrite of [false, true])
    await compete(
      competition,
      operations.filter((operation) => (operation.writes ?? false) === isWrite),
      results,
    )
  for (const { server } of contestants) await server.stop()
  if (writes) await removeVotes(databaseUrl)

  console.log(
    `${machine(postgres)}\n${values.papers} papers; 20 connections; ${values.rounds} rounds of ${values.seconds} s; medians. ` +
      'Server and Postgres µs are processor time per request, uncached.\n',
  )
  console.log(`${figuresTable(results)}\n`)
  console.log(comparison(results))
  const failed = results.failures()
  if (failed.length > 0) throw new Error(`some responses were errors: ${failed.join('; ')}`)
}

/** Ratios of processor time to `before` in the same round, for the control and for this checkout. */
function comparison(results: Results): string {
  const figures: [string, (cell: Cell) => number][] = [
    ['server', (cell) => cell.serverTime],
    ['server + Postgres', (cell) => cell.serverTime + cell.postgresTime],
  ]
  const columns = figures.flatMap(([label, figure]) =>
    [CONTROL, AFTER].map((name) => ({
      label: `${label}: ${name}`,
      ratios: results.operations.map((operation) =>
        results.ratio(operation, figure, [name as string, BEFORE as string]),
      ),
    })),
  )
  const shown = (value: number | undefined) => (value === undefined ? '' : value.toFixed(3))
  const rows = results.operations.map((operation, row) => [
    operation,
    ...columns.map(({ ratios }) => shown(ratios[row])),
  ])
  const means = columns.map(({ ratios }) => shown(geometricMean(ratios.filter((value) => value !== undefined))))
  return table(
    ['processor time, 1 is that of before', ...columns.map(({ label }) => label)],
    [...rows, ['geometric mean', ...means]],
  )
}

try {
  await compareVersions()
} catch (error) {
  fail(error)
}
process.exit()
