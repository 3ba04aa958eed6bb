import { sql } from 'drizzle-orm'
import type { GraphQLObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { schema } from '../../schema/index.ts'
import { correctPaper } from '../../src/ingest/correct-paper.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { eraseUser } from '../../src/ingest/erase-user.ts'
import { setHidden } from '../../src/ingest/hiding.ts'
import { merge, unmerge } from '../../src/ingest/merges.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { submitPaper } from '../../src/ingest/submit.ts'
import { saveWithdrawals } from '../../src/ingest/withdrawals.ts'
import { operator } from '../../src/writes/audit-log.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { writeVotes } from '../../src/writes/vote-writer.ts'
import { entryOf, person } from '../ingest/fixtures.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer, UTC_CLOCK } from '../support/server.ts'

// What changes a paper, and what does not: each write is done, and what GraphQL shows of all papers before and after tells which
// of them must have another moment of change.

/** What is shown of a paper, as GraphQL names it. What names an author, topic, organization or person is part of the paper. */
const SHOWN: Record<string, string> = {
  id: '',
  arxivId: '',
  doi: '',
  identifiers: '{ scheme value }',
  title: '',
  abstract: '',
  summary: '',
  publishedAt: '',
  updatedAt: '',
  withdrawnAt: '',
  listedAt: '',
  listedOn: '',
  submittedBy: '{ id handle name avatarUrl url }',
  organization: '{ id slug name avatarUrl url }',
  authors: '(first: 100) { edges { position node { id slug name url } } }',
  topics: '{ id slug name kind url }',
  links: '{ kind url title }',
  url: '',
  thumbnailUrl: '',
  githubStars: '',
  citation: '',
}

/** What changes by votes and comments, by other papers, or with the viewer. */
const ASIDE = ['voteCount', 'commentCount', 'votes', 'voteHistory', 'trending', 'viewerHasVoted', 'related']

const CURATOR = operator('a test')
const options = { halfLifeHours: HALF_LIFE_HOURS }

let database: FreshDatabase
let server: TestServer
const ids: Record<string, number> = {}

const described = (arxivId: string, values: Partial<PaperEntry> = {}): PaperEntry =>
  entryOf({
    arxivId,
    title: `Title of ${arxivId}`,
    abstract: 'An abstract.',
    authors: [
      { name: 'Ada Lin', account: null },
      { name: 'Bo Chen', account: null },
    ],
    topics: [
      { kind: 'CATEGORY', names: ['cs.CL'] },
      { kind: 'KEYWORD', names: ['agents'] },
    ],
    ...values,
  })

const FIRST = described('2601.00001', {
  organization: { slug: 'northlight', name: 'Northlight', avatarUrl: null, sourceKey: 'org:1' },
  listedAt: '2026-01-05T08:00:00.000Z',
  listedOn: '2026-01-05',
  submitter: person('hermit', 'h1'),
  commentCount: 3,
  asOf: '2026-01-05T08:00:00.000Z',
})

beforeAll(async () => {
  database = await freshDatabase()
  const { db } = database
  await saveEntries(db, [FIRST, described('2601.00002'), described('2601.00003', { topics: [] })], options)
  server = await startServer(database)
  for (const table of ['papers', 'topics', 'authors', 'organizations', 'users'])
    for (const { id, name } of await db.execute<{ id: string; name: string }>(
      sql`select id, ${sql.raw({ papers: 'arxiv_id', users: 'handle' }[table] ?? 'name')} as name from ${sql.identifier(table)}`,
    ))
      ids[name] = Number(id)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function shownPapers(): Promise<Map<string, string>> {
  const fields = Object.entries(SHOWN).map(([name, rest]) => name + rest)
  const { data } = await server.ask(`{ papers(orderBy: OLDEST, first: 100) { nodes { ${fields.join(' ')} } } }`)
  return new Map(data.papers.nodes.map((paper: { id: string }) => [paper.id, JSON.stringify(paper)]))
}

/** The moments of change by the id of the paper. */
async function moments(): Promise<Map<string, string>> {
  const rows = await database.db.select().from(paperChanges)
  return new Map(rows.map(({ paperId, changedAt }) => [encodeGlobalId('Paper', paperId), changedAt]))
}

const differing = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id)).sort()

test('every field of a paper is among those that are compared, or is left aside', () => {
  const fields = Object.keys((schema.getType('Paper') as GraphQLObjectType).getFields())
  const known = [...Object.keys(SHOWN), ...ASIDE, 'changedAt']
  expect(fields.filter((name) => !known.includes(name))).toEqual([])
})

const save = (entry: PaperEntry) => saveEntries(database.db, [entry], options)
const later = (values: Partial<PaperEntry>) => ({ ...FIRST, asOf: '2026-02-05T08:00:00.000Z', ...values })
const idOf = (name: string) => ids[name] as number
const topic = (name: string) => ({ id: idOf('agents'), intoId: idOf(name) })

/** Writes, in their order, and how many papers change by each. */
const WRITES: [what: string, papers: number, write: () => Promise<unknown>][] = [
  ['the same import again', 0, () => save(FIRST)],
  ['a new version', 1, () => save(later({ title: 'Another title', updatedAt: '2026-02-05T00:00:00.000Z' }))],
  [
    'other comments',
    0,
    () => save(later({ title: 'Another title', commentCount: 9, asOf: '2026-02-06T00:00:00.000Z' })),
  ],
  ['votes of a source', 0, () => save(later({ votes: { count: 7, countedAt: '2026-02-06T00:00:00.000Z' } }))],
  [
    'a vote',
    0,
    async () => {
      const { user } = await userOfHandle(database.db, 'voter')
      const change = { paperId: idOf('2601.00001'), userId: user.id, voted: true }
      await writeVotes(database.db, [change], { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
    },
  ],
  [
    'other authors, topics, links and identifiers',
    1,
    () =>
      save(
        later({
          asOf: '2026-02-07T00:00:00.000Z',
          title: 'Another title',
          authors: [{ name: 'Bo Chen', account: null }],
          topics: [{ kind: 'KEYWORD', names: ['agents', 'robots'] }],
          links: [{ kind: 'CODE', url: 'https://code.example/1', title: null }],
          identifiers: [{ scheme: 'openreview', value: 'x1' }],
        }),
      ),
  ],
  [
    'another name of an organization and of a submitter',
    1,
    () =>
      save(
        later({
          asOf: '2026-02-08T00:00:00.000Z',
          title: 'Another title',
          organization: { slug: 'northern-light', name: 'Northern Light', avatarUrl: null, sourceKey: 'org:1' },
          submitter: { ...person('anchorite', 'h1'), name: 'Anchorite' },
        }),
      ),
  ],
  [
    'another frequent spelling of a topic',
    5,
    () =>
      saveEntries(
        database.db,
        [11, 12, 13].map((n) => described(`2601.000${n}`, { topics: [{ kind: 'KEYWORD', names: ['Agents'] }] })),
        options,
      ),
  ],
  [
    'a withdrawal',
    1,
    () => saveWithdrawals(database.db, [{ withdrawn: '2601.00002', at: '2026-02-09T00:00:00.000Z' }]),
  ],
  [
    'a listing',
    1,
    async () => {
      const { user } = await userOfHandle(database.db, 'lister')
      const settings = { clock: UTC_CLOCK, halfLifeHours: HALF_LIFE_HOURS }
      await submitPaper(database.db, { arxivId: '2601.00003', paper: null, submitterId: user.id }, settings)
    },
  ],
  [
    'a correction',
    1,
    () => correctPaper(database.db, idOf('2601.00003'), { title: 'Corrected' }, CURATOR, HALF_LIFE_HOURS),
  ],
  [
    'a release, which shows nothing new',
    0,
    () => correctPaper(database.db, idOf('2601.00003'), { release: ['title'] }, CURATOR, HALF_LIFE_HOURS),
  ],
  [
    'a merge of topics',
    5,
    async () => {
      ids.robots = Number((await database.db.execute(sql`select id from topics where slug = 'robots'`))[0]?.id)
      await merge(database.db, 'topics', topic('robots'), CURATOR, HALF_LIFE_HOURS)
    },
  ],
  ['its undoing', 5, () => unmerge(database.db, 'topics', idOf('agents'), CURATOR, HALF_LIFE_HOURS)],
  [
    'a merge of authors',
    6,
    () => merge(database.db, 'authors', { id: idOf('Ada Lin'), intoId: idOf('Bo Chen') }, CURATOR, HALF_LIFE_HOURS),
  ],
  ['a paper that is hidden', 1, () => hide(true)],
  [
    'a new version of a hidden paper',
    0,
    () => save(described('2601.00002', { title: 'Secret', asOf: '2026-03-01T00:00:00.000Z' })),
  ],
  ['a paper that is shown again', 1, () => hide(false)],
  ['an erased submitter', 1, () => eraseUser(database.db, idOf('hermit'), 'keep', CURATOR, HALF_LIFE_HOURS)],
  ['a paper that is deleted', 1, () => database.db.execute(sql`delete from papers where id = ${idOf('2601.00001')}`)],
  [
    'a statement by hand',
    1,
    () => database.db.execute(sql`update papers set summary = 'By hand' where id = ${idOf('2601.00002')}`),
  ],
]

const hide = (isHidden: boolean) =>
  setHidden(database.db, { paperIds: [idOf('2601.00002')], isHidden }, CURATOR, HALF_LIFE_HOURS)

test.each(WRITES)(
  '%s: %i papers, those that are shown in another way, have another moment of change',
  async (_, count, write) => {
    const [shown, changed] = [await shownPapers(), await moments()]
    const last = [...changed.values()].sort().at(-1) as string
    await write()
    const after = await moments()
    const papers = differing(changed, after)
    expect(papers).toEqual(differing(shown, await shownPapers()))
    expect(papers).toHaveLength(count)
    for (const id of papers) expect((after.get(id) as string) > last).toBe(true)
    expect(await database.db.execute(sql`select * from touched_papers`)).toEqual([])
  },
)
