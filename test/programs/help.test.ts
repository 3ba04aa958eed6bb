import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program, ROOT } from '../support/program.ts'

const COMMANDS = Object.entries(
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as Record<string, string>,
)

/** The npm scripts that run a program, by its name. */
const SCRIPTS: [script: string, program: string][] = COMMANDS.flatMap(([script, command]) => {
  const program = /^exec node src\/run\.js (\S+)$/.exec(command.replace('--max-semi-space-size=8 ', ''))?.[1]
  return program === undefined ? [] : [[script, program]]
})

/** Those that run a file below `test/`. */
const TOOLS = COMMANDS.flatMap(([script, command]) => {
  const file = /^node (test\/\S+)$/.exec(command)?.[1]
  return file === undefined ? [] : [{ script, file }]
})

test('every program prints its usage for --help', async () => {
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(7)
  // Settings that stop every start: a usage is for someone who has not got so far yet.
  const help = SCRIPTS.map(async ([script, name]) => {
    const program = new Program(`"${process.execPath}" src/run.js ${name} --help`, { PORT: 'x' })
    return { script, code: await program.ended, usage: program.stdout, errors: program.stderr }
  })
  for (const { script, ...printed } of await Promise.all(help))
    expect(printed, script).toEqual({
      code: 0,
      usage: expect.stringMatching(
        script === 'start' ? /^Usage: npm start / : new RegExp(`^Usage: npm run ${script} `),
      ),
      errors: '',
    })
}, 60_000)

test('so does every tool of the tests', async () => {
  expect(TOOLS.length).toBeGreaterThanOrEqual(10)
  const help = TOOLS.map(async ({ script, file }) => {
    const program = new Program(`"${process.execPath}" ${file} --help`)
    return { script, code: await program.ended, usage: program.stdout, errors: program.stderr }
  })
  for (const { script, ...printed } of await Promise.all(help))
    expect(printed, script).toEqual({
      code: 0,
      usage: expect.stringMatching(new RegExp(`^Usage: npm run ${script}[ \\n]`)),
      errors: '',
    })
}, 60_000)

test('a program that does not exist, and none, is answered with those that do', async () => {
  const names = SCRIPTS.map(([, program]) => program)
  for (const [args, code] of [
    ['--help', 0],
    ['-h', 0],
    ['', 2],
    ['vote', 2],
    ['../settings', 2],
  ] as const) {
    const program = new Program(`"${process.execPath}" src/run.js ${args}`)
    expect(await program.ended, args).toBe(code)
    const usage = code === 0 ? program.stdout : program.stderr
    expect(usage).toMatch(/^Usage: node src\/run\.js PROGRAM .*\n$/)
    for (const name of names) expect(usage).toContain(name)
  }
})

test.each(['serve', 'print-schema', 'index-search'])('%s refuses arguments that it does not have', async (name) => {
  const program = new Program(`"${process.execPath}" src/run.js ${name} --port 5000`)
  expect(await program.ended).toBe(2)
  expect(program.stderr).toMatch(/^Usage: npm /)
})
