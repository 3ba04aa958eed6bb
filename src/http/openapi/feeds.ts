import { z } from 'zod'
import { CITATION_FORMATS } from '../../formats/citation/formats.ts'
import { FEED_FORMATS } from '../../formats/feed/formats.ts'
import { PERIODS, type PeriodName } from '../routes/feed-queries.ts'
import { BY_ACCEPT, JSON_TYPE, type Operation, type TagName, TEXT } from './operation.ts'
import { AFTER_QUERY, EDITION_QUERY, LIST_QUERY, TOKEN_IN_PATH } from './parameters.ts'

const NAMES = Object.keys(PERIODS) as [PeriodName, ...PeriodName[]]

const PERIOD = z.enum(NAMES).meta({ description: 'The period of the editions.' })

const EDITION_IN_PATH = z.object({
  period: PERIOD,
  edition: z
    .string()
    .min(1)
    .meta({
      description:
        '`latest` for the newest edition that has papers, or one of its days. Also 2026-W08 for a week and 2026-02 for a month.',
      examples: ['latest', '2025-10-02'],
    }),
})

/** What JSON Feed 1.1 says, and under `_daily_papers` what it has no place for. */
const JSON_FEED = z
  .object({
    version: z.literal('https://jsonfeed.org/version/1.1'),
    title: z.string(),
    description: z.string(),
    home_page_url: z.url(),
    feed_url: z.url(),
    next_url: z.url().optional(),
    hubs: z.array(z.object({ type: z.literal('WebSub'), url: z.url() })).optional(),
    _daily_papers: z.object({
      about: z.url(),
      unknown: z
        .record(z.string(), z.array(z.string()))
        .optional()
        .meta({ description: 'The members of the filter’s lists that name nothing, by field.' }),
      edition: z
        .object({
          name: z.string().meta({ description: 'Its name for the parameter `edition`.' }),
          title: z.string(),
          isDay: z.boolean(),
          previous: z.string().nullable(),
          next: z.string().nullable(),
        })
        .optional(),
    }),
    items: z.array(
      z.object({
        id: z.string(),
        url: z.url(),
        external_url: z.string().optional(),
        title: z.string(),
        summary: z.string().optional(),
        content_html: z.string(),
        image: z.string().optional(),
        date_published: z.iso.datetime().optional(),
        date_modified: z.iso.datetime().optional(),
        authors: z.array(z.object({ name: z.string() })).optional(),
        tags: z.array(z.string()).optional(),
        _daily_papers: z
          .object({
            id: z.string().meta({ description: 'The `id` of the paper in GraphQL.' }),
            voteCount: z.int(),
            commentCount: z.int(),
            organization: z.string().nullable(),
            listedOn: z.string().nullable().meta({ description: 'The day of its edition, `YYYY-MM-DD`.' }),
            githubStars: z.int().nullable(),
            thumbnail: z
              .object({ small: z.string(), large: z.string() })
              .nullable()
              .meta({ description: 'Addresses of a picture on this server, 320 and 640 pixels wide.' }),
            logo: z.string().nullable().meta({ description: 'The address of the logo of the organization.' }),
            submitter: z
              .object({ name: z.string(), avatar: z.string().nullable() })
              .nullable()
              .meta({ description: 'Who put the paper on the list.' }),
            links: z
              .array(z.object({ label: z.string(), url: z.string() }))
              .meta({ description: 'PDF, code and project page, as far as there are any.' }),
          })
          .optional(),
      }),
    ),
  })
  .meta({ id: 'JsonFeed', description: 'A list as JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/' })

/** A format of lists. */
interface ListFormat {
  extension: string
  name: string
  mediaType: string
  tag: TagName
  /** The form of refusals. */
  refusals: string
}

const FEEDS: ListFormat[] = FEED_FORMATS.map(({ extension, standard, mediaType }) => ({
  extension,
  name: standard,
  mediaType,
  tag: 'feeds',
  refusals: extension === 'json' ? JSON_TYPE : TEXT,
}))

const BIBLIOGRAPHIES: ListFormat[] = CITATION_FORMATS.filter(({ between }) => between !== null).map(
  ({ extension, label, mediaType }) => ({ extension, name: label, mediaType, tag: 'bibliographies', refusals: TEXT }),
)

const LINK = z.object({
  Link: z.string().optional().meta({ description: 'The next page (`rel="next"`), and the page of the list.' }),
})

const idOf = (extension: string): string => (extension[0] as string).toUpperCase() + extension.slice(1)

function listOperations({ extension, name, mediaType, tag, refusals }: ListFormat): Operation[] {
  const content = { [mediaType]: mediaType === 'application/feed+json' ? JSON_FEED : null }
  const common = { tag, content, ...(tag === 'bibliographies' && { headers: LINK }) }
  return [
    {
      ...common,
      path: `/feeds/papers.${extension}`,
      id: `papers${idOf(extension)}`,
      summary: `Any list of papers as ${name}`,
      description:
        'The papers that match a filter. With `edition`, most votes come first unless `orderBy` says otherwise.',
      query: LIST_QUERY,
      refusals: { 400: [refusals] },
      examples: [
        `/feeds/papers.${extension}?topics=reinforcement-learning&first=5`,
        `/feeds/papers.${extension}?edition=week&minVotes=5&hasCode=true`,
      ],
    },
    {
      ...common,
      path: `/feeds/editions/{period}/{edition}.${extension}`,
      id: `edition${idOf(extension)}`,
      summary: `The papers of an edition as ${name}`,
      description: 'All papers of a day, week or month that match a filter, most votes first.',
      inPath: EDITION_IN_PATH,
      query: EDITION_QUERY,
      refusals: { 400: [refusals], 404: BY_ACCEPT },
      examples: [
        `/feeds/editions/day/latest.${extension}`,
        `/feeds/editions/week/2025-10-02.${extension}?minVotes=5&orderBy=NEWEST`,
      ],
    },
    {
      ...common,
      path: `/feeds/saved/{token}.${extension}`,
      id: `saved${idOf(extension)}`,
      summary: `The list of a saved filter as ${name}`,
      description: 'Whoever has the address can read it. 404 when its owner has deleted it or given it a new address.',
      inPath: TOKEN_IN_PATH,
      query: AFTER_QUERY,
      refusals: { 400: [refusals], 404: BY_ACCEPT },
      examples: [`/feeds/saved/no-such-token.${extension}`],
    },
  ]
}

const editionsOperation = ({ extension, name, mediaType, tag, refusals }: ListFormat): Operation => ({
  path: `/feeds/editions/{period}.${extension}`,
  id: `editions${idOf(extension)}`,
  tag,
  summary: `One entry for each edition as ${name}`,
  description: 'The newest days, weeks or months on which papers were listed, each with its papers.',
  inPath: z.object({ period: PERIOD }),
  query: AFTER_QUERY,
  content: { [mediaType]: mediaType === 'application/feed+json' ? JSON_FEED : null },
  refusals: { 400: [refusals], 404: BY_ACCEPT },
  examples: [`/feeds/editions/day.${extension}`],
})

export const FEED_OPERATIONS: readonly Operation[] = [
  ...FEEDS.flatMap(listOperations),
  ...FEEDS.map(editionsOperation),
  ...BIBLIOGRAPHIES.flatMap(listOperations),
]
