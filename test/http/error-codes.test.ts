import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { GraphQLError } from 'graphql'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { openDatabase } from '../../src/db/client.ts'
import { LIMITS } from '../../src/http/graphql/limits.ts'
import { MAX_BODY_BYTES } from '../../src/http/graphql/request-body.ts'
import { ERROR_CODES, type ErrorCode } from '../../src/values/error-codes.ts'
import { announceVotes } from '../support/announce.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'
import { PROVIDERS_TOKEN, UNREACHABLE_PROVIDER } from '../support/refusals.ts'
import { startServer } from '../support/server.ts'

const ROOT = join(import.meta.dirname, '../..')
const database = await freshDatabase()
const { db } = database
await givenPapers(db, 3)
const server = await startServer(database, { identityProvider: UNREACHABLE_PROVIDER, patience: 300 })
const [{ id: paperId }] = (await db.execute(sql`select id from papers order by id limit 1`)) as unknown as [
  { id: number },
]
afterAll(async () => {
  await server.close()
  await database.close()
})

interface Refused {
  status: number
  code: unknown
}

async function post(body: unknown, headers: Record<string, string> = {}, url = server.url): Promise<Refused> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const { errors } = (await response.json()) as { errors?: { extensions: { code: unknown } }[] }
  return { status: response.status, code: errors?.[0]?.extensions.code }
}

const subscription = `subscription { voteCountChanged(paperIds: ["${encodeGlobalId('Paper', Number(paperId))}"]) { abstract } }`

/** Opens the subscription, without reading. */
async function subscribe() {
  const request = get(`${server.url}/graphql?${new URLSearchParams({ query: subscription })}`, {
    headers: { accept: 'text/event-stream' },
  })
  const [response] = await once(request, 'response')
  onTestFinished(() => void request.destroy())
  return response
}

/** The code of the last error in a stream, once it is the wanted one, while something is done again and again. */
async function codeInStream(
  stream: Awaited<ReturnType<typeof subscribe>>,
  wanted: ErrorCode,
  again: () => Promise<unknown>,
) {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  stream.resume()
  const code = () => [...text.matchAll(/"code":"(\w+)"/g)].at(-1)?.[1]
  for (let n = 0; n < 100 && code() !== wanted; n += 1) {
    await again()
    await setTimeout(100)
  }
  return { status: stream.statusCode, code: code() }
}

/** A vote that the database refuses with this SQLSTATE, as it does when the disk is full. */
async function failedWrite(sqlState: string): Promise<Refused> {
  await db.execute(
    sql.raw(`create or replace function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused' using errcode = '${sqlState}'; end $$`),
  )
  await db.execute(sql`create trigger refuse before insert on votes execute function refuse()`)
  onTestFinished(async () => void (await db.execute(sql`drop trigger refuse on votes`)))
  const id = encodeGlobalId('Paper', Number(paperId))
  const query = `mutation { castVote(input: { paperId: "${id}" }) { __typename } }`
  return post({ query }, { authorization: `Bearer ${await server.tokenOf('voter')}` })
}

