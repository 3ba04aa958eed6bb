import { Parser } from 'htmlparser2'
import { afterAll, describe, expect, test } from 'vitest'
import { papers } from '../../../drizzle/tables/papers.ts'
import { STYLE } from '../../../src/formats/html/style.ts'
import { escapeMarkdown } from '../../../src/formats/markdown.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { HOSTILE_ID, importHostilePaper, MARKUP } from '../../support/hostile.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 40)
await importHostilePaper(database.db)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const get = (path: string, headers: Record<string, string> = BROWSER) => fetch(`${server.url}${path}`, { headers })

interface Seen {
  tags: { name: string; attributes: Record<string, string> }[]
  text: string
}

async function look(path: string, status = 200): Promise<Seen & { meta: Record<string, string> }> {
  const response = await get(path)
  expect(response.status, path).toBe(status)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const seen: Seen = { tags: [], text: '' }
  new Parser({
    onopentag: (name, attributes) => void seen.tags.push({ name, attributes }),
    ontext: (text) => {
      seen.text += text
    },
  }).end(await response.text())
  const meta = seen.tags
    .filter(({ name }) => name === 'meta')
    .map(({ attributes }) => [attributes.property ?? attributes.name, attributes.content])
  return { ...seen, meta: Object.fromEntries(meta) }
}

const links = ({ tags }: Seen, rel: string) =>
  tags.filter(({ name, attributes }) => name === 'link' && attributes.rel === rel).map(({ attributes }) => attributes)

const { data: one } = await server.ask('{ papers(first: 1, orderBy: NEWEST) { nodes { title url arxivId listedOn } } }')
const paper = one.papers.nodes[0]
const { data: off } = await server.ask('{ papers(first: 100) { nodes { id title url arxivId } } }')
const elsewhere = off.papers.nodes.find(({ arxivId }: { arxivId: string | null }) => arxivId === null)

