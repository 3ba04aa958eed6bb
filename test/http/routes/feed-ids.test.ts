import { afterAll, beforeAll, expect, test } from 'vitest'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { checkAtom, checkJsonFeed, checkRss } from '../../formats/feed/rules.ts'
import { HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { sparseEntry } from '../../support/entry.ts'
import { startServer, type TestServer } from '../../support/server.ts'

// A reader that has seen a paper must not be shown it as another one because a source knows it by another name by now.

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

type Names = Pick<PaperEntry, 'arxivId' | 'doi' | 'identifiers'>
let day = 0

async function save(names: Partial<Names>): Promise<void> {
  day += 1
  const asOf = new Date(Date.UTC(2026, 0, day)).toISOString()
  const entry = sparseEntry({ source: 'test', asOf, title: 'Tides', publishedAt: '2026-01-01T00:00:00.000Z', ...names })
  const { problems } = await saveEntries(database.db, [entry], { halfLifeHours: HALF_LIFE_HOURS })
  expect(problems).toEqual([])
}

/** The id of the newest paper, which is the same in every format. */
async function idInFeeds(): Promise<string | undefined> {
  const read = async (format: string) => (await fetch(`${server.url}/feeds/papers.${format}?first=1`)).text()
  const [rss, atom, json] = await Promise.all(['rss', 'atom', 'json'].map(read))
  checkRss(rss as string)
  checkAtom(atom as string)
  const id = checkJsonFeed(json as string)[0]?.id as string
  expect(rss).toContain(`<guid isPermaLink="false">${id}</guid>`)
  expect(atom).toContain(`<id>${id}</id>`)
  return id
}

const s2 = (value: string) => ({ scheme: 's2', value })
const openreview = (value: string) => ({ scheme: 'openreview', value })

test.each<[string, string, Partial<Names>[]]>([
  [
    'a DOI to which an arXiv id came',
    'https://doi.org/10.1234/a',
    [{ doi: '10.1234/a' }, { doi: '10.1234/a', arxivId: '2601.00001' }],
  ],
  [
    'a name of a source to which a DOI came, and then an arXiv id',
    'tag:daily-papers,2026:paper/s2/b%3Ab',
    [
      { identifiers: [s2('b:b')] },
      { identifiers: [s2('b:b')], doi: '10.1234/b' },
      { identifiers: [s2('b:b')], arxivId: '2601.00002' },
    ],
  ],
  [
    'a name of a source to which one came that sorts before it',
    'tag:daily-papers,2026:paper/s2/c',
    [{ identifiers: [s2('c')] }, { identifiers: [s2('c'), openreview('c')] }],
  ],
  [
    'a DOI that became another',
    'https://doi.org/10.1234/d',
    [
      { doi: '10.1234/d', identifiers: [s2('d')] },
      { doi: '10.1234/e', identifiers: [s2('d')] },
    ],
  ],
  [
    'an arXiv id to which other names came',
    'https://arxiv.org/abs/2601.00005',
    [{ arxivId: '2601.00005' }, { arxivId: '2601.00005', doi: '10.1234/f', identifiers: [openreview('f')] }],
  ],
])('feeds go on with %s', async (_, id, entries) => {
  await database.db.delete(papers)
  for (const entry of entries) {
    await save(entry)
    expect(await idInFeeds()).toBe(id)
  }
  // Finally, one entry with all identifiers together.
  await save(Object.assign({}, ...entries))
  expect(await idInFeeds()).toBe(id)
})
