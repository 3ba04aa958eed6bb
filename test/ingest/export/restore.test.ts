import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync, gzipSync } from 'node:zlib'
import { is, sql } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Db, openDatabase } from '../../../src/db/client.ts'
import { correctPaper } from '../../../src/ingest/correct-paper.ts'
import { eraseUser } from '../../../src/ingest/erase-user.ts'
import { backUp } from '../../../src/ingest/export/backup.ts'
import { exportCatalogue } from '../../../src/ingest/export/export.ts'
import { writeExport } from '../../../src/ingest/export/export-file.ts'
import { writeWhole } from '../../../src/ingest/export/output-file.ts'
import { restoreCatalogue } from '../../../src/ingest/export/restore.ts'
import { COMPUTED, STORED_TABLES } from '../../../src/ingest/export/stored-tables.ts'
import { setHidden } from '../../../src/ingest/hiding.ts'
import { merge } from '../../../src/ingest/merges.ts'
import { changePage } from '../../../src/lists/changes.ts'
import { PAPER_ORDERS } from '../../../src/lists/paper-orders.ts'
import { usersByHandles } from '../../../src/queries/users.ts'
import { indexPapers } from '../../../src/search/index/index-papers.ts'
import { OperatorError } from '../../../src/values/errors.ts'
import { VoteWriter } from '../../../src/writes/vote-writer.ts'
import { writing } from '../../../src/writes/writing.ts'
import { Random } from '../../fuzz/random.ts'
import { contentsOf } from '../../search/index-contents.ts'
import { type Catalogue, givenPapers, HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { databaseUrl, type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { temporaryDirectory } from '../../support/directory.ts'
import { ROOT } from '../../support/program.ts'
import { random } from '../../support/random.ts'
import { recount } from '../../support/recount.ts'
import { startServer, UTC_CLOCK } from '../../support/server.ts'
import { startSystemPostgres, systemPostgresVersions } from '../../support/system-postgres.ts'

const PAPERS = 300

let directory: string
let original: FreshDatabase
let restored: FreshDatabase
let catalogue: Catalogue
/** An export during which people voted. */
let file: string

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-export')
  ;[original, restored] = await Promise.all([freshDatabase(), freshDatabase()])
  catalogue = await givenPapers(original.db, PAPERS)
  await giveTheRest(original.db)
  file = await exported(original.db, 'original.gz')
  await restoreCatalogue(restored.db, file)
})
afterAll(async () => {
  await Promise.all([original?.close(), restored?.close()])
  await rm(directory, { recursive: true, force: true })
})

