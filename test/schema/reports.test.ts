import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let paperIds: number[]
let ada: string
let curator: string
/** The moment of the next change. */
let now = new Date('2026-02-20T12:00:00Z')

beforeAll(async () => {
  database = await freshDatabase()
  paperIds = (await givenPapers(database.db, 10)).paperIds
  server = await startServer(database, {
    clock: { now: () => now, timeZone: 'UTC', rollover: '00:00' },
    quotas: { reports: 6 },
  })
  ada = await server.tokenOf('ada', ['vote'])
  curator = await server.tokenOf('curie', ['read', 'vote', 'curate'])
  await database.db.execute(sql`update users set account_since = '2020-01-01' where handle in ('ada', 'curie')`)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const paper = (place: number) => encodeGlobalId('Paper', paperIds[place] as number)

async function report(id: string, token: string, comment: string | null = null) {
  const { data, errors } = await server.ask(
    `mutation ($input: ReportPaperInput!) { reportPaper(input: $input) {
      __typename ... on ReportPaperPayload { isNew paper { id } } ... on Error { message } ... on RateLimitedError { retryAt }
      ... on InvalidInputError { fields { path } }
    } }`,
    { input: { paperId: id, reason: 'SPAM', comment } },
    token,
  )
  expect(errors).toBeUndefined()
  return data.reportPaper
}

async function reports(filter: object | null = null, more: object = {}, token: string | undefined = curator) {
  const { data, errors } = await server.ask(
    `query ($filter: ReportFilter, $first: Int, $after: String) { reports(filter: $filter, first: $first, after: $after) {
      __typename
      ... on ReportConnection {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          id reason comment reportedAt state resolvedAt resolution reporter { handle } resolvedBy { handle }
          paper { id title hiddenAt openReportCount }
        }
      }
      ... on Error { message }
    } }`,
    { filter, ...more },
    token,
  )
  expect(errors).toBeUndefined()
  return data.reports
}

const curate = async (field: 'hidePapers' | 'unhidePapers' | 'resolveReports', input: object) => {
  const [type, payload] =
    field === 'resolveReports'
      ? ['ResolveReportsInput', 'ResolveReportsPayload { reports { id state resolution } }']
      : ['HidePapersInput', 'HidePapersPayload { paperIds isHidden }']
  const { data, errors } = await server.ask(
    `mutation ($input: ${type}!) { ${field}(input: $input) {
      __typename ... on ${payload} ... on Error { message } ... on InvalidInputError { fields { path } }
    } }`,
    { input },
    curator,
  )
  expect(errors).toBeUndefined()
  return data[field]
}

test('a paper is reported, once a person and paper while the report is open', async () => {
  expect(await report(paper(0), ada, ' An\n advert. ')).toEqual({
    __typename: 'ReportPaperPayload',
    isNew: true,
    paper: { id: paper(0) },
  })
  expect(await report(paper(0), ada, 'Again.')).toMatchObject({ isNew: false })
  now = new Date('2026-02-20T13:00:00Z')
  expect(await report(paper(0), curator)).toMatchObject({ isNew: true })
  expect(await report(paper(1), ada)).toMatchObject({ isNew: true })

  const { totalCount, nodes } = await reports({ paperIds: [paper(0)] })
  expect(totalCount).toBe(2)
  const common = { reason: 'SPAM', state: 'OPEN', resolvedAt: null, resolution: null, resolvedBy: null }
  const reported = { id: paper(0), title: expect.any(String), hiddenAt: null, openReportCount: 2 }
  expect(nodes).toEqual([
    {
      ...common,
      id: nodes[0].id,
      comment: null,
      reportedAt: '2026-02-20T13:00:00.000Z',
      reporter: { handle: 'curie' },
      paper: reported,
    },
    {
      ...common,
      id: nodes[1].id,
      comment: 'An advert.',
      reportedAt: '2026-02-20T12:00:00.000Z',
      reporter: { handle: 'ada' },
      paper: reported,
    },
  ])
})

describe('refused', () => {
  test('a hidden or unknown paper, a comment that is too long', async () => {
    await curate('hidePapers', { paperIds: [paper(9)] })
    for (const id of [paper(9), encodeGlobalId('Paper', 999_999), encodeGlobalId('User', 1), 'x'])
      expect(await report(id, curator)).toMatchObject({ __typename: 'NotFoundError' })
    expect(await report(paper(1), curator, 'x'.repeat(1_001))).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path: 'comment' }],
    })
    await curate('unhidePapers', { paperIds: [paper(9)] })
  })

  test('more reports than the budget, of which new accounts have half', async () => {
    // Three of six are spent.
    for (const place of [2, 3, 4]) expect(await report(paper(place), ada)).toMatchObject({ isNew: true })
    expect(await report(paper(5), ada)).toEqual({
      __typename: 'RateLimitedError',
      message: expect.stringMatching(/^You have reported as many papers as this server allows for now\. Try again at /),
      retryAt: expect.any(String),
    })
    const eve = await server.tokenOf('eve')
    await database.db.execute(sql`update users set account_since = '2026-02-19' where handle = 'eve'`)
    const answers = []
    for (const place of [0, 1, 2, 3]) answers.push((await report(paper(place), eve)).__typename)
    expect(answers).toEqual([...Array.from({ length: 3 }, () => 'ReportPaperPayload'), 'RateLimitedError'])
  })

  test('lists without the scope', async () => {
    expect(await reports(null, {}, ada)).toEqual({
      __typename: 'ForbiddenError',
      message: 'The token does not allow you to see reports: it needs the scope "curate".',
    })
    const { data } = await server.ask('{ hiddenPapers { __typename } reports { __typename } }')
    expect(data).toEqual({
      hiddenPapers: { __typename: 'UnauthenticatedError' },
      reports: { __typename: 'UnauthenticatedError' },
    })
  })
})

