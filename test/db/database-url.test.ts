import { execFileSync } from 'node:child_process'
import { chownSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { withSettingsSent } from '../../src/db/connection-string.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { startDatabase } from '../../src/db/start.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { runHere } from '../support/run-here.ts'
import { startServer } from '../support/server.ts'
import { startSystemPostgres, systemPostgresVersions } from '../support/system-postgres.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

/** What a start on this connection string tells the operator: its lines, or its error. */
async function start(databaseUrl: string): Promise<{ said: string[]; error?: string }> {
  const said: string[] = []
  try {
    await startDatabase({ databaseUrl, dataDir: '/nowhere' }, (line) => void said.push(line), {
      use: 'writes',
      connections: 1,
    })
    return { said }
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError)
    return { said, error: (error as Error).message }
  }
}

/** The connection string with other parts. */
function variant(change: (url: URL) => void, of = database.url): string {
  const url = new URL(of)
  change(url)
  return url.href
}

test('parameters of hosts and other drivers are named once, and the start goes on', async () => {
  const parameters =
    'sslmode=disable&channel_binding=require&pgbouncer=true&connection_limit=1&schema=public&application_name=mine&statement_timeout=1'
  expect(await start(`${database.url}?${parameters}`)).toEqual({
    said: [
      'DATABASE_URL: ignored, because it has no meaning here: channel_binding, pgbouncer, connection_limit, statement_timeout',
    ],
  })
  const { db, close } = openDatabase(`${database.url}?${parameters}`, { connections: 1, statementTimeout: 0 })
  onTestFinished(() => close())
  const [row] = await db.execute(sql`
    select current_setting('application_name') as name, current_setting('statement_timeout') as timeout`)
  expect(row).toEqual({ name: 'mine', timeout: '0' })
})

test('no error contains the password', async () => {
  const { password } = new URL(database.url)
  const secrets = [password, 'hunter2']
  const wrong = [
    variant((url) => (url.port = '1')),
    variant((url) => (url.pathname = '/missing')),
    variant((url) => (url.password = 'hunter2')),
    database.url.replace('@', '/hunter2@'),
    database.url.replace('@', '%@'),
    `${database.url}?sslmode=hunter2`,
    `${database.url}?sslmode=require`,
    `${database.url}?sslmode=require&sslkey=/missing&sslpassword=hunter2`,
  ]
  for (const url of wrong) {
    const { said, error } = await start(url)
    expect(error, url).toMatch(/DATABASE_URL/)
    for (const secret of secrets) expect(`${said} ${error}`).not.toContain(secret)
  }
})

test('a host with several addresses that nothing listens on is a sentence with the reason', async () => {
  expect(await start('postgres://localhost:1/none')).toEqual({
    said: [],
    error: expect.stringMatching(/^The database of DATABASE_URL cannot be used: .*ECONNREFUSED.*:1/),
  })
})

test('a pooler that refuses every connection is a sentence that says so', async () => {
  const refusal = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: extra_float_digits\0\0'
  const pooler = createServer((client) => {
    client.once('data', () => {
      const head = Buffer.alloc(5)
      head.write('E')
      head.writeInt32BE(refusal.length + 4, 1)
      client.end(Buffer.concat([head, Buffer.from(refusal)]))
    })
    client.on('error', () => {})
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void pooler.close())
  await new Promise((resolve) => pooler.once('listening', resolve))
  const { error } = await start(`postgres://me@127.0.0.1:${(pooler.address() as AddressInfo).port}/papers`)
  expect(error).toBe(
    'The database of DATABASE_URL cannot be used: unsupported startup parameter: extra_float_digits. A connection pooler says this: it must give out whole sessions (pool_mode = session in pgbouncer), and its log may say more.',
  )
})

test('what drops a setting of the start of a connection without a word gets it by a statement', async () => {
  const target = new URL(database.url)
  const pooler = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    client.once('data', (chunk) => {
      const text = chunk.toString('latin1').replace('extra_float_digits\0' + '1', 'extra_float_digits\0' + '0')
      upstream.write(Buffer.from(text, 'latin1'))
      client.pipe(upstream)
    })
    upstream.pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void pooler.close())
  await new Promise((resolve) => pooler.once('listening', resolve))
  const through = variant((url) => (url.port = String((pooler.address() as AddressInfo).port)))
  const { url } = await startDatabase({ databaseUrl: through, dataDir: '/nowhere' }, () => {}, {
    use: 'writes',
    connections: 1,
  })
  for (const [address, digits] of [
    [through, '0'],
    [url, '1'],
  ] as const) {
    const { db, close } = openDatabase(address, { connections: 1, statementTimeout: 0 })
    expect(await db.execute(sql`show extra_float_digits`)).toEqual([{ extra_float_digits: digits }])
    await close()
  }
})

