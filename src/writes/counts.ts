import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { unnested } from '../db/unnested.ts'
import { paperScores, SCORE_TOLERANCE, scoresDiffer, topicScores } from '../queries/trending.ts'
import { cardsOf } from './paper-cards.ts'
import { topicNames } from './topic-names.ts'
import type { Writing } from './writing.ts'

/** What a change was about. Authors, organizations and topics of these papers need not be named. */
export interface Touched {
  /** Papers whose votes, outside counts or authors changed, or that joined or left someone. */
  paperIds: readonly number[]
  /** Those that lost a paper, and so are not found from the papers any more. */
  authorIds: readonly number[]
  organizationIds: readonly number[]
  topicIds: readonly number[]
  /**
   * How many papers each author and topic has gained by papers that this transaction inserted, and that have no votes and no
   * organization. They are added, because to count the papers of a large topic takes as long as it has papers.
   */
  gained?: { authors: ReadonlyMap<number, number>; topics: ReadonlyMap<number, number> }
}

/** Ids as a query, for statements that take the ids of one. */
export const idsOf = (ids: readonly number[]): SQL => sql`select unnest(${sql.param([...ids])}::bigint[])`

/**
 * Rewrites the counts that are made from rows of other tables, for what was touched: the increments of outside counts,
 * votes, trending scores, authors of the papers, and the sums of their authors, organizations and topics. Writes only
 * rows whose numbers differ. Runs inside the transaction that made the change.
 *
 * The rows of each table are locked in a statement of their own: a recount in the statement that waits for the lock would
 * use what it saw before the wait.
 */
export async function refreshCounts(writing: Writing, touched: Touched, halfLifeHours: number): Promise<void> {
  const { tx } = writing
  const { authors: gainedAuthors, topics: gainedTopics } = touched.gained ?? { authors: NONE, topics: NONE }
  const paperIds = idsOf(touched.paperIds)

  const papers = touched.paperIds.length > 0 ? await writing.lock('papers', paperIds) : []
  if (papers.length > 0) {
    await tx.execute(rewrite(DERIVED.increments, idsOf(papers), halfLifeHours))
    await tx.execute(rewrite(DERIVED.papers, idsOf(papers), halfLifeHours))
  }

  const lost = (ids: readonly number[], ofPapers: SQL): SQL | null =>
    papers.length + ids.length > 0 ? sql`${idsOf(ids)} union ${ofPapers}` : null
  const authors = await lockTouched(
    writing,
    'authors',
    lost(touched.authorIds, sql`select author_id from paper_authors where paper_id in (${paperIds})`),
    gainedAuthors,
  )
  if (authors.length > 0) await tx.execute(rewrite(DERIVED.authors, idsOf(authors), halfLifeHours))
  await addPaperCounts(tx, 'authors', gainedAuthors, authors)

  const organizations = await lockTouched(
    writing,
    'organizations',
    lost(touched.organizationIds, sql`select organization_id from papers where id in (${paperIds})`),
    NONE,
  )
  if (organizations.length > 0) await tx.execute(rewrite(DERIVED.organizations, idsOf(organizations), halfLifeHours))

  const topics = await lockTouched(
    writing,
    'topics',
    lost(touched.topicIds, sql`select topic_id from paper_topics where paper_id in (${paperIds})`),
    gainedTopics,
  )
  if (topics.length > 0) await tx.execute(rewrite(DERIVED.topics, idsOf(topics), halfLifeHours))
  await addPaperCounts(tx, 'topics', gainedTopics, topics)
}

const NONE: ReadonlyMap<number, number> = new Map()

/** Locks the rows to count again and those that gained papers, and returns the first. */
async function lockTouched(
  writing: Writing,
  table: 'authors' | 'organizations' | 'topics',
  recounted: SQL | null,
  gained: ReadonlyMap<number, number>,
): Promise<number[]> {
  if (recounted === null) {
    await writing.lockOthers(table, [...gained.keys()])
    return []
  }
  const locked = await writing.lock(
    table,
    gained.size > 0 ? sql`${recounted} union ${idsOf([...gained.keys()])}` : recounted,
  )
  if (gained.size === 0) return locked
  const rows = await writing.tx.execute<{ id: string }>(sql`select distinct id from (${recounted}) as touched (id)`)
  return rows.map(({ id }) => Number(id))
}

const GAIN = { id: 'bigint', papers: 'int' }
const toGain = ([id, papers]: readonly [number, number]) => ({ id, papers })

/** Adds papers to the counts of rows, except those that were counted again. */
async function addPaperCounts(
  tx: Db,
  table: 'authors' | 'topics',
  gained: ReadonlyMap<number, number>,
  recounted: readonly number[],
): Promise<void> {
  const without = new Set(recounted)
  const added = [...gained].filter(([id]) => !without.has(id))
  if (added.length === 0) return
  await executePrepared(
    tx,
    sql`
      update ${sql.identifier(table)} as named set paper_count = paper_count + r.papers
      from ${unnested('r', GAIN, added.map(toGain))} where named.id = r.id`,
  )
}

/** Columns of a table that are made from rows of other tables, or of others of its own. */
export interface DerivedColumns {
  table: 'outside_counts' | 'papers' | 'authors' | 'organizations' | 'topics' | 'paper_cards'
  /** What tells a row; rows are chosen by the first of these. */
  key: readonly [string, ...string[]]
  columns: readonly string[]
  /** Rows of the key and of what the columns have to be, for the rows chosen. `ids` is a query that gives ids. */
  computed(ids: SQL, halfLifeHours: number): SQL
}

const SCORE = 'trending_score'

