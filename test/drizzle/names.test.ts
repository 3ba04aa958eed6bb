import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { authorsBySlugs } from '../../src/queries/authors.ts'
import { topicBySlug } from '../../src/queries/topics.ts'
import { topicSlug } from '../../src/values/slugs.ts'
import { nameOf, normalizedTopicName } from '../../src/values/text.ts'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { DERIVED, isSameRow } from '../../src/writes/counts.ts'
import { cardsOf } from '../../src/writes/paper-cards.ts'
import { entryOf, HALF_LIFE } from '../ingest/fixtures.ts'
import { databaseUrl } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { recount } from '../support/recount.ts'

// 0006_names.sql merges topics and authors that an older version took for different ones.

const MIGRATIONS = join(import.meta.dirname, '../../drizzle/migrations')

/** A database as the version before the migration left it. */
async function oldDatabase(name: string): Promise<{ db: Db; url: string }> {
  const server = postgres(inject('postgres'), { max: 1 })
  await server.unsafe(`create database ${name}`)
  const url = databaseUrl(inject('postgres'), name)
  const folder = await temporaryDirectory('migrations')
  await cp(MIGRATIONS, folder, { recursive: true })
  const journal = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8'))
  const before = journal.entries.filter(({ idx }: { idx: number }) => idx < 6)
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: before }))
  const client = postgres(url, { max: 1, onnotice: () => {} })
  await migrate(drizzle(client), { migrationsFolder: folder })
  await client.end()
  const database = openDatabase(url, { connections: 3, statementTimeout: 30_000 })
  onTestFinished(async () => {
    await database.close()
    await server.unsafe(`drop database ${name} with (force)`)
    await server.end()
    await rm(folder, { recursive: true })
  })
  return { db: database.db, url }
}

/** The slug and name of topics as the older version stored them, and the papers that have them. */
const TOPICS: [kind: string, slug: string, name: string, papers: number[]][] = [
  ['KEYWORD', 'mixture-of-experts', 'Mixture of Experts', [1, 2]],
  ['KEYWORD', 'mixture-of-experts-2', 'Mixture-of-Experts', [2, 3, 4, 5]],
  ['KEYWORD', 'mixture-of-experts-3', 'mixture\u2011of\u2011experts', [6]],
  ['KEYWORD', 'multimodal', 'multimodal', [1]],
  ['KEYWORD', 'multi-modal', 'multi\u00admodal', [2, 3]],
  ['KEYWORD', 'multi-modal-2', 'Multi-Modal', [1]],
  ['KEYWORD', 'c-2', 'C', [1]],
  ['KEYWORD', 'c', 'C.', [2]],
  ['KEYWORD', 'c-plus-plus-2', 'C++', [3]],
  ['KEYWORD', 'c-plus-plus', 'C plus plus', [4]],
  ['KEYWORD', 'c-sharp', 'C#', [5]],
  ['KEYWORD', 'gpt-4-5', 'GPT-4.5', [1]],
  ['KEYWORD', 'gpt-4-5-2', 'GPT 4 5', [2]],
  ['KEYWORD', 'pass-1', 'pass@1', [3]],
  ['KEYWORD', 'naive-bayes', 'naïve Bayes', [4]],
  ['KEYWORD', 'naive-bayes-2', 'Naive Bayes', [5]],
  ['KEYWORD', '深度学习', '深度学习', [6]],
  ['KEYWORD', 'π0-5', 'π0.5', [6]],
  ['KEYWORD', 'π0-5-2', 'π0/5', [6]],
  ['KEYWORD', 'cs-cl', 'cs.CL', [6]],
  ['KEYWORD', 'topic', '—', [1, 2]],
  ['KEYWORD', 'topic-2', '\u200b', [3]],
  ['KEYWORD', 'topic-3', '∞', [3]],
  ['KEYWORD', 'topic-4', 'Topic', [4]],
  ['CATEGORY', 'cs.cl', 'cs.CL', [1, 2, 3, 4, 5, 6]],
  ['CATEGORY', 'biology', 'Biology', [1]],
]

