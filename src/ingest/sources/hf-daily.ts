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
import { endOfDay, momentOf, startOfDay } from '../../values/time.ts'
import type { OrganizationEntry, PaperEntry, PersonEntry } from '../entry.ts'
import { count, firstProblem, quoted } from './problems.ts'

/** Where a record was found. */
export interface HfContext {
  /** The list day that was asked for, or null where that is not known. */
  listedOn: string | null
  /** When the answer was captured, or null where that is not known. */
  capturedAt: string | null
}

const SITE = 'https://huggingface.co'
const THUMBNAIL_HOST = 'cdn-thumbnails.huggingface.co'

/** Until this list day the outer `publishedAt` says when a paper was put on the list; after it, nothing of use. */
const LAST_DAY_OF_OUTER_LIST_TIME = '2025-03-10'

/** A list was open from 21:00 UTC of the day before: so it was with 2,280 of the 2,284 papers whose list day is known. */
const LIST_DAY_STARTS_EARLY = 3 * 3_600_000

/** The statuses of an author's link to an account that somebody confirmed; the others are guesses. */
const CONFIRMED = new Set(['claimed_verified', 'admin_assigned', 'extracted_confirmed'])

// Absent means absent in the recordings; a null is taken for the same.
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

/** The fields that are read; all others are left aside, whatever they hold. */
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

/**
 * One record of Hugging Face's list of daily papers, in any of the shapes that the list has had since 2024.
 *
 * @throws Error whose message is one sentence that names the field at fault
 */
export function parseHfDaily(record: unknown, context: HfContext): PaperEntry {
  const numbered = (record as { paper?: { id?: unknown } } | null)?.paper?.id
  if (typeof numbered === 'number')
    throw new Error(`paper.id is the number ${numbered}: it must be text, to keep its zeros.`)
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
    doi: null,
    identifiers: [],
    title,
    abstract: paragraphs(paper.summary ?? outer.summary ?? '') || null,
    summary: oneLine(paper.ai_summary ?? '') || null,
    publishedAt: paper.publishedAt,
    updatedAt: null,
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
    githubStars: paper.githubStars ?? null,
    commentCount: outer.numComments ?? null,
    votes: typeof paper.upvotes === 'number' ? { count: paper.upvotes, countedAt: asOf } : null,
  }
}

/** When and on which day the paper was put on the list: said by the record since March 2025, by its place before. */
function listTime(record: HfRecord, context: HfContext): { listedAt: string; listedOn: string } {
  const said = record.paper.submittedOnDailyAt
  if (said) return { listedAt: said, listedOn: said.slice(0, 10) }

  const outer = momentOf(record.publishedAt ?? '')
  const listedOn = context.listedOn ?? (outer === null ? null : dayOfOuterListTime(outer))
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

/** A repository's own address, without what people paste along with it; other hosts than GitHub as they are. */
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

// Until June 2024 one field held either an uploaded picture or the card that the site draws itself.
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
