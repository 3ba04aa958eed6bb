import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, ROOT } from '../support/program.ts'

const PATCH = join(ROOT, 'src/patches/postgres+3.4.9.patch')
const REFUSAL =
  'The database driver is not patched, and a lost connection could end this program: run `npm run postinstall`.\n'

/** The files of programs that open a database: `serve` with what it starts, and what all other programs use. */
const OPENING = [
  'scheduled-deliveries.ts',
  'scheduled-syncs.ts',
  'scheduled-webhooks.ts',
  'serve.ts',
  'with-database.ts',
]

/** Makes Node resolve `postgres` to a copy. Written once, because a program could read the file while it is written again. */
function writeHooks(driver: string): void {
  const hooks = `import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) =>
    name === 'postgres' ? { url: ${JSON.stringify(pathToFileURL(join(driver, 'src/index.js')).href)}, shortCircuit: true } : next(name, context),
})
`
  writeFileSync(join(driver, 'hooks.mjs'), hooks)
}

/** Runs a program with a copy of the driver, and without a reachable database. */
async function run(program: string, driver: string): Promise<{ code: number | null; said: string }> {
  const hooks = join(driver, 'hooks.mjs')
  const started = new Program(`"${process.execPath}" --import "${pathToFileURL(hooks).href}" src/run.js ${program}`, {
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  })
  return { code: await started.ended, said: started.stderr }
}

test('every program that opens a database refuses to start with the driver as released', {
  timeout: 60_000,
}, async () => {
  const patched = await temporaryDirectory('driver-patched')
  const released = await temporaryDirectory('driver-released')
  onTestFinished(() => {
    for (const directory of [patched, released]) rmSync(directory, { recursive: true })
  })
  for (const directory of [patched, released])
    cpSync(join(ROOT, 'node_modules/postgres'), join(directory, 'node_modules/postgres'), { recursive: true })
  execFileSync('git', ['apply', '--reverse', PATCH], { cwd: released })
  for (const directory of [patched, released]) writeHooks(join(directory, 'node_modules/postgres'))
  const opening = readdirSync(join(ROOT, 'src/programs')).filter((name) =>
    /\b(openDatabase|startDatabase)\b.* from '\.\.\/db\//.test(readFileSync(join(ROOT, 'src/programs', name), 'utf8')),
  )
  expect(opening).toEqual(OPENING)
  for (const program of ['serve', 'token ada'])
    expect(await run(program, join(released, 'node_modules/postgres')), program).toEqual({ code: 2, said: REFUSAL })
  // With the patch, the same start gets as far as the database, which does not exist.
  const { code, said } = await run('token ada', join(patched, 'node_modules/postgres'))
  expect([code, said]).toEqual([2, expect.stringContaining('The database of DATABASE_URL cannot be used')])
})
