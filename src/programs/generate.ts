import { parseArgs } from 'node:util'
import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { generateCatalogue, MOST_PAPERS } from '../generate/catalogue.ts'
import { readSettings, type Settings } from '../settings.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { abortOnSignals, fail, helpIfRequested, say } from './console.ts'

// `npm run generate -- --papers 100000` fills the database with made-up papers, to test the API with a large catalogue.

const USAGE = `Usage: npm run generate -- --papers NUMBER [--seed NUMBER]
Fills an empty catalogue with 1 to ${MOST_PAPERS} made-up papers. The same seed (default 1) makes the same papers.`

interface Arguments {
  papers: number
  seed: number
}

function readArguments(args: string[]): Arguments {
  try {
    const { values } = parseArgs({
      args,
      options: { papers: { type: 'string' }, seed: { type: 'string', default: '1' } },
    })
    return {
      papers: numberOf('papers', values.papers, 1, MOST_PAPERS),
      seed: numberOf('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

function numberOf(option: string, text: string | undefined, from: number, to: number): number {
  if (text === undefined) throw new OperatorError(`--${option} is missing.`)
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < from || value > to)
    throw new OperatorError(`--${option} must be a whole number from ${from} to ${to}; it is ${JSON.stringify(text)}.`)
  return value
}

async function generate({ papers, seed }: Arguments, settings: Settings): Promise<void> {
  const signal = abortOnSignals()
  const running = await startDatabase(settings, say)
  const { db, close } = openDatabase(running.url, { connections: 1, statementTimeout: 0 })
  const begun = performance.now()
  const elapsed = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`
  try {
    await generateCatalogue(db, {
      papers,
      seed,
      halfLifeHours: settings.trendingHalfLifeHours,
      onProgress: (step) => say(`${elapsed()}: ${step}`),
      signal,
    })
    say(`Generated ${papers} papers in ${elapsed()}.`)
  } catch (error) {
    if (signal.aborted) throw new OperatorError('Stopped: the catalogue is still empty.')
    throw error
  } finally {
    await close()
    await running.stop()
  }
}

try {
  helpIfRequested(USAGE)
  await generate(readArguments(process.argv.slice(2)), readSettings(process.env))
} catch (error) {
  fail(error)
}
