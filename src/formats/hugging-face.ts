import { createHash } from 'node:crypto'
import type { PaperLinkKind } from '../values/vocabulary.ts'

/**
 * Papers in the JSON of Hugging Face's daily-papers API, for tools written for that API.
 *
 * Clients disagree on where fields are: older ones read them inside `paper`, the Python client beside it, so list items
 * repeat many fields in both places. A user has the login as `user` and as `name`, an organization has its picture as
 * `avatar` and as `avatarUrl`. Unknown values are left out, except texts that clients with fixed types require (`summary`,
 * `thumbnail`, `avatarUrl`): these are empty.
 *
 * Two required flags are always false: `isAuthorParticipating`, because commenters are not known here, and `isPro`, because
 * that subscription does not exist here. A paper with an unknown submitter has no `submittedBy`, as at Hugging Face. An
 * author whose account a source has confirmed is `claimed_verified`.
 */

/** A paper as the GraphQL document of `src/http/routes/hugging-face.ts` selects it. */
export interface HfPaperData {
  id: string
  /** Not null for papers of the daily list and for a paper requested by its arXiv id. */
  arxivId: string
  title: string
  abstract: string | null
  summary: string | null
  publishedAt: string
  listedAt: string | null
  voteCount: number
  commentCount: number
  githubStars: number | null
  thumbnailUrl: string | null
  submittedBy: HfUserData | null
  organization: { id: string; slug: string; name: string; avatarUrl: string | null } | null
  authors: HfAuthorsData
  topics: { name: string }[]
  links: { kind: PaperLinkKind; url: string }[]
}

