import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import {
  AUTHOR_ORDERS,
  type DirectoryList,
  directoryCount,
  directoryOrder,
  directoryPage,
  MAX_FUZZY_MATCHES,
  ORGANIZATION_ORDERS,
  TOPIC_ORDERS,
} from '../../src/lists/directory.ts'
import { editPatterns, halfPatterns, lookupForm } from '../../src/lists/lookup-form.ts'
import { pageRequest } from '../../src/lists/page.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'

let database: FreshDatabase

const AUTHORS: [name: string, paperCount: number][] = [
  ['Geoffrey Hinton', 30],
  ['Geoffrey E. Hinton', 40],
  ['Hinton Ames', 2],
  ['Hin Tong', 90],
  ['Bernhard Schölkopf', 12],
  ['Yann LeCun', 25],
  ['Lena Yanovich', 3],
  ['Jean-Luc Picard', 4],
  ["Flann O'Brien", 5],
  ['Søren Łukasik', 6],
  ['Wei Li', 7],
  ['Li Wei', 8],
  ['Li', 1],
  ['李伟', 9],
  ['Wei Zhang', 22],
  ['Weinan Zhang', 2],
  ['Jie Zhang', 11],
  ['Hongjie Zhang', 67],
  // All her papers are hidden.
  ['Hinton Hidden', 0],
]

const TOPICS: [name: string, paperCount: number][] = [
  ['Transformers', 5],
  ['vision transformer', 8],
  ['reinforcement learning', 595],
  ['multi-agent reinforcement learning', 7],
  ['dual-gradient reinforcement optimization', 2],
  ['monitoring and enforcement responsibilities', 1],
  ['diffusion distillation', 10],
  ['diffusion models', 172],
  ['video diffusion model', 3],
]

beforeAll(async () => {
  database = await freshDatabase()
  const { db } = database
  const slug = (name: string) => lookupForm(name).trim().replaceAll(' ', '-')
  await db.insert(authors).values(AUTHORS.map(([name, paperCount]) => ({ name, slug: slug(name), paperCount })))
  await db.insert(organizations).values([
    { name: 'Google', slug: 'google', paperCount: 50 },
    { name: 'Google DeepMind', slug: 'deepmind', paperCount: 60 },
    { name: 'DeepSeek', slug: 'deepseek-ai', paperCount: 20 },
    { name: 'OpenAI', slug: 'openai', paperCount: 2 },
    { name: 'AI Opener', slug: 'opener', paperCount: 70 },
    { name: 'Parrots', slug: 'GooseDeepPolly', paperCount: 1 },
  ])
  await db.insert(topics).values([
    { kind: 'CATEGORY', name: 'cs.CL', slug: 'cs.cl', normalizedName: 'cs.cl', paperCount: 9 },
    { kind: 'KEYWORD', name: 'C++', slug: 'c-plus-plus', normalizedName: 'c++', paperCount: 2 },
    ...TOPICS.map(([name, paperCount]) => ({
      kind: 'KEYWORD' as const,
      name,
      slug: slug(name),
      normalizedName: name.toLowerCase(),
      paperCount,
    })),
  ])
})

afterAll(() => database.close())

const ORDERS = {
  authors: AUTHOR_ORDERS.PAPER_COUNT,
  organizations: ORGANIZATION_ORDERS.PAPER_COUNT,
  topics: TOPIC_ORDERS.PAPER_COUNT,
}

/** Names in the order of the list. */
async function found(name: DirectoryList['name'], query: string, order = ORDERS[name]): Promise<string[]> {
  const list = { name, order, query }
  const page = await directoryPage(database.db, list, pageRequest({ first: 100 }, directoryOrder(list)))
  expect(await directoryCount(database.db, list)).toBe(page.items.length)
  const rows = await database.db.execute<{ id: string; name: string }>(
    sql`select id, name from ${sql.identifier(name)}`,
  )
  const byId = new Map(rows.map((row) => [Number(row.id), row.name]))
  return page.items.map(({ id }) => byId.get(id) as string)
}

