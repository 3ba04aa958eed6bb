import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { RejectedRecords } from '../../src/ingest/rejected-records.ts'
import { type InputProblem, listInputFiles } from '../../src/ingest/sources/input-files.ts'
import { SOURCES, type SourceName } from '../../src/ingest/sources/registry.ts'
import { readRecords } from '../../src/ingest/sources/source.ts'
import { messageOf } from '../../src/values/errors.ts'
import { directoryOf, hfRecord } from './fixtures.ts'

type Files = Record<string, string | Uint8Array>

/** Parses files as an import does, writes the rejected records, and returns the entries, the problems and the files written. */
async function rejecting(source: SourceName, files: Files) {
  const directory = await directoryOf(files)
  const out = await directoryOf({})
  const rejected = new RejectedRecords(`${out}/x/rejected`)
  const problems: string[] = []
  const withoutDirectory = (file: string) => file.replace(`${directory}/`, '')
  const report = (problem: InputProblem) => {
    rejected.add({ ...problem, file: withoutDirectory(problem.file) })
    problems.push(`${withoutDirectory(problem.file)}:${problem.position ?? ''} ${problem.reason}`)
  }
  const entries: unknown[] = []
  for (const file of await listInputFiles([directory], report))
    for await (const group of readRecords(SOURCES[source], file, {
      stdin: Readable.from([]),
      onProblem: report,
      onBytes: () => {},
    }))
      for (const { position, value, raw } of group.records)
        try {
          entries.push(SOURCES[source].parse(value, group))
        } catch (error) {
          report({ file: group.name, position, reason: messageOf(error), raw })
        }
  const written: Record<string, string> = {}
  for (const { path, records } of rejected.close())
    written[`${records} in ${path.replace(out, '')}`] = await readFile(path, 'utf8')
  return { entries, problems, written }
}

