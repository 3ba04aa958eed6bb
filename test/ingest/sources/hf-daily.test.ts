import { describe, expect, test } from 'vitest'
import { parseHfDaily, repositoryAddress } from '../../../src/ingest/sources/hf-daily.ts'
import { hfRecord, oldHfRecord } from '../fixtures.ts'

const parse = (record: unknown, date: string | null = null, capturedAt: string | null = null) =>
  parseHfDaily(record, { date, capturedAt })

describe('the list day', () => {
  test('is the day of submittedOnDailyAt, whatever the file is called', () => {
    const entry = parse(hfRecord({ submittedOnDailyAt: '2026-01-07T03:04:05.678Z' }), '2026-01-06')
    expect(entry).toMatchObject({ listedOn: '2026-01-07', listedAt: '2026-01-07T03:04:05.678Z' })
  })

  test('is the date of the file if the record has none; the moment is the outer time until 2025-03-10', () => {
    expect(parse(oldHfRecord(), '2024-05-29')).toMatchObject({
      listedOn: '2024-05-29',
      listedAt: '2024-05-28T02:51:25.097Z',
    })
  })

  test('has midnight as its moment since 2025-03-11, when the outer time became meaningless', () => {
    const record = oldHfRecord({}, { publishedAt: '2025-03-11T22:00:00.000Z' })
    expect(parse(record, '2025-03-12')).toMatchObject({ listedOn: '2025-03-12', listedAt: '2025-03-12T00:00:00.000Z' })
  })

  test.each([
    ['2024-05-28T20:59:59.000Z', '2024-05-28'],
    ['2024-05-28T21:00:00.000Z', '2024-05-29'],
  ])('comes from the outer time %s if nothing else gives it', (publishedAt, listedOn) => {
    expect(parse(oldHfRecord({}, { publishedAt })).listedOn).toBe(listedOn)
  })

  test('that nothing gives is a problem', () => {
    const record = oldHfRecord({}, { publishedAt: '2025-03-12T22:00:00.000Z' })
    expect(() => parse(record)).toThrow(/^paper\.submittedOnDailyAt is missing, and nothing else says which day/)
  })
})

test('the outer publishedAt is not the publication', () => {
  expect(parse(hfRecord()).publishedAt).toBe('2026-11-09T00:00:00.000Z')
})

test('facts and votes are dated at the capture, or at the end of the list day', () => {
  expect(parse(hfRecord())).toMatchObject({
    asOf: '2026-11-10T23:59:59.999Z',
    votes: { count: 37, countedAt: '2026-11-10T23:59:59.999Z' },
  })
  expect(parse(hfRecord(), null, '2026-11-10T07:00:00.000Z')).toMatchObject({
    asOf: '2026-11-10T07:00:00.000Z',
    votes: { count: 37, countedAt: '2026-11-10T07:00:00.000Z' },
  })
})

test('TeX accents become characters, as in the metadata of arXiv', () => {
  const authors = [{ name: "Ilse M\\'arquez" }]
  expect(parse(hfRecord({ title: 'K\\"ahler \\& $\\"x$', summary: 'G\\"odel', authors }))).toMatchObject({
    title: 'Kähler & $\\"x$',
    abstract: 'Gödel',
    authors: [{ name: 'Ilse Márquez' }],
  })
})

test('hard-wrapped text becomes one line; an abstract keeps its paragraphs', () => {
  const entry = parse(
    hfRecord({
      title: 'Slow Dynamics for\n  Video',
      summary: 'One two\nthree.\n\n  Four\n five.\n',
      ai_summary: ' A\n b. ',
    }),
  )
  expect(entry).toMatchObject({
    title: 'Slow Dynamics for Video',
    abstract: 'One two three.\n\nFour five.',
    summary: 'A b.',
  })
})

test('characters that cannot be stored are removed', () => {
  expect(parse(hfRecord({ title: 'A\u0000 \ud800ti\ufffft\ufffele\u0007' })).title).toBe('A title')
})

