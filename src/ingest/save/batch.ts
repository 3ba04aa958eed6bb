import type { Db } from '../../db/client.ts'
import { indexPapers } from '../../search/index/index-papers.ts'
import { TOPIC_KINDS } from '../../values/vocabulary.ts'
import { idsOf, refreshCounts } from '../../writes/counts.ts'
import { notifyChanged, notifyListed, notifyVotes } from '../../writes/events.ts'
import { writeCards } from '../../writes/paper-cards.ts'
import { holdHalfLife } from '../../writes/trending-scores.ts'
import type { PaperEntry, PersonEntry } from '../entry.ts'
import { addAuthors, authorsByName, type KnownAuthor, linkAccounts, replaceAuthorLists } from './authors.ts'
import { applicable } from './merge.ts'
import {
  factsAfter,
  factsDiffer,
  insertIdentifiers,
  insertPapers,
  keptForFeeds,
  linksAfter,
  linksDiffer,
  replaceLinkLists,
  saveOutsideCounts,
  updatePapers,
} from './paper-rows.ts'
import { type PersonSighting, saveOrganizations, savePeople } from './people.ts'
import { findPapers, lockStoredPapers, type PaperFacts, type StoredPaper } from './stored-papers.ts'
import { replaceTopicLists, saveTopics, topicKey } from './topics.ts'

export interface SaveOptions {
  halfLifeHours: number
}

/** What became of an entry. `later`: it is about a paper that another entry of the batch is about. */
export type Outcome = 'created' | 'updated' | 'unchanged' | 'later' | { problem: string }

/** An entry that goes in, and the paper it is about. `given` is what of it is to be written. */
interface Work {
  index: number
  entry: PaperEntry
  given: PaperEntry
  stored: StoredPaper | null
}

/**
 * Saves entries with a fixed number of statements, however many they are. No two of them share an identifier; one that
 * is all the same about a paper that another is about is answered `later`.
 *
 * Papers are locked before anything else is written, then people, authors, organizations and topics, and the search
 * index last: whoever votes or hides takes them in the same order.
 */
