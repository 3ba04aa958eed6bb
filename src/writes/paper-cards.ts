import { type SQL, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperCards } from '../../drizzle/tables/paper-cards.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { packed } from '../db/row-packing.ts'
import { CARD } from '../queries/paper-cards.ts'

/** How many authors of each paper its card has: the first page. The others are read when somebody asks for more. */
const FIRST_AUTHORS = 20

/** Topics as they are shown: categories first, then keywords, each in the order that the source gave. */
export const cardsOf = (paperIds: SQL): SQL => sql`
  select ${papers.id} as paper_id,
    ${packed(
      CARD.authors,
      sql`from ${paperAuthors} join ${authors} on ${authors.id} = ${paperAuthors.authorId} where ${paperAuthors.paperId} = ${papers.id} and ${paperAuthors.position} <= ${sql.raw(String(FIRST_AUTHORS))} order by ${paperAuthors.position}`,
    )} as authors,
    ${packed(
      CARD.topics,
      sql`from ${paperTopics} join ${topics} on ${topics.id} = ${paperTopics.topicId} where ${paperTopics.paperId} = ${papers.id} order by ${topics.kind}, ${paperTopics.position}`,
    )} as topics
  from ${papers} where ${papers.id} in (${paperIds})`

/**
 * Writes the cards of papers anew. Belongs into each transaction that adds papers or changes their authors or topics.
 *
 * @param paperIds a query that gives ids
 */
export async function writeCards(tx: Db, paperIds: SQL): Promise<void> {
  await tx.execute(sql`
    insert into ${paperCards} ${cardsOf(paperIds)}
    on conflict (paper_id) do update set authors = excluded.authors, topics = excluded.topics`)
}
