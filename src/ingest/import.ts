import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import type { Fetcher } from '../fetching/fetcher.ts'
import { MERGED_FROM, mergeRecent } from '../search/index/merge.ts'
import { catchUpIndex, countVisible, isRebuildFaster } from '../search/index/rebuild.ts'
import { messageOf } from '../values/errors.ts'
import { earlier } from '../values/time.ts'
import { countRemainingAuthors } from '../writes/author-counts.ts'
import type { PaperEntry, Withdrawal } from './entry.ts'
import { FollowingRebuild } from './following-rebuild.ts'
import { saveEntries } from './save/save.ts'
import { type InputFile, type InputProblem, listInputFiles, type Raw } from './sources/input-files.ts'
import { SOURCES, type SourceName } from './sources/registry.ts'
import { type RecordGroup, readRecords, type Source } from './sources/source.ts'
import { saveWithdrawals } from './withdrawals.ts'

export interface ImportTotals {
  /** All records, including those that could not be imported. */
  records: number
  created: number
  updated: number
  unchanged: number
  /** Records, lines and files that could not be imported. */
  problems: number
}

export interface ImportProgress extends ImportTotals {
  /** The file that is being read. */
  file: string
  files: number
  filesDone: number
  /** The sizes of all inputs; null as long as that of an address or of standard input is not known. */
  bytes: number | null
  bytesDone: number
}

export interface ImportOptions {
  source: SourceName
  /** Files, directories, addresses of http and https, and `-` for standard input. */
  inputs: readonly string[]
  stdin: Readable
  /** Fetches the inputs that are addresses; without it they cannot be read. */
  fetcher?: Fetcher
  now: Date
  /** The half-life of trending scores in a new database. A database that has scores keeps its own. */
  halfLifeHours: number
  /** Called after each batch and each file. */
  onProgress: (progress: ImportProgress) => void
  onProblem: (problem: InputProblem) => void
  /** Called when a download broke off and is tried again. */
  onRetry?: (problem: InputProblem) => void
  /** Leaves new papers out of the search index, until `npm run index-search` or a start of the server. */
  withoutSearch?: boolean
  /** Called while the search index is brought up to date at the end of a large import. */
  onIndexing?: (done: number, of: number) => void
  /** Called while the authors of new papers are counted at the end of an import. */
  onCounting?: (done: number, of: number) => void
  /** Stops the import after the current batch. */
  signal?: AbortSignal
}

/** As many entries are saved in one transaction. Submissions wait for it. */
const BATCH = 500
/** Records that are parsed before the connection gets its turn: the next batch is parsed while Postgres saves one. */
const PARSED_AT_ONCE = 5
/** From this number of new papers on, an import adds the others to the search index at its end. */
export const MOST_SEARCHED_AT_ONCE = 500
/** After so many changed papers, those that are in the search index are merged into its packed lists. */
const MERGED_AFTER = 2_000

/**
 * The tables are analyzed when an import has added so many papers, and again whenever it has added so many times as many:
 * until then Postgres plans as if they were nearly empty, and a batch takes longer with every batch before it.
 */
const FIRST_ANALYZED = 1_000
const GROWTH = 4
/** At the end they are analyzed again, if the import has added so many times as many since. */
const GROWTH_AT_END = 1.5

/**
 * Imports files. A record that cannot be read or saved is reported, and the others are imported. Importing the same files
 * again writes only a row of `import_runs`. An abort keeps and counts what was saved so far, and leaves the run unfinished.
 */
export async function runImport(db: Db, options: ImportOptions): Promise<ImportTotals> {
  const rebuild = new FollowingRebuild(db)
  try {
    return await importFiles(db, options, rebuild)
  } finally {
    await rebuild.stop()
  }
}