export async function saveBatch(tx: Db, entries: readonly PaperEntry[], options: SaveOptions): Promise<Outcome[]> {
  const halfLifeHours = await holdHalfLife(tx, options.halfLifeHours)
  const { work, outcomes } = await prepare(tx, entries)

  const authors = await saveAuthors(tx, work)
  const submitterIds = await saveSubmittersAndAccounts(tx, work, authors)
  const organizationIds = await savedOrganizations(tx, work)
  const topicIds = await saveTopics(
    tx,
    work.flatMap(({ given }) => given.topics.flatMap(({ kind, names }) => names.map((name) => ({ kind, name })))),
  )

  const changed = new Set<number>()
  const facts = work.map((each) =>
    factsAfter(each.given, each.stored, {
      submitterId: submitterIds.get(each.index) ?? null,
      organizationId: organizationIds.get(each.index) ?? null,
    }),
  )
  const paperIds = await savePaperRows(tx, work, facts, changed)
  const paperIdOf = (n: number): number => paperIds[n] as number

  const authorLists = work.flatMap(({ given, stored }, n) => {
    const before = stored?.authorIds ?? []
    const authorIds = given.authors?.map(({ name }) => (authors.get(name) as KnownAuthor).id) ?? before
    const { publishedAt } = facts[n] as PaperFacts
    return same(authorIds, before) && publishedAt === (stored?.publishedAt ?? publishedAt)
      ? []
      : [{ paperId: paperIdOf(n), publishedAt, authorIds, before }]
  })
  const topicLists = work.flatMap(({ given, stored }, n) => {
    const before = (stored?.topics ?? []).map((topic) => topic.id)
    const after = TOPIC_KINDS.flatMap((kind) => {
      const names = given.topics.find((topic) => topic.kind === kind)?.names
      return names
        ? names.map((name) => topicIds.get(topicKey({ kind, name })) as number)
        : (stored?.topics ?? []).filter((topic) => topic.kind === kind).map((topic) => topic.id)
    })
    const { publishedAt } = facts[n] as PaperFacts
    return same(after, before) && publishedAt === (stored?.publishedAt ?? publishedAt)
      ? []
      : [{ paperId: paperIdOf(n), publishedAt, topicIds: [...new Set(after)], before }]
  })
  const linkLists = work.flatMap(({ given, stored }, n) => {
    const links = linksAfter(given, stored)
    return linksDiffer(links, stored?.links ?? []) ? [{ paperId: paperIdOf(n), links }] : []
  })
  const identifiers = work.flatMap(({ entry, stored }, n) => {
    const given = new Map(entry.identifiers.map((each) => [`${each.scheme} ${each.value}`, each]))
    const added = [...given].filter(([key]) => !stored?.identifiers.has(key)).map(([, each]) => each)
    const kept = stored && keptForFeeds(stored, facts[n] as PaperFacts, added)
    return [...added, ...(kept ? [kept] : [])].map((each) => ({ paperId: paperIdOf(n), ...each }))
  })
  await replaceAuthorLists(tx, authorLists)
  await replaceTopicLists(tx, topicLists)
  const added = paperIds.filter((_, n) => work[n]?.stored === null)
  const relisted = [...authorLists, ...topicLists].map(({ paperId }) => paperId)
  if (added.length + relisted.length > 0) await writeCards(tx, idsOf([...new Set([...added, ...relisted])]))
  await replaceLinkLists(tx, linkLists)
  await insertIdentifiers(tx, identifiers)
  const counted = await saveOutsideCounts(
    tx,
    work.flatMap(({ entry: { source, votes } }, n) =>
      votes ? [{ paperId: paperIdOf(n), source, countedAt: votes.countedAt, votes: votes.count }] : [],
    ),
  )
  for (const { paperId } of [...authorLists, ...topicLists, ...linkLists, ...identifiers]) changed.add(paperId)
  for (const paperId of counted) changed.add(paperId)

  await refreshCounts(
    tx,
    {
      paperIds: [...changed],
      authorIds: authorLists.flatMap(({ before }) => before),
      organizationIds: work.flatMap(({ stored }, n) =>
        stored?.organizationId && stored.organizationId !== facts[n]?.organizationId ? [stored.organizationId] : [],
      ),
      topicIds: topicLists.flatMap(({ before }) => before),
    },
    halfLifeHours,
  )
  const reworded = paperIds.filter((_, n) => textsDiffer(facts[n] as PaperFacts, (work[n] as Work).stored))
  await indexPapers(tx, [...reworded, ...authorLists.map(({ paperId }) => paperId)])
  await notifyVotes(
    tx,
    [...new Set(counted)].sort((a, b) => a - b),
  )
  await notifyListed(tx, newlyListed(work, facts, paperIds))
  if (changed.size > 0) await notifyChanged(tx)
  work.forEach(({ index, stored }, n) => {
    outcomes[index] = stored === null ? 'created' : changed.has(paperIdOf(n)) ? 'updated' : 'unchanged'
  })
  return outcomes
}

/** Whether search has other words of a paper than before. The authors are compared by their list: names stay. */
const textsDiffer = (after: PaperFacts, before: StoredPaper | null): boolean =>
  before === null || after.title !== before.title || after.abstract !== before.abstract

/** The papers that came onto a list that is not long past: whoever listens for new ones is not told of old editions. */
function newlyListed(work: readonly Work[], facts: readonly PaperFacts[], paperIds: readonly number[]): number[] {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  return paperIds.filter((_, n) => {
    const listedOn = facts[n]?.listedOn ?? null
    return listedOn !== null && listedOn >= yesterday && (work[n]?.stored?.listedOn ?? null) === null
  })
}

/** Finds the papers that the entries are about, and sorts out the entries that cannot go in. */
async function prepare(tx: Db, entries: readonly PaperEntry[]): Promise<{ work: Work[]; outcomes: Outcome[] }> {
  const found = await findPapers(tx, entries)
  const storedById = await lockStoredPapers(tx, [...new Set(found.flatMap((ids) => [...ids]))])
  const outcomes: Outcome[] = entries.map(() => 'unchanged')
  const work: Work[] = []
  const taken = new Set<number>()
  entries.forEach((entry, index) => {
    const papers = [...(found[index] as Set<number>)]
      .map((id) => storedById.get(id))
      .filter((paper) => paper !== undefined)
    const [stored = null] = papers
    if (papers.length > 1)
      outcomes[index] = {
        problem: `Its identifiers belong to different papers: ${papers.map(nameOfPaper).join(' and ')}.`,
      }
    else if (stored && entry.arxivId !== null && stored.arxivId !== null && entry.arxivId !== stored.arxivId)
      outcomes[index] = {
        problem: `It says arXiv ${entry.arxivId}, but the paper of its other identifiers is ${nameOfPaper(stored)}.`,
      }
    else if (stored && taken.has(stored.id)) outcomes[index] = 'later'
    else {
      if (stored) taken.add(stored.id)
      work.push({ index, entry, stored, given: stored ? applicable(entry, stored) : entry })
    }
  })
  return { work, outcomes }
}

