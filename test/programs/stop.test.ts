import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { type Program, startProgram } from '../support/program.ts'

// exec: the signals of the tests are for the server, not for a shell around it.
const SERVE = `exec "${process.execPath}" src/run.js serve`

const database = await freshDatabase()
await givenPapers(database.db, 20)
const env = { DATABASE_URL: database.url, SAMPLE: 'false', PORT: '0' }
const started: Program[] = []
let agent: Agent

beforeEach(() => {
  agent = new Agent({ keepAlive: true })
})
afterEach(async () => {
  agent.destroy()
  for (const program of started.splice(0)) await program.stop('SIGKILL')
})
afterAll(() => database.close())

async function serve(more: Record<string, string> = {}) {
  const { program, url } = await startProgram(SERVE, { ...env, ...more })
  started.push(program)
  return { program, url }
}

/** How many statements wait for a lock. */
async function waitingStatements(db: Pick<typeof database.db, 'execute'>): Promise<number> {
  const [row] = await db.execute<{ waiting: number }>(
    sql`select count(*)::int as waiting from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
  )
  return row?.waiting ?? 0
}

async function read(address: string): Promise<{ response: IncomingMessage; body: string }> {
  const request = get(address, { agent })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { response, body: await text(response) }
}

test('SIGTERM fails no request of busy keep-alive connections, and tells them to close', async () => {
  const { program, url } = await serve()
  const workers = Array.from({ length: 20 }, () => ({ answers: 0, last: undefined as string | undefined }))
  const failures: unknown[] = []
  const work = workers.map(async (worker, place) => {
    for (;;) {
      const query = encodeURIComponent(
        `{ papers(first: ${1 + (worker.answers % 20)}) { nodes { id a${place}: title } } }`,
      )
      try {
        const { response, body } = await read(`${url}/graphql?query=${query}`)
        if (response.statusCode !== 200 || !body.startsWith('{"data":')) failures.push(body)
        worker.answers += 1
        worker.last = response.headers.connection
      } catch (error) {
        // After the last response its connection is closed, and no other can be opened.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') failures.push(error)
        return
      }
    }
  })
  await expect.poll(() => Math.min(...workers.map(({ answers }) => answers))).toBeGreaterThan(3)
  const ended = program.stop()
  await Promise.all(work)
  expect(failures).toEqual([])
  expect(workers.map(({ last }) => last)).toEqual(workers.map(() => 'close'))
  expect(await ended).toBe(0)
})

test('SIGTERM finishes the request in progress, and closes a connection that has sent nothing before', async () => {
  const { program, url } = await serve()
  const { hostname, port } = new URL(url)
  const silent = connect(Number(port), hostname).on('error', () => {})
  await once(silent, 'connect')
  const { answer, ended } = await database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table topics in access exclusive mode`)
    const answer = read(`${url}/graphql?query=${encodeURIComponent('{ topics { totalCount } }')}`)
    await expect.poll(() => waitingStatements(tx)).toBe(1)
    const closed = once(silent, 'close')
    const ended = program.stop()
    await closed
    return { answer, ended }
  })
  const { response, body } = await answer
  expect([response.statusCode, response.headers.connection]).toEqual([200, 'close'])
  expect(JSON.parse(body)).toEqual({ data: { topics: { totalCount: expect.any(Number) } } })
  expect(await ended).toBe(0)
})

test('for STOP_DELAY_SECONDS it is not ready any more and goes on, unless a second signal comes', async () => {
  const { program, url } = await serve({ STOP_DELAY_SECONDS: '600' })
  expect((await read(`${url}/readyz`)).body).toBe('ready\n')
  const ended = program.stop()
  await expect.poll(async () => (await read(`${url}/readyz`)).body).toBe('stopping\n')
  const { response } = await read(`${url}/readyz`)
  expect([response.statusCode, response.headers.connection]).toEqual([503, 'close'])
  for (const path of ['/healthz', '/graphql?query={__typename}', '/feeds/papers.rss', '/']) {
    const { response } = await read(url + path)
    expect([response.statusCode, response.headers.connection], path).toEqual([200, 'close'])
  }
  // Within the first second it counts as the same signal, which npm has passed on.
  const again = setInterval(() => void program.stop(), 250)
  expect(await ended).toBe(1)
  clearInterval(again)
})

test('after STOP_DELAY_SECONDS it stops, with all lines of its log in their order', async () => {
  // At the signal, the only thread that could write them is busy for half a second.
  const work = "process.getBuiltinModule('node:crypto').pbkdf2('', '', 600_000, 64, 'sha512', () => {})"
  const busy = encodeURIComponent(`process.on('SIGTERM', () => ${work})`)
  const { program } = await serve({
    STOP_DELAY_SECONDS: '0.1',
    UV_THREADPOOL_SIZE: '1',
    NODE_OPTIONS: `--import=data:text/javascript,${busy}`,
  })
  expect(await program.stop()).toBe(0)
  const messages = Array.from(program.stdout.matchAll(/"msg":"(stop\w+)"/g), ([, message]) => message)
  expect(messages).toEqual(['stopping', 'stopped'])
})
