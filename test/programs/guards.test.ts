import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDatabase } from '../../src/db/start.ts'
import { recomputeAllScores } from '../../src/writes/trending-scores.ts'
import { commands, runCommand, SAMPLE } from '../support/commands.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, ROOT, startProgram } from '../support/program.ts'
import { runHere } from '../support/run-here.ts'
import { startSystemPostgres, systemPostgresVersions } from '../support/system-postgres.ts'

// What a program says where it cannot or must not run: a database of a newer version, one that takes no writes, a full disk.

let directory: string
let database: FreshDatabase
beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-guards')
  database = await freshDatabase()
})
afterAll(async () => {
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})

const run = (command: string, databaseUrl = database.url) => runCommand(command, databaseUrl)

const start = (use: 'reads' | 'serves' | 'writes', databaseUrl = database.url) => {
  const said: string[] = []
  return startDatabase({ databaseUrl, dataDir: '/nowhere' }, (line) => void said.push(line), {
    use,
    connections: 1,
  }).then(() => said)
}

test('a program older than the database refuses to start, and names both versions', async () => {
  const newer = sql`insert into drizzle.__drizzle_migrations (hash, created_at, name, program)
    values ('', 4102444800000, '0099_later', '9.1.0')`
  await database.db.execute(newer)
  const message =
    /^This program is older than its database: version 9\.1\.0 has brought the tables to 0099_later, and this is version 0\.1\.0, which knows them up to \d{4}_\w+\. Start the newer version\. To go back to this one, restore an export /
  try {
    const refused = { code: 2, stdout: '', stderr: expect.stringMatching(message) }
    for (const command of await commands()) expect(await run(command), command).toEqual(refused)

    // Drizzle's own tools store neither.
    await database.db.execute(sql`update drizzle.__drizzle_migrations set name = null, program = null where hash = ''`)
    await expect(start('reads')).rejects.toThrow(
      'a newer version of this program has brought the tables to a migration of 2100-01-01',
    )
  } finally {
    await database.db.execute(sql`delete from drizzle.__drizzle_migrations where hash = ''`)
  }
})

test('each migration is stored with its name and the version that applied it', async () => {
  const journal = JSON.parse(await readFile(join(ROOT, 'drizzle/migrations/meta/_journal.json'), 'utf8'))
  const applied = await database.db.execute(
    sql`select name, program from drizzle.__drizzle_migrations order by created_at`,
  )
  expect(applied).toEqual(journal.entries.map(({ tag }: { tag: string }) => ({ name: tag, program: '0.1.0' })))
})

test('a database that takes no writes is served, exported and counted, and says why it cannot be written', async () => {
  expect((await run('token ada')).code).toBe(0)
  expect((await run(`import papers ${SAMPLE}`)).code).toBe(0)
  // As a first start does.
  await recomputeAllScores(database.db, 48)
  const name = new URL(database.url).pathname.slice(1)
  await database.db.execute(sql.raw(`alter database ${name} set default_transaction_read_only = on`))
  const reason = /^The database of DATABASE_URL takes no writes: default_transaction_read_only is on\. /
  const { program, url } = await startProgram(`exec "${process.execPath}" src/run.js serve`, {
    DATABASE_URL: database.url,
    PORT: '0',
  })
  const response = await fetch(`${url}/graphql?query={papers{totalCount}}`)
  expect(await response.json()).toEqual({ data: { papers: { totalCount: 111 } } })
  expect(program.stderr).toMatch(reason)
  expect(program.stderr).toContain('Reads are served; votes, submissions and imports fail until it is off.')
  expect(await program.stop()).toBe(0)
  expect(program.stdout).not.toContain('"level":50')

  expect(await run('token bo')).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(reason) })
  expect(await run(`export ${join(directory, 'read-only.gz')}`)).toMatchObject({ code: 0 })
  expect(await run(`dump ${join(directory, 'read-only')}`)).toMatchObject({ code: 0 })
  await start('reads')
  // Another half-life would have to be stored.
  const other = await runHere('src/programs/serve.ts', [], {
    DATABASE_URL: database.url,
    TRENDING_HALF_LIFE_HOURS: '24',
  })
  expect(other.code).toBe(2)
  expect(other.stderr.trimEnd().split('\n').at(-1)).toMatch(reason)
  await database.db.execute(sql.raw(`alter database ${name} reset default_transaction_read_only`))
})

const [bin] = await systemPostgresVersions()
if (bin === undefined) console.warn('skipped: no Postgres of the system here, for a standby')