export interface HfAuthorsData {
  edges: { position: number; node: { name: string; user: HfUserData | null } }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

interface HfUserData {
  id: string
  handle: string
  name: string | null
  avatarUrl: string | null
}

/** An element of a list. */
export function hfListItem(data: HfPaperData) {
  const paper = paperOf(data)
  return {
    paper,
    // The time of listing: the Python client reads this as the time of submission.
    publishedAt: data.listedAt ?? data.publishedAt,
    title: paper.title,
    summary: paper.summary,
    mediaUrls: paper.mediaUrls,
    thumbnail: data.thumbnailUrl ?? '',
    numComments: data.commentCount,
    submittedBy: paper.submittedOnDailyBy,
    organization: paper.organization,
    isAuthorParticipating: false,
    upvotes: paper.upvotes,
    submittedOnDailyAt: paper.submittedOnDailyAt,
    projectPage: paper.projectPage,
    githubRepo: paper.githubRepo,
    githubStars: paper.githubStars,
    ai_summary: paper.ai_summary,
    ai_keywords: paper.ai_keywords,
  }
}

/** An element of the whole catalogue: the fields of the paper, and those of an element of a list. */
export const hfCatalogueItem = (data: HfPaperData) => ({ ...hfListItem(data), ...paperOf(data) })

/** A segment of a text with search highlights. */
interface SegmentData {
  text: string
  isMatch: boolean
}

/** A search result, with matches highlighted in the title and in a passage of the abstract. */
export interface HfSearchResultData {
  node: HfPaperData
  titleHighlights: SegmentData[]
  abstractHighlights: SegmentData[]
}

/** An element of search results. `upvoted` is always false, because these requests are anonymous. */
export const hfSearchItem = ({ node, titleHighlights, abstractHighlights }: HfSearchResultData) => ({
  ...hfListItem(node),
  upvoted: false,
  highlightedTitle: titleHighlights.map(segmentOf),
  highlightedSummary: abstractHighlights.map(segmentOf),
})

const segmentOf = ({ text, isMatch }: SegmentData) => ({ type: isMatch ? 'highlight' : 'text', text })

/**
 * A single paper, with the repositories that belong to it. Unlike Hugging Face's, it also has comments and thumbnail.
 */
export function hfPaperDetail(data: HfPaperData) {
  const linkedModels = repositoriesOf(data.links, 'MODEL')
  const linkedDatasets = repositoriesOf(data.links, 'DATASET')
  const linkedSpaces = repositoriesOf(data.links, 'DEMO')
  return {
    ...paperOf(data),
    thumbnail: data.thumbnailUrl ?? '',
    numComments: data.commentCount,
    linkedModels,
    numTotalModels: linkedModels.length,
    linkedDatasets,
    numTotalDatasets: linkedDatasets.length,
    linkedSpaces,
    numTotalSpaces: linkedSpaces.length,
  }
}

/** The fields that list items and single papers share. `JSON.stringify` leaves out undefined ones. */
function paperOf(data: HfPaperData) {
  const urls = (kind: PaperLinkKind) => data.links.filter((link) => link.kind === kind).map((link) => link.url)
  const code = urls('CODE')
  const media = urls('MEDIA')
  const keywords = data.topics.map((topic) => topic.name)
  return {
    id: data.arxivId,
    authors: data.authors.edges.map(({ position, node }) => ({
      // By position, because a paper can have the same name twice.
      _id: hexId(`author ${position} of ${data.id}`),
      name: node.name,
      hidden: false,
      ...(node.user && { status: 'claimed_verified', user: userOf(node.user) }),
    })),
    mediaUrls: media.length > 0 ? media : undefined,
    publishedAt: data.publishedAt,
    submittedOnDailyAt: data.listedAt ?? undefined,
    title: data.title,
    submittedOnDailyBy: data.submittedBy ? userOf(data.submittedBy) : undefined,
    summary: data.abstract ?? '',
    upvotes: data.voteCount,
    discussionId: hexId(`discussion of ${data.id}`),
    projectPage: urls('PROJECT')[0],
    githubRepo: code.find((url) => /^https?:\/\/(www\.)?github\.com\//i.test(url)) ?? code[0],
    githubStars: data.githubStars ?? undefined,
    ai_summary: data.summary ?? undefined,
    ai_keywords: keywords.length > 0 ? keywords : undefined,
    organization: data.organization ? organizationOf(data.organization) : undefined,
  }
}

function userOf({ id, handle, name, avatarUrl }: HfUserData) {
  return {
    _id: hexId(id),
    avatarUrl: avatarUrl ?? '',
    isPro: false,
    fullname: name ?? handle,
    user: handle,
    name: handle,
    type: 'user',
  }
}

function organizationOf({ id, slug, name, avatarUrl }: NonNullable<HfPaperData['organization']>) {
  return {
    _id: hexId(id),
    name: slug,
    fullname: name,
    avatar: avatarUrl ?? undefined,
    avatarUrl: avatarUrl ?? undefined,
  }
}

/** The repositories that a paper links to, in the form without a paper. */
export const hfRepositories = (links: HfPaperData['links']) => ({
  models: repositoriesOf(links, 'MODEL'),
  datasets: repositoriesOf(links, 'DATASET'),
  spaces: repositoriesOf(links, 'DEMO'),
})

/** An id in Hugging Face's format, always the same for the same object. */
const hexId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24)

/** First path segments of huggingface.co that are not accounts with models. */
const PAGES = 'api|blog|collections|datasets|docs|learn|organizations|papers|posts|spaces'

const REPOSITORIES = {
  MODEL: { repoType: 'model', path: new RegExp(`^/(?!(?:${PAGES})/)([\\w.-]+/[\\w.-]+)`) },
  DATASET: { repoType: 'dataset', path: /^\/datasets\/([\w.-]+\/[\w.-]+)/ },
  DEMO: { repoType: 'space', path: /^\/spaces\/([\w.-]+\/[\w.-]+)/ },
}

/** The distinct Hugging Face repositories that links of a kind lead to. */
function repositoriesOf(links: HfPaperData['links'], kind: keyof typeof REPOSITORIES) {
  const { repoType, path } = REPOSITORIES[kind]
  const ids = links.flatMap((link) => {
    const url = link.kind === kind ? URL.parse(link.url) : null
    if (url === null || !/^(www\.)?(huggingface\.co|hf\.co)$/.test(url.hostname)) return []
    return path.exec(url.pathname)?.[1] ?? []
  })
  return [...new Set(ids)].map((id) => ({ id, author: id.split('/', 1)[0], repoType }))
}
