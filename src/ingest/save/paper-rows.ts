import { sql } from 'drizzle-orm'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { FEED_SCHEME, type PaperIdentifier } from '../../values/identifiers.ts'
import { PAPER_LINK_KINDS } from '../../values/vocabulary.ts'
import type { PaperEntry } from '../entry.ts'
import type { PaperFacts, StoredPaper } from './stored-papers.ts'

const COLUMNS = `r(id bigint, "arxivId" text, doi text, title text, abstract text, summary text, "publishedAt" timestamptz,
  "updatedAt" timestamptz, "listedAt" timestamptz, "listedOn" date, "submitterId" bigint, "organizationId" bigint,
  "thumbnailUrl" text, "githubStars" int, "commentCount" int, "factsAsOf" timestamptz, "rewordedAt" timestamptz)`

const TEXTS = ['title', 'abstract', 'summary'] as const

/** What a paper's row is to say after an entry, of which only what is to be written is left (see `merge.ts`). */
export function factsAfter(
  entry: PaperEntry,
  stored: StoredPaper | null,
  ids: { submitterId: number | null; organizationId: number | null },
): PaperFacts {
  const texts = {
    title: entry.title,
    abstract: entry.abstract ?? stored?.abstract ?? null,
    summary: entry.summary ?? stored?.summary ?? null,
  }
  const isReworded = stored !== null && TEXTS.some((name) => texts[name] !== stored[name])
  return {
    arxivId: entry.arxivId ?? stored?.arxivId ?? null,
    doi: entry.doi ?? stored?.doi ?? null,
    ...texts,
    publishedAt: entry.publishedAt,
    updatedAt: entry.updatedAt ?? stored?.updatedAt ?? null,
    listedAt: entry.listedAt ?? stored?.listedAt ?? null,
    listedOn: entry.listedOn ?? stored?.listedOn ?? null,
    submitterId: ids.submitterId ?? stored?.submitterId ?? null,
    organizationId: ids.organizationId ?? stored?.organizationId ?? null,
    thumbnailUrl: entry.thumbnailUrl ?? stored?.thumbnailUrl ?? null,
    githubStars: entry.githubStars ?? stored?.githubStars ?? null,
    commentCount: entry.commentCount ?? stored?.commentCount ?? 0,
    factsAsOf: entry.asOf,
    rewordedAt: isReworded ? new Date().toISOString() : (stored?.rewordedAt ?? null),
  }
}

/** Whether an update of the row would change it. */
export const factsDiffer = (facts: PaperFacts, stored: StoredPaper): boolean =>
  (Object.keys(facts) as (keyof PaperFacts)[]).some((key) => facts[key] !== stored[key])

/** Adds papers and answers their ids in the same order. */
export async function insertPapers(tx: Db, rows: readonly PaperFacts[]): Promise<number[]> {
  if (rows.length === 0) return []
  const added = await tx
    .insert(papers)
    .values([...rows])
    .returning({ id: papers.id })
  return added.map((row) => row.id)
}

/** Writes the facts of papers that are there. */
export async function updatePapers(tx: Db, rows: readonly (PaperFacts & { id: number })[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    update papers set
      arxiv_id = r."arxivId", doi = r.doi, title = r.title, abstract = r.abstract, summary = r.summary,
      published_at = r."publishedAt", updated_at = r."updatedAt", listed_at = r."listedAt", listed_on = r."listedOn",
      submitter_id = r."submitterId", organization_id = r."organizationId", thumbnail_url = r."thumbnailUrl",
      github_stars = r."githubStars", comment_count = r."commentCount", facts_as_of = r."factsAsOf",
      reworded_at = r."rewordedAt"
    from ${recordset(rows, COLUMNS)} where papers.id = r.id`)
}

/**
 * What keeps a paper's id in feeds after an entry; null where nothing need be kept, because the identifier that the id is
 * made of stays the first, or is kept already.
 *
 * @param added identifiers that the paper did not have, other than the arXiv id and the DOI
 */
export function keptForFeeds(
  stored: StoredPaper,
  after: PaperFacts,
  added: readonly PaperIdentifier[],
): PaperIdentifier | null {
  const others = [...stored.identifiers]
  if (stored.arxivId !== null || others.some((each) => each.startsWith(`${FEED_SCHEME} `))) return null
  const keep = (first: string) => ({ scheme: FEED_SCHEME, value: first })
  if (stored.doi !== null) return after.arxivId === null && after.doi === stored.doi ? null : keep(`doi:${stored.doi}`)
  const [first] = others
  const isStillFirst = after.arxivId === null && after.doi === null && added.length === 0
  return first === undefined || isStillFirst ? null : keep(first.replace(' ', ':'))
}

/**
 * Adds identifiers; the caller has made sure that they are new. Only a DOI that passed from one paper to another can be
 * kept for the feeds of both, and stays with the first.
 */
export async function insertIdentifiers(
  tx: Db,
  rows: readonly { paperId: number; scheme: string; value: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into paper_identifiers (paper_id, scheme, value)
    select r."paperId", r.scheme, r.value from ${recordset(rows, 'r("paperId" bigint, scheme text, value text)')}
    on conflict do nothing`)
}

type Links = StoredPaper['links']

/** The links of a paper after an entry: each kind that it has replaces what is stored of that kind. */
export function linksAfter(entry: PaperEntry, stored: StoredPaper | null): Links {
  const given = entry.links ?? []
  return PAPER_LINK_KINDS.flatMap((kind) => {
    const ofKind = given.filter((link) => link.kind === kind)
    return ofKind.length > 0 ? ofKind : (stored?.links ?? []).filter((link) => link.kind === kind)
  })
}

/** Whether two lists of links differ, in their order too. */
export const linksDiffer = (links: Links, stored: Links): boolean =>
  links.length !== stored.length ||
  links.some(
    ({ kind, url, title }, n) => stored[n]?.kind !== kind || stored[n]?.url !== url || stored[n]?.title !== title,
  )

/** Replaces the links of papers. */
export async function replaceLinkLists(tx: Db, lists: readonly { paperId: number; links: Links }[]): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, links }) =>
    links.map(({ kind, url, title }, index) => ({ paperId, kind, url, title, position: index + 1 })),
  )
  const paperIds = lists.map((list) => list.paperId)
  await tx.execute(sql`delete from paper_links where paper_id = any(${sql.param(paperIds)}::bigint[])`)
  await tx.execute(sql`
    insert into paper_links (paper_id, kind, url, title, position)
    select r."paperId", r.kind, r.url, r.title, r.position
    from ${recordset(rows, 'r("paperId" bigint, kind paper_link_kind, url text, title text, position int)')}`)
}

/**
 * Writes down what sources counted and when, and answers the papers of which something new was said. The increments are
 * right once `refreshCounts` has seen these papers.
 */
export async function saveOutsideCounts(
  tx: Db,
  rows: readonly { paperId: number; source: string; countedAt: string; votes: number }[],
): Promise<number[]> {
  if (rows.length === 0) return []
  const written = await tx.execute<{ paper_id: string }>(sql`
    insert into outside_counts as stored (paper_id, source, counted_at, votes, increment)
    select r."paperId", r.source, r."countedAt", r.votes, r.votes
    from ${recordset(rows, 'r("paperId" bigint, source text, "countedAt" timestamptz, votes int)')}
    where not exists (
      select from outside_counts as same
      where (same.paper_id, same.source, same.counted_at, same.votes) = (r."paperId", r.source, r."countedAt", r.votes)
    )
    on conflict (paper_id, source, counted_at) do update set votes = excluded.votes
    returning paper_id`)
  return written.map((row) => Number(row.paper_id))
}