describe('authors', () => {
  test('keep their order and repetitions, and are left out if hidden', () => {
    const { authors } = parse(
      hfRecord({
        authors: [
          { name: 'Tomas\n  Quine' },
          { name: 'Withheld Name', hidden: true },
          { name: 'NVIDIA' },
          { name: ' ' },
          { name: 'Tomas Quine', hidden: false },
        ],
      }),
    )
    expect(authors?.map(({ name }) => name)).toEqual(['Tomas Quine', 'NVIDIA', 'Tomas Quine'])
  })

  test.each([
    ['claimed_verified', true],
    ['admin_assigned', true],
    ['extracted_confirmed', true],
    ['extracted_pending', false],
    ['extracted_infirmed', false],
    [undefined, false],
  ])('with status %s: account %s', (status, linked) => {
    const user = { _id: 'u1', user: 'tquine', fullname: 'T. Quine', avatarUrl: '/avatars/0a.svg' }
    const { authors } = parse(hfRecord({ authors: [{ name: 'Tomas Quine', status, user }] }))
    expect(authors?.[0]?.account).toEqual(
      linked
        ? {
            handle: 'tquine',
            name: 'T. Quine',
            avatarUrl: 'https://huggingface.co/avatars/0a.svg',
            sourceKey: 'hf:u1',
          }
        : null,
    )
  })

  test('two encodings of one accent are one name', () => {
    const { authors } = parse(hfRecord({ authors: [{ name: 'Zoe\u0308 Li' }] }))
    expect(authors?.[0]?.name).toBe('Zo\u00eb Li')
  })
})

describe('people and organizations', () => {
  test('the submitter has a key in _id or id and a handle in user or name', () => {
    const submittedBy = { id: 'u5', name: 'noorh', fullname: '', avatarUrl: 'https://media.example/n.png' }
    expect(parse(hfRecord({}, { submittedBy })).submitter).toEqual({
      handle: 'noorh',
      name: null,
      avatarUrl: 'https://media.example/n.png',
      sourceKey: 'hf:u5',
    })
    const submittedOnDailyBy = { _id: 'u6', user: 'other' }
    expect(parse(hfRecord({ submittedOnDailyBy }, { submittedBy })).submitter).toMatchObject({
      handle: 'other',
      name: null,
      sourceKey: 'hf:u6',
    })
    expect(parse(hfRecord({ submittedOnDailyBy: { _id: 'u6', fullname: 'No Login' } })).submitter).toBeNull()
  })

  test.each(['paper', 'organization', 'submitterOrganization'])('the organization of %s', (place) => {
    const lab = { _id: 'o1', name: 'example-lab', fullname: 'Example Lab' }
    const record = place === 'paper' ? hfRecord({ organization: lab }) : hfRecord({}, { [place]: lab })
    expect(parse(record).organization).toEqual({
      slug: 'example-lab',
      name: 'Example Lab',
      avatarUrl: null,
      sourceKey: 'hf:o1',
    })
  })
})

test.each([
  ['https://github.com/lab/tides/', 'https://github.com/lab/tides'],
  ['https://github.com/lab/tides.git', 'https://github.com/lab/tides'],
  ['https://github.com/lab/tides/tree/main/examples/a', 'https://github.com/lab/tides'],
  ['https://github.com/lab/tides/blob/main/', 'https://github.com/lab/tides'],
  ['https://github.com/lab/tides//', 'https://github.com/lab/tides'],
  ['https://www.github.com/lab/tides?tab=readme-ov-file#usage', 'https://github.com/lab/tides'],
  ['github.com/lab/tides', 'https://github.com/lab/tides'],
  ['https://github.com/\nlab/tides.git', 'https://github.com/lab/tides'],
  ['https://github.com/lab', 'https://github.com/lab'],
  ['https://gitlab.com/lab/group/tides/-/tree/main', 'https://gitlab.com/lab/group/tides/-/tree/main'],
  ['https://github.com/', null],
  ['not a url', null],
  ['javascript:alert(1)', null],
])('repository %j', (given, expected) => {
  expect(repositoryAddress(given)).toBe(expected)
})

