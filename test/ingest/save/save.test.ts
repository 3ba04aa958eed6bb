import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/db/client.ts'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { CARD } from '../../../src/queries/paper-cards.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { entryOf, HALF_LIFE, only, person, rowVersions } from '../fixtures.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

const save = (...entries: Partial<PaperEntry>[]) =>
  saveEntries(database.db, entries.map(entryOf), { halfLifeHours: HALF_LIFE })
const rows = async (query: ReturnType<typeof sql>) => [...(await database.db.execute(query))]
const paper = () => only<Record<string, unknown>>(database.db, sql`select * from papers`)

const whole: Partial<PaperEntry> = {
  abstract: 'One.',
  summary: 'Short.',
  identifiers: [{ scheme: 'openreview', value: 'xYz' }],
  doi: '10.5555/abc',
  listedAt: '2026-11-10T01:00:00.000Z',
  listedOn: '2026-11-10',
  submitter: person('noorh', 'u1', 'Noor Haddad'),
  organization: { slug: 'example-lab', name: 'Example Lab', avatarUrl: null, sourceKey: 'hf:o1' },
  authors: [
    { name: 'Ilse Marchetti', account: person('ilsem', 'u2') },
    { name: 'Tomas Quine', account: null },
    { name: 'Ilse Marchetti', account: null },
  ],
  topics: [
    { kind: 'CATEGORY', names: ['cs.CL'] },
    { kind: 'KEYWORD', names: ['Load Balancing', 'LoRA'] },
  ],
  links: [
    { kind: 'CODE', url: 'https://github.com/lab/tides', title: null },
    { kind: 'MEDIA', url: 'https://media.example/a.png', title: null },
  ],
  githubStars: 3,
  commentCount: 2,
  votes: { count: 58, countedAt: '2026-11-10T12:00:00.000Z' },
}

test('an entry is saved with all relations and counts', async () => {
  expect(await save(whole)).toEqual({ created: 1, updated: 0, unchanged: 0, problems: [], remarks: [] })
  expect(await paper()).toMatchObject({
    arxiv_id: '2611.04217',
    doi: '10.5555/abc',
    listed_on: '2026-11-10',
    author_count: 3,
    vote_count: 58,
    comment_count: 2,
    github_stars: 3,
  })
  expect(
    await rows(sql`
      select position, name, repeated, paper_count, vote_count, slug from paper_authors join authors on id = author_id order by 1`),
  ).toEqual([
    { position: 1, name: 'Ilse Marchetti', repeated: false, paper_count: 1, vote_count: 58, slug: 'ilse-marchetti' },
    { position: 2, name: 'Tomas Quine', repeated: false, paper_count: 1, vote_count: 58, slug: 'tomas-quine' },
    { position: 3, name: 'Ilse Marchetti', repeated: true, paper_count: 1, vote_count: 58, slug: 'ilse-marchetti' },
  ])
  expect(
    await rows(sql`select position, kind, slug, name, paper_count from paper_topics join topics on id = topic_id`),
  ).toEqual([
    { position: 1, kind: 'CATEGORY', slug: 'cs.cl', name: 'cs.CL', paper_count: 1 },
    { position: 2, kind: 'KEYWORD', slug: 'load-balancing', name: 'Load Balancing', paper_count: 1 },
    { position: 3, kind: 'KEYWORD', slug: 'lora', name: 'LoRA', paper_count: 1 },
  ])
  expect(await rows(sql`select slug, paper_count, vote_count from organizations`)).toEqual([
    { slug: 'example-lab', paper_count: 1, vote_count: 58 },
  ])
  expect(await rows(sql`select authors.name, handle from authors join users on users.id = user_id`)).toEqual([
    { name: 'Ilse Marchetti', handle: 'ilsem' },
  ])
})

test('saving the same again writes nothing', async () => {
  const other = { ...whole, arxivId: '2611.00001', doi: null, identifiers: [] }
  await save(whole, other)
  const before = await rowVersions(database.db)
  expect(await save(whole, other)).toEqual({ created: 0, updated: 0, unchanged: 2, problems: [], remarks: [] })
  expect(await rowVersions(database.db)).toEqual(before)
})