describe('a typed query finds', () => {
  test.each([
    ['authors', 'hinton', ['Hinton Ames', 'Geoffrey E. Hinton', 'Geoffrey Hinton', 'Hin Tong']],
    ['authors', 'HIN', ['Hin Tong', 'Hinton Ames', 'Geoffrey E. Hinton', 'Geoffrey Hinton']],
    ['authors', 'geoffrey hinton', ['Geoffrey Hinton', 'Geoffrey E. Hinton']],
    ['authors', 'hinton g', ['Geoffrey E. Hinton', 'Geoffrey Hinton', 'Hinton Ames']],
    ['authors', 'yan le', ['Yann LeCun', 'Lena Yanovich']],
    ['authors', 'hintn', ['Geoffrey E. Hinton', 'Geoffrey Hinton', 'Hinton Ames']],
    ['authors', 'hynton', ['Geoffrey E. Hinton', 'Geoffrey Hinton', 'Hinton Ames']],
    ['authors', 'geofrey hinton', ['Geoffrey E. Hinton', 'Geoffrey Hinton']],
    ['authors', 'scholkopf', ['Bernhard Schölkopf']],
    ['authors', 'Schoelkopf', ['Bernhard Schölkopf']],
    ['authors', 'SCHÖLKOPF b', ['Bernhard Schölkopf']],
    ['authors', 'lecnu', ['Yann LeCun']],
    ['authors', 'jean luc', ['Jean-Luc Picard']],
    ['authors', 'picard jean-luc', ['Jean-Luc Picard']],
    ['authors', 'obrien', ["Flann O'Brien"]],
    ['authors', 'O’Brien', ["Flann O'Brien"]],
    ['authors', 'soren luk', ['Søren Łukasik']],
    ['authors', 'li', ['Li', 'Li Wei', 'Wei Li']],
    ['authors', 'li wei', ['Li Wei', 'Wei Li']],
    ['authors', '李', ['李伟']],
    ['authors', 'geoffrey-e-hinton', ['Geoffrey E. Hinton', 'Geoffrey Hinton']],
    ['authors', '-', []],
    ['authors', '_', []],
    ['authors', '\\', []],
    ['authors', 'zz', []],
    ['authors', 'wie zhang', ['Wei Zhang', 'Weinan Zhang', 'Hongjie Zhang', 'Jie Zhang']],
    ['authors', 'zhagn wei', ['Wei Zhang', 'Weinan Zhang']],
    ['authors', 'le cun', ['Yann LeCun']],
    ['authors', 'yann le cun', ['Yann LeCun']],
    ['organizations', 'goolge', ['Google DeepMind', 'Google']],
    ['organizations', 'google', ['Google', 'Google DeepMind']],
    ['organizations', 'deep', ['DeepSeek', 'Google DeepMind']],
    ['organizations', 'deepseek-ai', ['DeepSeek']],
    ['organizations', 'open ai', ['OpenAI', 'AI Opener']],
    ['organizations', 'ai op', ['AI Opener']],
    ['organizations', 'goose deep', ['Parrots']],
    ['topics', 'trasformer', ['vision transformer', 'Transformers']],
    ['topics', 'transformer', ['Transformers', 'vision transformer']],
    [
      'topics',
      'reinforcment',
      ['reinforcement learning', 'multi-agent reinforcement learning', 'dual-gradient reinforcement optimization'],
    ],
    [
      'topics',
      'renforcement',
      [
        'reinforcement learning',
        'multi-agent reinforcement learning',
        'dual-gradient reinforcement optimization',
        'monitoring and enforcement responsibilities',
      ],
    ],
    ['topics', 'difusion', ['diffusion models', 'diffusion distillation', 'video diffusion model']],
    ['topics', 'diffusoin modle', ['diffusion models', 'video diffusion model']],
    ['topics', 'reinforcment lerning', ['reinforcement learning', 'multi-agent reinforcement learning']],
    ['topics', 'cs.cl', ['cs.CL']],
    ['topics', 'CS CL', ['cs.CL']],
    ['topics', 'c++', ['C++']],
    ['topics', 'c-plus', ['C++']],
  ] as const)('in %s: %s', async (name, query, expected) => {
    expect(await found(name, query)).toEqual(expected)
  })

  test('equal matches in the requested order', async () => {
    expect(await found('authors', 'hinton', AUTHOR_ORDERS.NAME)).toEqual([
      'Hinton Ames',
      'Geoffrey E. Hinton',
      'Geoffrey Hinton',
      'Hin Tong',
    ])
  })

  test('no author whose papers are all hidden; the whole directory has none either', async () => {
    expect(await found('authors', 'hinton hidden')).not.toContain('Hinton Hidden')
    expect(await found('authors', 'hintn hidden')).not.toContain('Hinton Hidden')
    for (const order of Object.values(AUTHOR_ORDERS))
      expect((await found('authors', ' ', order)).toSorted()).toEqual(
        AUTHORS.flatMap(([name, paperCount]) => (paperCount > 0 ? [name] : [])).toSorted(),
      )
  })

  test('similar names only if few names match as typed', async () => {
    const { db } = database
    const topic = (name: string) => ({
      kind: 'KEYWORD' as const,
      name,
      slug: name,
      normalizedName: name,
      paperCount: 1,
    })
    await db.insert(topics).values(topic('Plentz'))
    await db
      .insert(topics)
      .values(Array.from({ length: MAX_FUZZY_MATCHES - 1 }, (_, place) => topic(`plenty-${place}`)))
    const list = { name: 'topics' as const, order: TOPIC_ORDERS.PAPER_COUNT, query: 'plenty' }
    expect(await directoryCount(db, list)).toBe(MAX_FUZZY_MATCHES)
    const last = () => directoryPage(db, list, pageRequest({ last: 1 }, directoryOrder(list)))
    const near = await last()

    await db.insert(topics).values(topic('plenty more'))
    expect(await directoryCount(db, list)).toBe(MAX_FUZZY_MATCHES)
    expect((await found('topics', 'plenty')).includes('Plentz')).toBe(false)
    expect((await last()).items[0]?.id).not.toBe(near.items[0]?.id)
  })

  test('names by a form that is the same in Postgres and in JavaScript', async () => {
    const next = random(7)
    const letters = [..."aBcÉöøŁßæŒÞıİς Σ-–/_.,:;()'’`  北京ガ½ﬁ²Ａ+#%&"]
    const plain = [...'aBc9 .-']
    const made = Array.from({ length: 500 }, (_, n) => {
      const among = n % 2 === 0 ? letters : plain
      return Array.from({ length: 8 }, () => among[Math.floor(next() * among.length)]).join('')
    })
    const rows = await database.db.execute<{ form: string }>(
      sql`select lookup_form(name) as form from unnest(${sql.param(made)}::text[]) with ordinality as made (name, place) order by place`,
    )
    expect(rows.map(({ form }) => form)).toEqual(made.map(lookupForm))
  })
})

