import { describe, expect, test } from 'vitest'
import { FEED_DEFAULTS, feedLinks, queryOfList } from '../../src/formats/links.ts'
import type { PaperFilter, PaperScope } from '../../src/lists/paper-filter.ts'

const SITE = 'https://papers.example'
const addressOf = (scope: PaperScope, filter: PaperFilter = {}) =>
  feedLinks(SITE, queryOfList({ scope, filter, order: FEED_DEFAULTS.orderBy })).rss.slice(SITE.length)

describe('the feed of the papers of an edition, topic or author', () => {
  const week = { listed: { from: '2026-02-16', to: '2026-02-22' } }

  test.each<[PaperFilter, string]>([
    [{}, 'listedFrom=2026-02-16&listedTo=2026-02-22'],
    [{ listedFrom: '2026-02-18' }, 'listedFrom=2026-02-18&listedTo=2026-02-22'],
    [{ listedTo: '2026-02-18' }, 'listedFrom=2026-02-16&listedTo=2026-02-18'],
    [{ listedFrom: '2026-02-01', listedTo: '2026-03-01' }, 'listedFrom=2026-02-16&listedTo=2026-02-22'],
    [{ listedFrom: '2026-02-17', listedTo: '2026-02-18' }, 'listedFrom=2026-02-17&listedTo=2026-02-18'],
  ])('an edition with the filter %o: the days that are in both', (filter, query) => {
    expect(addressOf(week, filter)).toBe(`/feeds/papers.rss?${query}`)
  })

  test('a topic is added to allTopics', () => {
    const topic = { id: 1, slug: 'agents', paperCount: 3 }
    expect(addressOf({ topic })).toBe('/feeds/papers.rss?allTopics=agents')
    expect(addressOf({ topic }, { allTopics: ['cs.cl', 'agents'] })).toBe('/feeds/papers.rss?allTopics=cs.cl,agents')
  })

  test('an author replaces the authors of the filter; if the filter excludes the author, there is no feed', () => {
    const author = { id: 1, slug: 'ada-abara', paperCount: 3 }
    expect(addressOf({ author }, { authors: ['Ada-Abara', 'bo-abara'] })).toBe('/feeds/papers.rss?authors=ada-abara')
    expect(() => addressOf({ author }, { authors: ['bo-abara'] })).toThrow('This list has no feed')
  })
})
