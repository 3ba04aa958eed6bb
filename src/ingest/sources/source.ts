import type { PaperEntry, Withdrawal } from '../entry.ts'
import {
  type InputFile,
  type InputProblem,
  type InputReading,
  type Raw,
  readBytes,
  UnreadableInput,
} from './input-files.ts'

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
  records: { position: number; value: unknown; raw: Raw }[]
}

/** One file while it is read. */
export interface FileReading {
  file: InputFile
  /** The content in pieces of any length; `lines.ts` splits it into lines. */
  bytes: AsyncIterable<Uint8Array>
  /** Reports the file, a line or a record that cannot be read. */
  report: (problem: InputProblem) => void
}

/** A form of input. `registry.ts` lists all sources. */
export interface Source {
  /** What the files hold, for the usage text and the documentation. */
  description: string
  /** Yields the records of a file, in memory for one group at a time. Reports what it cannot read and goes on. */
  read(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined>
  /**
   * Makes an entry of a record, or a withdrawal.
   *
   * @throws Error whose message is one sentence that names the field at fault
   */
  parse(record: unknown, context: RecordContext): PaperEntry | Withdrawal
}

/** Reads the records of a file as the source says. Errors of the file system end the file, not the import. */
export async function* readRecords(
  source: Source,
  file: InputFile,
  context: InputReading,
): AsyncGenerator<RecordGroup, void, undefined> {
  const report = context.onProblem
  try {
    yield* source.read({ file, bytes: readBytes(file, context), report })
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    report({ file: file.name, position: null, reason: error.message })
  }
}
