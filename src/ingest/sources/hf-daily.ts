import { z } from 'zod'
import { normalizeArxivId } from '../../values/identifiers.ts'
import {
  distinctTopicNames,
  LONGEST_ABSTRACT,
  LONGEST_NAME,
  LONGEST_SUMMARY,
  LONGEST_TITLE,
  nameOf,
  normalizeLine,
  normalizeParagraphs,
  webAddress,
} from '../../values/text.ts'
import { endOfDay, momentOf, startOfDay } from '../../values/time.ts'
import type { OrganizationEntry, PaperEntry, PersonEntry } from '../entry.ts'
import { readHfLists } from './hf-lists.ts'
import type { RecordContext, Source } from './source.ts'
import { texToText } from './tex.ts'
import { bounded, count, firstProblem, MOST_AUTHORS, MOST_MEMBERS, quoted } from './validation.ts'

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
    withdrawnAt: moment.nullish(),
    authors: z.array(author).max(MOST_AUTHORS).nullish(),
    upvotes: number,
    submittedOnDailyAt: moment.nullish(),
    submittedOnDailyBy: person.nullish(),
    organization: organization.nullish(),
    githubRepo: text,
    githubStars: number,
    projectPage: text,
    mediaUrls: z.array(z.string()).max(MOST_MEMBERS).nullish(),
    ai_summary: text,
    ai_keywords: z.array(z.string()).max(MOST_MEMBERS).nullish(),
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
  mediaUrls: z.array(z.string()).max(MOST_MEMBERS).nullish(),
})
type HfRecord = z.infer<typeof hfRecord>

/** Parses one record of Hugging Face's list of daily papers, in any form that the list has had since 2024. */
export function parseHfDaily(record: unknown, context: RecordContext): PaperEntry {
  const id = (record as { paper?: { id?: unknown } } | null)?.paper?.id
  if (typeof id === 'number' && Number.isFinite(id))
    throw new Error(`paper.id is the number ${id}: it must be text, to keep its zeros.`)
  const read = hfRecord.safeParse(record)
  if (!read.success) throw new Error(firstProblem(read.error, record))
  const { paper, ...outer } = read.data

  const arxivId = normalizeArxivId(paper.id)
  if (arxivId === null) throw new Error(`paper.id is not an arXiv id: ${quoted(paper.id)}.`)
  const title = bounded(normalizeLine(texToText(paper.title ?? outer.title ?? '')), LONGEST_TITLE, 'paper.title')
  if (title === '') throw new Error('paper.title is missing or blank.')

  const { listedAt, listedOn } = listTime(read.data, context)
  const asOf = context.capturedAt ?? endOfDay(listedOn)
  return {
    source: 'hf',
    authority: 'LIST',
    asOf,
    arxivId,
    identifiers: [],
    title,
    abstract:
      bounded(
        normalizeParagraphs(texToText(paper.summary ?? outer.summary ?? '')),
        LONGEST_ABSTRACT,
        'paper.summary',
      ) || null,
    summary: bounded(normalizeLine(paper.ai_summary ?? ''), LONGEST_SUMMARY, 'paper.ai_summary') || null,
    publishedAt: paper.publishedAt,
    withdrawnAt: paper.withdrawnAt,
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
    sourceKey: sourceKey(person._id ?? person.id, field),
  }
}

function organizationOf(organization: HfRecord['organization'], field: string): OrganizationEntry | null {
  const slug = shortName(organization?.name ?? '', field)
  if (!organization || slug === '') return null
  return {
    slug,
    name: shortName(organization.fullname ?? '', field) || slug,
    avatarUrl: avatarOf(organization.avatar ?? organization.avatarUrl),
    sourceKey: sourceKey(organization._id, field),
  }
}

function authorsOf(authors: NonNullable<HfRecord['paper']['authors']>): NonNullable<PaperEntry['authors']> {
  return authors.flatMap((author, index) => {
    const field = `paper.authors[${index}]`
    const name = shortName(texToText(author.name), `${field}.name`)
    if (author.hidden || name === '') return []
    const confirmed = CONFIRMED.has(author.status ?? '')
    return [{ name, account: confirmed ? personOf(author.user, `${field}.user`) : null }]
  })
}

function topicsOf(keywords: readonly string[]): PaperEntry['topics'] {
  const names = distinctTopicNames(keywords.map((keyword, index) => shortName(keyword, `paper.ai_keywords[${index}]`)))
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

const sourceKey = (id: string | null | undefined, field: string): string | null =>
  id ? `hf:${bounded(nameOf(id), LONGEST_NAME, `${field}._id`)}` : null

const shortName = (text: string, field: string): string => bounded(nameOf(text), LONGEST_NAME, field)

export const hfDaily: Source = {
  description: 'daily lists as the daily_papers API of Hugging Face returns them (.json, .jsonl, .gz)',
  read: readHfLists,
  parse: parseHfDaily,
}