/** Names whose slugs are hard to make. They are on no paper, and the slugs that they had do not matter. */
const HARD =
  'π₀.₅|हिन्दी|√x|ガイド|ℝ-space|👍 votes|a.b.|.net|a . b|ﬁne-tuning|Ⅳ|½|naïve+|c# & c++|a++b|א״ב|ไทย|한국어|µ-law|Æon|ʻokina'
    .split('|')
    .concat('x'.repeat(120), `${'é'.repeat(99)}-x`)

const AUTHORS: [slug: string, name: string, positions: [paper: number, position: number][]][] = [
  [
    'ilse-mar-chetti',
    'Ilse Mar\u200bchetti',
    [
      [1, 1],
      [2, 1],
    ],
  ],
  [
    'ilse-marchetti',
    'Ilse Marchetti',
    [
      [3, 1],
      [2, 2],
    ],
  ],
  ['ilse-marchetti-2', 'Ilse Marchetti\u200e', [[4, 1]]],
  ['jean-luc-quine-2', 'Jean\u2010Luc Quine', [[5, 1]]],
  [
    'jean-luc-quine',
    'Jean-Luc Quine',
    [
      [6, 1],
      [1, 2],
    ],
  ],
  ['ada-lin', 'Ada\u2066 Lin', [[6, 2]]],
  ['jose-lin', 'José Lin', [[6, 3]]],
  ['jose-lin-2', 'Jose Lin', [[6, 4]]],
  ['jose-lin-3', 'JOSE LIN', [[6, 5]]],
]

async function fill(db: Db) {
  const values = (rows: unknown[][]) =>
    sql.join(
      rows.map(
        (row) =>
          sql`(${sql.join(
            row.map((value) => sql`${value}`),
            sql`, `,
          )})`,
      ),
      sql`, `,
    )
  await db.execute(sql`insert into trending_basis (half_life_hours) values (${HALF_LIFE})`)
  await db.execute(
    sql`insert into users (handle, name) values ('ada\u200b', 'Ada\u2063 Lin'), ('bo\u2011chen', null), ('bo-chen', null)`,
  )
  await db.execute(
    sql`insert into organizations (slug, name) values ('polder\u200bai', 'Polder\u2011AI'), ('nine', '\u200b')`,
  )
  await db.execute(sql`
    insert into papers (arxiv_id, title, published_at, facts_as_of, hidden_at)
    select '2611.0000' || n, 'Paper ' || n, timestamptz '2026-11-01Z' + n * interval '1 day', timestamptz '2026-11-10Z', case when n = 5 then now() end
    from generate_series(1, 6) as n`)
  await db.execute(sql`
    insert into outside_counts (paper_id, source, counted_at, votes, increment)
    select n, 'hf', timestamptz '2026-11-10Z' + n * interval '1 hour', n * 10, n * 10 from generate_series(1, 5) as n`)
  await db.execute(
    sql`insert into paper_identifiers (scheme, value, paper_id) values ('openreview', 'aB3\u200b', 1), ('openreview', 'x\u2010y', 1), ('openreview', 'x-y', 1)`,
  )
  await db.execute(sql`update papers set doi = '10.5555/tides\u20101' where id = 1`)
  await db.execute(
    sql`insert into topics (kind, slug, name, folded_name) values ${values(
      [...TOPICS, ...HARD.map((name, n) => ['KEYWORD', `hard-${n}`, name] as const)].map(([kind, slug, name]) => [
        kind,
        slug,
        name,
        name.toLowerCase(),
      ]),
    )}`,
  )
  const topics = TOPICS.flatMap(([, , , papers], n) => papers.map((paper) => [paper, n + 1, n + 1]))
  await db.execute(sql`
    insert into paper_topics (paper_id, topic_id, position, published_at, hidden)
    select paper::bigint, topic::bigint, position::int, published_at, hidden_at is not null
    from (values ${values(topics)}) as r (paper, topic, position) join papers on papers.id = paper::bigint`)
  await db.execute(
    sql`insert into authors (slug, name, user_id) values ${values(
      AUTHORS.map(([slug, name], n) => [slug, name, n === 2 ? 1 : null]),
    )}`,
  )
  const authors = AUTHORS.flatMap(([, , positions], n) =>
    positions.map(([paper, position]) => [paper, position, n + 1]),
  )
  await db.execute(sql`
    insert into paper_authors (paper_id, position, author_id, published_at, hidden)
    select paper::bigint, position::int, author::bigint, published_at, hidden_at is not null
    from (values ${values(authors)}) as r (paper, position, author) join papers on papers.id = paper::bigint`)
  for (const derived of [DERIVED.papers, DERIVED.authors, DERIVED.topics])
    await db.execute(sql`
      update ${sql.identifier(derived.table)} set ${sql.join(
        derived.columns.map((name) => sql`${sql.identifier(name)} = computed.${sql.identifier(name)}`),
        sql`, `,
      )}
      from (${derived.computed(sql`select generate_series(1, 100)`, HALF_LIFE)}) as computed where ${isSameRow(derived)}`)
  await db.execute(sql`insert into paper_cards ${cardsOf(sql`select id from papers`)}`)
}

