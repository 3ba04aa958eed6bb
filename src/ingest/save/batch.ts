import type { Db } from '../../db/client.ts'
import { indexPapers } from '../../search/index/index-papers.ts'
import { TOPIC_KINDS } from '../../values/vocabulary.ts'
import { countAuthorsLater } from '../../writes/author-counts.ts'
import { idsOf, refreshCounts } from '../../writes/counts.ts'
import { addCards, writeCards } from '../../writes/paper-cards.ts'
import { renameTopics } from '../../writes/topic-names.ts'
import type { Writing } from '../../writes/writing.ts'
import type { PaperEntry } from '../entry.ts'
import { factsDiffer, type PaperFacts } from '../paper-facts.ts'
import { saveSubmittersAndAccounts } from './accounts.ts'
import {
  addMissingAuthors,
  authorsByName,
  type KnownAuthor,
  type PrintedAuthor,
  replaceAuthorLists,
} from './authors.ts'
import { saveIdentities } from './identities.ts'
import { findPapers, type Match, matchPapers, type Work } from './matching.ts'
import { mergeFacts, relationsTaken, withoutDoi } from './merge.ts'
import { newCards } from './new-cards.ts'
import {
  feedIdentifier,
  insertIdentifiers,
  insertPapers,
  linksDiffer,
  mergeLinks,
  replaceLinkLists,
  saveOutsideCounts,
  updatePapers,
} from './paper-rows.ts'
import type { StoredPaper } from './stored-papers.ts'
import {
  addTopics,
  type KnownTopic,
  type ListedTopic,
  perhapsRenamed,
  replaceTopicLists,
  sameTopics,
  topicsAsWritten,
  topicsByName,
  wantedTopics,
} from './topics.ts'

export interface SaveOptions {
  halfLifeHours: number
  /** Leaves new papers out of the search index. The caller adds them later: `catchUpIndex` does so many times faster. */
  withoutSearch?: boolean
  /** Whether the papers are probably new: then nobody looks first which entries change nothing. */
  areNew?: boolean
  /**
   * The run of an import that counts the authors of new papers at its end (`countRemainingAuthors`); without it, they are
   * counted at once.
   */
  countingLater?: number
}

/** What happened to an entry. `later`: another entry of the batch describes the same paper. */
export type Outcome =
  | { saved: 'created' | 'updated' | 'unchanged'; remark: string | null }
  | { problem: string }
  | 'later'

/**
 * Saves entries with a fixed number of statements, whatever their number. No two entries share an identifier. If two
 * still describe the same paper, the second one is not saved and its outcome is `later`.
 */
export async function saveBatch(
  open: Writing,
  entries: readonly PaperEntry[],
  options: SaveOptions,
): Promise<Outcome[]> {
  const { tx } = open
  await open.holdHalfLife(options.halfLifeHours)
  const wanted = wantedTopics(entries.flatMap((entry) => entry.topics))
  // Sent together. What entries name and papers do not take is looked up, but not added.
  const [found, authors, topics] = await Promise.all([
    findPapers(tx, entries),
    authorsByName(tx, new Set(entries.flatMap((entry) => entry.authors?.map(({ name }) => name) ?? []))),
    topicsByName(tx, wanted),
  ])
  return saveMatches(open, await matchPapers(open, entries, found), { authors, topics }, options)
}

/**
 * Saves what papers take from statements about them. The papers are locked, and each has one statement.
 *
 * @param known those of the authors and topics that exist, by the names in the statements
 */
