import { type SQL, sql } from 'drizzle-orm'
import { cardsOf } from './paper-cards.ts'
import type { Writing } from './writing.ts'

/**
 * Rows (id, name) of topics with papers: the spelling that most of its papers use, the first one in the order of bytes if
 * several are as frequent. Hidden papers count, so that hiding one renames nothing.
 *
 * @param topicIds a query that returns ids
 */
export const topicNames = (topicIds: SQL): SQL => sql`
  select distinct on (id) id, name
  from (
    select paper_topics.topic_id as id, coalesce(paper_topics.spelling, topics.normalized_name) as name, count(*) as papers
    from paper_topics join topics on topics.id = paper_topics.topic_id
    where paper_topics.topic_id in (${topicIds}) group by 1, 2
  ) as spellings
  order by id, papers desc, name collate "C"`

/**
 * Gives topics the names that `topicNames` computes, also in the cards of their papers. Needs the turn of an import, as
 * everything does that writes cards.
 *
 * @param topicIds a query that returns ids
 */
export async function renameTopics(open: Writing, topicIds: SQL): Promise<void> {
  const locked = await open.lock('topics', topicIds)
  if (locked.length === 0) return
  const renamed = await open.tx.execute<{ id: string }>(sql`
    update topics set name = computed.name from (${topicNames(topicIds)}) as computed
    where topics.id = computed.id and topics.name <> computed.name returning topics.id`)
  if (renamed.length === 0) return
  const ids = sql.param(renamed.map(({ id }) => Number(id)))
  await open.tx.execute(sql`
    update paper_cards set topics = computed.topics
    from (${cardsOf(sql`select paper_id from paper_topics where topic_id = any(${ids}::bigint[])`)}) as computed
    where paper_cards.paper_id = computed.paper_id`)
  open.announceChange()
}
