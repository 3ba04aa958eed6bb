import type { PaperCard } from '../../writes/paper-cards.ts'
import type { KnownAuthor } from './authors.ts'
import type { EntryRelations } from './merge.ts'
import type { KnownTopic, ListedTopic } from './topics.ts'

/** The cards of new papers. */
export function newCards(
  work: readonly { existing: unknown; relations: EntryRelations }[],
  paperIds: readonly number[],
  authors: ReadonlyMap<string, KnownAuthor>,
  topics: { lists: readonly { paperId: number; topics: readonly ListedTopic[] }[]; known: Iterable<KnownTopic> },
): PaperCard[] {
  const topicsById = new Map(Array.from(topics.known, (topic) => [topic.id, topic]))
  const lists = new Map(topics.lists.map((list) => [list.paperId, list.topics]))
  return work.flatMap(({ existing, relations }, n) => {
    const paperId = paperIds[n] as number
    return existing !== null
      ? []
      : {
          paperId,
          authors: (relations.authors ?? []).map(({ name }) => authors.get(name) as KnownAuthor),
          // A paper can name one topic by several names.
          topics: [...new Set(lists.get(paperId)?.map(({ id }) => id))].map((id) => topicsById.get(id) as KnownTopic),
        }
  })
}
