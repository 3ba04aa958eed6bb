import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect } from 'vitest'
import type { FeedExtension } from '../../../src/formats/feed/formats.ts'

// The rules of each feed format, as checks on parsed documents. A format without a check does not compile. What is checked of each
// entry goes by `assert`, which takes a twentieth of the time of `expect`.

/** An element as fast-xml-parser reads it: attributes begin with `@`, the text is under `#text`. */
export type Element = { [name: string]: Element[] } & { '#text'?: string }

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  alwaysCreateTextNode: true,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
  // Without it, `&#39;` is not decoded.
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: 1e9, maxExpandedLength: 1e9 },
})

/** A well-formed document without characters that XML 1.0 forbids, as its root element. */
export function parseXml(text: string, root: string): Element {
  expect(XMLValidator.validate(text)).toBe(true)
  expect(text).toMatch(/^<\?xml version="1.0" encoding="utf-8"\?>\n/)
  expect(text).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u)
  expect(text).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39|#x26|#x3C|#x3E);)/)
  expect(text).not.toContain('<![CDATA[')
  return parser.parse(text)[root][0]
}

const textOf = (element: Element | undefined): string => element?.['#text'] ?? ''
const attribute = (element: Element | undefined, name: string): string | undefined =>
  (element as Record<string, unknown> | undefined)?.[`@${name}`] as string | undefined

/** The text of an element that must occur once. */
function only(parent: Element, name: string): string {
  assert.equal(parent[name]?.length, 1, `there is one ${name}`)
  const text = textOf(parent[name]?.[0])
  assert.notEqual(text, '', `${name} has a text`)
  return text
}

const elementsOf = (element: Element): string[] =>
  Object.keys(element).filter((name) => !name.startsWith('@') && name !== '#text')

