import { execFile } from 'node:child_process'
import { copyFile, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { findOldNode } from '../support/old-node.ts'
import { ROOT, startProgram } from '../support/program.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

// npm starts a program through a shell. The shell of Debian ends at a signal without passing it on, and the program goes on
// without a parent, unless the shell has given way to the program (`exec`).
test.each([
  ['SIGTERM to npm alone, as a supervisor sends it', 'SIGTERM', false],
  ['SIGINT to npm and the server, as Ctrl-C in a terminal does, which npm sends to the server again', 'SIGINT', true],
] as const)('%s stops the server, and npm ends after it', async (_, signal, toGroup) => {
  const env = { DATABASE_URL: database.url, PORT: '0', SAMPLE: 'false' }
  const { program, url } = await startProgram('exec npm start', env)
  if (toGroup) void program.stop(signal)
  else program.signal(signal)
  expect(await program.ended, program.stderr).toBe(0)
  const log = program.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).msg] : []))
  expect(log.slice(-2)).toEqual(['stopping', 'stopped'])
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

const oldNode = await findOldNode()
if (oldNode === null) console.warn('skipped: no Node older than 24 here to run npm')
test.skipIf(oldNode === null)('`npm ci` with an older Node installs without a warning', async () => {
  const directory = await temporaryDirectory('daily-papers-npm')
  onTestFinished(() => rm(directory, { recursive: true }))
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(ROOT, file), join(directory, file))
  const npm = await realpath(join(dirname(oldNode as string), 'npm'))
  const { stderr } = await promisify(execFile)(
    oldNode as string,
    [npm, 'ci', '--dry-run', '--ignore-scripts', '--offline', '--loglevel=warn'],
    { cwd: directory },
  )
  // The Node that npm installs runs the packages, not the one that runs npm. See .github/CONTRIBUTING.md.
  expect(stderr).toBe('')
})
