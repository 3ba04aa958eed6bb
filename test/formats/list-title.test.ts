import { expect, test } from 'vitest'
import { editionTitle } from '../../src/formats/edition-name.ts'
import { FEED_DEFAULTS } from '../../src/formats/links.ts'
import { listTitle } from '../../src/formats/list-title.ts'
import { FILTER_FIELDS, type FilterKind, type FilterKinds } from '../../src/lists/filter-fields.ts'
import type { PaperFilter } from '../../src/lists/paper-filter.ts'
import { editionOf, type Period } from '../../src/values/editions.ts'

const titleOfEdition = (period: Period) => editionTitle(editionOf(period, '2026-02-02'))
const titleOf = (filter: PaperFilter) => listTitle({ filter, ...FEED_DEFAULTS })

test.each<[PaperFilter, string]>([
  [{}, ''],
  [{ topics: ['agents', 'cs.cl'], organizations: ['northlight-lab'] }, ' on agents or cs.cl from northlight-lab'],
  [{ topics: ['agents', 'rl'], allTopics: ['cs.cl', 'cs.lg'] }, ' on cs.cl and cs.lg and agents or rl'],
  [{ excludeTopics: ['cs.cv'], authors: ['ada'], submitters: ['bo', 'cy'] }, ' not on cs.cv by ada listed by bo or cy'],
  [{ topics: [], allTopics: [], query: '  ' }, ''],
  [{ query: ' sparse\n attention ', topics: ['agents'] }, ' matching “sparse attention” on agents'],
  [{ like: ['2510.10490', '2510.10491'] }, ' like “2510.10490” and “2510.10491”'],
  [{ like: ['a', 'b', 'c'] }, ' like “a”, “b” and “c”'],
  [{ like: ['a', 'b', 'c', 'd'], unlike: ['e'] }, ' like “a”, “b” and 2 others but unlike “e”'],
  [{ like: [' One\n two '], minVotes: 2 }, ' with 2 votes or more like “One two”'],
  [{ publishedFrom: '2026-02-01' }, ' published from 2026-02-01'],
  [{ publishedTo: '2026-02-01' }, ' published until 2026-02-01'],
  [{ publishedFrom: '2026-02-01', publishedTo: '2026-02-03' }, ' published from 2026-02-01 to 2026-02-03'],
  [{ publishedFrom: '2026-02-01', publishedTo: '2026-02-01' }, ' published on 2026-02-01'],
  [{ listedFrom: '2026-02-02', listedTo: null }, ' listed from 2026-02-02'],
  [{ listedFrom: '2026-02-02', listedTo: '2026-02-03' }, ' listed from 2026-02-02 to 2026-02-03'],
  [{ listedFrom: '2026-02-02', listedTo: '2026-02-02' }, ` listed on ${titleOfEdition('DAY')}`],
  [{ listedFrom: '2026-02-02', listedTo: '2026-02-08' }, ` listed in ${titleOfEdition('WEEK')}`],
  [{ listedFrom: '2026-02-01', listedTo: '2026-02-28' }, ` listed in ${titleOfEdition('MONTH')}`],
  [{ minVotes: 0, minComments: 2 }, ' with 2 comments or more'],
  [{ minVotes: 1, minComments: 1_000 }, ' with 1 vote or more with 1,000 comments or more'],
  [{ minVotes: 10, hasCode: true, hasProjectPage: false }, ' with 10 votes or more with code without a project page'],
])('%j is Trending papers%s', (filter, rest) => {
  expect(titleOf(filter)).toBe(`Trending papers${rest}`)
})

test.each<[Partial<Parameters<typeof listTitle>[0]>, string]>([
  [{ filter: { listedFrom: '2026-02-02', listedTo: '2026-02-08' } }, `Papers of ${titleOfEdition('WEEK')}`],
  [
    { filter: { listedFrom: '2026-02-02', listedTo: '2026-02-03' } },
    'Papers with most votes listed from 2026-02-02 to 2026-02-03',
  ],
  [{ newest: 'DAY' }, 'Papers of the day'],
  [{ newest: 'WEEK', orderBy: 'NEWEST', filter: { minVotes: 2 } }, 'Newest papers of the week with 2 votes or more'],
])('an edition, by %j, is %s', (query, title) => {
  expect(listTitle({ filter: {}, orderBy: 'MOST_VOTED', ...query })).toBe(title)
})

test('a title has names and no slugs, and what was written for a member that names nothing', () => {
  const names: Record<string, string> = { 'cs.cl': 'cs.CL', agents: 'LLM agents', ada: 'Ada Lin' }
  const filter = { topics: ['agents', 'nothing'], excludeTopics: ['cs.cl'], submitters: ['ada'] }
  expect(listTitle({ filter, orderBy: 'NEWEST' }, (_field, member) => names[member] ?? member)).toBe(
    'Newest papers on LLM agents or nothing not on cs.CL listed by Ada Lin',
  )
})

const VALUES: { [Kind in FilterKind]: FilterKinds[Kind] } = {
  list: ['agents'],
  day: '2026-02-17',
  moment: '2026-02-17T09:30:00.000Z',
  integer: 2,
  flag: true,
  papers: ['2510.10490'],
  search: 'agents',
}

test('a title says once that papers have changed', () => {
  expect(listTitle({ filter: { changedSince: VALUES.moment }, orderBy: 'RECENTLY_CHANGED' })).toBe(
    'Papers changed since 2026-02-17 09:30 UTC',
  )
})

test.each(Object.entries(FILTER_FIELDS))('a title says %s', (name, { kind, words }) => {
  expect(titleOf({ [name]: VALUES[kind] })).toContain(` ${words}`)
})
