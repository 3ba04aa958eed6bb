import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { withoutTimeLimits } from '../../src/db/locks.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { SESSION_SETTINGS } from '../../src/db/session.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { databaseUrl } from '../support/database.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'

/** Another default for each setting that statements rely on, and for limits that cut them off. */
const HOSTILE: Record<string, string> = {
  TimeZone: 'Pacific/Kiritimati',
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  search_path: 'nowhere',
  'pg_trgm.similarity_threshold': '1',
  'pg_trgm.word_similarity_threshold': '1',
  gin_fuzzy_search_limit: '1',
  lock_timeout: '1ms',
  idle_session_timeout: '20ms',
  idle_in_transaction_session_timeout: '1ms',
  exit_on_error: 'on',
}
/** Not in the list, because each pool sets its own, or because nothing should rely on it. */
const MORE: Record<string, string> = {
  statement_timeout: '1ms',
  // A language that this Postgres has no messages in is English, and the codes of errors are the same in each.
  lc_messages: 'C.UTF-8',
  timezone_abbreviations: 'India',
  xmloption: 'document',
  escape_string_warning: 'on',
  backslash_quote: 'off',
  quote_all_identifiers: 'on',
  default_text_search_config: 'pg_catalog.german',
}

interface Prepared extends Database {
  url: string
  catalogue: Catalogue
  server: TestServer
}

const names: string[] = []
let admin: postgres.Sql
let plain: Prepared
let hostile: Prepared

/** A database migrated and filled under these defaults: those of the database first, and those of the role over them. */
async function prepare(ofDatabase: Record<string, string>, ofRole: Record<string, string>): Promise<Prepared> {
  const name = `hostile_${randomBytes(6).toString('hex')}`
  names.push(name)
  await admin`create database ${admin(name)}`
  const set = (values: Record<string, string>, subject: string) =>
    Object.entries(values).map(([setting, value]) =>
      admin.unsafe(`alter ${subject} set ${setting} = ${setting === 'search_path' ? value : `'${value}'`}`),
    )
  await Promise.all(set(ofDatabase, `database ${name}`))
  await Promise.all(set(ofRole, `role current_user in database ${name}`))
  const url = databaseUrl(inject('postgres'), name)
  await migrateDatabase(url)
  const database = openDatabase(url, { connections: 5, statementTimeout: 30_000 })
  const catalogue = await givenPapers(database.db, 74)
  return { ...database, url, catalogue, server: await startServer({ ...database, url }) }
}

beforeAll(async () => {
  admin = postgres(inject('postgres'), { max: 1, onnotice: () => {} })
  const entries = Object.entries({ ...HOSTILE, ...MORE })
  plain = await prepare({}, {})
  hostile = await prepare(
    Object.fromEntries(entries.filter((_, place) => place % 2 === 0)),
    Object.fromEntries(entries.filter((_, place) => place % 2 === 1)),
  )
})
afterAll(async () => {
  for (const prepared of [plain, hostile]) {
    await prepared?.server.close()
    await prepared?.close()
  }
  for (const name of names) await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin?.end()
})

test('each setting that statements rely on has a hostile default here, which a session of its own would have', async () => {
  const settings = Object.keys(HOSTILE)
  expect(settings).toEqual(Object.keys(SESSION_SETTINGS))
  const client = postgres(hostile.url, {
    max: 1,
    onnotice: () => {},
    fetch_types: false,
    connection: { statement_timeout: 5_000 },
  })
  try {
    // On a busy machine the session may be idle for longer than it may, before its only statement, and is ended: once more then.
    const read = async () => {
      const shown = await client.unsafe(settings.map((name) => `show ${name}`).join(';'))
      return Object.assign({}, ...shown.flat())
    }
    await expect.poll(() => read().catch(({ code }) => code)).toEqual(HOSTILE)
  } finally {
    await client.end()
  }
})

test('and every session of ours has its own', async () => {
  for (const [name, value] of Object.entries(SESSION_SETTINGS)) {
    const [row] = await hostile.db.execute(sql.raw(`show ${name}`))
    expect(Object.values(row as object), name).toEqual([value])
  }
})

const LISTS = [
  ...['TRENDING', 'MOST_VOTED', 'MOST_DISCUSSED', 'NEWEST', 'OLDEST', 'RECENTLY_LISTED'].map(
    (order) => `papers(orderBy: ${order}, ARGS)`,
  ),
  'papers(orderBy: TRENDING, filter: { topics: ["agents", "retrieval"], publishedFrom: "2026-01-27" }, ARGS)',
  ...['authors', 'organizations'].flatMap((name) => [`${name}(orderBy: NAME, ARGS)`, `${name}(orderBy: VOTES, ARGS)`]),
  'topics(orderBy: TRENDING, ARGS)',
]

test.each(LISTS)('%s has the same end and the same rows', async (list) => {
  expect(await walk(hostile.server, list)).toEqual(await walk(plain.server, list))
})

test('searches, editions, facets and instants are the same', async () => {
  const query = `{
    search(query: "sparse atention", first: 10) { nodes { title } }
    authors(query: "belwether", first: 10) { nodes { name } }
    editions(period: WEEK, first: 5) { nodes { date papers(first: 3) { nodes { title } } } }
    edition(date: "2026-01-28") { date previous { date } next { date } }
    papers(first: 20, orderBy: TRENDING) {
      facets { months { month count } topics { topic { slug } count } }
      nodes { title publishedAt listedAt listedOn trending { score } topics { slug } authors { nodes { name } } }
    }
    past: papers(asOf: "2026-02-01T12:00:00Z", first: 5) { nodes { title } }
  }`
  const answers = await Promise.all([hostile, plain].map(({ server }) => server.ask(query)))
  expect(answers[0]?.errors).toBeUndefined()
  expect(answers[0]).toEqual(answers[1])
})

test('200 simultaneous votes through two servers are all cast', async () => {
  const second = openDatabase(hostile.url, { connections: 3, statementTimeout: 30_000 })
  const other = await startServer({ ...second, url: hostile.url })
  try {
    const { paperIds } = hostile.catalogue
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => hostile.server.tokenOf(`voter-${n}`)))
    const answers = await Promise.all(
      tokens.flatMap((token, voter) =>
        paperIds
          .slice(0, 10)
          .map((id, place) =>
            ((voter + place) % 2 === 0 ? hostile.server : other).ask(
              'mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }',
              { id: encodeGlobalId('Paper', id) },
              token,
            ),
          ),
      ),
    )
    expect(answers.filter(({ data }) => data?.castVote.__typename !== 'VotePayload')).toEqual([])
    expect(answers).toHaveLength(200)
    expect(await recount(hostile.db)).toEqual([])
    await walk(hostile.server, 'papers(orderBy: TRENDING, ARGS)')
  } finally {
    await other.close()
    await second.close()
  }
})

test('a transaction that may take hours has no limit of time', async () => {
  const limits = async () => {
    const [row] = await plain.db.transaction(async (tx) => {
      await tx.execute(withoutTimeLimits)
      return tx.execute(sql`select current_setting('statement_timeout') as statement,
        current_setting('transaction_timeout', true) as transaction,
        current_setting('idle_in_transaction_session_timeout') as idle`)
    })
    return row
  }
  expect(await limits()).toEqual({ statement: '0', transaction: '0', idle: '0' })
})
