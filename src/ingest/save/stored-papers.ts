import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { rfc3339 } from '../../db/instant.ts'
import { recordset } from '../../db/recordset.ts'
import type { PaperIdentifier } from '../../values/identifiers.ts'
import type { PaperLinkKind, TopicKind } from '../../values/vocabulary.ts'
import { LOCAL_KEY, PROVIDER_KEY } from '../../writes/users.ts'
import type { PaperEntry } from '../entry.ts'

/** The columns of a paper that come from entries. Moments are in the form of `momentOf`. */
export interface PaperFacts {
  arxivId: string | null
  doi: string | null
  title: string
  abstract: string | null
  summary: string | null
  publishedAt: string
  updatedAt: string | null
  listedAt: string | null
  listedOn: string | null
  submitterId: number | null
  organizationId: number | null
  thumbnailUrl: string | null
  githubStars: number | null
  commentCount: number
  factsAsOf: string
  rewordedAt: string | null
}

/** What the catalogue has of a paper that an entry is about. */
export interface StoredPaper extends PaperFacts {
  id: number
  /** Who its submitter is at the source; null where only the handle is known, or nobody is. */
  submitterKey: string | null
  /** Whether the submitter is somebody who signs in here, and not only known from a source. */
  submittedHere: boolean
  organizationKey: string | null
  authorIds: number[]
  topics: { id: number; kind: TopicKind }[]
  links: { kind: PaperLinkKind; url: string; title: string | null }[]
  /** Other than the arXiv id and the DOI, as `scheme value`, in the order in which they are shown. */
  identifiers: Set<string>
}

/** Every identifier of an entry, the arXiv id and the DOI among them. */
export const identifiersOf = (entry: PaperEntry): PaperIdentifier[] => [
  ...(entry.arxivId === null ? [] : [{ scheme: 'arxiv', value: entry.arxivId }]),
  ...(entry.doi === null ? [] : [{ scheme: 'doi', value: entry.doi }]),
  ...entry.identifiers,
]

/** The ids of the papers that each entry's identifiers belong to: none for a new paper, several where they disagree. */
export async function findPapers(tx: Db, entries: readonly PaperEntry[]): Promise<Set<number>[]> {
  const found = entries.map(() => new Set<number>())
  const wanted = entries.flatMap((entry, n) => identifiersOf(entry).map((identifier) => ({ n, ...identifier })))
  const rows = await tx.execute<{ n: number; id: string }>(sql`
    with wanted as (select * from ${recordset(wanted, 'r(n int, scheme text, value text)')})
    select n, papers.id from wanted join papers on papers.arxiv_id = value where scheme = 'arxiv'
    union all
    select n, papers.id from wanted join papers on papers.doi = value where scheme = 'doi'
    union all
    select n, paper_id from wanted join paper_identifiers using (scheme, value)`)
  for (const { n, id } of rows) found[n]?.add(Number(id))
  return found
}

/** Reads papers with all that an entry can change, and locks them until the end of the transaction. */
export async function lockStoredPapers(tx: Db, ids: readonly number[]): Promise<Map<number, StoredPaper>> {
  if (ids.length === 0) return new Map()
  const among: SQL = sql`any(${sql.param([...ids])}::bigint[])`
  const papers = await tx.execute<
    Record<string, string | null> & { github_stars: number | null; comment_count: number; submitted_here: boolean }
  >(sql`
    select papers.*, users.source_key as submitter_key, organizations.source_key as organization_key,
      users.id is not null and (users.source_key like ${`${PROVIDER_KEY}%`} or users.source_key like ${`${LOCAL_KEY}%`}) as submitted_here
    from papers
    left join users on users.id = papers.submitter_id
    left join organizations on organizations.id = papers.organization_id
    where papers.id = ${among} order by papers.id for no key update of papers`)
  const stored = new Map(
    papers.map((row): [number, StoredPaper] => [
      Number(row.id),
      {
        id: Number(row.id),
        arxivId: row.arxiv_id ?? null,
        doi: row.doi ?? null,
        title: row.title as string,
        abstract: row.abstract ?? null,
        summary: row.summary ?? null,
        publishedAt: rfc3339(row.published_at as string),
        updatedAt: momentOrNull(row.updated_at),
        listedAt: momentOrNull(row.listed_at),
        listedOn: row.listed_on ?? null,
        submitterId: numberOrNull(row.submitter_id),
        submitterKey: row.submitter_key ?? null,
        submittedHere: row.submitted_here === true,
        organizationId: numberOrNull(row.organization_id),
        organizationKey: row.organization_key ?? null,
        thumbnailUrl: row.thumbnail_url ?? null,
        githubStars: row.github_stars,
        commentCount: row.comment_count,
        factsAsOf: rfc3339(row.facts_as_of as string),
        rewordedAt: momentOrNull(row.reworded_at),
        authorIds: [],
        topics: [],
        links: [],
        identifiers: new Set(),
      },
    ]),
  )
  const paperOf = (row: { paper_id: string }) => stored.get(Number(row.paper_id)) as StoredPaper

  const authors = await tx.execute<{ paper_id: string; author_id: string }>(
    sql`select paper_id, author_id from paper_authors where paper_id = ${among} order by paper_id, position`,
  )
  for (const row of authors) paperOf(row).authorIds.push(Number(row.author_id))

  const topics = await tx.execute<{ paper_id: string; topic_id: string; kind: TopicKind }>(sql`
    select paper_id, topic_id, kind from paper_topics join topics on topics.id = topic_id
    where paper_id = ${among} order by paper_id, position`)
  for (const row of topics) paperOf(row).topics.push({ id: Number(row.topic_id), kind: row.kind })

  const links = await tx.execute<{ paper_id: string } & StoredPaper['links'][number]>(
    sql`select paper_id, kind, url, title from paper_links where paper_id = ${among} order by paper_id, kind, position`,
  )
  for (const row of links) paperOf(row).links.push({ kind: row.kind, url: row.url, title: row.title })

  const identifiers = await tx.execute<{ paper_id: string; scheme: string; value: string }>(
    sql`select paper_id, scheme, value from paper_identifiers where paper_id = ${among} order by paper_id, scheme, value`,
  )
  for (const row of identifiers) paperOf(row).identifiers.add(`${row.scheme} ${row.value}`)
  return stored
}

const momentOrNull = (value: string | null | undefined): string | null => (value ? rfc3339(value) : null)
const numberOrNull = (value: string | null | undefined): number | null => (value ? Number(value) : null)
