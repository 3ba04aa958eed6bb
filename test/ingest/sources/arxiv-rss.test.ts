import { expect, test } from 'vitest'
import { freshDatabase } from '../../support/database.ts'
import { directoryOf, importing, parsing } from '../fixtures.ts'

const item = (type: string, parts: Record<string, string | null> = {}) => {
  const all: Record<string, string | null> = {
    title: '<title>Tides of K\\"ahler manifolds</title>',
    link: '<link>https://arxiv.org/abs/2610.04217</link>',
    description: `<description>arXiv:2610.04217v2 Announce Type: ${type} \nAbstract: One &lt; two.</description>`,
    guid: '<guid isPermaLink="false">oai:arXiv.org:2610.04217v2</guid>',
    categories: '<category>cs.LG</category><category>hep-th</category>',
    pubDate: '<pubDate>Fri, 13 Nov 2026 00:00:00 -0500</pubDate>',
    type: `<arxiv:announce_type>${type}</arxiv:announce_type>`,
    creator: "<dc:creator>Ilse M\\'arquez (Example Lab, Oslo), Tomas Quine</dc:creator>",
    doi: '<arxiv:DOI>10.1000/ABC</arxiv:DOI>',
    ...parts,
  }
  return `<item>${Object.values(all).join('')}</item>`
}

const feed = (...items: string[]) => `<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>cs.LG updates on arXiv.org</title><lastBuildDate>Fri, 13 Nov 2026 05:00:14 +0000</lastBuildDate>
<skipDays><day>Sunday</day><day>Saturday</day></skipDays>${items.join('\n')}</channel></rss>
`

const ENTRY = {
  source: 'arxiv',
  authority: 'ARXIV',
  asOf: '2026-11-13T00:00:00.000Z',
  arxivId: '2610.04217',
  doi: '10.1000/abc',
  identifiers: [],
  title: 'Tides of Kähler manifolds',
  abstract: 'One < two.',
  publishedAt: '2026-10-01T00:00:00.000Z',
  publishedAtIs: 'MONTH',
  updatedAt: null,
  withdrawnAt: null,
  authors: ['Ilse Márquez', 'Tomas Quine'].map((name) => ({ name, account: null })),
  topics: [{ kind: 'CATEGORY', names: ['cs.LG', 'hep-th'] }],
}

test.each([
  ['new', { publishedAt: '2026-11-13T05:00:00.000Z', publishedAtIs: 'ANNOUNCEMENT', updatedAt: null }],
  ['cross', {}],
  ['replace', { updatedAt: '2026-11-13T05:00:00.000Z' }],
  ['replace-cross', { updatedAt: '2026-11-13T05:00:00.000Z' }],
])('an item that announces %s', async (type, times) => {
  const { entries, problems } = await parsing('arxiv-rss', { 'a.xml': feed(item(type), item(type, { type: null })) })
  expect(problems).toEqual([])
  expect(entries).toEqual([
    { ...ENTRY, ...times },
    { ...ENTRY, ...times },
  ])
})

test('the same news as Atom', async () => {
  const entry = `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>oai:arXiv.org:2610.04217v2</id>
<title>Tides of K\\"ahler manifolds</title><updated>2026-11-13T00:00:00-05:00</updated>
<summary>arXiv:2610.04217v2 Announce Type: cross \nAbstract: One &lt; two.</summary><category term="cs.LG"/><category term="hep-th"/>
<arxiv:announce_type>cross</arxiv:announce_type><dc:creator>Ilse M\\'arquez, Tomas Quine</dc:creator>
<arxiv:DOI>10.1000/ABC</arxiv:DOI></entry></feed>`
  const { entries, problems } = await parsing('arxiv-rss', { 'a.xml': entry })
  expect(problems).toEqual([])
  expect(entries).toEqual([ENTRY])
})

test('a paper that two of the joined categories announce is one paper', async () => {
  const { db, close } = await freshDatabase()
  const rights = '<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>'
  const journal = '<arxiv:journal_reference>J. 1</arxiv:journal_reference>'
  const directory = await directoryOf({ 'a.xml': feed(item('new', { rights, journal }), item('cross')) })
  try {
    const { totals, problems } = await importing(db, 'arxiv-rss', [`${directory}/a.xml`])
    expect(problems).toEqual([])
    expect(totals).toMatchObject({ records: 2, created: 1 })
  } finally {
    await close()
  }
})

test('an old id, items that cannot be used, and a day without news', async () => {
  const guid = (id: string) => ({ guid: `<guid>${id}</guid>` })
  const { entries, problems } = await parsing('arxiv-rss', {
    'a.xml': feed(
      item('cross', guid('oai:arXiv.org:math/9901016v3')),
      item('deleted', { description: null }),
      item('new', guid('https://example.org/1')),
      item('new', { pubDate: '<pubDate>today</pubDate>' }),
      item('new', { title: null }),
    ),
    'b.xml': feed(),
  })
  expect(entries).toMatchObject([{ arxivId: 'math/9901016', publishedAt: '1999-01-01T00:00:00.000Z' }])
  expect(problems).toEqual([
    'a.xml:2 announce_type must be new or cross or replace or replace-cross, not "deleted".',
    'a.xml:3 id is not an arXiv id: "https://example.org/1".',
    'a.xml:4 pubDate is not a time such as "Mon, 2 Apr 2007 00:00:00 -0400": "today".',
    'a.xml:5 title is missing.',
  ])
})

test('news change the facts of a paper, but not the time of its first version', async () => {
  const { db, close } = await freshDatabase()
  const paper = {
    v: 1,
    identifiers: { arxiv: '2610.04217' },
    title: 'T',
    publishedAt: '2026-10-20T10:00:00Z',
    authors: [],
  }
  const directory = await directoryOf({ 'p.jsonl': JSON.stringify(paper), 'a.xml': feed(item('replace')) })
  try {
    await importing(db, 'papers', [`${directory}/p.jsonl`])
    const { totals } = await importing(db, 'arxiv-rss', [`${directory}/a.xml`])
    expect(totals).toMatchObject({ updated: 1, problems: 0 })
    expect(await db.execute('select title, published_at, updated_at from papers')).toEqual([
      {
        title: ENTRY.title,
        published_at: '2026-10-20 10:00:00+00',
        updated_at: '2026-11-13 05:00:00+00',
      },
    ])
  } finally {
    await close()
  }
})
