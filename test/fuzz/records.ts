import { SOURCES, type SourceName } from '../../src/ingest/sources/registry.ts'
import type { RecordContext } from '../../src/ingest/sources/source.ts'
import { LONGEST_ABSTRACT, LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TITLE } from '../../src/values/text.ts'
import type { Random } from './random.ts'

const WORDS = [
  'tides',
  'Überblick',
  '深度学习',
  'a "quoted" word',
  '{"paper": 1}',
  '\\n',
  'x < y & z',
  '🌊',
  'é',
  '],[',
  "l'eau",
]

export const text = (random: Random, words = 6): string =>
  random.times(1 + random.below(words), () => random.pick(WORDS)).join(random.pick([' ', '\n', '  ']))

const name = (random: Random) =>
  `${random.pick(['Ada', 'Bo', 'Čeněk', '李'])} ${random.pick(['Lin', 'Abara', "O'Neil"])}`
const arxivId = (random: Random) =>
  `26${random.pick(['01', '07', '12'])}.${String(random.below(100_000)).padStart(5, '0')}`
const day = (random: Random) => `2026-0${1 + random.below(9)}-1${random.below(10)}`

/** A record of the source `papers` that can be imported. */
export const paperRecord = (random: Random) => ({
  v: 1,
  identifiers: random.chance(0.8) ? { arxiv: arxivId(random) } : { s2: String(random.below(1e9)) },
  title: text(random),
  ...(random.chance(0.7) && { abstract: text(random, 60) }),
  publishedAt: day(random),
  authors: random.times(random.below(4), () => name(random)),
  ...(random.chance(0.3) && { keywords: random.times(random.below(3), () => text(random, 2)) }),
  ...(random.chance(0.3) && { votes: { count: random.below(100), countedAt: day(random) } }),
  ...(random.chance(0.3) && { links: [{ kind: 'CODE', url: 'https://code.example/x', title: text(random) }] }),
})

/** A record of the source `hf-daily` that can be imported. */
export const hfRecord = (random: Random) => ({
  paper: {
    id: arxivId(random),
    authors: random.times(random.below(4), () => ({ _id: 'a', name: name(random), hidden: false })),
    publishedAt: `${day(random)}T00:00:00.000Z`,
    ...(random.chance(0.8) && { submittedOnDailyAt: `${day(random)}T01:02:03.000Z` }),
    title: text(random),
    summary: text(random, 60),
    upvotes: random.below(100),
    ...(random.chance(0.3) && { ai_keywords: random.times(random.below(3), () => text(random, 2)) }),
  },
  publishedAt: `${day(random)}T00:00:00.000Z`,
  numComments: random.below(10),
  ...(random.chance(0.3) && { submittedBy: { _id: String(random.below(100)), user: `u${random.below(100)}` } }),
})

/** What a member of a record can be in the files of others, as JSON. */
const ODD_VALUES = [
  ...[
    'null',
    '1e400',
    '-1e400',
    '1e300',
    '-0',
    '0.5',
    '2147483648',
    '9007199254740993',
    'true',
    '""',
    '[]',
    '[null]',
    '{}',
  ],
  ...['" \\t\u200b"', '"\\u0000"', '"\\ud800"', '"2026-02-30"', '"9999-12-31T23:59:59+14:00"', '"0000-00-00"'],
  ...['"javascript:alert(1)"', '"https://[::1"', '{"toString":1,"constructor":"x"}', '{"__proto__":"x"}'],
  `"${'x'.repeat(30_000)}"`,
  `"${'🌊'.repeat(600)}"`,
  `[${Array(30_000).fill('"Ann"').join(',')}]`,
  '['.repeat(5_000) + ']'.repeat(5_000),
]

/** A record with one to three odd values, as a line of JSON. */
export function oddLine(record: object, random: Random): string {
  const odd = structuredClone(record) as Record<string, unknown>
  const values: string[] = []
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    let at: Record<string, unknown> = odd
    for (;;) {
      const key = random.pick([...Object.keys(at), ...Object.keys(at), 'unknown'])
      const below = at[key]
      if (typeof below === 'object' && below !== null && Object.keys(below).length > 0 && random.chance(0.7)) {
        at = below as Record<string, unknown>
        continue
      }
      if (random.chance(0.1)) delete at[key]
      else at[key] = `odd value ${values.push(random.pick(ODD_VALUES)) - 1}`
      break
    }
  }
  return JSON.stringify(odd).replace(/"odd value (\d)"/g, (_, place) => values[place] as string)
}

/** Whether an explanation can be shown as it is: one line that ends with a full stop and does not contradict itself. */
export const isSentence = (message: string): boolean =>
  /^\S[^\n]{0,1000}\.$/u.test(message) && !/must be (an? \w+), not \1\.|\[object|call stack/.test(message)

/** Parses a record. Returns what is wrong with the entry or with the explanation why there is none, or null. */
export function faultOfParser(source: SourceName, record: unknown, context: RecordContext): string | null {
  try {
    const entry = SOURCES[source].parse(record, context)
    if ('withdrawn' in entry) return null
    const { title, abstract, summary, authors } = entry
    if (title.trim() === '' || title.length > LONGEST_TITLE) return `The title is blank or too long: ${title}`
    if ((abstract?.length ?? 0) > LONGEST_ABSTRACT) return 'The abstract is too long.'
    if ((summary?.length ?? 0) > LONGEST_SUMMARY) return 'The summary is too long.'
    if (authors?.some(({ name }) => name === '' || name.length > LONGEST_NAME)) return 'A name is blank or too long.'
    return null
  } catch (error) {
    const isExplained = error instanceof Error && error.constructor === Error && isSentence(error.message)
    return isExplained ? null : `A record is not refused with a sentence: ${error}`
  }
}
