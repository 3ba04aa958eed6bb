import { isDay, momentOf } from '../../values/time.ts'
import { readDamagedList } from './damaged-list.ts'
import type { Raw } from './input-files.ts'
import { arrayIn } from './json-elements.ts'
import {
  decodeJson,
  isIgnored,
  type LineBytes,
  MEBIBYTE,
  type ParsedJson,
  rawLine,
  splitLines,
  tooLong,
} from './lines.ts'
import type { FileReading, RecordContext, RecordGroup } from './source.ts'
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
    else if (!isIgnored(line.bytes)) {
      read.push(line)
      length += line.bytes.length
      if (length > LARGEST_LIST) return reportFile(tooLong(LARGEST_LIST))
    }
  }
  if (hasLines) return
  if (read.length === 0) return reportFile('It is empty.')

  const bytes = Buffer.concat(read.flatMap((line) => ('bytes' in line ? [line.bytes, LINE_END] : [])))
  const parsed = decodeJson(bytes)
  if ('value' in parsed && Array.isArray(parsed.value))
    yield* groupOf(file, { bytes, records: parsed.value, report: reportFile })
  // The first line is damaged.
  else if (read.some(isListLine)) for (const line of read) yield* listLine(reading, line)
  else yield* datedList(reading, file, { bytes, parsed, form: 'It must be an array of records', report: reportFile })
}

function* listLine(reading: FileReading, line: LineBytes): Generator<RecordGroup> {
  const { file } = reading
  const { number } = line
  const raw = rawLine(line)
  const report = (reason: string, isRead = false) =>
    reading.report({ file: file.name, position: number, reason, ...(isRead ? {} : { raw }) })
  if ('reason' in line) return report(line.reason)
  if (isIgnored(line.bytes)) return
  const place = { ...file, name: `${file.name}:${number}`, date: null }
  const parsed = decodeJson(line.bytes)
  const form = 'A line must be {"date": "YYYY-MM-DD", "records": […]}'
  yield* datedList(reading, place, { bytes: line.bytes, parsed, form, report })
}

/** Yields the records of `{"date", "records"}`; of one that is damaged those that are sound. */
function* datedList(
  { report }: FileReading,
  place: ListPlace,
  list: { bytes: Buffer; parsed: ParsedJson; form: string; report: (reason: string, isRead?: boolean) => void },
): Generator<RecordGroup> {
  const { bytes, parsed } = list
  const whole = 'value' in parsed ? wholeList(parsed.value) : null
  if (whole) {
    const { date, capturedAt = place.capturedAt, records } = whole
    return yield* groupOf({ ...place, date, capturedAt }, { bytes, records, report: list.report })
  }
  const damaged = readDamagedList(bytes, RECORD_KEY)
  const { records, problems } = damaged
  if ('value' in parsed) list.report(`${list.form}, not ${describe(parsed.value)}.`, records.length > 0)
  else if (records.length === 0 || problems.length === 0) list.report(parsed.reason, records.length > 0)
  if (records.length === 0) return
  const at = { ...place, date: damaged.date ?? place.date }
  for (const { position, reason, bytes } of problems)
    report({ file: place.name, position, reason, raw: rawRecord(at, () => withoutListEnd(bytes)) })
  yield {
    ...at,
    records: records.map(({ position, value, bytes }) => ({ position, value, raw: rawRecord(at, () => bytes) })),
  }
}

function* groupOf(
  { name, date, capturedAt }: ListPlace,
  { bytes, records, report }: { bytes: Buffer; records: readonly unknown[]; report: (reason: string) => void },
): Generator<RecordGroup> {
  // Some archives hold Python's repr of each record.
  if (records.length > 0 && records.every((record) => typeof record === 'string'))
    return report(`Its records are strings${isPythonRepr(records[0]) ? " of Python's repr" : ''}, not objects.`)
  let texts: string[] | undefined
  const textOf = (index: number) => {
    texts ??= arrayIn(bytes.toString(), 'records')?.elements
    return Buffer.from(texts?.[index] as string)
  }
  yield {
    name,
    date,
    capturedAt,
    records: records.map((value, index) => ({
      position: index + 1,
      value,
      raw: rawRecord({ date, capturedAt }, () => textOf(index)),
    })),
  }
}

/** Damage at the end of a list includes the brackets that close it. */
const withoutListEnd = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(/(?<=\})\s*\]\s*\}?\s*$/, ''), 'latin1')

/** A record as a line that is a list, with what its place says about it. */
const rawRecord =
  ({ date, capturedAt }: RecordContext, record: () => Buffer): Raw =>
  () => {
    const capture = capturedAt === null ? '' : `"capturedAt":${JSON.stringify(capturedAt)},`
    const start = `{"date":${JSON.stringify(date)},${capture}"records":[`
    // As Latin-1, because the bytes of a damaged record need not be UTF-8.
    const oneLine = record()
      .toString('latin1')
      .replace(/[ \t]*[\r\n][ \t\r\n]*/g, ' ')
    return { text: Buffer.concat([Buffer.from(start), Buffer.from(oneLine, 'latin1'), Buffer.from(']}')]) }
  }

/** A list with its day, which is null if the records themselves say it, and the moment of its capture, if it has one. */
function wholeList(value: unknown): { date: string | null; capturedAt?: string; records: unknown[] } | null {
  const { date, capturedAt, records } = (value ?? {}) as Record<string, unknown>
  if (!Array.isArray(records) || (date !== null && !(typeof date === 'string' && isDay(date)))) return null
  const capture = typeof capturedAt === 'string' ? momentOf(capturedAt) : null
  return { date, records, ...(capture && { capturedAt: capture }) }
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
