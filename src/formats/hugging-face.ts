import { createHash } from 'node:crypto'
import type { PaperLinkKind } from '../values/vocabulary.ts'

/**
 * Papers in the JSON of Hugging Face's daily-papers API, for tools that were made for it.
 *
 * Its readers disagree on where fields are: the older ones look into `paper`, the Python client beside it, so much of a
 * list's item stands in both. Every user has its login as `user` and as `name`, every organization its picture as
 * `avatar` and as `avatarUrl`. What is not known is left out, but for texts that clients with fixed types cannot do
 * without (`summary`, `thumbnail`, `avatarUrl`): these are then empty.
 *
 * Two flags are required as well and always false: `isAuthorParticipating`, because who comments is not known here, and
 * `isPro`, because nobody has that subscription here. A paper whose submitter is not known has no `submittedBy`, as with
 * Hugging Face itself. An author whose account a source has confirmed is `claimed_verified`.
 */

/** A paper as the fixed document of `src/http/routes/hugging-face.ts` asks for it. */
export interface HfPaperData {
  id: string
  /** Not null for the papers of the daily list and for one asked for by its arXiv id. */
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
    // When it was put on the list: the Python client takes this for the moment of submission.
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

/** A piece of a text, as a search marks it. */
interface SegmentData {
  text: string
  isMatch: boolean
}

/** What a search found, with its words marked in the title and in a passage of the abstract. */
export interface HfFoundData {
  node: HfPaperData
  titleHighlights: SegmentData[]
  abstractHighlights: SegmentData[]
}

/** An element of what a search found. Nobody is known here who could have voted for it. */
export const hfSearchItem = ({ node, titleHighlights, abstractHighlights }: HfFoundData) => ({
  ...hfListItem(node),
  upvoted: false,
  highlightedTitle: titleHighlights.map(segmentOf),
  highlightedSummary: abstractHighlights.map(segmentOf),
})

const segmentOf = ({ text, isMatch }: SegmentData) => ({ type: isMatch ? 'highlight' : 'text', text })

/**
 * A paper by itself, with the repositories that belong to it. Comments and thumbnail are in it too, which Hugging Face
 * leaves to its lists.
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

/** What both have. `JSON.stringify` leaves out what is undefined. */
function paperOf(data: HfPaperData) {
  const urls = (kind: PaperLinkKind) => data.links.filter((link) => link.kind === kind).map((link) => link.url)
  const code = urls('CODE')
  const media = urls('MEDIA')
  const keywords = data.topics.map((topic) => topic.name)
  return {
    id: data.arxivId,
    authors: data.authors.edges.map(({ position, node }) => ({
      // The place of a name in a paper, not the name: it can stand in one twice.
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

/** An id of the form that theirs have, always the same for the same object. */
const hexId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24)

/** Paths of the site with two parts that are no model. */
const PAGES = 'api|blog|collections|datasets|docs|learn|organizations|papers|posts|spaces'

const REPOSITORIES = {
  MODEL: { repoType: 'model', path: new RegExp(`^/(?!(?:${PAGES})/)([\\w.-]+/[\\w.-]+)`) },
  DATASET: { repoType: 'dataset', path: /^\/datasets\/([\w.-]+\/[\w.-]+)/ },
  DEMO: { repoType: 'space', path: /^\/spaces\/([\w.-]+\/[\w.-]+)/ },
}

/** The repositories of one type at Hugging Face that links of a kind lead to, each once. */
function repositoriesOf(links: HfPaperData['links'], kind: keyof typeof REPOSITORIES) {
  const { repoType, path } = REPOSITORIES[kind]
  const ids = links.flatMap((link) => {
    const url = link.kind === kind ? URL.parse(link.url) : null
    if (url === null || !/^(www\.)?(huggingface\.co|hf\.co)$/.test(url.hostname)) return []
    return path.exec(url.pathname)?.[1] ?? []
  })
  return [...new Set(ids)].map((id) => ({ id, author: id.split('/', 1)[0], repoType }))
}