test.skipIf(bin === undefined)('a standby is named, and can be exported', async () => {
  const server = await startSystemPostgres(bin as string)
  try {
    expect((await run('token ada', server.url)).code).toBe(0)
    await server.becomeStandby()
    const message =
      /^The database of DATABASE_URL is a standby, which takes no writes and announces no changes: use the /
    await expect(start('writes', server.url)).rejects.toThrow(message)
    expect(await run('serve', server.url)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
    expect(await run(`export ${join(directory, 'standby.gz')}`, server.url)).toMatchObject({ code: 0, stderr: '' })
    expect((await run('token --list ada', server.url)).stdout).toContain('active')
  } finally {
    await server.stop()
  }
})

describe('a full disk', () => {
  test("of one's own database is a sentence", async () => {
    await database.db.execute(sql`create function disk_full() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file "base/5/2619": No space left on device' using errcode = '53100'; end $$`)
    await database.db.execute(sql`create trigger full_disk before insert on access_tokens execute function disk_full()`)
    expect(await run('token ada')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'The disk of the database of DATABASE_URL is full: could not extend file "base/5/2619": No space left on device. ' +
        'Make room on it and run this again. What was saved is kept; the statement that failed is undone.\n',
    })
    await database.db.execute(sql`drop function disk_full cascade`)
  })

  const canMount = process.getuid?.() === 0 && canRun('/usr/bin/unshare', ['--mount', 'true'])
  if (!canMount) console.warn('skipped: only root can make a small disk here')

  /** Runs a shell script beside a disk of this size, of which other processes see nothing. */
  const beside = async (megabytes: number, script: string) => {
    const disk = join(directory, `disk-${megabytes}`)
    await mkdir(disk)
    const node = `"${process.execPath}" src/run.js`
    const mounted = `mount -t tmpfs -o size=${megabytes}m,mode=755 tmpfs ${disk} && ${script.replaceAll('NODE', node)}`
    const program = new Program(`exec /usr/bin/unshare --mount sh -c '${mounted}'`, {
      DISK: disk,
      DATA_DIR: join(disk, 'data'),
      DATABASE_URL: '',
    })
    await program.ended
    return program
  }

  test.skipIf(!canMount)('is a sentence at the first start, and leaves nothing behind', async () => {
    const { stdout, stderr } = await beside(12, 'NODE token ada; ls $DATA_DIR')
    expect(stderr).toMatch(
      /^The disk of the embedded Postgres is full \(.*disk-12\/data\): make room on it and start again/,
    )
    expect(stdout).not.toContain('postgres.new')
  })

  test.skipIf(!canMount)('is a sentence for exports and backups, which leave the disk as it was', async () => {
    const node = `"${process.execPath}" src/run.js`
    const disk = join(directory, 'small')
    await mkdir(disk)
    const program = new Program(
      `exec /usr/bin/unshare --mount sh -c 'mount -t tmpfs -o size=8k tmpfs ${disk} && ${node} export ${disk}/a.gz; ${node} backup ${disk}; ls ${disk}'`,
      { DATABASE_URL: database.url },
    )
    await program.ended
    const [exported, backedUp] = program.stderr.trimEnd().split('\n')
    expect(exported).toMatch(
      /\/a\.gz cannot be written: ENOSPC: .* Make room on its disk, or name a file on another one\.$/,
    )
    expect(backedUp).toMatch(/\/daily-papers-\w+\S*\.gz cannot be written: ENOSPC: /)
    expect(program.stdout).toBe('')
  })

  test.skipIf(!canMount)('that fills up later is a sentence, and nothing saved is lost', async () => {
    const { stdout, stderr } = await beside(
      120,
      [
        'NODE token ada',
        // Room for a start, but not for what the import writes.
        'fill=$(( $(df -k --output=avail $DISK | tail -1) - 1500 ))',
        'head -c $(( fill * 1024 )) /dev/zero > $DISK/other',
        `NODE import papers ${SAMPLE}`,
        'head -c 9999999 /dev/zero >> $DISK/other',
        'NODE token bo',
        'rm $DISK/other',
        'NODE token --list ada',
        `NODE import papers ${SAMPLE}`,
      ].join('; '),
    )
    const full = stderr
      .split('\n')
      .filter((line) => /^The disk of the embedded Postgres is full \(.*make room on it/.test(line))
    expect(full, stderr).toHaveLength(2)
    expect(stderr).not.toMatch(/^ {4}at /m)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^1 .* active until \S+$/),
      expect.stringMatching(/^111 records: 111 new/),
    ])
  })
})

function canRun(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
