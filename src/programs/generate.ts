import { generateCatalogue, MOST_PAPERS } from '../generate/catalogue.ts'
import { OperatorError } from '../values/errors.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run generate -- --papers 100000` fills the database with made-up papers, to test the API with a large catalogue.

const USAGE = `Usage: npm run generate -- --papers NUMBER [--seed NUMBER]
Fills an empty catalogue with 1 to ${MOST_PAPERS} made-up papers. The same seed (default 1) makes the same papers.`

interface Arguments {
  papers: number
  seed: number
}

function readArguments(): Arguments {
  const options = { papers: { type: 'string' }, seed: { type: 'string', default: '1' } } as const
  const { values } = readOptions({ options }, USAGE)
  return {
    papers: numberOf('papers', values.papers, 1, MOST_PAPERS),
    seed: numberOf('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
  }
}

/** @throws OperatorError with the usage */
function numberOf(option: string, text: string | undefined, from: number, to: number): number {
  if (text === undefined) throw new OperatorError(`--${option} is missing.\n${USAGE}`)
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < from || value > to)
    throw new OperatorError(
      `--${option} must be a whole number from ${from} to ${to}; it is ${JSON.stringify(text)}.\n${USAGE}`,
    )
  return value
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped: the catalogue is still empty.',
  run: (signal) => {
    const { papers, seed } = readArguments()
    return withDatabase({ use: 'writes' }, async (db, { trendingHalfLifeHours: halfLifeHours }) => {
      const begun = performance.now()
      const elapsed = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`
      await generateCatalogue(db, {
        papers,
        seed,
        halfLifeHours,
        onProgress: (step) => say(`${elapsed()}: ${step}`),
        signal,
      })
      say(`Generated ${papers} papers in ${elapsed()}.`)
    })
  },
})