export async function saveMatches(
  open: Writing,
  matches: readonly (Match | 'later')[],
  { authors, topics }: { authors: Map<string, KnownAuthor>; topics: Map<string, KnownTopic> },
  options: SaveOptions,
): Promise<Outcome[]> {
  const { tx } = open
  const halfLifeHours = await open.holdHalfLife(options.halfLifeHours)
  const work = matches.flatMap((match, index): Work[] =>
    match === 'later' ? [] : [{ ...match, index, relations: relationsTaken(match.entry, match.taken) }],
  )

  const addedAuthors = await addMissingAuthors(
    open,
    work.map(({ existing, relations }) => ({
      isNew: existing === null,
      names: new Set(relations.authors?.map(({ name }) => name)),
    })),
    authors,
  )
  const submitterIds = await saveSubmittersAndAccounts(open, work, authors, options.countingLater !== undefined)
  const organizationIds = await saveOrganizations(open, work)
  await addTopics(open, wantedTopics(work.flatMap(({ relations }) => relations.topics)), topics)

  const changed = new Set<number>()
  const facts = work.map(({ index, entry, existing, taken }) =>
    mergeFacts(entry, existing, taken, {
      submitterId: submitterIds.get(index) ?? null,
      organizationId: organizationIds.get(index) ?? null,
    }),
  )
  const paperIds = await savePaperRows(tx, work, facts, changed)
  open.hold('papers', paperIds)
  const paperIdOf = (n: number): number => paperIds[n] as number
  const listOf = (n: number) => {
    const existing = work[n]?.existing
    return { paperId: paperIdOf(n), hidden: existing?.hidden ?? false, isNew: existing === null }
  }

  const authorLists = work.flatMap(({ relations, existing }, n) => {
    const before: readonly PrintedAuthor[] = existing?.authors ?? []
    const after = relations.authors?.map(({ name }) => authors.get(name) as KnownAuthor) ?? before
    const { publishedAt } = facts[n] as PaperFacts
    return samePrinted(after, before) && publishedAt === (existing?.publishedAt ?? publishedAt)
      ? []
      : [{ ...listOf(n), publishedAt, authors: after, before }]
  })
  const topicLists = work.flatMap(({ relations, existing }, n) => {
    const before = existing?.topics ?? []
    const after = TOPIC_KINDS.flatMap((kind): ListedTopic[] => {
      const names = relations.topics.find((topic) => topic.kind === kind)?.names
      return names ? topicsAsWritten(kind, names, topics) : before.filter((topic) => topic.kind === kind)
    })
    const { publishedAt } = facts[n] as PaperFacts
    return sameTopics(after, before) && publishedAt === (existing?.publishedAt ?? publishedAt)
      ? []
      : [{ ...listOf(n), publishedAt, topics: after, before }]
  })
  const linkLists = work.flatMap(({ entry, existing, taken }, n) => {
    const before = existing?.links ?? []
    const links = mergeLinks(entry.links ?? [], before, taken)
    return linksDiffer(links, before) ? [{ paperId: paperIdOf(n), links }] : []
  })
  const identifiers = work.flatMap(({ entry, existing }, n) => {
    const byKey = new Map(entry.identifiers.map((each) => [`${each.scheme} ${each.value}`, each]))
    const added = [...byKey].filter(([key]) => !existing?.identifiers.has(key)).map(([, each]) => each)
    const ofFeeds = existing && feedIdentifier(existing, facts[n] as PaperFacts, added)
    return [...added, ...(ofFeeds ? [ofFeeds] : [])].map((each) => ({ paperId: paperIdOf(n), ...each }))
  })
  const addedIds = new Set(paperIds.filter((_, n) => work[n]?.existing === null))
  // Their own counts are inserted, and their authors and topics only gain one each.
  const simple = new Set(paperIds.filter((_, n) => isSimple(work[n] as Work, facts[n] as PaperFacts)))
  const relisted = [...authorLists, ...topicLists].flatMap(({ paperId, isNew }) => (isNew ? [] : paperId))
  const { countingLater } = options
  // Sent together.
  const [counted] = await Promise.all([
    saveOutsideCounts(
      tx,
      work.flatMap(({ entry: { source, votes } }, n) =>
        votes ? [{ paperId: paperIdOf(n), source, countedAt: votes.countedAt, votes: votes.count }] : [],
      ),
    ),
    replaceAuthorLists(tx, authorLists),
    replaceTopicLists(tx, topicLists),
    replaceLinkLists(tx, linkLists),
    insertIdentifiers(tx, identifiers),
    addCards(tx, newCards(work, paperIds, authors, { lists: topicLists, known: topics.values() })),
    countingLater === undefined ? null : countAuthorsLater(tx, countingLater, [...simple]),
  ])
  if (relisted.length > 0) await writeCards(tx, idsOf([...new Set(relisted)]))
  for (const { paperId } of [...authorLists, ...topicLists, ...linkLists, ...identifiers]) changed.add(paperId)
  for (const paperId of counted) changed.add(paperId)

  const gained = { authors: new Map<number, number>(), topics: new Map<number, number>() }
  const gain = (counts: Map<number, number>, id: number) => counts.set(id, (counts.get(id) ?? 0) + 1)
  if (countingLater === undefined)
    for (const list of authorLists)
      if (simple.has(list.paperId))
        for (const id of distinctIds(list.authors)) if (!addedAuthors.has(id)) gain(gained.authors, id)
  for (const list of topicLists)
    if (simple.has(list.paperId)) for (const id of distinctIds(list.topics)) gain(gained.topics, id)
  await refreshCounts(
    open,
    {
      paperIds: [...changed].filter((id) => !simple.has(id)),
      gained,
      authorIds: authorLists.flatMap(({ before }) => before.map(({ id }) => id)),
      organizationIds: work.flatMap(({ existing }, n) =>
        existing?.organizationId && existing.organizationId !== facts[n]?.organizationId
          ? [existing.organizationId]
          : [],
      ),
      topicIds: topicLists.flatMap(({ before }) => before.map(({ id }) => id)),
    },
    halfLifeHours,
  )
  const renamed = perhapsRenamed(topicLists, topics)
  if (renamed.length > 0) await renameTopics(open, idsOf(renamed))
  const isSearchedLater = (paperId: number) => options.withoutSearch === true && addedIds.has(paperId)
  const reworded = paperIds.filter((_, n) => searchedTextsDiffer(facts[n] as PaperFacts, (work[n] as Work).existing))
  const searched = [...reworded, ...authorLists.map(({ paperId }) => paperId)].filter((id) => !isSearchedLater(id))
  await indexPapers(open, searched)
  open.announceVotes(counted)
  open.announceListed(newlyListed(work, facts, paperIds))
  if (changed.size > 0) open.announceChange()
  const outcomes: Outcome[] = matches.map(() => 'later')
  work.forEach(({ index, existing, remark }, n) => {
    const saved = existing === null ? 'created' : changed.has(paperIdOf(n)) ? 'updated' : 'unchanged'
    outcomes[index] = { saved, remark }
  })
  return outcomes
}

