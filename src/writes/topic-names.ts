import { type SQL, sql } from 'drizzle-orm'
import { cardsOf } from './paper-cards.ts'
import type { Writing } from './writing.ts'

/**
 * Rows (id, name) of topics with papers: the spelling that most of the papers use that name it, the first one in the order of
 * bytes if several are as frequent. Hidden papers count, so that hiding one renames nothing. Names of topics that were merged
 * into it do not, so that a merge renames nothing either; a merged topic keeps its name.
 *
 * @param topicIds a query that returns ids
 */
export const topicNames = (topicIds: SQL): SQL => sql`
  select distinct on (id) id, name
  from (
    select topics.id, coalesce(spelling, normalized_name) as name, count(*) as papers
    from (
      select topic_id as id, spelling from paper_topics where topic_id in (${topicIds}) and named_topic_id is null
      union all
      select named_topic_id, spelling from paper_topic_repeats where named_topic_id in (${topicIds})
    ) as named join topics using (id)
    where merged_into is null group by 1, 2
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