/** What the made-up catalogue lacks: rows of every other table, a hidden paper, ids that are gone, and texts that are hard to copy. */
async function giveTheRest(db: Db): Promise<void> {
  for (const statement of [
    sql`insert into topic_aliases select 'old-' || slug, id from topics where id < 4`,
    sql`insert into author_aliases select slug || '-2', id from authors where id < 4`,
    sql`insert into access_tokens (user_id, hash, scopes, expires_at, revoked_at)
        select id, md5(id::text), array['read', 'vote'], case when id <> 3 then now() end, case when id = 2 then now() end from users`,
    sql`insert into import_runs (source, inputs, started_at, finished_at, records, uncounted_from, uncounted_to)
        values ('papers', '["a \\"quoted\\" name.jsonl", "é.gz"]', now(), null, 7, 3, 5)`,
    sql`insert into sync_sources values ('arxiv:cs.CL', '{"from": "2026-11-23", "token": null}', now(), now(), now(), '2026-11-24',
          '2611.04217', 2, now(), 'It did not respond.', 'Its token had expired.', true, now())`,
    sql`update papers set title = E'Tab\\t, line\\n, \\u2028, "quotes", \\\\ and 𝛼–β', reworded_at = now() where id = 5`,
    sql`update papers set summary = '', withdrawn_at = now() where id = 6`,
    sql`insert into saved_filters (user_id, name, query, topic_id, author_id, organization_id, submitter_id, feed_token)
        select (select min(id) from users), 'List ' || n, 'minVotes=' || n, case n when 1 then (select min(id) from topics) end,
          case n when 2 then (select min(id) from authors) end, case n when 3 then (select min(id) from organizations) end,
          case n when 4 then (select min(id) from users) end, 'token ' || n from generate_series(1, 5) as n`,
    sql`insert into users (handle, suspended_at) values ('Suspended', now())`,
    sql`insert into suspended_votes select users.id, papers.id, now() from users, papers where handle = 'Suspended' and papers.id < 4`,
    sql`insert into paper_reports (paper_id, user_id, reason, comment, reported_at, resolved_at, resolved_by, resolution)
        select id, 1, 'SPAM', case when id > 1 then 'An advert.' end, now(), now(), 2, 'Hidden.' from papers where id < 4`,
    sql`insert into mail_addresses (address) values ('ada@example.org')`,
    sql`insert into digests (address_id, saved_filter_id, query, period, state, stop_reason, token, confirmation_hash, confirmation_expires_at, confirmed_at, last_sent_at)
        select (select min(id) from mail_addresses), case n when 1 then (select min(id) from saved_filters) end, 'minVotes=' || n, 'DAY', 'STOPPED',
          'unsubscribed', 'token ' || n, 'hash ' || n, now(), now(), now() from generate_series(1, 2) as n`,
    sql`insert into final_editions (period, starts_on) values ('DAY', '2026-02-01'), ('WEEK', '2026-01-26')`,
    sql`insert into deliveries (kind, digest_id, period, starts_on, state, reason, lease_until, finished_at)
        select 'DIGEST', id, 'DAY', '2026-02-01', 'UNKNOWN', 'It broke.', now(), now() from digests`,
    sql`insert into webhooks (saved_filter_id, url, form, events, votes, document, secret, previous_secret, previous_secret_until, state, state_reason, failing_since)
        select min(id), 'https://hooks.example.org/1', 'STANDARD', '{VOTES_REACHED,EDITION_FINAL}', 5, '{ viewer { id } }', 'whsec_bmV3', 'whsec_b2xk',
          now(), 'DISABLED', 'It is gone.', now() from saved_filters`,
    sql`insert into webhook_papers (webhook_id, event, paper_id) select id, 'VOTES_REACHED', 1 from webhooks`,
    sql`insert into webhook_events (event, query, paper_ids, period, starts_on, paper_count) values ('EDITION_FINAL', 'minVotes=1', '{1,2}', 'DAY', '2026-02-01', 2)`,
    sql`insert into webhook_deliveries (webhook_id, event_id, state, status, reason, lease_until, finished_at)
        select webhooks.id, webhook_events.id, 'FAILED', 410, 'It is gone.', now(), now() from webhooks, webhook_events`,
    sql`insert into webhook_changes (kind, paper_id, votes_before, votes_after, period, starts_on) values ('COUNTS', 1, 1, 2, null, null), ('EDITION', null, null, null, 'DAY', '2026-02-01')`,
    sql`insert into websub_feeds (path, fingerprint, changed_at) values ('/feeds/papers.rss?minVotes=1', 'x', now())`,
    sql`insert into users (handle) values ('Gone')`,
    sql`insert into votes (user_id, paper_id) select max(id), 3 from users`,
  ])
    await db.execute(statement)
  await writing(db, (open) => indexPapers(open, [5]))
  const curator = { userId: catalogue.userIds[0] as number, at: new Date(), reason: 'Not a paper.' }
  await setHidden(db, { paperIds: [catalogue.paperIds[7] as number], isHidden: true }, curator, HALF_LIFE_HOURS)
  // Categories that many papers have both of, and authors.
  for (const [table, ids] of [
    ['topics', catalogue.topicIds],
    ['authors', catalogue.authorIds],
  ] as const)
    await merge(db, table, { id: ids[0] as number, intoId: ids[2] as number }, curator, HALF_LIFE_HOURS)
  const gone = (await usersByHandles(db, ['Gone'])).get('Gone')
  await eraseUser(db, gone?.id as number, 'keep', curator, HALF_LIFE_HOURS)
  const correction = { title: 'What a curator says', links: [] }
  await correctPaper(db, catalogue.paperIds[0] as number, correction, curator, HALF_LIFE_HOURS)
}

async function exported(db: Db, name: string): Promise<string> {
  const path = join(directory, name)
  await writeWhole(path, (to) => exportCatalogue(db, to))
  return path
}

/** A hash of every column of every table that has one, generated ones and those of computed tables, too. */
async function hashes(db: Db): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const table of [...STORED_TABLES.map(({ name }) => name), 'paper_cards']) {
    const [row] = await db.execute<{ hash: string }>(
      sql.raw(`select md5(string_agg(r::text, '|' order by r::text collate "C")) as hash from ${table} as r`),
    )
    found[table] = row?.hash as string
  }
  return found
}

