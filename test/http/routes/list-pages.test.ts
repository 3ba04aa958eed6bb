import { eq, sql } from 'drizzle-orm'
import { Parser } from 'htmlparser2'
import { afterAll, describe, expect, test } from 'vitest'
import { topicAliases } from '../../../drizzle/tables/slug-aliases.ts'
import { topics } from '../../../drizzle/tables/topics.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 60)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const get = (path: string) => fetch(`${server.url}${path}`, { redirect: 'manual', headers: { accept: 'text/html' } })

interface Page {
  text: string
  links: { href: string; text: string; rel: string | undefined; isCurrent: boolean }[]
  marked: string[]
  /** Addresses of `<link>`, by their relation. */
  head: Record<string, string[]>
  values: Record<string, string>
}

async function read(path: string, status = 200): Promise<Page> {
  const response = await get(path)
  expect(response.status, path).toBe(status)
  const page: Page = { text: '', links: [], marked: [], head: {}, values: {} }
  const open: string[] = []
  new Parser({
    onopentag: (name, attributes) => {
      open.push(name)
      const { href = '', rel } = attributes
      // A picture leads to its paper, as the title does.
      if (name === 'a' && attributes.tabindex === undefined)
        page.links.push({ href, rel, text: '', isCurrent: 'aria-current' in attributes })
      if (name === 'link') page.head[rel as string] = [...(page.head[rel as string] ?? []), href]
      if (name === 'input') page.values[attributes.name as string] = attributes.value ?? ''
    },
    ontext: (text) => {
      if (open.at(-1) !== 'style') page.text += text
      const link = page.links.at(-1)
      if (open.includes('a') && link) link.text += text
      if (open.at(-1) === 'mark') page.marked.push(text)
    },
    onclosetag: () => void open.pop(),
  }).end(await response.text())
  return page
}

const papersOf = ({ links }: Page) => links.filter(({ href }) => href.includes('/papers/')).map(({ href }) => href)
const urlsOf = ({ nodes }: { nodes: { url: string }[] }) => nodes.map(({ url }) => url)

describe('the page of', () => {
  test.each([
    ['a topic', 'topic(slug: "agents") { name url papers(first: 30) { nodes { url } } }', 'TRENDING'],
    ['an author', 'author(by: { slug: "ada-abara" }) { name url papers(first: 30) { nodes { url } } }', 'NEWEST'],
    ['an organization', 'organization(slug: "polder-ai") { name url papers(first: 30) { nodes { url } } }', 'NEWEST'],
    ['a user', 'user(handle: "curator") { name: handle url papers: submissions(first: 30) { nodes { url } } }', ''],
  ])('%s is where GraphQL says, and has its papers in order', async (_what, field, order) => {
    const { data } = await server.ask(`{ it: ${field} }`)
    const path = data.it.url.slice(server.url.length)
    const page = await read(path)
    expect(page.head.canonical).toEqual([data.it.url])
    expect(page.text).toContain(data.it.name)
    expect(papersOf(page)).toEqual(urlsOf(data.it.papers))
    // Three feeds, and oEmbed in two forms.
    expect(page.head.alternate).toHaveLength(5)
    for (const address of page.head.alternate as string[]) expect((await fetch(address)).status, address).toBe(200)
    const oldest = await read(`${path}?orderBy=MOST_VOTED`)
    expect(oldest.links.find(({ isCurrent }) => isCurrent)?.text).toBe('Most votes')
    // Search engines list one order.
    expect(oldest.head.canonical).toBeUndefined()
    if (order !== '') expect((await read(`${path}?orderBy=${order}`)).text).toBe(page.text)
  })

  test('a name of before a merge, or in other letters, leads to that of now', async () => {
    const renamed = await get('/topics/Agents?orderBy=NEWEST&utm_source=x')
    expect([renamed.status, renamed.headers.get('location')]).toEqual([
      301,
      `${server.url}/topics/agents?orderBy=NEWEST`,
    ])
    await database.db.insert(topicAliases).select(
      database.db
        .select({ slug: sql<string>`'agentic'`.as('slug'), topicId: topics.id })
        .from(topics)
        .where(eq(topics.slug, 'agents')),
    )
    const merged = await get('/topics/agentic')
    expect([merged.status, merged.headers.get('location')]).toEqual([301, `${server.url}/topics/agents`])
    expect((await get('/users/CURATOR')).headers.get('location')).toBe(`${server.url}/users/curator`)
  })

  test.each(['/topics/none', '/authors/none', '/organizations/none', '/users/none', '/topics/%ff', '/topics/%00'])(
    '%s is not there, and says where to go on',
    async (path) => {
      const page = await read(path, 404)
      expect(page.text).toMatch(/There is no \w+ at this address\./)
      expect(page.links.map(({ href }) => href)).toContain(`${server.url}/topics`)
    },
  )

  test.each([
    ['/topics/agents?orderBy=BEST', '"orderBy" must be one of'],
    ['/topics/agents?after=x', '`after`'],
    ['/papers?topic=agents', 'There is no parameter "topic".'],
    ['/papers?edition=today', '"edition" must be day, week or month for the newest, or a day,'],
    ['/search?q=agents&minVotes=x', '"minVotes" must be a whole number.'],
    [`/search?q=${'x'.repeat(1_001)}`, 'at most 1,000 characters'],
  ])('%s is refused with its reason', async (path, reason) => {
    expect((await read(path, 400)).text).toContain(reason)
  })
})

