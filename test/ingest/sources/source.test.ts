import { Readable } from 'node:stream'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type InputProblem, listInputFiles } from '../../../src/ingest/sources/input-files.ts'
import { SOURCE_NAMES, SOURCES, type SourceName } from '../../../src/ingest/sources/registry.ts'
import { type RecordGroup, readRecords } from '../../../src/ingest/sources/source.ts'
import { directoryOf } from '../fixtures.ts'

/** The record groups of a directory's files and the problems, without the directory in their names. */
async function reading(
  inputs: string[],
  { source = 'hf-daily' as SourceName, stdin = Readable.from([]) as Readable } = {},
) {
  const short = (name: string) => inputs.reduce((text, input) => text.replace(`${input}/`, ''), name)
  const problems: string[] = []
  const onProblem = ({ file, position, reason }: InputProblem) =>
    problems.push(`${short(file)}:${position ?? ''} ${reason}`)
  const files = await listInputFiles(inputs, onProblem)
  const groups: RecordGroup[] = []
  for (const file of files)
    for await (const group of readRecords(SOURCES[source], file, { stdin, onProblem, onBytes: () => {} }))
      groups.push({ ...group, name: short(group.name) })
  return {
    groups: groups.map(({ name, date, capturedAt, records }) => ({
      name,
      date,
      capturedAt,
      records: records.map((r) => r.value),
    })),
    problems,
  }
}

test('the files of a directory are read in the order of their capture times', async () => {
  const directory = await directoryOf({
    '2024/2024-03-12.json': '[{"a":1}]',
    'snapshots/2024-12-12/2024-12-13T0203Z.json': '[{"a":4}]',
    'snapshots/2024-12-12/2024-12-12T1708Z.json': '[{"a":2}]',
    'other/2024-12-12.json': '[{"a":3}]',
    'MANIFEST.tsv': 'not for us',
    '.hidden.json': 'not for us',
    '.git/2024-03-12.json': 'not for us',
  })
  const { groups, problems } = await reading([directory])
  expect(problems).toEqual([])
  expect(groups).toEqual([
    { name: '2024/2024-03-12.json', date: '2024-03-12', capturedAt: null, records: [{ a: 1 }] },
    {
      name: 'snapshots/2024-12-12/2024-12-12T1708Z.json',
      date: '2024-12-12',
      capturedAt: '2024-12-12T17:08:00.000Z',
      records: [{ a: 2 }],
    },
    { name: 'other/2024-12-12.json', date: '2024-12-12', capturedAt: null, records: [{ a: 3 }] },
    {
      name: 'snapshots/2024-12-12/2024-12-13T0203Z.json',
      date: '2024-12-12',
      capturedAt: '2024-12-13T02:03:00.000Z',
      records: [{ a: 4 }],
    },
  ])
})

const BULK = '{"date":"2024-03-12","records":[{"a":1},{"a":2}]}\n\n{"date":"2024-03-13","records":[]}\n'
const BULK_GROUPS = [
  { date: '2024-03-12', capturedAt: null, records: [{ a: 1 }, { a: 2 }] },
  { date: '2024-03-13', capturedAt: null, records: [] },
]

test('lines of lists are read with and without gzip, whatever the file is called', async () => {
  const directory = await directoryOf({
    'a.jsonl': BULK,
    'b.jsonl.gz': gzipSync(BULK),
    'c.json': gzipSync(BULK),
    'd.json': JSON.stringify({ date: '2024-03-14', records: [{ a: 3 }] }, null, 2),
  })
  const { groups, problems } = await reading([directory])
  expect(problems).toEqual([])
  expect(groups).toEqual([
    ...['a.jsonl', 'b.jsonl.gz', 'c.json'].flatMap((file) =>
      BULK_GROUPS.map((group, n) => ({ name: `${file}:${n === 0 ? 1 : 3}`, ...group })),
    ),
    { name: 'd.json', date: '2024-03-14', capturedAt: null, records: [{ a: 3 }] },
  ])
})