test('every table is exported, or named as computed with its reason', async () => {
  const declared: string[] = []
  for (const name of await readdir(join(ROOT, 'drizzle/tables')))
    for (const value of Object.values(await import(`../../../drizzle/tables/${name}`)))
      if (is(value, PgTable)) declared.push(getTableConfig(value).name)
  const computed = COMPUTED.map(({ table }) => getTableConfig(table).name)
  expect([...STORED_TABLES.map(({ name }) => name), ...computed].sort()).toEqual(declared.sort())
  for (const { reason } of COMPUTED) expect(reason).toMatch(/\S/)
})

test('every exported table has rows here, and every column a value in one of them', async () => {
  for (const { name, columns } of STORED_TABLES) {
    const [row] = await original.db.execute<Record<string, string>>(
      sql.raw(`select ${columns.map((column) => `count("${column}") as "${column}"`).join(', ')} from ${name}`),
    )
    const empty = columns.filter((column) => row?.[column] === '0')
    // Facts of a source that the made-up catalogue does not have.
    expect({
      [name]: empty.filter((column) => !['source_key', 'named_as_of', 'finished_at', 'avatar_url'].includes(column)),
    }).toEqual({ [name]: [] })
  }
})

test('a restored database has the same rows, counts, scores, cards and search index', async () => {
  expect(await hashes(restored.db)).toEqual(await hashes(original.db))
  expect(await contentsOf(restored.db)).toEqual(await contentsOf(original.db))
  expect(await recount(restored.db)).toEqual([])
})

test('an export of a restored database is equal to the first, byte for byte, also in ids that are gone', async () => {
  const again = await exported(restored.db, 'again.gz')
  expect((await readFile(again)).equals(await readFile(file))).toBe(true)
  const [row] = await restored.db.execute<{ id: string }>(sql`insert into users (handle) values ('next') returning id`)
  expect(Number(row?.id)).toBe((catalogue.userIds.at(-1) as number) + 3)
  await restored.db.execute(sql`delete from users where handle = 'next'`)
})

const versions = await systemPostgresVersions()

test.skipIf(versions.length === 0)('a catalogue moves to another major version of Postgres and back', async () => {
  for (const bin of versions) {
    const server = await startSystemPostgres(bin)
    const other = openDatabase(server.url, { connections: 3, statementTimeout: 0 })
    const back = await freshDatabase()
    try {
      await restoreCatalogue(other.db, file)
      const there = await exported(other.db, 'there.gz')
      expect((await readFile(there)).equals(await readFile(file)), bin).toBe(true)
      expect(await contentsOf(other.db)).toEqual(await contentsOf(restored.db))
      await restoreCatalogue(back.db, there)
      expect(await hashes(back.db)).toEqual(await hashes(restored.db))
      expect((await readFile(await exported(back.db, 'back.gz'))).equals(await readFile(file)), bin).toBe(true)
    } finally {
      await Promise.all([other.close(), back.close()])
      await server.stop()
    }
  }
})

