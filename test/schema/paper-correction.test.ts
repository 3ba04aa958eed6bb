import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { AUTHORITIES } from '../../src/values/vocabulary.ts'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { entryOf, HALF_LIFE, only, rowVersions } from '../ingest/fixtures.ts'
import { contentsOf, expectedContents } from '../search/index-contents.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let curator: string
let voter: string
let paperId: string
let arxivId: string
let papers = 0

const entry = (values: Partial<PaperEntry> = {}): PaperEntry =>
  entryOf({
    arxivId,
    authority: 'ARXIV',
    asOf: '2026-11-10T00:00:00.000Z',
    title: 'Tidle Routing',
    abstract: 'A rule for tides.',
    topics: [
      { kind: 'CATEGORY', names: ['cs.LG'] },
      { kind: 'KEYWORD', names: ['Mixture-of-Experts', 'tides'] },
    ],
    links: [
      { kind: 'CODE', url: 'https://code.example/wrong', title: null },
      { kind: 'PROJECT', url: 'https://project.example/', title: 'Its page' },
    ],
    ...values,
  })

const save = (...entries: PaperEntry[]) => saveEntries(database.db, entries, { halfLifeHours: HALF_LIFE })

beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database, { cacheMegabytes: 8 })
  curator = await server.tokenOf('curator', ['read', 'curate'])
  voter = await server.tokenOf('voter')
})
beforeEach(async () => {
  papers += 1
  arxivId = `2611.0${String(papers).padStart(4, '0')}`
  expect(await save(entry())).toMatchObject({ created: 1, problems: [] })
  const { id } = await only<{ id: string }>(database.db, sql`select id from papers where arxiv_id = ${arxivId}`)
  paperId = encodeGlobalId('Paper', id)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const PAPER = 'title abstract topics { name } links { kind url title }'

async function ask(query: string, variables: Record<string, unknown> = {}, token = curator) {
  const { data, errors } = await server.ask(query, variables, token)
  expect(errors).toBeUndefined()
  return data
}

const update = async (input: Record<string, unknown>, token = curator) =>
  (
    await ask(
      `mutation ($input: UpdatePaperInput!) { updatePaper(input: $input) {
        __typename
        ... on UpdatePaperPayload { changed paper { ${PAPER} } }
        ... on InvalidInputError { fields { path message } }
        ... on Error { message }
      } }`,
      { input: { paperId, ...input } },
      token,
    )
  ).updatePaper

interface Shown {
  title: string
  abstract: string | null
  topics: { name: string }[]
  links: { kind: string; url: string; title: string | null }[]
}

const shown = async (): Promise<Shown> => (await ask(`{ paper(by: { arxivId: "${arxivId}" }) { ${PAPER} } }`)).paper

const audit = async () =>
  (
    await ask(
      `query ($paperId: ID!) { auditLog(filter: { subjects: [$paperId] }) { ... on AuditEntryConnection { nodes {
        action reason actor { handle } changes { field before after } } } } }`,
      { paperId },
    )
  ).auditLog.nodes

async function expectAllRight(): Promise<void> {
  expect(await recount(database.db)).toEqual([])
  const checks = await checkCounts(database.db, { fix: false, halfLifeHours: HALF_LIFE_HOURS })
  expect(checks.flatMap(({ differences }) => differences)).toEqual([])
  expect(await contentsOf(database.db)).toEqual(await expectedContents(database.db))
}

test('what a curator corrects stays, whatever any source says later, and the rest follows the sources', async () => {
  const corrected = await update({
    title: ' Tidal\n Routing ',
    topics: ['cs.lg', 'mixture of experts', 'Ocean'],
    links: [
      { kind: 'ABSTRACT', url: `https://arxiv.org/abs/${arxivId}` },
      { kind: 'CODE', url: 'https://code.example/right' },
      { kind: 'PROJECT', url: 'https://project.example/' },
    ],
    reason: 'A slip.',
  })
  expect(corrected).toMatchObject({ changed: ['TITLE', 'TOPICS', 'LINKS'] })
  const paper = await shown()
  expect(paper).toEqual(corrected.paper)
  expect(paper.title).toBe('Tidal Routing')
  // A topic that the paper has already keeps its spelling.
  expect(paper.topics.map(({ name }) => name)).toEqual(['cs.LG', 'Mixture-of-Experts', 'Ocean'])
  expect(paper.links).toEqual([
    { kind: 'ABSTRACT', url: `https://arxiv.org/abs/${arxivId}`, title: null },
    { kind: 'PDF', url: `https://arxiv.org/pdf/${arxivId}`, title: null },
    { kind: 'CODE', url: 'https://code.example/right', title: null },
    { kind: 'PROJECT', url: 'https://project.example/', title: 'Its page' },
  ])
  expect((await ask('{ search(query: "tidal") { nodes { id } } }')).search.nodes).toContainEqual({ id: paperId })
  await expectAllRight()
  expect(await audit()).toEqual([
    {
      action: 'UPDATE_PAPER',
      reason: 'A slip.',
      actor: { handle: 'curator' },
      changes: [
        { field: 'title', before: 'Tidle Routing', after: 'Tidal Routing' },
        {
          field: 'topics',
          before: '["cs.LG","Mixture-of-Experts","tides"]',
          after: '["cs.LG","Mixture-of-Experts","Ocean"]',
        },
        {
          field: 'links',
          before:
            '[{"url":"https://code.example/wrong","kind":"CODE"},{"url":"https://project.example/","kind":"PROJECT"}]',
          after:
            '[{"url":"https://code.example/right","kind":"CODE"},{"url":"https://project.example/","kind":"PROJECT"}]',
        },
      ],
    },
  ])

  // The files that were imported before write nothing.
  const versions = await rowVersions(database.db)
  expect(await save(entry())).toMatchObject({ unchanged: 1 })
  expect(await rowVersions(database.db)).toEqual(versions)
  for (const authority of AUTHORITIES)
    await save(
      entry({
        authority,
        asOf: '2099-01-01T00:00:00.000Z',
        title: `Title of ${authority}`,
        abstract: `Abstract of ${authority}`,
        topics: [
          { kind: 'CATEGORY', names: ['cs.CL'] },
          { kind: 'KEYWORD', names: [`keyword of ${authority}`] },
        ],
        links: [
          { kind: 'CODE', url: `https://code.example/${authority}`, title: null },
          { kind: 'PROJECT', url: `https://project.example/${authority}`, title: null },
        ],
      }),
    )
  const later = await shown()
  expect(later).toMatchObject({ title: 'Tidal Routing', abstract: 'Abstract of OPERATOR' })
  expect(later.topics.map(({ name }) => name)).toEqual(['cs.CL', 'Mixture-of-Experts', 'Ocean'])
  expect(later.links.slice(2).map(({ url }) => url)).toEqual([
    'https://code.example/right',
    'https://project.example/OPERATOR',
  ])
  await expectAllRight()
})

test('what a curator removes stays away', async () => {
  expect(await update({ abstract: ' ', topics: [], links: [] })).toMatchObject({
    changed: ['ABSTRACT', 'TOPICS', 'LINKS'],
    paper: { abstract: null, topics: [] },
  })
  await expectAllRight()
  for (const authority of AUTHORITIES) await save(entry({ authority, asOf: '2099-01-01T00:00:00.000Z' }))
  const { abstract, topics, links } = await shown()
  expect([abstract, topics, links.length]).toEqual([null, [], 2])
})

test('equal values change nothing, and stay those of their sources', async () => {
  const versions = await rowVersions(database.db)
  const { title, abstract, topics, links } = await shown()
  const same = {
    title,
    abstract,
    topics: topics.map(({ name }) => name),
    links: links.map(({ kind, url }) => ({ kind, url })),
  }
  expect(await update(same)).toMatchObject({ changed: [] })
  expect(await update({})).toMatchObject({ changed: [] })
  expect(await rowVersions(database.db)).toEqual(versions)
  expect(await audit()).toEqual([])
  await save(entry({ asOf: '2026-11-12T00:00:00.000Z', title: 'Of arXiv' }))
  expect((await shown()).title).toBe('Of arXiv')
})

test('what is released stays until a source says it again, whichever', async () => {
  await update({ title: 'Tidal Routing', abstract: '', topics: ['sea'] })
  expect(await update({ release: ['TITLE', 'ABSTRACT', 'TOPICS', 'LINKS'] })).toMatchObject({
    changed: [],
    paper: { title: 'Tidal Routing', abstract: null, topics: [{ name: 'sea' }] },
  })
  expect((await audit())[0]).toMatchObject({
    changes: [{ field: 'release', before: null, after: '["title","abstract","topics"]' }],
  })
  // An older statement than all, of an authority that ranks low.
  await save(entry({ authority: 'SUBMISSION', asOf: '2020-01-01T00:00:00.000Z', title: 'Submitted' }))
  expect(await shown()).toMatchObject({ title: 'Submitted', abstract: 'A rule for tides.' })
  await save(entry())
  expect((await shown()).title).toBe('Tidle Routing')
  await expectAllRight()
})

test('a hidden paper can be corrected, and stays hidden', async () => {
  await ask('mutation ($id: ID!) { hidePaper(input: { paperId: $id }) { __typename } }', { id: paperId })
  expect(await update({ title: 'Seen by nobody', topics: ['cs.LG', 'ocean'] })).toMatchObject({
    changed: ['TITLE', 'TOPICS'],
    paper: null,
  })
  await expectAllRight()
})

test('wrong values are refused with their places, and nothing is changed', async () => {
  const versions = await rowVersions(database.db)
  expect(
    await update({
      title: ' ',
      abstract: 'x'.repeat(20_001),
      topics: ['fine', '-'],
      links: [{ kind: 'CODE', url: `https://code.example/${'x'.repeat(2_000)}` }],
      release: ['TITLE'],
    }),
  ).toMatchObject({
    __typename: 'InvalidInputError',
    fields: ['title', 'abstract', 'topics.1', 'links.0.url', 'release.0'].map((path) => ({ path })),
  })
  expect(await update({ title: 'x', reason: 'y'.repeat(1_001) })).toMatchObject({ fields: [{ path: 'reason' }] })
  expect(await update({ paperId: encodeGlobalId('Paper', 99_999), title: 'x' })).toMatchObject({
    __typename: 'NotFoundError',
  })
  expect(await update({ title: 'x' }, voter)).toMatchObject({ __typename: 'ForbiddenError' })
  expect(await rowVersions(database.db)).toEqual(versions)
})
