import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { Parser } from 'htmlparser2'
import { afterAll, describe, expect, test } from 'vitest'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { HOSTILE_ID, importHostilePaper, MARKUP } from '../../support/hostile.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 30)
await importHostilePaper(database.db)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const ask = (url: string, more: Record<string, string> = {}) =>
  fetch(`${server.url}/oembed?${new URLSearchParams({ url, ...more })}`)

const read = async (url: string, more: Record<string, string> = {}) => {
  const response = await ask(url, more)
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, string | number>
}

/** The attributes of the one element that a fragment must be. */
function frameOf(html: string): Record<string, string> {
  const tags: [string, Record<string, string>][] = []
  new Parser({ onopentag: (name, attributes) => void tags.push([name, attributes]) }).end(html)
  expect(tags.map(([name]) => name)).toEqual(['iframe'])
  return tags[0]?.[1] as Record<string, string>
}

describe('what can be embedded', () => {
  test('a list', async () => {
    const answer = await read(`${server.url}/embed?first=5&topics=agents&theme=dark`)
    expect(answer).toMatchObject({
      type: 'rich',
      version: '1.0',
      title: 'Trending papers on agents',
      provider_name: 'Daily Papers',
      provider_url: `${server.url}/`,
      width: 600,
    })
    const frame = frameOf(answer.html as string)
    expect(frame).toMatchObject({ width: '600', height: String(answer.height), title: answer.title })
    expect(frame.src).toBe(`${server.url}/embed?topics=agents&first=5&theme=dark`)
    expect(frame.sandbox).toBe('allow-scripts allow-popups allow-popups-to-escape-sandbox')
    expect((await fetch(frame.src as string)).status).toBe(200)
  })

  test('a paper, whatever its title', async () => {
    for (const address of [
      `/papers/${HOSTILE_ID}`,
      `/papers/${HOSTILE_ID}v2?utm_source=x`,
      `/embed/papers/${HOSTILE_ID}`,
      `/embed/papers/${HOSTILE_ID}?utm_source=x&_=1`,
      `//papers//${HOSTILE_ID}/`,
    ]) {
      const answer = await read(`${server.url}${address}`)
      expect(answer.title).toBe(MARKUP.title)
      const frame = frameOf(answer.html as string)
      expect(frame.title).toBe(MARKUP.title)
      expect(frame.src).toBe(`${server.url}/embed/papers/${HOSTILE_ID}`)
      expect((await fetch(frame.src as string)).status).toBe(200)
    }
  })

  test('an edition, with its papers and no others', async () => {
    const { data } = await server.ask('{ edition { date papers(first: 100) { nodes { url } } } }')
    const { html, title } = await read(`${server.url}/editions/${data.edition.date}`)
    expect(title).toMatch(/day,? \d+ \w+ 2026$/)
    const page = await (await fetch(frameOf(html as string).src as string)).text()
    expect(page).toContain(`<title>Papers of ${title}</title>`)
    const shown = [...page.matchAll(/<a href="([^"]+\/papers\/[^"]+)"/g)].map(([, url]) => url)
    expect(shown).toEqual(data.edition.papers.nodes.map(({ url }: { url: string }) => url))

    const months = ['2026-01', 'month/2026-01', 'month/2026-01-21'].map((name) =>
      read(`${server.url}/editions/${name}`),
    )
    expect(new Set((await Promise.all(months)).map((month) => JSON.stringify(month))).size).toBe(1)
    expect((await months[0])?.title).toBe('January 2026')
    const newest = await read(`${server.url}/editions/day`)
    expect(newest.title).toBe(title)
    expect(frameOf(newest.html as string).src).toBe(`${server.url}/embed?edition=day`)
  })
})

