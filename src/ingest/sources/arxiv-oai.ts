import { normalizeLine } from '../../values/text.ts'
import { isDay, momentOf, momentOfMail, startOfDay } from '../../values/time.ts'
import type { PaperEntry, Withdrawal } from '../entry.ts'
import { arxivName, splitAuthors } from './arxiv-authors.ts'
import { type ArxivFacts, arxivEntry, arxivIdOf } from './arxiv-entry.ts'
import type { FileReading, RecordGroup, Source } from './source.ts'
import { quoted } from './validation.ts'
import { childrenOf, readXml, requiredText, textIn, type XmlElement } from './xml.ts'

export const OAI_FORM = {
  roots: ['OAI-PMH', 'ListRecords', 'GetRecord', 'record'],
  called: 'a response of OAI-PMH',
  yielded: ['record', 'error', 'resumptionToken'],
}

async function* readOai(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  const { file, report } = reading
  for await (const { element, position, raw } of readXml(reading, OAI_FORM)) {
    if (element.name === 'record') yield { ...file, records: [{ position, value: element, raw }] }
    else if (element.name === 'error') report({ file: file.name, position: null, reason: errorOf(element) })
  }
}

/** What an error of the interface says, as a sentence. */
export const errorOf = ({ attributes, text }: XmlElement): string =>
  `It is an error of the server: ${[attributes.code ?? '', normalizeLine(text)].filter((part) => part !== '').join(', ')}.`

/** Parses a record of arXiv's OAI-PMH interface with metadata of the prefix `arXiv` or `arXivRaw`, or a deleted one. */
export function parseOaiRecord(value: unknown): PaperEntry | Withdrawal {
  const record = value as XmlElement
  const [header] = childrenOf(record, 'header')
  if (header === undefined) throw new Error('header is missing.')
  const changedAt = dayOrMoment(header, 'datestamp')
  if (header.attributes.status === 'deleted')
    return { withdrawn: arxivIdOf(requiredText(header, 'identifier').replace(/^oai:arXiv\.org:/i, '')), at: changedAt }
  const metadata = childrenOf(record, 'metadata')[0]?.children[0]
  if (metadata?.name === 'arXiv')
    return {
      ...arxivEntry({ ...commonFacts(metadata), ...currentFacts(metadata, changedAt) }),
      publishedAtIs: 'DAY',
    }
  if (metadata?.name === 'arXivRaw')
    return arxivEntry({ ...commonFacts(metadata), ...versionFacts(metadata, changedAt) })
  throw new Error(`metadata must hold <arXiv> or <arXivRaw>, not ${metadata ? `<${metadata.name}>` : 'nothing'}.`)
}

type FactsOfPrefix = 'authors' | 'publishedAt' | 'updatedAt' | 'asOf' | 'isWithdrawn'

const commonFacts = (metadata: XmlElement): Omit<ArxivFacts, FactsOfPrefix> => ({
  id: requiredText(metadata, 'id'),
  title: requiredText(metadata, 'title'),
  abstract: textIn(metadata, 'abstract'),
  comments: textIn(metadata, 'comments'),
  categories: textIn(metadata, 'categories')?.split(/\s+/) ?? [],
  doi: textIn(metadata, 'doi'),
})

/** What the prefix `arXiv` says: the days of the first and the last version, and authors in parts. */
function currentFacts(metadata: XmlElement, changedAt: string): Pick<ArxivFacts, FactsOfPrefix> {
  const publishedAt = dayOrMoment(metadata, 'created')
  const updatedAt = textIn(metadata, 'updated') === null ? publishedAt : dayOrMoment(metadata, 'updated')
  const authors = childrenOf(metadata, 'authors').flatMap((list) => childrenOf(list, 'author'))
  return {
    authors: authors
      .map((author) =>
        arxivName(['forenames', 'keyname', 'suffix'].map((part) => textIn(author, part) ?? '').join(' ')),
      )
      .filter((name) => name !== ''),
    publishedAt,
    updatedAt,
    asOf: later(updatedAt, changedAt),
  }
}

/** What the prefix `arXivRaw` says: every version, and authors as they are printed. */
function versionFacts(metadata: XmlElement, changedAt: string): Pick<ArxivFacts, FactsOfPrefix> {
  const versions = childrenOf(metadata, 'version')
    .map((version) => ({ version, number: Number(/^v([1-9]\d*)$/.exec(version.attributes.version ?? '')?.[1]) }))
    .toSorted((a, b) => a.number - b.number)
  if (versions.some(({ number }) => Number.isNaN(number))) throw new Error('version must have a number such as v1.')
  const [first, last] = [versions[0]?.version, versions.at(-1)?.version]
  if (!first || !last) throw new Error('version is missing.')
  const updatedAt = momentOfVersion(last)
  return {
    authors: splitAuthors(textIn(metadata, 'authors') ?? ''),
    publishedAt: momentOfVersion(first),
    updatedAt,
    asOf: later(updatedAt, changedAt),
    // arXiv replaces the source of a withdrawn paper with an empty one of the type I, "ignore".
    isWithdrawn: /i/i.test(textIn(last, 'source_type') ?? '') || /^0 ?kb$/i.test(textIn(last, 'size') ?? ''),
  }
}

function momentOfVersion(version: XmlElement): string {
  const text = requiredText(version, 'date')
  const read = momentOfMail(text)
  if (read === null) throw new Error(`date is not a time such as "Mon, 2 Apr 2007 19:18:42 GMT": ${quoted(text)}.`)
  return read
}

function dayOrMoment(element: XmlElement, name: string): string {
  const text = requiredText(element, name)
  const read = isDay(text) ? startOfDay(text) : momentOf(text)
  if (read === null) throw new Error(`${name} is not a day such as 2007-04-02: ${quoted(text)}.`)
  return read
}

const later = (a: string, b: string): string => (a > b ? a : b)

export const arxivOai: Source = {
  description: "responses of arXiv's OAI-PMH interface with the prefix arXiv or arXivRaw (.xml, .gz)",
  read: readOai,
  parse: parseOaiRecord,
}
