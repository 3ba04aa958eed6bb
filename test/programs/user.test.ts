import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportCatalogue } from '../../src/ingest/export/export.ts'
import { writeWhole } from '../../src/ingest/export/output-file.ts'
import { restoreCatalogue } from '../../src/ingest/export/restore.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { submitPaper } from '../../src/ingest/submit.ts'
import { ERASED_VOTES } from '../../src/values/vocabulary.ts'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { ErasedSince, userOfHandle, userOfSourceKey } from '../../src/writes/users.ts'
import { writeVotes } from '../../src/writes/vote-writer.ts'
import { directoryOf, entryOf, HALF_LIFE, only, person, rowVersions } from '../ingest/fixtures.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { recount } from '../support/recount.ts'
import { runHere } from '../support/run-here.ts'
import { startServer, type TestServer, UTC_CLOCK } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
  await saveEntries(database.db, ENTRIES, { halfLifeHours: HALF_LIFE })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const ENTRIES = [0, 1, 2, 3].map((index) =>
  entryOf({
    arxivId: `2611.0000${index}`,
    title: `Paper ${index}`,
    listedAt: '2026-11-10T08:00:00.000Z',
    listedOn: '2026-11-10',
    submitter: person('Hugo', 'h1', 'Hugo of the source'),
    authors: [
      { name: 'Hugo Abara', account: person('Hugo', 'h1') },
      { name: 'Ada Lin', account: null },
    ],
    topics: [{ kind: 'KEYWORD', names: ['tides'] }],
    votes: { count: 3, countedAt: '2026-11-10T10:00:00.000Z' },
  }),
)

// As a process of its own, `docs.test.ts` runs it.
const run = (...args: string[]) => runHere('src/programs/user.ts', args, { DATABASE_URL: database.url })

const idOf = async (arxivId: string) =>
  Number((await only<{ id: string }>(database.db, sql`select id from papers where arxiv_id = ${arxivId}`)).id)

const paperOf = (arxivId: string) =>
  only<Record<string, unknown>>(
    database.db,
    sql`select title, vote_count, listed_on, submitter_id, trending_score from papers where arxiv_id = ${arxivId}`,
  )

async function vote(userId: number, arxivId: string, at: string): Promise<void> {
  const changes = [{ paperId: await idOf(arxivId), userId, voted: true }]
  await writeVotes(database.db, changes, { now: new Date(at), halfLifeHours: HALF_LIFE_HOURS })
}

async function expectCountsRight(): Promise<void> {
  expect(await recount(database.db)).toEqual([])
  const checks = await checkCounts(database.db, { fix: false, halfLifeHours: HALF_LIFE_HOURS })
  expect(checks.flatMap(({ differences }) => differences)).toEqual([])
}

