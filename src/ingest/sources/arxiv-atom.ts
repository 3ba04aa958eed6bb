import { identifierOfUrl } from '../../values/identifiers.ts'
import { normalizeLine } from '../../values/text.ts'
import { momentOf } from '../../values/time.ts'
import type { PaperEntry } from '../entry.ts'
import { arxivName } from './arxiv-authors.ts'
import { arxivEntry } from './arxiv-entry.ts'
import type { FileReading, RecordGroup, Source } from './source.ts'
import { quoted } from './validation.ts'
import { childrenOf, readXml, requiredText, textIn, type XmlElement } from './xml.ts'

const FORM = { roots: ['feed'], called: 'an Atom feed', yielded: ['entry'] }

/** The terms of an entry can also be classes of ACM and MSC, such as `I.2.7` and `68T05`, in the same scheme. */
const SCHEME = 'http://arxiv.org/schemas/atom'
const CATEGORY = /^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z-]+)?$/

async function* readAtom(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  for await (const { element, position, raw } of readXml(reading, FORM))
    yield { ...reading.file, records: [{ position, value: element, raw }] }
}

/** Parses an entry of a response of arXiv's query API. */
export function parseAtomEntry(record: unknown): PaperEntry {
  const entry = record as XmlElement
  const address = requiredText(entry, 'id')
  if (address.includes('/api/errors'))
    throw new Error(`It is an error of arXiv's API: ${quoted(normalizeLine(textIn(entry, 'summary') ?? ''))}.`)
  const updatedAt = moment(entry, 'updated')
  return arxivEntry({
    id: identifierOfUrl(address)?.value ?? address,
    title: requiredText(entry, 'title'),
    abstract: textIn(entry, 'summary'),
    comments: textIn(entry, 'comment'),
    authors: childrenOf(entry, 'author')
      .map((author) => arxivName(textIn(author, 'name') ?? ''))
      .filter((name) => name !== ''),
    categories: categoriesOf(entry),
    doi: textIn(entry, 'doi') ?? linkedDoi(entry),
    publishedAt: moment(entry, 'published'),
    updatedAt,
    asOf: updatedAt,
  })
}

function moment(entry: XmlElement, name: string): string {
  const text = requiredText(entry, name)
  const read = momentOf(text)
  if (read === null) throw new Error(`${name} is not an RFC 3339 time: ${quoted(text)}.`)
  return read
}

function categoriesOf(entry: XmlElement): string[] {
  const primary = childrenOf(entry, 'primary_category').map(({ attributes }) => attributes.term ?? '')
  const others = childrenOf(entry, 'category')
    .filter(({ attributes }) => attributes.scheme === SCHEME)
    .map(({ attributes }) => attributes.term ?? '')
  return [...primary, ...others].filter((term) => CATEGORY.test(term))
}

const linkedDoi = (entry: XmlElement): string | null =>
  childrenOf(entry, 'link').find(({ attributes }) => attributes.title === 'doi')?.attributes.href ?? null

export const arxivAtom: Source = {
  description: "responses of arXiv's query API, which are Atom (.xml, .gz)",
  read: readAtom,
  parse: parseAtomEntry,
}