test.each([
  ['lines', Buffer.from(BULK), ['-:1', '-:3']],
  ['compressed lines', gzipSync(BULK), ['-:1', '-:3']],
  ['an array', Buffer.from('[{"a":1},\n{"a":2}]'), ['-']],
  ['an array on one line', Buffer.from('\ufeff[{"a":1}]'), ['-']],
])('standard input can be %s', async (_, bytes, names) => {
  // In pieces of one byte: a reader must not count on where the pieces end.
  const stdin = Readable.from([...bytes].map((byte) => Buffer.from([byte])))
  const { groups, problems } = await reading(['-'], { stdin })
  expect(problems).toEqual([])
  expect(groups.map((group) => group.name)).toEqual(names)
})

test('a file given by name is read once, whatever it is called', async () => {
  const directory = await directoryOf({ 'list.txt': '[{"a":1}]' })
  const { groups } = await reading([`${directory}/list.txt`, `${directory}/list.txt`])
  expect(groups).toHaveLength(1)
})

test('a file that cannot be read is one problem with its reason', async () => {
  const repr = JSON.stringify("{'paper': {'id': '2611.04217'}}")
  const directory = await directoryOf({
    'array.json': `[${repr},\n${repr}]`,
    'cut.json': '[{"a":1},\n{"a"',
    'cut.jsonl.gz': gzipSync(BULK).subarray(0, 40),
    'damaged.json.gz': Buffer.concat([gzipSync('[]').subarray(0, 10), Buffer.alloc(50, 0xff)]),
    'empty.json': '',
    'envelope.json': `{"status":"success","count":1,"data":[${repr}]}`,
    'envelope2.json': '{"status":"success","data":[{"a":1}]}',
    'error.json': '{"error":"Sorry, there is no such page."}',
    'latin1.json': Buffer.from('[{"a":"\xe9"}]', 'latin1'),
    'null.json': 'null',
    'number.json': '1',
    'words.json': '["one","two"]',
  })
  const { groups, problems } = await reading([directory, '/nowhere'])
  expect(groups.filter((group) => !group.name.startsWith('cut.jsonl'))).toEqual([])
  expect(problems.map((problem) => problem.replace(/not JSON: .*/, 'not JSON: …'))).toEqual([
    '/nowhere: There is no such file.',
    "array.json: Its records are strings of Python's repr, not objects.",
    'cut.json: It is not JSON: …',
    'cut.jsonl.gz: The gzip data is cut off.',
    'cut.jsonl.gz:1 It is not JSON: …',
    'damaged.json.gz: The gzip data is damaged.',
    'empty.json: It is empty.',
    "envelope.json: It must be an array of records, not an envelope whose data are strings of Python's repr.",
    'envelope2.json: It must be an array of records, not an object with the fields "status", "data".',
    'error.json: It must be an array of records, not an error response: "Sorry, there is no such page.".',
    'latin1.json: It is not UTF-8 text: byte 8 of it is 0xe9.',
    'null.json: It must be an array of records, not null.',
    'number.json: It must be an array of records, not a number (1).',
    'words.json: Its records are strings, not objects.',
  ])
})

test.each([
  ['PK\x03\x04rest', 'It is a zip archive: unpack it, or compress its content with gzip instead.'],
  ['BZh91AY&SY', 'It is compressed with bzip2: unpack it, or compress its content with gzip instead.'],
  ['\xfd7zXZ\x00', 'It is compressed with xz: unpack it, or compress its content with gzip instead.'],
  ['\x28\xb5\x2f\xfd\n\n', 'It is compressed with zstd: unpack it, or compress its content with gzip instead.'],
  ['PAR1\x15\x04', 'It is a Parquet file: convert it to JSON lines.'],
])('another form of file has one problem, whatever the source: %j', async (start, reason) => {
  const directory = await directoryOf({ 'a.json': Buffer.from(start, 'latin1') })
  for (const source of SOURCE_NAMES)
    expect(await reading([directory], { source })).toEqual({ groups: [], problems: [`a.json: ${reason}`] })
})

