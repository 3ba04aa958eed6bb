import { asc, type SQL, sql } from 'drizzle-orm'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { statement } from '../db/statement.ts'
import { keyOrNull } from '../values/global-id.ts'
import { identifierWithin, type PaperIdentifier } from '../values/identifiers.ts'
import {
  DEFAULT_PARTS,
  PAPER_PARTS,
  type PaperParts,
  type PaperRow,
  paperColumns,
  unpackPapers,
} from './paper-parts.ts'

export type { PaperRow } from './paper-parts.ts'

export type PaperLinkRow = typeof paperLinks.$inferSelect
export type PaperChangeRow = typeof paperChanges.$inferSelect
export type PaperIdentifierRow = typeof paperIdentifiers.$inferSelect

/** Readers do not see hidden papers. */
const shown = sql`${papers.hiddenAt} is null`

/** The largest number of sets of parts that get a statement of their own; further sets are read with all parts. */
const MOST_FORMS = 32

/** A statement that reads papers, prepared for each set of parts. */
function papersWhere(name: string, where: SQL) {
  const made = new Map<string, ReturnType<typeof statement<Record<string, unknown>[]>>>()
  return async (db: Db, requested: PaperParts, values: Record<string, unknown>): Promise<PaperRow[]> => {
    const parts = made.has(requested.join(' ')) || made.size < MOST_FORMS ? requested : PAPER_PARTS
    const key = parts.join(' ')
    let read = made.get(key)
    if (!read) {
      read = statement(`${name} with ${key}`, (db) =>
        db.select(paperColumns(parts)).from(papers).where(sql`${where} and ${shown}`),
      )
      made.set(key, read)
    }
    return unpackPapers(await read(db, values), parts)
  }
}

