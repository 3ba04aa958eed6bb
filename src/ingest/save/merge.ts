import type { PaperEntry } from '../entry.ts'
import type { StoredPaper } from './stored-papers.ts'

/**
 * What of an entry is to be written to the paper that is stored: the rules of which of two sources of facts is right.
 *
 * - An entry at least as new as the stored facts overwrites them, but never with nothing.
 * - An older one fills what is empty.
 * - A submitter or organization named by the handle alone does not replace one that is known by its key: the handle may
 *   be one that it had before.
 * - A paper that was submitted here stays on the list of its day, with the submitter and the moment: what a source says
 *   later does not change a list that this server has closed.
 * - Any other is on the list of the earliest day that a source gave, with its moment, in whatever order the lists of the
 *   source come in.
 *
 * In the answer `null` means "leave", as in any entry; votes are dated themselves and always stay.
 */
export function applicable(entry: PaperEntry, stored: StoredPaper): PaperEntry {
  const newer = entry.asOf >= stored.factsAsOf
  const listed = isListedBy(entry, stored, newer)
    ? { listedAt: entry.listedAt, listedOn: entry.listedOn }
    : { listedAt: null, listedOn: null }
  const named = {
    submitter:
      staysSubmitted(stored) || (entry.submitter?.sourceKey === null && stored.submitterKey !== null)
        ? null
        : entry.submitter,
    organization: entry.organization?.sourceKey === null && stored.organizationKey !== null ? null : entry.organization,
  }
  if (newer) return { ...entry, ...named, ...listed }

  const filling = <Value>(value: Value, isEmpty: boolean): Value | null => (isEmpty ? value : null)
  return {
    ...entry,
    ...listed,
    asOf: stored.factsAsOf,
    title: stored.title,
    publishedAt: stored.publishedAt,
    arxivId: filling(entry.arxivId, stored.arxivId === null),
    doi: filling(entry.doi, stored.doi === null),
    abstract: filling(entry.abstract, stored.abstract === null),
    summary: filling(entry.summary, stored.summary === null),
    updatedAt: filling(entry.updatedAt, stored.updatedAt === null),
    submitter: filling(entry.submitter, stored.submitterId === null),
    organization: filling(entry.organization, stored.organizationId === null),
    authors: filling(entry.authors, stored.authorIds.length === 0),
    topics: entry.topics.filter(({ kind }) => !stored.topics.some((topic) => topic.kind === kind)),
    links: entry.links?.filter(({ kind }) => !stored.links.some((link) => link.kind === kind)) ?? null,
    thumbnailUrl: filling(entry.thumbnailUrl, stored.thumbnailUrl === null),
    githubStars: filling(entry.githubStars, stored.githubStars === null),
    commentCount: null,
  }
}

/** Whether the paper takes the list day of the entry. */
function isListedBy(entry: PaperEntry, stored: StoredPaper, newer: boolean): boolean {
  if (entry.listedOn === null) return false
  if (stored.listedOn === null) return true
  if (stored.submittedHere) return false
  return entry.listedOn < stored.listedOn || (newer && entry.listedOn === stored.listedOn)
}

const staysSubmitted = ({ submittedHere, listedOn }: StoredPaper): boolean => submittedHere && listedOn !== null
