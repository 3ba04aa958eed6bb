import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { recordset } from '../../db/recordset.ts'
import { unnested } from '../../db/unnested.ts'
import { FEED_SCHEME, type PaperIdentifier } from '../../values/identifiers.ts'
import { PAPER_LINK_KINDS } from '../../values/vocabulary.ts'
import { FACT_COLUMNS, FACT_NAMES, FACT_TYPES, type PaperFacts } from '../paper-facts.ts'
import type { StatedName } from './statements.ts'
import type { StoredPaper } from './stored-papers.ts'

const SET_FACTS: SQL = sql.join(
  FACT_NAMES.map((name) => sql`${sql.identifier(papers[name].name)} = r.${sql.identifier(name)}`),
  sql`, `,
)

const INSERTED: SQL = sql.join(
  FACT_NAMES.map((name) => sql.identifier(papers[name].name)),
  sql`, `,
)
const GIVEN: SQL = sql.join(
  FACT_NAMES.map((name) => sql`r.${sql.identifier(name)}`),
  sql`, `,
)

const PAPER = { n: 'int', authorCount: 'int', ...FACT_TYPES }

/** Adds papers and returns their ids in the same order. */
export async function insertPapers(tx: Db, rows: readonly (PaperFacts & { authorCount: number })[]): Promise<number[]> {
  if (rows.length === 0) return []
  const added = await executePrepared<{ id: string }>(
    tx,
    sql`
      insert into papers (author_count, ${INSERTED}) select r."authorCount", ${GIVEN}
      from ${unnested(
        'r',
        PAPER,
        rows.map((row, n) => ({ n, ...row })),
      )} order by r.n returning id`,
  )
  return added.map(({ id }) => Number(id))
}

/** Updates the facts of existing papers. */
export async function updatePapers(tx: Db, rows: readonly (PaperFacts & { id: number })[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(
    sql`update papers set ${SET_FACTS} from ${recordset(rows, `r(id bigint, ${FACT_COLUMNS})`)} where papers.id = r.id`,
  )
}

/**
 * The identifier that keeps a paper's id in feeds stable after an entry brought a stronger one. Null if the id is still
 * made of the same identifier, or if one is kept already.
 *
 * @param added new identifiers of the paper other than the arXiv id and the DOI
 */
export function feedIdentifier(
  existing: StoredPaper,
  facts: PaperFacts,
  added: readonly PaperIdentifier[],
): PaperIdentifier | null {
  const others = [...existing.identifiers]
  if (existing.arxivId !== null || others.some((each) => each.startsWith(`${FEED_SCHEME} `))) return null
  const keep = (value: string) => ({ scheme: FEED_SCHEME, value })
  if (existing.doi !== null)
    return facts.arxivId === null && facts.doi === existing.doi ? null : keep(`doi:${existing.doi}`)
  const [first] = others
  const isStillFirst = facts.arxivId === null && facts.doi === null && added.length === 0
  return first === undefined || isStillFirst ? null : keep(first.replace(' ', ':'))
}

/**
 * Adds identifiers that the caller has checked to be new. A conflict is still possible: a DOI that moved from one paper
 * to another can be kept for the feeds of one of them only, and stays with the first.
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

/** The links of a paper after a statement: each kind that the paper takes replaces the stored links of that kind. */
export function mergeLinks(brought: Links, existing: Links, taken: ReadonlySet<StatedName>): Links {
  return PAPER_LINK_KINDS.flatMap((kind) =>
    (taken.has(`links.${kind}`) ? brought : existing).filter((link) => link.kind === kind),
  )
}

/** Whether two lists of links differ in their members or their order. */
export const linksDiffer = (links: Links, others: Links): boolean =>
  links.length !== others.length ||
  links.some(
    ({ kind, url, title }, n) => others[n]?.kind !== kind || others[n]?.url !== url || others[n]?.title !== title,
  )

/** Replaces the link lists of papers. */
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
 * Saves the vote counts of sources and returns the ids of the papers that have a new count. Their increments are wrong
 * until `refreshCounts` has run for these papers.
 */
export async function saveOutsideCounts(
  tx: Db,
  rows: readonly { paperId: number; source: string; countedAt: string; votes: number }[],
): Promise<number[]> {
  if (rows.length === 0) return []
  const written = await tx.execute<{ paper_id: string }>(sql`
    insert into outside_counts (paper_id, source, counted_at, votes, increment)
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
