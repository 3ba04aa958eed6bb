import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { FetchError } from '../../fetching/fetch-error.ts'
import type { Fetcher } from '../../fetching/fetcher.ts'
import { endOfDay, isDay, momentOf } from '../../values/time.ts'
import { download } from './download.ts'
import { gunzip } from './gunzip.ts'

/** A file to import, an address, or standard input. */
export interface InputFile {
  /** The path as given, or as found in a given directory; the address; `-` for standard input. */
  name: string
  /** Null if it is not known: that of standard input, and that of an address before it is fetched. */
  bytes: number | null
  /** What its name and its directory say; null if they say nothing. */
  date: string | null
  capturedAt: string | null
}

/** An input, or a part of it, that cannot be used. */
export interface InputProblem {
  file: string
  /** The record or line, from 1; null for the whole file. */
  position: number | null
  reason: string
  /** The record or line as it is in the file, if the problem is not that of the whole file. */
  raw?: Raw | undefined
  /** The record was imported all the same. */
  isSaved?: true
}

/** Reads a record as it is in its file: rarely needed, and large. */
export type Raw = () => RawRecord

/** A record in the form in which its source reads it, so that it can be corrected and imported again. */
export interface RawRecord {
  /** A line without its end, or an element of XML. */
  text: string | Uint8Array
  /** For an element of XML, what stands before and after the elements of its document. */
  frame?: { start: string; end: string }
}

const IMPORTED_FROM_DIRECTORIES = /^[^.].*\.(?:jsonl?|xml)(?:\.gz)?$/
const DATE = /(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)/
const CAPTURE = /(?<!\d)(\d{4}-\d{2}-\d{2})T(\d{2}):?(\d{2})(?::?(\d{2}))?Z/

/** Whether an input is fetched and not opened. The fetcher refuses other protocols than http and https with a reason. */
const isAddress = (input: string): boolean => /^[a-z][a-z\d+.-]*:\/\//i.test(input)

/**
 * The files of a command's arguments, ordered by the time that their names say; files without a time come last. A
 * directory stands for all files below it that are called `.json`, `.jsonl` or `.xml`, also with `.gz`. `-` is standard
 * input. Addresses are not fetched yet.
 */
export async function listInputFiles(
  inputs: readonly string[],
  onProblem: (problem: InputProblem) => void,
): Promise<InputFile[]> {
  const files = new Map<string, InputFile>()
  for (const input of inputs) {
    if (input === '-' || isAddress(input)) {
      files.set(input, { name: input, bytes: null, ...timeInName(input) })
      continue
    }
    try {
      for (const name of await filesUnder(input))
        files.set(name, { name, bytes: (await stat(name)).size, ...timeInName(name) })
    } catch (error) {
      onProblem({ file: input, position: null, reason: systemReason(error) })
    }
  }
  const time = ({ date, capturedAt }: InputFile): string => capturedAt ?? (date === null ? '~' : endOfDay(date))
  return [...files.values()].sort((a, b) => compare(time(a), time(b)) || compare(a.name, b.name))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

async function filesUnder(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const found: string[] = []
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name)
    // Follow symbolic links.
    const kind = entry.isSymbolicLink() ? await stat(below).catch(() => entry) : entry
    if (kind.isDirectory() && !entry.name.startsWith('.')) found.push(...(await filesUnder(below)))
    else if (kind.isFile() && IMPORTED_FROM_DIRECTORIES.test(entry.name)) found.push(below)
  }
  return found
}

/**
 * `2024-03-12.json` is the list of that day. The name of a capture is its moment (`2024-12-12T1708Z.json`), which may be on
 * the day after the list day. Its directory is then named after the list day.
 */
function timeInName(path: string): Pick<InputFile, 'date' | 'capturedAt'> {
  const name = basename(path)
  const dayIn = (text: string): string | null => {
    const [day] = DATE.exec(text) ?? []
    return day !== undefined && isDay(day) ? day : null
  }
  const capture = CAPTURE.exec(name)
  const capturedAt = capture && momentOf(`${capture[1]}T${capture[2]}:${capture[3]}:${capture[4] ?? '00'}Z`)
  if (capturedAt) return { date: dayIn(basename(dirname(path))) ?? dayIn(name), capturedAt }
  return { date: dayIn(name), capturedAt: null }
}