const nameOfPaper = ({ arxivId, doi, title }: StoredPaper): string =>
  arxivId !== null ? `arXiv ${arxivId}` : doi !== null ? `doi ${doi}` : JSON.stringify(title)

async function saveAuthors(tx: Db, work: readonly Work[]): Promise<Map<string, KnownAuthor>> {
  const names = new Set(work.flatMap(({ given }) => given.authors?.map(({ name }) => name) ?? []))
  const authors = await authorsByName(tx, names)
  await addAuthors(tx, names, authors)
  return authors
}

/**
 * Saves the people that entries name, links authors to their accounts, and answers the submitter of each entry. The
 * first account of a name stays; others of the same name are not kept, as nothing would show them.
 */
async function saveSubmittersAndAccounts(
  tx: Db,
  work: readonly Work[],
  authors: ReadonlyMap<string, KnownAuthor>,
): Promise<Map<number, number>> {
  const sightings: (PersonSighting & { submits?: number; signs?: KnownAuthor })[] = []
  const linked = new Map<KnownAuthor, PersonEntry>()
  for (const { index, entry, given } of work) {
    const { asOf } = entry
    if (given.submitter) sightings.push({ person: given.submitter, asOf, only: null, submits: index })
    for (const { name, account } of given.authors ?? []) {
      const author = authors.get(name) as KnownAuthor
      if (account === null) continue
      const first = linked.get(author) ?? account
      if (author.userId === null) linked.set(author, first)
      if (!isSamePerson(first, account)) continue
      sightings.push({ person: account, asOf, only: author.userId, signs: author })
    }
  }
  const ids = await savePeople(tx, sightings)
  const submitterIds = new Map<number, number>()
  const links: { authorId: number; userId: number }[] = []
  sightings.forEach(({ submits, signs }, n) => {
    const userId = ids[n]
    if (typeof userId !== 'number') return
    if (submits !== undefined) submitterIds.set(submits, userId)
    if (signs?.userId === null) links.push({ authorId: signs.id, userId })
  })
  await linkAccounts(tx, links)
  return submitterIds
}

const isSamePerson = (a: PersonEntry, b: PersonEntry): boolean =>
  a.sourceKey !== null && b.sourceKey !== null
    ? a.sourceKey === b.sourceKey
    : a.handle.toLowerCase() === b.handle.toLowerCase()

async function savedOrganizations(tx: Db, work: readonly Work[]): Promise<Map<number, number>> {
  const sightings = work.flatMap(({ index, entry: { asOf }, given: { organization } }) =>
    organization ? [{ index, organization, asOf }] : [],
  )
  const ids = await saveOrganizations(tx, sightings)
  return new Map(sightings.flatMap(({ index }, n) => (typeof ids[n] === 'number' ? [[index, ids[n]]] : [])))
}

/** Adds or updates the rows of papers, and answers the id of each one's paper. */
async function savePaperRows(
  tx: Db,
  work: readonly Work[],
  facts: readonly PaperFacts[],
  changed: Set<number>,
): Promise<number[]> {
  const added = await insertPapers(
    tx,
    facts.filter((_, n) => work[n]?.stored === null),
  )
  const updates = work.flatMap(({ stored }, n) => {
    const row = facts[n] as PaperFacts
    return stored && factsDiffer(row, stored) ? [{ ...row, id: stored.id }] : []
  })
  await updatePapers(tx, updates)
  for (const id of [...added, ...updates.map((row) => row.id)]) changed.add(id)
  let next = 0
  return work.map(({ stored }) => stored?.id ?? (added[next++] as number))
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, n) => id === b[n])
