import DataLoader from 'dataloader'
import type { Db } from '../db/client.ts'
import { editionNeighbours, editionPaperCounts, editionsWithPapers } from '../lists/editions.ts'
import { type AuditRow, newestEntries, subjectNames } from '../queries/audit-log.ts'
import {
  type AuthorRange,
  type AuthorRow,
  authorsByIds,
  authorsInRanges,
  coauthorsOf,
  type PlacedAuthor,
} from '../queries/authors.ts'
import { digestsOfSavedFilters } from '../queries/digests.ts'
import { moderatedPapersByIds } from '../queries/moderated-papers.ts'
import { organizationsByIds } from '../queries/organizations.ts'
import { DEFAULT_PARTS, type PaperParts } from '../queries/paper-parts.ts'
import {
  changesOfPapers,
  identifiersOfPapers,
  linksOfPapers,
  type PaperRow,
  papersByIdentifiers,
  papersByIds,
} from '../queries/papers.ts'
import { followedSubjects, savedFiltersByIds, subjectKey } from '../queries/saved-filters.ts'
import { topicsByIds, topicsOfPapers } from '../queries/topics.ts'
import { storedHalfLife } from '../queries/trending.ts'
import { usersByIds } from '../queries/users.ts'
import { votesByDay } from '../queries/vote-history.ts'
import { votedAmong } from '../queries/votes.ts'
import { webhooksByIds, webhooksOfSavedFilters } from '../queries/webhooks.ts'
import type { RelatedPapers } from '../search/related.ts'
import type { AuditAction, AuditSubject, AuditSubjectType } from '../values/audit.ts'
import type { EditionSpan } from '../values/editions.ts'
import type { PaperIdentifier } from '../values/identifiers.ts'
import { many, one, oneOrMerged } from './batch.ts'

export type { RelatedPapers }

/** What the loaders of a request read with. */
interface Reading {
  db: Db
  /** A pool for reads of whole lists. */
  counting: Db
  viewerId: number | null
  /** The cache of related papers, shared by all requests. */
  related: RelatedPapers
}

