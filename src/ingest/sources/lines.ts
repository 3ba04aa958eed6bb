import { isUtf8 } from 'node:buffer'
import { messageOf } from '../../values/errors.ts'
import { type Raw, UnreadableInput } from './input-files.ts'
import type { FileReading, RecordGroup } from './source.ts'

/** A line that is not blank. */
export interface Line {
  /** From 1; blank lines count, too. */
  number: number
  text: string
}

/** A line before it is decoded, without the line feed at its end, or the reason why it cannot be read. */
export type LineBytes = { number: number } & ({ bytes: Buffer } | { reason: string })

export const MEBIBYTE = 2 ** 20

/** In bytes. The longest real lines, which are the lists of a day, have 300 kB. */
const LONGEST_LINE = 64 * MEBIBYTE

/** The reason why something longer than a limit in bytes is not read. */
export const tooLong = (limit: number): string => `It is longer than ${limit / MEBIBYTE} MiB.`

const LINE_FEED = 0x0a

/** What a line begins with that is a comment, such as the reason in a file of rejected records. No JSON begins so. */
export const COMMENT = '# '

/**
 * The lines of a file, decoded one by one, without blank ones and comments. One that is too long or not UTF-8 is reported
 * and left out. Each is read when the previous one has been used, so a file of any length fits in memory.
 */
export async function* readLines({ file, bytes, report }: FileReading): AsyncGenerator<Line, void, undefined> {
  for await (const line of splitLines(bytes)) {
    const { number } = line
    const decoded = 'reason' in line ? line : decode(line.bytes)
    if ('reason' in decoded) report({ file: file.name, position: number, reason: decoded.reason, raw: rawLine(line) })
    else if (decoded.text.trim() !== '' && !decoded.text.startsWith(COMMENT)) yield { number, text: decoded.text }
  }
}

/**
 * The lines of a text as bytes, the blank ones, too.
 *
 * @throws UnreadableInput for UTF-16, in which a line feed has two bytes
 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<LineBytes, void, undefined> {
  let number = 1
  let parts: Uint8Array[] = []
  let length = 0
  const add = (part: Uint8Array) => {
    length += part.length
    if (length <= longest) parts.push(part)
    else parts = []
  }
  const endLine = (): LineBytes => {
    if (number === 1 && isUtf16(parts)) throw new UnreadableInput('It is UTF-16 text. Convert it to UTF-8.')
    const line = length > longest ? { number, reason: tooLong(longest) } : { number, bytes: Buffer.concat(parts) }
    number += 1
    parts = []
    length = 0
    return line
  }
  for await (const chunk of bytes) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end))
      yield endLine()
      start = end + 1
    }
    add(chunk.subarray(start))
  }
  if (length > 0) yield endLine()
}

/** Of a line that is too long nothing is kept. */
export const rawLine = (line: LineBytes): Raw | undefined =>
  'bytes' in line ? () => ({ text: line.bytes }) : undefined

/** Whether a text begins with a byte order mark of UTF-16 and a character of ASCII, as all JSON does. */
function isUtf16(parts: readonly Uint8Array[]): boolean {
  const [mark, otherHalf, high, low] = Buffer.concat(parts.slice(0, 4))
  return (mark === 0xff && otherHalf === 0xfe && low === 0) || (mark === 0xfe && otherHalf === 0xff && high === 0)
}

/** Whether bytes are a comment, or only spaces, tabs and other control characters of ASCII, or none. */
export const isIgnored = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, COMMENT.length) === COMMENT || bytes.every((byte) => byte <= 0x20)

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of bytes without a byte order mark, or the reason why they have none. */
export function decode(bytes: Uint8Array): { text: string } | { reason: string } {
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    const at = firstBadByte(bytes)
    return { reason: `It is not UTF-8 text: byte ${at + 1} of it is 0x${bytes[at]?.toString(16).padStart(2, '0')}.` }
  }
}

/** The index of the first byte that belongs to no character. */
function firstBadByte(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length + 1]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isStartOfText(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  // The last character can be cut off.
  while (!isUtf8(bytes.subarray(0, good))) good -= 1
  return good
}

function isStartOfText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** The value of a JSON text, or the reason why it has none. */
export type ParsedJson = { value: unknown } | { reason: string }

export function parseJson(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { reason: `It is not JSON: ${messageOf(error).replaceAll('\n', '\\n')}.` }
  }
}

export function decodeJson(bytes: Uint8Array): ParsedJson {
  const decoded = decode(bytes)
  return 'reason' in decoded ? decoded : parseJson(decoded.text)
}

/**
 * The JSON values of lines, each a record. A line that is not JSON is reported.
 *
 * @throws UnreadableInput if the first line shows that the file has another form
 */
export async function* readJsonLines(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  const { file, report } = reading
  let isFirst = true
  for await (const { number, text } of readLines(reading)) {
    const otherForm = isFirst && /^\s*(?:(<)|\[\s*$)/.exec(text)
    if (otherForm)
      throw new UnreadableInput(
        `It is ${otherForm[1] ? 'XML' : 'a JSON array'}, and must have one JSON object per line.`,
      )
    isFirst = false
    const raw = () => ({ text })
    const parsed = parseJson(text)
    if ('reason' in parsed) report({ file: file.name, position: number, reason: parsed.reason, raw })
    else
      yield { name: file.name, date: null, capturedAt: null, records: [{ position: number, value: parsed.value, raw }] }
  }
}
