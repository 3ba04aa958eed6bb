import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { entryOf, HALF_LIFE, only, person, rowVersions } from '../ingest/fixtures.ts'
import { contentsOf, expectedContents } from '../search/index-contents.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let curator: string
let voter: string

const KEYWORDS = [
  'LLM',
  'llm',
  'large language models',
  'Large Language Models',
  'language models',
  'agents',
  'robotics',
]
const AUTHORS = ['J. Smith', 'Jane Smith', 'Jane A. Smith', 'Ada Lin', 'Bo Berg', 'Chidi Obi']

/** Papers with all mixtures of the names that are merged, some of them with several. */
const ENTRIES: PaperEntry[] = Array.from({ length: 60 }, (_, index) => {
  const draw = random(index + 1)
  const some = (names: readonly string[], most: number) =>
    Array.from({ length: 1 + Math.floor(draw() * most) }, () => names[Math.floor(draw() * names.length)] as string)
  const distinct = [...new Map(some(KEYWORDS, 4).map((name) => [name.toLowerCase(), name])).values()]
  return entryOf({
    arxivId: `2611.${String(10_000 + index)}`,
    title: `Paper ${index} on Tides`,
    publishedAt: `2026-11-0${1 + (index % 9)}T00:00:00.000Z`,
    listedAt: '2026-11-10T00:00:00.000Z',
    listedOn: '2026-11-10',
    authors: some(AUTHORS, 4).map((name) => ({ name, account: name === 'J. Smith' ? person('jsmith', 'k1') : null })),
    topics: [
      { kind: 'CATEGORY', names: index % 2 === 0 ? ['cs.CL'] : ['cs.LG', 'cs.CL'] },
      { kind: 'KEYWORD', names: distinct },
    ],
    votes: { count: index % 7, countedAt: '2026-11-10T12:00:00.000Z' },
  })
})

const save = (...entries: PaperEntry[]) => saveEntries(database.db, entries, { halfLifeHours: HALF_LIFE })

