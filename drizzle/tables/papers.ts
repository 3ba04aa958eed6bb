import { sql } from 'drizzle-orm'
import { check, date, doublePrecision, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { AUTHORITIES } from '../../src/values/vocabulary.ts'
import { id, instant, ref } from './columns.ts'
import { organizations } from './organizations.ts'
import { users } from './users.ts'

/** Who says something about a paper. */
export const authority = pgEnum('authority', AUTHORITIES)

/**
 * One row for each paper; versions share it. `vote_count`, `trending_score` and `author_count` are computed from votes,
 * outside counts and authors. `check-counts` compares them.
 *
 * The list indexes are ascending, because Postgres can read them backwards. Drizzle's `.desc()` would write
 * `DESC NULLS LAST`, which no `order by … desc` can use. Each ends with the id, so that every order is total. Papers without
 * the column are not in an index of which only ranges of that column are read: most papers of arXiv are on no list.
 */
export const papers = pgTable(
  'papers',
  {
    id: id(),
    arxivId: text('arxiv_id').unique(),
    doi: text('doi').unique(),
    title: text('title').notNull(),
    abstract: text('abstract'),
    summary: text('summary'),
    publishedAt: instant('published_at').notNull(),
    updatedAt: instant('updated_at'),
    /** When the authors or the server of the paper withdrew it; null if they did not. It stays on its edition. */
    withdrawnAt: instant('withdrawn_at'),
    /** When the paper was put on the daily list, and the day of that edition; both null if it never was. */
    listedAt: instant('listed_at'),
    listedOn: date('listed_on', { mode: 'string' }),
    submitterId: ref('submitter_id').references(() => users.id, { onDelete: 'set null' }),
    organizationId: ref('organization_id').references(() => organizations.id, { onDelete: 'set null' }),
    thumbnailUrl: text('thumbnail_url'),
    githubStars: integer('github_stars'),
    authorCount: integer('author_count').notNull().default(0),
    voteCount: integer('vote_count').notNull().default(0),
    commentCount: integer('comment_count').notNull().default(0),
    /** log2 of the decayed vote count at a fixed moment: see `src/queries/trending.ts`. */
    trendingScore: doublePrecision('trending_score').notNull().default(sql`'-Infinity'`),
    /** When a curator hid the paper; null if it is visible. A hidden paper is in no list, feed or count. */
    hiddenAt: instant('hidden_at'),
    /** The newest statement about the paper: when it was made, and by whom. */
    factsAsOf: instant('facts_as_of').notNull(),
    factsBy: authority('facts_by').notNull().default('OPERATOR'),
    /**
     * Who said the facts and lists that are not from that statement, and when: JSON that `src/ingest/save/statements.ts` reads
     * and writes; null if all are from it. An import with older data does not overwrite newer data.
     */
    otherStatements: text('other_statements'),
    /** When an import last changed the title, abstract or summary; null if none has changed since the paper was added. */
    rewordedAt: instant('reworded_at'),
  },
  (t) => [
    index('papers_trending').on(t.trendingScore, t.id).where(sql`${t.hiddenAt} is null`),
    index('papers_most_voted').on(t.voteCount, t.id).where(sql`${t.hiddenAt} is null`),
    index('papers_most_discussed').on(t.commentCount, t.id).where(sql`${t.hiddenAt} is null`),
    index('papers_published').on(t.publishedAt, t.id).where(sql`${t.hiddenAt} is null`),
    index('papers_listed')
      .on(sql`coalesce(${t.listedAt}, '-infinity'::timestamptz)`, t.id)
      .where(sql`${t.hiddenAt} is null`),
    index('papers_edition')
      .on(t.listedOn, t.voteCount, t.id)
      .where(sql`${t.hiddenAt} is null and ${t.listedOn} is not null`),
    index('papers_of_organization')
      .on(t.organizationId, t.publishedAt, t.id)
      .where(sql`${t.hiddenAt} is null and ${t.organizationId} is not null`),
    index('papers_of_submitter')
      .on(t.submitterId, sql`coalesce(${t.listedAt}, '-infinity'::timestamptz)`, t.id)
      .where(sql`${t.hiddenAt} is null and ${t.submitterId} is not null`),
    index('papers_hidden').on(t.hiddenAt, t.id).where(sql`${t.hiddenAt} is not null`),
    check('papers_arxiv_id_form', sql`${t.arxivId} ~ '^([0-9]{4}[.][0-9]{4,5}|[a-z][a-z-]*/[0-9]{7})$'`),
    check('papers_doi_form', sql`${t.doi} ~ '^10[.][0-9]{4,9}/\\S+$'`),
    check('papers_title_not_blank', sql`${t.title} ~ '\\S'`),
    check('papers_listed_whole', sql`(${t.listedAt} is null) = (${t.listedOn} is null)`),
    check('papers_counts_not_negative', sql`${t.voteCount} >= 0 and ${t.commentCount} >= 0 and ${t.authorCount} >= 0`),
    check('papers_github_stars_not_negative', sql`${t.githubStars} >= 0`),
  ],
)
