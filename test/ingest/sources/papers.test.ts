import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parsePaper } from '../../../src/ingest/sources/papers.ts'

const least = {
  v: 1,
  identifiers: { arxiv: '2611.04217' },
  title: 'Tidal Routing',
  publishedAt: '2026-11-09',
  authors: ['Ilse Marchetti'],
}

test('a line with the required fields only', () => {
  expect(parsePaper(least)).toEqual({
    source: 'papers',
    authority: 'OPERATOR',
    asOf: '2026-11-09T00:00:00.000Z',
    arxivId: '2611.04217',
    doi: null,
    identifiers: [],
    title: 'Tidal Routing',
    abstract: null,
    publishedAt: '2026-11-09T00:00:00.000Z',
    listedAt: null,
    listedOn: null,
    submitter: null,
    organization: null,
    authors: [{ name: 'Ilse Marchetti', account: null }],
    topics: [],
    links: null,
    votes: null,
  })
})

test('a line with all fields', () => {
  expect(
    parsePaper({
      v: 1,
      identifiers: { arXiv: 'https://doi.org/10.48550/arXiv.2611.04217', doi: '10.5555/ABC.1', openreview: 'xYz12' },
      title: ' Tidal\n Routing',
      abstract: 'One.\n\nTwo\nthree.',
      summary: 'Short.',
      publishedAt: '2026-11-09T18:30:00+02:00',
      updatedAt: '2026-11-12',
      listedOn: '2026-11-10',
      submittedBy: { handle: 'noorh', name: 'Noor Haddad', avatarUrl: 'https://media.example/n.png' },
      organization: { slug: 'example-lab', name: 'Example Lab' },
      authors: ['Ilse Marchetti', { name: 'Tomas Quine', handle: 'tquine' }, { name: 'Ilse Marchetti' }],
      categories: ['cs.CL', 'cs.LG'],
      keywords: ['Tides', 'tides', 'LoRA'],
      links: [
        { kind: 'ABSTRACT', url: 'https://arxiv.org/abs/2611.04217v2' },
        { kind: 'CODE', url: 'https://github.com/lab/tides', title: 'Code' },
      ],
      thumbnailUrl: 'https://media.example/t.png',
      githubStars: 3,
      commentCount: 2,
      votes: { count: 58, countedAt: '2026-11-11T00:00:00Z', source: 'hf' },
      asOf: '2026-11-13',
    }),
  ).toEqual({
    source: 'hf',
    authority: 'OPERATOR',
    asOf: '2026-11-13T00:00:00.000Z',
    arxivId: '2611.04217',
    doi: '10.5555/abc.1',
    identifiers: [{ scheme: 'openreview', value: 'xYz12' }],
    title: 'Tidal Routing',
    abstract: 'One.\n\nTwo three.',
    summary: 'Short.',
    publishedAt: '2026-11-09T16:30:00.000Z',
    updatedAt: '2026-11-12T00:00:00.000Z',
    listedAt: '2026-11-10T00:00:00.000Z',
    listedOn: '2026-11-10',
    submitter: { handle: 'noorh', name: 'Noor Haddad', avatarUrl: 'https://media.example/n.png', sourceKey: null },
    organization: { slug: 'example-lab', name: 'Example Lab', avatarUrl: null, sourceKey: null },
    authors: [
      { name: 'Ilse Marchetti', account: null },
      { name: 'Tomas Quine', account: { handle: 'tquine', name: null, avatarUrl: null, sourceKey: null } },
      { name: 'Ilse Marchetti', account: null },
    ],
    topics: [
      { kind: 'CATEGORY', names: ['cs.CL', 'cs.LG'] },
      { kind: 'KEYWORD', names: ['Tides', 'LoRA'] },
    ],
    links: [{ kind: 'CODE', url: 'https://github.com/lab/tides', title: 'Code' }],
    thumbnailUrl: 'https://media.example/t.png',
    githubStars: 3,
    commentCount: 2,
    votes: { count: 58, countedAt: '2026-11-11T00:00:00.000Z' },
  })
})

test('asOf defaults to the latest moment of the line', () => {
  expect(parsePaper({ ...least, votes: { count: 1, countedAt: '2026-11-20' }, listedOn: '2026-11-10' }).asOf).toBe(
    '2026-11-20T00:00:00.000Z',
  )
})

test('the longest texts', () => {
  const texts = { title: 't'.repeat(1_000), abstract: 'a'.repeat(20_000), summary: 's'.repeat(5_000) }
  expect(parsePaper({ ...least, ...texts, abstract: `  ${texts.abstract}\n` })).toMatchObject(texts)
})

test('a paper that is not on arXiv', () => {
  expect(parsePaper({ ...least, identifiers: { openreview: 'abc' } })).toMatchObject({
    arxivId: null,
    doi: null,
    identifiers: [{ scheme: 'openreview', value: 'abc' }],
  })
})

