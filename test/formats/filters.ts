import type { PaperFilter } from '../../src/lists/paper-filter.ts'

/** What a random filter draws from: members that a catalogue has, or anything at all. */
export interface Vocabulary {
  topics: readonly string[]
  organizations: readonly string[]
  authors: readonly string[]
  submitters: readonly string[]
  days: readonly string[]
  queries: readonly string[]
}

/** A filter of some fields, the same for the same numbers. */
export function randomFilter(draw: () => number, words: Vocabulary): PaperFilter {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
  const some = (list: readonly string[]) => Array.from({ length: 1 + Math.floor(draw() * 3) }, () => pick(list))
  const filter: PaperFilter = {}
  const isAsked = (chance = 0.2) => draw() < chance
  if (isAsked()) filter.topics = some(words.topics)
  if (isAsked(0.1)) filter.allTopics = some(words.topics).slice(0, 2)
  if (isAsked()) filter.excludeTopics = some(words.topics)
  if (isAsked()) filter.organizations = some(words.organizations)
  if (isAsked(0.1)) filter.authors = some(words.authors)
  if (isAsked()) filter.submitters = some(words.submitters)
  for (const [from, to] of [
    ['publishedFrom', 'publishedTo'],
    ['listedFrom', 'listedTo'],
  ] as const) {
    const [first, last] = [pick(words.days), pick(words.days)].toSorted()
    if (isAsked(0.15)) filter[from] = first
    if (isAsked(0.15)) filter[to] = last
  }
  if (isAsked()) filter.minVotes = Math.floor(draw() * 6)
  if (isAsked(0.1)) filter.minComments = Math.floor(draw() * 4)
  if (isAsked(0.15)) filter.hasCode = draw() < 0.5
  if (isAsked(0.15)) filter.hasProjectPage = draw() < 0.5
  if (isAsked(0.15)) filter.query = pick(words.queries)
  return filter
}
