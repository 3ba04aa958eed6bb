import type { Db } from '../../db/client.ts'
import type { EditionClock } from '../../values/editions.ts'
import type { PaperEntry, Withdrawal } from '../entry.ts'
import { type InputProblem, UnreadableInput } from '../sources/input-files.ts'
import type { FileReading, Source } from '../sources/source.ts'
import type { RemoteResponse, RequestOptions } from './paced-requests.ts'
import { SourceFault } from './source-fault.ts'

/** How a remote source is synced: which requests, what was seen, what comes next. */
export interface RemoteSource<Cursor> {
  /** Milliseconds from a run that succeeded to the next. */
  interval: number
  /**
   * Brings what is new. A run that ends before its end, for whatever reason, is continued from the last kept cursor: so it
   * keeps a cursor only after what is before it was saved.
   *
   * @param cursor what the last run kept; null for the first run
   * @throws SourceFault
   */
  run(cursor: Cursor | null, run: SyncRun<Cursor>): Promise<Seen>
}

/** What a run offers to its source. */
export interface SyncRun<Cursor> {
  db: Db
  clock: EditionClock
  /** As `PacedRequests.get`. */
  get<Content>(
    address: string,
    options: RequestOptions,
    read: (response: RemoteResponse) => Promise<Content>,
  ): Promise<Content>
  /** Saves what the records say, in their order. */
  save(items: readonly SyncItem[]): Promise<void>
  /** Stores where the next run begins. */
  keep(cursor: Cursor): Promise<void>
  /** Reports a record that cannot be used. */
  report(problem: InputProblem): void
  /** Something that is no failure but should be known, as a sentence. */
  notice(sentence: string): void
  /** Whether the run has taken so long that other sources should be synced first. */
  isLong(): boolean
}

/** What a record says, and where it is, for problems with it. */
export interface SyncItem {
  entry: PaperEntry | Withdrawal
  name: string
  position: number
}

/** What a run saw, to judge whether the source is alive. Whether records came says nothing: they may be known ones. */
export interface Seen {
  /** The newest day of which the source has something; null if it has nothing. */
  newestOn: string | null
  newestId: string | null
  /** The most weekdays in a row that may bring nothing before the source is suspect. */
  quietWeekdays: number
  /** Whether the run stopped before its end, to be continued at once. */
  hasMore?: boolean
}

/** What could be read of a response, and problems with single records. */
export interface ReadResponse<Value> {
  records: { position: number; value: Value }[]
  problems: InputProblem[]
}

/**
 * The records of a response, read as a file of `source` is read.
 *
 * @throws SourceFault if the response as a whole cannot be read, or a part of unknown size is missing
 */
export async function readRecords(source: Source, address: string, bytes: Buffer): Promise<ReadResponse<unknown>> {
  const read: ReadResponse<unknown> = { records: [], problems: [] }
  await readWhole(address, bytes, read.problems, async (reading) => {
    for await (const group of source.read(reading)) read.records.push(...group.records)
  })
  return read
}

/** Calls `read` with the response as a file. A problem with the whole file is a fault: what is missing is not known. */
export async function readWhole(
  address: string,
  bytes: Buffer,
  problems: InputProblem[],
  read: (reading: FileReading) => Promise<void>,
): Promise<void> {
  const fault = (reason: string) => new SourceFault(`${address}: ${reason}`, { isTemporary: true })
  const report = (problem: InputProblem) => {
    if (problem.position === null) throw fault(problem.reason)
    problems.push(problem)
  }
  const file = { name: address, bytes: bytes.length, date: null, capturedAt: null }
  try {
    await read({ file, bytes: inOnePiece(bytes), report })
  } catch (error) {
    throw error instanceof UnreadableInput ? fault(error.message) : error
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