describe('an invalid line is refused with one sentence', () => {
  const deeplyNested = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  const { v: _, ...noVersion } = least
  test.each<[string, unknown]>([
    ['The record must be an object, not an array.', []],
    ['v is missing.', noVersion],
    ['v must be 1, not 2.', { ...least, v: 2 }],
    ['Unknown field "titel".', { ...least, titel: 'x' }],
    ['Unknown field "authors[0].email".', { ...least, authors: [{ name: 'Ann', email: 'x' }] }],
    ['identifiers is empty: a paper needs at least one.', { ...least, identifiers: {} }],
    [
      'identifiers.arxiv is not an identifier of that scheme: "2611.4".',
      { ...least, identifiers: { arxiv: '2611.4' } },
    ],
    ['identifiers.arxiv must be a string, not a number.', { ...least, identifiers: { arxiv: 2611.04217 } }],
    [
      'identifiers name two arXiv papers: 2611.04217 and 2611.04218.',
      { ...least, identifiers: { arxiv: '2611.04217', doi: '10.48550/arXiv.2611.04218' } },
    ],
    [
      'identifiers.Feed is reserved for the server.',
      { ...least, identifiers: { arxiv: '2611.04217', Feed: 'doi:10.1/x' } },
    ],
    ['title is blank.', { ...least, title: ' ' }],
    ['title is missing.', { ...least, title: undefined }],
    [
      'publishedAt is not a time such as 2026-02-17T09:30:00Z or a day such as 2026-02-17: "2026-02-30".',
      { ...least, publishedAt: '2026-02-30' },
    ],
    [
      'publishedAt is not a time such as 2026-02-17T09:30:00Z or a day such as 2026-02-17: "1599-12-31".',
      { ...least, publishedAt: '1599-12-31' },
    ],
    [
      'listedOn is not a day such as 2026-02-17: "2026-11-10T00:00:00Z".',
      { ...least, listedOn: '2026-11-10T00:00:00Z' },
    ],
    ['authors[1] is blank.', { ...least, authors: ['Ann', ' '] }],
    ['authors[0] must be a name or an object.', { ...least, authors: [5] }],
    ['authors[0].name is missing.', { ...least, authors: [{ handle: 'x' }] }],
    ['title is longer than 1000 characters.', { ...least, title: 'x'.repeat(1_001) }],
    ['keywords[0] is longer than 500 characters.', { ...least, keywords: ['x'.repeat(501)] }],
    [
      'links[0].url is not a web address: "ftp://x.example/".',
      { ...least, links: [{ kind: 'CODE', url: 'ftp://x.example/' }] },
    ],
    ['votes.count must not be negative: -1.', { ...least, votes: { count: -1, countedAt: '2026-11-10' } }],
    ['abstract must be a string, not null.', { ...least, abstract: null }],
    ['abstract is longer than 20000 characters.', { ...least, abstract: 'x'.repeat(20_001) }],
    ['summary is longer than 5000 characters.', { ...least, summary: 'x'.repeat(5_001) }],
    ['authors has more than 20000 members.', { ...least, authors: Array(20_001).fill('Ann') }],
    ['keywords has more than 1000 members.', { ...least, keywords: Array(1_001).fill('tides') }],
    [
      'identifiers has more than 1000 members.',
      { ...least, identifiers: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`s${n}`, 'x'])) },
    ],
    // What is read of the numbers 1e400 and -1e400.
    ['githubStars is too large.', { ...least, githubStars: Number.POSITIVE_INFINITY }],
    ['githubStars must not be negative.', { ...least, githubStars: Number.NEGATIVE_INFINITY }],
    ['githubStars is too large: 1e+300.', { ...least, githubStars: 1e300 }],
    ['githubStars is too large: 2147483648.', { ...least, githubStars: 2_147_483_648 }],
    ['githubStars must be an integer, not 1e-300.', { ...least, githubStars: 1e-300 }],
    ['v must be 1, not a number out of range.', { ...least, v: Number.POSITIVE_INFINITY }],
    ['title must be a string, not a number out of range.', { ...least, title: Number.POSITIVE_INFINITY }],
    ['v must be 1, not an array.', { ...least, v: deeplyNested }],
  ])('%s', (message, record) => {
    expect(() => parsePaper(record)).toThrow(new Error(message))
  })
})

test('the header of the source describes every field', async () => {
  const source = await readFile(new URL('../../../src/ingest/sources/papers.ts', import.meta.url), 'utf8')
  const [, shape = ''] = /^const paperLine = z\.strictObject\(\{\n(.*?)^\}\)$/ms.exec(source) ?? []
  const fields = [...shape.matchAll(/^ {2}(\w+)[:,]/gm)].map(([, name]) => name)
  const described = [...source.matchAll(/^ \* \| ([^|]*) \|/gm)].flatMap(([, names]) =>
    [...(names as string).matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  expect(fields.length).toBeGreaterThan(10)
  expect(described.toSorted()).toEqual(fields.toSorted())
})
