import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Parser } from 'htmlparser2'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { FRAME_SCRIPT } from '../../../src/formats/html/embed-page.ts'
import { STYLE } from '../../../src/formats/html/style.ts'
import { readSettings } from '../../../src/settings.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { HOSTILE_ID, importHostilePaper, MARKUP } from '../../support/hostile.ts'
import { ROOT } from '../../support/program.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 40)
await importHostilePaper(database.db)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const get = (path: string) => fetch(`${server.url}${path}`)

interface Seen {
  tags: { name: string; attributes: Record<string, string> }[]
  text: string
}

/** What a parser of HTML makes of a page. */
function look(page: string): Seen {
  const seen: Seen = { tags: [], text: '' }
  const parser = new Parser({
    onopentag: (name, attributes) => void seen.tags.push({ name, attributes }),
    ontext: (text) => {
      seen.text += text
    },
  })
  parser.end(page)
  return seen
}

const linksOf = ({ tags }: Seen) => tags.filter(({ name }) => name === 'a').map(({ attributes }) => attributes)

describe('/embed', () => {
  test('shows the papers of the list, in its order', async () => {
    const query = 'filter: { topics: ["agents"], minVotes: 1 }, orderBy: NEWEST, first: 4'
    const { data } = await server.ask(`{ papers(${query}) { nodes { title url } } }`)
    const page = look(await (await get('/embed?topics=agents&minVotes=1&orderBy=NEWEST&first=4')).text())
    const shown = linksOf(page).filter(({ href, tabindex }) => href?.includes('/papers/') && tabindex === undefined)
    expect(shown.map(({ href }) => href)).toEqual(data.papers.nodes.map(({ url }: { url: string }) => url))
    for (const { title } of data.papers.nodes) expect(page.text).toContain(title)
  })

  test('shows 30 papers by default, like a feed', async () => {
    const { tags } = look(await (await get('/embed')).text())
    expect(tags.filter(({ attributes }) => attributes.class === 'paper')).toHaveLength(30)
  })

  test('is the page that GraphQL names', async () => {
    const { data } = await server.ask('{ papers(filter: { topics: ["agents"] }) { feeds { embed } } }')
    const response = await fetch(data.papers.feeds.embed)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('Trending papers on agents')
  })

  test('shows the newest edition of a period, with links to those before and after in the frame', async () => {
    const { data } = await server.ask(
      '{ edition { date previous { date } papers(filter: { minVotes: 2 }) { nodes { url } } } editions(period: MONTH) { nodes { startsOn endsOn } } }',
    )
    const { date, previous, papers } = data.edition
    const page = look(await (await get('/embed?edition=day&minVotes=2&theme=dark')).text())
    expect(page.text).toContain('Papers of ')
    const links = linksOf(page)
    // A picture leads to its paper, too.
    const shown = links.filter(({ href, tabindex }) => href?.includes('/papers/') && tabindex === undefined)
    expect(shown.map(({ href }) => href)).toEqual(papers.nodes.map(({ url }: { url: string }) => url))
    const back = links.find(({ rel }) => rel === 'prev')
    expect(back).not.toHaveProperty('target')
    expect(back?.href).toBe(
      `${server.url}/embed?listedFrom=${previous.date}&listedTo=${previous.date}&minVotes=2&orderBy=MOST_VOTED&theme=dark`,
    )
    const before = look(await (await fetch(back?.href as string)).text())
    expect(linksOf(before).find(({ rel }) => rel === 'next')?.href).toContain(`listedFrom=${date}&listedTo=${date}`)
    // All papers of a day have one date.
    expect(page.tags.filter(({ name }) => name === 'time')).toEqual([])
    const [month] = data.editions.nodes
    const same = await (await get(`/embed?edition=${month.startsOn.slice(0, 7)}`)).text()
    expect(linksOf(look(await (await get('/embed?edition=month')).text())).map(({ href }) => href)).toEqual(
      linksOf(look(same)).map(({ href }) => href?.replace(/papers(\.rss)?\?.*/, 'papers$1?edition=month')),
    )
  })

  test('says that a list is empty', async () => {
    expect(await (await get('/embed?topics=nothing-of-the-kind')).text()).toContain('There are no papers here yet.')
  })

  test('opens its links beside the page that it is in', async () => {
    for (const attributes of linksOf(look(await (await get('/embed?first=5')).text()))) {
      expect(attributes).toMatchObject({ target: '_blank', rel: 'noopener' })
      expect(attributes.href).toMatch(/^https?:/)
    }
  })

  test.each(['light', 'dark'])('has the theme %s on request', async (theme) => {
    const { tags } = look(await (await get(`/embed?theme=${theme}`)).text())
    expect(tags[0]).toEqual({ name: 'html', attributes: { lang: 'en', 'data-theme': theme } })
    expect((await get('/embed?theme=auto')).status).toBe(200)
  })

  test.each([
    ['topic=agents', 'There is no parameter "topic". Allowed are topics, '],
    ['theme=blue', '"theme" must be one of auto, light, dark.'],
    ['first=0', '"first" must be a whole number'],
    ['first=2&first=3', 'may be given once only'],
    ['publishedFrom=2026-02-30', 'a calendar day such as 2026-02-17'],
    ['%3Cscript%3E=1', 'There is no parameter "<script>"'],
  ])('answers 400 to %s and says why', async (query, message) => {
    const response = await get(`/embed?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    const page = look(await response.text())
    expect(page.text).toContain(message)
    expect(page.tags.some(({ name }) => name === 'script')).toBe(false)
  })

  test('one paper can be embedded, too', async () => {
    const page = look(await (await get(`/embed/papers/${HOSTILE_ID}?theme=dark`)).text())
    expect(page.tags[0]?.attributes['data-theme']).toBe('dark')
    expect(page.text).toContain('عمر الخيام')
    expect((await get('/embed/papers/2601.88888')).status).toBe(404)
    expect((await get('/embed/papers/none')).status).toBe(400)
    expect((await get(`/embed/papers/${HOSTILE_ID}?first=1`)).status).toBe(400)
  })

  test('sets no cookie, holds one script and loads only pictures of this server', async () => {
    for (const path of ['/embed?first=100', `/embed/papers/${HOSTILE_ID}`]) {
      const response = await get(path)
      expect(response.headers.get('set-cookie')).toBeNull()
      const page = await response.text()
      for (const { name, attributes } of look(page).tags) {
        expect(['iframe', 'object', 'video', 'form', 'base']).not.toContain(name)
        // The mark.
        if (name === 'svg') expect(attributes.class).toBe('mark')
        expect(Object.keys(attributes).filter((attribute) => attribute.startsWith('on'))).toEqual([])
        if (name === 'link' && attributes.rel === 'icon') expect(attributes.href).toMatch(/^data:image/)
        if (name === 'img') expect(attributes.src).toMatch(/^\/images\/\w+\/\w+\/[\w-]+\/\d+\.webp$/)
        else expect(attributes).not.toHaveProperty('src')
        expect(attributes).not.toHaveProperty('style')
      }
      expect(page.match(/<script.*?<\/script>/gs)).toEqual([`<script>${FRAME_SCRIPT}</script>`])
      expect(page).not.toMatch(/url\(|@import/)
    }
  })

  test('shows markup of an import as the text that it is', async () => {
    const { text } = look(await (await get('/embed?first=1&orderBy=MOST_VOTED')).text())
    for (const field of ['title', 'author', 'topic', 'organization'] as const) expect(text).toContain(MARKUP[field])
  })

  test('says which sites may show it in a frame', async () => {
    const style = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
    const script = `script-src 'sha256-${createHash('sha256').update(FRAME_SCRIPT).digest('base64')}'; `
    const policy = (ancestors: string) =>
      `default-src 'none'; style-src ${style}; ${script}img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`
    expect((await get('/embed')).headers.get('content-security-policy')).toBe(policy('*'))
    const some = await startServer(database, { frameAncestors: 'https://lab.example' })
    onTestFinished(some.close)
    const response = await fetch(`${some.url}/embed?first=1`)
    expect(response.headers.get('content-security-policy')).toBe(policy('https://lab.example'))
    expect((await get('/editions/none')).headers.get('content-security-policy')).toBe(
      policy("'none'").replace(script, '').replace("form-action 'none'", "form-action 'self'"),
    )
  })
})

describe('EMBED_FRAME_ANCESTORS', () => {
  test.each([
    [undefined, '*'],
    ["'none'", "'none'"],
    ["'self' https://lab.example", "'self' https://lab.example"],
    ['https://*.lab.example:8443 https:', 'https://*.lab.example:8443 https:'],
    ['lab.example', 'lab.example'],
  ])('%s is taken', (given, read) => {
    expect(readSettings({ EMBED_FRAME_ANCESTORS: given }).embedFrameAncestors).toBe(read)
  })

  test.each([
    'https://lab.example; script-src *',
    'https://lab.example, https://other.example',
    'https://lab.example\r\nx: y',
    '* https://lab.example',
    'https://lab.example ',
    'https://lab.example/path',
  ])('%j is not', (given) => {
    expect(() => readSettings({ EMBED_FRAME_ANCESTORS: given })).toThrow(/^EMBED_FRAME_ANCESTORS must be/)
  })
})

describe('/embed.js', () => {
  test('has types beside it', async () => {
    const response = await get('/embed.d.ts')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(await response.text()).toContain("'daily-papers': DailyPapersElement")
  })

  test('is under 10 KB gzipped and needs nothing else', async () => {
    const response = await get('/embed.js')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const script = await response.text()
    expect(gzipSync(script).length).toBeLessThan(10_240)
    expect(script).not.toMatch(/^\s*import[\s(]/m)
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/)
  })

  test('has a version with the hash that `/docs` shows, cached for good', async () => {
    const page = look(await (await get('/docs')).text())
    const [, address = '', integrity = ''] =
      /<script type="module" src="([^"]+)" integrity="sha384-([^"]+)" crossorigin="anonymous">/.exec(page.text) ?? []
    expect(address).toMatch(/\/embed-[0-9a-f]{16}\.js$/)
    const response = await fetch(address)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const script = await response.text()
    expect(createHash('sha384').update(script).digest('base64')).toBe(integrity)
    expect(script).toBe(await (await get('/embed.js')).text())
    expect((await get('/embed.js')).headers.get('cache-control')).toMatch(/^public, max-age=\d{1,2},/)
  })

  test('is kept for pages that pin it; npm run embed-script writes the file', async () => {
    const hash = createHash('sha256')
      .update(await (await get('/embed.js')).text())
      .digest('hex')
    expect(await readdir(join(ROOT, 'src/http/routes/assets'))).toContain(`embed-${hash.slice(0, 16)}.js`)
  })

  test('an unknown version is 404', async () => {
    const response = await get('/embed-0123456789abcdef.js')
    expect(response.status).toBe(404)
    expect(response.headers.get('cache-control')).not.toContain('immutable')
    for (const file of await readdir(join(ROOT, 'src/http/routes/assets'))) {
      const hash = createHash('sha256')
        .update(await readFile(join(ROOT, 'src/http/routes/assets', file)))
        .digest('hex')
      if (file !== 'embed.js') expect(file).toBe(`embed-${hash.slice(0, 16)}.js`)
    }
  })
})
