import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { operator, recordAudit, subjectsOf } from '../../src/writes/audit-log.ts'
import { writing } from '../../src/writes/writing.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let paperIds: number[]
let curator: string
/** The moment of the next change. */
let now = new Date('2026-02-20T12:00:00Z')

beforeAll(async () => {
  database = await freshDatabase()
  paperIds = (await givenPapers(database.db, 8)).paperIds
  server = await startServer(database, { clock: { now: () => now, timeZone: 'UTC', rollover: '00:00' } })
  curator = await server.tokenOf('Curie', ['read', 'curate'])
  await database.db.execute(sql`delete from audit_log`)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const ENTRIES = `query ($filter: AuditLogFilter, $first: Int, $after: String) {
  auditLog(filter: $filter, first: $first, after: $after) {
    __typename
    ... on AuditEntryConnection {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id action doneAt reason isByOperator subjectCount
        actor { handle }
        subjects { id type name }
        changes { field before after }
      }
    }
    ... on Error { message }
  }
}`

const entries = async (filter: object | null = null, more: object = {}, token = curator) => {
  const { data, errors } = await server.ask(ENTRIES, { filter, ...more }, token)
  expect(errors).toBeUndefined()
  return data.auditLog
}

const paper = (place: number) => encodeGlobalId('Paper', paperIds[place] as number)

async function hide(place: number, reason: string | null, what: 'hidePaper' | 'unhidePaper' = 'hidePaper') {
  const { data } = await server.ask(
    `mutation ($input: HidePaperInput!) { ${what}(input: $input) { __typename ... on InvalidInputError { fields { path message } } } }`,
    { input: { paperId: paper(place), reason } },
    curator,
  )
  return data[what]
}

test('the audit log is shown with the scope curate only', async () => {
  const { data } = await server.ask(ENTRIES)
  expect(data.auditLog).toMatchObject({ __typename: 'UnauthenticatedError' })
  expect(await entries(null, {}, await server.tokenOf('reader'))).toEqual({
    __typename: 'ForbiddenError',
    message: 'The token does not allow you to see the audit log: it needs the scope "curate".',
  })
  await database.db.execute(sql`delete from audit_log`)
})

test('who hid and showed what, when and why; a change that changes nothing is no entry', async () => {
  await hide(0, ' Not a\n paper. ')
  await hide(0, 'Again.')
  now = new Date('2026-02-21T12:00:00Z')
  await hide(0, null, 'unhidePaper')
  const title = (
    await database.db.execute<{ title: string }>(sql`select title from papers where id = ${paperIds[0]}`)
  )[0]?.title
  const entry = {
    id: expect.any(String),
    actor: { handle: 'Curie' },
    isByOperator: false,
    subjectCount: 1,
    subjects: [{ id: paper(0), type: 'PAPER', name: title }],
    changes: [],
  }
  expect(await entries()).toEqual({
    __typename: 'AuditEntryConnection',
    totalCount: 2,
    pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
    nodes: [
      { ...entry, action: 'UNHIDE_PAPERS', doneAt: '2026-02-21T12:00:00.000Z', reason: null },
      { ...entry, action: 'HIDE_PAPERS', doneAt: '2026-02-20T12:00:00.000Z', reason: 'Not a paper.' },
    ],
  })
})

test('a reason that is too long is refused, and nothing is done', async () => {
  expect(await hide(1, 'x'.repeat(1_001))).toEqual({
    __typename: 'InvalidInputError',
    fields: [{ path: 'reason', message: 'The reason must have at most 1000 characters; it has 1001.' }],
  })
  expect((await entries()).totalCount).toBe(2)
})

test('a change that fails leaves no entry', async () => {
  const failed = writing(database.db, async (open) => {
    await recordAudit(open, operator(), { action: 'HIDE_PAPERS', subjects: subjectsOf('Paper', [1]) })
    throw new Error('after the entry')
  })
  await expect(failed).rejects.toThrow('after the entry')
  expect((await entries()).totalCount).toBe(2)
})

test('tokens that the operator makes are in the log, with their scopes', async () => {
  await server.tokenOf('mallory', ['vote'])
  const [user] = await database.db.execute<{ id: string }>(sql`select id from users where handle = 'mallory'`)
  const { nodes } = await entries({ actions: ['CREATE_TOKEN'] })
  expect(nodes).toMatchObject([
    {
      action: 'CREATE_TOKEN',
      actor: null,
      isByOperator: true,
      subjects: [{ id: encodeGlobalId('User', user?.id as string), type: 'USER', name: 'mallory' }],
      changes: [{ field: 'token', before: null, after: expect.stringMatching(/^\{"id":\d+,"scopes":\["vote"\]\}$/) }],
    },
  ])
})

test('the log is filtered by curator, action, object and day, and read page by page', async () => {
  const count = async (filter: object) => (await entries(filter)).totalCount
  await database.db.execute(sql`delete from audit_log where is_by_operator`)
  expect(await count({ actors: ['CURIE'] })).toBe(2)
  expect(await count({ actors: ['mallory', 'nobody'] })).toBe(0)
  expect(await count({ actors: [], actions: [], subjects: [] })).toBe(2)
  expect(await count({ actions: ['UNHIDE_PAPERS'] })).toBe(1)
  expect(await count({ subjects: [paper(0), paper(1)] })).toBe(2)
  expect(await count({ subjects: [paper(1)] })).toBe(0)
  expect(await count({ from: '2026-02-21' })).toBe(1)
  expect(await count({ to: '2026-02-20' })).toBe(1)
  expect(await count({ from: '2026-02-20', to: '2026-02-21' })).toBe(2)

  const first = await entries(null, { first: 1 })
  expect(first.pageInfo.hasNextPage).toBe(true)
  const second = await entries(null, { first: 1, after: first.pageInfo.endCursor })
  expect([...first.nodes, ...second.nodes].map(({ action }) => action)).toEqual(['UNHIDE_PAPERS', 'HIDE_PAPERS'])
  expect(second.pageInfo.hasNextPage).toBe(false)

  const { errors } = await server.ask(
    ENTRIES,
    { filter: { subjects: [encodeGlobalId('Edition', 'DAY-2026-02-20')] } },
    curator,
  )
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
})

test('the names of all objects on a page are one statement, and objects that are gone have none', async () => {
  await writing(database.db, (open) =>
    recordAudit(open, operator('cleaned up'), {
      action: 'HIDE_PAPERS',
      subjects: [...subjectsOf('Paper', paperIds.slice(0, 3)), ...subjectsOf('Topic', [999_999])],
      changes: [{ field: 'topics', before: ['a'], after: 'b' }],
    }),
  )
  const { result, statements } = await database.log.during(() => entries({ subjects: [paper(0)] }))
  expect(result.nodes[0]).toMatchObject({
    isByOperator: true,
    subjectCount: 4,
    changes: [{ field: 'topics', before: '["a"]', after: 'b' }],
  })
  expect(result.nodes[0].subjects.at(-1)).toMatchObject({ type: 'TOPIC', name: null })
  // The token, the page, its count, the curators and the names.
  expect(statements).toHaveLength(5)
})