test.each([
  ['[\n{"v":1},\n{"v":1}\n]\n', 'It is a JSON array, and must have one JSON object per line.'],
  ['\n<?xml version="1.0"?>\n<feed>\n</feed>', 'It is XML, and must have one JSON object per line.'],
])('a file that is not lines has one problem for sources of lines: %j', async (text, reason) => {
  const directory = await directoryOf({ 'a.json': text })
  for (const source of ['papers', 'arxiv-kaggle'] as const)
    expect(await reading([directory], { source })).toEqual({ groups: [], problems: [`a.json: ${reason}`] })
})

test('a weekend is an empty list, and no problem', async () => {
  const directory = await directoryOf({ '2026-11-14.json': '[]', 'b.jsonl': '{"date":"2026-11-15","records":[]}\n' })
  const { groups, problems } = await reading([directory])
  expect(problems).toEqual([])
  expect(groups.flatMap(({ records }) => records)).toEqual([])
})

test('a bad line of lists is reported, and the others are read', async () => {
  const directory = await directoryOf({
    'bulk.jsonl': `{"date":"2024-03-12","records":[{"a":1}]}\n{"date":\n{"date":"2024-02-30","records":[]}\n7\n{"date":"2024-03-13","records":[{"a":2}]}`,
  })
  const { groups, problems } = await reading([directory])
  expect(groups.map((group) => group.date)).toEqual(['2024-03-12', '2024-03-13'])
  expect(problems.map((problem) => problem.replace(/not JSON: .*/, 'not JSON: …'))).toEqual([
    'bulk.jsonl:2 It is not JSON: …',
    'bulk.jsonl:3 A line must be {"date": "YYYY-MM-DD", "records": […]}, not an object with the fields "date", "records".',
    'bulk.jsonl:4 A line must be {"date": "YYYY-MM-DD", "records": […]}, not a number (7).',
  ])
})

test('the papers source has one record per line and skips blank lines', async () => {
  const directory = await directoryOf({ 'papers.jsonl': '{"v":1}\n\n{"v":\n{"v":2}' })
  const { groups, problems } = await reading([directory], { source: 'papers' })
  expect(groups.map((group) => group.records)).toEqual([[{ v: 1 }], [{ v: 2 }]])
  expect(problems).toEqual([expect.stringMatching(/^papers\.jsonl:3 It is not JSON: /)])
})

const paperLine = (n: number) => `${JSON.stringify({ v: 1, identifiers: { s2: String(n) }, title: `Paper ${n} é` })}\n`
const parsed = (line: string) => JSON.parse(line)