test('reports are resolved with a reason, all or none, and reported again afterwards', async () => {
  const open = await reports({ state: 'OPEN', paperIds: [paper(0), paper(1)] })
  const ids = open.nodes.map(({ id }: { id: string }) => id)
  expect(await curate('resolveReports', { reportIds: [...ids, encodeGlobalId('Report', 999_999)] })).toMatchObject({
    __typename: 'NotFoundError',
  })
  expect(await curate('resolveReports', { reportIds: [] })).toMatchObject({ fields: [{ path: 'reportIds' }] })
  expect((await reports({ state: 'RESOLVED' })).totalCount).toBe(0)

  now = new Date('2026-02-21T12:00:00Z')
  const { reports: resolved } = await curate('resolveReports', { reportIds: ids, reason: 'Not spam.' })
  expect(resolved.map(({ id }: { id: string }) => id).sort()).toEqual([...ids].sort())
  expect(resolved[0]).toMatchObject({ state: 'RESOLVED', resolution: 'Not spam.' })
  // A second time changes nothing.
  await curate('resolveReports', { reportIds: ids, reason: 'Other.' })
  const after = await reports({ state: 'RESOLVED', paperIds: [paper(0)] })
  expect(after.nodes[0]).toMatchObject({
    resolvedAt: '2026-02-21T12:00:00.000Z',
    resolution: 'Not spam.',
    resolvedBy: { handle: 'curie' },
    paper: { openReportCount: 0 },
  })
  const { data } = await server.ask(
    '{ auditLog(filter: { actions: [RESOLVE_REPORTS] }) { ... on AuditEntryConnection { nodes { reason subjectCount changes { field after } } } } }',
    {},
    curator,
  )
  expect(data.auditLog.nodes).toEqual([
    { reason: 'Not spam.', subjectCount: 2, changes: [{ field: 'reports', after: expect.stringMatching(/^\[\d/) }] },
  ])
  expect(await report(paper(0), curator)).toMatchObject({ isNew: true })
})

test('reports are filtered by state, paper and reporter, and read page by page', async () => {
  const count = async (filter: object) => (await reports(filter)).totalCount
  const all = (await reports({ state: null, paperIds: [], reporters: [] })).totalCount
  expect((await count({ state: 'OPEN' })) + (await count({ state: 'RESOLVED' }))).toBe(all)
  expect(await count({ reporters: ['ADA'] })).toBe(5)
  expect(await count({ reporters: ['ADA'], paperIds: [paper(2)], state: 'OPEN' })).toBe(1)
  const seen: string[] = []
  for (let after: string | null = null, more = true; more; ) {
    const page = await reports(null, { first: 2, after })
    seen.push(...page.nodes.map(({ id }: { id: string }) => id))
    more = page.pageInfo.hasNextPage
    after = page.pageInfo.endCursor
  }
  expect(seen).toHaveLength(all)
  expect(new Set(seen).size).toBe(all)
})

test('many papers are hidden in one call and shown in another, all or none', async () => {
  const ids = [paper(4), paper(5), paper(6)]
  expect(await curate('hidePapers', { paperIds: [...ids, encodeGlobalId('Paper', 999_999)] })).toEqual({
    __typename: 'NotFoundError',
    message: `There is no paper with the id "${encodeGlobalId('Paper', 999_999)}". Nothing was changed.`,
  })
  for (const paperIds of [[], Array.from({ length: 501 }, () => paper(1))])
    expect(await curate('hidePapers', { paperIds })).toMatchObject({ fields: [{ path: 'paperIds' }] })
  expect(await curate('hidePapers', { paperIds: [paper(1), 'x'] })).toMatchObject({ __typename: 'NotFoundError' })

  await curate('hidePapers', { paperIds: [paper(4)], reason: 'First.' })
  // With one twice.
  const hidden = await curate('hidePapers', { paperIds: [...ids, paper(5)], reason: 'Spam.' })
  expect(hidden).toEqual({ __typename: 'HidePapersPayload', paperIds: [paper(5), paper(6)], isHidden: true })
  const { result, statements } = await database.log.during(() =>
    server.ask(
      '{ hiddenPapers { ... on HiddenPaperConnection { nodes { id hiddenAt listedOn hiding { reason } } } } }',
      {},
      curator,
    ),
  )
  const why = Object.fromEntries(
    result.data.hiddenPapers.nodes.map((node: { id: string; hiding: { reason: string } }) => [
      node.id,
      node.hiding.reason,
    ]),
  )
  expect(why).toEqual({ [paper(4)]: 'First.', [paper(5)]: 'Spam.', [paper(6)]: 'Spam.' })
  // The token, the page, its papers and who hid them.
  expect(statements).toHaveLength(4)
  expect(await curate('unhidePapers', { paperIds: hidden.paperIds })).toMatchObject({ isHidden: false })
  await curate('unhidePapers', { paperIds: [paper(4)] })
})
