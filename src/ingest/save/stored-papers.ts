import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import type { PaperLinkKind } from '../../values/vocabulary.ts'
import { idsOf } from '../../writes/counts.ts'
import { LOCAL_KEY, PROVIDER_KEY } from '../../writes/users.ts'
import type { Writing } from '../../writes/writing.ts'
import { type PaperFacts, readFacts } from '../paper-facts.ts'
import type { PrintedAuthor } from './authors.ts'
import { readNamedTopics, type WrittenTopic } from './topics.ts'

/** An author with the name that the paper prints. */
interface StoredAuthor extends PrintedAuthor {
  printed: string
}

/** What the catalogue stores of a paper, as far as an entry can change it. */
export interface StoredPaper extends PaperFacts {
  id: number
  /** The source key of its submitter; null if there is no submitter, or one known only by the handle. */
  submitterKey: string | null
  /** Whether its submitter has an account on this server. */
  submittedHere: boolean
  organizationKey: string | null
  hidden: boolean
  authors: StoredAuthor[]
  topics: WrittenTopic[]
  links: { kind: PaperLinkKind; url: string; title: string | null }[]
  /** Identifiers other than the arXiv id and the DOI, as `scheme value`, in the order in which they are shown. */
  identifiers: Set<string>
}

/** Reads papers and locks their rows until the end of the transaction. */
export async function lockStoredPapers(open: Writing, ids: readonly number[]): Promise<Map<number, StoredPaper>> {
  if (ids.length > 0) await open.lock('papers', idsOf(ids))
  return readStoredPapers(open.tx, ids)
}

export async function readStoredPapers(tx: Db, ids: readonly number[]): Promise<Map<number, StoredPaper>> {
  if (ids.length === 0) return new Map()
  const among: SQL = sql`any(${sql.param([...ids])}::bigint[])`
  // Sent together.
  const [rows, authors, topics, links, identifiers] = await Promise.all([
    executePrepared<Record<string, unknown>>(
      tx,
      sql`
        select papers.*, users.source_key as submitter_key, organizations.source_key as organization_key,
          users.id is not null and (users.source_key like ${`${PROVIDER_KEY}%`} or users.source_key like ${`${LOCAL_KEY}%`}) as submitted_here
        from papers
        left join users on users.id = papers.submitter_id
        left join organizations on organizations.id = papers.organization_id
        where papers.id = ${among} order by papers.id`,
    ),
    // One row for each paper: rows for each of its authors would take an import of what is stored a tenth of its time.
    executePrepared<{ paper_id: string; ids: string; named_ids: string; names: string }>(
      tx,
      sql`
        select paper_id, string_agg(author_id::text, ',' order by position) as ids,
          string_agg(named.id::text, ',' order by position) as named_ids, string_agg(name, E'\\n' order by position) as names
        from paper_authors join authors as named on named.id = coalesce(named_author_id, author_id)
        where paper_id = ${among} group by paper_id`,
    ),
    readNamedTopics(tx, among),
    executePrepared<{ paper_id: string } & StoredPaper['links'][number]>(
      tx,
      sql`select paper_id, kind, url, title from paper_links where paper_id = ${among} order by paper_id, kind, position`,
    ),
    executePrepared<{ paper_id: string; scheme: string; value: string }>(
      tx,
      sql`select paper_id, scheme, value from paper_identifiers where paper_id = ${among} order by paper_id, scheme, value`,
    ),
  ])
  const papers = new Map(
    rows.map((row): [number, StoredPaper] => [
      Number(row.id),
      {
        ...readFacts(row),
        id: Number(row.id),
        submitterKey: row.submitter_key as string | null,
        submittedHere: row.submitted_here === true,
        organizationKey: row.organization_key as string | null,
        hidden: row.hidden_at !== null,
        authors: [],
        topics: [],
        links: [],
        identifiers: new Set(),
      },
    ]),
  )
  const paperOf = (row: { paper_id: string }) => papers.get(Number(row.paper_id)) as StoredPaper

  for (const row of authors) {
    const [ids, namedIds] = [row.ids.split(','), row.named_ids.split(',')]
    paperOf(row).authors = row.names
      .split('\n')
      .map((printed, n) => ({ id: Number(ids[n]), namedId: Number(namedIds[n]), printed }))
  }

  for (const { paperId, ...topic } of topics) papers.get(paperId)?.topics.push(topic)

  for (const row of links) paperOf(row).links.push({ kind: row.kind, url: row.url, title: row.title })

  for (const row of identifiers) paperOf(row).identifiers.add(`${row.scheme} ${row.value}`)
  return papers
}
