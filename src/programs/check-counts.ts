import { parseArgs } from 'node:util'
import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { readSettings } from '../settings.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { checkCounts, type Difference, type TableCheck } from '../writes/check-counts.ts'
import { fail, helpIfRequested, say } from './console.ts'

// `npm run check-counts [-- --fix]` compares stored counts with computed ones; the server may be running. Progress goes
// to stderr, differences to stdout. Exit codes: 0 if there are none or they were fixed, 1 if there are differences, 2 if
// the arguments or the settings are wrong.

const USAGE = 'Usage: npm run check-counts [-- --fix]   compares stored counts with computed ones; --fix corrects them'

/** How many differences of a table are printed. */
const SHOWN = 20

/** In milliseconds: how often progress is printed. */
const LINE_EVERY = 2_000

function readArguments(args: string[]): { fix: boolean } {
  try {
    return { fix: parseArgs({ args, options: { fix: { type: 'boolean', default: false } } }).values.fix }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

async function check(): Promise<void> {
  const { fix } = readArguments(process.argv.slice(2))
  const settings = readSettings(process.env)
  const running = await startDatabase(settings, say)
  const database = openDatabase(running.url, { connections: 1, statementTimeout: 0 })
  let last = Date.now()
  try {
    const checks = await checkCounts(database.db, {
      fix,
      halfLifeHours: settings.trendingHalfLifeHours,
      onProgress: (table, rows) => {
        if (Date.now() - last < LINE_EVERY) return
        last = Date.now()
        say(`${table}: ${number(rows)} rows`)
      },
    })
    for (const line of report(checks, fix)) process.stdout.write(`${line}\n`)
    process.exitCode = !fix && checks.some(({ differences }) => differences.length > 0) ? 1 : 0
  } finally {
    await database.close()
    await running.stop()
  }
}

const number = (value: number): string => value.toLocaleString('en')

function report(checks: readonly TableCheck[], fix: boolean): string[] {
  const lines = checks.flatMap(({ table, differences }) => [
    ...differences.slice(0, SHOWN).map((difference) => differenceLine(table, difference)),
    ...(differences.length > SHOWN ? [`${table}: and ${number(differences.length - SHOWN)} more`] : []),
  ])
  const wrong = checks.reduce((sum, { differences }) => sum + differences.length, 0)
  const rows = number(checks.reduce((sum, check) => sum + check.rows, 0))
  if (wrong === 0) return [`No differences: the counts, scores and cards of ${rows} rows are right.`]
  const differ = `${number(wrong)} of ${rows} rows ${wrong === 1 ? 'differs' : 'differ'}`
  return [
    ...lines,
    fix
      ? `Fixed ${number(wrong)} of ${rows} rows, and the sums that include them.`
      : `${differ} from the computed values. To fix: npm run check-counts -- --fix`,
  ]
}

const differenceLine = (table: string, { row, columns }: Difference): string =>
  `${table} ${row}: ${columns.map(({ name, stored, computed }) => `${name} is ${shown(stored)}, computed ${shown(computed)}`).join('; ')}`

/** Cards separate their values by control characters. */
const shown = (value: string): string => (value === '' ? 'empty' : value.replaceAll(/\p{Cc}/gu, ' '))

try {
  helpIfRequested(USAGE)
  await check()
} catch (error) {
  fail(error)
}
