import { messageOf } from '../../values/errors.ts'
import { FEED_SCHEME, identifierOf, normalizeIdentifier } from '../../values/identifiers.ts'
import { isArxivCategory } from '../../values/slugs.ts'
import {
  distinctTopicNames,
  LONGEST_ABSTRACT,
  LONGEST_NAME,
  LONGEST_TITLE,
  nameOf,
  normalizeLine,
  normalizeParagraphs,
  webAddress,
} from '../../values/text.ts'
import { isDay, momentOf, momentOfMail, startOfDay } from '../../values/time.ts'
import type { PaperEntry } from '../entry.ts'
import { arxivName, splitAuthors } from './arxiv-authors.ts'
import { type Feed, type FeedItem, readFeed } from './feed-items.ts'
import { htmlToText } from './html-text.ts'
import { type Raw, UnreadableInput } from './input-files.ts'
import { arrayIn } from './json-elements.ts'
import { COMMENT, MEBIBYTE, tooLong } from './lines.ts'
import type { FileReading, RecordGroup, Source } from './source.ts'
import { texToText } from './tex.ts'
import { bounded, MOST_AUTHORS, MOST_MEMBERS, quoted } from './validation.ts'
import { decodeXml, readXml } from './xml.ts'

/** In characters. A feed is in memory as a whole. */
const LARGEST_FEED = 16 * MEBIBYTE

const FORM = { roots: ['rss', 'RDF', 'feed'], called: 'an RSS, Atom or JSON feed', yielded: ['item', 'entry'] }

/** An entry with the scheme of its own id, which its feed names. */
interface FeedRecord {
  item: FeedItem
  scheme: string | null
}

async function* readFeedFile(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  const { file } = reading
  let text = ''
  for await (const part of decodeXml(reading.bytes)) {
    text += part
    if (text.length > LARGEST_FEED) throw new UnreadableInput(tooLong(LARGEST_FEED))
  }
  let before = 0
  const feeds = feedsIn(text)
  for (const one of feeds) {
    const report: FileReading['report'] = ({ position, ...problem }) =>
      reading.report({ ...problem, position: position === null ? null : before + position })
    const sound = await soundItems({ ...reading, report }, one)
    if (sound === null) continue
    const parsed = await feedOf(one)
    if ('reason' in parsed) {
      if (feeds.length === 1) throw new UnreadableInput(parsed.reason)
      reading.report({ file: file.name, position: before + 1, reason: parsed.reason, raw: () => ({ text: one }) })
      before += 1
      continue
    }
    for (const [index, item] of parsed.items.entries()) {
      const raw = sound(index)
      const value: FeedRecord = { item, scheme: schemeOf(parsed.site ?? item.links[0] ?? '') }
      if (raw) yield { ...file, records: [{ position: before + index + 1, value, raw }] }
    }
    before += parsed.items.length
  }
}

