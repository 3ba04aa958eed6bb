import { parseArgs } from 'node:util'
import { openDatabase } from '../../src/db/client.ts'
import { fail, helpIfRequested, say } from '../../src/programs/console.ts'
import { messageOf, OperatorError } from '../../src/values/errors.ts'
import { withBenchDatabase } from '../bench/database.ts'
import { fuzz } from './fuzzers.ts'
import { type Case, casesOf, describeFault } from './run.ts'

// `npm run fuzz` tries random files, records and requests on the readers and on the real server. The exit code is 1 if one
// of them shows a fault.

const USAGE = `Usage: npm run fuzz -- [--cases N] [--seed N] [--case K]
  --cases N  how many cases (default 100,000, which take half an hour)
  --seed N   the seed (default: the time of day); the same seed gives the same cases
  --case K   only the case at this place`

/** How often progress is printed. */
const CASES_PER_LINE = 5_000

function readArguments(): Case[] {
  const number = (name: string, text: string | undefined, instead: number) => {
    if (text === undefined) return instead
    if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number of at most nine digits.`)
    return Number(text)
  }
  try {
    const { values } = parseArgs({
      options: { cases: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' } },
    })
    const seed = number('seed', values.seed, Date.now() % 1_000_000)
    if (values.case !== undefined) return [{ seed, place: number('case', values.case, 0) }]
    return casesOf(seed, number('cases', values.cases, 100_000))
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

async function run(cases: readonly Case[]): Promise<void> {
  const what = `${cases.length} cases of seed ${cases[0]?.seed}`
  say(what)
  const started = performance.now()
  await withBenchDatabase(async (url) => {
    const database = openDatabase(url, { connections: 10, statementTimeout: 30_000 })
    try {
      const onCase = (done: number) => {
        if (done % CASES_PER_LINE === 0) say(`${done} of ${what}`)
      }
      const faults = await fuzz({ ...database, url }, cases, onCase)
      const seconds = Math.round((performance.now() - started) / 1_000)
      process.stdout.write(`${what} in ${seconds} s: ${faults.length} faults\n`)
      for (const fault of faults) process.stdout.write(`${describeFault(fault)}\n`)
      if (faults.length > 0) process.exitCode = 1
    } finally {
      await database.close()
    }
  })
}

try {
  helpIfRequested(USAGE)
  await run(readArguments())
} catch (error) {
  fail(error)
}
