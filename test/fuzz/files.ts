import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import type { InputProblem } from '../../src/ingest/sources/input-files.ts'
import { SOURCES, type SourceName } from '../../src/ingest/sources/registry.ts'
import { type FileReading, type RecordGroup, readRecords } from '../../src/ingest/sources/source.ts'
import { damage } from './damage.ts'
import type { Random } from './random.ts'
import { faultOfParser, hfRecord, isSentence, paperRecord } from './records.ts'
import type { Fuzzer } from './run.ts'

/** A file with damage, and what was in it before. */
interface FileCase {
  source: SourceName
  name: string
  bytes: Buffer
  records: unknown[]
  /** The bytes of each record as they are in the undamaged text. */
  pieces: Buffer[]
}

interface Layout {
  source: SourceName
  name: string
  /** A text of the records, and each record as it is in it. */
  write(records: readonly object[]): { text: string; pieces: string[] }
}

const DAY = '2026-11-10'

const inOne = (pieces: string[], text: string) => ({ pieces, text })
const compact = (records: readonly object[]) => records.map((record) => JSON.stringify(record))

/** How records are laid out in files. */
const LAYOUTS: readonly Layout[] = [
  {
    source: 'papers',
    name: 'papers.jsonl',
    write: (records) =>
      inOne(
        compact(records),
        compact(records)
          .map((line) => `${line}\n`)
          .join(''),
      ),
  },
  {
    source: 'hf-daily',
    name: 'lists.jsonl',
    write: (records) => {
      const lists = [records.slice(0, 2), records.slice(2, 4), records.slice(4)]
      const lines = lists.map((list, n) => `{"date":"2026-11-1${n}","records":[${compact(list).join(',')}]}`)
      return inOne(compact(records), lines.join('\n'))
    },
  },
  {
    source: 'hf-daily',
    name: 'list.json',
    write: (records) => inOne(compact(records), `[${compact(records).join(',')}]`),
  },
  {
    source: 'hf-daily',
    name: 'list.json',
    write: (records) => inOne(compact(records), `[\n${compact(records).join(',\n')}\n]\n`),
  },
  {
    source: 'hf-daily',
    name: 'list.json',
    write: (records) => {
      const pieces = records.map((record) => JSON.stringify(record, null, 2).replaceAll('\n', '\n  '))
      return inOne(pieces, `[\n  ${pieces.join(',\n  ')}\n]`)
    },
  },
  {
    source: 'hf-daily',
    name: `${DAY}.json`,
    write: (records) => inOne(compact(records), `{"date":"${DAY}","records":[${compact(records).join(', ')}]}`),
  },
  {
    source: 'hf-daily',
    name: '-',
    write: (records) => {
      const lines = records.map((record) => `{"date":"${DAY}","records":[${JSON.stringify(record)}]}`)
      return inOne(compact(records), lines.join('\r\n'))
    },
  },
]

function fileCase(random: Random): FileCase {
  const { source, name, write } = random.pick(LAYOUTS)
  const make = source === 'papers' ? paperRecord : hfRecord
  const records = random.times(1 + random.below(7), () => make(random))
  const { text, pieces } = write(records)
  const intact = Buffer.from(random.chance(0.1) ? `\ufeff${text}` : text)
  return { source, name, records, pieces: pieces.map((piece) => Buffer.from(piece)), bytes: packed(intact, random) }
}

function packed(text: Buffer, random: Random): Buffer {
  if (random.chance(0.5)) return damage(text, random)
  if (random.chance(0.3)) return gzipSync(damage(text, random))
  const middle = random.below(text.length)
  const members = random.chance(0.5) ? [text] : [text.subarray(0, middle), text.subarray(middle)]
  return damage(Buffer.concat(members.map((member) => gzipSync(member))), random)
}

/** Reads a damaged file. Whatever is intact must be read, and the rest reported. */
export const files: Fuzzer = (random) => faultOfReader(fileCase(random), random)

