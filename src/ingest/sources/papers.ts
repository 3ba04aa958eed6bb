import { z } from 'zod'
import {
  FEED_SCHEME,
  identifierOf,
  isDerivedLink,
  normalizeIdentifier,
  type PaperIdentifier,
} from '../../values/identifiers.ts'
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
import { isDay, momentOf, startOfDay } from '../../values/time.ts'
import { PAPER_LINK_KINDS } from '../../values/vocabulary.ts'
import type { PaperEntry } from '../entry.ts'
import { readJsonLines } from './lines.ts'
import type { Source } from './source.ts'
import { count, firstProblem, MOST_AUTHORS, MOST_MEMBERS, quoted } from './validation.ts'

/**
 * The format of this project for papers from anywhere, on arXiv or not: JSON lines in UTF-8, one paper per line.
 *
 *     {"v":1,"identifiers":{"doi":"10.5555/12345678"},"title":"On Tides","publishedAt":"2026-02-17","authors":["Ada Lin"]}
 *
 * | field | value |
 * | --- | --- |
 * | `v` | the number 1 |
 * | `identifiers` | at least one of `arxiv`, `doi` and any other scheme (`openreview`, `s2`, …), each a string; the first two also as addresses |
 * | `title` | up to 1,000 characters |
 * | `abstract` | optional, up to 20,000 characters; blank lines separate paragraphs |
 * | `summary` | optional: one sentence, up to 5,000 characters |
 * | `publishedAt` | a moment or a day |
 * | `updatedAt`, `withdrawnAt` | optional: a moment or a day |
 * | `listedAt`, `listedOn` | optional: the moment and the day of the daily list; each is derived from the other |
 * | `submittedBy` | optional: `{ handle, name?, avatarUrl? }` |
 * | `organization` | optional: `{ slug, name, avatarUrl? }` |
 * | `authors` | in printed order: a name, or `{ name, handle? }` if the account is known |
 * | `categories`, `keywords` | optional lists; categories are arXiv subject classes (`cs.CL`) |
 * | `links` | optional: `{ kind, url, title? }`, with a kind of `PAPER_LINK_KINDS` |
 * | `thumbnailUrl`, `githubStars`, `commentCount` | optional |
 * | `votes` | optional: `{ count, countedAt, source? }`. Counts of one source replace each other; those of several add up. The default source is `papers` |
 * | `asOf` | optional: the moment of these facts; by default the latest moment of the line |
 *
 * A name has up to 500 characters, the list of authors up to 20,000 members, and any other list up to 1,000.
 *
 * A moment is RFC 3339 (`2026-02-17T09:30:00Z`), a day is `YYYY-MM-DD`. A day instead of a moment means midnight UTC. An
 * absent field leaves what is stored. Unknown fields are refused, so that a misspelt one is not lost silently.
 */
const PAPERS_VERSION = 1

/** A text that is not blank when `normalize` has read it, and not too long. */
const textOf = (normalize: (text: string) => string, longest: number) =>
  z.string().transform((value, context) => {
    const read = normalize(value)
    if (read === '') context.addIssue('is blank')
    if (read.length > longest) context.addIssue(`is longer than ${longest} characters`)
    return read
  })
const name = textOf(nameOf, LONGEST_NAME)
const title = textOf(normalizeLine, LONGEST_TITLE)
const moment = z.string().transform((value, context) => {
  const read = isDay(value) ? startOfDay(value) : momentOf(value)
  if (read === null)
    context.addIssue(`is not a time such as 2026-02-17T09:30:00Z or a day such as 2026-02-17: ${quoted(value)}`)
  return read ?? z.NEVER
})
const day = z.string().refine(isDay, { error: ({ input }) => `is not a day such as 2026-02-17: ${quoted(input)}` })
const url = z.string().transform((value, context) => {
  const read = webAddress(value)
  if (read === null) context.addIssue(`is not a web address: ${quoted(value)}`)
  return read ?? z.NEVER
})

const paperLine = z.strictObject({
  v: z.literal(PAPERS_VERSION),
  identifiers: z.record(z.string(), z.string()),
  title,
  // A blank one says nothing.
  abstract: z
    .string()
    .transform(normalizeParagraphs)
    .refine(({ length }) => length <= LONGEST_ABSTRACT, `is longer than ${LONGEST_ABSTRACT} characters`)
    .optional(),
  summary: textOf(normalizeLine, LONGEST_SUMMARY).optional(),
  publishedAt: moment,
  updatedAt: moment.optional(),
  withdrawnAt: moment.optional(),
  listedAt: moment.optional(),
  listedOn: day.optional(),
  submittedBy: z.strictObject({ handle: name, name: name.optional(), avatarUrl: url.optional() }).optional(),
  organization: z.strictObject({ slug: name, name, avatarUrl: url.optional() }).optional(),
  authors: z.array(z.union([name, z.strictObject({ name, handle: name.optional() })])).max(MOST_AUTHORS),
  categories: z.array(name).max(MOST_MEMBERS).optional(),
  keywords: z.array(name).max(MOST_MEMBERS).optional(),
  links: z
    .array(z.strictObject({ kind: z.enum(PAPER_LINK_KINDS), url, title: title.optional() }))
    .max(MOST_MEMBERS)
    .optional(),
  thumbnailUrl: url.optional(),
  githubStars: count.optional(),
  commentCount: count.optional(),
  votes: z
    .strictObject({
      count,
      countedAt: moment,
      source: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,31}$/)
        .optional(),
    })
    .optional(),
  asOf: moment.optional(),
})
type PaperLine = z.infer<typeof paperLine>

