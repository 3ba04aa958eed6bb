import type { Readable } from 'node:stream'
import { isDay } from '../../values/time.ts'
import { type InputFile, type InputProblem, openInput, readText, systemReason } from './files.ts'
import { kindOf, quoted } from './problems.ts'

/** Records that were found together. */
export interface Unit {
  /** The file, or the file and the line: what problems are reported under. */
  name: string
  date: string | null
  capturedAt: string | null
  records: { position: number; value: unknown }[]
}

interface Reading {
  file: InputFile
  onProblem: (problem: InputProblem) => void
}

/**
 * The records of one file. A line is read when the one before is dealt with, so that a file of any length fits.
 *
 * `hf-daily` takes an answer of the list as it came (an array), or lines of `{"date", "records"}`; `papers` takes one
 * record a line. What cannot be used is reported, in one line for a whole file, and the rest goes on.
 */
export async function* readUnits(
  source: 'hf-daily' | 'papers',
  file: InputFile,
  context: { stdin: Readable; onProblem: (problem: InputProblem) => void; onBytes: (count: number) => void },
): AsyncGenerator<Unit, void, undefined> {
  const reading = { file, onProblem: context.onProblem }
  try {
    const lines = readLines(readText(openInput(file, context.stdin), context.onBytes))
    if (source === 'papers') yield* paperLines(reading, lines)
    else if (/\.jsonl(\.gz)?$/.test(file.name)) yield* listLines(reading, lines)
    else yield* listOrLines(reading, lines)
  } catch (error) {
    context.onProblem({ file: file.name, position: null, reason: systemReason(error) })
  }
}

interface Line {
  number: number
  text: string
}

async function* readLines(text: AsyncIterable<string>): AsyncGenerator<Line, void, undefined> {
  let number = 0
  let rest = ''
  for await (const piece of text) {
    // Only the new piece is searched: a line can be longer than many pieces.
    const end = piece.lastIndexOf('\n')
    if (end === -1) {
      rest += piece
      continue
    }
    for (const line of (rest + piece.slice(0, end)).split('\n')) {
      number += 1
      yield { number, text: line }
    }
    rest = piece.slice(end + 1)
  }
  if (rest !== '') yield { number: number + 1, text: rest }
}

async function* paperLines({ file, onProblem }: Reading, lines: AsyncIterable<Line>): AsyncGenerator<Unit> {
  for await (const { number, text } of lines) {
    if (text.trim() === '') continue
    const parsed = parse(text)
    if ('reason' in parsed) onProblem({ file: file.name, position: number, reason: parsed.reason })
    else yield { ...file, date: null, capturedAt: null, records: [{ position: number, value: parsed.value }] }
  }
}

async function* listLines(reading: Reading, lines: AsyncIterable<Line>): AsyncGenerator<Unit> {
  for await (const line of lines) if (line.text.trim() !== '') yield* listLine(reading, line)
}

function* listLine(reading: Reading, { number, text }: Line): Generator<Unit> {
  const { file } = reading
  const report = (reason: string) => reading.onProblem({ file: file.name, position: number, reason })
  const parsed = parse(text)
  if ('reason' in parsed) return report(parsed.reason)
  const { date, records } = (parsed.value ?? {}) as { date?: unknown; records?: unknown }
  if (typeof date !== 'string' || !isDay(date) || !Array.isArray(records))
    return report(`A line must be {"date": "YYYY-MM-DD", "records": […]}, not ${described(parsed.value)}.`)
  yield* unitOf({ ...file, name: `${file.name}:${number}`, date }, records, report)
}

/** A file whose name does not say which form it has: lines if its first line is whole, else one value. */
async function* listOrLines(reading: Reading, lines: AsyncGenerator<Line>): AsyncGenerator<Unit> {
  const { file, onProblem } = reading
  const first = await firstFilled(lines)
  if (first !== null && isListLine(first.text)) {
    yield* listLine(reading, first)
    return yield* listLines(reading, lines)
  }
  const rest: string[] = first === null ? [] : [first.text]
  for await (const { text } of lines) rest.push(text)
  const report = (reason: string) => onProblem({ file: file.name, position: null, reason })
  if (first === null) return report('It is empty.')
  const parsed = parse(rest.join('\n'))
  if ('reason' in parsed) return report(parsed.reason)
  const { date, records } = (parsed.value ?? {}) as { date?: unknown; records?: unknown }
  if (typeof date === 'string' && isDay(date) && Array.isArray(records))
    yield* unitOf({ ...file, date }, records, report)
  else if (Array.isArray(parsed.value)) yield* unitOf(file, parsed.value, report)
  else report(`It must be an array of records, not ${described(parsed.value)}.`)
}

async function firstFilled(lines: AsyncGenerator<Line>): Promise<Line | null> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) return null
    if (value.text.trim() !== '') return value
  }
}

function isListLine(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  const parsed = parse(text)
  return 'value' in parsed && Array.isArray((parsed.value as { records?: unknown }).records)
}

function* unitOf(
  { name, date, capturedAt }: Pick<InputFile, 'name' | 'date' | 'capturedAt'>,
  records: readonly unknown[],
  report: (reason: string) => void,
): Generator<Unit> {
  // Some archives hold what Python prints for its dictionaries: one line for all of it.
  if (records.length > 0 && records.every((record) => typeof record === 'string'))
    return report(`Its records are strings${isPythonRepr(records[0]) ? " of Python's repr" : ''}, not objects.`)
  yield { name, date, capturedAt, records: records.map((value, index) => ({ position: index + 1, value })) }
}

const isPythonRepr = (record: unknown): boolean => typeof record === 'string' && /^\s*\{\s*'/.test(record)

function described(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return `${kindOf(value)} (${quoted(value)})`
  if (Array.isArray(value)) return 'an array'
  const { error, data } = value as { error?: unknown; data?: unknown }
  if (typeof error === 'string') return `an error answer: ${quoted(error)}`
  if (Array.isArray(data) && data.some(isPythonRepr)) return "an envelope whose data are strings of Python's repr"
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : `an object with the fields ${keys.slice(0, 8).map(quoted).join(', ')}`
}

function parse(text: string): { value: unknown } | { reason: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { reason: `It is not JSON: ${error instanceof Error ? error.message.replaceAll('\n', '\\n') : error}.` }
  }
}
