import { z } from 'zod'
import { CATALOGUE_PARAMETERS, LIST_PARAMETERS, SEARCH_PARAMETERS } from '../routes/hugging-face.ts'
import { JSON_TYPE, type Operation } from './operation.ts'

// The JSON that `src/formats/hugging-face.ts` writes.

const moment = () => z.iso.datetime()

const USER = z
  .object({
    _id: z.string(),
    avatarUrl: z.string().meta({ description: 'Empty if there is none.' }),
    isPro: z.literal(false),
    fullname: z.string(),
    user: z.string().meta({ description: 'The login; `name` has it, too.' }),
    name: z.string(),
    type: z.literal('user'),
  })
  .meta({ id: 'HfUser' })

const ORGANIZATION = z
  .object({
    _id: z.string(),
    name: z.string().meta({ description: 'The slug.' }),
    fullname: z.string(),
    avatar: z.string().optional(),
    avatarUrl: z.string().optional(),
  })
  .meta({ id: 'HfOrganization' })

const AUTHOR = z
  .object({
    _id: z.string(),
    name: z.string(),
    hidden: z.literal(false),
    status: z.literal('claimed_verified').optional(),
    user: USER.optional(),
  })
  .meta({ id: 'HfAuthor' })

/** The fields that lists have beside the paper, too. */
const REPEATED = {
  title: z.string(),
  summary: z.string().meta({ description: 'The abstract; empty if it is not known.' }),
  mediaUrls: z.array(z.string()).optional(),
  upvotes: z.int(),
  submittedOnDailyAt: moment().optional().meta({ description: 'When it was listed.' }),
  projectPage: z.string().optional(),
  githubRepo: z.string().optional(),
  githubStars: z.int().optional(),
  ai_summary: z.string().optional().meta({ description: 'A summary in one sentence.' }),
  ai_keywords: z.array(z.string()).optional(),
  organization: ORGANIZATION.optional(),
}

const PAPER = z
  .object({
    ...REPEATED,
    id: z.string().meta({ description: 'The arXiv id.' }),
    authors: z.array(AUTHOR),
    publishedAt: moment(),
    submittedOnDailyBy: USER.optional(),
    discussionId: z.string(),
  })
  .meta({ id: 'HfPaper' })

const THUMBNAIL = z.string().meta({ description: 'The address of a picture; empty if there is none.' })

const ITEM = z
  .object({
    ...REPEATED,
    paper: PAPER,
    publishedAt: moment().meta({ description: 'When it was listed, or else published.' }),
    thumbnail: THUMBNAIL,
    numComments: z.int(),
    submittedBy: USER.optional(),
    isAuthorParticipating: z.literal(false),
  })
  .meta({ id: 'HfItem' })

const SEGMENTS = z.array(z.object({ type: z.enum(['text', 'highlight']), text: z.string() }))

const FOUND = z
  .object({ ...ITEM.shape, upvoted: z.literal(false), highlightedTitle: SEGMENTS, highlightedSummary: SEGMENTS })
  .meta({ id: 'HfFound' })

const REPOSITORY = z
  .object({ id: z.string(), author: z.string(), repoType: z.enum(['model', 'dataset', 'space']) })
  .meta({ id: 'HfRepository' })

const DETAIL = z
  .object({
    ...PAPER.shape,
    thumbnail: THUMBNAIL,
    numComments: z.int(),
    linkedModels: z.array(REPOSITORY),
    numTotalModels: z.int(),
    linkedDatasets: z.array(REPOSITORY),
    numTotalDatasets: z.int(),
    linkedSpaces: z.array(REPOSITORY),
    numTotalSpaces: z.int(),
  })
  .meta({ id: 'HfPaperDetail' })

const REPOSITORIES = z
  .object({ models: z.array(REPOSITORY), datasets: z.array(REPOSITORY), spaces: z.array(REPOSITORY) })
  .meta({ id: 'HfRepositories' })

