import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program, ROOT } from '../support/program.ts'

/** The npm scripts that run a program, by its name. */
const SCRIPTS: [script: string, program: string][] = Object.entries(
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as Record<string, string>,
).flatMap(([script, command]) => {
  const program = /^node src\/run\.js (\S+)$/.exec(command.replace('--max-semi-space-size=8 ', ''))?.[1]
  return program === undefined ? [] : [[script, program]]
})

test('every program prints its usage for --help', async () => {
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(7)
  const help = SCRIPTS.map(async ([script, name]) => {
    const program = new Program(`"${process.execPath}" src/run.js ${name} --help`)
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
