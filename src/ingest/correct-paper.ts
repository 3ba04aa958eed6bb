import type { Db } from '../db/client.ts'
import { isDerivedLink } from '../values/identifiers.ts'
import { normalizeLine, normalizeParagraphs } from '../values/text.ts'
import { PAPER_LINK_KINDS, TOPIC_KINDS } from '../values/vocabulary.ts'
import { type Curator, recordAudit, subjectsOf } from '../writes/audit-log.ts'
import { type Writing, writing } from '../writes/writing.ts'
import {
  distinctLinks,
  type InputProblem,
  InputProblems,
  type LinkInput,
  MOST_OF_PAPER_INPUT,
  topicsByKind,
} from './paper-input.ts'
import { saveMatches } from './save/batch.ts'
import { linksDiffer, updatePapers } from './save/paper-rows.ts'
import { problemOf } from './save/save.ts'
import { type PaperStatement, readStatements, type StatedName, writeStatements } from './save/statements.ts'
import { lockStoredPapers, type StoredPaper } from './save/stored-papers.ts'
import { addTopics, topicsAsWritten, topicsByName, wantedTopics } from './save/topics.ts'

/** What curators can correct. */
export const CORRECTABLE = ['title', 'abstract', 'topics', 'links'] as const
export type Correctable = (typeof CORRECTABLE)[number]

/** New values for a paper; null or absent leaves what is stored. */
export interface Correction {
  title?: string | null
  /** Blank for none. */
  abstract?: string | null
  /** All categories and keywords. */
  topics?: readonly string[] | null
  /** All links except those to arXiv that follow from the id. */
  links?: readonly LinkInput[] | null
  /** What sources may say again. */
  release?: readonly Correctable[] | null
}

export type CorrectionOutcome =
  | { outcome: 'corrected'; changed: readonly Correctable[] }
  | { outcome: 'unknown' }
  | { outcome: 'invalid'; fields: InputProblem[] }

/**
 * Sets what a curator corrects. No source replaces it afterwards, until it is released. A value that is equal to the stored one
 * changes nothing and stays that of its source; of topics and links, each kind is compared alone.
 *
 * What is released stays until a source says it again, whichever and however old its statement is.
 */
export async function correctPaper(
  db: Db,
  paperId: number,
  correction: Correction,
  curator: Curator,
  halfLifeHours: number,
): Promise<CorrectionOutcome> {
  const problems = problemsOf(correction)
  if (problems.length > 0) return { outcome: 'invalid', fields: problems }
  try {
    return await writing(db, async (open) => {
      // As an import: it may add topics.
      await open.takeTurn()
      await open.holdHalfLife(halfLifeHours)
      const stored = (await lockStoredPapers(open, [paperId])).get(paperId)
      if (stored === undefined) return { outcome: 'unknown' }
      const { paper, released } = await release(open, stored, correction.release ?? [])
      const { entry, taken, changes } = await changesOf(open, paper, correction, curator.at)
      if (taken.size > 0)
        await saveMatches(
          open,
          [{ entry, existing: paper, taken, loser: null, remark: null }],
          { authors: new Map(), topics: await topicsByName(open.tx, wantedTopics(entry.topics)) },
          { halfLifeHours },
        )
      const audited = released.length > 0 ? [...changes, { field: 'release', before: null, after: released }] : changes
      if (audited.length > 0)
        await recordAudit(open, curator, {
          action: 'UPDATE_PAPER',
          subjects: subjectsOf('Paper', [paperId]),
          changes: audited,
        })
      return { outcome: 'corrected', changed: changes.map(({ field }) => field) }
    })
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    return { outcome: 'invalid', fields: [{ path: 'paperId', message: problem }] }
  }
}

function problemsOf({ title, abstract, topics, links, release }: Correction): InputProblem[] {
  const most = MOST_OF_PAPER_INPUT
  const problems = new InputProblems('')
  if (title != null) problems.text('title', title, most.title)
  if (abstract != null && normalizeParagraphs(abstract) !== '') problems.text('abstract', abstract, most.abstract)
  problems.topics(topics ?? [])
  problems.links(links ?? [])
  const given = { title, abstract, topics, links }
  release?.forEach((field, place) => {
    if (given[field] != null)
      problems.add(`release.${place}`, `The ${field} cannot be corrected and released at the same time.`)
  })
  return problems.found
}

const NAMES: Record<Correctable, readonly StatedName[]> = {
  title: ['title'],
  abstract: ['abstract'],
  topics: TOPIC_KINDS.map((kind): StatedName => `topics.${kind}`),
  links: PAPER_LINK_KINDS.map((kind): StatedName => `links.${kind}`),
}

