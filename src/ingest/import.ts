import type { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { messageOf } from '../values/errors.ts'
import { earlier } from '../values/time.ts'
import type { PaperEntry } from './entry.ts'
import { saveEntries } from './save/save.ts'
import { type InputProblem, listInputFiles } from './sources/files.ts'
import { parseHfDaily } from './sources/hf-daily.ts'
import { readUnits, type Unit } from './sources/inputs.ts'
import { parsePaper } from './sources/papers.ts'

export const SOURCES = ['hf-daily', 'papers'] as const
export type Source = (typeof SOURCES)[number]

export interface Totals {
  /** Everything that was met as a record, also what was left out. */
  records: number
  created: number
  updated: number
  unchanged: number
  /** Records, lines and files that were left out. */
  problems: number
}

export interface Progress extends Totals {
  /** The file that is being read. */
  file: string
  files: number
  filesDone: number
  /** Of the files as they lie on the disk; standard input counts as nothing. */
  bytes: number
  bytesDone: number
}

export interface ImportOptions {
  source: Source
  /** Files, directories, and `-` for standard input. */
  inputs: readonly string[]
  stdin: Readable
  now: Date
  /** Of the scores, where none are stored yet; else those that are there go on. */
  halfLifeHours: number
  /** Called after each batch and each file. */
  onProgress: (progress: Progress) => void
  onProblem: (problem: InputProblem) => void
  /** Stops the import after the batch under way. */
  signal?: AbortSignal
}

const BATCH = 400

/**
 * Imports files. What cannot be read or saved is reported and costs only itself. Importing the same again writes nothing
 * but a row of `import_runs`. With `signal` aborted, what was saved so far stays and is counted, and the run is left
 * unfinished.
 */
export async function runImport(db: Db, options: ImportOptions): Promise<Totals> {
  const { source, inputs, now, halfLifeHours, signal } = options
  const totals: Totals = { records: 0, created: 0, updated: 0, unchanged: 0, problems: 0 }
  const report = (problem: InputProblem) => {
    totals.problems += 1
    options.onProblem(problem)
  }
  const runId = await startRun(db, source, inputs, now)

  const files = await listInputFiles(inputs, report)
  const progress = { file: '', files: files.length, filesDone: 0, bytes: 0, bytesDone: 0 }
  for (const { bytes } of files) progress.bytes += bytes

  let batch: { entry: PaperEntry; file: string; position: number }[] = []
  const flush = async () => {
    const full = batch
    batch = []
    const saved = await saveEntries(
      db,
      full.map(({ entry }) => entry),
      { halfLifeHours },
    )
    totals.created += saved.created
    totals.updated += saved.updated
    totals.unchanged += saved.unchanged
    for (const { index, message } of saved.problems) {
      const { file, position } = full[index] as (typeof full)[number]
      report({ file, position, reason: message })
    }
    options.onProgress({ ...totals, ...progress })
  }

  for (const file of files) {
    progress.file = file.name
    const onBytes = (count: number) => {
      progress.bytesDone += count
    }
    for await (const unit of readUnits(source, file, { stdin: options.stdin, onProblem: report, onBytes })) {
      for (const { position, value } of unit.records) {
        totals.records += 1
        const entry = parsed(source, unit, value, now)
        if ('reason' in entry) report({ file: unit.name, position, reason: entry.reason })
        else batch.push({ entry, file: unit.name, position })
        if (batch.length === BATCH) await flush()
        if (signal?.aborted) break
      }
      if (signal?.aborted) break
    }
    if (signal?.aborted) break
    progress.filesDone += 1
    options.onProgress({ ...totals, ...progress })
  }
  if (signal?.aborted) totals.records -= batch.length
  else await flush()

  // Plans made for empty tables are wrong by now, and nobody else may look after it for a minute.
  if (totals.created > 0) {
    await sortIn(db)
    await db.execute(sql`analyze`)
  }
  await endRun(db, runId, totals, signal?.aborted ? null : new Date())
  return totals
}

/**
 * Sorts what is new into the indexes of trigrams. It waits at their ends for a vacuum, until which each pattern of a lookup
 * would read all of it, which takes five to ten times as long.
 */
const sortIn = (db: Db) =>
  db.execute(sql`
    select gin_clean_pending_list(index.indexrelid)
    from pg_index index join pg_class on pg_class.oid = index.indexrelid join pg_am method on method.oid = relam
    where method.amname = 'gin' and pg_has_role(relowner, 'usage')
      and index.indrelid in ('authors'::regclass, 'organizations'::regclass, 'topics'::regclass, 'search_terms'::regclass)`)

/** An entry, or why there is none. What is dated after `now` is taken to be of now: today's list is not over yet. */
function parsed(source: Source, unit: Unit, value: unknown, now: Date): PaperEntry | { reason: string } {
  try {
    const entry =
      source === 'papers'
        ? parsePaper(value)
        : parseHfDaily(value, { listedOn: unit.date, capturedAt: unit.capturedAt })
    const latest = now.toISOString()
    const { votes } = entry
    return {
      ...entry,
      asOf: earlier(entry.asOf, latest),
      votes: votes && { ...votes, countedAt: earlier(votes.countedAt, latest) },
    }
  } catch (error) {
    return { reason: messageOf(error) }
  }
}

async function startRun(db: Db, source: Source, inputs: readonly string[], now: Date): Promise<number> {
  const [row] = await db.execute<{ id: string }>(sql`
    insert into import_runs (source, inputs, started_at)
    values (${source}, ${JSON.stringify(inputs)}::jsonb, ${now.toISOString()}) returning id`)
  return Number(row?.id)
}

async function endRun(db: Db, id: number, totals: Totals, finishedAt: Date | null): Promise<void> {
  await db.execute(sql`
    update import_runs set finished_at = ${finishedAt?.toISOString() ?? null}, records = ${totals.records},
      created = ${totals.created}, updated = ${totals.updated}, unchanged = ${totals.unchanged},
      problems = ${totals.problems}
    where id = ${id}`)
}
