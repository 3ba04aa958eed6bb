import type { Variables } from './operations.ts'

/** An operation in the words of the schema that PostGraphile makes from the tables. */
interface PostgraphileDocument {
  document: string
  variables?(variables: Variables, cursorPrefix: string): Variables
  /** The answer's data in the form of this project's schema. */
  data?(data: Record<string, unknown>, variables: Variables): unknown
}

const ORGANIZATION = 'organization: organizationByOrganizationId'
const TOPICS = 'topics: paperTopicsByPaperIdList(orderBy: [POSITION_ASC])'
const AUTHORS = 'authors: paperAuthorsByPaperIdList'

const CARD = `arxivId title abstract publishedAt voteCount commentCount ${ORGANIZATION} { slug name }
  ${AUTHORS}(first: 10, orderBy: [POSITION_ASC]) { node: authorByAuthorId { name } }
  ${TOPICS} { node: topicByTopicId { slug name } }`

const TRENDING = 'condition: { hiddenAt: null }, orderBy: [TRENDING_SCORE_DESC, ROW_ID_DESC]'

/** Asked once, to learn what the cursors of the trending list begin with. */
export const ORDER_PROBE = `{ allPapers(first: 1, ${TRENDING}) { pageInfo { endCursor } } }`

export const postgraphileDocuments: Record<string, PostgraphileDocument> = {
  trending: {
    document: `query trending { papers: allPapers(first: 20, ${TRENDING}) { nodes { ${CARD} } pageInfo { hasNextPage endCursor } } }`,
  },
  topic: {
    document: `query topic($slug: String!) { topic: topicBySlug(slug: $slug) { name
      papers: paperTopicsByTopicIdList(first: 20, condition: { hidden: false }, orderBy: [PUBLISHED_AT_DESC, PAPER_ID_DESC]) {
        node: paperByPaperId { ${CARD} } } } }`,
  },
  day: {
    document: `query day($date: Date!) { papers: allPapersList(first: 50, condition: { hiddenAt: null, listedOn: $date },
      orderBy: [VOTE_COUNT_DESC, ROW_ID_DESC]) { ${CARD} } }`,
    data: ({ papers }, { date }) => ({ edition: { date, papers } }),
  },
  paper: {
    document: `query paper($arxivId: String!) { paper: paperByArxivId(arxivId: $arxivId) {
      arxivId doi title abstract summary publishedAt updatedAt listedAt listedOn thumbnailUrl githubStars voteCount commentCount
      ${ORGANIZATION} { slug name avatarUrl } submittedBy: userBySubmitterId { handle name avatarUrl }
      ${AUTHORS}(first: 100, orderBy: [POSITION_ASC]) { node: authorByAuthorId { slug name } }
      ${TOPICS} { node: topicByTopicId { slug name kind } }
      links: paperLinksByPaperIdList(condition: { kind: CODE }, orderBy: [POSITION_ASC, URL_ASC]) { url title } } }`,
  },
  author: {
    document: `query author($slug: String!) { author: authorBySlug(slug: $slug) { name paperCount
      papers: paperAuthorsByAuthorIdList(first: 20, condition: { repeated: false, hidden: false },
        orderBy: [PUBLISHED_AT_DESC, PAPER_ID_DESC]) {
        node: paperByPaperId { arxivId title publishedAt voteCount ${TOPICS} { node: topicByTopicId { slug name } } } } } }`,
  },
  deep: {
    document: `query deep($after: Cursor!) { papers: allPapers(first: 20, after: $after, ${TRENDING}) {
      nodes { ${CARD} } pageInfo { hasNextPage endCursor } } }`,
    variables: ({ after }, prefix) => {
      const [, key, id] = JSON.parse(Buffer.from(String(after), 'base64url').toString())
      return { after: Buffer.from(JSON.stringify([prefix, Number(key), String(id)])).toString('base64') }
    },
  },
}
