import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program, ROOT } from '../support/program.ts'
import { runHere } from '../support/run-here.ts'

const COMMANDS = Object.entries(
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as Record<string, string>,
)

/** The npm scripts that run a program, by its name. */
const SCRIPTS: [script: string, program: string][] = COMMANDS.flatMap(([script, command]) => {
  const program = /^exec node src\/run\.js (\S+)$/.exec(command.replace(/--[\w-]+=\d+ /g, ''))?.[1]
  return program === undefined ? [] : [[script, program]]
})

/** Those that run a file below `test/`. */
const TOOLS = COMMANDS.flatMap(([script, command]) => {
  const file = /^node (test\/\S+)$/.exec(command)?.[1]
  return file === undefined ? [] : [[script, file] as const]
})

test('there are programs and tools', () => {
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(7)
  expect(TOOLS.length).toBeGreaterThanOrEqual(10)
})

test.each(SCRIPTS)('npm run %s: the program prints its usage for --help', async (script, name) => {
  // A setting that stops every start: a usage is for someone who has not got so far yet.
  expect(await runHere(`src/programs/${name}.ts`, ['--help'], { PORT: 'x' })).toEqual({
    code: 0,
    stdout: expect.stringMatching(script === 'start' ? /^Usage: npm start / : new RegExp(`^Usage: npm run ${script} `)),
    stderr: '',
  })
})

test.each(TOOLS)('npm run %s: so does the tool', async (script, file) => {
  expect(await runHere(file, ['--help'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^Usage: npm run ${script}[ \\n]`)),
    stderr: '',
  })
})

test('--help reaches the program that is named', async () => {
  const program = new Program(`"${process.execPath}" src/run.js token --help`, { PORT: 'x' })
  expect([await program.ended, program.stderr]).toEqual([0, ''])
  expect(program.stdout).toMatch(/^Usage: npm run token /)
})

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
  const { code, stderr } = await runHere(`src/programs/${name}.ts`, ['--port', '5000'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^Usage: npm /)
})