/** A file cannot be read, or not to its end. The message is one sentence. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

/**
 * The bytes of a file or of standard input, decompressed. Gzip is recognized by its first bytes, not by the file name. An
 * error after the first bytes is reported, and what was read before it counts.
 *
 * @throws UnreadableInput if nothing can be read; the reason of `signal` if it ends a download
 */
export async function* readBytes(file: InputFile, reading: InputReading): AsyncGenerator<Uint8Array, void, undefined> {
  const source = open(file, reading)
  let hasBegun = false
  try {
    for await (const bytes of decompressed(countBytes(source, reading.onBytes))) {
      hasBegun = true
      yield bytes
    }
  } catch (error) {
    if (reading.signal?.aborted) throw error
    const reason = systemReason(error)
    if (!hasBegun) throw new UnreadableInput(reason)
    reading.onProblem({ file: file.name, position: null, reason })
  }
}

/** What reading a file needs besides the file. */
export interface InputReading {
  stdin: Readable
  /** Fetches the inputs that are addresses; without it they cannot be read. */
  fetcher?: Fetcher | undefined
  /** Ends a download. */
  signal?: AbortSignal | undefined
  /** Called with the length of a download when the server says it. */
  onSize?: ((bytes: number) => void) | undefined
  /** Called when a download broke off and is tried again. */
  onRetry?: ((problem: InputProblem) => void) | undefined
  /** Called with the number of bytes of each piece that was read, before it is decompressed. */
  onBytes: (count: number) => void
  onProblem: (problem: InputProblem) => void
}

function open(
  { name }: InputFile,
  { stdin, fetcher, signal, onSize, onRetry }: InputReading,
): AsyncIterable<Uint8Array | string> {
  if (name === '-') return stdin
  if (!isAddress(name)) return createReadStream(name)
  if (fetcher === undefined) throw new UnreadableInput('Addresses cannot be fetched here.')
  const retry = (reason: string) => onRetry?.({ file: name, position: null, reason })
  return download(name, { fetcher, signal, onSize, onRetry: retry })
}

async function* countBytes(
  source: AsyncIterable<Uint8Array | string>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    onBytes(bytes.length)
    yield bytes
  }
}

const UNPACK = 'unpack it, or compress its content with gzip instead'

/** The first bytes of forms that are not read. Kaggle serves zip; some archives of daily lists are Parquet. */
const OTHER_FORMS: readonly [start: Buffer, name: string, advice: string][] = [
  [Buffer.from('PK\x03\x04'), 'a zip archive', UNPACK],
  [Buffer.from('BZh'), 'compressed with bzip2', UNPACK],
  [Buffer.of(0xfd, 0x37, 0x7a, 0x58), 'compressed with xz', UNPACK],
  [Buffer.of(0x28, 0xb5, 0x2f, 0xfd), 'compressed with zstd', UNPACK],
  [Buffer.from('PAR1'), 'a Parquet file', 'convert it to JSON lines'],
]

async function* decompressed(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length < 4) {
    const { value, done } = await source.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  const other = OTHER_FORMS.find(([bytes]) => bytes.equals(start.subarray(0, bytes.length)))
  if (other) throw new UnreadableInput(`It is ${other[1]}: ${other[2]}.`)
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (start.length > 0) yield start
    yield* source
  }
  yield* start[0] === 0x1f && start[1] === 0x8b ? gunzip(whole()) : whole()
}

/** The reason why a file cannot be read, as one sentence. */
function systemReason(error: unknown): string {
  if (error instanceof FetchError || error instanceof UnreadableInput) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'There is no such file.'
  if (code === 'EACCES' || code === 'EPERM') return 'There is no permission to read it.'
  if (code === 'Z_BUF_ERROR') return 'The gzip data is cut off.'
  if (code?.startsWith('Z_')) return 'The gzip data is damaged.'
  return `It cannot be read: ${message}.`
}