async function faultOfReader({ source, name, bytes, records, pieces }: FileCase, random: Random) {
  const problems: InputProblem[] = []
  const groups: RecordGroup[] = []
  const file = { name, bytes: bytes.length, date: null, capturedAt: null }
  // Standard input under another name, because the name says which form a list has.
  const reader = { ...SOURCES[source], read: (reading: FileReading) => SOURCES[source].read({ ...reading, file }) }
  const context = {
    stdin: Readable.from(inChunks(bytes, random)),
    onBytes: () => {},
    onProblem: (problem: InputProblem) => problems.push(problem),
  }
  for await (const group of readRecords(reader, { ...file, name: '-' }, context)) groups.push(group)

  const unclear = problems.find(({ reason }) => !isSentence(reason))
  if (unclear) return `The problem is not a sentence: ${unclear.reason}`
  for (const group of groups)
    for (const { value } of group.records) {
      const fault = faultOfParser(source, value, group)
      if (fault) return fault
    }
  const content = contentOf(bytes)
  if (!content.isWhole && !problems.some(({ position }) => position === null))
    return 'The damaged gzip is not reported.'
  if (source === 'papers') return faultOfLines(content, groups, problems)
  const read = new Set(groups.flatMap((group) => group.records.map(({ value }) => JSON.stringify(value))))
  const lost = records.filter(
    (record, n) => content.text.includes(pieces[n] as Buffer) && !read.has(JSON.stringify(record)),
  )
  return lost.length === 0 ? null : `An intact record is lost: ${JSON.stringify(lost[0])}`
}

function* inChunks(bytes: Buffer, random: Random): Generator<Buffer> {
  const longest = random.pick([1, 7, 100, 65_536])
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(longest)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

interface Content {
  text: Buffer
  /** False for gzip that is cut off or damaged. Then the text is what comes before the fault. */
  isWhole: boolean
}

/** The text of a file by other means than those of the readers. */
function contentOf(bytes: Buffer): Content {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { text: bytes, isWhole: true }
  try {
    return { text: gunzipSync(bytes), isWhole: true }
  } catch {
    const before = (length: number) => gunzipSync(bytes.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH })
    let [sound, damaged] = [0, bytes.length + 1]
    while (damaged - sound > 1) {
      const middle = (sound + damaged) >> 1
      try {
        before(middle)
        sound = middle
      } catch {
        damaged = middle
      }
    }
    return { text: before(sound), isWhole: false }
  }
}

/** Compares what was read of lines with a model that is too simple to be wrong. */
function faultOfLines({ text, isWhole }: Content, groups: RecordGroup[], problems: InputProblem[]): string | null {
  const read = new Map(groups.flatMap(({ records }) => records.map(({ position, value }) => [position, value])))
  const reported = new Set(problems.map(({ position }) => position))
  const lines = linesOf(text)
  // The last line of damaged gzip may be a part of it.
  if (!isWhole) lines.pop()
  for (const [index, line] of lines.entries()) {
    const number = index + 1
    const expected = expectedOf(line)
    if (expected === 'blank') {
      if (read.has(number) || reported.has(number))
        return `Line ${number} is blank or a comment and was not passed over.`
    } else if (expected === null) {
      if (read.has(number) || !reported.has(number)) return `Line ${number} has no value and is not reported.`
    } else if (JSON.stringify(read.get(number)) !== expected.json) return `Line ${number} is intact and was lost.`
  }
  return null
}

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  text.forEach((byte, at) => {
    if (byte !== 0x0a) return
    lines.push(text.subarray(start, at))
    start = at + 1
  })
  return [...lines, text.subarray(start)]
}

function expectedOf(line: Buffer): { json: string } | 'blank' | null {
  if (!isUtf8(line)) return null
  const text = line.toString().replace(/^\ufeff/, '')
  if (text.trim() === '' || text.startsWith('# ')) return 'blank'
  try {
    return { json: JSON.stringify(JSON.parse(text)) }
  } catch {
    return null
  }
}
