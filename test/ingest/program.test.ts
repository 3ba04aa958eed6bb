import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SOURCES } from '../../src/ingest/sources/registry.ts'
import { paceOf } from '../../src/programs/import-progress.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { runHere } from '../support/run-here.ts'
import { directoryOf, hfRecord } from './fixtures.ts'

const PROGRAM = fileURLToPath(new URL('../../src/run.js', import.meta.url))

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** `npm run import -- …`, with its input and settings. */
async function run(
  inputs: string[],
  stdin = '',
  settings: Record<string, string> = {},
): Promise<{ code: number | null; out: string; problems: string[] }> {
  const program = spawn(process.execPath, [PROGRAM, 'import', ...inputs], {
    env: { ...process.env, DATABASE_URL: database.url, ...settings },
  })
  let [out, err] = ['', '']
  program.stdout.on('data', (chunk) => {
    out += chunk
  })
  program.stderr.on('data', (chunk) => {
    err += chunk
  })
  program.stdin.on('error', () => {})
  program.stdin.end(stdin)
  const code = await new Promise<number | null>((resolve) => program.on('close', resolve))
  // On a busy machine there are lines of progress, too.
  const problems = err.split('\n').filter((line) => line !== '' && !/^[\d,]+ records? · /.test(line))
  return { code, out, problems }
}

test('exit code 0 and a summary if everything was imported', async () => {
  const directory = await directoryOf({ '2026-11-10.json': JSON.stringify([hfRecord()]) })
  const { code, out, problems } = await run(['hf-daily', directory])
  expect(problems).toEqual([])
  expect(out).toMatch(/^1 record: 1 new paper, 0 updated, 0 unchanged, 0 problems, in \d+\.\d s\n$/)
  expect(code).toBe(0)
})

test('exit code 1 and a line per problem, without control characters, if something was left out', async () => {
  const directory = await directoryOf({ 'a\u001b[31m.json': '1' })
  const stdin = JSON.stringify([hfRecord({ id: '2611.00001' }), hfRecord({ id: 'x\u0007' })])
  const { code, out, problems } = await run(['hf-daily', directory, '-'], stdin)
  expect(problems).toEqual([
    '-:2: paper.id is not an arXiv id: "x\\u0007".',
    `${directory}/a\\x1b[31m.json: It must be an array of records, not a number (1).`,
  ])
  expect(out).toMatch(/^2 records: 1 new paper, .*, 2 problems, /)
  expect(code).toBe(1)
})

