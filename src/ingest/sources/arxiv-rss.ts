import { arxivMonth, identifierOfUrl } from '../../values/identifiers.ts'
import { isDay, momentOf, momentOfMail, startOfDay } from '../../values/time.ts'
import type { PaperEntry } from '../entry.ts'
import { splitAuthors } from './arxiv-authors.ts'
import { arxivEntry, arxivIdOf } from './arxiv-entry.ts'
import type { FileReading, RecordGroup, Source } from './source.ts'
import { quoted } from './validation.ts'
import { childrenOf, readXml, requiredText, textIn, type XmlElement } from './xml.ts'

const FORM = { roots: ['rss', 'feed'], called: 'an RSS or Atom feed', yielded: ['item', 'entry'] }

/** What is announced of a paper. A cross-list is a further category, not a new version. */
const ANNOUNCE_TYPES = ['new', 'cross', 'replace', 'replace-cross']

/** What arXiv writes before the abstract. */
const BEFORE_ABSTRACT = /^arXiv:\S+\s+Announce Type:\s*(\S+)\s+(?:Abstract:\s*)?/i

async function* readNews(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  for await (const { element, position, raw } of readXml(reading, FORM))
    yield { ...reading.file, records: [{ position, value: element, raw }] }
}

/** Parses an item of arXiv's news of a category, as RSS or as Atom. */
export function parseNews(record: unknown): PaperEntry {
  const item = record as XmlElement
  const text = textIn(item, 'description') ?? textIn(item, 'summary') ?? ''
  const type = textIn(item, 'announce_type') ?? BEFORE_ABSTRACT.exec(text)?.[1] ?? ''
  if (!ANNOUNCE_TYPES.includes(type))
    throw new Error(`announce_type must be ${ANNOUNCE_TYPES.join(' or ')}, not ${quoted(type)}.`)
  const id = idOf(item)
  const announced = announcement(item)
  return {
    ...arxivEntry({
      id,
      title: requiredText(item, 'title'),
      abstract: text.replace(BEFORE_ABSTRACT, '') || null,
      comments: null,
      authors: splitAuthors(textIn(item, 'creator') ?? ''),
      categories: childrenOf(item, 'category').map(({ attributes, text }) => attributes.term ?? text),
      doi: textIn(item, 'DOI') ?? textIn(item, 'doi'),
      publishedAt: type === 'new' ? announced.at : startOfDay(`${arxivMonth(id)}-01`),
      updatedAt: type.startsWith('replace') ? announced.at : null,
      asOf: announced.asOf,
    }),
    publishedAtIs: type === 'new' ? 'ANNOUNCEMENT' : 'MONTH',
  }
}

function idOf(item: XmlElement): string {
  const id = textIn(item, 'guid') ?? requiredText(item, 'id')
  const ofArxiv = /^oai:arXiv\.org:(.+)$/i.exec(id)?.[1]
  return arxivIdOf(ofArxiv ?? identifierOfUrl(id)?.value ?? id)
}

/**
 * When the item was announced. Its facts are dated at the start of that day in New York, without the offset, as the date
 * stamps of OAI-PMH are: so these replace them.
 */
function announcement(item: XmlElement): { at: string; asOf: string } {
  const text = textIn(item, 'pubDate') ?? textIn(item, 'updated') ?? requiredText(item, 'published')
  const at = momentOfMail(text) ?? momentOf(text)
  if (at === null) throw new Error(`pubDate is not a time such as "Mon, 2 Apr 2007 00:00:00 -0400": ${quoted(text)}.`)
  const day = text.slice(0, 10)
  return { at, asOf: startOfDay(isDay(day) ? day : (momentOfMail(text.replace(/\S+$/, 'GMT')) ?? at).slice(0, 10)) }
}

export const arxivRss: Source = {
  description: "arXiv's news of a category, RSS or Atom (.xml, .gz)",
  read: readNews,
  parse: parseNews,
}