describe('damage costs only the lines that it is in', () => {
  const lines = Array.from({ length: 2_000 }, (_, n) => paperLine(n))
  const latin1 = [
    ...lines.slice(0, 1_000).map((line) => Buffer.from(line)),
    Buffer.from('{"v":1,"title":"Ren\xe9"}\n', 'latin1'),
    ...lines.slice(1_000).map((line) => Buffer.from(line)),
  ]

  test.each([
    ['plain', 'papers.jsonl', Buffer.concat(latin1)],
    ['compressed', 'papers.jsonl.gz', gzipSync(Buffer.concat(latin1))],
  ])('a byte of Latin-1 among 2,000 papers, %s', async (_, name, bytes) => {
    const { groups, problems } = await reading([await directoryOf({ [name]: bytes })], { source: 'papers' })
    expect(groups.map(({ records }) => records[0])).toEqual(lines.map(parsed))
    expect(problems).toEqual([`${name}:1001 It is not UTF-8 text: byte 20 of it is 0xe9.`])
  })

  test.each([
    ['a byte that never occurs', [0xff], 1, 'ff'],
    ['half a character at the end', [0x61, 0xe2, 0x82], 2, 'e2'],
    ['a character of two bytes without the second', [0x61, 0xc3, 0x28], 2, 'c3'],
    ['a longer form of a short character', [0xc3, 0xa9, 0xc0, 0xaf], 3, 'c0'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], 1, 'ed'],
  ])('%s is named', async (_, bytes, place, hex) => {
    const stdin = Readable.from([Buffer.from([...bytes, 0x0a, 0x37])])
    const { groups, problems } = await reading(['-'], { source: 'papers', stdin })
    expect(groups.map(({ records }) => records)).toEqual([[7]])
    expect(problems).toEqual([`-:1 It is not UTF-8 text: byte ${place} of it is 0x${hex}.`])
  })

  test('UTF-16 is named once', async () => {
    const directory = await directoryOf({ 'a.jsonl': Buffer.from(`\ufeff${lines.join('')}`, 'utf16le') })
    const { groups, problems } = await reading([directory], { source: 'papers' })
    expect({ groups, problems }).toEqual({
      groups: [],
      problems: ['a.jsonl: It is UTF-16 text. Convert it to UTF-8.'],
    })
  })

  test('byte order marks at the start of any line are ignored, as where files were joined', async () => {
    const stdin = Readable.from([Buffer.from('\ufeff1\n\ufeff2\r\n')])
    const { groups, problems } = await reading(['-'], { source: 'papers', stdin })
    expect(problems).toEqual([])
    expect(groups.map(({ records }) => records[0])).toEqual([1, 2])
  })

  test('a line that is too long is named, and not kept in memory', async () => {
    const mebibyte = Buffer.alloc(2 ** 20, 'x')
    const stdin = Readable.from([Buffer.from('1\n'), ...Array(100).fill(mebibyte), Buffer.from('\n3\n')])
    const { groups, problems } = await reading(['-'], { source: 'papers', stdin })
    expect(groups.map(({ records }) => records[0])).toEqual([1, 3])
    expect(problems).toEqual(['-:2 It is longer than 64 MiB.'])
  })
})

describe('gzip that is cut off or damaged gives all records before the fault', () => {
  const lines = Array.from({ length: 300 }, (_, n) => paperLine(n))
  const packed = gzipSync(lines.join(''))

  /** What comes before the end of cut-off gzip data, by Node's decompressor for whole buffers. */
  const recordsBefore = (cut: Uint8Array) =>
    gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString().split('\n').slice(0, -1).map(parsed)

  test.each([12, 20, 100, 400, 800, 1_100, 1_300, -9, -8, -1])('cut off at byte %i', async (at) => {
    const cut = packed.subarray(0, at)
    const { groups, problems } = await reading([await directoryOf({ 'a.jsonl.gz': cut })], { source: 'papers' })
    const read = groups.map(({ records }) => records[0])
    const expected = recordsBefore(cut)
    expect(read.slice(0, expected.length)).toEqual(expected)
    expect(read.length).toBeLessThanOrEqual(expected.length + 1)
    expect(problems).toContain('a.jsonl.gz: The gzip data is cut off.')
  })

  test.each([
    ['text behind it', Buffer.from('rubbish'), ['a.gz: The gzip data is damaged.']],
    ['zeros behind it, as on tapes', Buffer.alloc(600), []],
    ['a second part', gzipSync('7\n'), []],
    ['a second part after zeros', Buffer.concat([Buffer.alloc(600), gzipSync('7\n')]), []],
    ['a second part that is cut off', gzipSync('7\n').subarray(0, -3), ['a.gz: The gzip data is cut off.']],
    ['half a header behind it', Buffer.from([0x1f]), ['a.gz: The gzip data is cut off.']],
  ])('%s', async (name, rest, expected) => {
    const directory = await directoryOf({ 'a.gz': Buffer.concat([packed, rest]) })
    const { groups, problems } = await reading([`${directory}/a.gz`], { source: 'papers' })
    const read = groups.map(({ records }) => records[0])
    expect(read).toEqual([...lines.map(parsed), ...(name.startsWith('a second part') ? [7] : [])])
    expect(problems.map((problem) => problem.replace(`${directory}/`, ''))).toEqual(expected)
  })

  test('a wrong checksum', async () => {
    const wrong = Buffer.from(packed)
    wrong.writeInt32LE(~wrong.readInt32LE(wrong.length - 8), wrong.length - 8)
    const { groups, problems } = await reading([await directoryOf({ 'a.jsonl.gz': wrong })], { source: 'papers' })
    expect(groups).toHaveLength(300)
    expect(problems).toEqual(['a.jsonl.gz: The gzip data is damaged.'])
  })
})