/** A user who has a row in every table that can refer to users. */
async function givenUser(handle: string): Promise<number> {
  const { db } = database
  const { user } = await userOfHandle(db, handle)
  const token = await server.tokenOf(handle, ['read', 'vote', 'submit', 'curate'])
  const paperId = await idOf('2611.00000')
  const clock = { ...UTC_CLOCK, now: () => new Date('2026-11-20T12:00:00Z') }
  const paper = {
    title: 'Submitted here',
    abstract: 'It is about tides.',
    authors: ['Ada Lin'],
    publishedAt: '2026-11-19T00:00:00.000Z',
  }
  const arxivId = `2611.1${String(user.id).padStart(4, '0')}`
  const submission = { arxivId, paper, submitterId: user.id }
  expect(await submitPaper(db, submission, { clock, halfLifeHours: HALF_LIFE_HOURS })).toMatchObject({ isNew: true })
  for (const [place, each] of ['2611.00000', '2611.00001'].entries())
    await vote(user.id, each, `2026-11-1${2 + place}T10:25:30.123Z`)
  for (const statement of [
    sql`insert into suspended_votes values (${user.id}, (select id from papers where arxiv_id = '2611.00003'), '2026-11-12')`,
    sql`insert into saved_filters (user_id, name, query, feed_token) values (${user.id}, 'My list', 'topics=tides', ${`token of ${handle}`}),
      (${user.id}, 'My other list', 'topics=seas', ${`other token of ${handle}`})`,
    sql`insert into saved_filters (user_id, name, query, submitter_id, feed_token)
      select id, 'A follow', ${`submitters=${handle}`}, ${user.id}, ${`follow of ${handle}`} from users where handle = 'Hugo'`,
    // The second address was not confirmed: it may be that of another person, who asked for a list, too.
    sql`insert into mail_addresses (address) values (${`${handle}@mail.example`}), (${`other-${user.id}@mail.example`})`,
    sql`insert into digests (address_id, saved_filter_id, query, period, token, confirmed_at)
      select mail_addresses.id, saved_filters.id, '', 'DAY', address, case when name = 'My list' then now() end
      from mail_addresses join saved_filters on name = case when address like 'other-%' then 'My other list' else 'My list' end
      where address in (${`${handle}@mail.example`}, ${`other-${user.id}@mail.example`}) and user_id = ${user.id}`,
    sql`insert into digests (address_id, query, period, token)
      select id, 'topics=tides', 'WEEK', 'anonymous ' || address from mail_addresses
      where address in (${`${handle}@mail.example`}, ${`other-${user.id}@mail.example`})`,
    sql`insert into webhooks (saved_filter_id, url, form, events, secret)
      select id, 'https://hooks.example.org/secret', 'SLACK', '{PAPER_LISTED}', 'whsec_c2VjcmV0' from saved_filters where name = 'My list' and user_id = ${user.id}`,
    sql`insert into paper_reports (paper_id, user_id, reason, comment, reported_at, resolved_at, resolved_by, resolution)
      values (${paperId}, ${user.id}, 'SPAM', 'I know the author', now(), now(), ${user.id}, 'Nothing.')`,
    sql`update authors set user_id = ${user.id} where name = 'Ada Lin'`,
  ])
    await db.execute(statement)
  await server.ask(`mutation ($id: ID!) { hidePaper(input: { paperId: $id }) { __typename } }`, { id: 'x' }, token)
  await db.execute(sql`
    insert into audit_log (done_at, action, user_id, is_by_operator, subjects) values (now(), 'HIDE_PAPERS', ${user.id}, false, '{}')`)
  return user.id
}

/** Every column that refers to users. What is new here belongs into `personal-data.ts` and `erase-user.ts`. */
const REFERENCES = [
  'access_tokens.user_id',
  'audit_log.user_id',
  'authors.user_id',
  'paper_reports.resolved_by',
  'paper_reports.user_id',
  'papers.submitter_id',
  'saved_filters.submitter_id',
  'saved_filters.user_id',
  'suspended_votes.user_id',
  'votes.user_id',
]

test('all columns that refer to users are known', async () => {
  const rows = await database.db.execute<{ reference: string }>(sql`
    select conrelid::regclass || '.' || attname as reference
    from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and confrelid = 'users'::regclass order by 1`)
  expect(rows.map(({ reference }) => reference)).toEqual(REFERENCES)
})

test('exports everything that is stored about a user', async () => {
  await givenUser('Exported')
  const { code, stdout, stderr } = await run('export', 'exported')
  expect([code, stderr]).toEqual([0, ''])
  const paper = { arxivId: '2611.00000', doi: null, title: 'Paper 0' }
  expect(JSON.parse(stdout)).toEqual({
    user: expect.objectContaining({
      handle: 'Exported',
      sourceKey: expect.stringMatching(/^local:/),
      suspendedAt: null,
    }),
    tokens: [expect.objectContaining({ scopes: ['read', 'vote', 'submit', 'curate'], revokedAt: null })],
    votes: [
      expect.objectContaining({ counts: false, paper: expect.objectContaining({ title: 'Paper 3' }) }),
      { paper, votedAt: '2026-11-12T10:25:30.123+00:00', counts: true },
      expect.objectContaining({ counts: true }),
    ],
    submissions: [
      expect.objectContaining({ paper: expect.objectContaining({ title: 'Submitted here' }), listedOn: '2026-11-20' }),
    ],
    authors: [{ slug: 'ada-lin', name: 'Ada Lin' }],
    savedFilters: [
      expect.objectContaining({ name: 'My list', query: 'topics=tides', feedToken: 'token of Exported' }),
      expect.objectContaining({ name: 'My other list' }),
    ],
    digests: expect.arrayContaining([
      expect.objectContaining({ address: 'Exported@mail.example', savedFilter: 'My list', period: 'DAY' }),
      expect.objectContaining({ address: 'Exported@mail.example', savedFilter: null, query: 'topics=tides' }),
      expect.objectContaining({ savedFilter: 'My other list', confirmedAt: null }),
    ]),
    webhooks: [
      expect.objectContaining({
        savedFilter: 'My list',
        url: 'https://hooks.example.org/secret',
        form: 'SLACK',
        events: ['PAPER_LISTED'],
        state: 'ACTIVE',
      }),
    ],
    followers: 1,
    reports: [expect.objectContaining({ paper, comment: 'I know the author' })],
    resolvedReports: [expect.objectContaining({ paper, resolution: 'Nothing.' })],
    auditLog: expect.arrayContaining([expect.objectContaining({ action: 'HIDE_PAPERS', isActor: true })]),
  })
  const [token] = await database.db.execute<{ hash: string }>(sql`select hash from access_tokens limit 1`)
  expect(stdout).not.toContain(token?.hash)
  // Only a suspended user has such votes, as far as `check-counts` is concerned.
  await database.db.execute(sql`delete from suspended_votes`)
})