test('a session without the settings is noticed before anything is migrated', async () => {
  await expect(migrateDatabase(withSettingsSent(database.url, 'never'))).rejects.toThrow(
    / search_path is "\$user", public instead of public, extensions, heroku_ext.*Does DATABASE_URL lead to a connection pooler\?/,
  )
})

describe('a role without rights', () => {
  let url: string
  const role = `reader_${process.pid}`
  beforeAll(async () => {
    await database.db.execute(sql.raw(`create role ${role} login password 'hunter2'`))
    url = variant((changed) => Object.assign(changed, { username: role, password: 'hunter2' }))
  })
  afterAll(async () => {
    await database.db.execute(sql.raw(`drop owned by ${role}`))
    await database.db.execute(sql.raw(`drop role ${role}`))
  })

  /** The statements that an error names, run as the owner. */
  async function give(error: string | undefined, on = database): Promise<void> {
    const statements = (error ?? '').split('\n').slice(1)
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements) await on.db.execute(sql.raw(statement))
  }

  test('is told at the start of a new database which rights it lacks, and needs no others', async () => {
    const name = `unmigrated_${process.pid}`
    await database.db.execute(sql.raw(`create database ${name}`))
    onTestFinished(async () => {
      await database.db.execute(sql.raw(`drop database ${name} with (force)`))
    })
    const empty = openDatabase(
      variant((changed) => (changed.pathname = `/${name}`)),
      {
        connections: 1,
        statementTimeout: 0,
      },
    )
    const { error } = await start(url.replace(/[^/]+$/, name))
    expect(error).toBe(
      `The role ${role} lacks rights in the database ${name} of DATABASE_URL: permission denied for database ${name}. ` +
        'Their owner or a superuser can give them, in this database:\n' +
        `  grant create on database ${name} to ${role};\n  grant create on schema public to ${role};`,
    )
    await give(error, empty as FreshDatabase)
    await empty.close()
    expect(await start(url.replace(/[^/]+$/, name))).toEqual({ said: [] })
  })

  test('starts where all migrations are present, without the right to create anything', async () => {
    const { error } = await start(url)
    expect(error).toMatch(/of DATABASE_URL: permission denied for schema drizzle\. Their owner or a superuser can give/)
    const grant = `grant usage on schema drizzle to ${role}; grant select on drizzle.__drizzle_migrations to ${role}`
    await database.db.execute(sql.raw(grant))
    expect(await start(url)).toEqual({ said: [] })

    // The rights of tables are missing: the log of the server says so, and other programs.
    const reader = openDatabase(url, { connections: 1, statementTimeout: 0 })
    const server = await startServer({ ...reader, url })
    const { errors } = await server.ask('{ papers(first: 1) { nodes { title } } }')
    expect(errors).toHaveLength(1)
    expect(server.logged.at(-1)).toMatchObject({
      msg: 'a request failed',
      err: { message: expect.stringContaining('permission denied for table papers') },
    })
    const run = (command: string) => {
      const [program, ...args] = command.split(' ')
      return runHere(`src/programs/${program}.ts`, args, { DATABASE_URL: url })
    }
    const refused = await run('check-counts')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/lacks rights in the database .* permission denied for table \w+\. Their owner/)

    await give(refused.stderr.trimEnd())
    expect((await server.ask('{ papers(first: 1) { totalCount } }')).data).toEqual({ papers: { totalCount: 0 } })
    await server.close()
    await reader.close()
    // To drop indexes for a while, a role must be the owner.
    expect(await run('generate --papers 5')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/must be owner of \w+ \w+\. [^\n]*\n {2}grant daily_papers to reader_\d+;\n$/),
    })
    expect(await run('import papers src/ingest/sample.jsonl')).toMatchObject({ code: 0 })
    expect(await run('index-search')).toMatchObject({ code: 0 })
  })

  test('cannot change tables of another role', async () => {
    const table = 'drizzle.__drizzle_migrations'
    await database.db.execute(sql.raw(`create table newest as select * from ${table} order by created_at desc limit 1`))
    await database.db.execute(sql.raw(`delete from ${table} where id = (select id from newest)`))
    const { error } = await start(url)
    expect(error).toMatch(
      /: must be owner of table \w+\. [^\n]*\n {2}grant create on schema public to \w+;\n {2}grant daily_papers to \w+;$/,
    )
    await database.db.execute(sql.raw(`insert into ${table} select * from newest; drop table newest`))
  })
})