async function importFiles(db: Db, options: ImportOptions, rebuild: FollowingRebuild): Promise<ImportTotals> {
  const { inputs, now, halfLifeHours, signal } = options
  const source = SOURCES[options.source]
  const totals: ImportTotals = { records: 0, created: 0, updated: 0, unchanged: 0, problems: 0 }
  const report = (problem: InputProblem) => {
    totals.problems += 1
    options.onProblem(problem)
  }
  const runId = await startRun(db, options)

  const files = await listInputFiles(inputs, report)
  const progress = { file: '', files: files.length, filesDone: 0, bytes: sizeOf(files), bytesDone: 0 }

  let batch: { entry: PaperEntry; file: string; position: number; raw: Raw }[] = []
  let withdrawals: Withdrawal[] = []
  let saving: Promise<void> = Promise.resolve()
  let analyzeAt = FIRST_ANALYZED
  let analyzedAt = 0
  let wereNew = false
  let mergeAt = MERGED_AFTER
  const visibleBefore = await countVisible(db)
  const flush = async () => {
    await saving
    saving = save(batch, withdrawals)
    // Whoever waits for it next gets the error.
    saving.catch(() => {})
    batch = []
    withdrawals = []
  }
  const save = async (full: typeof batch, withdrawn: typeof withdrawals) => {
    const saved = await saveEntries(
      db,
      full.map(({ entry }) => entry),
      {
        halfLifeHours,
        areNew: wereNew,
        withoutSearch: options.withoutSearch || totals.created >= MOST_SEARCHED_AT_ONCE,
        // Most imports have one batch, and are not worth a note.
        ...(totals.created > 0 && { countingLater: runId }),
      },
    )
    wereNew = saved.created > 0 && saved.created === full.length
    totals.created += saved.created
    rebuild.add(saved.created)
    const notIndexed = totals.created - MOST_SEARCHED_AT_ONCE
    if (!options.withoutSearch && isRebuildFaster(notIndexed, visibleBefore + totals.created)) rebuild.start()
    totals.updated += saved.updated
    totals.unchanged += saved.unchanged
    const placeOf = (index: number) => {
      const { file, position, raw } = full[index] as (typeof full)[number]
      return { file, position, raw }
    }
    for (const { index, message } of saved.problems) report({ ...placeOf(index), reason: message })
    for (const { index, message } of saved.remarks) {
      const { file, position } = placeOf(index)
      options.onProblem({ file, position, reason: message, isSaved: true })
    }
    // After the entries: a paper may be in the same batch.
    const newlyWithdrawn = await saveWithdrawals(db, withdrawn)
    totals.updated += newlyWithdrawn
    totals.unchanged += withdrawn.length - newlyWithdrawn
    if (totals.created >= analyzeAt) {
      await db.execute(sql`analyze`)
      analyzedAt = totals.created
      analyzeAt = totals.created * GROWTH
    }
    const searched = totals.updated + Math.min(totals.created, MOST_SEARCHED_AT_ONCE)
    if (searched >= mergeAt) {
      await mergeRecent(db, { least: MERGED_FROM, ...(signal && { signal }) })
      mergeAt = searched + MERGED_AFTER
    }
    options.onProgress({ ...totals, ...progress })
  }

  for (const file of files) {
    progress.file = file.name
    const onBytes = (count: number) => {
      progress.bytesDone += count
    }
    const onSize = (bytes: number) => {
      file.bytes = bytes
      progress.bytes = sizeOf(files)
    }
    const { stdin, fetcher, onRetry } = options
    const reading = { stdin, fetcher, signal, onProblem: report, onBytes, onSize, onRetry }
    try {
      for await (const group of readRecords(source, file, reading)) {
        for (const { position, value, raw } of group.records) {
          totals.records += 1
          if (totals.records % PARSED_AT_ONCE === 0) await setImmediate()
          const entry = parseRecord(source, group, value, now)
          if ('reason' in entry) report({ file: group.name, position, reason: entry.reason, raw })
          else if ('withdrawn' in entry) withdrawals.push(entry)
          else batch.push({ entry, file: group.name, position, raw })
          if (batch.length + withdrawals.length === BATCH) await flush()
          if (signal?.aborted) break
        }
        if (signal?.aborted) break
      }
    } catch (error) {
      // A download ends at once, whatever it waits for.
      if (error !== signal?.reason) throw error
    }
    if (signal?.aborted) break
    progress.filesDone += 1
    options.onProgress({ ...totals, ...progress })
  }
  if (signal?.aborted) totals.records -= batch.length + withdrawals.length
  else await flush()
  await saving
  rebuild.end()

  // Readers need the statistics, too, and autovacuum analyzes only once a minute.
  if (totals.created > 0) {
    await flushTrigramIndexes(db)
    if (totals.created > analyzedAt * GROWTH_AT_END) await db.execute(sql`analyze`)
  }
  // Also those of imports that were killed, and also when this one is stopped.
  await countRemainingAuthors(db, options.onCounting && { onProgress: options.onCounting })
  await endRun(db, runId, totals, signal?.aborted ? null : new Date())
  if (signal?.aborted) return totals
  // Also where nothing is new: the papers of an import that was killed may be missing in the index.
  if (
    !options.withoutSearch &&
    !(await rebuild.complete(options.onIndexing, signal)) &&
    totals.records > MOST_SEARCHED_AT_ONCE
  )
    await catchUpIndex(db, { ...(options.onIndexing && { onProgress: options.onIndexing }), ...(signal && { signal }) })
  await mergeRecent(db, { least: MERGED_FROM, ...(signal && { signal }) })
  return totals
}

const sizeOf = (files: readonly InputFile[]): number | null =>
  files.reduce<number | null>((sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes), 0)

/**
 * Moves new entries of the trigram indexes from the pending lists into the indexes. Until a vacuum does so, each lookup by a
 * pattern reads the whole pending list, which takes five to ten times as long.
 */
const flushTrigramIndexes = (db: Db) =>
  db.execute(sql`
    select gin_clean_pending_list(index.indexrelid)
    from pg_index index join pg_class on pg_class.oid = index.indexrelid join pg_am method on method.oid = relam
    where method.amname = 'gin' and pg_has_role(relowner, 'usage')
      and index.indrelid in ('authors'::regclass, 'organizations'::regclass, 'topics'::regclass, 'search_terms'::regclass)`)

/**
 * The entry of a record, or the reason why there is none. Moments after `now` become `now`: the list of today is dated at
 * the end of the day.
 */
function parseRecord(
  source: Source,
  group: RecordGroup,
  value: unknown,
  now: Date,
): PaperEntry | Withdrawal | { reason: string } {
  try {
    const entry = source.parse(value, group)
    const latest = now.toISOString()
    if ('withdrawn' in entry) return { ...entry, at: earlier(entry.at, latest) }
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

async function startRun(db: Db, { source, inputs, now }: ImportOptions): Promise<number> {
  const [row] = await db.execute<{ id: string }>(sql`
    insert into import_runs (source, inputs, started_at)
    values (${source}, ${JSON.stringify(inputs)}::jsonb, ${now.toISOString()}) returning id`)
  return Number(row?.id)
}

async function endRun(db: Db, id: number, totals: ImportTotals, finishedAt: Date | null): Promise<void> {
  await db.execute(sql`
    update import_runs set finished_at = ${finishedAt?.toISOString() ?? null}, records = ${totals.records},
      created = ${totals.created}, updated = ${totals.updated}, unchanged = ${totals.unchanged},
      problems = ${totals.problems}
    where id = ${id}`)
}