const IN_CATALOGUE = z.object({ ...ITEM.shape, ...PAPER.shape }).meta({ id: 'HfCatalogueItem' })

const NEXT = z.object({
  Link: z.string().optional().meta({ description: 'The next page, with `rel="next"`, if there is one.' }),
})

const list = LIST_PARAMETERS.shape
const found = SEARCH_PARAMETERS.shape
const catalogue = CATALOGUE_PARAMETERS.shape

const ARXIV_ID_IN_PATH = z.object({
  arxivId: z.string().min(1).meta({ description: 'An arXiv id, with or without its version.', example: '2509.25454' }),
})

const common = { tag: 'hugging-face' } as const

export const HUGGING_FACE_OPERATIONS: readonly Operation[] = [
  {
    ...common,
    path: '/api/daily_papers',
    id: 'hfDailyPapers',
    summary: 'The daily papers',
    description:
      'Without a date, the newest day first. The papers of a day, week or month have most votes first. Unknown parameters are ignored.',
    query: z.object({
      p: list.p.meta({ description: 'The page, from 0.' }),
      limit: list.limit.meta({ description: 'The size of a page.' }),
      sort: list.sort.meta({ description: 'The order; `trending` is by decayed votes.' }),
      date: list.date.meta({ description: 'The papers of this day; today is the latest.' }),
      week: list.week.meta({ description: 'The papers of an ISO week, such as 2026-W08; also one of its days.' }),
      month: list.month.meta({ description: 'The papers of a month, such as 2026-02; also one of its days.' }),
      submitter: list.submitter.meta({ description: 'The papers that this user listed.' }),
    }),
    content: { [JSON_TYPE]: z.array(ITEM) },
    headers: NEXT,
    refusals: { 400: [JSON_TYPE] },
    examples: ['/api/daily_papers?date=2025-10-02', '/api/daily_papers?week=2025-W40&sort=trending&limit=5'],
  },
  {
    ...common,
    path: '/api/papers/search',
    id: 'hfSearch',
    summary: 'Search papers',
    description: 'The best matches, best first, with the matched words.',
    query: z.object({
      q: found.q.meta({ description: 'The search.', example: 'entropy' }),
      limit: found.limit.meta({ description: 'How many papers.' }),
    }),
    content: { [JSON_TYPE]: z.array(FOUND) },
    refusals: { 400: [JSON_TYPE] },
    examples: ['/api/papers/search?q=entropy&limit=3'],
  },
  {
    ...common,
    path: '/api/papers/{arxivId}',
    id: 'hfPaper',
    summary: 'A paper',
    description: 'A paper with the models, data sets and spaces that it links to.',
    inPath: ARXIV_ID_IN_PATH,
    content: { [JSON_TYPE]: DETAIL },
    refusals: { 404: [JSON_TYPE] },
    examples: ['/api/papers/2509.25454'],
  },
  {
    ...common,
    path: '/api/papers',
    id: 'hfPapers',
    summary: 'All papers',
    description: 'By publication, newest first, whether they were listed or not.',
    query: z.object({
      cursor: catalogue.cursor.meta({ description: 'Where the page begins: the `Link` of the page before it has it.' }),
      limit: catalogue.limit.meta({ description: 'The size of a page.' }),
    }),
    content: { [JSON_TYPE]: z.array(IN_CATALOGUE) },
    headers: NEXT,
    refusals: { 400: [JSON_TYPE] },
    examples: ['/api/papers?limit=3'],
  },
  {
    ...common,
    path: '/api/arxiv/{arxivId}/repos',
    id: 'hfRepositories',
    summary: 'The models, data sets and spaces of a paper',
    description: 'The repositories at Hugging Face to which the paper links.',
    inPath: ARXIV_ID_IN_PATH,
    content: { [JSON_TYPE]: REPOSITORIES },
    refusals: { 404: [JSON_TYPE] },
    examples: ['/api/arxiv/2509.25454/repos'],
  },
]