/** Requests or events that produce each code. */
const PRODUCED: Record<ErrorCode, () => Promise<Refused>> = {
  BAD_USER_INPUT: () =>
    post({ query: 'query ($n: Int!) { papers(first: $n) { nodes { id } } }', variables: { n: 'x' } }),
  BAD_REQUEST: () => post('{'),
  CURSOR_EXPIRED: () => {
    const cursor = Buffer.from(JSON.stringify(['changes', 'another.1', null, 0])).toString('base64url')
    return post({ query: `{ changes(after: "${cursor}") { pageInfo { endCursor } } }` })
  },
  GRAPHQL_PARSE_FAILED: () => post({ query: '{' }),
  GRAPHQL_VALIDATION_FAILED: () => post({ query: '{ nothing }' }),
  OPERATION_RESOLUTION_FAILURE: () => post({ query: 'fragment F on Paper { id }' }),
  OPERATION_TOO_LARGE: () =>
    post({ query: `{ ${Array.from({ length: LIMITS.aliases + 1 }, (_, n) => `a${n}: __typename`).join(' ')} }` }),
  PAYLOAD_TOO_LARGE: () => post({ query: `# ${'x'.repeat(MAX_BODY_BYTES)}` }),
  UNSUPPORTED_MEDIA_TYPE: () => post('{ viewer { id } }', { 'content-type': 'text/plain' }),
  PERSISTED_QUERY_NOT_FOUND: () => post({ documentId: `sha256:${'0'.repeat(64)}` }),
  NOT_ACCEPTABLE: () => post({ query: subscription }),
  UNAUTHENTICATED: () => post({ query: '{ viewer { id } }' }, { authorization: 'Bearer dp_unknown' }),
  ACCOUNT_SUSPENDED: async () => {
    const authorization = `Bearer ${await server.tokenOf('mallory')}`
    await db.execute(sql`update users set suspended_at = now() where handle = 'mallory'`)
    return post({ query: '{ viewer { id } }' }, { authorization })
  },
  AUTHENTICATION_UNAVAILABLE: () =>
    post({ query: '{ viewer { id } }' }, { authorization: `Bearer ${PROVIDERS_TOKEN}` }),
  RATE_LIMITED: async () => {
    const limited = await startServer(database, { quotas: { anonymous: 1 } })
    onTestFinished(() => limited.close())
    await post({ query: '{ viewer { id } }' }, {}, limited.url)
    return post({ query: '{ viewer { id } }' }, {}, limited.url)
  },
  OVERLOADED: async () => {
    const [running, queued] = [20, 1_500]
    const line = connect(Number(new URL(server.url).port), '127.0.0.1')
    onTestFinished(() => void line.destroy())
    line.resume()
    const { promise: locked, resolve: release } = Promise.withResolvers<void>()
    const { promise: ready, resolve: begin } = Promise.withResolvers<void>()
    const lock = db.transaction(async (tx) => {
      await tx.execute(sql`lock table topics in access exclusive mode`)
      begin()
      await locked
    })
    await ready
    for (let n = 0; n < running + queued; n += 1) {
      const query = encodeURIComponent(`{ a${n}: topics { totalCount } }`)
      line.write(`GET /graphql?query=${query} HTTP/1.1\r\nhost: x\r\n\r\n`)
    }
    let refused: Refused = { status: 0, code: undefined }
    const signal = AbortSignal.timeout(10_000)
    for (let n = 0; refused.code !== 'OVERLOADED' && !signal.aborted; n += 1) {
      // Until the queue is full, the request itself waits in it.
      const late = setTimeout(300, { status: 0, code: undefined })
      refused = await Promise.race([post({ query: `{ b${n}: topics { totalCount } }` }), late])
    }
    release()
    await lock
    return refused
  },
  DATABASE_UNAVAILABLE: async () => {
    const proxy = await startProxy(database.url)
    const away = openDatabase(proxy.url, { connections: 1, statementTimeout: 0 })
    const cut = await startServer({ ...away, url: database.url })
    await proxy.stop()
    onTestFinished(async () => {
      await cut.close()
      await away.close(0)
    })
    return post({ query: '{ topics(first: 3) { nodes { name } } }' }, {}, cut.url)
  },
  STORAGE_FULL: () => failedWrite('53100'),
  READ_ONLY: () => failedWrite('25006'),
  TIMEOUT: async () => {
    const impatient = openDatabase(database.url, { connections: 1, statementTimeout: 100 })
    const slow = await startServer({ ...impatient, url: database.url })
    onTestFinished(async () => {
      await slow.close()
      await impatient.close()
    })
    return db.transaction(async (tx) => {
      await tx.execute(sql`lock table organizations in access exclusive mode`)
      return post({ query: '{ viewer { id } organizations { nodes { id } } }' }, {}, slow.url)
    })
  },
  INTERNAL_SERVER_ERROR: async () => {
    await db.execute(sql`alter table access_tokens rename to access_tokens_gone`)
    onTestFinished(async () => void (await db.execute(sql`alter table access_tokens_gone rename to access_tokens`)))
    return post({ query: '{ viewer { id } }' }, { authorization: 'Bearer dp_any' })
  },
  REFETCH: async () =>
    codeInStream(await subscribe(), 'REFETCH', () =>
      db.execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'daily-papers live' and datname = current_database()`),
    ),
  TOO_SLOW: async () => {
    // Events that are larger than the buffers between the server and a client.
    await db.execute(sql`update papers set abstract = repeat('x', 1000000) where id = ${paperId}`)
    const stream = await subscribe()
    stream.pause()
    for (let n = 0; n < 60; n += 1) {
      await announceVotes(db, [Number(paperId)])
      await setTimeout(10)
    }
    await setTimeout(500)
    return codeInStream(stream, 'TOO_SLOW', async () => {})
  },
}

test.each(Object.entries(PRODUCED))('%s is a code that clients get, with its status', async (code, produce) => {
  expect(await produce()).toEqual({ status: ERROR_CODES[code as ErrorCode].status, code })
})

test('every code in the source is in the registry', async () => {
  const used = new Set<string>()
  for (const folder of ['schema', 'src/http', 'src/values'])
    for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('error-codes.ts')) continue
      const text = await readFile(join(ROOT, folder, name), 'utf8')
      for (const [codes] of text.matchAll(/\bcode(?:: | = | === )'[A-Z_]+'(?: \| '[A-Z_]+')*/g))
        for (const [code] of codes.matchAll(/[A-Z_]{2,}/g)) used.add(code)
    }
  expect(used.size).toBeGreaterThan(10)
  expect([...used].filter((code) => !(code in ERROR_CODES))).toEqual([])
})

test('a code that is not in the registry does not compile', () => {
  // @ts-expect-error: not in the registry
  const error = new GraphQLError('', { extensions: { code: 'SOMETHING_ELSE' } })
  expect(error.extensions.code).toBe('SOMETHING_ELSE')
})

const README = join(ROOT, 'schema/README.md')

test.runIf(existsSync(README))('the documentation has a row for every code, as the registry describes it', async () => {
  const [, section = ''] = /^## Error codes$(.*?)^## /ms.exec(await readFile(README, 'utf8')) ?? []
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, meaning, action }]) => `| \`${code}\` | ${status} | ${meaning} ${action} |`,
  )
  expect(section.match(/^\| `.*$/gm)).toEqual(rows)
})