/** The only file that was written, with its name as it must be for the next import. */
function fileOf(written: Record<string, string>): { name: string; text: string } {
  const [[name, text], ...more] = Object.entries(written) as [[string, string]]
  expect(more).toEqual([])
  return { name: name.replace(/.*\//, ''), text }
}

/** Imports again what was rejected: first as it is, which must be rejected for the same reasons, and then corrected. */
async function corrected(source: SourceName, files: Files, correct: (text: string) => string) {
  const first = await rejecting(source, files)
  const { name, text } = fileOf(first.written)
  const again = await rejecting(source, { [name]: text })
  expect(again.entries).toEqual([])
  const reasons = (problems: string[]) =>
    problems.map((line) => line.replace(/^\S+ /, '').replace(/position .*/, '')).sort()
  const ofRecords = first.problems.filter((line) => !/^\S+: /.test(line))
  expect(reasons(again.problems)).toEqual(reasons(ofRecords))
  const { entries, problems } = await rejecting(source, { [name]: correct(text) })
  expect(problems).toEqual([])
  return { text, entries }
}

const paper = (title: string) =>
  `{"v":1,"identifiers":{"doi":"10.5555/${title}"},"title":"${title}","publishedAt":"2026-02-17","authors":["Ada Lin"]}`

test('nothing is written when nothing is rejected, nor for whole files', async () => {
  expect((await rejecting('papers', { 'a.jsonl': `# a comment\n${paper('a')}\n` })).written).toEqual({})
  const { problems, written } = await rejecting('arxiv-atom', { 'a.xml': '<html/>', 'b.xml': '' })
  expect(problems).toEqual(['a.xml: It must be an Atom feed, not <html>.', 'b.xml: It is empty.'])
  expect(written).toEqual({})
})

test('lines are written as they are, after their reasons', async () => {
  const files = {
    'a.jsonl': `${paper('a')}\r\n{"v":1}\r\n`,
    'b.jsonl.gz': gzipSync(
      Buffer.concat([Buffer.from(`{"v":1, "x": 2510.10490}\n${paper('b')}\n{"v":`), Buffer.of(0xff, 0x0a)]),
    ),
  }
  const { problems, written } = await rejecting('papers', files)
  expect(problems).toHaveLength(3)
  const { name, text } = fileOf(written)
  expect(name).toBe('rejected.jsonl')
  const lines = text.split('\n')
  expect(lines[0]).toMatch(/^# a\.jsonl:2: \w.*\.$/)
  expect(lines[1]).toBe('{"v":1}\r')
  expect(lines[2]).toMatch(/^# b\.jsonl\.gz:1: \w.*\.$/)
  expect(lines[3]).toBe('{"v":1, "x": 2510.10490}')
  expect(lines[4]).toBe('# b.jsonl.gz:3: It is not UTF-8 text: byte 6 of it is 0xff.')
})

test('lines can be corrected and imported again', async () => {
  const broken = paper('b').replace('"title":"b"', '"titel":"b"')
  const { entries } = await corrected('papers', { 'a.jsonl': `${paper('a')}\n${broken}\n` }, (text) =>
    text.replace('titel', 'title'),
  )
  expect(entries).toMatchObject([{ title: 'b' }])
})

test('records of daily lists keep their day, their capture and their digits', async () => {
  const bare = hfRecord()
  delete (bare.paper as { submittedOnDailyAt?: unknown }).submittedOnDailyAt
  const list = JSON.stringify([bare, { ...bare, paper: { ...(bare.paper as object), id: 1 } }], null, 1)
  const files = { '2026-11-10/2026-11-10T1708Z.json': list.replace('"id": 1', '"id": 2510.10490') }
  const { text, entries } = await corrected('hf-daily', files, (text) => text.replace('2510.10490', '"2510.10490"'))
  expect(text).toMatch(
    /^# 2026-11-10\/2026-11-10T1708Z\.json:2: paper\.id is the number 2510\.1049: .*\n\{"date":"2026-11-10","capturedAt":"2026-11-10T17:08:00\.000Z","records":\[\{.*"id": 2510\.10490.*\}\]\}\n$/,
  )
  expect(entries).toMatchObject([{ arxivId: '2510.10490', listedOn: '2026-11-10', asOf: '2026-11-10T17:08:00.000Z' }])
})

test('damaged records of daily lists are cut out of their lists', async () => {
  const good = JSON.stringify(hfRecord({ id: '2611.00001' }))
  const damaged = JSON.stringify(hfRecord({ id: '2611.00002' })).replace('"title":"Tidal', '"title":""Tidal')
  const files = {
    'a.json': `[\n${good},\n${damaged}\n]`,
    'b.jsonl': `{"date":"2026-11-10","records":[${damaged},${good}]}\n`,
  }
  const { text, entries } = await corrected('hf-daily', files, (text) =>
    text.replaceAll('"title":""Tidal', '"title":"Tidal'),
  )
  expect(text.match(/^# (?:a\.json:2|b\.jsonl:1:1): It is not JSON: /gm)).toHaveLength(2)
  expect(entries).toMatchObject([{ arxivId: '2611.00002' }, { arxivId: '2611.00002' }])
})

test('elements of XML are written in a document like theirs', async () => {
  const entry = (id: string, title: string) =>
    `<entry><id>http://arxiv.org/abs/${id}</id>${title}<published>2026-11-09T00:00:00Z</published><updated>2026-11-09T00:00:00Z</updated></entry >`
  const head = '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><!-- x --><a:title>arXiv</a:title>'
  const files = {
    'a.xml': `<?xml version="1.0"?>\n${head}${entry('2611.1', '<title>A -- a</title>')}${entry('2611.00002v1', '<title>B</title>')}</a:feed>`,
    'b.xml': `${head}${entry('2611.00003v1', '<title>')}${entry('2611.00004v1', '')}</a:feed>`,
    'c.xml': `<feed>${entry('2611.00005v1', '')}</feed>`,
  }
  const { text, entries } = await corrected('arxiv-atom', files, (text) =>
    text
      .replace('2611.1<', '2611.00001<')
      .replaceAll(/(<\/id>)(<title>)?(?!<title>A)(?=<published|<title><published)/g, '$1<title>C</title>')
      .replaceAll('<title>C</title><title>', '<title>C</title>'),
  )
  expect(text.match(/<\?xml/g)).toHaveLength(2)
  expect(text).toContain(`${head}\n<!-- a.xml:1: id is not an arXiv id: `)
  expect(text).toContain('<!-- b.xml:1: The element <title> has no end. -->')
  expect(text.endsWith('</entry>\n</feed>\n')).toBe(true)
  expect(entries.map((entry) => (entry as { arxivId: string }).arxivId)).toEqual([
    '2611.00001',
    '2611.00003',
    '2611.00004',
    '2611.00005',
  ])
})

test('a reason cannot end its comment, and control characters are shown', async () => {
  const id = 'http://arxiv.org/abs/--&gt;&#x1b;'
  const { written } = await rejecting('arxiv-atom', {
    'a.xml': `<feed><entry><id>${id}</id><title>A</title><published>2026-11-09T00:00:00Z</published><updated>2026-11-09T00:00:00Z</updated></entry></feed>`,
  })
  const { text } = fileOf(written)
  const [, comment] = /<!--(.*)-->/.exec(text) as unknown as [string, string]
  expect(comment).not.toContain('--')
  expect(comment).not.toMatch(/\p{Cc}/u)
})

test('records of OAI-PMH, with a record alone in its file', async () => {
  const record = (id: string) =>
    `<record><header><identifier>oai:arXiv.org:${id}</identifier><datestamp>2026-11-10</datestamp></header><metadata><arXiv><id>${id}</id><created>2026-11-09</created><title>T</title></arXiv></metadata></record>`
  const { text, entries } = await corrected(
    'arxiv-oai',
    {
      'a.xml': `<OAI-PMH><responseDate>x</responseDate><ListRecords>${record('bad')}</ListRecords></OAI-PMH>`,
      'b.xml': record('bad'),
    },
    (text) => text.replaceAll('bad', '2611.00001'),
  )
  expect(text).toContain('<OAI-PMH><responseDate>x</responseDate><ListRecords>\n<!-- a.xml:1: ')
  expect(entries).toHaveLength(2)
})

test('items of feeds keep their namespaces and the site that names their ids', async () => {
  const rss = `<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lab</title><link>https://lab.example/</link><item><guid>one</guid><title>Tides</title><dc:creator>Ada Lin</dc:creator></item></channel></rss>`
  const other = rss.replace('lab.example', 'other.example')
  const { text, entries } = await corrected('feed', { 'a.xml': rss, 'b.xml': other }, (text) =>
    text.replaceAll('<title>Tides', '<pubDate>Tue, 10 Nov 2026 00:00:00 GMT</pubDate><title>Tides'),
  )
  expect(text).toContain('<!-- b.xml:1: It has no date. -->')
  expect(entries).toMatchObject([
    { title: 'Tides', authors: [{ name: 'Ada Lin' }], identifiers: [{ scheme: 'lab-example', value: 'one' }] },
    { title: 'Tides', authors: [{ name: 'Ada Lin' }], identifiers: [{ scheme: 'other-example', value: 'one' }] },
  ])
})

test('items of JSON Feeds are lines', async () => {
  const feed = (site: string) =>
    JSON.stringify(
      {
        version: 'https://jsonfeed.org/version/1.1',
        title: 'Lab',
        home_page_url: `https://${site}/`,
        items: [
          { id: 'one', title: 'One', date_published: '2026-11-10T00:00:00Z' },
          { id: 'two', title: 'Two' },
        ],
      },
      null,
      2,
    )
  const files = { 'a.json': feed('lab.example'), 'b.json': feed('other.example') }
  const { text, entries } = await corrected('feed', files, (text) =>
    text.replaceAll('"title": "Two"', '"title": "Two","date_published":"2026-11-11"'),
  )
  expect(text).toMatch(/^# a\.json:2: It has no date\.\n\{.*\}\n# b\.json:2: It has no date\.\n\{.*\}\n$/)
  expect(entries).toMatchObject([
    { title: 'Two', identifiers: [{ scheme: 'lab-example', value: 'two' }] },
    { title: 'Two', identifiers: [{ scheme: 'other-example', value: 'two' }] },
  ])
})

test('a file of rejected records is not taken for the list of a day', async () => {
  const out = await directoryOf({ 'hf-daily-20261128-093015-127.jsonl': '' })
  const [file] = await listInputFiles([out], () => expect.unreachable())
  expect(file).toMatchObject({ date: null, capturedAt: null })
})