function expectAddress(text = ''): void {
  assert.match(text, /^https?:\/\/[^\s<>"]+$/)
  assert(URL.canParse(text), text)
}

const RFC_822 =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

const RSS_CHANNEL = 'title link description atom:link lastBuildDate ttl generator item'.split(' ')
const RSS_ITEM = 'title link guid pubDate description dc:creator category media:thumbnail slash:comments'.split(' ')

/** Checks a document against RSS 2.0 and returns its items. */
export function checkRss(text: string): Element[] {
  const rss = parseXml(text, 'rss')
  expect(attribute(rss, 'version')).toBe('2.0')
  expect(elementsOf(rss)).toEqual(['channel'])
  expect(rss.channel).toHaveLength(1)
  const channel = rss.channel?.[0] as Element
  for (const name of elementsOf(channel)) expect(RSS_CHANNEL).toContain(name)
  only(channel, 'title')
  only(channel, 'description')
  expectAddress(only(channel, 'link'))
  expect(only(channel, 'lastBuildDate')).toMatch(RFC_822)
  expect(only(channel, 'ttl')).toMatch(/^[1-9]\d*$/)
  const links = channel['atom:link'] ?? []
  for (const link of links) expectAddress(attribute(link, 'href'))
  expect(links.filter((link) => attribute(link, 'rel') === 'self')).toHaveLength(1)
  const items = channel.item ?? []
  for (const item of items) {
    for (const name of elementsOf(item)) assert(RSS_ITEM.includes(name), name)
    only(item, 'title')
    only(item, 'description')
    only(item, 'guid')
    expectAddress(only(item, 'link'))
    assert.equal(attribute(item.guid?.[0], 'isPermaLink'), 'false')
    if (item.pubDate) assert.match(only(item, 'pubDate'), RFC_822)
    for (const creator of item['dc:creator'] ?? []) assert.notEqual(textOf(creator), '')
    for (const category of item.category ?? []) assert.notEqual(textOf(category), '')
    for (const thumbnail of item['media:thumbnail'] ?? []) expectAddress(attribute(thumbnail, 'url'))
  }
  expectUnique(items.map((item) => textOf(item.guid?.[0])))
  return items
}

const ATOM_FEED = 'id title subtitle updated link author generator entry'.split(' ')
const ATOM_ENTRY = 'id title link published updated author category summary content media:thumbnail'.split(' ')

/** Checks a document against RFC 4287 and returns its entries. */
export function checkAtom(text: string): Element[] {
  const feed = parseXml(text, 'feed')
  expect(attribute(feed, 'xmlns')).toBe('http://www.w3.org/2005/Atom')
  for (const name of elementsOf(feed)) expect(ATOM_FEED).toContain(name)
  expectAddress(only(feed, 'id'))
  only(feed, 'title')
  expect(only(feed, 'updated')).toMatch(RFC_3339)
  checkPeople(feed)
  checkLinks(feed, ['self', 'alternate', 'first', 'next'])
  expect(feed.link?.filter((link) => attribute(link, 'rel') === 'self')).toHaveLength(1)
  const entries = feed.entry ?? []
  for (const entry of entries) {
    for (const name of elementsOf(entry)) assert(ATOM_ENTRY.includes(name), name)
    assert.match(only(entry, 'id'), /^(https:\/\/|tag:)[^\s<>"{}|\\^`]+$/)
    only(entry, 'title')
    assert.match(only(entry, 'updated'), RFC_3339)
    if (entry.published) assert.match(only(entry, 'published'), RFC_3339)
    const moments = [
      only(entry, 'published' in entry ? 'published' : 'updated'),
      only(entry, 'updated'),
      only(feed, 'updated'),
    ].map((moment) => Date.parse(moment))
    assert.deepEqual(
      moments,
      moments.toSorted((a, b) => a - b),
    )
    only(entry, 'content')
    assert.equal(attribute(entry.content?.[0], 'type'), 'html')
    assert.equal((entry.summary ?? []).length, entry.summary ? 1 : 0)
    if (entry.author) checkPeople(entry)
    checkLinks(entry, ['alternate', 'related'])
    for (const category of entry.category ?? []) {
      assert(attribute(category, 'term'))
      if (attribute(category, 'scheme') !== undefined) expectAddress(attribute(category, 'scheme'))
    }
  }
  expectUnique(entries.map((entry) => only(entry, 'id')))
  return entries
}

function checkPeople(element: Element): void {
  assert(element.author?.length)
  for (const author of element.author ?? []) only(author, 'name')
}

function checkLinks(element: Element, relations: string[]): void {
  const links = element.link ?? []
  for (const link of links) {
    assert(relations.includes(attribute(link, 'rel') ?? ''))
    expectAddress(attribute(link, 'href'))
  }
  const alternates = links.filter((link) => attribute(link, 'rel') === 'alternate')
  assert.equal(alternates.length, 1)
  assert.equal(attribute(alternates[0], 'type'), 'text/html')
}

function expectUnique(ids: string[]): void {
  expect(new Set(ids).size).toBe(ids.length)
}

const address = { type: 'string', format: 'address' }
const text = { type: 'string', minLength: 1 }
const moment = { type: 'string', pattern: RFC_3339.source }
const author = {
  type: 'object',
  properties: { name: text, url: address, avatar: address },
  anyOf: [{ required: ['name'] }, { required: ['url'] }, { required: ['avatar'] }],
  additionalProperties: false,
}
/** Extensions: objects whose names begin with an underscore. */
const extensions = { '^_[a-zA-Z][^.]*$': { type: 'object' } }

const JSON_FEED = {
  type: 'object',
  required: ['version', 'title', 'items'],
  properties: {
    version: { const: 'https://jsonfeed.org/version/1.1' },
    title: text,
    home_page_url: address,
    feed_url: address,
    description: text,
    user_comment: text,
    next_url: address,
    icon: address,
    favicon: address,
    authors: { type: 'array', items: author },
    language: text,
    expired: { type: 'boolean' },
    hubs: { type: 'array', items: { type: 'object', required: ['type', 'url'] } },
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id'],
        properties: {
          id: text,
          url: address,
          external_url: address,
          title: text,
          content_html: text,
          content_text: text,
          summary: text,
          image: address,
          banner_image: address,
          date_published: moment,
          date_modified: moment,
          authors: { type: 'array', items: author, minItems: 1 },
          tags: { type: 'array', items: text, minItems: 1 },
          language: text,
          attachments: { type: 'array', items: { type: 'object', required: ['url', 'mime_type'] } },
        },
        anyOf: [{ required: ['content_html'] }, { required: ['content_text'] }],
        patternProperties: extensions,
        additionalProperties: false,
      },
    },
  },
  patternProperties: extensions,
  additionalProperties: false,
}

const ajv = new Ajv2020({ allErrors: true })
ajv.addFormat('address', (value: string) => /^https?:\/\//.test(value) && URL.canParse(value))
const isJsonFeed = ajv.compile(JSON_FEED)

export interface JsonItem {
  id: string
  url: string
  title: string
  summary?: string
  content_html: string
  date_published: string
  date_modified: string
  authors?: { name: string }[]
  tags?: string[]
  _daily_papers?: { id: string; voteCount: number; commentCount: number }
}

/** Checks a document against JSON Feed 1.1 and returns its items. */
export function checkJsonFeed(document: string): JsonItem[] {
  const feed = JSON.parse(document)
  isJsonFeed(feed)
  expect(isJsonFeed.errors).toBeNull()
  expect(feed.next_url).not.toBe(feed.feed_url)
  expectUnique(feed.items.map(({ id }: JsonItem) => id))
  return feed.items
}

export const CHECKS: Record<FeedExtension, (document: string) => unknown[]> = {
  rss: checkRss,
  atom: checkAtom,
  json: checkJsonFeed,
}
