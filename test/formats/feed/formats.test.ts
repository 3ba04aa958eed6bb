import { parseDocument } from 'htmlparser2'
import { describe, expect, test } from 'vitest'
import { type Feed, type FeedPaper, itemOfEdition, itemOfPaper, latestUpdate } from '../../../src/formats/feed/feed.ts'
import { FEED_FORMATS, forEachFeedFormat } from '../../../src/formats/feed/formats.ts'
import { readWithFeedsmith, XML_READERS } from './readers.ts'
import { CHECKS, checkAtom, checkJsonFeed, checkRss, type Element } from './rules.ts'

const WRITERS = forEachFeedFormat(({ write }) => write)
const FORMATS = FEED_FORMATS.map(({ extension }) => extension)

/** Later than every date in these feeds. */
const PUBLIC_URL = 'https://papers.example'
const NOW = '2026-11-01T00:00:00.000Z'

const paper = (more: Partial<FeedPaper> = {}): FeedPaper => ({
  id: 'UGFwZXI6MQ',
  identifiers: [{ scheme: 'arxiv', value: '2601.00001' }],
  title: 'A title',
  abstract: 'An abstract.',
  summary: 'In one sentence.',
  publishedAt: '2026-01-25T00:00:00.000Z',
  updatedAt: null,
  rewordedAt: null,
  listedAt: '2026-01-26T09:00:00.250Z',
  listedOn: '2026-01-26',
  url: 'https://papers.example/papers/2601.00001',
  thumbnailUrl: 'https://pictures.example/1.png?a=1&b=2',
  voteCount: 58,
  commentCount: 1,
  githubStars: null,
  organization: { id: 'T3JnYW5pemF0aW9uOjE', name: 'Northlight Lab', avatarUrl: 'https://pictures.example/logo.png' },
  submittedBy: { id: 'VXNlcjox', handle: 'ada-a', name: 'Ada Abara', avatarUrl: 'https://pictures.example/ada.svg' },
  topics: [
    { name: 'cs.CL', kind: 'CATEGORY' },
    { name: 'long context', kind: 'KEYWORD' },
  ],
  links: [{ kind: 'ABSTRACT', url: 'https://arxiv.org/abs/2601.00001', title: null }],
  authors: ['Ada Abara', 'Bo Bellweather'],
  ...more,
})

function feedOf(papers: readonly FeedPaper[]): Feed {
  const items = papers.map((one) => itemOfPaper(PUBLIC_URL, one, NOW))
  return {
    title: 'Daily Papers: Trending papers',
    description: 'Trending papers.',
    self: 'https://papers.example/feeds/papers.rss?topics=a&first=2&after=abc',
    first: 'https://papers.example/feeds/papers.rss?topics=a&first=2',
    hub: null,
    next: 'https://papers.example/feeds/papers.rss?topics=a&first=2&after=def',
    home: 'https://papers.example/embed?topics=a&first=2',
    about: 'https://papers.example/',
    updated: latestUpdate(items) ?? '2026-01-01T00:00:00.000Z',
    unknown: null,
    edition: null,
    items,
  }
}

/** A feed of these papers in each format. Each is checked by the rules of its format. */
function written(papers: readonly FeedPaper[]) {
  const feed = feedOf(papers)
  const [rss, atom, json] = FORMATS.map((format) => WRITERS[format](feed)) as [string, string, string]
  return { rss, atom, json, items: { rss: checkRss(rss), atom: checkAtom(atom), json: checkJsonFeed(json) } }
}

const textOf = (element: Element | undefined): string => element?.['#text'] ?? ''

