import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { kaggleLines, MOST_KAGGLE_PAPERS } from '../generate/arxiv-kaggle.ts'
import { generateCatalogue, MOST_PAPERS } from '../generate/catalogue.ts'
import { writeWhole } from '../ingest/export/output-file.ts'
import { OperatorError } from '../values/errors.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run generate -- --papers 100000` fills the database with made-up papers, to test the API with a large catalogue. With
// `--as arxiv-kaggle` it writes them in the form of a source instead, to test imports.

const USAGE = `Usage: npm run generate -- --papers NUMBER [--seed NUMBER] [--as arxiv-kaggle [FILE]]
Fills an empty catalogue with 1 to ${MOST_PAPERS} made-up papers. The same seed (default 1) makes the same papers.
With --as arxiv-kaggle it writes a file of that source, or to standard output if no file is named, and needs no database.`

interface Arguments {
  papers: number
  seed: number
  /** Whether to write them in the form of Kaggle, and to which file; undefined is standard output. */
  isFile: boolean
  file: string | undefined
}

function readArguments(): Arguments {
  const options = {
    papers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    as: { type: 'string' },
  } as const
  const { values, positionals } = readOptions({ options, allowPositionals: true }, USAGE)
  const isFile = values.as !== undefined
  if (isFile && values.as !== 'arxiv-kaggle')
    throw new OperatorError(`--as must be arxiv-kaggle; it is ${JSON.stringify(values.as)}.\n${USAGE}`)
  const unexpected = positionals[isFile ? 1 : 0]
  if (unexpected !== undefined)
    throw new OperatorError(`There is an argument too many: ${JSON.stringify(unexpected)}.\n${USAGE}`)
  return {
    papers: numberOf('papers', values.papers, 1, isFile ? MOST_KAGGLE_PAPERS : MOST_PAPERS),
    seed: numberOf('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    isFile,
    file: positionals[0],
  }
}

/** In characters: larger pieces are written with fewer system calls. */
const PIECE = 2 ** 18

async function writeFile({ papers, seed, file }: Arguments, signal: AbortSignal): Promise<void> {
  function* pieces() {
    let piece = ''
    for (const line of kaggleLines({ papers, seed })) {
      piece += line
      if (piece.length < PIECE) continue
      yield piece
      piece = ''
    }
    yield piece
  }
  const writeTo = (to: NodeJS.WritableStream) => pipeline(Readable.from(pieces()), to, { signal })
  if (file === undefined) await writeTo(process.stdout)
  else await writeWhole(file, writeTo)
}

async function fillCatalogue({ papers, seed }: Arguments, signal: AbortSignal): Promise<void> {
  await withDatabase({ use: 'writes' }, async (db, { trendingHalfLifeHours: halfLifeHours }) => {
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
  stopped: 'Stopped: nothing is left of it.',
  run: (signal) => {
    const given = readArguments()
    return given.isFile ? writeFile(given, signal) : fillCatalogue(given, signal)
  },
})
