import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { catalogueOf } from './catalogue.ts'
import { hasField } from './comparison.ts'
import { OURS } from './dialects.ts'
import { drawVariables, requestsOf } from './draws.ts'
import { type Cell, measure, medianCell } from './measure.ts'
import { type Operation, operationsNamed, type Variables } from './operations.ts'
import { loadPicks } from './picks.ts'
import { memoryOf, residentSize } from './processor.ts'
import { startOurs } from './servers.ts'
import { machine, prepare, say } from './setting.ts'
import { ratio, table, whole } from './table.ts'
import { makeVoters, removeVotes } from './voters.ts'

// `npm run bench:scale -- 10000,100000,1000000,3000000`: what this server's operations cost, uncached, as the catalogue
// grows. The catalogues are kept between runs; the largest takes some minutes to make and some gigabytes.

const USAGE = 'Usage: npm run bench:scale -- 10000,100000,1000000,3000000 [--rounds 3] [--seconds 4]'

helpIfRequested(USAGE)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    operations: { type: 'string' },
  },
})
const sizes = (positionals[0] ?? '10000,100000').split(',').map(Number)
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]

/** What is known of a catalogue of one size. */
interface Measured {
  papers: number
  cells: Map<string, Cell>
  /** Megabytes. */
  server: number
  postgres: number
  database: number
}

/** A page 10,000 rows deep that is asked for again and again, as the first page is: at random places rows are cold. */
function oneDeepPlace(): Operation {
  const deep = operationsNamed('deep')[0] as Operation
  let place: Variables | undefined
  return {
    ...deep,
    name: 'deepAgain',
    document: deep.document.replace('query deep', 'query deepAgain'),
    variables: (picks) => {
      place ??= deep.variables(picks)
      return place
    },
  }
}

async function measureSize(papers: number): Promise<{ measured: Measured; machine: string }> {
  const cluster = await prepare()
  const databaseUrl = await catalogueOf(cluster, papers, say)
  const operations = [...operationsNamed(values.operations)]
  // Behind the deep one; a vote would change what is read, and comes last.
  const place = operations.findIndex(({ name }) => name === 'deep')
  if (place !== -1) operations.splice(place + 1, 0, oneDeepPlace())
  const writes = operations.some((operation) => operation.writes)
  const tokens = writes ? await makeVoters(databaseUrl) : []
  const picks = await loadPicks(databaseUrl, tokens)
  const server = await startOurs(databaseUrl, { cacheMegabytes: 0 })
  const cells = new Map<string, Cell[]>()
  for (let round = 1; round <= rounds; round += 1)
    for (const operation of operations) {
      if (operation.field && !(await hasField({ server }, operation.field))) continue
      const requests = () => requestsOf(OURS, operation, drawVariables(operation, picks))
      await measure(server, cluster.pid, requests(), { seconds: 2 })
      const cell = await measure(server, cluster.pid, requests(), { seconds })
      if (cell.errors > 0) throw new OperatorError(`${operation.name} has ${cell.errors} errors`)
      cells.set(operation.name, [...(cells.get(operation.name) ?? []), cell])
      say(
        `${papers} papers, round ${round}, ${operation.name}: ${cell.serverTime.toFixed(0)} + ${cell.postgresTime.toFixed(0)} µs`,
      )
    }
  const measured = {
    papers,
    cells: new Map([...cells].map(([name, each]) => [name, medianCell(each)])),
    server: residentSize(server.pid),
    postgres: memoryOf(cluster.pid),
    database: await databaseSize(databaseUrl),
  }
  await server.stop()
  if (writes) await removeVotes(databaseUrl)
  await cluster.stop()
  return { measured, machine: machine(cluster) }
}

async function databaseSize(url: string): Promise<number> {
  const client = postgres(url, { max: 1 })
  const [row] = await client<{ size: number }[]>`select (pg_database_size(current_database()) / 1048576)::int as size`
  await client.end()
  return row?.size ?? 0
}

const costOf = (cell: Cell): number => cell.serverTime + cell.postgresTime

/** A line an operation, a column a size. */
function bySize(label: string, all: readonly Measured[], figure: (cell: Cell, first: Cell) => string): string {
  const names = [...new Set(all.flatMap(({ cells }) => [...cells.keys()]))]
  const first = all[0]?.cells
  return table(
    [label, ...all.map(({ papers }) => papers.toLocaleString('en'))],
    names.map((name) => [
      name,
      ...all.map(({ cells }) => {
        const [cell, other] = [cells.get(name), first?.get(name)]
        return cell && other ? figure(cell, other) : ''
      }),
    ]),
  )
}

async function scale(): Promise<void> {
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new OperatorError(USAGE)
  const all: Measured[] = []
  let about = ''
  for (const size of sizes) {
    const { measured, machine } = await measureSize(size)
    all.push(measured)
    about = machine
  }
  const megabytes = (label: string, of: (measured: Measured) => number) => [
    label,
    ...all.map((each) => whole(of(each))),
  ]
  const ofFirst =
    (name: string) =>
    ({ cells }: Measured) => {
      const [first, far] = [cells.get('trending'), cells.get(name)]
      return first && far ? ratio(costOf(far) / costOf(first)) : ''
    }
  console.log(
    `${about}\nUncached; 20 connections; ${rounds} rounds of ${seconds} s; medians. By the number of papers.\n`,
  )
  console.log(
    `${bySize('processor µs a request: server + Postgres', all, (cell) => `${whole(cell.serverTime)} + ${whole(cell.postgresTime)}`)}\n`,
  )
  console.log(`${bySize('of the first size', all, (cell, first) => ratio(costOf(cell) / costOf(first)))}\n`)
  console.log(`${bySize('KB an answer', all, (cell) => (cell.bytes / 1024).toFixed(1))}\n`)
  console.log(
    table(
      ['', ...all.map(({ papers }) => papers.toLocaleString('en'))],
      [
        ['one deep page of the first page', ...all.map(ofFirst('deepAgain'))],
        ['deep pages of the first page', ...all.map(ofFirst('deep'))],
        megabytes('server, MB', (each) => each.server),
        megabytes('Postgres, MB', (each) => each.postgres),
        megabytes('database, MB', (each) => each.database),
      ],
    ),
  )
}

try {
  await scale()
} catch (error) {
  fail(error)
}
process.exit()