test.each(['keep', 'remove'] as const)('erases a user: --votes %s', async (votes) => {
  const handle = `Erased-${votes}`
  const userId = await givenUser(handle)
  const arxivId = `2611.1${String(userId).padStart(4, '0')}`
  const before = await paperOf('2611.00000')
  const votesBefore = before.vote_count as number
  const token = await server.tokenOf(handle)

  const { code, stdout, stderr } = await run('erase', handle.toLowerCase(), '--votes', votes, '--reason', 'They asked.')
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toBe(
    `Erased the user ${handle}, with 2 tokens and 2 saved filters.\n2 votes ${
      votes === 'keep' ? 'kept as counts of nobody' : 'removed'
    }.\n1 submitted paper kept without a submitter, 1 report without a reporter or comment.\n1 author kept as printed on papers, without an account.\nExports and backups from before still have the data.\n`,
  )
  expect((await paperOf('2611.00000')).vote_count).toBe(votes === 'keep' ? votesBefore : votesBefore - 1)
  expect(await paperOf(arxivId)).toMatchObject({ title: 'Submitted here', submitter_id: null, listed_on: '2026-11-20' })
  await expectCountsRight()
  const { errors } = await server.ask('{ viewer { handle } }', {}, token)
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')

  // Nothing anywhere names the person.
  const tables = await database.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  for (const { name } of tables) {
    const rows = await database.db.execute(
      sql`select from ${sql.identifier(name)} as stored where stored::text ilike ${`%${handle}%`} or stored::text like '%I know the author%'`,
    )
    // The comment is that of the user of the test before.
    if (name !== 'paper_reports') expect(rows.length, name).toBe(0)
  }
  expect(
    await only(
      database.db,
      sql`select count(*)::int as rows from paper_reports where user_id is null and comment is not null`,
    ),
  ).toEqual({ rows: 0 })
  expect(
    await only(
      database.db,
      sql`select reason, user_id, is_by_operator, changes from audit_log where action = 'ERASE_USER' order by id desc limit 1`,
    ),
  ).toEqual({
    reason: 'They asked.',
    user_id: null,
    is_by_operator: true,
    changes: [{ field: 'votes', before: 2, after: votes === 'keep' ? 2 : 0 }],
  })

  const others = sql`select id from digests where token = ${`anonymous other-${userId}@mail.example`}`
  expect(await database.db.execute(others)).toHaveLength(1)

  // A list of an earlier day moves no paper that was submitted here, and an erased user is not erased again.
  await saveEntries(
    database.db,
    [
      entryOf({
        arxivId,
        listedAt: '2026-11-01T00:00:00.000Z',
        listedOn: '2026-11-01',
        submitter: person(handle, null),
      }),
    ],
    { halfLifeHours: HALF_LIFE },
  )
  expect(await paperOf(arxivId)).toMatchObject({ submitter_id: null, listed_on: '2026-11-20' })
  const versions = await rowVersions(database.db)
  expect(await run('erase', handle, '--votes', votes)).toEqual({
    code: 2,
    stdout: '',
    stderr: `There is no user with the handle ${handle}.\n`,
  })
  expect(await rowVersions(database.db)).toEqual(versions)
})

test('votes that are kept stay on their day, with those of others who were erased, and tell no moment', async () => {
  for (const [handle, at] of [
    ['first', '2026-11-15T09:59:59.999Z'],
    ['second', '2026-11-15T09:00:00.001Z'],
    ['third', '2026-11-14T23:30:00.000Z'],
  ] as const) {
    const { user } = await userOfHandle(database.db, handle)
    await vote(user.id, '2611.00002', at)
    expect((await run('erase', handle, '--votes', 'keep')).code).toBe(0)
  }
  const rows = await database.db.execute(sql`
    select votes, increment, counted_at at time zone 'UTC' as at from outside_counts
    where source = ${ERASED_VOTES} and paper_id = (select id from papers where arxiv_id = '2611.00002') order by counted_at`)
  expect([...rows]).toEqual([
    { votes: 1, increment: 1, at: expect.stringContaining('2026-11-14 23:00:00') },
    { votes: 3, increment: 2, at: expect.stringContaining('2026-11-15 09:00:00') },
  ])
  expect((await paperOf('2611.00002')).vote_count).toBe(6)
  await expectCountsRight()
})