/** How each loader is created. */
const LOADERS = {
  paper: ({ db }: Reading) => papersWith(db, DEFAULT_PARTS),
  author: ({ db }: Reading) => oneOrMerged((ids) => authorsByIds(db, ids)),
  organization: ({ db }: Reading) =>
    one(
      (ids) => organizationsByIds(db, ids),
      (row) => row.id,
    ),
  topic: ({ db }: Reading) => oneOrMerged((ids) => topicsByIds(db, ids)),
  user: ({ db }: Reading) =>
    one(
      (ids) => usersByIds(db, ids),
      (row) => row.id,
    ),

  topicsOfPaper: ({ db }: Reading) =>
    many(
      (ids) => topicsOfPapers(db, ids),
      (row) => row.paperId,
    ),
  linksOfPaper: ({ db }: Reading) =>
    many(
      (ids) => linksOfPapers(db, ids),
      (row) => row.paperId,
    ),
  identifiersOfPaper: ({ db }: Reading) =>
    many(
      (ids) => identifiersOfPapers(db, ids),
      (row) => row.paperId,
    ),

  /** When a paper last changed. */
  changeOfPaper: ({ db }: Reading) =>
    new DataLoader<number, string>(async (ids) => {
      const rows = await changesOfPapers(db, ids)
      const moments = new Map(rows.map(({ paperId, changedAt }) => [paperId, changedAt]))
      return ids.map((id) => moments.get(id) ?? new Error(`Nothing is recorded of the changes of paper ${id}.`))
    }),

  /** The authors of a paper after a position, up to a limit. */
  authorsOfPaper: ({ db }: Reading) =>
    new DataLoader<AuthorRange, PlacedAuthor[], string>(
      async (ranges) => {
        const rows = Map.groupBy(await authorsInRanges(db, ranges), (row) => row.paperId)
        // Two ranges of one paper are read together and separated by position.
        return ranges.map(({ paperId, after, limit }) => [
          ...new Map(
            rows
              .get(paperId)
              ?.filter(({ position }) => position > after && position <= after + limit)
              .map((row) => [row.position, row]),
          ).values(),
        ])
      },
      { cacheKeyFn: ({ paperId, after, limit }) => `${paperId} ${after} ${limit}` },
    ),

  coauthorsOfAuthor: ({ db }: Reading) =>
    new DataLoader<{ authorId: number; limit: number }, AuthorRow[], string>(
      async (requests) => {
        const limits = new Map<number, number>()
        for (const { authorId, limit } of requests) limits.set(authorId, Math.max(limit, limits.get(authorId) ?? 0))
        const wanted = [...limits].map(([authorId, limit]) => ({ authorId, limit }))
        const rows = Map.groupBy(await coauthorsOf(db, wanted), (row) => row.authorId)
        return requests.map(({ authorId, limit }) => rows.get(authorId)?.slice(0, limit) ?? [])
      },
      { cacheKeyFn: ({ authorId, limit }) => `${authorId} ${limit}` },
    ),

  relatedPapers: ({ db, related }: Reading) =>
    new DataLoader<{ paperId: number; limit: number }, readonly number[], string>(
      (requests) => related.of(db, requests),
      {
        cacheKeyFn: ({ paperId, limit }) => `${paperId} ${limit}`,
        maxBatchSize: 100,
      },
    ),

  /** Whether the viewer voted for the paper: false for an anonymous viewer, without a statement. */
  viewerHasVoted: ({ db, viewerId }: Reading) =>
    new DataLoader<number, boolean>(async (paperIds) => {
      if (viewerId === null) return paperIds.map(() => false)
      const voted = await votedAmong(db, viewerId, paperIds)
      return paperIds.map((id) => voted.has(id))
    }),

  /** Whom and what the viewer follows, as `subjectKey` writes it, read once a request. Nobody for an anonymous viewer. */
  followed: ({ db, viewerId }: Reading) =>
    new DataLoader<'viewer', ReadonlySet<string>>(async (keys) => {
      const subjects = viewerId === null ? [] : await followedSubjects(db, viewerId)
      const followed = new Set(subjects.map(subjectKey))
      return keys.map(() => followed)
    }),

  /** A saved filter of the viewer; null for those of others. */
  savedFilter: ({ db, viewerId }: Reading) =>
    one(
      async (ids) => (viewerId === null ? [] : savedFiltersByIds(db, viewerId, ids)),
      (row) => row.id,
    ),

  /** The subscription by mail to a saved filter, by the id of the saved filter. */
  digestOfSavedFilter: ({ db }: Reading) =>
    one(
      (ids) => digestsOfSavedFilters(db, ids),
      (row) => row.savedFilterId as number,
    ),

  /** A webhook of the viewer; null for those of others. */
  webhook: ({ db, viewerId }: Reading) =>
    one(
      async (ids) => (viewerId === null ? [] : webhooksByIds(db, viewerId, ids)),
      (row) => row.id,
    ),

  /** The webhooks of a saved filter of the viewer. */
  webhooksOfSavedFilter: ({ db, viewerId }: Reading) =>
    many(
      async (ids) => (viewerId === null ? [] : webhooksOfSavedFilters(db, viewerId, ids)),
      (row) => row.savedFilterId,
    ),

  votesByDay: ({ db }: Reading) =>
    many(
      (ids) => votesByDay(db, ids),
      (row) => row.paperId,
    ),

  /** The half-life of the stored scores; null if none are stored. */
  halfLifeHours: ({ db }: Reading) =>
    new DataLoader<'stored', number | null>(async (keys) => {
      const halfLife = await storedHalfLife(db)
      return keys.map(() => halfLife)
    }),

  /** What an object of the audit log is called; null if it no longer exists. */
  auditSubjectName: ({ db }: Reading) =>
    new DataLoader<AuditSubject, string | null>(async (subjects) => {
      const names = await subjectNames(db, subjects)
      return subjects.map((subject) => names.get(subject) ?? null)
    }),

  /** A paper as curators see it, hidden or not. */
  moderatedPaper: ({ db }: Reading) =>
    one(
      (ids) => moderatedPapersByIds(db, ids),
      (row) => row.id,
    ),

  /** The newest entry of the audit log by which the paper was hidden. */
  hidingOfPaper: ({ db }: Reading) => newestEntryOf(db, 'Paper', ['HIDE_PAPERS', 'REMOVE_USER_CONTENT']),

  /** The newest entry of the audit log by which the user was suspended. */
  suspensionOfUser: ({ db }: Reading) => newestEntryOf(db, 'User', ['SUSPEND_USER']),

  editionNeighbours: ({ db }: Reading) => ofEdition((spans) => editionNeighbours(db, spans)),
  editionPaperCount: ({ counting }: Reading) => ofEdition((spans) => editionPaperCounts(counting, spans)),
  editionHasPapers: ({ db }: Reading) => ofEdition((spans) => editionsWithPapers(db, spans)),
}