describe('a damaged list gives its sound records', () => {
  const record = (n: number) => JSON.stringify({ paper: { id: `2611.0000${n}`, authors: [{ name: `A ${n} é` }] } })
  const ids = (groups: { records: unknown[] }[]) =>
    groups.flatMap(({ records }) => records.map((each) => (each as { paper: { id: string } }).paper.id.slice(-1)))
  const array = `[${[1, 2, 3, 4].map(record).join(',')}]`
  const pretty = JSON.stringify(JSON.parse(array), null, 2)
  const dated = `{"date":"2026-11-10","records":${array}}`

  test.each([
    ['cut off in a record', array.slice(0, -20), '123', ['4 It is not JSON: …']],
    ['cut off between records', array.slice(0, array.indexOf(record(3))), '12', [' It is not JSON: …']],
    ['cut off in a record, on several lines', pretty.slice(0, -20), '123', ['4 It is not JSON: …']],
    ['without its first bracket', array.slice(1), '1234', [' It is not JSON: …']],
    ['with text behind it', `${array}\n<!-- cached -->`, '1234', [' It is not JSON: …']],
    ['with zeros behind it', `${array}\0\0\0`, '1234', [' It is not JSON: …']],
    ['with an open string', array.replace('A 2 é"', 'A 2 é'), '134', ['2 It is not JSON: …']],
    ['with an open object', pretty.replace('"A 2 é"\n        }', '"A 2 é"'), '134', ['2 It is not JSON: …']],
    ['with a bracket too many', array.replace('"A 2 é"}', '"A 2 é"}]'), '134', ['2 It is not JSON: …']],
    ['with a broken member', array.replace('"id":"2611.00003"', 'id:"2611.00003"'), '124', ['3 It is not JSON: …']],
    ['of a day, cut off', dated.slice(0, -20), '123', ['4 It is not JSON: …']],
    ['of a day, with a broken name', dated.replace('"records"', '"records'), '1234', ['1 It is not JSON: …']],
  ])('%s', async (_, text, expected, problems) => {
    const directory = await directoryOf({ 'list.json': text })
    const read = await reading([directory])
    expect(ids(read.groups).join('')).toBe(expected)
    expect(read.problems.map((each) => each.replace('list.json:', '').replace(/not JSON: .*/, 'not JSON: …'))).toEqual(
      problems,
    )
  })

  test('with a byte of Latin-1, as a file and as a line', async () => {
    const bytes = Buffer.from(dated)
    bytes[bytes.indexOf('A 2') + 1] = 0xe9
    const directory = await directoryOf({
      'a.json': bytes,
      'b.jsonl': Buffer.concat([bytes, Buffer.from(`\n${dated.replace('-10"', '-11"')}\n`)]),
      'c.json.gz': gzipSync(Buffer.concat([bytes, Buffer.from(`\n${dated.replace('-10"', '-11"')}\n`)])),
    })
    const { groups, problems } = await reading([directory])
    expect(groups.map(({ name, date }) => `${name} ${date}`)).toEqual([
      'a.json 2026-11-10',
      'b.jsonl:1 2026-11-10',
      'b.jsonl:2 2026-11-11',
      'c.json.gz:1 2026-11-10',
      'c.json.gz:2 2026-11-11',
    ])
    expect(groups.map((group) => ids([group]).join(''))).toEqual(['134', '134', '1234', '134', '1234'])
    expect(problems).toEqual(
      ['a.json:2', 'b.jsonl:1:2', 'c.json.gz:1:2'].map((at) => `${at} It is not UTF-8 text: byte 50 of it is 0xe9.`),
    )
  })
})