/** Most files hold one feed. Of XML several may follow each other, and of JSON Feed each may be a line. */
function feedsIn(text: string): string[] {
  const json = text.replace(/^(?:\ufeff|\s|# .*\n)*/, '')
  if (!isJson(json)) return text.split(/\s*(?=<\?xml\s)(?<=<\/(?:\w+:)?(?:rss|RDF|feed)\s*>\s*)/)
  const lines = json.split('\n').filter((line) => line.trim() !== '' && !line.startsWith(COMMENT))
  return lines.length > 1 && lines.every((line) => line.startsWith('{"')) ? lines : [lines.join('\n')]
}

async function feedOf(text: string): Promise<Feed | { reason: string }> {
  try {
    const feed = await readFeed(text)
    // Anything with a title passes for a JSON Feed.
    if (feed.items.length === 0 && isJson(text) && !Array.isArray((JSON.parse(text) as { items?: unknown }).items))
      throw new Error('It has no items')
    return feed
  } catch (error) {
    return { reason: `It is not ${FORM.called}: ${messageOf(error).split('\n', 1)[0]?.replace(/\.$/, '')}.` }
  }
}

const isJson = (text: string): boolean => /^\s*[{[]/.test(text)

/** The entries that are whole, because the parser of feeds guesses. Null if the file is not, which is reported. */
async function soundItems(reading: FileReading, text: string): Promise<((index: number) => Raw | undefined) | null> {
  if (isJson(text)) return (index) => () => ({ text: feedOfItem(text, index) })
  const sound = new Map<number, Raw>()
  let isWhole = true
  const report: FileReading['report'] = (problem) => {
    isWhole &&= problem.position !== null
    reading.report(problem)
  }
  async function* bytes() {
    // UTF-8, so without a declaration that names another encoding.
    yield Buffer.from(text.replace(/^\ufeff?\s*<\?xml[^>]*\?>/, ''))
  }
  for await (const { position, raw } of readXml({ ...reading, bytes: bytes(), report }, FORM))
    sound.set(position - 1, raw)
  return isWhole ? (index) => sound.get(index) : null
}

/** JSON has line ends only between its parts. */
const oneLine = (json: string): string => json.replace(/\s*\n\s*/g, '')

/** A JSON Feed with only one of its items, as a line. */
function feedOfItem(text: string, index: number): string {
  const items = arrayIn(text, 'items')
  return oneLine(items === null ? text : items.before + items.elements[index] + items.after)
}

/** Parses an entry of a feed. */
export function parseFeedItem(value: unknown): PaperEntry {
  const { item, scheme } = value as FeedRecord
  const { arxivId, doi } = identifiersOf(item)
  const own = arxivId === null && doi === null ? ownIdentifier(item, scheme) : null
  const title = bounded(normalizeLine(plainText(item.title ?? '')), LONGEST_TITLE, 'title')
  if (title === '') throw new Error('title is missing or blank.')
  const updatedAt = item.updated === undefined ? null : momentOfFeed(item.updated)
  const publishedAt = item.published === undefined ? updatedAt : momentOfFeed(item.published)
  if (publishedAt === null) throw new Error('It has no date.')
  const abstract = normalizeParagraphs(plainText(item.text ?? ''))
  const authors = authorsOf(item.authors)
  const [page] = item.links.map(webAddress)
  return {
    source: 'feed',
    authority: 'FEED',
    asOf: updatedAt ?? publishedAt,
    arxivId,
    doi,
    identifiers: own === null ? [] : [own],
    title,
    // Something longer is the text of the paper or of the page.
    abstract: abstract === '' || abstract.length > LONGEST_ABSTRACT ? null : abstract,
    publishedAt,
    // Feeds say when an entry was published, which may be a later version.
    publishedAtIs: 'ANNOUNCEMENT',
    updatedAt,
    authors: authors.length === 0 ? null : authors.map((name) => ({ name, account: null })),
    topics: topicsOf(item.terms),
    links: page && arxivId === null ? [{ kind: 'ABSTRACT', url: page, title: null }] : null,
  }
}

const plainText = (text: string): string => texToText(htmlToText(text))

function momentOfFeed(text: string): string {
  const trimmed = text.trim()
  // A time without an offset is read as UTC.
  const read = isDay(trimmed)
    ? startOfDay(trimmed)
    : (momentOf(trimmed) ?? momentOfMail(trimmed) ?? momentOf(`${trimmed.replace(' ', 'T')}Z`))
  if (read === null) throw new Error(`Its date is not a time: ${quoted(trimmed)}.`)
  return read
}

function identifiersOf({ ids, links }: FeedItem): { arxivId: string | null; doi: string | null } {
  let [arxivId, doi]: [string | null, string | null] = [null, null]
  for (const text of [...ids, ...links]) {
    // Digits alone are no id of arXiv: feeds number their entries as they like.
    const found = /^\s*\d+\.\d+/.test(text) && !text.includes('/') ? null : identifierOf(text)
    if (found?.scheme === 'arxiv') arxivId ??= found.value
    if (found?.scheme === 'doi') doi ??= found.value
  }
  return { arxivId, doi }
}

function ownIdentifier({ ids, links }: FeedItem, scheme: string | null) {
  const value = ids[0] ?? links[0]
  if (value === undefined) throw new Error('It has no id and no link.')
  const identifier = scheme === null ? null : normalizeIdentifier({ scheme, value })
  if (identifier === null) throw new Error(`Its id cannot be kept: ${quoted(value)}.`)
  return identifier
}

/** The scheme of a site's own ids, after its host; null if the address has none. */
function schemeOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const host = new URL(address).hostname.replace(/^www\./, '')
  const name = host
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^(?=\d)/, 'n')
    .slice(0, 32)
  return name === '' || [FEED_SCHEME, 'arxiv', 'doi'].includes(name) ? null : name
}

const INITIALS = /^(?:\p{Lu}\.?[- ]?)+$/u

/** The names of a list in any of the forms of feeds: one by one, all in one text, or with the last name first. */
function authorsOf(texts: readonly string[]): string[] {
  const plain = texts.map((text) => plainText(text).trim())
  const names = plain.length === 1 ? namesIn(plain[0] as string) : plain.map(firstNameFirst)
  if (names.length > MOST_AUTHORS) throw new Error(`authors has more than ${MOST_AUTHORS} members.`)
  return names.map((name) => bounded(arxivName(name), LONGEST_NAME, 'authors')).filter((name) => name !== '')
}

function namesIn(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  // `Lin, A. B., Quine, T.`, as bioRxiv writes.
  const isInverted = parts.length % 2 === 0 && parts.every((part, n) => n % 2 === 0 || INITIALS.test(part))
  if (isInverted) return parts.flatMap((last, n) => (n % 2 === 0 ? [`${parts[n + 1]} ${last}`] : []))
  return splitAuthors(text)
}

const firstNameFirst = (name: string): string => name.replace(/^([^,]+),\s*([^,]+)$/, '$2 $1')

function topicsOf(terms: readonly string[]): PaperEntry['topics'] {
  const names = terms.map((term) => nameOf(plainText(term))).filter((name) => name.length <= LONGEST_NAME)
  if (names.length > MOST_MEMBERS) throw new Error(`categories has more than ${MOST_MEMBERS} members.`)
  return [
    { kind: 'CATEGORY' as const, names: distinctTopicNames(names.filter(isArxivCategory)) },
    { kind: 'KEYWORD' as const, names: distinctTopicNames(names.filter((name) => !isArxivCategory(name))) },
  ].filter(({ names }) => names.length > 0)
}

export const feed: Source = {
  description: 'any feed in RSS, Atom or JSON Feed (.xml, .json, .gz)',
  read: readFeedFile,
  parse: parseFeedItem,
}
