import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { paperScores, scoresDiffer, topicScores } from './trending.ts'

/** What a change was about. Authors, organizations and topics of these papers need not be named. */
export interface Touched {
  /** Papers whose votes, outside counts or authors changed, or that joined or left someone. */
  paperIds: readonly number[]
  /** Those that lost a paper, and so are not found from the papers any more. */
  authorIds: readonly number[]
  organizationIds: readonly number[]
  topicIds: readonly number[]
}

const idsOf = (ids: readonly number[]): SQL => sql`select unnest(${sql.param([...ids])}::bigint[])`

/**
 * Rewrites the counts that are made from rows of other tables, for what was touched: the increments of outside counts,
 * votes, trending scores, authors of the papers, and the sums of their authors, organizations and topics. Writes only
 * rows whose numbers differ. Runs inside the transaction that made the change.
 *
 * Each table's rows are locked, in the order papers, authors, organizations, topics and by id within each, in a
 * statement of its own: a recount in the statement that waits for the lock would use what it saw before the wait.
 */
export async function refreshCounts(tx: Db, touched: Touched, halfLifeHours: number): Promise<void> {
  if (Object.values(touched).every((ids) => ids.length === 0)) return
  const paperIds = idsOf(touched.paperIds)

  const papers = await lock(tx, 'papers', paperIds)
  if (papers.length > 0) {
    await tx.execute(rewriteIncrements(idsOf(papers)))
    await tx.execute(rewritePapers(idsOf(papers), halfLifeHours))
  }

  const authorsOfPapers = sql`select author_id from paper_authors where paper_id in (${paperIds})`
  const authors = await lock(tx, 'authors', sql`${idsOf(touched.authorIds)} union ${authorsOfPapers}`)
  if (authors.length > 0) await tx.execute(rewriteAuthors(idsOf(authors)))

  const organizationsOfPapers = sql`select organization_id from papers where id in (${paperIds})`
  const organizations = await lock(
    tx,
    'organizations',
    sql`${idsOf(touched.organizationIds)} union ${organizationsOfPapers}`,
  )
  if (organizations.length > 0) await tx.execute(rewriteOrganizations(idsOf(organizations)))

  const topicsOfPapers = sql`select topic_id from paper_topics where paper_id in (${paperIds})`
  const topics = await lock(tx, 'topics', sql`${idsOf(touched.topicIds)} union ${topicsOfPapers}`)
  if (topics.length > 0) await tx.execute(rewriteTopics(idsOf(topics)))
}

async function lock(tx: Db, table: string, ids: SQL): Promise<number[]> {
  const rows = await tx.execute<{ id: string }>(
    sql`select id from ${sql.identifier(table)} where id in (${ids}) order by id for no key update`,
  )
  return rows.map((row) => Number(row.id))
}

const rewriteIncrements = (paperIds: SQL): SQL => sql`
  update outside_counts set increment = computed.increment
  from (
    select paper_id, source, counted_at,
      votes - coalesce(lag(votes) over (partition by paper_id, source order by counted_at), 0) as increment
    from outside_counts where paper_id in (${paperIds})
  ) as computed
  where (outside_counts.paper_id, outside_counts.source, outside_counts.counted_at)
      = (computed.paper_id, computed.source, computed.counted_at)
    and outside_counts.increment is distinct from computed.increment`

const rewritePapers = (paperIds: SQL, halfLifeHours: number): SQL => sql`
  with touched as (select id from papers where id in (${paperIds})),
  cast_here as (select paper_id, count(*) as votes from votes where paper_id in (${paperIds}) group by paper_id),
  latest as (
    select distinct on (paper_id, source) paper_id, votes
    from outside_counts where paper_id in (${paperIds}) order by paper_id, source, counted_at desc
  ),
  reported as (select paper_id, sum(votes) as votes from latest group by paper_id),
  signed as (select paper_id, count(*)::int as authors from paper_authors where paper_id in (${paperIds}) group by paper_id),
  scored as (${paperScores(paperIds, halfLifeHours)}),
  computed as (
    select touched.id, (coalesce(cast_here.votes, 0) + coalesce(reported.votes, 0))::int as votes,
      coalesce(signed.authors, 0) as authors, coalesce(scored.score, '-Infinity') as score
    from touched
    left join cast_here on cast_here.paper_id = touched.id
    left join reported on reported.paper_id = touched.id
    left join signed on signed.paper_id = touched.id
    left join scored on scored.key = touched.id
  )
  update papers set vote_count = computed.votes, author_count = computed.authors, trending_score = computed.score
  from computed
  where papers.id = computed.id and (
    papers.vote_count is distinct from computed.votes
    or papers.author_count is distinct from computed.authors
    or ${scoresDiffer(sql`papers.trending_score`, sql`computed.score`)}
  )`

const rewriteAuthors = (authorIds: SQL): SQL => sql`
  update authors set paper_count = computed.papers, vote_count = computed.votes
  from (
    select author.id, count(papers.id)::int as papers, coalesce(sum(papers.vote_count), 0)::int as votes
    from (${authorIds}) as author (id)
    -- A name that stands twice on a paper counts it once.
    left join paper_authors on paper_authors.author_id = author.id and not paper_authors.repeated
    left join papers on papers.id = paper_authors.paper_id
    group by author.id
  ) as computed
  where authors.id = computed.id
    and (authors.paper_count, authors.vote_count) is distinct from (computed.papers, computed.votes)`

const rewriteOrganizations = (organizationIds: SQL): SQL => sql`
  update organizations set paper_count = computed.papers, vote_count = computed.votes
  from (
    select organization.id, count(papers.id)::int as papers, coalesce(sum(papers.vote_count), 0)::int as votes
    from (${organizationIds}) as organization (id)
    left join papers on papers.organization_id = organization.id
    group by organization.id
  ) as computed
  where organizations.id = computed.id
    and (organizations.paper_count, organizations.vote_count) is distinct from (computed.papers, computed.votes)`

const rewriteTopics = (topicIds: SQL): SQL => sql`
  with scored as (${topicScores(topicIds)})
  update topics set paper_count = computed.papers, trending_score = computed.score
  from (
    select topic.id, count(paper_topics.paper_id)::int as papers, coalesce(max(scored.score), '-Infinity') as score
    from (${topicIds}) as topic (id)
    left join paper_topics on paper_topics.topic_id = topic.id
    left join scored on scored.key = topic.id
    group by topic.id
  ) as computed
  where topics.id = computed.id and (
    topics.paper_count is distinct from computed.papers
    or ${scoresDiffer(sql`topics.trending_score`, sql`computed.score`)}
  )`
