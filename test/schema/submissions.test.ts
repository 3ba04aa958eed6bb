import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import type { Scope } from '../../src/values/scopes.ts'
import { EVENTS_CHANNEL } from '../../src/writes/events.ts'
import { entryOf, HALF_LIFE, only, person } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

const NOON = Date.parse('2026-11-10T12:00:00Z')
const TODAY = '2026-11-10'

let database: FreshDatabase
let server: TestServer
let now: number
const tokens = new Map<string, string>()

beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database, { clock: { now: () => new Date(now), timeZone: 'UTC', rollover: '00:00' } })
})
beforeEach(() => {
  now = NOON
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const SUBMIT = /* GraphQL */ `
  mutation ($input: SubmitPaperInput!) {
    submitPaper(input: $input) {
      __typename
      ... on SubmitPaperPayload { isNew paper { id arxivId title listedOn listedAt submittedBy { handle } } }
      ... on Error { message }
      ... on InvalidInputError { fields { path message } }
    }
  }`

async function tokenOf(handle: string, scopes?: readonly Scope[]): Promise<string> {
  const key = `${handle} ${scopes}`
  const token = tokens.get(key) ?? (await server.tokenOf(handle, scopes))
  tokens.set(key, token)
  return token
}

async function submit(handle: string | null, input: Record<string, unknown>, scopes?: readonly Scope[]) {
  const answer = await server.ask(SUBMIT, { input }, handle === null ? undefined : await tokenOf(handle, scopes))
  expect(answer.errors).toBeUndefined()
  return answer.data.submitPaper
}

const save = (...entries: Partial<PaperEntry>[]) =>
  saveEntries(database.db, entries.map(entryOf), { halfLifeHours: HALF_LIFE })

const details = (values: Record<string, unknown> = {}) => ({
  title: 'Tidal Charts by Hand',
  abstract: 'They are drawn.',
  authors: ['Ada Lin'],
  publishedAt: '2026-11-09T08:30:00Z',
  ...values,
})

let lastNumber = 0
/** An arXiv id that no other test has. */
const newId = () => `2610.${String(++lastNumber).padStart(5, '0')}`

const stored = (arxivId: string) =>
  only<Record<string, unknown>>(
    database.db,
    sql`select papers.*, handle from papers left join users on users.id = submitter_id where arxiv_id = ${arxivId}`,
  )

describe('a paper that the catalogue has', () => {
  test('and that was never listed is put on the open edition', async () => {
    const arxivId = newId()
    await save({ arxivId, title: 'Known' })
    expect(await submit('ada', { arxivId })).toEqual({
      __typename: 'SubmitPaperPayload',
      isNew: true,
      paper: {
        id: expect.any(String),
        arxivId,
        title: 'Known',
        listedOn: TODAY,
        listedAt: '2026-11-10T12:00:00.000Z',
        submittedBy: { handle: 'ada' },
      },
    })
    const { data } = await server.ask(`{
      edition { date papers(first: 100) { nodes { arxivId } } }
      user(handle: "ada") { submissions { nodes { arxivId } } } }`)
    expect(data.edition.date).toBe(TODAY)
    expect(data.edition.papers.nodes).toContainEqual({ arxivId })
    expect(data.user.submissions.nodes).toContainEqual({ arxivId })
  })

  test('does not need its details, and they are not looked at', async () => {
    const arxivId = newId()
    await save({ arxivId, title: 'Known' })
    const { isNew, paper } = await submit('ada', { arxivId, paper: details({ title: ' ', authors: [] }) })
    expect({ isNew, title: paper.title }).toEqual({ isNew: true, title: 'Known' })
    expect(await stored(arxivId)).toMatchObject({ title: 'Known', author_count: 1 })
  })

  test('and that is on the open list stays as it is', async () => {
    const arxivId = newId()
    await save({ arxivId })
    const first = await submit('ada', { arxivId })
    now += 3_600_000
    const again = await submit('bo', { arxivId, paper: details() })
    expect(again).toEqual({ ...first, isNew: false })
    // Also for the one who submitted it.
    expect(await submit('ada', { arxivId })).toEqual(again)
  })

  test('and that is on a final list is not moved', async () => {
    const [own, imported] = [newId(), newId()]
    await save(
      { arxivId: own },
      {
        arxivId: imported,
        listedAt: '2026-11-01T00:00:00.000Z',
        listedOn: '2026-11-01',
        submitter: person('noor', 'u1'),
      },
    )
    await submit('ada', { arxivId: own })
    now += 3 * 86_400_000
    const answers = [await submit('bo', { arxivId: own }), await submit('bo', { arxivId: imported })]
    expect(answers).toMatchObject([
      { isNew: false, paper: { listedOn: TODAY, submittedBy: { handle: 'ada' } } },
      { isNew: false, paper: { listedOn: '2026-11-01', submittedBy: { handle: 'noor' } } },
    ])
  })

  test('and that is hidden is refused, listed or not', async () => {
    const [listed, unlisted] = [newId(), newId()]
    await save({ arxivId: listed }, { arxivId: unlisted })
    await submit('ada', { arxivId: listed })
    await database.db.execute(sql`update papers set hidden_at = now() where arxiv_id in (${listed}, ${unlisted})`)
    for (const arxivId of [listed, unlisted])
      expect(await submit('ada', { arxivId, paper: details() })).toEqual({
        __typename: 'ForbiddenError',
        message: expect.stringMatching(/hidden/),
      })
    expect(await stored(unlisted)).toMatchObject({ listed_on: null, submitter_id: null })
  })
})

describe('a paper that the catalogue does not have', () => {
  test('cannot be submitted without its details', async () => {
    const arxivId = newId()
    for (const input of [{ arxivId }, { arxivId, paper: null }])
      expect(await submit('ada', input)).toEqual({
        __typename: 'NotFoundError',
        message: expect.stringMatching(/`input\.paper`/),
      })
  })

  test('is made with them', async () => {
    const arxivId = newId()
    await save({
      arxivId: '2611.00001',
      organization: { slug: 'Nord-Lab', name: 'Northlight Laboratory', avatarUrl: null, sourceKey: 'hf:o1' },
      topics: [{ kind: 'KEYWORD', names: ['Tides'] }],
      authors: [{ name: 'Ada Lin', account: null }],
    })
    const paper = details({
      title: '  Tidal\n Charts ',
      abstract: 'First.\n\nSecond\nline.',
      authors: ['Zoë Quine', 'Ada Lin', 'Bo  Li', 'Zoë Quine'],
      publishedAt: '2026-11-09T08:30:00+02:00',
      topics: [
        'cs.CL',
        ' stat.ML',
        'tides',
        'hep-th',
        'CS.LG',
        'math-word-problems',
        'physics',
        'Tides',
        'long  context',
      ],
      organization: 'nord-lab',
      links: [
        { kind: 'CODE', url: 'https://code.example/a' },
        { kind: 'PROJECT', url: 'http://pages.example/ünter' },
        { kind: 'CODE', url: 'https://code.example/a' },
        { kind: 'PDF', url: `https://arxiv.org/pdf/${arxivId}` },
      ],
    })
    const { isNew } = await submit('ada', { arxivId, paper })
    expect(isNew).toBe(true)
    const { data } = await server.ask(`{ paper(by: { arxivId: "${arxivId}" }) {
      title abstract summary publishedAt listedAt listedOn submittedBy { handle } voteCount
      authors { totalCount nodes { name } } categories: topics(kind: CATEGORY) { name } keywords: topics(kind: KEYWORD) { name }
      organization { slug name paperCount } links { kind url } } }`)
    expect(data.paper).toEqual({
      title: 'Tidal Charts',
      abstract: 'First.\n\nSecond line.',
      summary: null,
      publishedAt: '2026-11-09T06:30:00.000Z',
      listedAt: '2026-11-10T12:00:00.000Z',
      listedOn: TODAY,
      submittedBy: { handle: 'ada' },
      voteCount: 0,
      authors: {
        totalCount: 4,
        nodes: ['Zoë Quine', 'Ada Lin', 'Bo Li', 'Zoë Quine'].map((name) => ({ name })),
      },
      categories: ['cs.CL', 'stat.ML', 'hep-th', 'CS.LG'].map((name) => ({ name })),
      keywords: ['Tides', 'math-word-problems', 'physics', 'long context'].map((name) => ({ name })),
      organization: { slug: 'Nord-Lab', name: 'Northlight Laboratory', paperCount: 2 },
      links: [
        { kind: 'ABSTRACT', url: `https://arxiv.org/abs/${arxivId}` },
        { kind: 'PDF', url: `https://arxiv.org/pdf/${arxivId}` },
        { kind: 'CODE', url: 'https://code.example/a' },
        { kind: 'PROJECT', url: 'http://pages.example/%C3%BCnter' },
      ],
    })
  })

  test.each([
    ['by slug in other capitals', 'NORD-LAB', 'Nord-Lab'],
    ['by name', 'northlight laboratory', 'Nord-Lab'],
    ['by a name that is new', 'Fresh Ideas GmbH', 'fresh-ideas-gmbh'],
    ['by the same name again', ' Fresh  Ideas GmbH', 'fresh-ideas-gmbh'],
    ['by a name that Postgres and JavaScript lowercase differently', 'ΕΜΠ ΣΑΣ', 'elladikos'],
  ])('finds its organization %s', async (_how, organization, slug) => {
    const arxivId = newId()
    await save({
      arxivId: '2611.00002',
      organization: { slug: 'elladikos', name: 'ΕΜΠ ΣΑΣ', avatarUrl: null, sourceKey: 'hf:o2' },
    })
    await submit('ada', { arxivId, paper: details({ organization }) })
    const { data } = await server.ask(`{ paper(by: { arxivId: "${arxivId}" }) { organization { slug } } }`)
    expect(data.paper.organization).toEqual({ slug })
  })

  test('joins the day that is open at the time, whenever it was published', async () => {
    now = Date.parse('2026-11-11T23:59:59.999Z')
    const late = await submit('ada', { arxivId: newId(), paper: details({ publishedAt: '2001-01-01T00:00:00Z' }) })
    now += 1
    const early = await submit('ada', { arxivId: newId(), paper: details() })
    expect([late.paper.listedOn, early.paper.listedOn]).toEqual(['2026-11-11', '2026-11-12'])
  })
})

describe('an arXiv id', () => {
  const forms = (id: string) => [
    id,
    ` ${id} `,
    `${id}v3`,
    `arXiv:${id}v12`,
    `ARXIV: ${id}`,
    `https://arxiv.org/abs/${id}v2`,
    `http://www.arxiv.org/pdf/${id}v1.pdf`,
    `arxiv.org/html/${id}`,
    `https://huggingface.co/papers/${id}`,
    `https://www.alphaxiv.org/abs/${id}`,
    `10.48550/arXiv.${id}`,
    `https://doi.org/10.48550/arxiv.${id}`,
  ]
  test('is taken in every form that people write', async () => {
    const [recent, old] = [newId(), 'math/9901016']
    await submit('ada', { arxivId: `arXiv:${recent}v1`, paper: details() })
    await submit('ada', { arxivId: 'math.CO/9901016', paper: details() })
    for (const arxivId of [recent, old])
      for (const form of [...forms(arxivId), ...(arxivId === old ? ['math.CO/9901016v1', 'MATH/9901016'] : [])])
        expect(await submit('ada', { arxivId: form }), form).toMatchObject({ isNew: false, paper: { arxivId } })
  })

  test.each([
    '',
    ' ',
    'tides',
    '2613.00001',
    '2610.123',
    '10.1145/3292500',
    'https://doi.org/10.1145/3292500',
    '\u0007',
  ])('%j is refused', async (arxivId) => {
    const answer = await submit('ada', { arxivId, paper: details() })
    expect(answer).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'arxivId' }] })
    expect(answer.message).toContain('arXiv id')
  })
})