test('/papers has any list, and its heading has names', async () => {
  const filter = 'filter: { topics: ["long-context"], organizations: ["polder-ai", "quiet-machines"] }, orderBy: NEWEST'
  const { data } = await server.ask(`{ papers(${filter}, first: 30) { totalCount nodes { url } } }`)
  const page = await read('/papers?topics=long-context&organizations=polder-ai,quiet-machines&orderBy=NEWEST')
  expect(papersOf(page)).toEqual(urlsOf(data.papers))
  expect(page.text).toContain('Newest papers on long context from Polder AI or Quiet Machines')
  const { data: newest } = await server.ask('{ edition(period: WEEK) { papers(first: 3) { nodes { url } } } }')
  expect(papersOf(await read('/papers?edition=week&first=3'))).toEqual(urlsOf(newest.edition.papers))
})

test.each(['/papers', '/topics/agents', '/editions/week'])('%s has layouts, which its links keep', async (path) => {
  const [usual, cards] = [await read(path), await read(`${path}?layout=cards&images=off`)]
  expect(papersOf(cards)).toEqual(papersOf(usual))
  const current = ({ links }: Page) => links.filter(({ isCurrent }) => isCurrent).map(({ text }) => text)
  expect(current(usual)).toContain('List')
  expect(current(cards)).toContain('Cards')
  expect(cards.head.canonical).toEqual(usual.head.canonical)
  const [compact] = cards.links.filter(({ text }) => text === 'Compact')
  expect(compact?.href).toMatch(/\?layout=compact&images=off$/)
  for (const { href, rel, text } of cards.links)
    if (rel === 'next' || rel === 'prev' || text === 'Newest') expect(href).toMatch(/layout=cards&images=off/)
  expect((await read(`${path}?layout=tiles`, 400)).text).toContain('"layout" must be one of list, cards, compact.')
})

test('a list has pages that lead to all its papers', async () => {
  const { data } = await server.ask('{ papers(orderBy: NEWEST, first: 100) { nodes { url } } }')
  const found: string[] = []
  let path: string | undefined = '/papers?orderBy=NEWEST&first=25'
  for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
    const page: Page = await read(path)
    found.push(...papersOf(page))
    path = page.links.find(({ rel }) => rel === 'next')?.href.slice(server.url.length)
  }
  expect(found).toEqual(urlsOf(data.papers))
})

test('a page takes few statements, as many for 30 papers as for 5', async () => {
  const statementsOf = async (path: string) => {
    await read(path)
    // Not from the cache: an address that differs in what is ignored has the same response, one that differs in `first` has not.
    const { statements } = await database.log.during(() => get(path.replace('first=', 'minComments=0&first=')))
    return statements.length
  }
  const [few, many] = [
    await statementsOf('/papers?orderBy=NEWEST&first=5'),
    await statementsOf('/papers?orderBy=NEWEST&first=30'),
  ]
  expect(many).toBe(few)
  expect(many).toBeLessThanOrEqual(3)
  const { statements } = await database.log.during(() =>
    server.ask(
      '{ papers(first: 30) { nodes { url organization { url } submittedBy { url } authors(first: 3) { nodes { url } } topics { url } } } }',
    ),
  )
  expect(statements).toHaveLength(1)
  // Each path is not cached yet.
  const most = { '/': 8, '/topics/cs.cl': 3, '/search?q=tidal': 6, '/editions/2026-02-04': 4, '/embed?edition=day': 3 }
  for (const [path, count] of Object.entries(most))
    expect((await database.log.during(() => get(path))).statements.length, path).toBeLessThanOrEqual(count)
})