test('what repeats an entry in all but one thing is saved', async () => {
  const authors = ['Ilse Marchetti', 'Tomas Quine'].map((name) => ({ name, account: null }))
  const { abstract, summary, identifiers, doi, topics } = whole as PaperEntry
  const plain = { abstract, summary, identifiers, doi, topics, authors }
  await save(plain)
  expect(await save(plain)).toMatchObject({ unchanged: 1 })
  expect(await save({ ...plain, authors: null, topics: [], abstract: null })).toMatchObject({ unchanged: 1 })
  const others: Partial<PaperEntry>[] = [
    { title: 'Tidal Waves' },
    { authors: authors.toReversed() },
    { topics: [{ kind: 'CATEGORY', names: ['cs.CL', 'cs.AI'] }] },
    { links: [{ kind: 'CODE', url: 'https://github.com/lab/tides', title: null }] },
    { identifiers: [{ scheme: 'openreview', value: 'aBc' }] },
    // Who said a 0 is stored, although the column has 0 already.
    { commentCount: 0 },
    { asOf: '2026-11-12T00:00:00.000Z' },
  ]
  for (const other of others) {
    expect(await save({ ...plain, ...other }), JSON.stringify(other)).toMatchObject({ updated: 1 })
  }
})

test('a batch needs as many statements for forty papers as for four', async () => {
  const entries = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      ...whole,
      arxivId: `2611.${String(from + n).padStart(5, '0')}`,
      doi: null,
      identifiers: [],
      authors: [{ name: `Author ${from + n}`, account: person(`a${from + n}`, `a${from + n}`) }],
      topics: [{ kind: 'KEYWORD' as const, names: [`Topic ${from + n}`] }],
    }))
  const four = await database.log.during(() => save(...entries(0, 4)))
  const forty = await database.log.during(() => save(...entries(100, 40)))
  expect(forty.statements.length).toBeLessThanOrEqual(four.statements.length + 2)
  expect(forty.statements.length).toBeLessThanOrEqual(45)
})

