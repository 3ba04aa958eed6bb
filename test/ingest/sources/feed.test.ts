import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { htmlToText } from '../../../src/ingest/sources/html-text.ts'
import { parsing } from '../fixtures.ts'

const rss = (items: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lab</title><link>https://www.lab.example/news/</link>${items}</channel></rss>`

const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><id>urn:lab</id><updated>2026-11-09T00:00:00Z</updated>
<link rel="self" href="https://other.example/feed.xml"/><link href="https://lab.example/"/>
<entry><id>tag:lab.example,2026:1</id><title type="html">Tides &lt;b&gt;of&lt;/b&gt; K\\"ahler</title><link href="https://lab.example/1"/>
<link rel="related" href="https://arxiv.org/abs/2611.04217v2"/><published>2026-11-08T00:00:00+01:00</published><updated>2026-11-09T00:00:00Z</updated>
<author><name>Ann Lin</name></author><author><name>Quine, Tomas</name></author><category term="cs.LG"/><category term="tides"/>
<summary type="html">&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;</summary></entry></feed>`

const ENTRY = {
  source: 'feed',
  authority: 'FEED',
  asOf: '2026-11-09T00:00:00.000Z',
  arxivId: '2611.04217',
  doi: null,
  identifiers: [],
  title: 'Tides of Kähler',
  abstract: 'One & two.\n\nThree.',
  publishedAt: '2026-11-07T23:00:00.000Z',
  publishedAtIs: 'ANNOUNCEMENT',
  updatedAt: '2026-11-09T00:00:00.000Z',
  authors: ['Ann Lin', 'Tomas Quine'].map((name) => ({ name, account: null })),
  topics: [
    { kind: 'CATEGORY', names: ['cs.LG'] },
    { kind: 'KEYWORD', names: ['tides'] },
  ],
  links: null,
}

const ids = (entries: unknown[]) =>
  (entries as PaperEntry[]).map(
    ({ arxivId, doi, identifiers: [own] }) => arxivId ?? doi ?? `${own?.scheme} ${own?.value}`,
  )

test('Atom, plain and compressed', async () => {
  const { entries, problems } = await parsing('feed', { 'a.xml': atom, 'b.xml.gz': gzipSync(atom) })
  expect(problems).toEqual([])
  expect(entries).toEqual([ENTRY, ENTRY])
})

test('RSS 1.0 as bioRxiv writes it', async () => {
  const { entries, problems } = await parsing('feed', {
    'a.xml': `<?xml version="1.0" encoding="UTF-8" ?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://www.biorxiv.org"><title>bioRxiv</title><link>https://www.biorxiv.org</link><items><rdf:Seq><rdf:li rdf:resource="x"/></rdf:Seq></items></channel>
<item rdf:about="https://www.biorxiv.org/content/10.1101/2026.11.01.123456v2?rss=1"><title><![CDATA[Tides <i>in vivo</i>]]></title>
<link>https://www.biorxiv.org/content/10.1101/2026.11.01.123456v2?rss=1</link><description><![CDATA[One.]]></description>
<dc:creator><![CDATA[Lin, A. B., Quine, T.]]></dc:creator><dc:date>2026-11-09</dc:date></item></rdf:RDF>`,
  })
  expect(problems).toEqual([])
  expect(entries).toMatchObject([
    {
      doi: '10.1101/2026.11.01.123456',
      title: 'Tides in vivo',
      publishedAt: '2026-11-09T00:00:00.000Z',
      authors: [{ name: 'A. B. Lin' }, { name: 'T. Quine' }],
      links: [{ kind: 'ABSTRACT', url: 'https://www.biorxiv.org/content/10.1101/2026.11.01.123456v2?rss=1' }],
    },
  ])
})

test('JSON Feed', async () => {
  const { entries, problems } = await parsing('feed', {
    'a.json': JSON.stringify({
      version: 'https://jsonfeed.org/version/1',
      title: 'Lab',
      home_page_url: 'https://lab.example/',
      items: [
        {
          id: '7',
          url: 'https://lab.example/7',
          title: 'One < two',
          content_text: 'a',
          date_published: '2026-11-09T10:00:00',
        },
        {
          id: 'https://huggingface.co/papers/2611.04217',
          title: 'T',
          content_html: '<p>b</p>',
          date_published: '2026-11-09T10:00:00Z',
        },
      ],
    }),
  })
  expect(problems).toEqual([])
  expect(entries).toMatchObject([
    {
      identifiers: [{ scheme: 'lab-example', value: '7' }],
      title: 'One < two',
      publishedAt: '2026-11-09T10:00:00.000Z',
    },
    { arxivId: '2611.04217', identifiers: [], abstract: 'b' },
  ])
})

test.each([
  ['<guid>oai:arXiv.org:2611.04217v1</guid>', '2611.04217'],
  ['<guid>2611.04217</guid>', 'lab-example 2611.04217'],
  ['<guid>x</guid><link>https://doi.org/10.1000/ABC</link>', '10.1000/abc'],
  ['<link>https://publisher.example/doi/full/10.1000/ABC.1?af=R</link>', '10.1000/abc.1'],
  ['<link>https://publisher.example/10.1000/ABC/full</link>', '10.1000/abc'],
  ['<guid>x</guid><dc:identifier>doi:10.1000/ABC</dc:identifier>', '10.1000/abc'],
  ['<guid>doi:10.48550/arXiv.2611.04217</guid>', '2611.04217'],
  ['<link>https://lab.example/1</link>', 'lab-example https://lab.example/1'],
])('the identifier of %s', async (parts, id) => {
  const { entries, problems } = await parsing('feed', {
    'a.xml': rss(`<item><title>T</title><pubDate>Mon, 9 Nov 2026 00:00:00 GMT</pubDate>${parts}</item>`),
  })
  expect(problems).toEqual([])
  expect(ids(entries)).toEqual([id])
})

test('entries and files that cannot be used are reported, and the others are read', async () => {
  const date = '<pubDate>Mon, 9 Nov 2026 00:00:00 GMT</pubDate>'
  const good = `<item><title>T</title><guid>1</guid>${date}</item>`
  const { entries, problems } = await parsing('feed', {
    'a.xml': rss(
      `<item><guid>1</guid>${date}</item><item><title>T</title><guid>1</guid></item><item><title>T</title>${date}</item>
<item><title>T</title><guid>1</guid><pubDate>soon</pubDate></item>${good}`,
    ),
    'b.xml': rss(good + good).slice(0, -40),
    'c.xml': '<html><body>Sorry</body></html>',
    'd.json': '{"error":"Sorry"}',
    'e.xml': '',
  })
  expect(ids(entries)).toEqual(['lab-example 1'])
  expect(problems.map((problem) => problem.replace(/feed: .*/, 'feed: …'))).toEqual([
    'a.xml:1 title is missing or blank.',
    'a.xml:2 It has no date.',
    'a.xml:3 It has no id and no link.',
    'a.xml:4 Its date is not a time: "soon".',
    'b.xml: The XML is cut off.',
    'c.xml: It must be an RSS, Atom or JSON feed, not <html>.',
    'd.json: It is not an RSS, Atom or JSON feed: …',
    'e.xml: It is empty.',
  ])
})

test('HTML becomes text, and text that only looks like it stays', () => {
  expect(htmlToText('<p>a&nbsp;&lt;b</p>c<script>d</script><br>e')).toBe('\n\na\u00a0<b\n\nc\n\n\n\ne')
  expect(htmlToText('1 < 2 & 3 > 2')).toBe('1 < 2 & 3 > 2')
})

test('daily papers as python-feedgen writes them: the address of arXiv as guid, HTML escaped in the description', async () => {
  const { entries, problems } = await parsing('feed', {
    'a.xml': rss(`<item><title>Tides &amp;amp; bands</title><link>https://lab.example/p/1</link>
<description>&lt;img src="https://lab.example/1.png"/&gt;&lt;p&gt;Ilse &amp;amp; Tomas&lt;/p&gt;</description>
<guid isPermaLink="false">http://arxiv.org/abs/2611.04217v1</guid><pubDate>Mon, 09 Nov 2026 00:00:00 +0000</pubDate></item>
<item><title><![CDATA[Tides 潮汐]]></title><guid>2</guid><description><![CDATA[<p>Tides</p><p>潮汐</p>]]></description>
<pubDate>Mon, 09 Nov 2026 08:00:00 +0800</pubDate></item>`),
  })
  expect(problems).toEqual([])
  expect(entries).toMatchObject([
    { arxivId: '2611.04217', title: 'Tides & bands', abstract: 'Ilse & Tomas' },
    { title: 'Tides 潮汐', abstract: 'Tides\n\n潮汐', publishedAt: '2026-11-09T00:00:00.000Z' },
  ])
})

test('JSON that is no feed is one problem, also as lines; a feed without items is none', async () => {
  const empty = { version: 'https://jsonfeed.org/version/1.1', title: 'Lab', items: [] }
  const { entries, problems } = await parsing('feed', {
    'a.json': '{"id":"0704.0001","title":"Tides","authors":"Ilse Marchetti"}',
    'b.json': JSON.stringify(empty),
  })
  expect(entries).toEqual([])
  expect(problems).toEqual(['a.json: It is not an RSS, Atom or JSON feed: It has no items.'])
})
