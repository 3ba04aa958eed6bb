import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FEED_FORMATS } from '../../src/formats/feed/formats.ts'
import type { PaperFilter } from '../../src/lists/paper-filter.ts'
import { CHECKS } from '../formats/feed/rules.ts'
import { announceChange } from '../support/announce.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// The members of filter lists that are names, former slugs, or nothing that the catalogue has.

let database: FreshDatabase
let catalogue: Catalogue
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 120)
  const [longContext, noor] = [catalogue.topicIds[6], catalogue.authorIds[0]]
  await database.db.execute(
    sql`insert into topic_aliases values ('long-contexts', ${longContext}), ('agents', ${longContext})`,
  )
  await database.db.execute(sql`insert into author_aliases values ('noor', ${noor})`)
  server = await startServer(database, { cacheMegabytes: 16 })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const LIST = `query ($filter: PaperFilter) { papers(filter: $filter, orderBy: NEWEST, first: 100) { totalCount nodes { title } } }`

interface List {
  data: { papers: { totalCount: number; nodes: { title: string }[] } }
  extensions?: { unknown?: Record<string, string[]> }
}
const list = async (filter: PaperFilter): Promise<List> => {
  const answer = await server.ask(LIST, { filter })
  expect(answer.errors).toBeUndefined()
  return answer as unknown as List
}

test.each([
  [{ topics: ['Long Context'] }, { topics: ['long-context'] }],
  [
    { topics: ['long_context\u200b', 'REINFORCEMENT\u2011LEARNING'] },
    { topics: ['long-context', 'reinforcement-learning'] },
  ],
  [{ topics: ['long-contexts'] }, { topics: ['long-context'] }],
  [{ topics: ['benchmarks'] }, { topics: ['Benchmarks'] }],
  [{ topics: ['CS.CL'] }, { topics: ['cs.cl'] }],
  [{ allTopics: ['cs.CL', 'long context', 'long-context'] }, { allTopics: ['cs.cl', 'long-context'] }],
  [{ excludeTopics: ['cs.CL', 'Long-Context'] }, { excludeTopics: ['cs.cl', 'long-context'] }],
  [{ organizations: ['Northlight Lab'] }, { organizations: ['northlight-lab'] }],
  [
    { organizations: ['university OF elsewhere', 'Polder\u2010AI'] },
    { organizations: ['university-of-elsewhere', 'polder-ai'] },
  ],
  [{ authors: ['Noor'] }, { authors: ['ada-abara'] }],
  [
    { authors: ['ada\u2011abara'], submitters: ['ada\u2010a'] },
    { authors: ['ada-abara'], submitters: ['ada-a'] },
  ],
  // A slug that a topic has now comes before one that another had.
  [{ topics: ['agents'] }, { topics: ['Agents'] }],
] as [PaperFilter, PaperFilter][])('%j is %j', async (filter, same) => {
  const { data, extensions } = await list(filter)
  expect(extensions).toBeUndefined()
  expect(data).toEqual((await list(same)).data)
  expect(data.papers.totalCount).toBeGreaterThan(0)
})

test('a former slug finds its topic and its author, which have their present ones', async () => {
  expect(
    await server.ask(
      '{ topic(slug: "Long-Contexts") { slug name } author(by: { slug: "NOOR" }) { slug name } none: topic(slug: "—") { slug } }',
    ),
  ).toEqual({
    data: {
      topic: { slug: 'long-context', name: 'long context' },
      author: { slug: 'ada-abara', name: 'Ada Abara' },
      none: null,
    },
  })
})

test('an unknown member is told in the extensions, whoever runs the query and whether it is cached', async () => {
  const filter = {
    topics: ['cs.cl', 'no such', '\u2014'],
    excludeTopics: ['tides'],
    organizations: ['Nowhere'],
    authors: ['nobody'],
    submitters: ['nobody'],
  }
  const unknown = {
    topics: ['no such', '—'],
    excludeTopics: ['tides'],
    organizations: ['Nowhere'],
    authors: ['nobody'],
    submitters: ['nobody'],
  }
  const { excludeTopics, topics } = filter
  const some = await list({ topics: ['cs.cl'] })
  // The fourth and fifth are compiled, and each second one comes from the cache.
  for (let time = 0; time < 6; time += 1) {
    expect(await list({ topics, excludeTopics })).toEqual({
      data: some.data,
      extensions: { unknown: { topics: unknown.topics, excludeTopics: ['tides'] } },
    })
    if (time % 2 === 1) await announceChange(database.db)
  }
  expect(await list(filter)).toEqual({ data: { papers: { totalCount: 0, nodes: [] } }, extensions: { unknown } })
  expect((await list({ allTopics: ['cs.cl', 'tides'] })).data.papers.totalCount).toBe(0)
  // The next operation begins anew.
  expect(await list({ topics: ['cs.cl'] })).toEqual(some)

  const nested = await server.ask(`{
    search(query: "attention", filter: { topics: ["one"] }) { totalCount }
    topics(first: 3) { nodes { papers(filter: { topics: ["two"] }) { totalCount } } }
    past: papers(filter: { topics: ["three"] }, orderBy: MOST_VOTED, asOf: "2026-02-01T00:00:00Z") { totalCount }
  }`)
  expect(nested.errors).toBeUndefined()
  expect(nested).toMatchObject({ extensions: { unknown: { topics: ['one', 'three', 'two'] } } })
})

test('only names and unknown members cost statements, one for topics and one for organizations', async () => {
  const count = async (filter: PaperFilter) => {
    await announceChange(database.db)
    return (await database.log.during(() => list(filter))).statements.length
  }
  const known = await count({ topics: ['cs.cl'], excludeTopics: ['long-context'] })
  expect(await count({ topics: ['CS.CL'], allTopics: ['Long-Context'] })).toBe(known)
  expect(await count({ topics: ['cs.cl', 'Long Context'], excludeTopics: ['no such', 'tides'] })).toBe(known + 1)
  const fromLab = await count({ organizations: ['Northlight-LAB'] })
  expect(await count({ organizations: ['Northlight Lab', 'nowhere'] })).toBe(fromLab + 1)
})

const UNKNOWN = { topics: ['no such', '--><script>', 'a---\u0001-b'], organizations: ['<!--'] }
test.each(FEED_FORMATS.map(({ extension }) => extension))(
  'the %s feed says what is unknown, and stays what it is',
  async (format) => {
    const read = async (query: Record<string, string>) => {
      const response = await fetch(`${server.url}/feeds/papers.${format}?${new URLSearchParams(query)}`)
      const body = await response.text()
      expect(response.status, body).toBe(200)
      return body
    }
    const body = await read({
      topics: ['cs.cl', ...UNKNOWN.topics].join(','),
      organizations: UNKNOWN.organizations.join(','),
    })
    CHECKS[format](body)
    const known = await read({ topics: 'Long Context' })
    if (format === 'json') {
      expect(JSON.parse(body)._daily_papers).toEqual({
        about: `${server.url}/`,
        unknown: { ...UNKNOWN, topics: ['--><script>', 'a----b', 'no such'] },
      })
      expect(JSON.parse(known)._daily_papers).toEqual({ about: `${server.url}/` })
      expect(JSON.parse(known).items.length).toBeGreaterThan(0)
    } else {
      expect(body.match(/<!--.*?-->/gs)).toEqual([
        '<!-- unknown organizations: &lt;!- -; topics: - -&gt;&lt;script&gt;, a- - - -b, no such -->',
      ])
      expect(known).not.toContain('<!--')
      expect(known).toMatch(/<(item|entry)>/)
    }
  },
)