test('the page of a feed is a page of this site', async () => {
  for (const [feed, home] of [
    ['papers.json?topics=agents', '/papers?topics=agents'],
    ['papers.json', '/papers'],
    ['papers.json?edition=day', '/papers?edition=day'],
    ['editions/day/latest.json', '/editions/day'],
    ['editions/week/latest.json?topics=agents', '/papers?topics=agents&edition=week'],
    ['editions/2026-02-03.json', '/editions/2026-02-03'],
    [
      'editions/2026-02-03.json?minVotes=1',
      '/papers?listedFrom=2026-02-03&listedTo=2026-02-03&minVotes=1&orderBy=MOST_VOTED',
    ],
  ]) {
    const { home_page_url } = (await (await get(`/feeds/${feed}`)).json()) as { home_page_url: string }
    expect(home_page_url, feed).toBe(server.url + home)
    await read(home as string)
  }
})

interface FeedJson {
  title: string
  feed_url: string
  items: { url: string }[]
  _daily_papers: { edition?: { name: string; isDay: boolean; previous: string | null; next: string | null } }
}

describe('the feed of the newest edition', () => {
  const feedOf = async (path: string) => (await (await get(`/feeds/${path}`)).json()) as FeedJson

  test.each(['day', 'week', 'month'])('of a %s has its papers, those of a filter if one is given', async (period) => {
    const { data } = await server.ask(
      `{ edition(period: ${period.toUpperCase()}) { all: papers(first: 100) { nodes { url } } some: papers(first: 2, filter: { hasCode: true }) { nodes { url } } } }`,
    )
    const feed = await feedOf(`editions/${period}/latest.json`)
    expect(urlsOf({ nodes: feed.items })).toEqual(urlsOf(data.edition.all))
    expect(feed.title).toBe(`Daily Papers: Papers of the ${period}`)
    expect(feed.feed_url).toBe(`${server.url}/feeds/editions/${period}/latest.json`)
    const some = await feedOf(`editions/${period}/latest.json?hasCode=true&first=2`)
    expect(urlsOf({ nodes: some.items })).toEqual(urlsOf(data.edition.some))
  })

  test('says which edition it is, and which are before and after, as the list of the element does', async () => {
    const { data } = await server.ask('{ edition { date previous { date previous { date } } } }')
    const { date, previous } = data.edition
    const { _daily_papers: newest } = await feedOf('editions/day/latest.json')
    expect(newest.edition).toMatchObject({ name: date, isDay: true, previous: previous.date, next: null })
    expect((await feedOf('papers.json?edition=day'))._daily_papers.edition).toEqual(newest.edition)
    const { _daily_papers: before } = await feedOf(`papers.json?edition=${newest.edition?.previous}`)
    expect(before.edition).toMatchObject({ previous: previous.previous.date, next: date })
    expect((await feedOf('papers.json'))._daily_papers.edition).toBeUndefined()
  })

  test('refuses a second edition', async () => {
    const response = await get('/feeds/editions/day/latest.json?edition=week')
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'The path has the edition already: leave "edition" out.' },
    ])
  })
})