const PAPERS_OF_AUTHOR = sql`count(paper_authors.paper_id)::int`
/** A name that stands twice on a paper counts it once. */
const papersOfAuthors = (authorIds: SQL): SQL => sql`
  from (${authorIds}) as author (id)
  left join paper_authors on paper_authors.author_id = author.id and not repeated and not hidden`

/** All of them, in the order in which they are made from each other, and in which writers lock the tables. */
export const DERIVED = {
  increments: {
    table: 'outside_counts',
    key: ['paper_id', 'source', 'counted_at'],
    columns: ['increment'],
    computed: (paperIds) => sql`
      select paper_id, source, counted_at,
        votes - coalesce(lag(votes) over (partition by paper_id, source order by counted_at), 0) as increment
      from outside_counts where paper_id in (${paperIds})`,
  },
  papers: {
    table: 'papers',
    key: ['id'],
    columns: ['vote_count', 'author_count', SCORE],
    computed: (paperIds, halfLifeHours) => sql`
      with touched as (select id from papers where id in (${paperIds})),
      cast_here as (select paper_id, count(*) as votes from votes where paper_id in (${paperIds}) group by paper_id),
      latest as (
        select distinct on (paper_id, source) paper_id, votes
        from outside_counts where paper_id in (${paperIds}) order by paper_id, source, counted_at desc
      ),
      reported as (select paper_id, sum(votes) as votes from latest group by paper_id),
      signed as (select paper_id, count(*)::int as authors from paper_authors where paper_id in (${paperIds}) group by paper_id),
      scored as (${paperScores(paperIds, halfLifeHours)})
      select touched.id, (coalesce(cast_here.votes, 0) + coalesce(reported.votes, 0))::int as vote_count,
        coalesce(signed.authors, 0) as author_count, coalesce(scored.score, '-Infinity') as trending_score
      from touched
      left join cast_here on cast_here.paper_id = touched.id
      left join reported on reported.paper_id = touched.id
      left join signed on signed.paper_id = touched.id
      left join scored on scored.key = touched.id`,
  },
  authors: {
    table: 'authors',
    key: ['id'],
    columns: ['paper_count', 'vote_count'],
    computed: (authorIds) => sql`
      select author.id, ${PAPERS_OF_AUTHOR} as paper_count, coalesce(sum(papers.vote_count), 0)::int as vote_count
      ${papersOfAuthors(authorIds)} left join papers on papers.id = paper_authors.paper_id
      group by author.id`,
  },
  organizations: {
    table: 'organizations',
    key: ['id'],
    columns: ['paper_count', 'vote_count'],
    computed: (organizationIds) => sql`
      select organization.id, count(papers.id)::int as paper_count, coalesce(sum(papers.vote_count), 0)::int as vote_count
      from (${organizationIds}) as organization (id)
      left join papers on papers.organization_id = organization.id and papers.hidden_at is null
      group by organization.id`,
  },
  topics: {
    table: 'topics',
    key: ['id'],
    columns: ['paper_count', SCORE],
    computed: (topicIds) => sql`
      with scored as (${topicScores(topicIds)})
      select topic.id, count(paper_topics.paper_id)::int as paper_count,
        coalesce(max(scored.score), '-Infinity') as trending_score
      from (${topicIds}) as topic (id)
      left join paper_topics on paper_topics.topic_id = topic.id and not paper_topics.hidden
      left join scored on scored.key = topic.id
      group by topic.id`,
  },
  /** Written by `renameTopics`, and not with counts. */
  topicNames: {
    table: 'topics',
    key: ['id'],
    columns: ['name'],
    computed: topicNames,
  },
  /** Written where authors and topics are, and not with counts. */
  cards: {
    table: 'paper_cards',
    key: ['paper_id'],
    columns: ['authors', 'topics'],
    computed: cardsOf,
  },
} satisfies Record<string, DerivedColumns>

/** The papers of authors alone, which takes a third of the time: an import changes them and no votes. */
export const AUTHOR_PAPERS: DerivedColumns = {
  table: 'authors',
  key: ['id'],
  columns: ['paper_count'],
  computed: (authorIds) =>
    sql`select author.id, ${PAPERS_OF_AUTHOR} as paper_count ${papersOfAuthors(authorIds)} group by author.id`,
}

/** True for a row whose numbers are not those of the row of `computed` with the same key. */
export const isOutOfDate = ({ table, columns }: DerivedColumns, tolerance = SCORE_TOLERANCE): SQL =>
  sql`(${sql.join(
    columns.map((name) => {
      const [stored, computed] = [sql.identifier(table), sql`computed`].map((of) => sql`${of}.${sql.identifier(name)}`)
      return name === SCORE
        ? scoresDiffer(stored as SQL, computed as SQL, tolerance)
        : sql`${stored} is distinct from ${computed}`
    }),
    sql` or `,
  )})`

/** Joins a row to the row of `computed` with the same key. */
export const isSameRow = ({ table, key }: DerivedColumns): SQL =>
  sql.join(
    key.map((name) => sql`${sql.identifier(table)}.${sql.identifier(name)} = computed.${sql.identifier(name)}`),
    sql` and `,
  )

export const rewrite = (derived: DerivedColumns, ids: SQL, halfLifeHours: number): SQL => sql`
  update ${sql.identifier(derived.table)} set ${sql.join(
    derived.columns.map((name) => sql`${sql.identifier(name)} = computed.${sql.identifier(name)}`),
    sql`, `,
  )}
  from (${derived.computed(ids, halfLifeHours)}) as computed
  where ${isSameRow(derived)} and ${isOutOfDate(derived)}`