describe('which value a fact keeps', () => {
  const older = { asOf: '2026-11-10T07:00:00.000Z' }
  const newer = { asOf: '2026-11-11T07:00:00.000Z' }

  test('a newer entry replaces values, but never with nothing', async () => {
    await save({ ...whole, ...older })
    await save({ ...newer, title: 'Tidal Routing, Revised', commentCount: 9, githubStars: null, authors: null })
    expect(await paper()).toMatchObject({
      title: 'Tidal Routing, Revised',
      abstract: 'One.',
      comment_count: 9,
      github_stars: 3,
      author_count: 3,
      listed_on: '2026-11-10',
    })
    expect(await rows(sql`select kind from paper_links order by kind`)).toHaveLength(2)
  })

  test('an older entry fills empty values and replaces none', async () => {
    await save({ ...newer, title: 'New', authors: [{ name: 'New Author', account: null }], commentCount: 9 })
    await save({
      ...whole,
      ...older,
      title: 'Old',
      authors: [{ name: 'Old Author', account: person('old', 'u9') }],
      votes: null,
    })
    expect(await paper()).toMatchObject({ title: 'New', abstract: 'One.', comment_count: 9, github_stars: 3 })
    expect(await rows(sql`select name from authors`)).toEqual([{ name: 'New Author' }])
    expect(await rows(sql`select handle from users join papers on submitter_id = users.id`)).toEqual([
      { handle: 'noorh' },
    ])
  })

  test('an older entry fills empty lists, and topics and links of kinds that are missing', async () => {
    const code = { kind: 'CODE' as const, url: 'https://github.com/lab/tides2', title: null }
    await save({ ...newer, authors: [], topics: [{ kind: 'KEYWORD', names: ['Tides'] }], links: [code] })
    await save({ ...whole, ...older })
    expect(await paper()).toMatchObject({ author_count: 3 })
    expect(await rows(sql`select name from paper_topics join topics on id = topic_id order by position`)).toEqual([
      { name: 'cs.CL' },
      { name: 'Tides' },
    ])
    expect(await rows(sql`select url from paper_links order by kind`)).toEqual([
      { url: code.url },
      { url: 'https://media.example/a.png' },
    ])
  })

  test.each(['title', 'abstract', 'summary'] as const)('a change of the %s is a rewording', async (text) => {
    await save({ ...whole, ...older })
    await save({ ...whole, ...newer, githubStars: 9 })
    expect(await paper()).toMatchObject({ github_stars: 9, reworded_at: null })
    await save({ ...whole, ...newer, [text]: 'Other words.' })
    expect(await paper()).toMatchObject({ [text]: 'Other words.', reworded_at: expect.any(String) })
  })

  test('the earliest list day wins with its moment, in any order', async () => {
    const first = { ...older, listedOn: '2026-11-10', listedAt: '2026-11-10T01:00:00.000Z' }
    const second = { ...newer, listedOn: '2026-11-16', listedAt: '2026-11-16T01:00:00.000Z' }
    await save(first, second)
    const inOrder = await paper()
    await database.db.execute(sql`delete from papers`)
    await save(second)
    await save(first)
    for (const stored of [inOrder, await paper()])
      expect(stored).toMatchObject({ listed_on: '2026-11-10', listed_at: '2026-11-10 01:00:00+00' })
  })

  test('on the same list day a newer entry moves the moment, and an older one does not', async () => {
    const listed = (at: string) => ({ listedOn: '2026-11-10', listedAt: `2026-11-10T${at}.000Z` })
    const listedAt = async () => (await paper()).listed_at
    await save({ ...older, ...listed('03:00:00') })
    await save({ ...newer, ...listed('02:00:00') })
    expect(await listedAt()).toBe('2026-11-10 02:00:00+00')
    await save({ ...newer, ...listed('05:00:00') })
    expect(await listedAt()).toBe('2026-11-10 05:00:00+00')
    await save({ ...older, ...listed('01:00:00') })
    expect(await listedAt()).toBe('2026-11-10 05:00:00+00')
  })

  test('an organization without a key does not replace one that has a key', async () => {
    const organization = (slug: string, sourceKey: string | null) => ({
      organization: { slug, name: slug, avatarUrl: null, sourceKey },
    })
    const stored = () => rows(sql`select slug from organizations join papers on organization_id = organizations.id`)
    await save({ ...older, ...organization('example-lab', 'hf:o1') })
    await save({ ...newer, ...organization('old-name-of-lab', null) })
    expect(await stored()).toEqual([{ slug: 'example-lab' }])
    await save({ ...newer, ...organization('other-lab', 'hf:o2') })
    expect(await stored()).toEqual([{ slug: 'other-lab' }])
  })

  test('a topic or link of a kind replaces those of that kind only', async () => {
    await save({ ...whole, ...older })
    await save({
      ...newer,
      topics: [{ kind: 'KEYWORD', names: ['lora', 'Tides'] }],
      links: [{ kind: 'CODE', url: 'https://github.com/lab/tides2', title: 'Code' }],
    })
    expect(await rows(sql`select name from paper_topics join topics on id = topic_id order by position`)).toEqual([
      { name: 'cs.CL' },
      { name: 'lora' },
      { name: 'Tides' },
    ])
    expect(await rows(sql`select kind, url from paper_links order by kind`)).toEqual([
      { kind: 'CODE', url: 'https://github.com/lab/tides2' },
      { kind: 'MEDIA', url: 'https://media.example/a.png' },
    ])
    expect(await rows(sql`select name, paper_count from topics order by name`)).toContainEqual({
      name: 'Load Balancing',
      paper_count: 0,
    })
  })

  test('authors who left a paper lose it, and a changed publication date reaches its lists', async () => {
    await save({ ...whole, ...older })
    await save({ ...newer, publishedAt: '2026-11-08T00:00:00.000Z', authors: [{ name: 'Tomas Quine', account: null }] })
    expect(await rows(sql`select name, paper_count, vote_count from authors order by name`)).toEqual([
      { name: 'Ilse Marchetti', paper_count: 0, vote_count: 0 },
      { name: 'Tomas Quine', paper_count: 1, vote_count: 58 },
    ])
    expect(
      await rows(sql`select distinct published_at from (
        select published_at from paper_authors union all select published_at from paper_topics union all select published_at from papers) as all_of_them`),
    ).toEqual([{ published_at: '2026-11-08 00:00:00+00' }])
  })
})

