import DataLoader from 'dataloader'
import type { Db } from '../db/client.ts'
import { editionNeighbours } from '../lists/editions.ts'
import {
  type AuthorRange,
  type AuthorRow,
  authorsByIds,
  authorsInRanges,
  coauthorsOf,
  type PlacedAuthor,
} from '../queries/authors.ts'
import { organizationsByIds } from '../queries/organizations.ts'
import { type PaperParts, PLAIN_PAPER } from '../queries/paper-parts.ts'
import { identifiersOfPapers, linksOfPapers, papersByIds } from '../queries/papers.ts'
import { topicsByIds, topicsOfPapers } from '../queries/topics.ts'
import { storedHalfLife } from '../queries/trending.ts'
import { usersByIds } from '../queries/users.ts'
import { votesByDay } from '../queries/vote-history.ts'
import { votedAmong } from '../queries/votes.ts'
import type { RelatedPapers } from '../search/related.ts'
import type { EditionSpan } from '../values/editions.ts'
import { many, one } from './batch.ts'

export type { RelatedPapers }

/** How each loader is made for the requests of one reader. */
const MAKERS = {
  paper: (db: Db) => papersWith(db, PLAIN_PAPER),
  author: (db: Db) =>
    one(
      (ids) => authorsByIds(db, ids),
      (row) => row.id,
    ),
  organization: (db: Db) =>
    one(
      (ids) => organizationsByIds(db, ids),
      (row) => row.id,
    ),
  topic: (db: Db) =>
    one(
      (ids) => topicsByIds(db, ids),
      (row) => row.id,
    ),
  user: (db: Db) =>
    one(
      (ids) => usersByIds(db, ids),
      (row) => row.id,
    ),

  topicsOfPaper: (db: Db) =>
    many(
      (ids) => topicsOfPapers(db, ids),
      (row) => row.paperId,
    ),
  linksOfPaper: (db: Db) =>
    many(
      (ids) => linksOfPapers(db, ids),
      (row) => row.paperId,
    ),
  identifiersOfPaper: (db: Db) =>
    many(
      (ids) => identifiersOfPapers(db, ids),
      (row) => row.paperId,
    ),

  /** The authors of a paper behind a position, so many at the most. */
  authorsOfPaper: (db: Db) =>
    new DataLoader<AuthorRange, PlacedAuthor[], string>(
      async (ranges) => {
        const rows = Map.groupBy(await authorsInRanges(db, ranges), (row) => row.paperId)
        // Two ranges of one paper come back together and are told apart by their positions.
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

  coauthorsOfAuthor: (db: Db) =>
    new DataLoader<{ authorId: number; limit: number }, AuthorRow[], string>(
      async (asked) => {
        const limits = new Map<number, number>()
        for (const { authorId, limit } of asked) limits.set(authorId, Math.max(limit, limits.get(authorId) ?? 0))
        const wanted = [...limits].map(([authorId, limit]) => ({ authorId, limit }))
        const rows = Map.groupBy(await coauthorsOf(db, wanted), (row) => row.authorId)
        return asked.map(({ authorId, limit }) => rows.get(authorId)?.slice(0, limit) ?? [])
      },
      { cacheKeyFn: ({ authorId, limit }) => `${authorId} ${limit}` },
    ),

  relatedPapers: (db: Db, _viewerId: number | null, related: RelatedPapers) =>
    new DataLoader<{ paperId: number; limit: number }, readonly number[], string>((asked) => related.of(db, asked), {
      cacheKeyFn: ({ paperId, limit }) => `${paperId} ${limit}`,
      maxBatchSize: 100,
    }),

  /** Whether the viewer voted for the paper; nobody has when nobody is signed in, and no statement says so. */
  viewerHasVoted: (db: Db, viewerId: number | null) =>
    new DataLoader<number, boolean>(async (paperIds) => {
      if (viewerId === null) return paperIds.map(() => false)
      const voted = await votedAmong(db, viewerId, paperIds)
      return paperIds.map((id) => voted.has(id))
    }),

  votesByDay: (db: Db) =>
    many(
      (ids) => votesByDay(db, ids),
      (row) => row.paperId,
    ),

  /** The half-life of the stored scores, read once; null where none are stored. */
  halfLifeHours: (db: Db) =>
    new DataLoader<'stored', number | null>(async (keys) => {
      const halfLife = await storedHalfLife(db)
      return keys.map(() => halfLife)
    }),

  editionNeighbours: (db: Db) =>
    new DataLoader((spans: readonly EditionSpan[]) => editionNeighbours(db, spans), {
      cacheKeyFn: ({ period, startsOn }) => `${period} ${startsOn}`,
    }),
}

/** Papers that bring these parts. */
const papersWith = (db: Db, parts: PaperParts) =>
  one(
    (ids) => papersByIds(db, ids, parts),
    (row) => row.id,
  )

/**
 * Papers as they are now, read once for all who ask in one moment: an event comes to a thousand subscribers at once. What
 * was read is not remembered, so that whoever asks after an event is told what it did.
 */
export function createCurrentPapers(db: Db): ReturnType<typeof papersWith> {
  const papers = one(
    (ids) => {
      // Who asks from here on may have heard of something that this statement does not see.
      papers.clearAll()
      return papersByIds(db, ids, PLAIN_PAPER)
    },
    (row) => row.id,
  )
  return papers
}

type Made = { readonly [Name in keyof typeof MAKERS]: ReturnType<(typeof MAKERS)[Name]> }

/**
 * What one request reads, gathered into one statement a relation. Made anew for each request: what one reader loads is
 * never another's answer, and a write must clear what it changed. Each loader is made when it is first asked for.
 */
export interface Loaders extends Made {
  /** Papers that bring other parts than those of `paper`, which brings none. */
  paperWith(parts: PaperParts): ReturnType<typeof papersWith>
  /**
   * Forgets all that was read: after a write, which changes sums far from what it wrote, and between the events of a
   * stream.
   */
  clearAll(): void
}

class RequestLoaders {
  readonly db: Db
  readonly viewerId: number | null
  readonly related: RelatedPapers
  readonly made = new Map<string, DataLoader<never, unknown, unknown>>()

  constructor(db: Db, viewerId: number | null, related: RelatedPapers) {
    this.db = db
    this.viewerId = viewerId
    this.related = related
  }

  paperWith(parts: PaperParts) {
    return this.once(`paper ${parts.join(' ')}`, () => papersWith(this.db, parts))
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

for (const [name, make] of Object.entries(MAKERS))
  Object.defineProperty(RequestLoaders.prototype, name, {
    get(this: RequestLoaders) {
      return this.once(name, () => make(this.db, this.viewerId, this.related))
    },
  })

/**
 * The loaders of one request.
 *
 * @param related what is remembered of related papers from one request to the next
 */
export const createLoaders = (db: Db, viewerId: number | null, related: RelatedPapers): Loaders =>
  new RequestLoaders(db, viewerId, related) as unknown as Loaders
