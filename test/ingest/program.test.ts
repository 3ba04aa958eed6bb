import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOURCES } from '../../src/ingest/sources/registry.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { directoryOf, hfRecord } from './fixtures.ts'

const PROGRAM = fileURLToPath(new URL('../../src/run.js', import.meta.url))

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** `npm run import -- …`, with its input. */
async function run(inputs: string[], stdin = ''): Promise<{ code: number | null; out: string; problems: string[] }> {
  const program = spawn(process.execPath, [PROGRAM, 'import', ...inputs], {
    env: { ...process.env, DATABASE_URL: database.url },
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
  return { code, out, problems: err.trimEnd().split('\n') }
}

test('exit code 0 and a summary if everything was imported', async () => {
  const directory = await directoryOf({ '2026-11-10.json': JSON.stringify([hfRecord()]) })
  const { code, out, problems } = await run(['hf-daily', directory])
  expect(problems).toEqual([''])
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

test.each([[[]], [['hf-daily']], [['elsewhere', 'x.json']], [['hf-daily', '--fast', 'x.json']]])(
  'exit code 2 and the usage for wrong arguments: %j',
  async (inputs) => {
    const { code, out, problems } = await run(inputs)
    const usage = problems.slice(problems.findIndex((line) => line.startsWith('Usage: ')))
    expect(usage[0]).toMatch(`Usage: npm run import -- ${Object.keys(SOURCES).join('|')} FILE…`)
    const longest = Math.max(...Object.keys(SOURCES).map((name) => name.length))
    expect(usage.slice(1)).toEqual(
      Object.entries(SOURCES).map(([name, { description }]) => `  ${name.padEnd(longest)}  ${description}`),
    )
    expect(out).toBe('')
    expect(code).toBe(2)
  },
)