/** Every tag that a browser would find in the HTML, and all text in it. */
function parsedHtml(source: string): { tags: string[]; text: string } {
  const tags: string[] = []
  let text = ''
  const visit = (nodes: ReturnType<typeof parseDocument>['children']): void => {
    for (const node of nodes) {
      if (node.type === 'text') text += (node as { data: string }).data
      if ('name' in node) tags.push(node.name as string)
      if ('children' in node) visit(node.children as never)
    }
  }
  visit(parseDocument(source).children)
  return { tags, text }
}

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</title><script>alert(1)</script>',
  'CDATA ]]> ends & begins <![CDATA[ again',
  '&amp; &lt;b&gt; &apos; &#39; &nbsp; &notanentity',
  String.raw`$\mathcal{O}(n^2) < \frac{a}{b} & \alpha > "x" 'y'$`,
  'emoji 👩‍🔬 and 𝒳 beyond the first plane',
  'מאת: שלום סלאם العربية',
  'a --> comment -- and <?php ?>',
  '{{template}} %s javascript:alert(1)',
]
const UNREADABLE = 'bell \u0007 escape \u001b vertical \u000b form \u000c \u0001 \ufffe \uffff end'
const CLEANED = 'bell  escape  vertical  form     end'

describe('text of any kind', () => {
  test.each(HOSTILE)('arrives as text: %s', (text) => {
    const all = {
      title: text,
      abstract: text,
      summary: text,
      organization: { id: 'T3JnYW5pemF0aW9uOjE', name: text, avatarUrl: null },
      authors: [text],
    }
    const topics = [{ name: text, kind: 'KEYWORD' as const }]
    const links = [{ kind: 'CODE' as const, url: 'https://code.example/?a=1&b="<', title: text }]
    const { items } = written([paper({ ...all, topics, links })])
    const [rss] = items.rss as [Element]
    expect([rss.title, rss['dc:creator'], rss.category].map((found) => textOf(found?.[0]))).toEqual([text, text, text])
    const [atom] = items.atom as [Element]
    expect([atom.title, atom.summary, atom.author?.[0]?.name].map((found) => textOf(found?.[0]))).toEqual([
      text,
      text,
      text,
    ])
    expect(atom.category?.[0]).toMatchObject({ '@term': text })
    expect(atom.link?.at(-1)).toMatchObject({ '@title': text, '@href': 'https://code.example/?a=1&b=%22%3C' })
    const [json] = items.json
    expect(json).toMatchObject({ title: text, summary: text, authors: [{ name: text }], tags: [text] })

    const contents = [textOf(rss.description?.[0]), textOf(atom.content?.[0]), json?.content_html as string]
    expect(new Set(contents).size).toBe(1)
    const html = parsedHtml(contents[0] as string)
    expect(html.tags).toEqual(['p', 'p', 'bdi', 'p', 'p', 'bdi', 'a'])
    expect(html.text).toBe(`${text}\n${text}\n${text}\n58 votes · 1 comment · ${text} · ${text}`)
  })

  test('loses the characters that XML does not allow, in every format', () => {
    const text = UNREADABLE
    const { items, json } = written([paper({ title: text, abstract: text, authors: [text] })])
    expect(textOf(items.rss[0]?.title?.[0])).toBe(CLEANED)
    expect(textOf(items.atom[0]?.title?.[0])).toBe(CLEANED)
    expect(items.json[0]).toMatchObject({ title: CLEANED, authors: [{ name: CLEANED }] })
    expect(json).not.toMatch(/\\u00/)
  })

  test('isolates the writing direction of each name', () => {
    const { items } = written([paper({ authors: ['نور الهدى', 'Ada Abara', 'משה כהן'] })])
    expect(items.json[0]?.content_html).toContain(
      '<p><bdi>نور الهدى</bdi>, <bdi>Ada Abara</bdi>, <bdi>משה כהן</bdi></p>',
    )
    expect(items.json[0]?.content_html).toContain('<p dir="auto">An abstract.</p>')
  })

  test('keeps its paragraphs', () => {
    const { items } = written([paper({ summary: null, abstract: 'One.\n\nTwo, مرحبا.' })])
    expect(items.json[0]?.content_html).toContain('<p dir="auto">One.</p>\n<p dir="auto">Two, مرحبا.</p>\n<p>58 votes')
  })

  test('has numeric references in RSS titles, so that readers that decode them twice find no markup', () => {
    const { rss } = written([paper({ title: 'Is a<b & c>d?' })])
    expect(rss).toContain('<title>Is a&#x3C;b &#x26; c&#x3E;d?</title>')
  })

  test('may have 3,000 authors: the feed is valid and has every author', () => {
    const authors = Array.from({ length: 3_000 }, (_, place) => `Author ${place} Ö & <${place}>`)
    const { items } = written([paper({ authors }), paper({ identifiers: [{ scheme: 'doi', value: '10.1/x' }] })])
    expect(items.rss[0]?.['dc:creator']?.map(textOf)).toEqual(authors)
    expect(items.atom[0]?.author?.map((author) => textOf(author.name?.[0]))).toEqual(authors)
    expect(items.json[0]?.authors?.map(({ name }) => name)).toEqual(authors)
    expect(parsedHtml(items.json[0]?.content_html as string).text).toContain('and 2,990 more')
  })

  test('that is missing has no element', () => {
    const bare = {
      abstract: null,
      summary: null,
      thumbnailUrl: null,
      organization: null,
      listedAt: null,
      listedOn: null,
    }
    const { items } = written([paper({ ...bare, identifiers: [], topics: [], links: [], authors: [] })])
    expect(Object.keys(items.rss[0] as Element)).not.toContain('dc:creator')
    expect(Object.keys(items.atom[0] as Element).sort()).toEqual(
      ['#text', 'content', 'id', 'link', 'published', 'title', 'updated'].sort(),
    )
    expect(items.json[0]?.content_html).toBe('<p>58 votes · 1 comment</p>')
  })
})

