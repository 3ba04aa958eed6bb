import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type InputProblem, listInputFiles } from '../../../src/ingest/sources/input-files.ts'
import { SOURCES, type SourceName } from '../../../src/ingest/sources/registry.ts'
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
    'cut.jsonl.gz': gzipSync(BULK.repeat(500)).subarray(0, 60),
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
    'damaged.json.gz: The gzip data is damaged.',
    'empty.json: It is empty.',
    "envelope.json: It must be an array of records, not an envelope whose data are strings of Python's repr.",
    'envelope2.json: It must be an array of records, not an object with the fields "status", "data".',
    'error.json: It must be an array of records, not an error response: "Sorry, there is no such page.".',
    'latin1.json: It is not UTF-8 text.',
    'null.json: It must be an array of records, not null.',
    'number.json: It must be an array of records, not a number (1).',
    'words.json: Its records are strings, not objects.',
  ])
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
