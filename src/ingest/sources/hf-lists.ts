import { isDay } from '../../values/time.ts'
import { readDamagedList } from './damaged-list.ts'
import { decodeJson, isBlank, type LineBytes, MEBIBYTE, type ParsedJson, splitLines, tooLong } from './lines.ts'
import type { FileReading, RecordGroup } from './source.ts'
import { kindOf, quoted } from './validation.ts'

/** Where the records of a list are. */
type ListPlace = Omit<RecordGroup, 'records'>

/** In bytes. A list that is a file is in memory as a whole: as bytes, as text and as objects. */
const LARGEST_LIST = 256 * MEBIBYTE

const LINE_END = Buffer.from('\n')

/** The member that every record has. */
const RECORD_KEY = 'paper'

/**
 * Yields the records of a file: an array of records, which is a response of the API as it was captured, or lines of
 * `{"date", "records"}`. Of a damaged list it yields the records that are sound.
 */
export async function* readHfLists(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  if (!/\.jsonl(\.gz)?$/.test(reading.file.name)) return yield* wholeOrLines(reading)
  for await (const line of splitLines(reading.bytes)) yield* listLine(reading, line)
}

/** Reads a file whose name does not say which form it has. It has lines if the first one is a whole list. */
async function* wholeOrLines(reading: FileReading): AsyncGenerator<RecordGroup> {
  const { file, report } = reading
  const reportFile = (reason: string) => report({ file: file.name, position: null, reason })
  let hasLines = false
  const read: LineBytes[] = []
  let length = 0
  for await (const line of splitLines(reading.bytes, LARGEST_LIST)) {
    if (!hasLines && read.length === 0) hasLines = isListLine(line)
    if (hasLines) yield* listLine(reading, line)
    else if ('reason' in line) return reportFile(line.reason)
    else if (!isBlank(line.bytes)) {
      read.push(line)
      length += line.bytes.length
      if (length > LARGEST_LIST) return reportFile(tooLong(LARGEST_LIST))
    }
  }
  if (hasLines) return
  if (read.length === 0) return reportFile('It is empty.')

  const bytes = Buffer.concat(read.flatMap((line) => ('bytes' in line ? [line.bytes, LINE_END] : [])))
  const parsed = decodeJson(bytes)
  if ('value' in parsed && Array.isArray(parsed.value)) yield* groupOf(file, parsed.value, reportFile)
  // The first line is damaged.
  else if (read.some(isListLine)) for (const line of read) yield* listLine(reading, line)
  else yield* datedList(reading, file, { bytes, parsed, form: 'It must be an array of records', report: reportFile })
}

function* listLine(reading: FileReading, line: LineBytes): Generator<RecordGroup> {
  const { file } = reading
  const { number } = line
  const report = (reason: string) => reading.report({ file: file.name, position: number, reason })
  if ('reason' in line) return report(line.reason)
  if (isBlank(line.bytes)) return
  const place = { ...file, name: `${file.name}:${number}`, date: null }
  const parsed = decodeJson(line.bytes)
  const form = 'A line must be {"date": "YYYY-MM-DD", "records": […]}'
  yield* datedList(reading, place, { bytes: line.bytes, parsed, form, report })
}

/** Yields the records of `{"date", "records"}`; of one that is damaged those that are sound. */
function* datedList(
  { report }: FileReading,
  place: ListPlace,
  list: { bytes: Buffer; parsed: ParsedJson; form: string; report: (reason: string) => void },
): Generator<RecordGroup> {
  const { parsed } = list
  const whole = 'value' in parsed ? wholeList(parsed.value) : null
  if (whole) return yield* groupOf({ ...place, date: whole.date }, whole.records, list.report)

  const { date, records, problems } = readDamagedList(list.bytes, RECORD_KEY)
  if ('value' in parsed) list.report(`${list.form}, not ${describe(parsed.value)}.`)
  else if (records.length === 0 || problems.length === 0) list.report(parsed.reason)
  if (records.length === 0) return
  for (const problem of problems) report({ file: place.name, ...problem })
  yield { ...place, date: date ?? place.date, records }
}

function* groupOf(
  { name, date, capturedAt }: ListPlace,
  records: readonly unknown[],
  report: (reason: string) => void,
): Generator<RecordGroup> {
  // Some archives hold Python's repr of each record.
  if (records.length > 0 && records.every((record) => typeof record === 'string'))
    return report(`Its records are strings${isPythonRepr(records[0]) ? " of Python's repr" : ''}, not objects.`)
  yield { name, date, capturedAt, records: records.map((value, index) => ({ position: index + 1, value })) }
}

function wholeList(value: unknown): { date: string; records: unknown[] } | null {
  const { date, records } = (value ?? {}) as { date?: unknown; records?: unknown }
  return typeof date === 'string' && isDay(date) && Array.isArray(records) ? { date, records } : null
}

function isListLine(line: LineBytes): boolean {
  if ('reason' in line || !/^\s*\{/.test(line.bytes.toString('latin1', 0, 100))) return false
  const parsed = decodeJson(line.bytes)
  return 'value' in parsed && Array.isArray((parsed.value as { records?: unknown }).records)
}

const isPythonRepr = (record: unknown): boolean => typeof record === 'string' && /^\s*\{\s*'/.test(record)

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number' && !Number.isFinite(value)) return kindOf(value)
  if (typeof value !== 'object') return `${kindOf(value)} (${quoted(value)})`
  if (Array.isArray(value)) return 'an array'
  const { error, data } = value as { error?: unknown; data?: unknown }
  if (typeof error === 'string') return `an error response: ${quoted(error)}`
  if (Array.isArray(data) && data.some(isPythonRepr)) return "an envelope whose data are strings of Python's repr"
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : `an object with the fields ${keys.slice(0, 8).map(quoted).join(', ')}`
}