test('a paper has its authors, and the largest picture within the limits', async () => {
  const { data } = await server.ask(
    '{ papers(first: 100) { nodes { url thumbnailUrl authors(first: 1) { totalCount nodes { name } } } } }',
  )
  const paper = data.papers.nodes.find(({ thumbnailUrl }: { thumbnailUrl: string | null }) => thumbnailUrl)
  const { author_name: author, ...card } = await read(paper.url)
  expect(author).toContain(paper.authors.nodes[0].name)
  expect(card).toMatchObject({ thumbnail_width: 1200, thumbnail_height: 630 })
  const page = await (await fetch(paper.url)).text()
  expect(page).toContain(`<meta property="og:image" content="${card.thumbnail_url}">`)
  const smaller = await read(paper.url, { maxwidth: '700' })
  expect(smaller).toMatchObject({ thumbnail_width: 640, thumbnail_height: 336 })
  expect(smaller.thumbnail_url).toMatch(/\/640\.jpg$/)
  expect(await read(paper.url, { maxwidth: '100' })).not.toHaveProperty('thumbnail_url')
})

test('every page that has a list or a paper can be embedded, as people write its address', async () => {
  const { data } = await server.ask(
    '{ edition { date papers(first: 1) { nodes { url submittedBy { url } } } } papers(filter: { organizations: ["polder-ai"] }, first: 1) { nodes { organization { url } authors(first: 1) { nodes { url } } } } users: papers(first: 100) { nodes { submittedBy { url } } } }',
  )
  const [{ organization, authors }] = data.papers.nodes
  const submitter = data.users.nodes.find(({ submittedBy }: { submittedBy: object | null }) => submittedBy).submittedBy
  for (const address of [
    `${server.url}/`,
    `${server.url}`,
    `${server.url}/papers?topics=agents&utm_source=x`,
    `${server.url}/topics/agents/?utm_source=x`,
    `${server.url}/papers/${HOSTILE_ID}.md`,
    `${server.url}/editions/${data.edition.date}/`,
    organization.url,
    authors.nodes[0].url,
    submitter.url,
  ]) {
    const { html } = await read(address)
    expect((await fetch(frameOf(html as string).src as string)).status, address).toBe(200)
  }
  for (const path of ['/papers', '/topics/agents', `/editions/${data.edition.date}`]) {
    const { html } = await read(`${server.url}${path}?layout=cards`)
    expect(frameOf(html as string).src, path).toContain('layout=cards')
    expect((await ask(`${server.url}${path}?layout=tiles`)).status).toBe(404)
  }
  for (const page of ['/', '/papers', '/topics/agents']) {
    const source = await (await fetch(server.url + page)).text()
    const [, href = ''] = /type="application\/json\+oembed" href="([^"]+)"/.exec(source) ?? []
    expect((await fetch(href.replaceAll('&amp;', '&'))).status, page).toBe(200)
  }
  for (const none of ['/topics/nothing-of-the-kind', '/docs', '/topics'])
    expect((await ask(server.url + none)).status).toBe(404)
})

test('the requested size is a limit', async () => {
  const address = `${server.url}/embed?first=30`
  expect(await read(address, { maxwidth: '320', maxheight: '400' })).toMatchObject({ width: 320, height: 400 })
  expect(await read(address, { maxwidth: '5000', maxheight: '5000' })).toMatchObject({ width: 600, height: 720 })
})

const SIZES: Record<string, number> = { '500.5': 500, '500px': 500, ' 500 ': 500, '00500': 500, ['9'.repeat(23)]: 600 }
for (const none of ['', '0', '0.5', '-1', '1e2', 'wide', '100%', '1,5', 'undefined', 'null', 'NaN', 'Infinity'])
  SIZES[none] = 600

test.each(Object.entries(SIZES))(
  'maxwidth=%s, as a consumer computes it, gives a width of %i',
  async (maxwidth, width) => {
    expect(await read(`${server.url}/embed?first=30`, { maxwidth, maxheight: maxwidth })).toMatchObject({
      width,
      height: width === 500 ? 500 : 720,
    })
  },
)

test.each(['json', 'JSON', 'Json', 'undefined', 'null', ''])('format=%s is JSON', async (format) => {
  expect(await read(`${server.url}/embed?first=2`, { format })).toEqual(await read(`${server.url}/embed?first=2`))
})

