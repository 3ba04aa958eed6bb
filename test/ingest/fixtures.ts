import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import type { Db } from '../../src/db/client.ts'
import type { PaperEntry, Withdrawal } from '../../src/ingest/entry.ts'
import { type ImportTotals, runImport } from '../../src/ingest/import.ts'
import { type InputProblem, listInputFiles } from '../../src/ingest/sources/input-files.ts'
import { SOURCES, type SourceName } from '../../src/ingest/sources/registry.ts'
import { readRecords } from '../../src/ingest/sources/source.ts'
import { messageOf } from '../../src/values/errors.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { sparseEntry } from '../support/entry.ts'

export const HALF_LIFE = 48

/** A valid record of the list in the form of 2026, with invented content. A test overrides only what it is about. */
export function hfRecord(paper: Record<string, unknown> = {}, outer: Record<string, unknown> = {}) {
  return {
    paper: {
      id: '2611.04217',
      authors: [{ _id: 'a1', name: 'Ilse Marchetti', hidden: false }],
      publishedAt: '2026-11-09T00:00:00.000Z',
      submittedOnDailyAt: '2026-11-10T00:00:00.000Z',
      title: 'Tidal Routing for Sparse Mixture Layers',
      summary: 'We describe a routing rule that lets idle experts borrow tokens.',
      upvotes: 37,
      ...paper,
    },
    publishedAt: '2026-11-08T19:00:00.000Z',
    title: 'Tidal Routing for Sparse Mixture Layers',
    numComments: 4,
    ...outer,
  }
}

/** A record in the form used until March 2025: nothing in it says the list day, and the outer time is that of the listing. */
export function oldHfRecord(paper: Record<string, unknown> = {}, outer: Record<string, unknown> = {}) {
  const record = hfRecord({ id: '2405.01234', publishedAt: '2024-05-27T11:46:12.000Z', ...paper }, outer)
  const { submittedOnDailyAt: _, ...old } = record.paper
  return { ...record, paper: old, publishedAt: '2024-05-28T02:51:25.097Z', ...outer }
}

/** A valid entry with invented content. */
export const entryOf = (values: Partial<PaperEntry> = {}): PaperEntry =>
  sparseEntry({
    source: 'hf',
    asOf: '2026-11-10T23:59:59.999Z',
    arxivId: '2611.04217',
    title: 'Tidal Routing',
    publishedAt: '2026-11-09T00:00:00.000Z',
    authors: [{ name: 'Ilse Marchetti', account: null }],
    ...values,
  })

export const person = (handle: string, key: string | null, name: string | null = null) => ({
  handle,
  name,
  avatarUrl: null,
  sourceKey: key === null ? null : `hf:${key}`,
})

/** Writes files into a new directory, which is removed after the test, and returns its path. */
export async function directoryOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const directory = await temporaryDirectory('ingest')
  onTestFinished(() => rm(directory, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content)
  }
  return directory
}

/** Imports and returns the totals and the problems, each as the program prints it but without the directory. */
export async function importing(
  db: Db,
  source: SourceName,
  inputs: string[],
  options: { now?: Date; stdin?: Readable } = {},
): Promise<{ totals: ImportTotals; problems: string[] }> {
  const problems: string[] = []
  const totals = await runImport(db, {
    source,
    inputs,
    stdin: options.stdin ?? Readable.from([]),
    now: options.now ?? new Date('2026-12-01T00:00:00Z'),
    halfLifeHours: HALF_LIFE,
    onProgress: () => {},
    onProblem: ({ file, position, reason }: InputProblem) =>
      problems.push(
        `${inputs.reduce((name, input) => name.replace(`${input}/`, ''), file)}:${position ?? ''} ${reason}`,
      ),
  })
  return { totals, problems }
}

const TABLES = [
  'users',
  'organizations',
  'papers',
  'paper_identifiers',
  'authors',
  'paper_authors',
  'topics',
  'paper_topics',
  'paper_cards',
  'paper_links',
  'outside_counts',
  'votes',
  'trending_basis',
]

/** The place and the writing transaction of every row. Equal before and after means that nothing was written. */
export async function rowVersions(db: Db): Promise<Record<string, string[]>> {
  const versions: Record<string, string[]> = {}
  for (const table of TABLES) {
    const rows = await db.execute<{ version: string }>(
      sql`select ctid || ' ' || xmin as version from ${sql.identifier(table)} order by ctid`,
    )
    versions[table] = rows.map((row) => row.version)
  }
  return versions
}

/** The only row of a query. */
export async function only<Row extends Record<string, unknown>>(db: Db, query: ReturnType<typeof sql>): Promise<Row> {
  const rows = await db.execute<Row>(query)
  if (rows.length !== 1) throw new Error(`${rows.length} rows`)
  return { ...(rows[0] as Row) }
}

/** The entries of files as a source parses them, and the problems, as the import reports them but without the directory. */
export async function parsing(
  source: SourceName,
  files: Record<string, string | Uint8Array>,
): Promise<{ entries: (PaperEntry | Withdrawal)[]; problems: string[] }> {
  const directory = await directoryOf(files)
  const problems: string[] = []
  const report = ({ file, position, reason }: InputProblem) =>
    problems.push(`${file.replace(`${directory}/`, '')}:${position ?? ''} ${reason}`)
  const entries: (PaperEntry | Withdrawal)[] = []
  for (const file of await listInputFiles([directory], report))
    for await (const group of readRecords(SOURCES[source], file, {
      stdin: Readable.from([]),
      onProblem: report,
      onBytes: () => {},
    }))
      for (const { position, value } of group.records)
        try {
          entries.push(SOURCES[source].parse(value, group))
        } catch (error) {
          report({ file: group.name, position, reason: messageOf(error) })
        }
  return { entries, problems }
}
