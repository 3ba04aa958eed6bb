import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parsing } from '../fixtures.ts'

const entry = (parts: Record<string, string | null> = {}) => {
  const all: Record<string, string | null> = {
    id: '<id>http://arxiv.org/abs/2611.04217v3</id>',
    title: '<title>Tides of K\\"ahler\n  manifolds</title>',
    published: '<published>2026-11-09T17:59:37Z</published>',
    updated: '<updated>2026-11-12T08:00:00Z</updated>',
    summary: '<summary>  One &lt; two.\nThree.\n  A second paragraph.\n</summary>',
    authors:
      '<author><name>Ilse Marchetti</name><arxiv:affiliation>Lab</arxiv:affiliation></author><author><name> Tomas\n Quine</name></author>',
    categories:
      '<category term="hep-th" scheme="http://arxiv.org/schemas/atom"/><category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/><category term="68T05; 62H30" scheme="http://arxiv.org/schemas/atom"/><category term="I.2.7" scheme="http://arxiv.org/schemas/atom"/><category term="tides" scheme="http://example.org/terms"/><arxiv:primary_category term="cs.LG"/>',
    links: '<link href="https://doi.org/10.1000/LINKED" rel="related" title="doi"/>',
    doi: '<arxiv:doi>10.1000/ABC</arxiv:doi>',
    ...parts,
  }
  return `<entry>${Object.values(all).join('')}</entry>`
}

const feed = (...entries: string[]) => `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>arXiv Query: id_list=</title><id>http://arxiv.org/api/x</id><updated>2026-11-13T00:00:00-05:00</updated>
<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">2</opensearch:totalResults>
${entries.join('\n')}
</feed>
`

const ENTRY = {
  source: 'arxiv',
  authority: 'ARXIV',
  asOf: '2026-11-12T08:00:00.000Z',
  arxivId: '2611.04217',
  doi: '10.1000/abc',
  identifiers: [],
  title: 'Tides of Kähler manifolds',
  abstract: 'One < two. Three.\n\nA second paragraph.',
  publishedAt: '2026-11-09T17:59:37.000Z',
  updatedAt: '2026-11-12T08:00:00.000Z',
  withdrawnAt: null,
  authors: ['Ilse Marchetti', 'Tomas Quine'].map((name) => ({ name, account: null })),
  topics: [{ kind: 'CATEGORY', names: ['cs.LG', 'hep-th'] }],
}

test('an entry, plain and compressed', async () => {
  const { entries, problems } = await parsing('arxiv-atom', {
    'a.xml': feed(entry()),
    'b.xml.gz': gzipSync(feed(entry())),
  })
  expect(problems).toEqual([])
  expect(entries).toEqual([ENTRY, ENTRY])
})

test('an old id, and a DOI that only a link has', async () => {
  const id = '<id>http://arxiv.org/abs/math.CO/9901016v1</id>'
  const { entries } = await parsing('arxiv-atom', { 'a.xml': feed(entry({ id, doi: null })) })
  expect(entries).toEqual([{ ...ENTRY, arxivId: 'math/9901016', doi: '10.1000/linked' }])
})

test('an error of the API, an entry without an id of arXiv, and wrong or missing parts are reported', async () => {
  const error =
    '<entry><id>https://arxiv.org/api/errors#incorrect_id</id><title>Error</title><summary>incorrect id\n format for 1</summary></entry>'
  const { entries, problems } = await parsing('arxiv-atom', {
    'a.xml': feed(
      error,
      entry({ id: '<id>http://example.org/1</id>' }),
      entry({ title: '<title> </title>' }),
      entry({ updated: '<updated>yesterday</updated>' }),
      entry({ published: null }),
      entry(),
    ),
  })
  expect(entries).toEqual([ENTRY])
  expect(problems).toEqual([
    'a.xml:1 It is an error of arXiv\'s API: "incorrect id format for 1".',
    'a.xml:2 id is not an arXiv id: "http://example.org/1".',
    'a.xml:3 title is missing.',
    'a.xml:4 updated is not an RFC 3339 time: "yesterday".',
    'a.xml:5 published is missing.',
  ])
})

test('a feed without entries has no papers and no problems: an unknown id gives one', async () => {
  expect(await parsing('arxiv-atom', { 'a.xml': feed() })).toEqual({ entries: [], problems: [] })
})

test('the form until 2025: prefixes declared on each element, text that begins and ends with blanks', async () => {
  const { entries, problems } = await parsing('arxiv-atom', {
    'a.xml': `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?id_list%3D" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=&amp;id_list=</title>
  <opensearch:itemsPerPage xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1</opensearch:itemsPerPage>
  <entry>
    <id>http://arxiv.org/abs/0704.0001v1</id>
    <updated>2026-11-12T08:00:00Z</updated>
    <published>2026-11-09T17:59:37Z</published>
    <title>Tides
  and bands</title>
    <summary>  We study
tides.
</summary>
    <author>
      <name>Ilse Marchetti</name>
      <arxiv:affiliation xmlns:arxiv="http://arxiv.org/schemas/atom">Lab</arxiv:affiliation>
    </author>
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">This paper has been withdrawn</arxiv:comment>
    <arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">J. 1</arxiv:journal_ref>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.RO" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.RO" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
</feed>`,
  })
  expect(problems).toEqual([])
  expect(entries).toMatchObject([
    {
      arxivId: '0704.0001',
      doi: null,
      title: 'Tides and bands',
      abstract: 'We study tides.',
      withdrawnAt: '2026-11-12T08:00:00.000Z',
      authors: [{ name: 'Ilse Marchetti' }],
      topics: [{ kind: 'CATEGORY', names: ['cs.RO'] }],
    },
  ])
})

test('several responses in one file', async () => {
  const other = entry({ id: '<id>http://arxiv.org/abs/2611.00002v1</id>' })
  const { entries, problems } = await parsing('arxiv-atom', { 'a.xml': `${feed(entry())}\n${feed(other)}` })
  expect(problems).toEqual([])
  expect(entries).toEqual([ENTRY, { ...ENTRY, arxivId: '2611.00002' }])
})
