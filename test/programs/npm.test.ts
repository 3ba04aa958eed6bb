import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startProgram } from '../support/program.ts'

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
