import { z } from 'zod'
import { normalizeArxivId } from '../../values/identifiers.ts'
import {
  distinctNames,
  LONGEST_NAME,
  LONGEST_TITLE,
  nameOf,
  oneLine,
  paragraphs,
  webAddress,
} from '../../values/text.ts'
import { endOfDay, isDay, momentOf, startOfDay } from '../../values/time.ts'
import type { OrganizationEntry, PaperEntry, PersonEntry } from '../entry.ts'
import { filledLines, type Line, parseJson, readLines } from './lines.ts'
import type { FileReading, RecordContext, RecordGroup, Source } from './source.ts'
import { count, firstProblem, kindOf, quoted } from './validation.ts'

const SITE = 'https://huggingface.co'
const THUMBNAIL_HOST = 'cdn-thumbnails.huggingface.co'

/** Up to this list day the outer `publishedAt` is the time of listing. After it, the field is useless. */
const LAST_DAY_OF_OUTER_LIST_TIME = '2025-03-10'

/** A list opened at 21:00 UTC of the previous day: this holds for 2,280 of the 2,284 papers whose list day is known. */
const LIST_DAY_STARTS_EARLY = 3 * 3_600_000

/** The statuses of confirmed links from an author to an account. Other statuses are guesses. */
const CONFIRMED = new Set(['claimed_verified', 'admin_assigned', 'extracted_confirmed'])

// The recorded lists leave unknown fields out. A null means the same.
const text = z.string().nullish()
const number = count.nullish()
const moment = z.string().transform((value, context) => {
  const read = momentOf(value)
  if (read === null) context.addIssue(`is not an RFC 3339 time: ${quoted(value)}`)
  return read ?? z.NEVER
})

const person = z.object({ _id: text, id: text, user: text, name: text, fullname: text, avatarUrl: text })
const organization = z.object({ _id: text, name: text, fullname: text, avatar: text, avatarUrl: text })
const author = z.object({ name: z.string(), hidden: z.boolean().nullish(), status: text, user: person.nullish() })

/** The fields that are used. All others are ignored, whatever they hold. */
const hfRecord = z.object({
  paper: z.object({
    id: z.string(),
    title: text,
    summary: text,
    publishedAt: moment,
    authors: z.array(author).nullish(),
    upvotes: number,
    submittedOnDailyAt: moment.nullish(),
    submittedOnDailyBy: person.nullish(),
    organization: organization.nullish(),
    githubRepo: text,
    githubStars: number,
    projectPage: text,
    mediaUrls: z.array(z.string()).nullish(),
    ai_summary: text,
    ai_keywords: z.array(z.string()).nullish(),
  }),
  publishedAt: text,
  title: text,
  summary: text,
  numComments: number,
  submittedBy: person.nullish(),
  organization: organization.nullish(),
  submitterOrganization: organization.nullish(),
  thumbnail: text,
  mediaUrl: text,
  mediaUrls: z.array(z.string()).nullish(),
})
type HfRecord = z.infer<typeof hfRecord>

/** Parses one record of Hugging Face's list of daily papers, in any form that the list has had since 2024. */
export function parseHfDaily(record: unknown, context: RecordContext): PaperEntry {
  const id = (record as { paper?: { id?: unknown } } | null)?.paper?.id
  if (typeof id === 'number') throw new Error(`paper.id is the number ${id}: it must be text, to keep its zeros.`)
  const read = hfRecord.safeParse(record)
  if (!read.success) throw new Error(firstProblem(read.error, record))
  const { paper, ...outer } = read.data

  const arxivId = normalizeArxivId(paper.id)
  if (arxivId === null) throw new Error(`paper.id is not an arXiv id: ${quoted(paper.id)}.`)
  const title = oneLine(paper.title ?? outer.title ?? '')
  if (title === '') throw new Error('paper.title is missing or blank.')
  if (title.length > LONGEST_TITLE) throw new Error(`paper.title is longer than ${LONGEST_TITLE} characters.`)

  const { listedAt, listedOn } = listTime(read.data, context)
  const asOf = context.capturedAt ?? endOfDay(listedOn)
  return {
    source: 'hf',
    asOf,
    arxivId,
    identifiers: [],
    title,
    abstract: paragraphs(paper.summary ?? outer.summary ?? '') || null,
    summary: oneLine(paper.ai_summary ?? '') || null,
    publishedAt: paper.publishedAt,
    listedAt,
    listedOn,
    submitter:
      personOf(paper.submittedOnDailyBy, 'paper.submittedOnDailyBy') ?? personOf(outer.submittedBy, 'submittedBy'),
    organization:
      organizationOf(paper.organization, 'paper.organization') ??
      organizationOf(outer.organization, 'organization') ??
      organizationOf(outer.submitterOrganization, 'submitterOrganization'),
    authors: paper.authors ? authorsOf(paper.authors) : null,
    topics: topicsOf(paper.ai_keywords ?? []),
    links: linksOf(read.data, arxivId),
    thumbnailUrl: webAddress(outer.thumbnail ?? (isThumbnail(outer.mediaUrl) ? (outer.mediaUrl as string) : '')),
    githubStars: paper.githubStars,
    commentCount: outer.numComments,
    votes: typeof paper.upvotes === 'number' ? { count: paper.upvotes, countedAt: asOf } : null,
  }
}