test('imports do not bring back a person of a source, also after a restore', async () => {
  expect((await run('erase', 'hugo', '--votes', 'keep')).code).toBe(0)
  const people = sql`select handle from users where handle ilike 'hugo%'`
  await saveEntries(database.db, ENTRIES, { halfLifeHours: HALF_LIFE })
  const later = ENTRIES.map((entry) => ({ ...entry, asOf: '2026-11-21T00:00:00.000Z', title: `${entry.title} again` }))
  expect(await saveEntries(database.db, later, { halfLifeHours: HALF_LIFE })).toMatchObject({ updated: 4 })
  expect(await database.db.execute(people)).toHaveLength(0)
  expect(await only(database.db, sql`select user_id from authors where name = 'Hugo Abara'`)).toEqual({ user_id: null })
  // Another person has the handle at the source now.
  await saveEntries(database.db, [entryOf({ arxivId: '2611.00009', submitter: person('Hugo', 'h2') })], {
    halfLifeHours: HALF_LIFE,
  })
  expect(await database.db.execute(people)).toHaveLength(1)

  const directory = await directoryOf({})
  const file = `${directory}/after.gz`
  await writeWhole(file, (to) => exportCatalogue(database.db, to))
  const restored = await freshDatabase()
  try {
    await restoreCatalogue(restored.db, file)
    const latest = later.map((entry) => ({ ...entry, asOf: '2026-11-22T00:00:00.000Z' }))
    await saveEntries(restored.db, latest, { halfLifeHours: HALF_LIFE })
    expect(await restored.db.execute(sql`select from users where source_key = 'hf:h1'`)).toHaveLength(0)
  } finally {
    await restored.close()
  }
})

test('a token that the identity provider issued before does not bring a person back, a new one does', async () => {
  const noor = { sourceKey: 'oidc:https://issuer.example#noor', handle: 'noor', name: null, avatarUrl: null }
  const issued = new Date(Date.now() - 60_000)
  await userOfSourceKey(database.db, noor, issued)
  expect((await run('erase', 'noor', '--votes', 'remove')).code).toBe(0)
  await expect(userOfSourceKey(database.db, noor, issued)).rejects.toThrow(ErasedSince)
  expect(await userOfSourceKey(database.db, noor, new Date(Date.now() + 60_000))).toMatchObject({ handle: 'noor' })
})

test('votes during an erasure are erased, too', async () => {
  const { user } = await userOfHandle(database.db, 'busy')
  const arxivIds = ENTRIES.map(({ arxivId }) => arxivId as string)
  let isErased = false
  const voting = (async () => {
    let refused = 0
    for (let n = 0; !isErased || refused === 0; n += 1)
      await vote(user.id, arxivIds[n % 4] as string, '2026-11-16T10:00:00Z').catch(() => {
        refused += 1
      })
  })()
  expect((await run('erase', 'busy', '--votes', 'remove')).code).toBe(0)
  isErased = true
  await voting
  expect(await database.db.execute(sql`select from votes where user_id = ${user.id}`)).toHaveLength(0)
  await expectCountsRight()
})

test.each<[string[], RegExp]>([
  [[], /^Usage: npm run user/],
  [['erase'], /^Usage: npm run user/],
  [['forget', 'ada'], /^Usage: npm run user/],
  [['export', 'ada', '--votes', 'keep'], /^Usage: npm run user/],
  [['erase', 'ada'], /^Say what becomes of the votes: --votes keep, or --votes remove\.\nUsage/],
  [['erase', 'ada', '--votes', 'maybe'], /^Say what becomes of the votes/],
  [['erase', 'nobody', '--votes', 'keep'], /^There is no user with the handle nobody\.\n$/],
  [['export', 'nobody'], /^There is no user with the handle nobody\.\n$/],
  [['erase', 'ada', '--votes', 'keep', '--reason', 'x'.repeat(1_001)], /^The reason may have at most 1000 characters/],
])('%j is refused', async (args, message) => {
  expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})
