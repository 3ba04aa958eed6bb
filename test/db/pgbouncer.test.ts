import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { openDatabase } from '../../src/db/client.ts'
import { connect } from '../../src/db/connect.ts'
import { SESSION_SETTINGS } from '../../src/db/session.ts'
import { startDatabase } from '../../src/db/start.ts'
import { openJobQueue } from '../../src/jobs/queue.ts'
import { commands, runCommand, SAMPLE } from '../support/commands.ts'
import { databaseUrl, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { hasPgbouncer, type Pgbouncer, startPgbouncer } from '../support/pgbouncer.ts'
import { startServer } from '../support/server.ts'

if (!hasPgbouncer) console.warn('skipped: no pgbouncer of Debian here to stand before a database')

const SHARED =
  'DATABASE_URL leads to a connection pooler that gives out a session for one transaction or statement at a time. '

const reach = async (url: string, connections = 4): Promise<string> =>
  (await startDatabase({ databaseUrl: url, dataDir: '/nowhere' }, () => {}, { use: 'serves', connections })).url

/** Until the test is over. */
async function pooler(settings: Record<string, string | number>): Promise<Pgbouncer> {
  const started = await startPgbouncer(inject('postgres'), settings)
  onTestFinished(started.stop)
  return started
}

/** A database without tables until the test is over. */
async function emptyDatabase(): Promise<{ url: string; admin: postgres.Sql }> {
  const server = postgres(inject('postgres'), { max: 1, onnotice: () => {} })
  const name = `empty_${randomBytes(6).toString('hex')}`
  await server`create database ${server(name)}`
  const url = databaseUrl(inject('postgres'), name)
  const admin = postgres(url, { max: 1 })
  onTestFinished(async () => {
    await admin.end()
    await server`drop database ${server(name)} with (force)`
    await server.end()
  })
  return { url, admin }
}

describe.skipIf(!hasPgbouncer)('a pool of sessions, as Debian configures it', () => {
  let pgbouncer: Pgbouncer
  let directory: string
  let filled: FreshDatabase
  beforeAll(async () => {
    pgbouncer = await startPgbouncer(inject('postgres'))
    directory = await temporaryDirectory('daily-papers-pgbouncer')
    filled = await freshDatabase()
  })
  afterAll(async () => {
    await filled?.close()
    await pgbouncer?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const run = async (command: string, { url } = filled) => {
    const { code, stderr } = await runCommand(command, pgbouncer.through(url))
    expect(code, `${command}: ${stderr}`).toBe(0)
  }

  test('gives every session its settings, also after a connection is lost, and its limit of time holds', async () => {
    const { url, admin } = await emptyDatabase()
    const reached = await reach(pgbouncer.through(url))
    const client = connect(reached, { connections: 1, statementTimeout: 5_000, name: 'to be lost' })
    onTestFinished(() => client.end())
    const wrong = async () => {
      const expected = { ...SESSION_SETTINGS, statement_timeout: '5s' }
      const rows = await client`select name, setting from unnest(${Object.keys(expected)}::text[]) as name,
        lateral (select current_setting(name) as setting) as value`
      return rows.filter(({ name, setting }) => setting !== expected[name as keyof typeof expected])
    }
    expect(await wrong()).toEqual([])
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be lost'`
    await expect.poll(() => wrong().catch(String)).toEqual([])

    const short = connect(reached, { connections: 1, statementTimeout: 50 })
    onTestFinished(() => short.end())
    await expect(short`select pg_sleep(600)`).rejects.toMatchObject({ code: '57014' })
    // The next client of the session has none of it.
    await client.end()
    await short.end()
    const other = postgres(pgbouncer.through(url), { max: 1 })
    onTestFinished(() => other.end())
    expect(await other`show statement_timeout`).toEqual([{ statement_timeout: '0' }])
  })

  test('serves votes and events, and runs jobs', async () => {
    await run(`import papers ${SAMPLE}`)
    const reached = await reach(pgbouncer.through(filled.url))
    const pool = openDatabase(reached, { connections: 3, statementTimeout: 5_000 })
    const server = await startServer({ ...pool, url: reached }, { cacheMegabytes: 4, staleIfError: 600 })
    onTestFinished(async () => {
      await server.close()
      await pool.close()
    })
    const [paper] = await pool.db.execute<{ id: number }>(sql`select id from papers limit 1`)
    const paperId = encodeGlobalId('Paper', Number(paper?.id))
    const query = `subscription { voteCountChanged(paperIds: ["${paperId}"]) { viewerHasVoted voteCount } }`
    const events = await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream' },
    })
    const read = `{ node(id: "${paperId}") { ... on Paper { voteCount } } }`
    const { voteCount } = (await server.ask(read)).data.node
    const cast = `mutation { castVote(input: { paperId: "${paperId}" }) { ... on VotePayload { paper { voteCount } } } }`
    expect(await server.ask(cast, {}, await server.tokenOf('ada'))).toMatchObject({
      data: { castVote: { paper: { voteCount: voteCount + 1 } } },
    })
    const reader = (events.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    while (!text.includes('event: next')) text += Buffer.from((await reader.read()).value ?? []).toString()
    await reader.cancel()
    expect((await server.ask(read)).data.node.voteCount).toBe(voteCount + 1)

    const queue = await openJobQueue(reached, pino({ enabled: false }))
    onTestFinished(() => queue.stop())
    await new Promise<void>((resolve) => void queue.everyMinute('test', async () => resolve()))
  })

  test('lets every program do its work', async () => {
    const [restored, generated] = await Promise.all([freshDatabase(), freshDatabase()])
    onTestFinished(async () => {
      await Promise.all([restored.close(), generated.close()])
    })
    const file = join(directory, 'export.gz')
    await run('token ada')
    await run('check-counts')
    await run('index-search')
    await run(`export ${file}`)
    await run(`backup ${join(directory, 'backups')}`)
    await run(`restore ${file}`, restored)
    await run('generate --papers 5', generated)
    const count = ({ db }: FreshDatabase) => db.execute(sql`select count(*)::int as papers from papers`)
    expect(await count(restored)).toEqual(await count(filled))
    expect(await count(generated)).toEqual([{ papers: 5 }])
  })

  test('says which limit to change if it is too small', async () => {
    const { url } = await emptyDatabase()
    const small = await pooler({ default_pool_size: 1, query_wait_timeout: 1 })
    expect(await runCommand('token ada', small.through(url))).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^The database of DATABASE_URL cannot be used: query_wait_timeout\. A connection /),
    })
  })
})

