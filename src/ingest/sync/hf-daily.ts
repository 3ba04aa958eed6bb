import { hash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { dayAfter, dayOpensAt, editionOf, editionState } from '../../values/editions.ts'
import { earlier, endOfDay, isDay } from '../../values/time.ts'
import type { PaperEntry } from '../entry.ts'
import { hfDaily, parseHfDaily } from '../sources/hf-daily.ts'
import { parseItems } from './parse-items.ts'
import { type RemoteSource, readRecords, type SyncItem, type SyncRun } from './remote-source.ts'
import { SourceFault } from './source-fault.ts'

/** Hugging Face allows 500 requests in five minutes. */
const PACE = { name: 'hugging-face', pause: 1_000 }
/** In milliseconds. */
const INTERVAL = 30 * 60_000
const DAY = 86_400_000
const PAGE = 100
const MOST_PAGES = 20
/** How many days a list is read again after its day, for votes that come late. */
const LATE_DAYS = 7
/** In milliseconds: how often lists are read that are older than the newest two. */
const LATE_INTERVAL = 20 * 3_600_000
/** Days that one run reads for the first time. */
const MOST_NEW_DAYS = 60

interface DayState {
  /** When it was last read, by the clock of this machine. */
  readAt: string
  /** A hash of what its lists last said of each paper. */
  seen: Record<string, string>
  etag?: string
}

interface HfCursor {
  /** The newest day whose list was read. */
  newest: string | null
  /** The days that are read again. */
  days: Record<string, DayState>
}

/**
 * The daily lists of Hugging Face, or of another server with the same API, such as this one. Its newest list says which day
 * is the newest there, whatever the clock here shows. The first run reads that day, later runs read all days since.
 */
export const hfDailyLists = (baseUrl: string): RemoteSource<HfCursor> => ({
  interval: INTERVAL,
  async run(given, run) {
    const { newest, today } = await newestDay(baseUrl, run)
    let cursor: HfCursor = given ?? { newest: null, days: {} }
    for (const day of daysToRead(cursor, newest, run)) {
      const state = await syncDay(baseUrl, day, cursor.days[day], run)
      const days = { ...cursor.days, [day]: state }
      const last = cursor.newest === null || day > cursor.newest ? day : cursor.newest
      const oldest = new Date(Date.parse(last) - LATE_DAYS * DAY).toISOString().slice(0, 10)
      cursor = { newest: last, days: Object.fromEntries(Object.entries(days).filter(([each]) => each >= oldest)) }
      await run.keep(cursor)
    }
    const hasMore = cursor.newest !== null && cursor.newest < newest
    return { newestOn: earlier(newest, today), newestId: null, quietWeekdays: 0, hasMore }
  },
})

/** The newest list day of the server, and the day that it is there. Days that lie in its future are not believed. */
async function newestDay(baseUrl: string, run: SyncRun<HfCursor>): Promise<{ newest: string; today: string }> {
  const address = `${baseUrl}/api/daily_papers?limit=${PAGE}`
  const { date, list } = await run.get(address, { pace: PACE }, async ({ bytes, date }) => ({
    date,
    list: await readRecords(hfDaily, address, bytes),
  }))
  const latest = new Date(date.getTime() + 2 * DAY).toISOString().slice(0, 10)
  // Problems with records are reported when the list of their day is read.
  const days = parseItems(list, address, undatedEntry, () => {})
    .map(({ entry }) => ('listedOn' in entry && entry.listedOn) || '')
    .filter((day) => isDay(day) && day <= latest)
    .sort()
  const newest = days.at(-1)
  if (newest === undefined)
    throw new SourceFault(`${address}: It has no papers, so its newest day is not known.`, { isTemporary: true })
  return { newest, today: latest }
}

const undatedEntry = (record: unknown) => parseHfDaily(record, { date: null, capturedAt: null })

/** New days, oldest first; then known ones, newest first: the newest two each time, and the others once a day. */
function daysToRead({ newest: last, days }: HfCursor, newest: string, { clock }: SyncRun<HfCursor>): string[] {
  const fresh: string[] = last === null ? [newest] : []
  for (let day = last; day !== null && day < newest && fresh.length < MOST_NEW_DAYS; ) {
    day = dayAfter(day)
    fresh.push(day)
  }
  const known = Object.keys(days).sort().reverse()
  const now = clock.now().getTime()
  const isDue = (day: string, place: number): boolean => {
    const readAt = Date.parse((days[day] as DayState).readAt)
    // The clock may have been put back.
    return place < 2 || readAt > now || now - readAt >= LATE_INTERVAL
  }
  return [...fresh, ...known.filter(isDue)]
}

async function syncDay(
  baseUrl: string,
  day: string,
  before: DayState | undefined,
  run: SyncRun<HfCursor>,
): Promise<DayState> {
  const readAt = run.clock.now().toISOString()
  const list = await readList(baseUrl, day, before, run)
  const seen = before?.seen ?? {}
  if (list === null) return { seen, ...before, readAt }
  const { items, etag } = list
  const state = { readAt, ...(etag === null ? {} : { etag }) }
  const known = Object.keys(seen).length
  if (items.length < known) {
    const isOld = await hasFewerVotes(items, run)
    run.notice(
      `The list of ${day} came with ${items.length} of ${known} papers: none was removed${isOld ? ', and its votes, which are fewer than before, were not taken' : ''}.`,
    )
    if (isOld) return { ...state, seen }
  }
  const hashes = items.map(({ entry }): [string, string] => [(entry as PaperEntry).arxivId ?? '', hashOf(entry)])
  const changed = items.filter((_, n) => seen[hashes[n]?.[0] ?? ''] !== hashes[n]?.[1])
  await run.save(await withinEditions(changed, day, before, run))
  return { ...state, seen: { ...seen, ...Object.fromEntries(hashes) } }
}

/** What an entry says, whenever it says so: a list that is read again costs nothing for papers that did not change. */
const hashOf = (entry: SyncItem['entry']): string => {
  const { asOf: _, votes, ...said } = entry as PaperEntry
  return hash('sha256', JSON.stringify({ ...said, votes: votes?.count }), 'base64url').slice(0, 12)
}

/** The entries of a day's list; null if the server says that it is unchanged. */
async function readList(
  baseUrl: string,
  day: string,
  before: DayState | undefined,
  run: SyncRun<HfCursor>,
): Promise<{ items: SyncItem[]; etag: string | null } | null> {
  const found = new Map<string, SyncItem>()
  let etag: string | null = null
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const address = `${baseUrl}/api/daily_papers?date=${day}&limit=${PAGE}${page === 0 ? '' : `&p=${page}`}`
    const headers: Record<string, string> =
      page === 0 && before?.etag !== undefined ? { 'if-none-match': before.etag } : {}
    const read = await run.get(address, { pace: PACE, headers }, async ({ isUnchanged, bytes, headers, date }) =>
      isUnchanged ? null : { headers, date, list: await readRecords(hfDaily, address, bytes) },
    )
    if (read === null) return null
    const { list, date } = read
    // Votes of a day that is over were cast on it, as far as a first look can tell.
    const capturedAt = before === undefined ? earlier(date.toISOString(), endOfDay(day)) : date.toISOString()
    const known = found.size
    const parse = (record: unknown) => parseHfDaily(record, { date: day, capturedAt })
    for (const item of parseItems(list, address, parse, run.report)) {
      const { arxivId, listedOn } = item.entry as PaperEntry
      // Another day's paper comes with the list of its own day.
      if (arxivId && listedOn === day && !found.has(arxivId)) found.set(arxivId, item)
    }
    const hasNext = /\brel="?next"?/.test(read.headers.get('link') ?? '') || list.records.length >= PAGE
    if (page === 0 && !hasNext) etag = read.headers.get('etag')
    // Also if the server ignores the number of the page.
    if (!hasNext || found.size === known) break
  }
  return { items: [...found.values()], etag }
}