test('topics and authors that differ only in what names do not tell apart become one, with counts, cards and old slugs', async () => {
  const { db, url } = await oldDatabase('names_before')
  await fill(db)
  await Promise.all([migrateDatabase(url), migrateDatabase(url)])
  const rows = async (query: ReturnType<typeof sql>) => [...(await db.execute<Record<string, unknown>>(query))]

  const topics = await rows(
    sql`select kind, slug, name, normalized_name, paper_count from topics order by kind, slug collate "C"`,
  )
  const listed = topics.filter(({ name }) => !HARD.includes(name as string))
  expect(topics).toHaveLength(listed.length + HARD.length)
  expect(listed.map(({ kind, slug, name, paper_count }) => [kind, slug, name, paper_count])).toEqual([
    ['CATEGORY', topicSlug('CATEGORY', 'Biology'), 'Biology', 1],
    ['CATEGORY', 'cs.cl', 'cs.CL', 5],
    ['KEYWORD', 'c', 'C', 1],
    ['KEYWORD', 'c-plus-plus', 'C++', 1],
    ['KEYWORD', topicSlug('KEYWORD', 'C plus plus'), 'C plus plus', 1],
    ['KEYWORD', 'c-sharp', 'C#', 0],
    ['KEYWORD', topicSlug('KEYWORD', 'cs.CL'), 'cs.CL', 1],
    ['KEYWORD', topicSlug('KEYWORD', 'C.'), 'C.', 1],
    ['KEYWORD', 'gpt-4-5', 'GPT 4 5', 1],
    ['KEYWORD', 'gpt-4.5', 'GPT-4.5', 1],
    // Papers 2 to 5 wrote it so; one of them is hidden, and one had it twice.
    ['KEYWORD', 'mixture-of-experts', 'Mixture-of-Experts', 5],
    ['KEYWORD', 'multi-modal', 'Multi-Modal', 1],
    ['KEYWORD', 'multimodal', 'multimodal', 3],
    ['KEYWORD', 'naive-bayes', 'Naive Bayes', 0],
    ['KEYWORD', topicSlug('KEYWORD', 'naïve bayes'), 'naïve Bayes', 1],
    ['KEYWORD', topicSlug('KEYWORD', 'pass@1'), 'pass@1', 1],
    ['KEYWORD', 'topic', 'Topic', 1],
    ['KEYWORD', topicSlug('KEYWORD', '∞'), '∞', 1],
    ['KEYWORD', topicSlug('KEYWORD', 'π0/5'), 'π0/5', 1],
    ['KEYWORD', 'π0.5', 'π0.5', 1],
    ['KEYWORD', '深度学习', '深度学习', 1],
  ])
  // The migration is the same as the code, which names topics that come later.
  for (const { kind, slug, name, normalized_name } of topics) {
    expect(normalized_name).toBe(normalizedTopicName(name as string))
    expect(slug).toBe(topicSlug(kind as 'KEYWORD', name as string))
  }
  for (const [kind, slug, name] of TOPICS) {
    const meant = normalizedTopicName(name)
    const taken = topics.find((topic) => topic.slug === slug)?.normalized_name
    if (meant !== '')
      expect([kind, slug, (await topicBySlug(db, slug))?.normalizedName]).toEqual([kind, slug, taken ?? meant])
  }
  expect(await topicBySlug(db, 'Mixture-of-Experts-2')).toMatchObject({ slug: 'mixture-of-experts' })

  expect(await rows(sql`select slug, name, user_id::int, paper_count from authors order by id`)).toEqual([
    { slug: 'ilse-marchetti', name: 'Ilse Marchetti', user_id: 1, paper_count: 4 },
    { slug: 'jean-luc-quine', name: 'Jean-Luc Quine', user_id: null, paper_count: 2 },
    { slug: 'ada-lin', name: 'Ada Lin', user_id: null, paper_count: 1 },
    { slug: 'jose-lin', name: 'José Lin', user_id: null, paper_count: 1 },
    { slug: 'jose-lin-2', name: 'Jose Lin', user_id: null, paper_count: 1 },
    { slug: 'jose-lin-3', name: 'JOSE LIN', user_id: null, paper_count: 1 },
  ])
  const found = await authorsBySlugs(
    db,
    AUTHORS.map(([slug]) => slug),
  )
  expect(AUTHORS.map(([slug]) => found.get(slug)?.name)).toEqual(AUTHORS.map(([, name]) => nameOf(name)))
  expect(await rows(sql`select position, repeated from paper_authors where paper_id = 2 order by position`)).toEqual([
    { position: 1, repeated: false },
    { position: 2, repeated: true },
  ])

  expect(await rows(sql`select handle, name from users order by id`)).toEqual([
    { handle: 'ada', name: 'Ada Lin' },
    { handle: 'bo\u2011chen', name: null },
    { handle: 'bo-chen', name: null },
  ])
  expect(await rows(sql`select slug, name from organizations order by id`)).toEqual([
    { slug: 'polderai', name: 'Polder-AI' },
    { slug: 'nine', name: '\u200b' },
  ])
  expect(await rows(sql`select value from paper_identifiers order by value collate "C"`)).toEqual([
    { value: 'aB3' },
    { value: 'x-y' },
    { value: 'x\u2010y' },
  ])
  expect(await rows(sql`select doi from papers where id = 1`)).toEqual([{ doi: '10.5555/tides-1' }])

  const checks = await checkCounts(db, { fix: false, halfLifeHours: HALF_LIFE })
  expect(
    checks.flatMap(({ table, differences }) => differences.map((difference) => ({ table, ...difference }))),
  ).toEqual([])
  expect(await recount(db)).toEqual([])
  // Terms of names with a direction mark were others; the next server makes the index again.
  expect(await rows(sql`select from search_papers`)).toEqual([])

  // An import goes on where the migration stopped.
  const again = entryOf({
    arxivId: '2611.00001',
    authors: [{ name: 'Ilse Marchetti', account: null }],
    topics: [{ kind: 'KEYWORD', names: ['mixture_of_experts', 'C++'] }],
    asOf: '2026-11-11T00:00:00.000Z',
  })
  await saveEntries(db, [again], { halfLifeHours: HALF_LIFE })
  expect(await rows(sql`select count(*)::int as topics from topics`)).toEqual([{ topics: topics.length }])
  expect(
    await rows(
      sql`select slug from paper_topics join topics on topics.id = topic_id where paper_id = 1 and kind = 'KEYWORD' order by position`,
    ),
  ).toEqual([{ slug: 'mixture-of-experts' }, { slug: 'c-plus-plus' }])
})
