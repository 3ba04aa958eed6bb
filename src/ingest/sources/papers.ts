import { z } from 'zod'
import { FEED_SCHEME, identifierOfUrl, normalizeIdentifier, type PaperIdentifier } from '../../values/identifiers.ts'
import {
  distinctNames,
  LONGEST_NAME,
  LONGEST_TITLE,
  nameOf,
  oneLine,
  paragraphs,
  webAddress,
} from '../../values/text.ts'
import { isDay, momentOf, startOfDay } from '../../values/time.ts'
import { PAPER_LINK_KINDS } from '../../values/vocabulary.ts'
import type { PaperEntry } from '../entry.ts'
import { count, firstProblem, quoted } from './problems.ts'

/**
 * The project's own form of papers, version 1: JSON lines, one paper a line, in UTF-8. It takes papers from anywhere,
 * also those that arXiv does not have.
 *
 *     {"v":1,"identifiers":{"doi":"10.5555/12345678"},"title":"On Tides","publishedAt":"2026-02-17","authors":["Ada Lin"]}
 *
 * | field | |
 * | --- | --- |
 * | `v` | the number 1 |
 * | `identifiers` | at least one of `arxiv`, `doi` and any other scheme (`openreview`, `s2`, …), each a string |
 * | `title` | of up to 1,000 characters |
 * | `abstract`, `summary` | optional; the summary is one sentence, and blank lines part an abstract's paragraphs |
 * | `publishedAt` | a moment or a day |
 * | `updatedAt`, `listedAt`, `listedOn` | optional; put on the daily list when, and on which day: one gives the other |
 * | `submittedBy` | optional: `{ handle, name?, avatarUrl? }` |
 * | `organization` | optional: `{ slug, name, avatarUrl? }` |
 * | `authors` | in the order printed: a name, or `{ name, handle? }` where it is known whose account that is |
 * | `categories`, `keywords` | optional lists; categories are arXiv subject classes (`cs.CL`) |
 * | `links` | optional: `{ kind, url, title? }`, with the kinds of `PAPER_LINK_KINDS` |
 * | `thumbnailUrl`, `githubStars`, `commentCount` | optional |
 * | `votes` | optional: `{ count, countedAt, source? }`; `source` names whose count it is, and `papers` stands for none. Counts of one source replace each other, those of different ones add up |
 * | `asOf` | optional: the moment whose facts these are; the latest that the line names if it is not there |
 *
 * A moment is RFC 3339 (`2026-02-17T09:30:00Z`), a day `YYYY-MM-DD`; a day stands for its midnight UTC where a moment is
 * asked for. A field that is not there leaves what the catalogue has. Unknown fields are refused, so that a misspelt one
 * is not lost silently.
 */
const PAPERS_VERSION = 1

const name = z.string().transform((value, context) => {
  const read = nameOf(value)
  if (read === '') context.addIssue('is blank')
  if (read.length > LONGEST_NAME) context.addIssue(`is longer than ${LONGEST_NAME} characters`)
  return read
})
const title = z.string().transform((value, context) => {
  const read = oneLine(value)
  if (read === '') context.addIssue('is blank')
  if (read.length > LONGEST_TITLE) context.addIssue(`is longer than ${LONGEST_TITLE} characters`)
  return read
})
const line = z.string().transform((value, context) => {
  const read = oneLine(value)
  if (read === '') context.addIssue('is blank')
  return read
})
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
  abstract: z.string().optional(),
  summary: line.optional(),
  publishedAt: moment,
  updatedAt: moment.optional(),
  listedAt: moment.optional(),
  listedOn: day.optional(),
  submittedBy: z.strictObject({ handle: name, name: name.optional(), avatarUrl: url.optional() }).optional(),
  organization: z.strictObject({ slug: name, name, avatarUrl: url.optional() }).optional(),
  authors: z.array(z.union([name, z.strictObject({ name, handle: name.optional() })])),
  categories: z.array(name).optional(),
  keywords: z.array(name).optional(),
  links: z.array(z.strictObject({ kind: z.enum(PAPER_LINK_KINDS), url, title: line.optional() })).optional(),
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