const byIds = papersWhere('papers by ids', sql`${papers.id} = any(${sql.placeholder('ids')}::bigint[])`)
const byArxivIds = papersWhere(
  'papers by arxiv ids',
  sql`${papers.arxivId} = any(${sql.placeholder('values')}::text[])`,
)
const byDois = papersWhere('papers by dois', sql`${papers.doi} = any(${sql.placeholder('values')}::text[])`)
const owners = statement('papers of other identifiers', (db) =>
  db
    .select({ id: paperIdentifiers.paperId, scheme: paperIdentifiers.scheme, value: paperIdentifiers.value })
    .from(paperIdentifiers)
    .where(
      sql`(${paperIdentifiers.scheme}, ${paperIdentifiers.value}) in (select * from unnest(${sql.placeholder('schemes')}::text[], ${sql.placeholder('values')}::text[]))`,
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

const changes = statement('changes of papers', (db) =>
  db
    .select()
    .from(paperChanges)
    .where(sql`${paperChanges.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`),
)

const rewordings = statement('rewordings of papers', (db) =>
  db
    .select({ id: papers.id, rewordedAt: papers.rewordedAt })
    .from(papers)
    .where(sql`${papers.id} = any(${sql.placeholder('ids')}::bigint[]) and ${papers.rewordedAt} is not null`),
)

/** The papers that exist and are not hidden, in no order. */
export const papersByIds = (db: Db, ids: readonly number[], parts = DEFAULT_PARTS): Promise<PaperRow[]> =>
  byIds(db, parts, { ids })

/** The paper that an identifier in its normal form belongs to (see `src/values/identifiers.ts`), or null. */
export const paperByIdentifier = async (
  db: Db,
  identifier: PaperIdentifier,
  parts = DEFAULT_PARTS,
): Promise<PaperRow | null> => (await papersByIdentifiers(db, [identifier], parts))[0] ?? null

/**
 * The papers that identifiers in their normal form belong to, in the same order, null for those of no paper. One statement
 * reads those by arXiv id, one those by DOI, and two all others.
 */
export async function papersByIdentifiers(
  db: Db,
  identifiers: readonly PaperIdentifier[],
  parts = DEFAULT_PARTS,
): Promise<(PaperRow | null)[]> {
  const valuesOf = (scheme: string) => identifiers.filter((one) => one.scheme === scheme).map(({ value }) => value)
  const others = identifiers.filter(({ scheme }) => scheme !== 'arxiv' && scheme !== 'doi')
  const [ofArxiv, ofDois, ofOthers] = await Promise.all([
    papersOf(byArxivIds, valuesOf('arxiv')),
    papersOf(byDois, valuesOf('doi')),
    papersOfOthers(),
  ])
  const found = new Map<string, PaperRow>()
  for (const paper of ofArxiv) found.set(`arxiv ${paper.arxivId}`, paper)
  for (const paper of ofDois) found.set(`doi ${paper.doi}`, paper)
  for (const [key, paper] of ofOthers) found.set(key, paper)
  return identifiers.map(({ scheme, value }) => found.get(`${scheme} ${value}`) ?? null)

  async function papersOf(read: typeof byArxivIds, values: string[]): Promise<PaperRow[]> {
    return values.length === 0 ? [] : read(db, parts, { values })
  }

  async function papersOfOthers(): Promise<[string, PaperRow][]> {
    if (others.length === 0) return []
    const schemes = others.map(({ scheme }) => scheme)
    const owned = await owners(db, { schemes, values: others.map(({ value }) => value) })
    const papers = new Map(
      (
        await papersByIds(
          db,
          owned.map(({ id }) => id),
          parts,
        )
      ).map((paper) => [paper.id, paper]),
    )
    return owned.flatMap(({ id, scheme, value }): [string, PaperRow][] => {
      const paper = papers.get(id)
      return paper === undefined ? [] : [[`${scheme} ${value}`, paper]]
    })
  }
}

/** The page of a paper on a server of this project ends in its id, if the paper has no arXiv id. */
const PAGE_OF_ID = /^https?:\/\/[^/]+(?:\/.*)?\/papers\/([\w-]+)(?:[?#].*)?$/i

/**
 * The papers that people name by whatever they paste: an id, an identifier, an address, a citation; by what was pasted.
 * Statements as for `papersByIdentifiers`, and one for ids.
 */
export async function papersNamed(
  db: Db,
  given: readonly string[],
  parts = DEFAULT_PARTS,
): Promise<Map<string, PaperRow>> {
  const ids = new Map<string, number>()
  const identifiers = new Map<string, PaperIdentifier>()
  for (const text of given) {
    const bare = text.trim()
    const id = keyOrNull('Paper', PAGE_OF_ID.exec(bare)?.[1] ?? bare)
    const identifier = id === null ? identifierWithin(text) : null
    if (id !== null) ids.set(text, id)
    if (identifier !== null) identifiers.set(text, identifier)
  }
  const [byId, byIdentifier] = await Promise.all([
    ids.size === 0 ? [] : papersByIds(db, [...new Set(ids.values())], parts),
    papersByIdentifiers(db, [...identifiers.values()], parts),
  ])
  const named = new Map<string, PaperRow>()
  for (const [text, id] of ids) {
    const paper = byId.find((row) => row.id === id)
    if (paper !== undefined) named.set(text, paper)
  }
  for (const [place, text] of [...identifiers.keys()].entries()) {
    const paper = byIdentifier[place]
    if (paper != null) named.set(text, paper)
  }
  return named
}

/** The stored links, by kind and then in the order of the source. */
export const linksOfPapers = (db: Db, paperIds: readonly number[]): Promise<PaperLinkRow[]> => links(db, { paperIds })

/** Identifiers other than the arXiv id and the DOI. */
export const identifiersOfPapers = (db: Db, paperIds: readonly number[]): Promise<PaperIdentifierRow[]> =>
  identifiers(db, { paperIds })

/** When papers last changed, votes and comment counts aside. */
export const changesOfPapers = (db: Db, paperIds: readonly number[]): Promise<PaperChangeRow[]> =>
  changes(db, { paperIds })

/** When the texts of papers last changed, by id; papers whose texts never changed are absent. */
export const rewordingsOfPapers = async (db: Db, ids: readonly number[]): Promise<Map<number, string>> =>
  new Map((await rewordings(db, { ids })).map(({ id, rewordedAt }) => [id, rfc3339(rewordedAt as string)]))
