import type { Db } from '../../db/client.ts'
import type { PaperEntry } from '../entry.ts'
import { ENTRY_FACT_NAMES, factsDiffer } from '../paper-facts.ts'
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
  if (isRepeated(entry, paper)) return false
  if (entry.arxivId && entry.arxivId !== paper.arxivId) return true
  const taken = takenFrom(entry, paper)
  return (
    factsDiffer(mergeFacts(entry, paper, taken, { submitterId: null, organizationId: null }), paper) ||
    (taken.has('authors') && authorsDiffer(entry, paper)) ||
    entry.topics.some((topics) => taken.has(`topics.${topics.kind}`) && topicsDiffer(topics, paper)) ||
    linksDiffer(mergeLinks(entry.links ?? [], paper.links, taken), paper.links) ||
    identifiersDiffer(entry, paper)
  )
}

/**
 * Whether an entry says again what is all that is stored, as is most often so. The merge would find that nothing changes, but
 * takes ten times as long.
 */
const isRepeated = (entry: PaperEntry, paper: StoredPaper): boolean =>
  entry.asOf === paper.factsAsOf &&
  entry.authority === paper.factsBy &&
  paper.otherStatements === null &&
  ENTRY_FACT_NAMES.every((name) => entry[name] == null || entry[name] === paper[name]) &&
  // These also change what is known of who said them: a rough date, a withdrawal, and 0, which is the default of the column.
  entry.publishedAtIs === undefined &&
  paper.withdrawnAt === null &&
  entry.commentCount == null &&
  !entry.links?.length &&
  !(entry.authors?.length && authorsDiffer(entry, paper)) &&
  !entry.topics.some((topics) => topics.names.length > 0 && topicsDiffer(topics, paper)) &&
  !identifiersDiffer(entry, paper)

const authorsDiffer = ({ authors }: PaperEntry, paper: StoredPaper): boolean =>
  authors?.length !== paper.authors.length || authors.some(({ name }, n) => name !== paper.authors[n]?.printed)

function topicsDiffer({ kind, names }: PaperEntry['topics'][number], paper: StoredPaper): boolean {
  const stored = paper.topics.filter((topic) => topic.kind === kind)
  return names.length !== stored.length || names.some((name, n) => name !== stored[n]?.written)
}

const identifiersDiffer = ({ identifiers }: PaperEntry, paper: StoredPaper): boolean =>
  identifiers.some(({ scheme, value }) => !paper.identifiers.has(`${scheme} ${value}`))
