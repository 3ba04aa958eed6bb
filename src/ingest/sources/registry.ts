import { arxivAtom } from './arxiv-atom.ts'
import { arxivKaggle } from './arxiv-kaggle.ts'
import { arxivOai } from './arxiv-oai.ts'
import { arxivRss } from './arxiv-rss.ts'
import { feed } from './feed.ts'
import { hfDaily } from './hf-daily.ts'
import { papers } from './papers.ts'
import type { Source } from './source.ts'

/** All sources by the name that `npm run import` takes. */
export const SOURCES = {
  'arxiv-atom': arxivAtom,
  'arxiv-kaggle': arxivKaggle,
  'arxiv-oai': arxivOai,
  'arxiv-rss': arxivRss,
  feed,
  'hf-daily': hfDaily,
  papers,
} as const satisfies Record<string, Source>

export type SourceName = keyof typeof SOURCES

export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[]

export const isSourceName = (name: string | undefined): name is SourceName =>
  name !== undefined && Object.hasOwn(SOURCES, name)