/** A loader of one value for each edition. */
const ofEdition = <Value>(load: (spans: readonly EditionSpan[]) => Promise<Value[]>) =>
  new DataLoader(load, { cacheKeyFn: ({ period, startsOn }) => `${period} ${startsOn}` })

/** A loader of the newest entry about each object with one of these actions. */
const newestEntryOf = (db: Db, type: AuditSubjectType, actions: readonly AuditAction[]) =>
  new DataLoader<number, AuditRow | null>(async (ids) => {
    const subjects = ids.map((id): AuditSubject => `${type}:${id}`)
    const entries = await newestEntries(db, subjects, actions)
    return subjects.map((subject) => entries.get(subject) ?? null)
  })

/** Papers with these parts. */
const papersWith = (db: Db, parts: PaperParts) =>
  one(
    (ids) => papersByIds(db, ids, parts),
    (row) => row.id,
  )

/** Papers with these parts by their identifiers in normal form. */
const papersIdentifiedWith = (db: Db, parts: PaperParts) =>
  new DataLoader<PaperIdentifier, PaperRow | null, string>(
    (identifiers) => papersByIdentifiers(db, identifiers, parts),
    { cacheKeyFn: ({ scheme, value }) => `${scheme} ${value}` },
  )

/**
 * Papers as they are now, read once for all callers of one tick: an event reaches a thousand subscribers at once. Nothing is
 * cached, so that a read after an event sees what the event changed.
 */
export function createCurrentPapers(db: Db): ReturnType<typeof papersWith> {
  const papers = one(
    (ids) => {
      // A later caller may know of a change that this statement does not see.
      papers.clearAll()
      return papersByIds(db, ids, DEFAULT_PARTS)
    },
    (row) => row.id,
  )
  return papers
}

type Made = { readonly [Name in keyof typeof LOADERS]: ReturnType<(typeof LOADERS)[Name]> }

/**
 * The loaders of one request: what it reads is batched into one statement for each relation. Each request has its own, so
 * that no viewer sees what another loaded; a write must clear them. A loader is created when it is first used.
 */
export interface Loaders extends Made {
  /** Papers with other parts than `paper` has. */
  paperWith(parts: PaperParts): ReturnType<typeof papersWith>
  /** Papers by their identifiers, with the named parts. */
  paperIdentifiedWith(parts: PaperParts): ReturnType<typeof papersIdentifiedWith>
  /** Clears every loader: after a write, which also changes counts of other rows, and between the events of a stream. */
  clearAll(): void
}

class RequestLoaders {
  readonly reading: Reading
  readonly made = new Map<string, DataLoader<never, unknown, unknown>>()

  constructor(reading: Reading) {
    this.reading = reading
  }

  paperWith(parts: PaperParts) {
    return this.once(`paper ${parts.join(' ')}`, () => papersWith(this.reading.db, parts))
  }

  paperIdentifiedWith(parts: PaperParts) {
    return this.once(`identified paper ${parts.join(' ')}`, () => papersIdentifiedWith(this.reading.db, parts))
  }

  clearAll() {
    for (const loader of this.made.values()) loader.clearAll()
  }

  once<Loader>(name: string, make: () => Loader): Loader {
    let loader = this.made.get(name) as Loader | undefined
    if (loader === undefined) {
      loader = make()
      this.made.set(name, loader as DataLoader<never, unknown, unknown>)
    }
    return loader
  }
}

for (const [name, make] of Object.entries(LOADERS))
  Object.defineProperty(RequestLoaders.prototype, name, {
    get(this: RequestLoaders) {
      return this.once(name, () => make(this.reading))
    },
  })

/** The loaders of one request. */
export const createLoaders = (reading: Reading): Loaders => new RequestLoaders(reading) as unknown as Loaders
