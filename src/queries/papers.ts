import { asc, sql } from 'drizzle-orm'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { PaperIdentifier } from '../identifiers.ts'

export type PaperRow = typeof papers.$inferSelect
export type PaperLinkRow = typeof paperLinks.$inferSelect
export type PaperIdentifierRow = typeof paperIdentifiers.$inferSelect

/** A hidden paper is to its readers as if it were not there. */
const shown = sql`${papers.hiddenAt} is null`

const byIds = statement('papers by ids', (db) =>
  db
    .select()
    .from(papers)
    .where(sql`${papers.id} = any(${sql.placeholder('ids')}::bigint[]) and ${shown}`),
)
const byArxivId = statement('paper by arxiv id', (db) =>
  db
    .select()
    .from(papers)
    .where(sql`${papers.arxivId} = ${sql.placeholder('value')} and ${shown}`),
)
const byDoi = statement('paper by doi', (db) =>
  db
    .select()
    .from(papers)
    .where(sql`${papers.doi} = ${sql.placeholder('value')} and ${shown}`),
)
const byOther = statement('paper by other identifier', (db) =>
  db
    .select()
    .from(papers)
    .where(
      sql`${papers.id} = (select ${paperIdentifiers.paperId} from ${paperIdentifiers} where ${paperIdentifiers.scheme} = ${sql.placeholder('scheme')} and ${paperIdentifiers.value} = ${sql.placeholder('value')}) and ${shown}`,
    ),
)
const links = statement('links of papers', (db) =>
  db
    .select()
    .from(paperLinks)
    .where(sql`${paperLinks.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`)
    .orderBy(asc(paperLinks.paperId), asc(paperLinks.kind), asc(paperLinks.position), asc(paperLinks.url)),
)
const identifiers = statement('identifiers of papers', (db) =>
  db
    .select()
    .from(paperIdentifiers)
    .where(sql`${paperIdentifiers.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`)
    .orderBy(asc(paperIdentifiers.paperId), asc(paperIdentifiers.scheme), asc(paperIdentifiers.value)),
)

/** Those of the papers that are there and shown, in no order. */
export const papersByIds = (db: Db, ids: readonly number[]): Promise<PaperRow[]> => byIds(db, { ids })

/** The paper that an identifier in its normal form belongs to (see `src/identifiers.ts`), or null. */
export async function paperByIdentifier(db: Db, { scheme, value }: PaperIdentifier): Promise<PaperRow | null> {
  const find = scheme === 'arxiv' ? byArxivId : scheme === 'doi' ? byDoi : byOther
  const [row] = await find(db, { scheme, value })
  return row ?? null
}

/** The stored links, by kind and then in the order that the source gave. */
export const linksOfPapers = (db: Db, paperIds: readonly number[]): Promise<PaperLinkRow[]> => links(db, { paperIds })

/** Identifiers other than the arXiv id and the DOI. */
export const identifiersOfPapers = (db: Db, paperIds: readonly number[]): Promise<PaperIdentifierRow[]> =>
  identifiers(db, { paperIds })
