import type { Db } from '../db/client.ts'
import type { Settings } from '../settings.ts'
import { checkCounts, type Difference, type TableCheck } from '../writes/check-counts.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run check-counts [-- --fix]` compares stored counts with computed ones; the server may be running. Progress goes
// to stderr, differences to stdout. Exit codes: 0 if there are none or they were fixed, 1 if there are differences, 2 if
// the arguments or the settings are wrong.

const USAGE = 'Usage: npm run check-counts [-- --fix]   compares stored counts with computed ones; --fix corrects them'

/** How many differences of a table are printed. */
const SHOWN = 20

/** In milliseconds: how often progress is printed. */
const LINE_EVERY = 2_000

async function check(db: Db, fix: boolean, { trendingHalfLifeHours: halfLifeHours }: Settings): Promise<void> {
  let last = Date.now()
  const checks = await checkCounts(db, {
    fix,
    halfLifeHours,
    onProgress: (table, rows) => {
      if (Date.now() - last < LINE_EVERY) return
      last = Date.now()
      say(`${table}: ${number(rows)} rows`)
    },
  })
  for (const line of report(checks, fix)) process.stdout.write(`${line}\n`)
  process.exitCode = !fix && checks.some(({ differences }) => differences.length > 0) ? 1 : 0
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

await runProgram({
  usage: USAGE,
  run: () => {
    const { fix } = readOptions({ options: { fix: { type: 'boolean', default: false } } }, USAGE).values
    return withDatabase({ use: fix ? 'writes' : 'reads' }, (db, settings) => check(db, fix, settings))
  },
})