test('an address is imported, also as gzip and after a break, and gives its name to problems', async () => {
  const lines = [hfRecord({ id: '2611.00011' }), hfRecord({ id: 'x' })]
  const content = gzipSync(`{"date":"2026-11-10","records":${JSON.stringify(lines)}}\n`)
  let requests = 0
  const server = createServer((_, response) => {
    requests += 1
    response.writeHead(200, { 'content-length': content.length })
    if (requests > 1) response.end(content)
    else response.write(content.subarray(0, 100), () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/lists.jsonl.gz`

  const refused = await run(['hf-daily', address])
  expect(refused.problems).toEqual([
    `${address}: It is in a private network (127.0.0.1): set ALLOW_PRIVATE_NETWORKS=true to fetch from there.`,
  ])
  expect([refused.code, requests]).toEqual([1, 0])

  const { code, out, problems } = await run(['hf-daily', address], '', { ALLOW_PRIVATE_NETWORKS: 'true' })
  expect(problems).toEqual([
    `${address}: It was cut off before its end. The next attempt is in 1 s.`,
    `${address}:1:2: paper.id is not an arXiv id: "x".`,
  ])
  expect(out).toMatch(/^2 records: 1 new paper, 0 updated, 0 unchanged, 1 problem, /)
  expect([code, requests]).toEqual([1, 2])
})

test('rejected records go to a file with the reasons, which can be corrected and imported', async () => {
  const directory = await directoryOf({})
  const settings = { DATA_DIR: `${directory}/it's data` }
  const line = (doi: string, rest = '') =>
    `{"v":1,"identifiers":{"doi":"${doi}"},"title":"T","publishedAt":"2026-02-17","authors":["Ada Lin"]${rest}}`
  const first = await run(['papers', '-'], `${line('10.5555/1')}\n${line('10.5555/2', ',"titel":"U"')}\n`, settings)
  expect(first.code).toBe(1)
  const [, summary, advice] = /^(.*)\n(.*)\n$/.exec(first.out) ?? []
  expect(summary).toMatch(/^2 records: 1 new paper, 0 updated, 0 unchanged, 1 problem, /)
  const [, path = ''] =
    /^1 rejected record with the reasons: correct (.*), then npm run import -- papers '.*'$/.exec(advice ?? '') ?? []
  expect(path).toMatch(/\/it's data\/rejected\/papers-\d{8}-\d{6}-\d{3}\.jsonl$/)
  const text = await readFile(path, 'utf8')
  expect(text.split('\n')).toEqual([`# ${first.problems[0]}`, line('10.5555/2', ',"titel":"U"'), ''])

  await writeFile(path, text.replace(',"titel":"U"', ''))
  const second = await run(['papers', path], '', settings)
  expect(second.problems).toEqual([])
  expect(second.out).toMatch(/^1 record: 1 new paper, .*\n$/)
  // Nothing was rejected this time.
  expect(await readdir(`${directory}/it's data/rejected`)).toHaveLength(1)
})

test('an import goes on where rejected records cannot be written', async () => {
  const directory = await directoryOf({ data: '' })
  const { code, problems } = await run(['papers', '-'], '1\n2\n', { DATA_DIR: `${directory}/data` })
  expect(problems[1]).toMatch(/^Rejected records are not kept, because the file for them cannot be written: E.*\.$/)
  expect(problems.filter((line) => line.startsWith('-:'))).toHaveLength(2)
  expect(code).toBe(1)
})

test('progress says how many, how fast, how many rejected and how long', () => {
  const progress = { created: 0, updated: 0, unchanged: 0, file: 'a', files: 1, filesDone: 0 }
  const of = (records: number, problems: number, bytes: number | null, bytesDone: number, seconds: number) =>
    paceOf({ ...progress, records, problems, bytes, bytesDone }, seconds)
  expect(of(400, 0, 1_000, 10, 0.1)).toBe('400 records · 400/s')
  expect(of(12_000, 2, 30_000, 10_000, 4)).toBe('12,000 records · 3,000/s · 2 rejected · 8 s left')
  expect(of(12_000, 0, 90_000, 10_000, 10)).toBe('12,000 records · 1,200/s · 1 min 20 s left')
  expect(of(12_000, 0, 4_000_000, 10_000, 10)).toBe('12,000 records · 1,200/s · 1 h 6 min left')
  // Standard input, and a file that grows while it is read.
  expect(of(12_000, 0, null, 10_000, 10)).toBe('12,000 records · 1,200/s')
  expect(of(12_000, 0, 9_000, 10_000, 10)).toBe('12,000 records · 1,200/s · 0 s left')
})

test.each([[[]], [['hf-daily']], [['elsewhere', 'x.json']], [['hf-daily', '--fast', 'x.json']]])(
  'exit code 2 and the usage for wrong arguments: %j',
  async (inputs) => {
    const { code, stdout, stderr } = await runHere('src/programs/import.ts', inputs)
    const problems = stderr.trimEnd().split('\n')
    const usage = problems.slice(problems.findIndex((line) => line.startsWith('Usage: ')))
    expect(usage[0]).toMatch(`Usage: npm run import -- ${Object.keys(SOURCES).join('|')} FILE…`)
    const longest = Math.max(...Object.keys(SOURCES).map((name) => name.length))
    expect(usage.pop()).toMatch(/^--without-search leaves /)
    expect(usage.slice(1)).toEqual(
      Object.entries(SOURCES).map(([name, { description }]) => `  ${name.padEnd(longest)}  ${description}`),
    )
    expect(stdout).toBe('')
    expect(code).toBe(2)
  },
)