describe('details that cannot be', () => {
  const long = (length: number) => 'x'.repeat(length)
  test.each([
    ['title', { title: ' \n ' }],
    ['title', { title: long(1_001) }],
    ['abstract', { abstract: '' }],
    ['abstract', { abstract: long(20_001) }],
    ['authors', { authors: [] }],
    ['authors', { authors: Array.from({ length: 5_001 }, (_, place) => `Author ${place}`) }],
    ['authors.1', { authors: ['Ada Lin', ' \u0007'] }],
    ['authors.0', { authors: [long(501)] }],
    ['topics', { topics: Array.from({ length: 101 }, (_, place) => `topic ${place}`) }],
    ['topics.2', { topics: ['cs.CL', 'tides', ''] }],
    ['organization', { organization: ' ' }],
    ['organization', { organization: long(501) }],
    ['publishedAt', { publishedAt: '2026-11-11T12:00:00.001Z' }],
    ['links.0.url', { links: [{ kind: 'CODE', url: 'ftp://files.example/a' }] }],
    ['links.1.url', { links: ['https://a.example', 'mailto:ada@lin.example'].map((url) => ({ kind: 'DEMO', url })) }],
    ['links.0.url', { links: [{ kind: 'CODE', url: `https://a.example/${long(1_983)}` }] }],
    ['links', { links: Array.from({ length: 101 }, (_, n) => ({ kind: 'MEDIA', url: `https://a.example/${n}` })) }],
  ])('are named: paper.%s', async (path, values) => {
    const arxivId = newId()
    const answer = await submit('ada', { arxivId, paper: details(values) })
    expect(answer).toEqual({
      __typename: 'InvalidInputError',
      message: expect.stringMatching(/^The paper cannot be taken: .+\.$/),
      fields: [{ path: `paper.${path}`, message: expect.stringMatching(/^[A-Z].+\.$/) }],
    })
    expect(await submit('ada', { arxivId })).toMatchObject({ __typename: 'NotFoundError' })
  })

  test('are all named at once', async () => {
    const paper = details({
      title: '',
      authors: ['', 'Ada Lin', ' '],
      publishedAt: '2030-01-01T00:00:00Z',
      topics: [''],
      links: [
        { kind: 'CODE', url: 'https://a.example' },
        { kind: 'CODE', url: 'ftp://a.example' },
      ],
    })
    const { message, fields } = await submit('ada', { arxivId: newId(), paper })
    expect(fields.map((field: { path: string }) => field.path)).toEqual([
      'paper.title',
      'paper.authors.0',
      'paper.authors.2',
      'paper.topics.0',
      'paper.publishedAt',
      'paper.links.1.url',
    ])
    for (const field of fields) expect(message).toContain(field.message)
  })

  test('are taken up to their limits', async () => {
    const full = details({
      title: long(1_000),
      abstract: long(20_000),
      authors: [...Array.from({ length: 4_999 }, (_, place) => `Author ${place}`), long(500)],
      topics: Array.from({ length: 100 }, (_, place) => `${place} ${long(490)}`),
      organization: 'ø'.repeat(500),
      publishedAt: '2026-11-11T12:00:00Z',
      links: Array.from({ length: 100 }, (_, n) => ({ kind: 'MEDIA', url: `https://a.example/${n}` })),
    })
    const arxivId = newId()
    expect(await submit('ada', { arxivId, paper: full })).toMatchObject({ isNew: true })
    expect(await stored(arxivId)).toMatchObject({ author_count: 5_000 })
  })
})