test('words one edit away', () => {
  expect(editPatterns('abc')).toEqual(['% bac%', '% acb%'])
  expect(editPatterns('a%b')).toContain('% \\%ab%')
  expect(editPatterns('hinton')).toEqual(expect.arrayContaining(['% h_nton%', '% hi_nton%', '% hnton%', '% hitnon%']))
  expect(editPatterns('ab')).toEqual([])
})

test('the halves of a long word match every name that its edits match', () => {
  const like = (pattern: string) =>
    new RegExp(`^${pattern.replace(/\\?./g, (one) => (one === '%' ? '.*' : one === '_' ? '.' : one))}$`)
  for (const word of ['reinforcement', 'representation', 'uszkoreitlab', 'aaaaaaaaaabb']) {
    const halves = halfPatterns(word)?.map(like)
    const typed = editPatterns(word).map((pattern) => pattern.replaceAll('%', '').replaceAll('_', 'q'))
    expect(typed.filter((name) => !halves?.some((half) => half.test(name)))).toEqual([])
  }
  expect(halfPatterns('reinforced')).toBeNull()
  expect(halfPatterns('a%bcdefghij')).toEqual(['% a\\%bcd%', '%efghij%', '% a\\%bcedfghij%'])
})

test('pages of a query continue after the last one, in both directions', async () => {
  const { db } = database
  const next = random(3)
  const given = ['Ana', 'Marina', 'Mara', 'Martin', 'Omar', 'Jan']
  const family = ['Marin', 'Marino', 'Mairn', 'Morin', 'Li', 'Amari', 'Martins', 'Marn']
  await db.insert(authors).values(
    given.flatMap((first) =>
      family.map((last) => ({
        name: `${first} ${last}`,
        slug: `${first}-${last}`,
        paperCount: 1 + Math.floor(next() * 4),
      })),
    ),
  )
  for (const order of Object.values(AUTHOR_ORDERS))
    for (const query of [
      'mar',
      'marin',
      'mairn',
      'martin mar',
      'marn',
      'marinoo',
      'mar in',
      'martni marin',
      'maar marni',
    ]) {
      const list = { name: 'authors' as const, order, query }
      const pages = directoryOrder(list)
      const all = await directoryPage(db, list, pageRequest({ first: 100 }, pages))
      const ids = all.items.map(({ id }) => id)
      expect(ids.length).toBe(await directoryCount(db, list))
      expect(ids.length, query).toBeGreaterThan(5)
      expect(new Set(ids).size).toBe(ids.length)

      const forwards: number[] = []
      for (let after: string | undefined; ; ) {
        const { items, hasNextPage } = await directoryPage(db, list, pageRequest({ first: 3, after }, pages))
        forwards.push(...items.map(({ id }) => id))
        expect(hasNextPage).toBe(forwards.length < ids.length)
        if (!hasNextPage) break
        after = items.at(-1)?.cursor
      }
      expect(forwards).toEqual(ids)

      const backwards: number[] = []
      for (let before: string | undefined; ; ) {
        const { items, hasPreviousPage } = await directoryPage(db, list, pageRequest({ last: 3, before }, pages))
        backwards.unshift(...items.map(({ id }) => id))
        expect(hasPreviousPage).toBe(backwards.length < ids.length)
        if (!hasPreviousPage) break
        before = items[0]?.cursor
      }
      expect(backwards).toEqual(ids)

      const [from, to] = [all.items[1]?.cursor, all.items.at(-2)?.cursor]
      const between = await directoryPage(db, list, pageRequest({ first: 100, after: from, before: to }, pages))
      expect(between.items.map(({ id }) => id)).toEqual(ids.slice(2, -2))
    }
})

test('cursors of a list without a query, and broken ones, are refused', () => {
  const order = AUTHOR_ORDERS.PAPER_COUNT
  const list = { name: 'authors' as const, order, query: 'x' }
  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const pages = directoryOrder(list)
  for (const after of [cursor(order.name, '5', 1), cursor(pages.name, '5', 1), cursor(pages.name, '1 x', 1)])
    expect(() => pageRequest({ after }, pages)).toThrow(/must be a cursor that this list gave/)
  expect(pageRequest({ after: cursor(pages.name, '1 5', 1) }, pages).after).toEqual({ key: '1 5', id: 1 })
})