/**
 * One line of the form above, parsed as JSON already.
 *
 * @throws Error whose message is one sentence that names the field at fault
 */
export function parsePaper(record: unknown): PaperEntry {
  const read = paperLine.safeParse(record)
  if (!read.success) throw new Error(firstProblem(deepest(read.error), record))
  const paper = read.data
  const { arxivId, doi, identifiers } = identifiersOf(paper.identifiers)
  const listedAt = paper.listedAt ?? (paper.listedOn === undefined ? null : startOfDay(paper.listedOn))
  return {
    source: paper.votes?.source ?? 'papers',
    asOf: paper.asOf ?? latest([paper.publishedAt, paper.updatedAt, listedAt, paper.votes?.countedAt]),
    arxivId,
    doi,
    identifiers,
    title: paper.title,
    abstract: paragraphs(paper.abstract ?? '') || null,
    summary: paper.summary ?? null,
    publishedAt: paper.publishedAt,
    updatedAt: paper.updatedAt ?? null,
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
      { kind: 'CATEGORY' as const, names: distinctNames(paper.categories ?? []) },
      { kind: 'KEYWORD' as const, names: distinctNames(paper.keywords ?? []) },
    ].filter(({ names }) => names.length > 0),
    links: paper.links ? linksOf(paper.links, arxivId) : null,
    thumbnailUrl: paper.thumbnailUrl ?? null,
    githubStars: paper.githubStars ?? null,
    commentCount: paper.commentCount ?? null,
    votes: paper.votes ? { count: paper.votes.count, countedAt: paper.votes.countedAt } : null,
  }
}

function identifiersOf(given: PaperLine['identifiers']) {
  const found: PaperIdentifier[] = Object.entries(given).map(([scheme, value]) => {
    const identifier = normalizeIdentifier({ scheme, value })
    if (identifier === null)
      throw new Error(`identifiers.${scheme} is not an identifier of that scheme: ${quoted(value)}.`)
    if (identifier.scheme === FEED_SCHEME) throw new Error(`identifiers.${scheme} is kept by the server alone.`)
    return identifier
  })
  if (found.length === 0) throw new Error('identifiers is empty: a paper needs at least one.')
  const valuesOf = (scheme: string) => new Set(found.filter((each) => each.scheme === scheme).map((each) => each.value))
  // arXiv's own DOIs are arXiv ids, so that both fields can name one.
  const [arxivIds, dois] = [valuesOf('arxiv'), valuesOf('doi')]
  if (arxivIds.size > 1) throw new Error(`identifiers name two arXiv papers: ${[...arxivIds].join(' and ')}.`)
  return {
    arxivId: [...arxivIds][0] ?? null,
    doi: [...dois][0] ?? null,
    identifiers: found.filter(({ scheme }) => scheme !== 'arxiv' && scheme !== 'doi'),
  }
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
    // Links to arXiv's own pages follow from the id.
    const own = (kind === 'ABSTRACT' || kind === 'PDF') && /^https?:\/\/([a-z]+\.)?arxiv\.org\//i.test(url)
    const known = own && arxivId !== null && identifierOfUrl(url)?.value === arxivId
    if (known || seen.has(`${kind} ${url}`)) return []
    seen.add(`${kind} ${url}`)
    return [{ kind, url, title: title ?? null }]
  })
}

const latest = (moments: (string | null | undefined)[]): string =>
  moments.reduce<string>((last, each) => (each && each > last ? each : last), '')

/** Of an author that is neither of the two forms, what is wrong with the form that was meant. */
function deepest(error: z.ZodError): z.ZodError {
  const [issue] = error.issues
  if (issue?.code !== 'invalid_union') return error
  const branches = issue.errors.filter((issues) =>
    issues.some(({ path, code }) => path.length > 0 || code !== 'invalid_type'),
  )
  const meant = branches[0]?.[0]
  if (!meant)
    return new z.ZodError([
      { code: 'custom', path: issue.path, message: 'must be a name or an object', input: undefined },
    ])
  return new z.ZodError([{ ...meant, path: [...issue.path, ...meant.path] }])
}