/** Ranks below every statement of a source. */
const ANYONE = { by: 'FEED', asOf: '1970-01-01T00:00:00.000Z', doubt: 0 } as const

async function release(
  { tx }: Writing,
  paper: StoredPaper,
  fields: readonly Correctable[],
): Promise<{ paper: StoredPaper; released: Correctable[] }> {
  const statements = readStatements(paper.otherStatements)
  const released = CORRECTABLE.filter((field) => {
    const owned = fields.includes(field) ? NAMES[field].filter((name) => statements.get(name)?.by === 'CURATOR') : []
    for (const name of owned) statements.set(name, ANYONE)
    return owned.length > 0
  })
  if (released.length === 0) return { paper, released }
  const after = { ...paper, otherStatements: writeStatements([...statements]) }
  await updatePapers(tx, [after])
  return { paper: after, released }
}

interface Change {
  field: Correctable
  before: unknown
  after: unknown
}

/** What differs from the paper, as a statement of the curator. */
async function changesOf(
  open: Writing,
  paper: StoredPaper,
  correction: Correction,
  now: Date,
): Promise<{ entry: PaperStatement; taken: Set<StatedName>; changes: Change[] }> {
  const taken = new Set<StatedName>()
  const changes: Change[] = []
  const change = (field: Correctable, names: readonly StatedName[], before: unknown, after: unknown) => {
    if (names.length === 0) return
    for (const name of names) taken.add(name)
    changes.push({ field, before, after })
  }

  const title = correction.title == null ? paper.title : normalizeLine(correction.title)
  change('title', title === paper.title ? [] : ['title'], paper.title, title)
  const abstract = correction.abstract == null ? paper.abstract : normalizeParagraphs(correction.abstract) || null
  change('abstract', abstract === paper.abstract ? [] : ['abstract'], paper.abstract, abstract)

  const topics = correction.topics == null ? [] : await topicsAfter(open, paper, correction.topics)
  change(
    'topics',
    topics.map(({ kind }): StatedName => `topics.${kind}`),
    paper.topics.map(({ written }) => written),
    TOPIC_KINDS.flatMap(
      (kind) =>
        topics.find((each) => each.kind === kind)?.names ??
        paper.topics.filter((topic) => topic.kind === kind).map(({ written }) => written),
    ),
  )

  const links = correction.links == null ? paper.links : linksAfter(paper, correction.links)
  const ofKind = (list: typeof links, kind: string) => list.filter((link) => link.kind === kind)
  const addresses = (list: typeof links) => list.map(({ kind, url }) => ({ kind, url }))
  change(
    'links',
    PAPER_LINK_KINDS.filter((kind) => linksDiffer(ofKind(links, kind), ofKind(paper.links, kind))).map(
      (kind): StatedName => `links.${kind}`,
    ),
    addresses(paper.links),
    addresses(links),
  )
  const { publishedAt } = paper
  const said = { source: 'curator', authority: 'CURATOR', asOf: now.toISOString(), identifiers: [] } as const
  return { entry: { ...said, identifiers: [], title, abstract, publishedAt, topics, links }, taken, changes }
}

/** The topics of each kind that changes. What the paper has already stays as the paper writes it. */
async function topicsAfter(
  open: Writing,
  paper: StoredPaper,
  given: readonly string[],
): Promise<PaperStatement['topics']> {
  const kinds = topicsByKind(given)
  const wanted = wantedTopics(kinds)
  const known = await topicsByName(open.tx, wanted)
  await addTopics(open, wanted, known)
  return kinds.flatMap(({ kind, names }) => {
    const before = paper.topics.filter((topic) => topic.kind === kind)
    const written = new Map<number, string>()
    for (const name of names)
      for (const { id } of topicsAsWritten(kind, [name], known))
        if (!written.has(id)) written.set(id, before.find((topic) => topic.id === id)?.written ?? name)
    const isSame = [...written.keys()].join() === [...new Set(before.map(({ id }) => id))].join()
    return isSame ? [] : [{ kind, names: [...written.values()] }]
  })
}

/** The links as they are stored, with the titles that are known. */
const linksAfter = (paper: StoredPaper, given: readonly LinkInput[]): StoredPaper['links'] => {
  const links = distinctLinks(given.filter(({ kind, url }) => !isDerivedLink(kind, url, paper.arxivId)))
  const titleOf = (kind: string, url: string) =>
    paper.links.find((link) => link.kind === kind && link.url === url)?.title ?? null
  return PAPER_LINK_KINDS.flatMap((kind) => links.filter((link) => link.kind === kind)).map(({ kind, url }) => ({
    kind,
    url,
    title: titleOf(kind, url),
  }))
}
