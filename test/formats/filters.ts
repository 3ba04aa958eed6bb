import type { PaperFilter } from '../../src/lists/paper-filter.ts'

/** The values that a random filter draws from: those of a catalogue, or any others. */
export interface Vocabulary {
  topics: readonly string[]
  organizations: readonly string[]
  authors: readonly string[]
  submitters: readonly string[]
  days: readonly string[]
  moments: readonly string[]
  queries: readonly string[]
  /** Names of papers; none for filters without `like`. */
  like: readonly string[]
}

/** The probability that a field is in a random filter, and its values. */
type DrawnFields = { [Name in keyof PaperFilter]-?: [chance: number, value: () => PaperFilter[Name]] }

/** A filter with some of the fields, the same for the same random numbers. A field that it lacks does not compile. */
export function randomFilter(draw: () => number, words: Vocabulary): PaperFilter {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
  const some = (list: readonly string[]) => Array.from({ length: 1 + Math.floor(draw() * 3) }, () => pick(list))
  const fields: DrawnFields = {
    topics: [0.2, () => some(words.topics)],
    allTopics: [0.1, () => some(words.topics).slice(0, 2)],
    excludeTopics: [0.2, () => some(words.topics)],
    organizations: [0.2, () => some(words.organizations)],
    authors: [0.1, () => some(words.authors)],
    submitters: [0.2, () => some(words.submitters)],
    publishedFrom: [0.15, () => pick(words.days)],
    publishedTo: [0.15, () => pick(words.days)],
    listedFrom: [0.15, () => pick(words.days)],
    listedTo: [0.15, () => pick(words.days)],
    changedSince: [0.1, () => pick(words.moments)],
    minVotes: [0.2, () => Math.floor(draw() * 6)],
    minComments: [0.1, () => Math.floor(draw() * 4)],
    hasCode: [0.15, () => draw() < 0.5],
    hasProjectPage: [0.15, () => draw() < 0.5],
    hasModel: [0.1, () => draw() < 0.5],
    hasDataset: [0.1, () => draw() < 0.5],
    hasDemo: [0.1, () => draw() < 0.5],
    query: [0.15, () => pick(words.queries)],
    like: [words.like.length === 0 ? 0 : 0.1, () => some(words.like)],
    unlike: [words.like.length === 0 ? 0 : 0.1, () => some(words.like)],
  }
  const drawn = Object.entries(fields).filter(([, [chance]]) => draw() < chance)
  const filter: PaperFilter = Object.fromEntries(drawn.map(([name, [, value]]) => [name, value()]))
  for (const [from, to] of [
    ['publishedFrom', 'publishedTo'],
    ['listedFrom', 'listedTo'],
  ] as const) {
    const [first, last] = [filter[from], filter[to]]
    if (first != null && last != null) [filter[from], filter[to]] = [first, last].toSorted()
  }
  if (filter.like == null) delete filter.unlike
  return filter
}
