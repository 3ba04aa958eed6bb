import { oaiSetOf } from '../../values/sync-sources.ts'
import { errorOf, OAI_FORM, parseOaiRecord } from '../sources/arxiv-oai.ts'
import { childrenOf, readXml, textIn, type XmlElement } from '../sources/xml.ts'
import { parseItems } from './parse-items.ts'
import { type ReadResponse, type RemoteSource, readWhole, type SyncRun } from './remote-source.ts'
import { SourceFault } from './source-fault.ts'

const PACE = { name: 'arxiv', pause: 3_000 }
/** In milliseconds. arXiv has new records once a day. */
const INTERVAL = 3 * 3_600_000
const DAY = 86_400_000
/** In days: how far back the first run looks, and if nothing is there, how much further each time. */
const FIRST_WINDOW = 3
const WIDER = 4
/** In days. There is nothing older on arXiv. */
const WIDEST = 15_000
/** How often a run begins its window again because a token has expired. */
const MOST_RESTARTS = 2

/** The window of date stamps that is being read, or the next one. */
interface ArxivCursor {
  /** The first day. */
  from: string
  /** Continues a window of which some pages were read; null for a new one. */
  token: string | null
  /** The newest of the pages that were read. */
  newestOn: string | null
  newestId: string | null
}

interface OaiPage extends ReadResponse<XmlElement> {
  /** Null for the last page. */
  token: string | null
  error: XmlElement | null
}

/**
 * A category by its OAI-PMH set and the date stamps of its records: a paper that is new, replaced, cross-listed or withdrawn
 * has the day of the change. arXiv's RSS is not read: it has nothing that the set does not have earlier, and one category's was
 * seen a whole announcement behind with a fresh build date.
 */
export const arxiv = (category: string, baseUrl: string): RemoteSource<ArxivCursor> => ({
  interval: INTERVAL,
  async run(given, run) {
    let cursor = given ?? windowOf(run, FIRST_WINDOW)
    let days = FIRST_WINDOW
    let restarts = 0
    for (;;) {
      const address = addressOf(baseUrl, category, cursor)
      const page = await run.get(address, { pace: PACE }, ({ bytes }) => readPage(address, bytes))
      const code = page.error?.attributes.code
      if (code === 'badResumptionToken' && cursor.token !== null && restarts < MOST_RESTARTS) {
        restarts += 1
        run.notice(`Its resumption token had expired, so everything since ${cursor.from} was requested again.`)
        cursor = { ...cursor, token: null }
        await run.keep(cursor)
        continue
      }
      if (code === 'noRecordsMatch' && given === null && days < WIDEST) {
        days *= WIDER
        cursor = windowOf(run, days)
        continue
      }
      if (page.error !== null && code !== 'noRecordsMatch')
        throw new SourceFault(`${baseUrl}: ${errorOf(page.error)}`, { isTemporary: true })
      await run.save(parseItems(page, baseUrl, parseOaiRecord, run.report))
      cursor = { ...cursor, ...newestOf(page, cursor), token: page.token }
      if (page.token === null) break
      await run.keep(cursor)
      if (run.isLong()) return seenBy(cursor, true)
    }
    const seen = seenBy(cursor, false)
    // A day later records of the last day may come with its stamp, so it and the day before are read again.
    if (cursor.newestOn !== null)
      await run.keep({ from: dayBefore(cursor.newestOn), token: null, newestOn: null, newestId: null })
    return seen
  },
})

const seenBy = ({ newestOn, newestId }: ArxivCursor, hasMore: boolean) => ({
  newestOn,
  newestId,
  quietWeekdays: 0,
  hasMore,
})

const windowOf = ({ clock }: SyncRun<ArxivCursor>, days: number): ArxivCursor => ({
  from: dateOf(clock.now().getTime() - days * DAY),
  token: null,
  newestOn: null,
  newestId: null,
})

const dateOf = (time: number): string => new Date(Math.max(time, 0)).toISOString().slice(0, 10)
const dayBefore = (day: string): string => dateOf(Date.parse(day) - DAY)

function addressOf(baseUrl: string, category: string, { from, token }: ArxivCursor): string {
  const url = new URL(baseUrl)
  const parameters: Record<string, string> =
    token === null
      ? { verb: 'ListRecords', metadataPrefix: 'arXivRaw', set: oaiSetOf(category), from }
      : { verb: 'ListRecords', resumptionToken: token }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** @throws SourceFault if the page is not whole: without its end it would look like the last one */
async function readPage(address: string, bytes: Buffer): Promise<OaiPage> {
  const page: OaiPage = { records: [], problems: [], token: null, error: null }
  await readWhole(address, bytes, page.problems, async (reading) => {
    for await (const { element, position } of readXml(reading, OAI_FORM))
      if (element.name === 'record') page.records.push({ position, value: element })
      else if (element.name === 'error') page.error = element
      else page.token = element.text.trim() || null
  })
  return page
}

/** The newest date stamp and the newest identifier. Identifiers are `YYMM.number` since 2007, and sort by their text. */
function newestOf({ records }: OaiPage, { newestOn, newestId }: ArxivCursor) {
  for (const { value } of records) {
    const [header] = childrenOf(value, 'header')
    const stamp = (header && textIn(header, 'datestamp')?.slice(0, 10)) ?? null
    if (stamp !== null && (newestOn === null || stamp > newestOn)) newestOn = stamp
    const id = /^oai:arXiv\.org:(\d{4}\.\d{4,5})$/i.exec((header && textIn(header, 'identifier')) ?? '')?.[1]
    if (id !== undefined && (newestId === null || id > newestId)) newestId = id
  }
  return { newestOn, newestId }
}