describe('/search', () => {
  test('marks the words, says what was searched for instead, and narrows', async () => {
    const { data } = await server.ask(
      '{ search(query: "plannrs maps", first: 20) { totalCount correctedQuery nodes { url } } }',
    )
    const page = await read('/search?q=plannrs+maps')
    expect(papersOf(page)).toEqual(urlsOf(data.search))
    expect(page.values.q).toBe('plannrs maps')
    expect(page.text).toContain(data.search.correctedQuery)
    expect(page.marked.length).toBeGreaterThan(0)
    for (const word of page.marked) expect(word).toMatch(/planner|map/i)
    const facet = page.links.find(({ href }) => href.includes('allTopics='))
    const narrowed = await read(String(facet?.href).slice(server.url.length))
    expect(papersOf(narrowed).length).toBeGreaterThan(0)
    expect(papersOf(narrowed).length).toBeLessThanOrEqual(papersOf(page).length)
    const lifted = narrowed.links.find(({ isCurrent }) => isCurrent)
    expect(lifted?.href).toBe(`${server.url}/search?q=plannrs+maps`)
    const more = page.links.find(({ rel }) => rel === 'next')
    if (more) expect(papersOf(await read(more.href.slice(server.url.length)))).not.toEqual(papersOf(page))
  })

  test('says what can be searched, and when nothing was found', async () => {
    expect((await read('/search?q=')).text).toContain('author:name')
    expect((await read('/search?q=-agents+"zzz+qqq"+xyzzyx')).text).toContain('Nothing was found.')
  })
})

describe('/docs', () => {
  test('composes a list: what its addresses show is what GraphQL shows', async () => {
    const page = await read('/docs?topics=agents&organizations=&minVotes=1&orderBy=NEWEST&edition=month&first=3')
    const shown = papersOf(page).filter((href) => /\/papers\/[^?]+$/.test(href))
    expect(shown.length).toBeGreaterThan(0)
    const query = /\{\n {2}edition\(period: MONTH\) \{.*?\n\}/s.exec(page.text)?.[0] as string
    const { data } = await server.ask(query)
    expect(urlsOf(data.edition.papers)).toEqual(shown)
    const list = 'topics=agents&minVotes=1&edition=month&orderBy=NEWEST&first=3'
    for (const path of ['/papers', '/feeds/papers.rss', '/embed'])
      expect(page.text.replaceAll('&amp;', '&')).toContain(`${server.url}${path}?${list}`)
    expect(page.text).toContain(
      '<daily-papers topics="agents" min-votes="1" edition="month" order-by="NEWEST" first="3" theme="auto" live>',
    )
    expect(page.values).toMatchObject({ topics: 'agents', minVotes: '1', first: '3' })
  })

  test('composes a look: the page, the element and the frame have it, and the preview shows it', async () => {
    const path = '/docs?topics=agents&layout=cards&images=off'
    const text = (await read(path)).text.replaceAll('&amp;', '&')
    for (const list of ['/papers', '/embed'])
      expect(text).toContain(`${server.url}${list}?topics=agents&layout=cards&images=off`)
    expect(text).toContain('<daily-papers topics="agents" layout="cards" images="off" theme="auto" live>')
    expect(await (await get(path)).text()).toContain('<ol class="papers cards"')
  })

  test('says what is wrong, and keeps what was typed', async () => {
    const page = await read('/docs?topics=%22%3E%3Cb%3E&first=1000', 400)
    expect(page.text).toContain('"first" must be a whole number from 1 to 100.')
    expect(page.values).toMatchObject({ topics: '"><b>', first: '1000' })
    const source = await (await get('/docs?first=1000&layout=cards')).text()
    expect(source).toMatch(/name="first"[^>]* aria-describedby="problem"><\/label><p [^>]*id="problem"/)
    expect(source).toContain('<option value="cards" selected>')
    expect((await read('/docs?topic=agents', 400)).text).toContain('There is no parameter "topic".')
  })
})

test('/editions has every month, and calendars of the newest days', async () => {
  const { data } = await server.ask(
    '{ editions(period: MONTH, first: 100) { nodes { url paperCount } } days: editions(first: 62) { nodes { url } } }',
  )
  const { links, text } = await read('/editions')
  const hrefs = links.map(({ href }) => href)
  for (const url of [...urlsOf(data.editions), ...urlsOf(data.days)]) expect(hrefs).toContain(url)
  for (const { paperCount } of data.editions.nodes) expect(text).toContain(`${paperCount} paper`)
})

test('a name of the newest edition is a page, whose canonical address is that of the edition', async () => {
  const { data } = await server.ask('{ edition(period: WEEK) { url } }')
  for (const path of ['/editions/week', '/editions/week/latest'])
    expect((await read(path)).head.canonical).toEqual([data.edition.url])
})
