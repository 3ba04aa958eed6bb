import type { Readable } from 'node:stream'
import type { PaperEntry } from '../entry.ts'
import { type InputFile, type InputProblem, openInput, readText, systemReason } from './input-files.ts'

/** What the place of a record says about it; null if it says nothing. */
export interface RecordContext {
  /** The day whose list this is. */
  date: string | null
  /** When the list was captured. */
  capturedAt: string | null
}

/** Records that share their place: a file, or a line of a file. */
export interface RecordGroup extends RecordContext {
  /** The file, or the file and the line. Problems are reported under this name. */
  name: string
  records: { position: number; value: unknown }[]
}

/** One file while it is read. */
export interface FileReading {
  file: InputFile
  /** The content in pieces of any length. */
  text: AsyncIterable<string>
  /** Reports a part of the file that cannot be read: a line by its number, or the whole file by null. */
  report: (position: number | null, reason: string) => void
}

/** A form of input. `registry.ts` lists all sources. */
export interface Source {
  /** What the files hold, for the usage text and the documentation. */
  description: string
  /** Yields the records of a file, in memory for one group at a time. Reports what it cannot read and goes on. */
  read(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined>
  /**
   * Makes an entry of a record.
   *
   * @throws Error whose message is one sentence that names the field at fault
   */
  parse(record: unknown, context: RecordContext): PaperEntry
}

/** Opens a file and reads its records as the source says. Errors of the file system end the file, not the import. */
export async function* readRecords(
  source: Source,
  file: InputFile,
  context: { stdin: Readable; onProblem: (problem: InputProblem) => void; onBytes: (count: number) => void },
): AsyncGenerator<RecordGroup, void, undefined> {
  const report = (position: number | null, reason: string) => context.onProblem({ file: file.name, position, reason })
  try {
    yield* source.read({ file, text: readText(openInput(file, context.stdin), context.onBytes), report })
  } catch (error) {
    report(null, systemReason(error))
  }
}