describe('every page', () => {
  const paths = [
    '/',
    '/docs',
    '/editions',
    '/papers',
    '/topics',
    '/topics/agents',
    '/search',
    '/search?q=agents',
    `/papers/${HOSTILE_ID}`,
    '/editions/2026-01-21',
    '/papers/nothing',
    '/editions/x',
    '/topics/none',
    '/nothing',
  ]
  test.each(paths)(
    '%s has a strict policy, no cookie, no script that runs, and loads only pictures of this server',
    async (path) => {
      const response = await get(path)
      // Each has a search box.
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
      )
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('set-cookie')).toBeNull()
      const { tags } = await look(path, response.status)
      for (const { name, attributes } of tags) {
        if (name === 'script') expect(attributes).toEqual({ type: 'application/ld+json' })
        expect(['iframe', 'object', 'base', 'i', 'b']).not.toContain(name)
        const wrong = (key: string) => key.startsWith('on') || key === 'style' || (key === 'src' && name !== 'img')
        expect(Object.keys(attributes).filter(wrong)).toEqual([])
        if (name === 'img') expect(attributes.src).toMatch(/^\/images\/\w+\/\w+\/[\w-]+\/\d+\.webp$/)
        if (name === 'a') expect(attributes.href).toMatch(/^(?:https?:|#)/)
        if (name === 'form') expect(attributes.action).toMatch(/^\/[\w/#]+$/)
        if (name === 'svg') expect(attributes.class).toMatch(/^mark$/)
      }
      expect(tags.filter(({ name }) => name === 'h1')).toHaveLength(1)
      expect(tags.filter(({ name }) => name === 'main')).toHaveLength(1)
      expect(tags.find(({ attributes }) => attributes.role === 'search')?.attributes.action).toBe('/search')
    },
  )

  test('of an error is not indexed by search engines', async () => {
    expect((await look('/papers/nothing', 404)).meta.robots).toBe('noindex')
    expect((await look('/search?q=agents')).meta.robots).toBe('noindex')
    expect((await look('/papers?topics=agents')).meta.robots).toBe('noindex')
    for (const path of ['/', '/docs', '/editions', '/topics', '/topics/agents'])
      expect((await look(path)).meta.robots, path).toBeUndefined()
  })

  test('has colours of WCAG AA in both themes', () => {
    const colours = Object.fromEntries(
      [...STYLE.matchAll(/--(\w+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, ...pair]) => [name, pair]),
    )
    for (const name of ['text', 'muted', 'accent'])
      for (const ground of ['ground', 'shade'])
        for (const theme of [0, 1]) expect(contrast(colours[name][theme], colours[ground][theme])).toBeGreaterThan(4.5)
    for (const theme of [0, 1]) expect(contrast(colours.text[theme], colours.mark[theme])).toBeGreaterThan(4.5)
  })
})

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

describe('/', () => {
  test('shows the newest edition, what was before, trending papers and topics', async () => {
    const { data } = await server.ask(
      '{ edition { date previous { url } papers(first: 30) { nodes { title } } } papers(first: 6) { nodes { url } } topics(first: 16) { nodes { url } } }',
    )
    const page = await look('/')
    for (const { title } of data.edition.papers.nodes) expect(page.text).toContain(title)
    const hrefs = page.tags.filter(({ name }) => name === 'a').map(({ attributes }) => attributes.href)
    expect(hrefs).toContain(`${server.url}/editions/${data.edition.date}`)
    expect(hrefs).toContain(data.edition.previous.url)
    expect(hrefs).toContain(`${server.url}/graphql`)
    for (const { url } of [...data.papers.nodes, ...data.topics.nodes]) expect(hrefs).toContain(url)
    expect(page.meta).toMatchObject({
      'og:title': 'Daily Papers',
      'og:url': `${server.url}/`,
      'twitter:card': 'summary_large_image',
    })
    expect(links(page, 'alternate').map(({ type }) => type)).toEqual([
      'application/rss+xml',
      'application/atom+xml',
      'application/feed+json',
      'application/json+oembed',
      'text/xml+oembed',
    ])
  })

  test('every link of every page leads somewhere', async () => {
    const seen = new Set<string>()
    const kinds = new Map<string, number>()
    const left = [`${server.url}/`]
    for (let address = left.pop(); address !== undefined; address = left.pop()) {
      const response = await fetch(address, { headers: BROWSER })
      expect(response.status, address).toBe(200)
      if (!response.headers.get('content-type')?.startsWith('text/html')) continue
      const tags = (await look(address.slice(server.url.length))).tags
      for (const { name, attributes } of tags) {
        const href = (name === 'a' || name === 'link' ? attributes.href : undefined)?.replace(/#.*/, '')
        if (!href?.startsWith(server.url) || seen.has(href)) continue
        seen.add(href)
        // A few of each kind.
        const { pathname, searchParams } = new URL(href)
        const kind = `${pathname.replace(/[^/]+$/, (last) => (pathname.split('/').length > 2 ? '' : last))} ${[...searchParams.keys()]}`
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        if ((kinds.get(kind) as number) <= 2) left.push(href)
      }
    }
    expect([...kinds.keys()]).toEqual(
      expect.arrayContaining([
        '/topics/ ',
        '/authors/ ',
        '/organizations/ ',
        '/users/ ',
        '/editions/month/ ',
        '/digest/ topics',
      ]),
    )
  })

  test('works with an empty catalogue', async () => {
    const empty = await freshDatabase()
    const other = await startServer(empty)
    try {
      const response = await fetch(`${other.url}/`)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('The catalogue is empty still.')
    } finally {
      await other.close()
      await empty.close()
    }
  })
})

describe('/papers/{id}', () => {
  test('is where GraphQL says, on arXiv or not', async () => {
    for (const { url, title } of [paper, elsewhere]) {
      const page = await look(url.slice(server.url.length))
      expect(page.text).toContain(title)
      expect(links(page, 'canonical').map(({ href }) => href)).toEqual([url])
      expect(page.meta).toMatchObject({ 'og:title': title, 'og:url': url, 'og:site_name': 'Daily Papers' })
    }
  })

  test('accepts an id as people write it, and names the canonical address', async () => {
    for (const id of [`${paper.arxivId}v3`, `arXiv:${paper.arxivId}`, encodeURIComponent(paper.arxivId)]) {
      const page = await look(`/papers/${id}`)
      expect(links(page, 'canonical').map(({ href }) => href)).toEqual([paper.url])
    }
  })

  test('has what Zotero, Google Scholar and search engines read', async () => {
    const path = `/papers/${HOSTILE_ID}`
    const { meta } = await look(path)
    expect(meta).toMatchObject({
      'og:type': 'article',
      citation_title: MARKUP.title,
      citation_arxiv_id: HOSTILE_ID,
      citation_doi: `10.48550/arXiv.${HOSTILE_ID}`,
      citation_abstract_html_url: `${server.url}${path}`,
      citation_pdf_url: `https://arxiv.org/pdf/${HOSTILE_ID}`,
    })
    expect(meta.citation_publication_date).toMatch(/^\d{4}\/\d\d\/\d\d$/)
    expect(Date.parse(meta['article:published_time'] as string)).not.toBeNaN()
    const source = await (await get(path)).text()
    const { data } = await server.ask(
      `{ paper(by: { arxivId: "${HOSTILE_ID}" }) { authors(first: 100) { totalCount } } }`,
    )
    expect(source.match(/name="citation_author"/g)).toHaveLength(data.paper.authors.totalCount)
    const [, json = ''] = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(source) ?? []
    expect(json).not.toContain('<')
    expect(JSON.parse(json)).toMatchObject({
      '@type': 'ScholarlyArticle',
      name: MARKUP.title,
      url: `${server.url}${path}`,
    })
  })

  test('shows markup of an import as the text that it is', async () => {
    const page = await look(`/papers/${HOSTILE_ID}`)
    for (const text of Object.values(MARKUP)) expect(page.text).toContain(text)
    expect(page.meta['og:title']).toBe(MARKUP.title)
    const code = page.tags.find(({ attributes }) => attributes.href?.startsWith('https://code.example/'))
    expect(code?.attributes.href).not.toContain('<')
  })

  test.each(['2601.88888', 'nothing', '%ff', 'UGFwZXI6OTk5OTk5', 'QXV0aG9yOjE', 'x/y/z', '..%2f'])(
    '%s is not found',
    async (id) => {
      const page = await look(`/papers/${id}`, 404)
      expect(page.text).toContain('There is no paper at this address.')
    },
  )

  test('an id from before 2007, with its slash', async () => {
    await database.db.insert(papers).values({
      arxivId: 'cmp-lg/9404001',
      title: 'An Old One',
      publishedAt: '1994-04-01T00:00:00.000Z',
      authorCount: 0,
      voteCount: 0,
      commentCount: 0,
      trendingScore: Number.NEGATIVE_INFINITY,
      factsAsOf: '1994-04-01T00:00:00.000Z',
    })
    for (const id of ['cmp-lg/9404001', 'cmp-lg%2F9404001', 'cmp-lg/9404001v1'])
      expect((await look(`/papers/${id}`)).text).toContain('An Old One')
    expect(await (await get('/papers/cmp-lg/9404001.md')).text()).toMatch(/^# An Old One\n/)
  })
})

describe('as Markdown', () => {
  const markdown = { accept: 'text/markdown' }

  test('by its ending and by Accept, with Vary for the latter', async () => {
    const ending = await get(`/papers/${paper.arxivId}.md`)
    const accepted = await get(`/papers/${paper.arxivId}`, markdown)
    for (const response of [ending, accepted]) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('link')).toBe(`<${paper.url}>; rel="canonical"`)
    }
    expect(ending.headers.get('vary')).toBe('Accept-Encoding')
    expect(accepted.headers.get('vary')).toBe('Accept, Accept-Encoding')
    expect((await get(`/papers/${paper.arxivId}`)).headers.get('vary')).toBe('Accept, Accept-Encoding')
    const text = await ending.text()
    expect(await accepted.text()).toBe(text)
    expect(text).toContain(`# ${paper.title}\n`)
    expect((await get(`/papers/${paper.arxivId}`, { accept: '*/*' })).headers.get('content-type')).toContain(
      'text/html',
    )
  })

  test('a missing paper is 404 with a sentence', async () => {
    for (const response of [await get('/papers/2601.88888.md'), await get('/papers/nothing', markdown)]) {
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    }
  })

  test('markup of an import stays text', async () => {
    const text = await (await get(`/papers/${HOSTILE_ID}.md`)).text()
    expect(text.match(/(?<!\\)<(?!https?:)/g)).toBeNull()
    expect(text.match(/(?<!\\)\]\((?!<?http)/g)).toBeNull()
    expect(text).toContain('\\# no heading')
  })

  test.each([
    ['a $x_i \\alpha \\{1\\}$ b', 'a $x\\_i \\alpha \\\\{1\\\\}$ b'],
    ['\\<b>', '\\\\\\<b\\>'],
    ['\\\\<b>', '\\\\\\\\\\<b\\>'],
    ['AT&T &amp; &#60;', 'AT&T \\&amp; \\&#60;'],
    ['- one\n1. two\n# three\n===', '\\- one\n1\\. two\n\\# three\n\\==='],
    ['    indented', 'indented'],
    ['ends in \\', 'ends in \\\\'],
    ['1.5 models', '1.5 models'],
  ])('%j is written %j', (text, written) => {
    expect(escapeMarkdown(text)).toBe(written)
  })
})

describe('/editions/{day}', () => {
  test('shows its papers, its neighbours and its feeds', async () => {
    const { data } = await server.ask(
      '{ edition { date previous { date previous { date } papers(first: 100) { nodes { title } } } } }',
    )
    const { previous, date } = data.edition
    const page = await look(`/editions/${previous.date}`)
    for (const { title } of previous.papers.nodes) expect(page.text).toContain(title)
    const hrefs = page.tags.map(({ attributes }) => attributes.href)
    for (const day of [date, previous.previous.date]) expect(hrefs).toContain(`${server.url}/editions/${day}`)
    for (const { href } of links(page, 'alternate')) expect((await fetch(href as string)).status, href).toBe(200)
    expect(page.text).toContain('The list is final.')
  })

  test('a week and a month have pages too, by any of their days', async () => {
    const week = await look('/editions/week/2026-01-28')
    expect(links(week, 'canonical')[0]?.href).toBe(`${server.url}/editions/week/2026-01-26`)
    expect(week.text).toContain('26 January – 1 February 2026')
    const month = await look('/editions/month/2026-01-28')
    expect(links(month, 'canonical')[0]?.href).toBe(`${server.url}/editions/month/2026-01-01`)
    for (const [name, same] of [
      ['week/2026-W05', week],
      ['2026-W05', week],
      ['month/2026-01', month],
      ['2026-01', month],
    ] as const)
      expect((await look(`/editions/${name}`)).text, name).toBe(same.text)
    expect((await look('/editions/day/2026-01-21')).text).toBe((await look('/editions/2026-01-21')).text)
  })

  test('today is open, also without papers', async () => {
    const today = new Date().toISOString().slice(0, 10)
    expect((await look(`/editions/${today}`)).text).toContain('papers can still join')
  })

  test.each(['2001-01-01', '2026-02-30', 'today', 'year/2026-01-01', '2026-01-26/x', '9000-01-01', 'week/9000-01-01'])(
    '%s is not found',
    async (name) => {
      await look(`/editions/${name}`, 404)
    },
  )
})

test('an unknown path is a page for browsers, and a line of text for programs', async () => {
  expect((await look('/nothing/<b>', 404)).text).toContain('There is nothing at /nothing/%3Cb%3E.')
  const response = await get('/nothing', { accept: '*/*' })
  expect(await response.text()).toBe('There is nothing at /nothing. The API is at /graphql.\n')
  // As Apollo Client asks.
  const json = await get('/nothing', { accept: 'application/graphql-response+json, application/json;q=0.9' })
  expect(await json.json()).toEqual({ error: 'There is nothing at /nothing. The API is at /graphql.' })
})

test('slashes at the end or in a row change nothing', async () => {
  for (const path of [`/papers/${paper.arxivId}`, '/editions/2026-01-21', '/embed'])
    for (const address of [`${path}/`, `/${path}`, path.replaceAll('/', '//')])
      expect((await look(address)).text, address).toBe((await look(path)).text)
})

test('robots may read everything but searches', async () => {
  expect(await (await get('/robots.txt')).text()).toBe('User-agent: *\nAllow: /\nDisallow: /search\n')
})

test('there is an icon for responses that cannot name one', async () => {
  const response = await get('/favicon.ico')
  expect(response.headers.get('content-type')).toBe('image/svg+xml')
  expect(await response.text()).toMatch(/^<svg /)
})

test('pages are conditional and support HEAD', async () => {
  for (const path of ['/', `/papers/${paper.arxivId}`, '/embed', '/editions/2026-01-21']) {
    const response = await get(path)
    const etag = response.headers.get('etag') as string
    expect((await get(path, { ...BROWSER, 'if-none-match': etag })).status).toBe(304)
    const head = await fetch(`${server.url}${path}`, { method: 'HEAD', headers: BROWSER })
    expect([head.status, await head.text()]).toEqual([200, ''])
  }
})