test('a restored database knows when papers changed, and cursors of the changes of the first one are refused', async () => {
  const { endCursor } = await changePage(original.db, null, 10)
  const moments = async ({ db }: FreshDatabase) =>
    (await changePage(db, null, PAPERS)).changes.map(({ paperId, changedAt }) => ({ paperId, changedAt }))
  expect(await moments(restored)).toEqual(await moments(original))
  await expect(changePage(restored.db, endCursor, 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
})

test('a restored server answers 200 random queries as the first one does', async () => {
  const slugs = async (table: string) =>
    (await original.db.execute<{ slug: string }>(sql.raw(`select slug from ${table} order by id limit 40`))).map(
      ({ slug }) => slug,
    )
  const [topics, authors, organizations] = await Promise.all(['topics', 'authors', 'organizations'].map(slugs))
  const known = { topics, authors, organizations } as Record<string, string[]>
  const queries = [
    ...Array.from({ length: 160 }, (_, place) => randomList(new Random(13, place), known)),
    ...Array.from({ length: 40 }, (_, place) => randomDirectory(new Random(14, place), known)),
    'topic(slug: "old-cs.cl") { id name paperCount papers(first: 3) { nodes { ...paper } } }',
    'edition(date: "2026-01-27") { date papers(first: 5) { nodes { ...paper } } }',
  ]
  const clock = { ...UTC_CLOCK, now: () => new Date('2026-02-20T12:00:00Z') }
  const [first, second] = await Promise.all([startServer(original, { clock }), startServer(restored, { clock })])
  let found = 0
  try {
    for (const query of queries) {
      const document = `{ ${query} } ${query.includes('...paper') ? PAPER : ''}`
      const answers = await Promise.all([first, second].map(({ ask }) => ask(document)))
      expect(answers[0]?.errors, query).toBeUndefined()
      expect(withoutAddresses(answers[1], second.url), query).toEqual(withoutAddresses(answers[0], first.url))
      if (/"id":/.test(JSON.stringify(answers[0]))) found += 1
    }
  } finally {
    await Promise.all([first.close(), second.close()])
  }
  // Queries that find nothing compare nothing.
  expect(found).toBeGreaterThan(150)
})

const QUERIES = ['attention', 'tidal charts', '"made-up catalogue"', 'ada abara', 'atention', 'tab -line']

/** A list under a random filter in a random order, or a search. */
function randomList(random: Random, known: Record<string, string[]>): string {
  const list = (name: string) =>
    JSON.stringify(random.times(1 + random.below(4), () => random.pick(known[name] as string[])))
  const day = () => `"2026-0${1 + random.below(2)}-${10 + random.below(18)}"`
  const fields = [
    `topics: ${list('topics')}`,
    `excludeTopics: ${list('topics')}`,
    `authors: ${list('authors')}`,
    `organizations: ${list('organizations')}`,
    `minVotes: ${random.below(6)}`,
    `minComments: ${random.below(4)}`,
    `publishedTo: ${day()}`,
    `listedFrom: ${day()}`,
    `hasCode: ${random.chance(0.5)}`,
  ].filter(() => random.chance(0.15))
  const filter = fields.length > 0 ? `filter: { ${fields.join(', ')} }, ` : ''
  const page = `first: ${1 + random.below(30)}`
  const found = 'totalCount edges { cursor node { ...paper } }'
  if (random.chance(0.15))
    return `search(${filter}query: ${JSON.stringify(random.pick(QUERIES))}, ${page}) { ${found} }`
  const order = random.pick(Object.keys(PAPER_ORDERS).filter((name) => name !== 'LIKENESS'))
  return `papers(${filter}orderBy: ${order}, ${page}) { ${found} }`
}

/** A topic, an author or an organization with its papers, or those whose names begin with some letters. */
function randomDirectory(random: Random, known: Record<string, string[]>): string {
  const [names, name] = random.pick([
    ['topics', 'topic'],
    ['authors', 'author'],
    ['organizations', 'organization'],
  ] as const)
  const slug = random.pick(known[names] as string[])
  if (random.chance(0.5))
    return `${name}(${name === 'author' ? `by: { slug: "${slug}" }` : `slug: "${slug}"`}) { id name paperCount papers(first: 4) { nodes { ...paper } } }`
  return `${names}(query: ${JSON.stringify(slug.slice(0, 3))}, first: 7) { totalCount nodes { id slug name paperCount } }`
}

const PAPER = `fragment paper on Paper {
  id title abstract summary publishedAt updatedAt listedAt listedOn voteCount commentCount trending { score decayedVotes halfLifeHours }
  authors(first: 30) { totalCount nodes { name slug } }
  topics { slug name } organization { slug name } submittedBy { handle } links { kind url title }
}`

const withoutAddresses = (answer: unknown, url: string): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll(url, 'http://server'))

test('an export while people vote is of one moment: its counts are those of its votes', async () => {
  const draw = random(11)
  const pick = (ids: readonly number[]) => ids[Math.floor(draw() * ids.length)] as number
  const writer = new VoteWriter(original.db, { halfLifeHours: HALF_LIFE_HOURS, now: () => new Date() })
  let cast = 0
  let isOver = false
  const voting = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const [paperId, userId] = [pick(catalogue.paperIds), pick(catalogue.userIds)]
        await writer.write({ paperId, userId, voted: draw() < 0.5 })
        cast += 1
      }
    }),
  )
  const copies: string[] = []
  await expect.poll(() => cast).toBeGreaterThan(0)
  for (const name of ['storm-1.gz', 'storm-2.gz']) {
    // A fast machine may export this little between two votes.
    for (let before = cast; cast === before; ) copies.push(await exported(original.db, name))
  }
  isOver = true
  await voting
  for (const copy of new Set(copies)) {
    const database = await freshDatabase()
    try {
      await restoreCatalogue(database.db, copy)
      expect(await recount(database.db)).toEqual([])
      const again = await exported(database.db, 'storm-again.gz')
      expect((await readFile(again)).equals(await readFile(copy))).toBe(true)
    } finally {
      await database.close()
    }
  }
})