beforeAll(async () => {
  database = await freshDatabase()
  expect((await save(...ENTRIES)).problems).toEqual([])
  server = await startServer(database, { cacheMegabytes: 8 })
  curator = await server.tokenOf('curator', ['read', 'curate'])
  voter = await server.tokenOf('voter', ['read', 'vote', 'submit'])
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const TABLES = {
  topics: 'id',
  authors: 'id',
  paper_topics: 'paper_id, topic_id',
  paper_topic_repeats: 'paper_id, named_topic_id',
  paper_authors: 'paper_id, position',
  paper_cards: 'paper_id',
  papers: 'id',
}

/** What is stored, with scores rounded: their last bits depend on the order of addition. */
async function stored(): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {}
  for (const [table, key] of Object.entries(TABLES)) {
    const rows = await database.db.execute<Record<string, unknown>>(sql.raw(`select * from ${table} order by ${key}`))
    tables[table] = rows.map((row) =>
      'trending_score' in row ? { ...row, trending_score: Number(row.trending_score).toFixed(6) } : { ...row },
    )
  }
  return tables
}

async function expectAllRight(): Promise<void> {
  expect(await recount(database.db)).toEqual([])
  const checks = await checkCounts(database.db, { fix: false, halfLifeHours: HALF_LIFE_HOURS })
  expect(checks.flatMap(({ differences }) => differences)).toEqual([])
  expect(await contentsOf(database.db)).toEqual(await expectedContents(database.db))
}

async function ask(query: string, variables: Record<string, unknown> = {}, token = curator) {
  const { data, errors } = await server.ask(query, variables, token)
  expect(errors).toBeUndefined()
  return data
}

const slugs = async (table: 'topics' | 'authors') =>
  new Map(
    (await database.db.execute<{ id: string; slug: string }>(sql.raw(`select id, slug from ${table}`))).map((row) => [
      row.slug,
      row.id,
    ]),
  )
const topicId = async (slug: string) => encodeGlobalId('Topic', (await slugs('topics')).get(slug) as string)
const authorId = async (slug: string) => encodeGlobalId('Author', (await slugs('authors')).get(slug) as string)

const PAYLOADS = {
  Topic: '... on MergeTopicsPayload { topic { id slug name paperCount } }',
  Author: '... on MergeAuthorsPayload { author { id slug name paperCount voteCount user { handle } } }',
}
const mutate = async (field: string, input: Record<string, unknown>, token = curator) => {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`
  const payload = PAYLOADS[field.includes('Topic') ? 'Topic' : 'Author']
  return (
    await ask(
      `mutation ($input: ${type}!) { result: ${field}(input: $input) { __typename ${payload}
      ... on InvalidInputError { fields { path message } } ... on Error { message } } }`,
      { input },
      token,
    )
  ).result
}
const mergeTopics = async (from: string, into: string) =>
  mutate('mergeTopics', { topicId: await topicId(from), intoTopicId: await topicId(into), reason: 'One thing.' })
const unmergeTopic = async (slug: string) => mutate('unmergeTopic', { topicId: await topicId(slug) })
const mergeAuthors = async (from: string, into: string) =>
  mutate('mergeAuthors', { authorId: await authorId(from), intoAuthorId: await authorId(into) })
const unmergeAuthor = async (slug: string) => mutate('unmergeAuthor', { authorId: await authorId(slug) })

const auditOf = async (action: string) =>
  (
    await ask(
      `query ($action: AuditAction!) { auditLog(filter: { actions: [$action] }) { ... on AuditEntryConnection {
      nodes { actor { handle } reason subjects { id name } changes { field before after } } } } }`,
      { action },
    )
  ).auditLog.nodes

describe('a merged topic', () => {
  test('stands for the other one in every address, with all papers of both, each once', async () => {
    const before = await stored()
    const feed = async (slug: string) => {
      const response = await fetch(`${server.url}/feeds/papers.json?topics=${slug}&orderBy=NEWEST&first=100`)
      return ((await response.json()) as { items: { id: string }[] }).items.map(({ id }) => id).sort()
    }
    const both = [...new Set([...(await feed('llm')), ...(await feed('large-language-models'))])].sort()
    expect((await feed('llm')).length).toBeLessThan(both.length)
    const { topic } = await ask(
      '{ topic(slug: "large-language-models") { name papers(first: 3, orderBy: NEWEST) { pageInfo { endCursor } } } }',
    )

    const id = await topicId('large-language-models')
    expect(await mergeTopics('llm', 'large-language-models')).toEqual({
      __typename: 'MergeTopicsPayload',
      topic: { id, slug: 'large-language-models', name: topic.name, paperCount: both.length },
    })
    // The cached response is outdated in every process, as soon as it hears of the commit.
    await vi.waitFor(async () => expect(await feed('llm')).toEqual(both), 10_000)
    expect(await feed('large-language-models')).toEqual(both)
    expect(await (await fetch(`${server.url}/embed?topics=llm`)).text()).toContain('Tides')
    const after = topic.papers.pageInfo.endCursor
    expect(
      await ask(
        `query ($old: ID!, $after: String) {
          topic(slug: "LLM") { id papers(first: 2, orderBy: NEWEST, after: $after) { totalCount nodes { topics { slug } } } }
          node(id: $old) { id ... on Topic { slug } }
          nodes(ids: [$old]) { id }
          any: papers(filter: { topics: ["llm"] }) { totalCount }
          byName: papers(filter: { topics: ["Large Language Models", "LLM"] }) { totalCount }
          all: papers(filter: { allTopics: ["llm", "large-language-models"] }) { totalCount }
          none: papers(filter: { excludeTopics: ["llm"] }) { totalCount }
          topics(query: "llm", first: 10) { nodes { slug } }
          everything: topics(first: 100) { totalCount }
        }`,
        { old: await topicId('llm'), after },
      ),
    ).toEqual({
      topic: {
        id,
        papers: {
          totalCount: both.length,
          nodes: Array(2).fill({ topics: expect.arrayContaining([{ slug: 'large-language-models' }]) }),
        },
      },
      node: { id, slug: 'large-language-models' },
      nodes: [{ id }],
      any: { totalCount: both.length },
      byName: { totalCount: both.length },
      all: { totalCount: both.length },
      none: { totalCount: ENTRIES.length - both.length },
      topics: { nodes: [] },
      everything: { totalCount: (before.topics?.length as number) - 1 },
    })
    await expectAllRight()

    // Again it changes nothing, and the same files write nothing.
    const versions = await rowVersions(database.db)
    expect(await mergeTopics('llm', 'large-language-models')).toMatchObject({ topic: { id } })
    expect(await save(...ENTRIES)).toMatchObject({ unchanged: ENTRIES.length })
    expect(await rowVersions(database.db)).toEqual(versions)
    expect(await auditOf('MERGE_TOPICS')).toEqual([
      {
        actor: { handle: 'curator' },
        reason: 'One thing.',
        subjects: [
          {
            id: await topicId('llm'),
            name:
              before.topics?.find((row) => (row as { slug: string }).slug === 'llm') && expect.stringMatching(/^llm$/i),
          },
          { id, name: topic.name },
        ],
        changes: [],
      },
    ])

    expect(await unmergeTopic('llm')).toMatchObject({ topic: { slug: 'llm' } })
    expect(await stored()).toEqual(before)
    await expectAllRight()
  })

  test('takes the papers of later imports, which an undo gives back', async () => {
    const before = await stored()
    const paper = entryOf({
      arxivId: '2611.20001',
      title: 'A later one',
      topics: [{ kind: 'KEYWORD', names: ['robotics', 'LLM', 'large language models', 'large-language models'] }],
    })
    await mergeTopics('llm', 'large-language-models')
    expect(await save(paper)).toMatchObject({ created: 1 })
    const topicsOf = async () =>
      (await ask('{ paper(by: { arxivId: "2611.20001" }) { topics { slug } } }')).paper.topics.map(
        ({ slug }: { slug: string }) => slug,
      )
    expect(await topicsOf()).toEqual(['robotics', 'large-language-models'])
    await expectAllRight()
    // A source that has only one of the names left.
    await save({ ...paper, asOf: '2026-11-11T00:00:00.000Z', topics: [{ kind: 'KEYWORD', names: ['LLM', 'agents'] }] })
    expect(await topicsOf()).toEqual(['large-language-models', 'agents'])
    await expectAllRight()

    await unmergeTopic('llm')
    expect(await topicsOf()).toEqual(['llm', 'agents'])
    await expectAllRight()
    expect((await stored()).topics?.length).toBe(before.topics?.length)
  })

  test('takes along what was merged into it, and gives it back', async () => {
    const before = await stored()
    await mergeTopics('llm', 'large-language-models')
    const middle = await stored()
    expect(await mergeTopics('large-language-models', 'language-models')).toMatchObject({
      topic: { slug: 'language-models' },
    })
    const { a, b } = await ask('{ a: topic(slug: "llm") { slug } b: topic(slug: "large-language-models") { slug } }')
    expect([a.slug, b.slug]).toEqual(['language-models', 'language-models'])
    await expectAllRight()
    // A merge into a topic that is merged is one into the topic that it stands for.
    expect(await mergeTopics('agents', 'llm')).toMatchObject({ topic: { slug: 'language-models' } })
    await unmergeTopic('agents')
    await unmergeTopic('large-language-models')
    expect(await stored()).toEqual(middle)
    await expectAllRight()
    await unmergeTopic('llm')
    expect(await stored()).toEqual(before)

    // In the other order, the first merge stays where it is.
    await mergeTopics('llm', 'large-language-models')
    await mergeTopics('large-language-models', 'language-models')
    await unmergeTopic('llm')
    await expectAllRight()
    expect((await ask('{ topic(slug: "llm") { slug } }')).topic.slug).toBe('llm')
    expect((await ask('{ topic(slug: "large-language-models") { slug } }')).topic.slug).toBe('language-models')
    await unmergeTopic('large-language-models')
    expect(await stored()).toEqual(before)
  })

  test('is still followed, as the one that it stands for', async () => {
    const follower = await server.tokenOf('follower')
    const [old, stays] = [await topicId('llm'), await topicId('large-language-models')]
    const change = (field: 'follow' | 'unfollow', subjectId: string) =>
      ask(
        `mutation ($subjectId: ID!) { ${field}(input: { subjectId: $subjectId }) { __typename } }`,
        { subjectId },
        follower,
      )
    const follows = async (slug: string) =>
      (await ask(`{ topic(slug: "${slug}") { slug viewerFollows } }`, {}, follower)).topic
    expect(await change('follow', old)).toEqual({ follow: { __typename: 'FollowPayload' } })
    await mergeTopics('llm', 'large-language-models')
    expect(await follows('llm')).toEqual({ slug: 'large-language-models', viewerFollows: true })
    await unmergeTopic('llm')
    expect([await follows('llm'), await follows('large-language-models')]).toMatchObject([
      { viewerFollows: true },
      { viewerFollows: false },
    ])
    await mergeTopics('llm', 'large-language-models')
    // By the old id, too, and once.
    expect(await change('follow', old)).toEqual({ follow: { __typename: 'FollowPayload' } })
    await change('unfollow', old)
    expect(await follows('llm')).toMatchObject({ viewerFollows: false })
    await change('follow', old)
    await change('follow', stays)
    expect(await change('unfollow', stays)).toEqual({ unfollow: { __typename: 'FollowPayload' } })
    expect(await follows('llm')).toMatchObject({ viewerFollows: false })
    await unmergeTopic('llm')
  })

  test('is refused where it makes no sense', async () => {
    await mergeTopics('llm', 'large-language-models')
    for (const [from, into, path, message] of [
      ['agents', 'agents', 'intoTopicId', /cannot be merged into itself/],
      ['agents', 'cs.cl', 'intoTopicId', /category and a keyword/],
      ['large-language-models', 'llm', 'intoTopicId', /^LLM is merged into Large Language Models\. Undo/i],
      ['llm', 'agents', 'topicId', /^LLM is merged into Large Language Models\. Merge/i],
    ] as const) {
      const result = await mergeTopics(from, into)
      expect(result).toMatchObject({ __typename: 'InvalidInputError', message: expect.stringMatching(message) })
      expect(result.fields).toEqual([{ path, message: result.message }])
    }
    expect(await unmergeTopic('agents')).toMatchObject({
      fields: [{ path: 'topicId', message: 'agents is not merged into another one.' }],
    })
    await unmergeTopic('llm')
    for (const topicId of ['nonsense', encodeGlobalId('Topic', 99_999), encodeGlobalId('Paper', 1)])
      expect(await mutate('mergeTopics', { topicId, intoTopicId: topicId })).toEqual({
        __typename: 'NotFoundError',
        message: '`topicId` is not the id of a topic.',
      })
    const ids = { topicId: await topicId('llm'), intoTopicId: await topicId('agents') }
    expect(await mutate('mergeTopics', ids, voter)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await mutate('unmergeTopic', { topicId: ids.topicId }, voter)).toMatchObject({
      __typename: 'ForbiddenError',
    })
  })
})

describe('a merged author', () => {
  test('stands for the other one, with papers, counts, account and search', async () => {
    const before = await stored()
    const id = await authorId('jane-smith')
    const count = async (slug: string) =>
      (await ask(`{ papers(filter: { authors: ["${slug}"] }) { totalCount } }`)).papers.totalCount
    const both = (await ask('{ papers(filter: { authors: ["j-smith", "jane-smith"] }) { totalCount } }')).papers
      .totalCount
    expect(await mergeAuthors('j-smith', 'jane-smith')).toMatchObject({
      __typename: 'MergeAuthorsPayload',
      author: { id, slug: 'jane-smith', name: 'Jane Smith', paperCount: both, user: { handle: 'jsmith' } },
    })
    expect(await count('j-smith')).toBe(both)
    const { author, node, papers, authors } = await ask(
      `query ($old: ID!) {
        author(by: { slug: "J-Smith" }) { id coauthors(first: 100) { slug } }
        node(id: $old) { id }
        papers(first: 100) { nodes { authors(first: 100) { totalCount nodes { slug } } } }
        authors(query: "j smith") { nodes { slug } }
      }`,
      { old: await authorId('j-smith') },
    )
    expect(author.id).toBe(id)
    expect(author.coauthors.map(({ slug }: { slug: string }) => slug)).not.toContain('j-smith')
    expect(node).toEqual({ id })
    expect(JSON.stringify(papers)).not.toContain('"j-smith"')
    expect(authors.nodes.map(({ slug }: { slug: string }) => slug)).not.toContain('j-smith')
    await expectAllRight()

    const versions = await rowVersions(database.db)
    // With accounts, which are looked up on every import.
    expect(await save(...ENTRIES)).toMatchObject({ unchanged: ENTRIES.length })
    expect(await rowVersions(database.db)).toEqual(versions)
    await unmergeAuthor('j-smith')
    expect(await stored()).toEqual(before)
    await expectAllRight()
  })

  test('is not made again by later imports, and an undo gives back their papers', async () => {
    await mergeAuthors('j-smith', 'jane-smith')
    await mergeAuthors('jane-smith', 'jane-a-smith')
    const paper = entryOf({
      arxivId: '2611.20002',
      title: 'A later one',
      authors: ['J. Smith', 'Ada Lin', 'Jane A. Smith'].map((name) => ({ name, account: null })),
    })
    expect(await save(paper)).toMatchObject({ created: 1 })
    const authorsOf = async () =>
      (await ask('{ paper(by: { arxivId: "2611.20002" }) { authors { nodes { slug } } } }')).paper.authors.nodes.map(
        ({ slug }: { slug: string }) => slug,
      )
    expect(await authorsOf()).toEqual(['jane-a-smith', 'ada-lin', 'jane-a-smith'])
    await expectAllRight()
    await unmergeAuthor('jane-smith')
    expect(await authorsOf()).toEqual(['jane-smith', 'ada-lin', 'jane-a-smith'])
    await unmergeAuthor('j-smith')
    expect(await authorsOf()).toEqual(['j-smith', 'ada-lin', 'jane-a-smith'])
    await expectAllRight()
    expect(
      await only(database.db, sql`select count(*)::int as merged from authors where merged_into is not null`),
    ).toEqual({ merged: 0 })
  })

  test('is refused where it makes no sense', async () => {
    expect(await mergeAuthors('ada-lin', 'ada-lin')).toMatchObject({
      fields: [{ path: 'intoAuthorId', message: 'Ada Lin cannot be merged into itself.' }],
    })
    const ids = { authorId: await authorId('ada-lin'), intoAuthorId: encodeGlobalId('Author', 99_999) }
    expect(await mutate('mergeAuthors', ids)).toEqual({
      __typename: 'NotFoundError',
      message: '`intoAuthorId` is not the id of an author.',
    })
    expect(await mutate('mergeAuthors', ids, voter)).toMatchObject({ __typename: 'ForbiddenError' })
  })
})

test('merges, imports and votes at the same time leave no count wrong', async () => {
  const { papers } = await ask('{ papers(first: 100) { nodes { id } } }')
  const draw = random(5)
  const vote = () => {
    const { id } = papers.nodes[Math.floor(draw() * papers.nodes.length)]
    const field = draw() < 0.7 ? 'castVote' : 'withdrawVote'
    return ask(`mutation { ${field}(input: { paperId: "${id}" }) { __typename } }`, {}, voter)
  }
  const imports = Array.from({ length: 12 }, (_, n) =>
    entryOf({
      arxivId: `2611.3000${n % 4}`,
      asOf: `2026-11-${10 + n}T00:00:00.000Z`,
      title: 'Busy',
      authors: AUTHORS.slice(n % 3, 4).map((name) => ({ name, account: null })),
      topics: [{ kind: 'KEYWORD', names: KEYWORDS.slice(n % 5, 6) }],
    }),
  )
  const merging = async () => {
    for (let n = 0; n < 3; n += 1) {
      await Promise.all([mergeTopics('llm', 'large-language-models'), mergeAuthors('j-smith', 'jane-smith')])
      await Promise.all([mergeTopics('large-language-models', 'agents'), mergeAuthors('jane-smith', 'bo-berg')])
      await Promise.all([unmergeTopic('large-language-models'), unmergeAuthor('jane-smith')])
      await Promise.all([unmergeTopic('llm'), unmergeAuthor('j-smith')])
    }
  }
  await Promise.all([
    merging(),
    (async () => {
      for (const entry of imports) await save(entry)
    })(),
    ...Array.from({ length: 6 }, async () => {
      for (let n = 0; n < 15; n += 1) await vote()
    }),
  ])
  await expectAllRight()
})