/** Whether the papers of a list had more votes before: then the list is an older one. */
async function hasFewerVotes(items: readonly SyncItem[], { db }: SyncRun<HfCursor>): Promise<boolean> {
  const entries = items.map(({ entry }) => entry as PaperEntry).filter(({ votes }) => votes)
  const [row] = await db.execute<{ votes: number }>(sql`
    select coalesce(sum(votes), 0)::int as votes from (
      select distinct on (paper_id) votes
      from outside_counts join papers on papers.id = paper_id
      where source = 'hf' and arxiv_id = any(${sql.param(entries.map(({ arxivId }) => arxivId))}::text[])
      order by paper_id, counted_at desc
    ) as latest`)
  return entries.reduce((sum, { votes }) => sum + (votes?.count ?? 0), 0) < (row?.votes ?? 0)
}

/**
 * The items as their editions allow. A FINAL edition keeps its papers: nothing joins it, unless its list was never read after
 * its end, because this server or the other one did not run; and no paper of it moves to another day.
 */
async function withinEditions(
  items: readonly SyncItem[],
  day: string,
  before: DayState | undefined,
  { db, clock }: SyncRun<HfCursor>,
): Promise<SyncItem[]> {
  const ids = items.map(({ entry }) => (entry as PaperEntry).arxivId)
  const rows = await db.execute<{ arxiv_id: string; listed_on: string }>(sql`
    select arxiv_id, listed_on::text from papers
    where arxiv_id = any(${sql.param(ids)}::text[]) and listed_on is not null`)
  const listedOn = new Map(rows.map((row) => [row.arxiv_id, row.listed_on]))
  const isFinal = (each: string): boolean => editionState(editionOf('DAY', each), clock) === 'FINAL'
  const wasReadAfterEnd =
    before !== undefined && Date.parse(before.readAt) >= dayOpensAt(clock, dayAfter(day)).getTime()
  const isClosed = isFinal(day) && wasReadAfterEnd
  return items.flatMap((item) => {
    const entry = item.entry as PaperEntry
    const listed = listedOn.get(entry.arxivId ?? '')
    if (listed === day) return [item]
    if (isClosed) return []
    if (listed !== undefined && isFinal(listed))
      return [{ ...item, entry: { ...entry, listedOn: null, listedAt: null } }]
    return [item]
  })
}
