import { describe, expect, test } from 'vitest'
import { FEED_DEFAULTS } from '../../src/formats/links.ts'
import {
  formatPaperQuery,
  type PaperQuery,
  parseCurrentQuery,
  parsePaperQuery,
} from '../../src/formats/query-string.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../../src/lists/paper-orders.ts'
import { BadUserInput } from '../../src/values/errors.ts'
import { random } from '../support/random.ts'
import { randomFilter } from './filters.ts'

/** LIKENESS goes with `like` only. */
const ORDERS = (Object.keys(PAPER_ORDERS) as PaperOrderName[]).filter((name) => name !== 'LIKENESS')
const PIECES = [
  ...['a', 'cs.cl', 'long-context', ',', '%', '%2C', '%25', '%zz', '%2', '%00', '+', '&', '=', '#', '?', ';', '/', ':'],
  ...[' ', '  ', '\t', '\n', '\u00a0', '\ufeff', '"', "'", '<', '>', '\\', '|', 'é', 'é', '深度学习', 'שלום', 'سلام'],
  ...['😀', '👩‍🔬', '\u200f', '\u0001', '\u007f', '\ufffe', 'null', 'true', '-1', '__proto__', 'constructor'],
]

/** Any text that Postgres can store, also an empty one. */
const anyText = (draw: () => number): string =>
  Array.from({ length: Math.floor(draw() * 5) }, () => PIECES[Math.floor(draw() * PIECES.length)]).join('')

function randomQuery(draw: () => number): PaperQuery {
  const members = () => Array.from({ length: 5 }, () => anyText(draw))
  // A blank query means no query and is not written.
  const searches = () => members().map((text) => (text.trim() === '' ? 'x' : text))
  const days = ['0001-01-01', '1999-12-31', '2024-02-29', '2026-02-17', '9999-12-31']
  const words = {
    topics: members(),
    organizations: members(),
    authors: members(),
    submitters: members(),
    days,
    moments: days.slice(1).map((day) => `${day}T09:30:00.000Z`),
    queries: searches(),
    like: members(),
  }
  const filter = randomFilter(draw, words)
  if (draw() < 0.02) filter.minVotes = -2_147_483_648
  if (draw() < 0.02) filter.minComments = 2_147_483_647
  return {
    filter,
    orderBy: filter.like ? 'LIKENESS' : (ORDERS[Math.floor(draw() * ORDERS.length)] as PaperOrderName),
    first: 1 + Math.floor(draw() * 100),
  }
}

const read = (text: string) => parsePaperQuery(new URLSearchParams(text), FEED_DEFAULTS).query
const write = (query: PaperQuery) => formatPaperQuery(query, FEED_DEFAULTS)

describe('a list and its query string', () => {
  test('convert into each other without loss, for 10,000 random lists, also as part of an address', () => {
    const draw = random(5)
    for (let round = 0; round < 10_000; round += 1) {
      const query = randomQuery(draw)
      const text = write(query)
      expect(read(text)).toEqual(query)
      const { searchParams } = new URL(`https://papers.example/feeds/papers.rss?${text}`)
      expect(parsePaperQuery(searchParams, FEED_DEFAULTS).query).toEqual(query)
      expect(write(read(text))).toBe(text)
    }
  })

  test('the query string is short: empty fields and default values are left out, and commas are not encoded', () => {
    expect(write({ filter: {}, ...FEED_DEFAULTS })).toBe('')
    expect(write({ filter: { topics: [], minVotes: null, hasCode: null, query: ' ' }, ...FEED_DEFAULTS })).toBe('')
    const filter = { hasCode: false, minVotes: 0, topics: ['agents', 'cs.cl'], publishedFrom: '2026-01-01' }
    expect(write({ filter, orderBy: 'NEWEST', first: 5 })).toBe(
      'topics=agents,cs.cl&publishedFrom=2026-01-01&minVotes=0&hasCode=false&orderBy=NEWEST&first=5',
    )
    expect(write({ filter: { query: 'author:"Ada Abara", 100% of -深度' }, ...FEED_DEFAULTS })).toBe(
      'query=author:%22Ada+Abara%22,+100%25+of+-%E6%B7%B1%E5%BA%A6',
    )
  })
})

