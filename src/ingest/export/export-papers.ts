import { type SQL, sql } from 'drizzle-orm'
import { authors } from '../../../drizzle/tables/authors.ts'
import { organizations } from '../../../drizzle/tables/organizations.ts'
import { outsideCounts } from '../../../drizzle/tables/outside-counts.ts'
import { paperAuthors } from '../../../drizzle/tables/paper-authors.ts'
import { paperIdentifiers } from '../../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../../drizzle/tables/paper-topics.ts'
import { papers } from '../../../drizzle/tables/papers.ts'
import { topics } from '../../../drizzle/tables/topics.ts'
import { users } from '../../../drizzle/tables/users.ts'
import { votes } from '../../../drizzle/tables/votes.ts'
import type { Db } from '../../db/client.ts'
import { fetchLines, readingSnapshot } from '../../db/snapshot.ts'
import { type Condition, everyCondition } from '../../lists/condition.ts'
import type { PaperSelection } from '../../lists/paper-list.ts'
import { FEED_SCHEME } from '../../values/identifiers.ts'
import { ERASED_VOTES, type TopicKind } from '../../values/vocabulary.ts'

/**
 * Writes the papers of a selection, as they are at one moment, in the format of the source `papers`: one a line, in the order
 * of their ids. Returns how many there are.
 *
 * The format has one identifier of each scheme and one vote count, so an import elsewhere gets the first identifier, and all
 * votes as one count: under the name of their source if there is only one, otherwise as `papers`.
 */
export function exportPapers(
  db: Db,
  selection: PaperSelection,
  write: (texts: AsyncIterable<string>) => Promise<void>,
): Promise<number> {
  return readingSnapshot(db, async (tx) => {
    const conditions = await selection.conditions(tx)
    let count = 0
    async function* texts() {
      if (conditions === null) return
      for await (const lines of fetchLines(tx, linesOf(conditions))) {
        count += lines.length
        yield lines.map((line) => `${line}\n`).join('')
      }
    }
    await write(texts())
    return count
  })
}

const moment = (column: SQL): SQL => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const linesOf = (conditions: readonly Condition[]): SQL => sql`
  select json_strip_nulls(json_build_object(
    'v', 1,
    'identifiers', ${IDENTIFIERS},
    'title', ${papers.title},
    'abstract', ${papers.abstract},
    'summary', ${papers.summary},
    'publishedAt', ${moment(sql`${papers.publishedAt}`)},
    'updatedAt', ${moment(sql`${papers.updatedAt}`)},
    'withdrawnAt', ${moment(sql`${papers.withdrawnAt}`)},
    'listedAt', ${moment(sql`${papers.listedAt}`)},
    'listedOn', ${papers.listedOn},
    'submittedBy', (
      select json_build_object('handle', ${users.handle}, 'name', ${users.name}, 'avatarUrl', ${users.avatarUrl})
      from ${users} where ${users.id} = ${papers.submitterId}
    ),
    'organization', (
      select json_build_object('slug', ${organizations.slug}, 'name', ${organizations.name}, 'avatarUrl', ${organizations.avatarUrl})
      from ${organizations} where ${organizations.id} = ${papers.organizationId}
    ),
    'authors', ${AUTHORS},
    'categories', ${topicsOf('CATEGORY')},
    'keywords', ${topicsOf('KEYWORD')},
    'links', (
      select json_agg(json_build_object('kind', ${paperLinks.kind}, 'url', ${paperLinks.url}, 'title', ${paperLinks.title}) order by ${paperLinks.position})
      from ${paperLinks} where ${paperLinks.paperId} = ${papers.id}
    ),
    'thumbnailUrl', ${papers.thumbnailUrl},
    'githubStars', ${papers.githubStars},
    'commentCount', ${papers.commentCount},
    'votes', ${VOTES},
    'asOf', ${moment(sql`${papers.factsAsOf}`)}
  ))::text as line
  from ${papers} where ${everyCondition(conditions)} order by ${papers.id}`

/** The scheme `feed` is left out: the format reserves it for the server. */
const IDENTIFIERS = sql`(
  select json_object_agg(scheme, value order by scheme collate "C")
  from (
    select 'arxiv' as scheme, ${papers.arxivId} as value where ${papers.arxivId} is not null
    union all select 'doi', ${papers.doi} where ${papers.doi} is not null
    union all select ${paperIdentifiers.scheme}, min(${paperIdentifiers.value} collate "C") from ${paperIdentifiers}
      where ${paperIdentifiers.paperId} = ${papers.id} and ${paperIdentifiers.scheme} <> ${FEED_SCHEME} group by 1
  ) as known
)`

const AUTHORS = sql`coalesce((
  select json_agg(
    case when ${users.id} is null then to_json(${authors.name})
    else json_build_object('name', ${authors.name}, 'handle', ${users.handle}) end
    order by ${paperAuthors.position}
  )
  from ${paperAuthors} join ${authors} on ${authors.id} = ${paperAuthors.authorId} left join ${users} on ${users.id} = ${authors.userId}
  where ${paperAuthors.paperId} = ${papers.id}
), '[]')`

/** A topic that the paper names by one that was merged has its own name: elsewhere nobody knows of the merge. */
const topicsOf = (kind: TopicKind): SQL => sql`(
  select json_agg(
    case when ${paperTopics.namedTopicId} is null then coalesce(${paperTopics.spelling}, ${topics.normalizedName})
    else ${topics.name} end
    order by ${paperTopics.position}
  )
  from ${paperTopics} join ${topics} on ${topics.id} = ${paperTopics.topicId}
  where ${paperTopics.paperId} = ${papers.id} and ${topics.kind} = ${sql.raw(`'${kind}'`)}
)`

/** The count is as of the last vote or report, and not of the export, so that the same count is the same line. */
const VOTES = sql`(
  select json_build_object(
    'count', ${papers.voteCount},
    'countedAt', ${moment(sql`max(at)`)},
    'source', case when count(*) = count(source) and min(source) = max(source) then min(source) else 'papers' end
  )
  from (
    select ${outsideCounts.countedAt} as at, nullif(${outsideCounts.source}, ${ERASED_VOTES}) as source from ${outsideCounts} where ${outsideCounts.paperId} = ${papers.id}
    union all select ${votes.votedAt}, null from ${votes} where ${votes.paperId} = ${papers.id}
  ) as counted
  having count(*) > 0
)`