test('addresses other than http and https are left out', () => {
  const links = ['javascript:alert(1)', 'data:text/html,x', 'not an address', 'ftp://files.example/'].map((url) => ({
    kind: 'CODE' as const,
    url,
    title: null,
  }))
  const { rss, atom, json } = written([paper({ links, thumbnailUrl: 'javascript:alert(1)' })])
  for (const document of [rss, atom, json]) expect(document).not.toMatch(/javascript:|data:|not an address|ftp:/)
})

test('an id is made of a public identifier of the paper, and not of its votes, its title or this server', () => {
  const ids = (more: Partial<FeedPaper>) => {
    const { items } = written([paper(more)])
    const all = [textOf(items.rss[0]?.guid?.[0]), textOf(items.atom[0]?.id?.[0]), items.json[0]?.id]
    expect(new Set(all).size).toBe(1)
    return all[0]
  }
  expect(ids({})).toBe('https://arxiv.org/abs/2601.00001')
  expect(ids({ voteCount: 99, title: 'Another', url: 'https://moved.example/papers/1' })).toBe(ids({}))
  const doi = { scheme: 'doi', value: '10.1002/(sici)1097-4571(1999)50:1<1::aid>3.0.co;2-#' }
  expect(ids({ identifiers: [doi] })).toBe('https://doi.org/10.1002/(sici)1097-4571(1999)50:1%3C1::aid%3E3.0.co;2-%23')
  expect(ids({ identifiers: [{ scheme: 's2', value: 'a b/ü' }] })).toBe('tag:daily-papers,2026:paper/s2/a%20b%2F%C3%BC')
  expect(ids({ identifiers: [] })).toBe('tag:daily-papers,2026:paper/UGFwZXI6MQ')
  const kept = (value: string) =>
    ids({ identifiers: [{ scheme: 'arxiv', value: '2601.1' }, doi, { scheme: 'feed', value }] })
  expect(kept('doi:10.1/x:y')).toBe('https://doi.org/10.1/x:y')
  expect(kept('s2:a:b')).toBe('tag:daily-papers,2026:paper/s2/a%3Ab')
})

