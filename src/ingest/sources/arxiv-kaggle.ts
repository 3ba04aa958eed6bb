import { z } from 'zod'
import { isDay, momentOfMail, startOfDay } from '../../values/time.ts'
import type { PaperEntry } from '../entry.ts'
import { arxivName, splitAuthors } from './arxiv-authors.ts'
import { arxivEntry } from './arxiv-entry.ts'
import { readJsonLines } from './lines.ts'
import type { Source } from './source.ts'
import { firstProblem, MOST_AUTHORS, MOST_MEMBERS, quoted } from './validation.ts'

const text = z.string().nullish()

const versionNumber = z.string().regex(/^v[1-9]\d{0,8}$/)
const version = z.object({
  version: versionNumber,
  created: z.string().transform((value, context) => {
    const read = momentOfMail(value)
    if (read === null) context.addIssue(`is not a time such as "Mon, 2 Apr 2007 19:18:42 GMT": ${quoted(value)}`)
    return read ?? z.NEVER
  }),
})

/** The fields that are used. All others are ignored, whatever they hold. */
const kaggleLine = z.object({
  id: z.string(),
  title: z.string(),
  abstract: text,
  authors: text,
  /** For each author the last name, the first names, the suffix, and affiliations. */
  authors_parsed: z.array(z.array(z.string()).max(MOST_MEMBERS)).max(MOST_AUTHORS).nullish(),
  comments: text,
  categories: text,
  doi: text,
  versions: z.array(version).min(1).max(MOST_MEMBERS),
  update_date: z.string().refine(isDay, { error: ({ input }) => `is not a day such as 2008-11-26: ${quoted(input)}` }),
})

/** Parses a line of arXiv's metadata as Kaggle publishes it. */
export function parseKaggleLine(record: unknown): PaperEntry {
  const id = (record as { id?: unknown } | null)?.id
  if (typeof id === 'number') throw new Error(`id is the number ${id}: it must be text, to keep its zeros.`)
  const read = kaggleLine.safeParse(record)
  if (!read.success) throw new Error(firstProblem(read.error, record))
  const line = read.data
  const versions = line.versions.toSorted((a, b) => numberOf(a) - numberOf(b))
  const [first, last] = [versions[0], versions.at(-1)] as [KaggleVersion, KaggleVersion]
  const updatedOn = startOfDay(line.update_date)
  return arxivEntry({
    id: line.id,
    title: line.title,
    abstract: line.abstract ?? null,
    authors: line.authors_parsed?.length
      ? line.authors_parsed.map(nameOfParts).filter((name) => name !== '')
      : splitAuthors(line.authors ?? ''),
    comments: line.comments ?? null,
    categories: line.categories?.split(/\s+/).filter((name) => name !== '') ?? [],
    doi: line.doi ?? null,
    publishedAt: first.created,
    updatedAt: last.created,
    asOf: last.created > updatedOn ? last.created : updatedOn,
  })
}

type KaggleVersion = z.infer<typeof version>

const numberOf = ({ version }: KaggleVersion): number => Number(version.slice(1))

const nameOfParts = ([last = '', first = '', suffix = '']: string[]): string => arxivName(`${first} ${last} ${suffix}`)

export const arxivKaggle: Source = {
  description: "arXiv's metadata as Kaggle publishes it, one JSON object per line (.json, .gz)",
  read: readJsonLines,
  parse: parseKaggleLine,
}
