import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { checkCounts } from '../../../src/writes/check-counts.ts'
import { freshDatabase } from '../../support/database.ts'
import { random } from '../../support/random.ts'
import { recount } from '../../support/recount.ts'
import { entryOf, HALF_LIFE, rowVersions } from '../fixtures.ts'

const OPTIONS = { halfLifeHours: HALF_LIFE }

const paperOn = (number: number, keywords: string[], more: Partial<PaperEntry> = {}) =>
  entryOf({
    arxivId: `2611.${String(number).padStart(5, '0')}`,
    topics: keywords.length > 0 ? [{ kind: 'KEYWORD', names: keywords }] : [],
    ...more,
  })

async function empty() {
  const { db, close } = await freshDatabase()
  onTestFinished(() => close())
  const rows = async (query: ReturnType<typeof sql>) => [...(await db.execute(query))]
  return {
    db,
    rows,
    topics: () => rows(sql`select slug, name, paper_count from topics order by slug collate "C"`),
    cards: () =>
      rows(sql`select arxiv_id, regexp_replace(topics, '\\d+\\x1f', '', 'g') as topics from paper_cards
        join papers on papers.id = paper_id order by arxiv_id`),
    differences: async () => [
      ...(await checkCounts(db, { fix: false, ...OPTIONS })).flatMap(({ differences }) => differences),
      ...(await recount(db)),
    ],
  }
}

/** What people write for a few subjects; the first spelling of each line is the most frequent one. */
const SPELLINGS = [
  [
    'Mixture-of-Experts',
    'mixture of experts',
    'Mixture of Experts',
    'mixture_of_experts',
    'mixture\u2011of\u2010experts',
  ],
  ['multi-modal', 'Multi-modal', 'multi\u2013modal', 'multi modal'],
  ['multimodal', 'multi\u00admodal', 'Multimodal', 'multi\u200bmodal'],
  ['C++', 'c++'],
  ['C', 'c'],
  ['C#', 'c#'],
  ['agents', 'Agents', 'AGENTS'],
  ['agent'],
  ['A/B testing', 'a/b-testing', 'A/B Testing'],
  ['a b testing'],
  ['mixture of experts 2'],
  ['—', '-', '_'],
]

test('topics, their slugs, names and counts do not depend on the order of imports', async () => {
  const draw = random(11)
  const papers = Array.from({ length: 40 }, (_, n) =>
    paperOn(
      n + 1,
      SPELLINGS.flatMap((spellings) =>
        draw() < 0.4 ? [draw() < 0.6 ? spellings[0] : spellings[Math.floor(draw() * spellings.length)]] : [],
      ) as string[],
    ),
  )
  const inOrder = async (entries: readonly PaperEntry[], size: number) => {
    const { db, topics, cards, differences } = await empty()
    for (let at = 0; at < entries.length; at += size) await saveEntries(db, entries.slice(at, at + size), OPTIONS)
    expect(await differences()).toEqual([])
    const before = await rowVersions(db)
    await saveEntries(db, entries, OPTIONS)
    expect(await rowVersions(db)).toEqual(before)
    return { topics: await topics(), cards: await cards() }
  }
  const first = await inOrder(papers, 40)
  expect(first.topics.map(({ slug }) => slug)).toEqual(
    'a-b-testing a-b-testing~13555f5fb9 agent agents c c-plus-plus c-sharp mixture-of-experts mixture-of-experts-2 multi-modal multimodal'.split(
      ' ',
    ),
  )
  expect(first.topics.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'Mixture-of-Experts',
      'multi-modal',
      'multimodal',
      'C++',
      'C',
      'C#',
      'agents',
      'A/B testing',
    ]),
  )
  expect(await inOrder([...papers].reverse(), 7)).toEqual(first)
  expect(
    await inOrder(
      [...papers].sort(() => draw() - 0.5),
      1,
    ),
  ).toEqual(first)
})

test('a topic is named as most papers write it, and so are its cards, also after one changed its mind', async () => {
  const { db, topics, cards, differences, rows } = await empty()
  const save = (...entries: PaperEntry[]) => saveEntries(db, entries, OPTIONS)
  await save(paperOn(1, ['LLM-Agents', 'llm agents']), paperOn(2, ['llm agents']))
  // As frequent as each other: the first in the order of bytes.
  expect(await topics()).toEqual([{ slug: 'llm-agents', name: 'LLM-Agents', paper_count: 2 }])
  await save(paperOn(3, ['llm agents']))
  expect(await topics()).toEqual([{ slug: 'llm-agents', name: 'llm agents', paper_count: 3 }])
  expect(await cards()).toEqual(
    [1, 2, 3].map((n) => ({ arxiv_id: `2611.0000${n}`, topics: 'KEYWORD\x1fllm-agents\x1fllm agents' })),
  )
  // The same topic, written in another way since.
  const later = { asOf: '2026-11-11T00:00:00.000Z' }
  expect(await save(paperOn(2, ['LLM-Agents'], later), paperOn(3, ['LLM-Agents'], later))).toMatchObject({ updated: 2 })
  expect(await topics()).toEqual([{ slug: 'llm-agents', name: 'LLM-Agents', paper_count: 3 }])
  expect(await rows(sql`select position, spelling from paper_topics order by paper_id`)).toEqual(
    [1, 2, 3].map(() => ({ position: 1, spelling: 'LLM-Agents' })),
  )
  // A paper that leaves a topic takes its spelling with it.
  await save(paperOn(1, ['tides'], later), paperOn(2, ['llm agents'], { asOf: '2026-11-12T00:00:00.000Z' }))
  await save(paperOn(4, ['llm agents']))
  expect(await topics()).toContainEqual({ slug: 'llm-agents', name: 'llm agents', paper_count: 3 })
  expect(await differences()).toEqual([])
})

test('check-counts finds and mends a name, in the cards, too', async () => {
  const { db, topics, cards, differences } = await empty()
  await saveEntries(db, [paperOn(1, ['Tides']), paperOn(2, ['Tides'])], OPTIONS)
  const [right, cardsBefore] = [await topics(), await cards()]
  await db.execute(sql`update topics set name = 'tides'`)
  await db.execute(sql`update paper_cards set topics = replace(topics, 'Tides', 'tides')`)
  expect(await differences()).toHaveLength(1)
  await checkCounts(db, { fix: true, ...OPTIONS })
  expect([await topics(), await cards()]).toEqual([right, cardsBefore])
  expect(await differences()).toEqual([])
})