/** The listing of a paper. Since March 2025 the record says it; before, only the place of the record does. */
function listTime(record: HfRecord, context: RecordContext): { listedAt: string; listedOn: string } {
  const submittedAt = record.paper.submittedOnDailyAt
  if (submittedAt) return { listedAt: submittedAt, listedOn: submittedAt.slice(0, 10) }

  const outer = momentOf(record.publishedAt ?? '')
  const listedOn = context.date ?? (outer === null ? null : dayOfOuterListTime(outer))
  if (listedOn === null)
    throw new Error('paper.submittedOnDailyAt is missing, and nothing else says which day the record was listed on.')
  const outerIsListTime = outer !== null && listedOn <= LAST_DAY_OF_OUTER_LIST_TIME
  return { listedOn, listedAt: outerIsListTime ? outer : startOfDay(listedOn) }
}

function dayOfOuterListTime(outer: string): string | null {
  const day = new Date(Date.parse(outer) + LIST_DAY_STARTS_EARLY).toISOString().slice(0, 10)
  return day <= LAST_DAY_OF_OUTER_LIST_TIME ? day : null
}

function personOf(person: z.infer<typeof hfRecord>['submittedBy'], field: string): PersonEntry | null {
  const handle = shortName(person?.user || person?.name || '', field)
  if (!person || handle === '') return null
  return {
    handle,
    name: shortName(person.fullname ?? '', field) || null,
    avatarUrl: avatarOf(person.avatarUrl),
    sourceKey: sourceKey(person._id ?? person.id),
  }
}

function organizationOf(organization: HfRecord['organization'], field: string): OrganizationEntry | null {
  const slug = shortName(organization?.name ?? '', field)
  if (!organization || slug === '') return null
  return {
    slug,
    name: shortName(organization.fullname ?? '', field) || slug,
    avatarUrl: avatarOf(organization.avatar ?? organization.avatarUrl),
    sourceKey: sourceKey(organization._id),
  }
}

function authorsOf(authors: NonNullable<HfRecord['paper']['authors']>): NonNullable<PaperEntry['authors']> {
  return authors.flatMap((author, index) => {
    const field = `paper.authors[${index}]`
    const name = shortName(author.name, `${field}.name`)
    if (author.hidden || name === '') return []
    const confirmed = CONFIRMED.has(author.status ?? '')
    return [{ name, account: confirmed ? personOf(author.user, `${field}.user`) : null }]
  })
}

function topicsOf(keywords: readonly string[]): PaperEntry['topics'] {
  const names = distinctNames(keywords.map((keyword, index) => shortName(keyword, `paper.ai_keywords[${index}]`)))
  return names.length === 0 ? [] : [{ kind: 'KEYWORD', names }]
}

function linksOf(record: HfRecord, arxivId: string): NonNullable<PaperEntry['links']> {
  const { paper } = record
  const media = [...(paper.mediaUrls ?? []), ...(record.mediaUrls ?? [])]
  if (record.mediaUrl && !isThumbnail(record.mediaUrl)) media.push(record.mediaUrl)

  const code = repositoryAddress(paper.githubRepo ?? '')
  const project = webAddress(paper.projectPage ?? '')
  const links: NonNullable<PaperEntry['links']> = []
  if (code !== null) links.push({ kind: 'CODE', url: code, title: null })
  if (project !== null) links.push({ kind: 'PROJECT', url: project, title: null })
  links.push({ kind: 'DISCUSSION', url: `${SITE}/papers/${arxivId}`, title: null })
  for (const url of new Set(media.map(webAddress))) if (url !== null) links.push({ kind: 'MEDIA', url, title: null })
  return links
}

