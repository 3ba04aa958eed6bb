import DataLoader from 'dataloader'
import type { Db } from '../db/client.ts'
import type { EditionSpan } from '../editions.ts'
import { editionNeighbours } from '../lists/editions.ts'
import { type AuthorRange, type AuthorRow, authorsByIds, authorsInRanges, coauthorsOf } from '../queries/authors.ts'
import { organizationsByIds } from '../queries/organizations.ts'
import { identifiersOfPapers, linksOfPapers, papersByIds } from '../queries/papers.ts'
import { topicsByIds, topicsOfPapers } from '../queries/topics.ts'
import { storedHalfLife } from '../queries/trending.ts'
import { usersByIds } from '../queries/users.ts'
import { votesByDay } from '../queries/vote-history.ts'
import { votedAmong } from '../queries/votes.ts'
import { RelatedPapers } from '../search/related.ts'
import { many, one } from './batch.ts'

export { RelatedPapers }

export type Loaders = ReturnType<typeof createLoaders>

type PlacedAuthor = AuthorRow & { position: number }

/**
 * What one request reads, gathered into one statement a relation. Made anew for each request: what one reader loads is
 * never another's answer, and a write must clear what it changed.
 *
 * @param related what is remembered of related papers from one request to the next
 */
export function createLoaders(db: Db, viewerId: number | null, related = new RelatedPapers()) {
  return {
    paper: one(
      (ids) => papersByIds(db, ids),
      (row) => row.id,
    ),
    author: one(
      (ids) => authorsByIds(db, ids),
      (row) => row.id,
    ),
    organization: one(
      (ids) => organizationsByIds(db, ids),
      (row) => row.id,
    ),
    topic: one(
      (ids) => topicsByIds(db, ids),
      (row) => row.id,
    ),
    user: one(
      (ids) => usersByIds(db, ids),
      (row) => row.id,
    ),

    topicsOfPaper: many(
      (ids) => topicsOfPapers(db, ids),
      (row) => row.paperId,
    ),
    linksOfPaper: many(
      (ids) => linksOfPapers(db, ids),
      (row) => row.paperId,
    ),
    identifiersOfPaper: many(
      (ids) => identifiersOfPapers(db, ids),
      (row) => row.paperId,
    ),

    /** The authors of a paper behind a position, so many at the most. */
    authorsOfPaper: new DataLoader<AuthorRange, PlacedAuthor[], string>(
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

    coauthorsOfAuthor: new DataLoader<{ authorId: number; limit: number }, AuthorRow[], string>(
      async (asked) => {
        const limits = new Map<number, number>()
        for (const { authorId, limit } of asked) limits.set(authorId, Math.max(limit, limits.get(authorId) ?? 0))
        const wanted = [...limits].map(([authorId, limit]) => ({ authorId, limit }))
        const rows = Map.groupBy(await coauthorsOf(db, wanted), (row) => row.authorId)
        return asked.map(({ authorId, limit }) => rows.get(authorId)?.slice(0, limit) ?? [])
      },
      { cacheKeyFn: ({ authorId, limit }) => `${authorId} ${limit}` },
    ),

    relatedPapers: new DataLoader<{ paperId: number; limit: number }, readonly number[], string>(
      (asked) => related.of(db, asked),
      { cacheKeyFn: ({ paperId, limit }) => `${paperId} ${limit}`, maxBatchSize: 100 },
    ),

    /** Whether the viewer voted for the paper; nobody has when nobody is signed in, and no statement says so. */
    viewerHasVoted: new DataLoader<number, boolean>(async (paperIds) => {
      if (viewerId === null) return paperIds.map(() => false)
      const voted = await votedAmong(db, viewerId, paperIds)
      return paperIds.map((id) => voted.has(id))
    }),

    votesByDay: many(
      (ids) => votesByDay(db, ids),
      (row) => row.paperId,
    ),

    /** The half-life of the stored scores, read once; null where none are stored. */
    halfLifeHours: new DataLoader<'stored', number | null>(async (keys) => {
      const halfLife = await storedHalfLife(db)
      return keys.map(() => halfLife)
    }),

    editionNeighbours: new DataLoader((spans: readonly EditionSpan[]) => editionNeighbours(db, spans), {
      cacheKeyFn: ({ period, startsOn }) => `${period} ${startsOn}`,
    }),
  }
}

/** Forgets all that was read: after a write, which changes sums far from what it wrote, and between the events of a stream. */
export function clearLoaders(loaders: Loaders): void {
  for (const loader of Object.values(loaders)) loader.clearAll()
}
