import type { Db } from '../../db/client.ts'
import type { PaperEntry } from '../entry.ts'
import { factsDiffer } from '../paper-facts.ts'
import { findPapers } from './matching.ts'
import { mergeFacts, takenFrom } from './merge.ts'
import { linksDiffer, mergeLinks } from './paper-rows.ts'
import { readStoredPapers, type StoredPaper } from './stored-papers.ts'

/**
 * Which entries certainly change nothing. It only reads, so an import of files that are stored already locks and writes
 * nothing. Entries that name accounts or votes are not among them: these have rows of their own.
 */
export async function unchangedAmong(db: Db, entries: readonly PaperEntry[]): Promise<Set<PaperEntry>> {
  const plain = entries.filter(isPlain)
  const found = await findPapers(db, plain)
  const papers = await readStoredPapers(db, [...new Set(found.flatMap((each) => each.map(({ id }) => id)))])
  return new Set(
    plain.filter((entry, n) => {
      const ids = new Set(found[n]?.map(({ id }) => id))
      const [id] = ids
      const paper = ids.size === 1 ? papers.get(id as number) : undefined
      return paper !== undefined && !changes(entry, paper)
    }),
  )
}

const isPlain = ({ submitter, organization, votes, authors }: PaperEntry): boolean =>
  !submitter && !organization && !votes && !authors?.some(({ account }) => account !== null)

function changes(entry: PaperEntry, paper: StoredPaper): boolean {
  if (entry.arxivId && entry.arxivId !== paper.arxivId) return true
  const taken = takenFrom(entry, paper)
  if (factsDiffer(mergeFacts(entry, paper, taken, { submitterId: null, organizationId: null }), paper)) return true
  const isOther = (names: readonly string[], stored: readonly string[]) =>
    names.length !== stored.length || names.some((name, n) => name !== stored[n])
  if (
    taken.has('authors') &&
    isOther(
      entry.authors?.map(({ name }) => name) ?? [],
      paper.authors.map(({ printed }) => printed),
    )
  )
    return true
  const writtenOf = (kind: string) => paper.topics.flatMap((topic) => (topic.kind === kind ? topic.written : []))
  return (
    entry.topics.some(({ kind, names }) => taken.has(`topics.${kind}`) && isOther(names, writtenOf(kind))) ||
    linksDiffer(mergeLinks(entry.links ?? [], paper.links, taken), paper.links) ||
    entry.identifiers.some(({ scheme, value }) => !paper.identifiers.has(`${scheme} ${value}`))
  )
}