test('a consumer may append what the address has already', async () => {
  const found = `${server.url}/oembed?url=${server.url}/embed&format=json&maxwidth=300`
  for (const more of ['&format=json', '&maxwidth=300&maxwidth=', '&maxwidth=undefined'])
    expect(((await (await fetch(found + more)).json()) as { width: number }).width).toBe(300)
})

test('parameters that consumers add, as WordPress does, are ignored', async () => {
  const address = `${server.url}/embed?first=2`
  const theirs = { dnt: '1', callback: 'x', maxwidth: '500', discover: '1', format: 'json' }
  expect(await read(address, theirs)).toEqual(await read(address, { maxwidth: '500' }))
})

test('XML has the same content', async () => {
  const address = `${server.url}/papers/${HOSTILE_ID}`
  const response = await ask(address, { format: 'xml' })
  expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8')
  const xml = await response.text()
  expect(XMLValidator.validate(xml)).toBe(true)
  const { oembed } = new XMLParser({ htmlEntities: true, parseTagValue: false, trimValues: false }).parse(xml)
  const json = await read(address)
  for (const [name, value] of Object.entries(json)) expect(oembed[name], name).toBe(String(value))
})

describe('errors have their status', () => {
  test.each([
    ['of another host', 404, (own: string) => own.replace('127.0.0.1', 'papers.example')],
    ['of another port', 404, () => `http://127.0.0.1:1/papers/${HOSTILE_ID}`],
    ['of another scheme', 404, (own: string) => own.replace('http:', 'ftp:')],
    ['that is none', 404, () => 'papers'],
    ['of a paper that is not here', 404, (own: string) => own.replace(HOSTILE_ID, '2601.88888')],
    ['of a paper that cannot be', 404, (own: string) => own.replace(HOSTILE_ID, 'nothing')],
    ['that is not encoded right', 404, (own: string) => own.replace(HOSTILE_ID, '%ff')],
    ['of a day without papers', 404, (own: string) => own.replace(/papers.*/, 'editions/2001-01-01')],
    ['of a list that cannot be', 404, (own: string) => own.replace(/papers.*/, 'embed?first=0')],
    ['of another page', 404, (own: string) => own.replace(/papers.*/, 'graphql')],
    ['that is empty', 400, () => ''],
  ])('an address %s: %i', async (_, status, change) => {
    expect((await ask(change(`${server.url}/papers/${HOSTILE_ID}`))).status).toBe(status)
  })

  test('an unknown format: 501', async () => {
    const response = await ask(`${server.url}/embed`, { format: 'yaml' })
    expect([response.status, await response.text()]).toEqual([501, '"format" must be one of json, xml.\n'])
  })

  test('a parameter that is given twice: 400', async () => {
    const response = await fetch(`${server.url}/oembed?url=${server.url}/embed&maxwidth=300&maxwidth=400`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: '"maxwidth" may be given once only.' })
  })

  test('with a sentence in the requested format', async () => {
    const json = await ask(`${server.url}/nothing`)
    expect([json.status, json.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8'])
    expect(await json.json()).toEqual({ error: 'There is nothing to embed at this address.' })
    const xml = await ask(`${server.url}/nothing`, { format: 'XML' })
    expect([xml.status, xml.headers.get('content-type')]).toEqual([404, 'text/xml; charset=utf-8'])
    expect(await xml.text()).toContain('<error>There is nothing to embed at this address.</error>')
  })
})

test('pages announce the oEmbed address', async () => {
  const { data } = await server.ask('{ edition { date } }')
  for (const path of ['/embed?first=2', `/papers/${HOSTILE_ID}`, `/editions/${data.edition.date}`]) {
    const links: Record<string, string>[] = []
    const page = await (await fetch(`${server.url}${path}`)).text()
    new Parser({
      onopentag: (name, attributes) => {
        if (name === 'link' && attributes.type?.endsWith('+oembed')) links.push(attributes)
      },
    }).end(page)
    expect(links.map(({ type }) => type)).toEqual(['application/json+oembed', 'text/xml+oembed'])
    for (const { href, rel } of links) {
      expect(rel).toBe('alternate')
      expect((await fetch(href as string)).status).toBe(200)
    }
  }
})