describe('which paper an entry describes', () => {
  test('the card of a paper has its topics and its first twenty authors', async () => {
    const card = async () => {
      const { authors, topics } = await only<{ authors: string; topics: string }>(
        database.db,
        sql`select authors, topics from paper_cards`,
      )
      return [CARD.authors.unpack(authors), CARD.topics.unpack(topics)].map((list) => list?.map(({ name }) => name))
    }
    const names = Array.from({ length: 23 }, (_, n) => `Author ${n}`)
    const authors = names.map((name) => ({ name, account: null }))
    await save({ ...whole, asOf: '2026-11-10T07:00:00.000Z', authors: [], topics: [] })
    expect(await card()).toEqual([[], []])
    await save({ ...whole, asOf: '2026-11-11T07:00:00.000Z', authors })
    expect(await card()).toEqual([names.slice(0, 20), ['cs.CL', 'Load Balancing', 'LoRA']])
    await save({
      ...whole,
      asOf: '2026-11-12T07:00:00.000Z',
      authors: authors.slice(2, 4),
      topics: [{ kind: 'CATEGORY', names: ['cs.LG'] }],
    })
    expect(await card()).toEqual([names.slice(2, 4), ['cs.LG', 'Load Balancing', 'LoRA']])
  })

  test('any identifier finds the paper, and further ones are added', async () => {
    await save({ arxivId: null, doi: '10.5555/abc', asOf: '2026-11-09T00:00:00.000Z' })
    await save({ doi: '10.5555/abc', identifiers: [{ scheme: 's2', value: '77' }], asOf: '2026-11-10T00:00:00.000Z' })
    await save({ arxivId: null, identifiers: [{ scheme: 's2', value: '77' }], title: 'Last' })
    expect(await paper()).toMatchObject({ arxiv_id: '2611.04217', doi: '10.5555/abc', title: 'Last' })
  })

  test('entries of one paper in one batch apply in their order', async () => {
    await save({
      arxivId: null,
      doi: '10.5555/abc',
      asOf: '2026-11-01T00:00:00.000Z',
      identifiers: [{ scheme: 's2', value: '7' }],
    })
    const result = await save(
      { arxivId: null, doi: '10.5555/abc', title: 'First' },
      { arxivId: null, identifiers: [{ scheme: 's2', value: '7' }], title: 'Second' },
      { arxivId: null, doi: '10.5555/abc', title: 'Third' },
    )
    expect(result).toEqual({ created: 0, updated: 3, unchanged: 0, problems: [], remarks: [] })
    expect(await paper()).toMatchObject({ title: 'Third' })
  })
})

test('an entry that the database refuses is reported, and the others are saved', async () => {
  const entries = Array.from({ length: 20 }, (_, n) => ({ arxivId: `2611.${String(n).padStart(5, '0')}` }))
  const result = await save(...entries.map((entry, n) => (n === 7 ? { ...entry, title: 'half\u0000way' } : entry)))
  expect(result).toEqual({
    created: 19,
    updated: 0,
    unchanged: 0,
    problems: [{ index: 7, message: expect.stringMatching(/^The database refuses it: .*\.$/) }],
    remarks: [],
  })
})

test('an error that no entry caused is thrown', async () => {
  await database.db.execute(sql`drop table outside_counts`)
  await expect(save({ votes: { count: 1, countedAt: '2026-11-10T00:00:00.000Z' } })).rejects.toThrow()
})

test('imports at the same time do not deadlock, and the counts are right', async () => {
  const other = openDatabase(database.url, { connections: 4, statementTimeout: 30_000 })
  const entries = (day: number, order: 1 | -1) =>
    Array.from({ length: 40 }, (_, n) =>
      entryOf({
        arxivId: `2611.${String(n).padStart(5, '0')}`,
        asOf: `2026-11-${day}T00:00:00.000Z`,
        authors: [
          { name: `Author ${n % 7}`, account: null },
          { name: `Author ${(n + day) % 5}`, account: person(`h${n % 6}`, `k${n % 6}`, `Name ${day}`) },
        ],
        topics: [{ kind: 'KEYWORD', names: [`Topic ${n % 3}`, `Topic ${day}`] }],
        votes: { count: day, countedAt: `2026-11-${day}T00:00:00.000Z` },
      }),
    ).sort((a, b) => order * ((a.arxivId as string) < (b.arxivId as string) ? -1 : 1))
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      saveEntries(n % 2 === 0 ? database.db : other.db, entries(10 + n, n % 2 === 0 ? 1 : -1), {
        halfLifeHours: HALF_LIFE,
      }),
    ),
  )
  await other.close()
  expect(results.flatMap(({ problems }) => problems)).toEqual([])
  expect(results.reduce((sum, { created }) => sum + created, 0)).toBe(40)
  expect(await rows(sql`select distinct vote_count from papers`)).toEqual([{ vote_count: 17 }])
  for (const { paper_count, vote_count, papers, votes } of await rows(sql`
    select authors.paper_count, authors.vote_count, count(distinct paper_id)::int as papers,
      coalesce(sum(papers.vote_count) filter (where not repeated), 0)::int as votes
    from authors left join paper_authors on author_id = authors.id left join papers on papers.id = paper_id group by authors.id`))
    expect({ paper_count, vote_count }).toEqual({ paper_count: papers, vote_count: votes })
})
