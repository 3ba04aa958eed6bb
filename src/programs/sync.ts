import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { printable } from '../ingest/rejected-records.ts'
import type { SyncReport } from '../ingest/sync/run-source.ts'
import { syncAll } from '../ingest/sync/sync.ts'
import { type SyncState, syncStates } from '../queries/sync-sources.ts'
import { readSettings, type Settings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { progressDisplay } from './progress.ts'
import { readOptions, runProgram } from './run-program.ts'
import { SYNC_CONNECTIONS, syncParts } from './sync-parts.ts'
import { withDatabase } from './with-database.ts'

// `npm run sync` writes problems and progress to stderr and a line for each source to stdout. Exit codes: 0 if everything was
// brought, 1 if a source failed or a record was left out, 2 if the arguments or the settings are wrong, 130 if stopped.

const USAGE = `Usage: npm run sync               brings what is new from the sources of SYNC, once
       npm run sync -- --status   shows each source: when it ran and brought something, its errors and its next run`

async function sync(signal: AbortSignal): Promise<void> {
  const { values } = readOptions({ options: { status: { type: 'boolean', default: false } } }, USAGE)
  if (readSettings(process.env).sync.length === 0)
    throw new OperatorError(
      'SYNC is not set. It names the sources, such as SYNC=hf-daily,arxiv:cs.CL,feed:https://example.org/feed.xml.',
    )
  if (values.status)
    await withDatabase({ use: 'reads' }, async (db, settings) => {
      for (const line of statusLines(settings, await syncStates(db))) print(line)
    })
  else
    await withDatabase({ use: 'writes', connections: SYNC_CONNECTIONS }, (db, settings) =>
      syncOnce(db, settings, signal),
    )
}

async function syncOnce(db: Db, settings: Settings, signal: AbortSignal): Promise<void> {
  interface Shown {
    source: string
    requests: number
    records: number
    created: number
  }
  const text = ({ source, requests, records, created }: Shown) =>
    `${source}: ${count(requests, 'request')}, ${count(records, 'record')}, ${count(created, 'new paper')}`
  let done = 0
  const progress = progressDisplay<Shown>({
    format: '{text}',
    bar: (shown) => ({ done, of: settings.sync.length, values: { text: text(shown) } }),
    line: text,
  })
  try {
    const reports = await syncAll(
      db,
      syncParts(db, settings, {
        signal,
        onProgress: progress.show,
        onProblem: ({ file, position, reason }) => progress.say(printable(`${file}: record ${position}: ${reason}`)),
        onError: (error) => progress.say(String(error instanceof Error ? error.stack : error)),
        onReport: ({ hasMore }) => {
          if (!hasMore) done += 1
        },
      }),
    )
    progress.end()
    if (reports === null)
      throw new OperatorError('Another process is syncing, such as the server. Its progress: npm run sync -- --status')
    for (const line of reports.flatMap(summaryOf)) print(line)
    const isComplete = reports.every(({ outcome, problems }) => outcome === 'succeeded' && problems === 0)
    process.exitCode = signal.aborted ? 130 : isComplete ? 0 : 1
  } finally {
    progress.end()
  }
}

const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`

function summaryOf(report: SyncReport): string[] {
  const { source, outcome, error, notice, created, updated, unchanged, problems, requests, milliseconds } = report
  const brought =
    `${count(created, 'new paper')}, ${updated.toLocaleString('en')} updated, ${unchanged.toLocaleString('en')} unchanged, ` +
    `${count(problems, 'problem')}, by ${count(requests, 'request')} in ${(milliseconds / 1000).toFixed(1)} s`
  const sentences = [error, notice, report.isSuspect ? suspicion(report.newestOn) : null].filter(
    (each) => each !== null,
  )
  return [
    `${source}: ${outcome === 'succeeded' ? '' : `${outcome}: `}${brought}`,
    ...sentences.map((sentence) => `  ${sentence}`),
  ]
}

const suspicion = (newestOn: string | null): string =>
  newestOn === null
    ? 'Suspect: it has never brought anything.'
    : `Suspect: it has nothing newer than ${newestOn}, although weekdays have passed since.`

function statusLines(settings: Settings, states: readonly SyncState[]): string[] {
  const known = new Map(states.map((state) => [state.name, state]))
  return settings.sync.flatMap(({ name }) => {
    const state = known.get(name)
    if (state === undefined) return [`${name}: never run`]
    const { lastRunAt, lastNewsAt, newestOn, newestId, errors, lastError, lastErrorAt, notice, nextRunAt } = state
    const at = (moment: string | null) => (moment === null ? 'never' : rfc3339(moment))
    return [
      `${name}: ${state.isSuspect ? 'suspect' : errors > 0 ? 'failing' : 'well'}`,
      `  last run ${at(lastRunAt)}, last success ${at(state.lastSuccessAt)}, next run ${at(nextRunAt)}`,
      `  last brought something ${at(lastNewsAt)}, newest ${[newestOn, newestId].filter((each) => each !== null).join(' ') || 'nothing'}`,
      ...(lastError === null ? [] : [`  ${errors} errors in a row, the last at ${at(lastErrorAt)}: ${lastError}`]),
      ...(notice === null ? [] : [`  ${notice}`]),
      ...(state.isSuspect ? [`  ${suspicion(newestOn)}`] : []),
    ]
  })
}

const print = (line: string): void => void process.stdout.write(`${printable(line)}\n`)

await runProgram({ usage: USAGE, run: sync, stopped: 'Stopped.' })