/** Whether the search index has to change. The caller compares authors by their ids: their names never change. */
const searchedTextsDiffer = (after: PaperFacts, before: StoredPaper | null): boolean =>
  before === null || after.title !== before.title || after.abstract !== before.abstract

/** The papers that joined the edition of today or yesterday. Subscribers are not told about older editions. */
function newlyListed(work: readonly Work[], facts: readonly PaperFacts[], paperIds: readonly number[]): number[] {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  return paperIds.filter((_, n) => {
    const listedOn = facts[n]?.listedOn ?? null
    return listedOn !== null && listedOn >= yesterday && (work[n]?.existing?.listedOn ?? null) === null
  })
}

/** Whether a paper is new and has neither votes nor an organization. */
const isSimple = ({ existing, entry }: Work, { organizationId }: PaperFacts): boolean =>
  existing === null && !entry.votes && organizationId === null

async function saveOrganizations(open: Writing, work: readonly Work[]): Promise<Map<number, number>> {
  const sightings = work.flatMap(({ index, entry: { asOf }, relations: { organization } }) =>
    organization ? [{ index, organization, asOf }] : [],
  )
  const ids = await saveIdentities(
    open,
    'organizations',
    sightings.map(({ organization: { slug, ...rest }, asOf }) => ({
      identity: { ...rest, handle: slug },
      asOf,
      onlyId: null,
    })),
    work.flatMap(({ existing }) => existing?.organizationId ?? []),
  )
  return new Map(sightings.flatMap(({ index }, n) => (typeof ids[n] === 'number' ? [[index, ids[n]]] : [])))
}

/** Inserts or updates the rows of papers, and returns their ids in the order of `work`. */
async function savePaperRows(
  tx: Db,
  work: readonly Work[],
  facts: readonly PaperFacts[],
  changed: Set<number>,
): Promise<number[]> {
  const losers = work.flatMap(({ loser }) => loser ?? [])
  await updatePapers(tx, losers.map(withoutDoi))
  const added = await insertPapers(
    tx,
    facts.flatMap((row, n) => {
      const { existing, relations } = work[n] as Work
      return existing === null ? [{ ...row, authorCount: relations.authors?.length ?? 0 }] : []
    }),
  )
  const updates = work.flatMap(({ existing }, n) => {
    const row = facts[n] as PaperFacts
    return existing && factsDiffer(row, existing) ? [{ ...row, id: existing.id }] : []
  })
  await updatePapers(tx, updates)
  for (const id of [...added, ...[...losers, ...updates].map((row) => row.id)]) changed.add(id)
  let next = 0
  return work.map(({ existing }) => existing?.id ?? (added[next++] as number))
}

const samePrinted = (some: readonly PrintedAuthor[], others: readonly PrintedAuthor[]): boolean =>
  some.length === others.length && some.every(({ namedId }, n) => namedId === others[n]?.namedId)

/** A paper can have one author or topic by several names. */
const distinctIds = (rows: readonly { id: number }[]): Set<number> => new Set(rows.map(({ id }) => id))
