import { isDay } from '../../values/time.ts'
import { decodeJson } from './lines.ts'

/** A list of records whose text is not JSON: it is cut off, or some of its records are damaged. */
export interface DamagedList {
  /** The day that the list names, if that part is sound. */
  date: string | null
  records: { position: number; value: unknown; bytes: Buffer }[]
  /** What is between the sound records, and why it cannot be read. */
  problems: { position: number; reason: string; bytes: Buffer }[]
}

const [LINE_FEED, CARRIAGE_RETURN, TAB, SPACE, COMMA] = Buffer.from('\n\r\t ,')
/** The bytes that JSON has outside of strings. Prose among them shows that a quotation mark is missing or too many. */
const OUTSIDE_STRINGS = new Set(Buffer.from('{}[],:+-.0123456789Eetrufalsn \n\r\t'))
const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = Buffer.from('"\\{}[]')

/** Real records have 6 levels. With the limit, no byte is read much more often than there are levels. */
const MOST_LEVELS = 16

/**
 * Finds the sound records of a damaged list: the objects that have the member `key`, as all records have. Their bytes are
 * read one object at a time, so damage costs only the record that it is in.
 */
export function readDamagedList(bytes: Buffer, key: string): DamagedList {
  const [records, problems]: [DamagedList['records'], DamagedList['problems']] = [[], []]
  const nextPosition = () => records.length + problems.length + 1
  const begin = startOfRecords(bytes, key)
  let end = begin
  const takeDamage = (damaged: Buffer) => {
    const part = withoutSeparators(damaged)
    if (part.length === 0 || part[0] === CLOSE_ARRAY) return
    const parsed = decodeJson(part)
    const reason = 'value' in parsed ? `It must be an object with the field "${key}".` : parsed.reason
    problems.push({ position: nextPosition(), reason, bytes: part })
  }
  for (let start = bytes.indexOf('{', end); start !== -1; ) {
    const record = recordAt(bytes, start, key)
    if (record !== null) {
      takeDamage(bytes.subarray(end, start))
      records.push({ position: nextPosition(), value: record.value, bytes: bytes.subarray(start, record.end) })
      end = record.end
    }
    start = bytes.indexOf('{', record?.end ?? start + 1)
  }
  takeDamage(bytes.subarray(end))
  const date = dateIn(Buffer.concat([bytes.subarray(0, begin), bytes.subarray(end)]))
  return { date, records, problems }
}

function dateIn(bytes: Buffer): string | null {
  const [, date] = /"date"\s*:\s*"(\d{4}-\d{2}-\d{2})"/.exec(bytes.toString('latin1')) ?? []
  return date !== undefined && isDay(date) ? date : null
}

/** The index behind the bracket that opens the list; 0 if that is damaged. */
function startOfRecords(bytes: Buffer, key: string): number {
  const firstKey = bytes.indexOf(`"${key}"`)
  const head = bytes.toString('latin1', 0, firstKey === -1 ? bytes.length : firstKey)
  const opening = /^[^{]*?\[|"records"\s*:\s*\[/.exec(head)
  return opening === null ? 0 : opening.index + opening[0].length
}

function withoutSeparators(bytes: Buffer): Buffer {
  const isSeparator = (byte: number | undefined) =>
    byte === COMMA || byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB
  let [start, end] = [0, bytes.length]
  while (start < end && isSeparator(bytes[start])) start += 1
  while (end > start && isSeparator(bytes[end - 1])) end -= 1
  return bytes.subarray(start, end)
}

/** The record whose first byte is at `start`; null if the object there is not one, or is damaged. */
function recordAt(bytes: Buffer, start: number, key: string): { value: object; end: number } | null {
  const end = endOfObject(bytes, start)
  if (end === null || !bytes.subarray(start, end).includes(`"${key}"`)) return null
  const parsed = decodeJson(bytes.subarray(start, end))
  return 'value' in parsed && Object.hasOwn(parsed.value as object, key) ? { value: parsed.value as object, end } : null
}

/** The index behind the bracket that closes an object; null if it is damaged. */
function endOfObject(bytes: Buffer, start: number): number | null {
  let level = 0
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfString(bytes, at)
      if (end === null) return null
      at = end
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      level += 1
      if (level > MOST_LEVELS) return null
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      level -= 1
      if (level === 0) return at + 1
    } else if (!OUTSIDE_STRINGS.has(byte as number)) return null
  }
  return null
}

/** The index of the quotation mark that closes a string; null if none does, or if the string has a control character. */
function endOfString(bytes: Buffer, start: number): number | null {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at
    if (byte < 0x20) return null
    if (byte === BACKSLASH) at += 1
  }
  return null
}