/** A file of before topics were merged by their normalized names. */
async function olderExport(): Promise<string> {
  const path = join(directory, 'older.gz')
  const topic = (id: number, name: string) =>
    JSON.stringify({
      id,
      kind: 'KEYWORD',
      slug: `topic-${id}`,
      name,
      folded_name: name.toLowerCase(),
      paper_count: 0,
      trending_score: '-Infinity',
    })
  const header = {
    program: '0.0.9',
    migration: '0005_rewordings',
    tables: ['trending_basis', 'users', 'topics', 'papers', 'paper_topics'],
    lastIds: { users: null, topics: 9, papers: 4 },
  }
  const paper = (id: number) => ({
    id,
    arxiv_id: `2601.0000${id}`,
    title: 'On Tides',
    published_at: '2026-01-01T00:00:00+00:00',
  })
  const rows = Readable.from([
    { table: 'topics', rows: [topic(1, 'Mixture-of-Experts'), topic(2, 'mixture of experts')] },
    {
      table: 'papers',
      rows: [3, 4].map((id) =>
        JSON.stringify({
          ...paper(id),
          author_count: 0,
          vote_count: 0,
          comment_count: 0,
          trending_score: '-Infinity',
          facts_as_of: '2026-01-01T00:00:00.001+00:00',
        }),
      ),
    },
    {
      table: 'paper_topics',
      rows: [3, 4].map((id) =>
        JSON.stringify({
          paper_id: id,
          topic_id: id - 2,
          position: 0,
          published_at: paper(id).published_at,
          hidden: false,
        }),
      ),
    },
  ])
  await writeWhole(path, (to) => pipeline(writeExport(header, rows), createGzip(), to))
  return path
}

test('an export of an older version is restored into its tables, which are then migrated', async () => {
  const server = inject('postgres')
  const name = `older_${process.pid}`
  await original.db.execute(sql.raw(`create database ${name}`))
  const database = openDatabase(databaseUrl(server, name), { connections: 1, statementTimeout: 0 })
  try {
    await restoreCatalogue(database.db, await olderExport())
    const topics = await database.db.execute(sql`select id, normalized_name from topics`)
    expect(topics).toEqual([{ id: '1', normalized_name: 'mixture of experts' }])
    expect(await database.db.execute(sql`select distinct topic_id from paper_topics`)).toEqual([{ topic_id: '1' }])
    const cards = await database.db.execute<{ topics: string }>(sql`select topics from paper_cards`)
    expect(cards.map(({ topics }) => topics.includes('ixture'))).toEqual([true, true])
    expect((await contentsOf(database.db)).paperCount).toBe(2)
    await exported(database.db, 'migrated.gz')
  } finally {
    await database.close()
    await original.db.execute(sql.raw(`drop database ${name} with (force)`))
  }
})