test('a submission and a start with another half-life do not stand in each other’s way', async () => {
  await save({ arxivId: newId() })
  let submitted: ReturnType<typeof submit> | undefined
  await database.db.transaction(async (tx) => {
    // As `recomputeAllScores` does: the half-life, and then the papers.
    await tx.execute(sql`select from trending_basis for update`)
    submitted = submit('ada', { arxivId: newId(), paper: details() })
    const waiting = sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    // Not in the transaction, which sees the same activity from its beginning to its end.
    await expect.poll(async () => (await database.db.execute(waiting)).length).toBe(1)
    await tx.execute(sql`lock table papers in exclusive mode`)
  })
  expect(await submitted).toMatchObject({ __typename: 'SubmitPaperPayload', isNew: true })
})

describe('nobody may submit', () => {
  test('without a token, or with one that does not allow it', async () => {
    const arxivId = newId()
    for (const [handle, scopes] of [
      [null, undefined],
      ['ada', ['read', 'vote']],
      ['ada', ['curate']],
    ] as const)
      expect(await submit(handle, { arxivId, paper: details() }, scopes)).toEqual({
        __typename: handle === null ? 'UnauthenticatedError' : 'ForbiddenError',
        message: expect.stringMatching(handle === null ? /^Sign in/ : /"submit"/),
      })
    expect(await submit('ada', { arxivId })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await submit('ada', { arxivId, paper: details() }, ['submit'])).toMatchObject({ isNew: true })
  })
})