/** Parses the JSON value of one line. */
export function parsePaper(record: unknown): PaperEntry {
  const read = paperLine.safeParse(record)
  if (!read.success) throw new Error(firstProblem(innermost(read.error), record))
  const paper = read.data
  const { arxivId, doi, identifiers } = identifiersOf(paper.identifiers)
  const listedAt = paper.listedAt ?? (paper.listedOn === undefined ? null : startOfDay(paper.listedOn))
  return {
    source: paper.votes?.source ?? 'papers',
    authority: 'OPERATOR',
    asOf:
      paper.asOf ?? latest([paper.publishedAt, paper.updatedAt, paper.withdrawnAt, listedAt, paper.votes?.countedAt]),
    arxivId,
    doi,
    identifiers,
    title: paper.title,
    abstract: paper.abstract || null,
    summary: paper.summary,
    publishedAt: paper.publishedAt,
    updatedAt: paper.updatedAt,
    withdrawnAt: paper.withdrawnAt,
    listedAt,
    listedOn: paper.listedOn ?? listedAt?.slice(0, 10) ?? null,
    submitter: paper.submittedBy ? account(paper.submittedBy) : null,
    organization: paper.organization ? { avatarUrl: null, sourceKey: null, ...paper.organization } : null,
    authors: paper.authors.map((author) =>
      typeof author === 'string'
        ? { name: author, account: null }
        : { name: author.name, account: author.handle === undefined ? null : account({ handle: author.handle }) },
    ),
    topics: [
      { kind: 'CATEGORY' as const, names: distinctTopicNames(paper.categories ?? []) },
      { kind: 'KEYWORD' as const, names: distinctTopicNames(paper.keywords ?? []) },
    ].filter(({ names }) => names.length > 0),
    links: paper.links ? linksOf(paper.links, arxivId) : null,
    thumbnailUrl: paper.thumbnailUrl,
    githubStars: paper.githubStars,
    commentCount: paper.commentCount,
    votes: paper.votes ? { count: paper.votes.count, countedAt: paper.votes.countedAt } : null,
  }
}

function identifiersOf(identifiers: PaperLine['identifiers']) {
  const found: PaperIdentifier[] = Object.entries(identifiers).map(([scheme, value]) => {
    const identifier = normalizeIdentifier({ scheme, value }) ?? pastedIdentifier(scheme, value)
    if (identifier === null)
      throw new Error(`identifiers.${scheme} is not an identifier of that scheme: ${quoted(value)}.`)
    if (identifier.scheme === FEED_SCHEME) throw new Error(`identifiers.${scheme} is reserved for the server.`)
    return identifier
  })
  if (found.length === 0) throw new Error('identifiers is empty: a paper needs at least one.')
  if (found.length > MOST_MEMBERS) throw new Error(`identifiers has more than ${MOST_MEMBERS} members.`)
  const valuesOf = (scheme: string) => new Set(found.filter((each) => each.scheme === scheme).map((each) => each.value))
  // A DOI of arXiv is read as an arXiv id, so both fields can hold one.
  const [arxivIds, dois] = [valuesOf('arxiv'), valuesOf('doi')]
  if (arxivIds.size > 1) throw new Error(`identifiers name two arXiv papers: ${[...arxivIds].join(' and ')}.`)
  return {
    arxivId: [...arxivIds][0] ?? null,
    doi: [...dois][0] ?? null,
    identifiers: found.filter(({ scheme }) => scheme !== 'arxiv' && scheme !== 'doi'),
  }
}

/** An arXiv id or DOI as people paste it, such as an address; null if the text is neither or a paper of another scheme. */
function pastedIdentifier(scheme: string, value: string): PaperIdentifier | null {
  const name = scheme.trim().toLowerCase()
  if (name !== 'arxiv' && name !== 'doi') return null
  const found = identifierOf(value)
  // One of arXiv is its id, also where a DOI is expected.
  return found !== null && (found.scheme === name || found.scheme === 'arxiv') ? found : null
}

const account = (person: { handle: string; name?: string | undefined; avatarUrl?: string | undefined }) => ({
  handle: person.handle,
  name: person.name ?? null,
  avatarUrl: person.avatarUrl ?? null,
  sourceKey: null,
})

function linksOf(links: NonNullable<PaperLine['links']>, arxivId: string | null): NonNullable<PaperEntry['links']> {
  const seen = new Set<string>()
  return links.flatMap(({ kind, url, title }) => {
    if (isDerivedLink(kind, url, arxivId) || seen.has(`${kind} ${url}`)) return []
    seen.add(`${kind} ${url}`)
    return [{ kind, url, title: title ?? null }]
  })
}

const latest = (moments: (string | null | undefined)[]): string =>
  moments.reduce<string>((last, each) => (each && each > last ? each : last), '')

/** For a value that matches no form of a union, the error of the form that comes closest. */
function innermost(error: z.ZodError): z.ZodError {
  const [issue] = error.issues
  if (issue?.code !== 'invalid_union') return error
  const closest = issue.errors.filter((issues) =>
    issues.some(({ path, code }) => path.length > 0 || code !== 'invalid_type'),
  )
  const inner = closest[0]?.[0]
  if (!inner)
    return new z.ZodError([
      { code: 'custom', path: issue.path, message: 'must be a name or an object', input: undefined },
    ])
  return new z.ZodError([{ ...inner, path: [...issue.path, ...inner.path] }])
}

export const papers: Source = {
  description: 'papers from anywhere, one JSON object per line in the format of src/ingest/sources/papers.ts',
  read: readJsonLines,
  parse: parsePaper,
}
