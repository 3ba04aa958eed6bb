import { sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { organizationsNamed } from '../queries/organizations.ts'
import { type EditionClock, editionDay } from '../values/editions.ts'
import { identifierOf } from '../values/identifiers.ts'
import { slugOf } from '../values/slugs.ts'
import { nameOf, normalizeLine, normalizeParagraphs } from '../values/text.ts'
import { refuseSuspended } from '../writes/suspensions.ts'
import { type Writing, writing } from '../writes/writing.ts'
import type { OrganizationEntry, PaperEntry } from './entry.ts'
import {
  distinctLinks,
  type InputProblem,
  InputProblems,
  type LinkInput,
  MOST_OF_PAPER_INPUT,
  topicsByKind,
} from './paper-input.ts'
import { saveBatch } from './save/batch.ts'
import { problemOf } from './save/save.ts'

/** A paper as somebody describes it who puts it on the list. */
export interface NewPaper {
  title: string
  abstract: string
  authors: readonly string[]
  /** RFC 3339. */
  publishedAt: string
  topics?: readonly string[] | null
  organization?: string | null
  links?: readonly LinkInput[] | null
}

/** What came of it: listed (or it was before), not in the catalogue and not described, hidden, or badly described. */
export type Submission =
  | { outcome: 'listed'; paperId: number; isNew: boolean }
  | { outcome: 'unknown' | 'hidden' }
  | { outcome: 'invalid'; fields: InputProblem[] }

/**
 * Puts a paper on the list of the open edition. One that is on a list stays there, whatever day that is; of two people
 * who submit it at once one is the submitter.
 */
export async function submitPaper(
  db: Db,
  { arxivId: given, paper, submitterId }: { arxivId: string; paper: NewPaper | null; submitterId: number },
  { clock, halfLifeHours }: { clock: EditionClock; halfLifeHours: number },
): Promise<Submission> {
  const identifier = identifierOf(given)
  if (identifier?.scheme !== 'arxiv')
    return invalid('arxivId', 'The arXiv id must be one such as "2510.10490" or "cmp-lg/9404001".')
  const { value: arxivId } = identifier

  const known = await writing(db, (open) => listKnownPaper(open, arxivId, submitterId, clock))
  if (known !== null) return known
  if (paper === null) return { outcome: 'unknown' }

  const problems = checkNewPaper(paper, clock.now())
  if (problems.length > 0) return { outcome: 'invalid', fields: problems }
  const entry = { ...(await entryOf(db, paper)), arxivId }
  try {
    return await writing(db, async (open) => {
      // Whoever submits the same paper at the same moment waits here, and then finds it.
      await open.takeTurn()
      await open.holdHalfLife(halfLifeHours)
      const theirs = await listKnownPaper(open, arxivId, submitterId, clock)
      if (theirs !== null) return theirs
      const [outcome] = await saveBatch(open, [entry], { halfLifeHours })
      if (typeof outcome === 'object' && 'problem' in outcome) return invalid('paper', outcome.problem)
      return (await listKnownPaper(open, arxivId, submitterId, clock)) ?? { outcome: 'unknown' }
    })
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    return invalid('paper', problem)
  }
}

/** Lists a paper that the catalogue has; null where it has none. */
async function listKnownPaper(
  open: Writing,
  arxivId: string,
  submitterId: number,
  clock: EditionClock,
): Promise<Submission | null> {
  const now = clock.now()
  const [paperId] = await open.lock('papers', sql`select id from papers where arxiv_id = ${arxivId}`)
  if (paperId === undefined) return null
  const isIt = sql`${papers.id} = ${paperId}`
  const [updated] = await open.tx
    .update(papers)
    .set({ listedAt: now.toISOString(), listedOn: editionDay(clock, now), submitterId })
    .where(sql`${isIt} and ${papers.listedOn} is null and ${papers.hiddenAt} is null`)
    .returning({ id: papers.id })
  if (updated) {
    await refuseSuspended(open.tx, submitterId)
    open.announceListed([paperId])
    return { outcome: 'listed', paperId, isNew: true }
  }
  const [paper] = await open.tx.select({ hiddenAt: papers.hiddenAt }).from(papers).where(isIt)
  return paper?.hiddenAt === null ? { outcome: 'listed', paperId, isNew: false } : { outcome: 'hidden' }
}

const invalid = (path: string, message: string): Submission => ({ outcome: 'invalid', fields: [{ path, message }] })

function checkNewPaper(paper: NewPaper, now: Date): InputProblem[] {
  const most = MOST_OF_PAPER_INPUT
  const problems = new InputProblems('paper.')
  problems.text('title', paper.title, most.title)
  problems.text('abstract', paper.abstract, most.abstract)
  problems.authors(paper.authors)
  problems.topics(paper.topics ?? [])
  if (paper.organization != null) problems.text('organization', paper.organization, most.name)
  // A day ahead, for those whose day begins earlier.
  if (Date.parse(paper.publishedAt) > now.getTime() + 86_400_000)
    problems.add('publishedAt', 'The paper cannot have been published in the future.')
  problems.links(paper.links ?? [])
  return problems.found
}

/** The description as an entry, without what the submission itself says. */
async function entryOf(db: Db, paper: NewPaper): Promise<PaperEntry> {
  return {
    source: 'submission',
    authority: 'SUBMISSION',
    asOf: paper.publishedAt,
    arxivId: null,
    doi: null,
    identifiers: [],
    title: normalizeLine(paper.title),
    abstract: normalizeParagraphs(paper.abstract),
    summary: null,
    publishedAt: paper.publishedAt,
    updatedAt: null,
    withdrawnAt: null,
    listedAt: null,
    listedOn: null,
    submitter: null,
    organization: paper.organization == null ? null : await organizationOf(db, nameOf(paper.organization)),
    authors: paper.authors.map((name) => ({ name: nameOf(name), account: null })),
    topics: topicsByKind(paper.topics ?? []).filter(({ names }) => names.length > 0),
    links: paper.links ? distinctLinks(paper.links) : null,
    thumbnailUrl: null,
    githubStars: null,
    commentCount: null,
    votes: null,
  }
}

/** The organization of that slug or name, or a new one. */
async function organizationOf(db: Db, slugOrName: string): Promise<OrganizationEntry> {
  const known = (await organizationsNamed(db, [slugOrName])).get(slugOrName)
  return known ?? { slug: slugOf(slugOrName, 'organization'), name: slugOrName, avatarUrl: null, sourceKey: null }
}