describe.skipIf(!hasPgbouncer)('a pooler that drops settings without a word', () => {
  test('serves all the same', async () => {
    const { url } = await emptyDatabase()
    const names = ['statement_timeout', ...Object.keys(SESSION_SETTINGS)]
    const pgbouncer = await pooler({ ignore_startup_parameters: names.join(',') })
    const client = connect(await reach(pgbouncer.through(url)), { connections: 1, statementTimeout: 5_000 })
    onTestFinished(() => client.end())
    expect(await client`show statement_timeout`).toEqual([{ statement_timeout: '5s' }])
    expect(await client`show search_path`).toEqual([{ search_path: SESSION_SETTINGS.search_path }])
  })
})

describe.skipIf(!hasPgbouncer)('a pool of transactions', () => {
  test('is refused by every program, and nothing is left in the database or its sessions', async () => {
    const { url, admin } = await emptyDatabase()
    const pgbouncer = await pooler({ pool_mode: 'transaction' })
    for (const command of await commands())
      expect(await runCommand(command, pgbouncer.through(url)), command).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(new RegExp(`^${SHARED}.*use the address of the database itself\\.\\n$`)),
      })
    expect(await admin`select from pg_locks where locktype = 'advisory'`).toHaveLength(0)
    expect(await admin`select from pg_class where relname = 'papers'`).toHaveLength(0)
    // One after the other, all of them get the session that was used last.
    const client = postgres(pgbouncer.through(url), { max: 1, prepare: false, fetch_types: false })
    onTestFinished(() => client.end())
    expect(
      await client`select current_setting('statement_timeout') as timeout, current_setting('lock_timeout') as lock`,
    ).toEqual([{ timeout: '0', lock: '0' }])
    expect(await client`select name, statement from pg_prepared_statements`).toEqual([])
  })

  test('is refused while others use it, also if it gives out its sessions in turn', async () => {
    const { url } = await emptyDatabase()
    const pgbouncer = await pooler({ pool_mode: 'transaction', server_round_robin: 1 })
    const others = postgres(pgbouncer.through(url), { max: 6, prepare: false, fetch_types: false })
    let isOver = false
    const used = Array.from({ length: 6 }, async () => {
      while (!isOver) await others`select pg_sleep(0.001)`
    })
    for (let time = 0; time < 5; time += 1) await expect(reach(pgbouncer.through(url), 10)).rejects.toThrow(SHARED)
    isOver = true
    await Promise.all(used)
    await others.end()
  })

  test('or of single statements is refused with what the pooler says', async () => {
    const { url } = await emptyDatabase()
    const pgbouncer = await pooler({ pool_mode: 'statement' })
    await expect(reach(pgbouncer.through(url))).rejects.toThrow(
      'transaction blocks not allowed in statement pooling mode. A connection pooler says this: it must give out whole sessions',
    )
  })
})