describe('ten people at the same moment', () => {
  test.each(['new', 'known'])('list a paper that is %s once', async (which) => {
    const arxivId = newId()
    if (which === 'known') await save({ arxivId, title: 'Known' })
    const handles = Array.from({ length: 10 }, (_, place) => `person-${place}`)
    for (const handle of handles) await tokenOf(handle)
    const listed: number[] = []
    const listener = postgres(database.url, { max: 1 })
    await listener.listen(EVENTS_CHANNEL, (payload) => listed.push(...(JSON.parse(payload).listed ?? [])))

    const answers = await Promise.all(
      handles.map((handle) =>
        submit(handle, {
          arxivId,
          paper: details({ title: `By ${handle}`, authors: [handle], topics: [handle], organization: handle }),
        }),
      ),
    )
    const first = answers.filter(({ isNew }) => isNew)
    expect(first).toHaveLength(1)
    const { paper } = first[0]
    for (const answer of answers) expect(answer.paper).toEqual(paper)
    const { handle } = paper.submittedBy
    expect(handle).toBe(handles[answers.indexOf(first[0])])

    // What is stored is one person's submission, not a mixture.
    const { data } = await server.ask(`{ paper(by: { arxivId: "${arxivId}" }) {
      id title authors { nodes { name } } topics { name } organization { name } submittedBy { handle } } }`)
    expect(data.paper).toEqual(
      which === 'known'
        ? {
            id: paper.id,
            title: 'Known',
            authors: { nodes: [{ name: 'Ilse Marchetti' }] },
            topics: [],
            organization: null,
            submittedBy: { handle },
          }
        : {
            id: paper.id,
            title: `By ${handle}`,
            authors: { nodes: [{ name: handle }] },
            topics: [{ name: handle }],
            organization: { name: handle },
            submittedBy: { handle },
          },
    )
    const { id } = await stored(arxivId)
    expect(encodeGlobalId('Paper', Number(id))).toBe(paper.id)
    await expect.poll(() => listed).toEqual([Number(id)])
    await listener.end()
  })
})