test('links are code, project, discussion and media; invalid ones are dropped', () => {
  const entry = parse(
    hfRecord(
      {
        githubRepo: 'https://github.com/lab/tides.git',
        projectPage: ' http://tides.example/demo',
        mediaUrls: ['https://media.example/teaser.mp4', 'teaser.png'],
      },
      {
        mediaUrls: ['https://media.example/teaser.mp4', 'https://media.example/b.webm'],
        thumbnail: 'https://cdn.example/t.png',
      },
    ),
  )
  expect(entry.links).toEqual([
    { kind: 'CODE', url: 'https://github.com/lab/tides', title: null },
    { kind: 'PROJECT', url: 'http://tides.example/demo', title: null },
    { kind: 'DISCUSSION', url: 'https://huggingface.co/papers/2611.04217', title: null },
    { kind: 'MEDIA', url: 'https://media.example/teaser.mp4', title: null },
    { kind: 'MEDIA', url: 'https://media.example/b.webm', title: null },
  ])
  expect(entry.thumbnailUrl).toBe('https://cdn.example/t.png')
})

test('the mediaUrl of early 2024 is a generated card or an upload', () => {
  const card = 'https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2405.01234.png'
  expect(parse(oldHfRecord({}, { mediaUrl: card }), '2024-05-28')).toMatchObject({ thumbnailUrl: card })
  const upload = 'https://cdn-uploads.huggingface.co/production/uploads/x/teaser.png'
  const entry = parse(oldHfRecord({}, { mediaUrl: upload }), '2024-05-28')
  expect(entry.thumbnailUrl).toBeNull()
  expect(entry.links).toContainEqual({ kind: 'MEDIA', url: upload, title: null })
})

test('blank and repeated keywords are dropped, ignoring case and spacing', () => {
  const ai_keywords = ['Mixture of Experts', '', 'mixture  of experts', 'Load Balancing', 'load balancing', 'LoRA']
  expect(parse(hfRecord({ ai_keywords })).topics).toEqual([
    { kind: 'KEYWORD', names: ['Mixture of Experts', 'Load Balancing', 'LoRA'] },
  ])
  expect(parse(hfRecord()).topics).toEqual([])
})

test('counts', () => {
  expect(parse(hfRecord({ githubStars: 212, upvotes: 0 }))).toMatchObject({
    githubStars: 212,
    commentCount: 4,
    votes: { count: 0 },
  })
})

test('optional fields may be absent', () => {
  const paper = { id: '2611.04217', title: 'Tides', publishedAt: '2026-11-09T00:00:00.000Z' }
  expect(parse({ paper }, '2026-11-10')).toMatchObject({
    abstract: null,
    authors: null,
    votes: null,
    commentCount: undefined,
  })
})

test('null means absent, and unknown fields of any form are ignored', () => {
  const paper = { id: '2611.04217', title: 'Tides', publishedAt: '2026-11-09T00:00:00.000Z' }
  const nulls = [
    'summary',
    'authors',
    'upvotes',
    'submittedOnDailyAt',
    'submittedOnDailyBy',
    'organization',
    'githubRepo',
  ]
  const more = ['githubStars', 'projectPage', 'mediaUrls', 'ai_summary', 'ai_keywords', 'withdrawnAt']
  const withNulls = Object.fromEntries([...nulls, ...more].map((name) => [name, null]))
  const outer = { submittedBy: null, organization: null, thumbnail: null, mediaUrls: null, numComments: null }
  const unknown = { upvoted: false, highlightedTitle: [{ type: 'text', text: 'T' }], source: 7, ai_summary_model: {} }
  const bare = parse({ paper }, '2026-11-10')
  expect(parse({ paper: { ...paper, ...withNulls, ...unknown }, ...outer, ...unknown }, '2026-11-10')).toEqual({
    ...bare,
    ...{ withdrawnAt: null, githubStars: null, commentCount: null },
  })
  const authors = [{ name: 'Tomas Quine', status: 'claimed_verified', user: null, hidden: null }]
  expect(parse(hfRecord({ authors })).authors).toEqual([{ name: 'Tomas Quine', account: null }])
})