/** The address of a GitHub repository without the rest of a pasted path; addresses of other hosts are unchanged. */
export function repositoryAddress(text: string): string | null {
  const address = webAddress(/^(www\.)?github\.com\//i.test(text.trim()) ? `https://${text.trim()}` : text)
  if (address === null) return null
  const url = new URL(address)
  if (url.hostname.replace(/^www\./, '') !== 'github.com') return address
  const [owner, repository] = url.pathname.split('/').filter((part) => part !== '')
  if (owner === undefined) return null
  const name = repository?.replace(/\.git$/i, '')
  return `https://github.com/${owner}${name ? `/${name}` : ''}`
}

// Until June 2024 one field held either an uploaded picture or the card that the site generates.
const isThumbnail = (url: string | null | undefined): boolean =>
  webAddress(url ?? '') !== null && new URL((url as string).trim()).hostname === THUMBNAIL_HOST

const avatarOf = (url: string | null | undefined): string | null =>
  webAddress(url?.startsWith('/') && !url.startsWith('//') ? `${SITE}${url}` : (url ?? ''))

const sourceKey = (id: string | null | undefined): string | null => (id ? `hf:${oneLine(id)}` : null)

function shortName(text: string, field: string): string {
  const name = nameOf(text)
  if (name.length > LONGEST_NAME) throw new Error(`${field} is longer than ${LONGEST_NAME} characters.`)
  return name
}

/**
 * Yields the records of a file: an array of records, which is a response of the API as it was captured, or lines of
 * `{"date", "records"}`.
 */
async function* readHfDaily(reading: FileReading): AsyncGenerator<RecordGroup, void, undefined> {
  const lines = filledLines(readLines(reading.text))
  if (/\.jsonl(\.gz)?$/.test(reading.file.name)) yield* listLines(reading, lines)
  else yield* wholeOrLines(reading, lines)
}

/** Reads a file whose name does not say which form it has. It has lines if the first one is a whole list. */
async function* wholeOrLines(reading: FileReading, lines: AsyncGenerator<Line>): AsyncGenerator<RecordGroup> {
  const { file, report } = reading
  const { value: first } = await lines.next()
  if (!first) return report(null, 'It is empty.')
  if (isListLine(first.text)) {
    yield* listLine(reading, first)
    return yield* listLines(reading, lines)
  }
  const texts: string[] = [first.text]
  for await (const { text } of lines) texts.push(text)
  const parsed = parseJson(texts.join('\n'))
  if ('reason' in parsed) return report(null, parsed.reason)
  const list = datedList(parsed.value)
  const reportFile = (reason: string) => report(null, reason)
  if (list) yield* groupOf({ ...file, date: list.date }, list.records, reportFile)
  else if (Array.isArray(parsed.value)) yield* groupOf(file, parsed.value, reportFile)
  else report(null, `It must be an array of records, not ${describe(parsed.value)}.`)
}

async function* listLines(reading: FileReading, lines: AsyncIterable<Line>): AsyncGenerator<RecordGroup> {
  for await (const line of lines) yield* listLine(reading, line)
}

function* listLine({ file, report }: FileReading, { number, text }: Line): Generator<RecordGroup> {
  const reportLine = (reason: string) => report(number, reason)
  const parsed = parseJson(text)
  if ('reason' in parsed) return reportLine(parsed.reason)
  const list = datedList(parsed.value)
  if (!list) return reportLine(`A line must be {"date": "YYYY-MM-DD", "records": […]}, not ${describe(parsed.value)}.`)
  yield* groupOf({ ...file, name: `${file.name}:${number}`, date: list.date }, list.records, reportLine)
}

function* groupOf(
  { name, date, capturedAt }: Omit<RecordGroup, 'records'>,
  records: readonly unknown[],
  report: (reason: string) => void,
): Generator<RecordGroup> {
  // Some archives hold Python's repr of each record.
  if (records.length > 0 && records.every((record) => typeof record === 'string'))
    return report(`Its records are strings${isPythonRepr(records[0]) ? " of Python's repr" : ''}, not objects.`)
  yield { name, date, capturedAt, records: records.map((value, index) => ({ position: index + 1, value })) }
}

function datedList(value: unknown): { date: string; records: unknown[] } | null {
  const { date, records } = (value ?? {}) as { date?: unknown; records?: unknown }
  return typeof date === 'string' && isDay(date) && Array.isArray(records) ? { date, records } : null
}

function isListLine(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  const parsed = parseJson(text)
  return 'value' in parsed && Array.isArray((parsed.value as { records?: unknown }).records)
}

const isPythonRepr = (record: unknown): boolean => typeof record === 'string' && /^\s*\{\s*'/.test(record)

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return `${kindOf(value)} (${quoted(value)})`
  if (Array.isArray(value)) return 'an array'
  const { error, data } = value as { error?: unknown; data?: unknown }
  if (typeof error === 'string') return `an error response: ${quoted(error)}`
  if (Array.isArray(data) && data.some(isPythonRepr)) return "an envelope whose data are strings of Python's repr"
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : `an object with the fields ${keys.slice(0, 8).map(quoted).join(', ')}`
}

export const hfDaily: Source = {
  description: 'daily lists as the daily_papers API of Hugging Face returns them (.json, .jsonl, .gz)',
  read: readHfDaily,
  parse: parseHfDaily,
}
