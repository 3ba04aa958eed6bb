import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { digestContent, type RunQuery } from '../../src/deliveries/digest-content.ts'
import { parseSavedQuery } from '../../src/formats/saved-filter.ts'
import { editionOf } from '../../src/values/editions.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { importHostilePaper, MARKUP } from '../support/hostile.ts'
import { runHere } from '../support/run-here.ts'
import { startServer } from '../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 60)
await importHostilePaper(database.db)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const runQuery: RunQuery = async (document, variables) => (await server.ask(document, variables)).data
const MONTH = editionOf('MONTH', '2026-01-21')
const contentOf = (filter: object, edition = MONTH) =>
  digestContent(runQuery, server.url, { filter, orderBy: 'NEWEST' }, edition)

test('the content is what GraphQL has, most votes first, with addresses of the same list', async () => {
  const { data } = await server.ask(`{ edition(period: MONTH, date: "2026-01-21") {
    papers(filter: { topics: ["agents"] }, orderBy: MOST_VOTED, first: 30) { totalCount nodes { title authors(first: 9) { totalCount } } }
  } }`)
  const content = await contentOf({ topics: ['agents'] })
  const { totalCount, nodes } = data.edition.papers
  expect(totalCount).toBeGreaterThan(1)
  expect(content).toMatchObject({
    totalCount,
    papers: nodes.map(({ title, authors }: (typeof nodes)[number]) => ({ title, authorCount: authors.totalCount })),
  })
  const { page, feed } = content?.links ?? { page: '', feed: '' }
  expect(feed).toBe(`${server.url}/feeds/papers.rss?topics=agents&orderBy=NEWEST`)
  const shown = await (await fetch(page)).text()
  expect(shown.match(/<li class="paper">/g)).toHaveLength(totalCount)
  expect((await fetch(feed)).status).toBe(200)
})

test('of papers like others, in any order of the list, with addresses of the same list', async () => {
  const query = parseSavedQuery('like=2601.00001&unlike=2601.00003&orderBy=LIKENESS')
  const content = await digestContent(runQuery, server.url, query, MONTH)
  const { data } = await server.ask(`{ edition(period: MONTH, date: "2026-01-21") {
    papers(filter: { like: "2601.00001", unlike: "2601.00003" }, orderBy: MOST_VOTED, first: 30) { totalCount nodes { title } }
  } }`)
  const { totalCount, nodes } = data.edition.papers
  expect(totalCount).toBeGreaterThan(1)
  expect(content).toMatchObject({ totalCount, papers: nodes })
  const { page, feed } = content?.links ?? { page: '', feed: '' }
  expect(feed).toBe(`${server.url}/feeds/papers.rss?like=2601.00001&unlike=2601.00003&orderBy=LIKENESS`)
  expect((await (await fetch(page)).text()).match(/<li class="paper">/g)).toHaveLength(totalCount)
  expect((await fetch(feed)).status).toBe(200)
  // A seed that is hidden later leaves a list of nothing, and no mail.
  expect(await contentOf({ like: ['2699.00001'] })).toBeNull()
})

test('of all papers, the page is that of the edition, and at most 30 papers are in it', async () => {
  const content = await contentOf({})
  expect(content?.links.page).toBe(`${server.url}/editions/month/2026-01-01`)
  expect(content?.papers.length).toBe(Math.min(30, content?.totalCount ?? 0))
})

test('an edition without papers of the filter has none', async () => {
  expect(await contentOf({ topics: ['nothing-of-the-kind'] })).toBeNull()
  expect(await contentOf({}, editionOf('DAY', '2001-01-01'))).toBeNull()
})

const run = (...args: string[]) => runHere('src/programs/digest.ts', args, { DATABASE_URL: database.url })

test('preview writes the mails, and prints where', async () => {
  const to = await temporaryDirectory('preview')
  const { stdout, stderr, code } = await run('preview', '--filter', 'minVotes=9000', '--to', to)
  expect([stderr, code]).toEqual([
    'The mail of Wednesday, 21 January 2026, with 1 of 1 papers; its text and the confirmation are beside it.\n',
    0,
  ])
  expect(fileURLToPath(stdout.trim())).toBe(join(to, 'digest.html'))
  expect(await readFile(join(to, 'digest.txt'), 'utf8')).toContain(MARKUP.author.slice(0, 20))
  expect(await readFile(join(to, 'digest.html'), 'utf8')).toContain('&lt;script&gt;')
  // The lines of the mail are wrapped.
  expect(await readFile(join(to, 'confirmation.txt'), 'utf8')).toMatch(/with\s+9,000\s+votes\s+or\s+more/)
})

test.each([
  [['preview', '--filter', 'topic=x'], '--filter: There is no parameter "topic".'],
  [['preview', '--period', 'year'], '--period must be day, week or month; it is "year".'],
  [['preview', '--date', 'today'], '--date must be a day, such as 2026-02-17; it is "today".'],
  [['preview', '--filter', 'topics=nothing-of-the-kind'], 'No paper of this filter is listed'],
  [['preview', '--date', '2001-01-01'], 'This filter has no papers in the edition Monday, 1 January 2001'],
  [[], 'Usage: npm run digest'],
])('%j is refused', async (args, message) => {
  const { stderr, code } = await run(...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})