describe('an import of a paper that was submitted here', () => {
  const arrives = (arxivId: string, values: Partial<PaperEntry>) =>
    save({
      arxivId,
      asOf: '2026-11-20T00:00:00.000Z',
      title: 'As the source has it',
      authors: [{ name: 'Tomas Quine', account: null }],
      topics: [{ kind: 'KEYWORD', names: ['Sourced'] }],
      submitter: person('noor', 'u1'),
      ...values,
    })
  const on = (listedOn: string, time: string) => ({ listedOn, listedAt: `${listedOn}T${time}Z` })

  test.each([
    ['that lists it on the same day, before', on(TODAY, '00:00:00.000')],
    ['that lists it on the same day, afterwards', on(TODAY, '20:00:00.000')],
    ['that lists it on a later day', on('2026-11-12', '00:00:00.000')],
    ['that lists it on an earlier day', on('2026-11-08', '00:00:00.000')],
    ['that does not list it', { listedOn: null, listedAt: null }],
    ['with an older capture', { ...on(TODAY, '00:00:00.000'), asOf: '2026-11-09T20:00:00.000Z' }],
  ])('%s brings its facts and leaves the day and the submitter', async (_case, values) => {
    const arxivId = newId()
    await submit('ada', { arxivId, paper: details({ topics: ['cs.CL'] }) })
    // Twice: after the first one the facts are not the submission's any more.
    for (const day of [0, 1])
      await arrives(arxivId, { ...values, ...(day && { asOf: '2026-11-21T00:00:00.000Z', title: 'And again' }) })
    expect(await stored(arxivId)).toMatchObject({
      title: 'And again',
      author_count: 1,
      listed_on: TODAY,
      listed_at: '2026-11-10 12:00:00+00',
      handle: 'ada',
    })
    const { data } = await server.ask(
      `{ paper(by: { arxivId: "${arxivId}" }) { topics { name } authors { nodes { name } } } }`,
    )
    expect(data.paper).toEqual({
      topics: [{ name: 'cs.CL' }, { name: 'Sourced' }],
      authors: { nodes: [{ name: 'Tomas Quine' }] },
    })
  })

  test('takes it out of no edition that is over', async () => {
    const arxivId = newId()
    await submit('ada', { arxivId, paper: details() })
    now += 3 * 86_400_000
    const edition = `{ edition(date: "${TODAY}") { state papers(first: 100) { nodes { arxivId submittedBy { handle } } } } }`
    const before = await server.ask(edition)
    expect(before.data.edition.state).toBe('FINAL')
    expect(before.data.edition.papers.nodes).toContainEqual({ arxivId, submittedBy: { handle: 'ada' } })
    await arrives(arxivId, on('2026-11-08', '00:00:00.000'))
    expect(await server.ask(edition)).toEqual(before)
  })
})