test('three feed readers read the same items from every format', async () => {
  const papers = [...HOSTILE, 'A plain one'].map((title, place) =>
    paper({ title, identifiers: [{ scheme: 'arxiv', value: `2601.0000${place}` }] }),
  )
  const { rss, atom, json } = written(papers)
  const expected = papers.map(({ title, url }, place) => ({
    id: `https://arxiv.org/abs/2601.0000${place}`,
    title,
    url,
  }))
  for (const [name, read] of Object.entries(XML_READERS))
    for (const document of [rss, atom]) expect(await read(document), name).toEqual(expected)
  expect(readWithFeedsmith(json)).toEqual(expected)
})

test('a list without items is a valid feed', () => {
  const feed = { ...feedOf([]), next: null }
  for (const format of FORMATS) {
    const document = WRITERS[format](feed)
    expect(CHECKS[format](document)).toEqual([])
    expect(document).not.toContain('next')
  }
})

test('dates in the future are not used, and an item without a date has that of the feed', () => {
  const future = '2031-01-01T00:00:00.000Z'
  const dates = (more: Partial<FeedPaper>) => {
    const { published, updated } = itemOfPaper(PUBLIC_URL, paper(more), NOW)
    return [published, updated]
  }
  const [listedAt, publishedAt] = ['2026-01-26T09:00:00.250Z', '2026-01-25T00:00:00.000Z']
  expect(dates({})).toEqual([listedAt, listedAt])
  expect(dates({ publishedAt: future, updatedAt: future })).toEqual([listedAt, listedAt])
  expect(dates({ listedAt: future })).toEqual([publishedAt, publishedAt])
  expect(dates({ listedAt: null, publishedAt: future })).toEqual([null, null])
  expect(dates({ rewordedAt: '2026-10-01T00:00:00.000Z' })).toEqual([listedAt, '2026-10-01T00:00:00.000Z'])

  const { items } = written([
    paper({ listedAt: null, publishedAt: future }),
    paper({ identifiers: [{ scheme: 'doi', value: '10.1/x' }] }),
  ])
  expect(items.rss[0]?.pubDate).toBeUndefined()
  expect(items.atom[0]?.published).toBeUndefined()
  expect(textOf(items.atom[0]?.updated?.[0])).toBe(listedAt)
  expect(items.json[0]).not.toHaveProperty('date_published')
})

test('an edition is an item that lists its first papers and the number of the others', () => {
  const edition = {
    name: 'day/2026-02-17',
    title: 'Tuesday, 17 February 2026',
    // The rollover was on the evening before.
    opensAt: '2026-02-16T21:30:00.000Z',
    url: 'https://papers.example/editions/2026-02-17',
    paperCount: 3,
    listedAt: '2026-02-16T22:00:00.000Z',
    papers: [{ title: '<b>One</b>', url: 'https://papers.example/papers/1', voteCount: 1 }],
  }
  const item = itemOfEdition(edition, NOW)
  expect(item).toMatchObject({
    id: 'tag:daily-papers,2026:edition/day/2026-02-17',
    published: '2026-02-16T21:30:00.000Z',
    updated: '2026-02-16T22:00:00.000Z',
  })
  const html = parsedHtml(item.content.text)
  expect(html.tags).toEqual(['p', 'ol', 'li', 'a', 'p', 'a'])
  expect(html.text).toContain('<b>One</b> (1 vote)')
  expect(html.text).toContain('And 2 more papers')
  const later = { ...edition, paperCount: 4, listedAt: '2026-02-17T10:00:00.000Z' }
  expect(itemOfEdition(later, NOW)).toMatchObject({
    id: item.id,
    published: item.published,
    updated: '2026-02-17T10:00:00.000Z',
  })
  expect(itemOfEdition({ ...edition, listedAt: '2031-01-01T00:00:00.000Z' }, NOW).updated).toBe(edition.opensAt)
})
