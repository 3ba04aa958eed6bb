import { idsOf } from '../../writes/counts.ts'
import type { Writing } from '../../writes/writing.ts'
import type { PaperEntry, PersonEntry } from '../entry.ts'
import { type KnownAuthor, linkAccounts } from './authors.ts'
import { type IdentitySighting, saveIdentities } from './identities.ts'
import type { Work } from './matching.ts'

/**
 * Saves the people that entries name, links authors to their accounts, and returns the id of each entry's submitter. An
 * author keeps the first account. Further accounts of the same name are not saved, because nothing would show them.
 */
export async function saveSubmittersAndAccounts(
  open: Writing,
  work: readonly Work[],
  authors: ReadonlyMap<string, KnownAuthor>,
  isCountedLater: boolean,
): Promise<Map<number, number>> {
  const sightings: (IdentitySighting & { submits?: number; signs?: KnownAuthor })[] = []
  const linked = new Map<KnownAuthor, PersonEntry>()
  for (const each of work) {
    const { index, existing, relations } = each
    const { asOf } = each.entry
    if (relations.submitter) sightings.push({ identity: relations.submitter, asOf, onlyId: null, submits: index })
    for (const { name, account } of authorsWithAccounts(each)) {
      const author = authors.get(name)
      const isOnPaper = author && (relations.authors || existing?.authors.some(({ id }) => id === author.id))
      if (account === null || !isOnPaper) continue
      const first = linked.get(author) ?? account
      if (author.userId === null) linked.set(author, first)
      if (!isSamePerson(first, account)) continue
      sightings.push({ identity: account, asOf, onlyId: author.userId, signs: author })
    }
  }
  const ids = await saveIdentities(open, 'users', sightings)
  // The authors of papers that change are counted again, and all are locked together, by id, before organizations.
  const changing = isCountedLater ? work.filter(changesAuthors) : work
  const authorIds = changing.flatMap(({ entry, existing }) => [
    ...(entry.authors ?? []).flatMap(({ name }) => authors.get(name)?.id ?? []),
    ...(existing?.authors.map(({ id }) => id) ?? []),
  ])
  if (authorIds.length > 0) await open.lock('authors', idsOf(authorIds))
  const submitterIds = new Map<number, number>()
  const links: { authorId: number; userId: number }[] = []
  sightings.forEach(({ submits, signs }, n) => {
    const userId = ids[n]
    if (typeof userId !== 'number') return
    if (submits !== undefined) submitterIds.set(submits, userId)
    if (signs?.userId === null) links.push({ authorId: signs.id, userId })
  })
  await linkAccounts(open, links)
  return submitterIds
}

/** Whether the rows of authors change with a paper at once, even if the import counts them later. */
const changesAuthors = (each: Work): boolean =>
  each.existing !== null ||
  Boolean(each.entry.votes) ||
  Boolean(each.relations.organization) ||
  authorsWithAccounts(each).length > 0

/** The authors whose accounts an entry names. They count also where the paper does not take the list of authors. */
const authorsWithAccounts = ({ entry }: Work): NonNullable<PaperEntry['authors']> =>
  entry.authors?.filter(({ account }) => account !== null) ?? []

const isSamePerson = (a: PersonEntry, b: PersonEntry): boolean =>
  a.sourceKey !== null && b.sourceKey !== null
    ? a.sourceKey === b.sourceKey
    : a.handle.toLowerCase() === b.handle.toLowerCase()