describe('what is not restored', () => {
  let empty: FreshDatabase
  beforeAll(async () => {
    empty = await freshDatabase()
  })
  afterAll(() => empty?.close())

  const refuses = async (path: string, message: RegExp) => {
    const refused = restoreCatalogue(empty.db, path)
    await expect(refused).rejects.toThrow(OperatorError)
    await expect(refused).rejects.toThrow(message)
    expect((await empty.db.execute(sql`select 1 from users union all select 1 from papers`)).length).toBe(0)
  }
  /** The file with other text, compressed again. */
  const changed = async (change: (text: string) => string) => {
    const path = join(directory, 'changed.gz')
    await writeFile(path, gzipSync(change(gunzipSync(await readFile(file)).toString())))
    return path
  }

  test('a file that is cut off', async () => {
    const path = join(directory, 'cut.gz')
    const bytes = await readFile(file)
    for (const length of [bytes.length - 1, bytes.length >> 1, 12]) {
      await writeFile(path, bytes.subarray(0, length))
      await refuses(path, /is not a complete export: it is cut off\.$/)
    }
    await refuses(await changed((text) => text.slice(0, text.lastIndexOf('{"rows"'))), /it is cut off\.$/)
    await refuses(await changed(() => ''), /it is empty\.$/)
  })

  test('a file that is damaged', async () => {
    const path = join(directory, 'damaged.gz')
    const bytes = await readFile(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
    await writeFile(path, bytes)
    await refuses(path, /is (not an export, or it is damaged|not a complete export)/)
    await refuses(await changed((text) => text.replace('"vote_count":3', '"vote_count":4')), /its checksum is wrong\.$/)
    await refuses(await changed((text) => text.replace(/\n\{"papers":.*/, '')), /its checksum is wrong\.$/)
    await refuses(await changed((text) => text.replace('\n{"papers":', '\n{"papers"')), /its line \d+ is not a row\.$/)
    await refuses(await changed((text) => text + text), /it goes on after its last line\.$/)
  })

  test('a file that is something else, or not there', async () => {
    const path = join(directory, 'text.jsonl')
    await writeFile(path, '{"v":1}\n')
    await refuses(path, /is not an export, or it is damaged: it is not whole gzip data\.$/)
    await refuses(await changed(() => '{"v":1}\n'), /is not a file of `npm run export`/)
    await refuses(join(directory, 'nothing.gz'), /^There is no file /)
    await refuses(directory, /cannot be read: EISDIR/)
  })

  test('a file of a newer version', async () => {
    await refuses(
      await changed((text) => text.replace(/"migration":"\w+"/, '"migration":"9999_newer"')),
      /was written by version \S+, whose tables this version \S+ does not know\. Restore it with that version or a newer one\.$/,
    )
  })

  test('a file of an older version, into newer tables', async () => {
    await refuses(
      await olderExport(),
      /^The tables of the database are newer than those of migration 0005_rewordings\. Set /,
    )
  })

  test('into a database that is not empty', async () => {
    const refused = restoreCatalogue(restored.db, file)
    await expect(refused).rejects.toThrow(
      /^The catalogue is not empty: it has users\. Set DATA_DIR to another directory/,
    )
  })

  test('stopped halfway, after which it can be restored', async () => {
    const controller = new AbortController()
    const stopped = restoreCatalogue(empty.db, file, {
      signal: controller.signal,
      onProgress: ({ step }) => step === 'cards' && controller.abort(),
    })
    await expect(stopped).rejects.toThrow('aborted')
    await restoreCatalogue(empty.db, file)
    expect(await hashes(empty.db)).toEqual(await hashes(restored.db))
  })
})

test('backups are named by their moments, and the oldest are deleted, and nothing else', async () => {
  const folder = join(directory, 'new/backups')
  const backUpAt = (moment: string) => backUp(original.db, folder, { keep: 2, now: new Date(moment) })
  const first = await backUpAt('2026-02-17T03:00:00.250Z')
  expect(first).toEqual({
    file: join(folder, 'daily-papers-2026-02-17T030000Z.gz'),
    rows: expect.any(Number),
    deleted: [],
  })
  await writeFile(join(folder, 'daily-papers-notes.gz'), 'mine')
  expect((await backUpAt('2026-02-18T03:00:00Z')).deleted).toEqual([])
  expect((await backUpAt('2026-02-19T03:00:00Z')).deleted).toEqual(['daily-papers-2026-02-17T030000Z.gz'])
  // The clock was put back: the new one stays.
  expect((await backUpAt('2026-01-01T03:00:00Z')).deleted).toEqual(['daily-papers-2026-02-18T030000Z.gz'])
  expect((await readdir(folder)).sort()).toEqual([
    'daily-papers-2026-01-01T030000Z.gz',
    'daily-papers-2026-02-19T030000Z.gz',
    'daily-papers-notes.gz',
  ])
})

test('an export that cannot be written leaves no file, and the old one', async () => {
  await expect(exported(original.db, 'missing/file.gz')).rejects.toThrow(/file\.gz cannot be written: ENOENT/)
  const before = await readFile(file)
  await expect(
    writeWhole(file, (to) => exportCatalogue(original.db, to, { signal: AbortSignal.abort() })),
  ).rejects.toThrow('aborted')
  expect((await readFile(file)).equals(before)).toBe(true)
  expect((await readdir(directory)).filter((name) => name.endsWith('.partial'))).toEqual([])
})
