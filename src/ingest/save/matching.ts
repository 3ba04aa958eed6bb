import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { unnested } from '../../db/unnested.ts'
import { arxivMonth, type PaperIdentifier } from '../../values/identifiers.ts'
import type { Writing } from '../../writes/writing.ts'
import type { PaperEntry } from '../entry.ts'
import { type EntryRelations, takenFrom } from './merge.ts'
import type { PaperStatement, StatedName } from './statements.ts'
import { lockStoredPapers, type StoredPaper } from './stored-papers.ts'

/** A statement with the paper that it is about. */
export interface Match {
  /** An entry, without the identifiers that belong to another paper, or a correction. */
  entry: PaperStatement
  /** Null if the paper is new. */
  existing: StoredPaper | null
  taken: ReadonlySet<StatedName>
  /** The paper that loses its DOI to this one. */
  loser: StoredPaper | null
  /** What was left out or moved; null if nothing was. */
  remark: string | null
}

/** A match with its place in the batch and the relations that the paper takes. */
export interface Work extends Match {
  index: number
  relations: EntryRelations
}

/** All identifiers of an entry, the strongest first. */
export const identifiersOf = ({ arxivId, doi, identifiers }: PaperEntry): PaperIdentifier[] => [
  ...(arxivId ? [{ scheme: 'arxiv', value: arxivId }] : []),
  ...(doi ? [{ scheme: 'doi', value: doi }] : []),
  ...identifiers,
]

interface Claim {
  identifier: PaperIdentifier
  paper: StoredPaper
}

/**
 * Locks and reads the papers that `findPapers` found for the entries, and says which the entries describe. If another entry of the list describes the same paper or
 * changes it, the match of the second one is `later`.
 *
 * The strongest identifier decides which paper it is. Others can belong to another paper, which keeps them: arXiv has
 * papers that share a DOI. Of two papers of arXiv the older one has the DOI, whichever comes first.
 */
export async function matchPapers(
  open: Writing,
  entries: readonly PaperEntry[],
  found: readonly (readonly FoundPaper[])[],
): Promise<(Match | 'later')[]> {
  const papers = await lockStoredPapers(open, [...new Set(found.flatMap((each) => each.map(({ id }) => id)))])
  const inUse = new Set<number>()
  return entries.map((entry, index) => {
    const claims = (found[index] as FoundPaper[]).flatMap(({ id, identifier }): Claim[] => {
      const paper = papers.get(id)
      return paper === undefined ? [] : [{ identifier, paper }]
    })
    const match = matchOf(entry, claims)
    const used = [match.existing, match.loser].flatMap((paper) => paper?.id ?? [])
    if (used.some((id) => inUse.has(id))) return 'later'
    for (const id of used) inUse.add(id)
    return match
  })
}

function matchOf(entry: PaperEntry, claims: readonly Claim[]): Match {
  const existing = describedPaper(entry, claims)
  const disputed = claims.filter(({ paper }) => paper !== existing)
  if (disputed.length === 0) return { entry, existing, taken: takenFrom(entry, existing), loser: null, remark: null }

  const doi = disputed.find(({ identifier }) => identifier.scheme === 'doi')
  const movesDoi =
    doi !== undefined &&
    takenFrom(entry, existing).has('doi') &&
    isOlder(entry.arxivId ?? existing?.arxivId, doi.paper.arxivId)
  const kept: PaperEntry = {
    ...entry,
    doi: doi === undefined || movesDoi ? (entry.doi ?? null) : null,
    identifiers: entry.identifiers.filter(
      ({ scheme, value }) =>
        !disputed.some(({ identifier }) => identifier.scheme === scheme && identifier.value === value),
    ),
  }
  return {
    entry: kept,
    existing,
    taken: takenFrom(kept, existing),
    loser: movesDoi ? doi.paper : null,
    remark: disputed.map((claim) => remarkOn(claim, movesDoi && claim === doi)).join(' '),
  }
}

/** The paper of the strongest identifier. A paper of another arXiv id is another paper, whatever else they share. */
function describedPaper(entry: PaperEntry, claims: readonly Claim[]): StoredPaper | null {
  const [first] = claims
  if (first === undefined || !entry.arxivId || first.identifier.scheme === 'arxiv') return first?.paper ?? null
  return claims.find(({ paper }) => paper.arxivId === null)?.paper ?? null
}

/** Whether both are ids of arXiv, and the first one is from before the other. */
function isOlder(arxivId: string | null | undefined, other: string | null): boolean {
  if (arxivId == null || other === null) return false
  const [month, otherMonth] = [arxivMonth(arxivId), arxivMonth(other)]
  return month === otherMonth ? arxivId < other : month < otherMonth
}

function remarkOn({ identifier: { scheme, value }, paper }: Claim, isMoved: boolean): string {
  const [name, owner] = [scheme === 'doi' ? `DOI ${value}` : `identifier ${scheme} ${value}`, nameOfPaper(paper)]
  return isMoved
    ? `Its ${name} was also that of ${owner}, which is newer and loses it.`
    : `Its ${name} belongs to ${owner}, which keeps it: the paper is saved without it.`
}

const nameOfPaper = ({ arxivId, doi, title }: StoredPaper): string =>
  arxivId !== null ? `arXiv ${arxivId}` : doi !== null ? `doi ${doi}` : JSON.stringify(title)

const WANTED = { at: 'int', scheme: 'text', value: 'text' }

export interface FoundPaper {
  id: number
  identifier: PaperIdentifier
}

/** The papers that have an identifier of each entry, with that identifier, in the order of `identifiersOf`. */
export async function findPapers(tx: Db, entries: readonly PaperEntry[]): Promise<FoundPaper[][]> {
  const identifiers = entries.flatMap((entry, n) => identifiersOf(entry).map((identifier) => ({ n, identifier })))
  const wanted = identifiers.map(({ identifier }, at) => ({ at, ...identifier }))
  const rows = await executePrepared<{ at: number; id: string }>(
    tx,
    sql`
      with wanted as (select * from ${unnested('r', WANTED, wanted)})
      select at, papers.id from wanted join papers on papers.arxiv_id = value where scheme = 'arxiv'
      union all
      select at, papers.id from wanted join papers on papers.doi = value where scheme = 'doi'
      union all
      select at, paper_id from wanted join paper_identifiers using (scheme, value)
      where scheme not in ('arxiv', 'doi')
      order by at`,
  )
  const found: FoundPaper[][] = entries.map(() => [])
  for (const { at, id } of rows) {
    const { n, identifier } = identifiers[at] as (typeof identifiers)[number]
    found[n]?.push({ id: Number(id), identifier })
  }
  return found
}