describe('the newest edition', () => {
  const readCurrent = (text: string) => parseCurrentQuery(new URLSearchParams(text), FEED_DEFAULTS).query

  test.each([
    ['edition=day', 'DAY', 'edition=day'],
    ['edition=week/latest&topics=agents', 'WEEK', 'topics=agents&edition=week'],
    ['edition=month&orderBy=NEWEST', 'MONTH', 'edition=month&orderBy=NEWEST'],
    ['edition=day&orderBy=MOST_VOTED', 'DAY', 'edition=day'],
    ['edition=day&orderBy=TRENDING', 'DAY', 'edition=day&orderBy=TRENDING'],
  ])('%s is written as one query string, which is read as the same', (text, newest, written) => {
    const query = readCurrent(text)
    expect(query.newest).toBe(newest)
    expect(formatPaperQuery(query, FEED_DEFAULTS)).toBe(written)
    expect(readCurrent(written)).toEqual(query)
  })

  test('is none of a list without it', () => {
    expect(readCurrent('edition=2026-W08').newest).toBeNull()
    expect(() => readCurrent('edition=days')).toThrow('"edition" must be day, week or month for the newest, or a day,')
  })
})

describe('a query string as people write it', () => {
  test('may have spaces, empty members and fields, lowercase values, and parameters in any order', () => {
    expect(read('query=%20&topics=&minVotes=&first=&orderBy=')).toEqual({ filter: {}, ...FEED_DEFAULTS })
    expect(read('first=5&topics=agents,%20long%20context%20,,rag&orderBy=newest&authors=&hasCode=true')).toEqual({
      filter: { topics: ['agents', 'long context', 'rag'], hasCode: true },
      orderBy: 'NEWEST',
      first: 5,
    })
  })

  test.each([
    ['edition=2026-02-17', '2026-02-17', '2026-02-17'],
    ['edition=2026-W08', '2026-02-16', '2026-02-22'],
    ['edition=week/2026-02-17', '2026-02-16', '2026-02-22'],
    ['edition=month%2F2026-02', '2026-02-01', '2026-02-28'],
    ['edition=2026-02&listedFrom=2026-02-10&listedTo=2026-12-31', '2026-02-10', '2026-02-28'],
    ['edition=2026-02&listedFrom=2026-01-10&listedTo=2026-02-05', '2026-02-01', '2026-02-05'],
  ])('names an edition: %s', (text, listedFrom, listedTo) => {
    const query = read(text)
    expect(query.filter).toEqual({ listedFrom, listedTo })
    // An edition has most votes first.
    expect(write(query)).toBe(`listedFrom=${listedFrom}&listedTo=${listedTo}&orderBy=MOST_VOTED`)
  })

  test.each([
    ['edition=today', 'edition', '"edition" must be day, week or month for the newest, or a day, such as 2026-02-17,'],
    ['edition=day', 'edition', '"edition" must be a day, such as 2026-02-17, a week, such as 2026-W08 or'],
    ['topic=agents', 'topic', 'There is no parameter "topic". Allowed are topics, allTopics, excludeTopics, '],
    ['toString=1', 'toString', 'There is no parameter "toString".'],
    ['first=0', 'first', '"first" must be a whole number from 1 to 100.'],
    ['first=1e1', 'first', '"first" must be a whole number'],
    ['orderBy=BEST', 'orderBy', '"orderBy" must be one of TRENDING, '],
    ['publishedFrom=2026-02-30', 'publishedFrom', '"publishedFrom" must be a calendar day such as 2026-02-17'],
    ['minVotes=2147483648', 'minVotes', '"minVotes" must be a whole number.'],
    ['hasCode=yes', 'hasCode', '"hasCode" must be true or false.'],
    ['topics=a&topics=b', 'topics', '"topics" may be given once only'],
    ['query=%00', 'query', '"query" must be text without NUL characters'],
    [`query=${'x'.repeat(1_001)}`, 'query', '`query` may have at most 1,000 characters; it has 1,001.'],
    ['topics=%00', 'topics', '"topics" must be text without NUL characters'],
    ['topics=%FF', 'topics', '"topics" must be text without NUL characters, in UTF-8.'],
    ['query=caf%E9', 'query', '"query" must be text without NUL characters, in UTF-8.'],
    ['topics=a%2500b', 'topics', '"topics" must be text without NUL characters'],
    [`topics=${Array(101).fill('a')}`, 'topics', '"topics" may have at most 100 members; it has 101.'],
  ])('%s is refused, and the error names the parameter', (text, argument, message) => {
    const refusal = (() => {
      try {
        return read(text)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(BadUserInput)
    expect(refusal).toMatchObject({ argument, message: expect.stringContaining(message) })
  })
})

test('a member with many spaces takes linear time', () => {
  const start = performance.now()
  write({ filter: { topics: [`${' '.repeat(200_000)}x${' '.repeat(200_000)}x`] }, ...FEED_DEFAULTS })
  // Quadratic time would be minutes.
  expect(performance.now() - start).toBeLessThan(10_000)
})