const versions = await systemPostgresVersions()
if (versions.length === 0) console.warn('skipped: no Postgres of the system here, for Unix sockets and TLS')
describe.each(versions)('with %s', (bin) => {
  let system: Awaited<ReturnType<typeof startSystemPostgres>>
  let certificates: string
  const certificate = () => join(certificates, 'cert.pem')
  beforeAll(async () => {
    certificates = await temporaryDirectory('daily-papers-tls')
    const key = join(certificates, 'key.pem')
    const names = ['-subj', '/CN=papers', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', certificate()]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names, ...files],
      {
        stdio: 'ignore',
      },
    )
    if (process.getuid?.() === 0) chownSync(key, 65_534, 65_534)
    system = await startSystemPostgres(bin, { ssl: 'on', ssl_cert_file: certificate(), ssl_key_file: key })
  })
  afterAll(async () => {
    await system?.stop()
    rmSync(certificates, { recursive: true })
  })

  async function encryption(url: string): Promise<unknown> {
    const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
    try {
      const [row] = await db.execute(sql`
        select ssl, inet_server_addr() is null as socket from pg_stat_ssl where pid = pg_backend_pid()`)
      return row
    } finally {
      await close()
    }
  }

  test('Unix sockets are used in each spelling', async () => {
    const { port } = new URL(system.url)
    const { socketDirectory } = system
    for (const url of [
      `postgres:///postgres?host=${socketDirectory}&port=${port}&user=papers`,
      `postgres://papers@/postgres?host=${socketDirectory}&port=${port}`,
      `postgres://papers@localhost/postgres?host=${socketDirectory}/.s.PGSQL.${port}&sslmode=require`,
      `postgres://papers@${encodeURIComponent(socketDirectory)}:${port}/postgres`,
    ]) {
      expect(await start(url), url).toEqual({ said: [] })
      expect(await encryption(url), url).toEqual({ ssl: false, socket: true })
    }
  })

  test('TLS is as strict as its mode', async () => {
    const encrypted = { ssl: true, socket: false }
    for (const parameters of [
      'sslmode=prefer',
      'sslmode=require',
      'sslmode=no-verify',
      `sslmode=require&sslrootcert=${certificate()}`,
      `sslmode=verify-ca&sslrootcert=${certificate()}`,
      `sslmode=verify-full&sslrootcert=${certificate()}`,
      `sslrootcert=${certificate()}`,
    ])
      expect(await encryption(`${system.url}?${parameters}`), parameters).toEqual(encrypted)
    expect(await encryption(`${system.url}?sslmode=disable`)).toEqual({ ssl: false, socket: false })

    for (const parameters of ['sslmode=verify-full', 'ssl=true', 'sslmode=verify-ca'])
      expect(await start(`${system.url}?${parameters}`), parameters).toEqual({
        said: [],
        error: expect.stringContaining('Give the certificates of the host: sslrootcert=/path/to/file.pem.'),
      })
    // The certificate is that of the address, and not that of the name.
    const named = system.url.replace('127.0.0.1', 'localhost')
    const { error } = await start(`${named}?sslmode=verify-full&sslrootcert=${certificate()}`)
    expect(error).toContain("does not match certificate's altnames")
    expect(await encryption(`${named}?sslmode=verify-ca&sslrootcert=${certificate()}`)).toEqual(encrypted)
    expect(await start(`${system.url}?sslrootcert=/missing.pem`)).toEqual({
      said: [],
      error: expect.stringMatching(/^DATABASE_URL cannot be used: the file of sslrootcert cannot be read \(ENOENT/),
    })
  })
})