test('a withdrawn paper', () => {
  expect(parse(hfRecord({ withdrawnAt: '2026-12-01T00:00:00.000Z' })).withdrawnAt).toBe('2026-12-01T00:00:00.000Z')
})

test.each<[string, unknown, string]>([
  ['a string', "{'paper': 1}", 'The record must be an object, not a string.'],
  ['null', null, 'The record must be an object, not null.'],
  ['no paper', { title: 'x' }, 'paper is missing.'],
  [
    'an id that is a number',
    hfRecord({ id: 2510.1049 }),
    'paper.id is the number 2510.1049: it must be text, to keep its zeros.',
  ],
  ['an id that is none of arXiv', hfRecord({ id: '../x' }), 'paper.id is not an arXiv id: "../x".'],
  ['no title', hfRecord({ title: ' ' }), 'paper.title is missing or blank.'],
  ['no publication', hfRecord({ publishedAt: undefined }), 'paper.publishedAt is missing.'],
  [
    'a day that no calendar has',
    hfRecord({ publishedAt: '2026-02-30T00:00:00.000Z' }),
    'paper.publishedAt is not an RFC 3339 time: "2026-02-30T00:00:00.000Z".',
  ],
  ['fewer than no votes', hfRecord({ upvotes: -1 }), 'paper.upvotes must not be negative: -1.'],
  ['half a vote', hfRecord({ upvotes: 1.5 }), 'paper.upvotes must be an integer, not 1.5.'],
  ['more votes than a table holds', hfRecord({ upvotes: 2 ** 31 }), 'paper.upvotes is too large: 2147483648.'],
  ['votes in words', hfRecord({ upvotes: 'many' }), 'paper.upvotes must be a number, not a string.'],
  ['authors as text', hfRecord({ authors: ['Ann'] }), 'paper.authors[0] must be an object, not a string.'],
  ['an endless title', hfRecord({ title: 'x'.repeat(1_001) }), 'paper.title is longer than 1000 characters.'],
  ['votes beyond all numbers', hfRecord({ upvotes: Number.POSITIVE_INFINITY }), 'paper.upvotes is too large.'],
  [
    'an id beyond all numbers',
    hfRecord({ id: Number.POSITIVE_INFINITY }),
    'paper.id must be a string, not a number out of range.',
  ],
  ['an endless abstract', hfRecord({ summary: 'x'.repeat(20_001) }), 'paper.summary is longer than 20000 characters.'],
  [
    'an endless summary',
    hfRecord({ ai_summary: 'x'.repeat(5_001) }),
    'paper.ai_summary is longer than 5000 characters.',
  ],
  [
    'an endless key',
    hfRecord({ submittedOnDailyBy: { _id: 'x'.repeat(501), user: 'ann' } }),
    'paper.submittedOnDailyBy._id is longer than 500 characters.',
  ],
  [
    'authors without end',
    hfRecord({ authors: Array(20_001).fill({ name: 'Ann' }) }),
    'paper.authors has more than 20000 members.',
  ],
  [
    'an endless name',
    hfRecord({ authors: [{ name: 'Ann' }, { name: 'x'.repeat(501) }] }),
    'paper.authors[1].name is longer than 500 characters.',
  ],
])('%s is refused with one sentence', (_, record, message) => {
  expect(() => parse(record, '2026-11-10')).toThrow(new Error(message))
})
