// The other floor: bare node:http with the statements that this project's own server asks, whose rows are put together by
// hand. It differs from a GraphQL server by GraphQL alone.
import postgres from 'postgres'
import { cursorOf, databaseUrl, placeOf, serveBare } from './serve.js'

const sql = postgres(databaseUrl, {
  max: 3,
  connection: { TimeZone: 'UTC' },
  types: {
    date: { to: 1082, from: [1082], serialize: (text) => text, parse: (text) => text },
    instant: { to: 1184, from: [1184], serialize: (text) => text, parse: (text) => text },
  },
})

/** Postgres writes `2026-02-17 09:30:00+00` or with milliseconds, the API RFC 3339. */
const instant = (text) =>
  text === null ? null : `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`

const byId = (rows) => new Map(rows.map((row) => [row.id, row]))
const distinct = (ids) => [...new Set(ids)].filter((id) => id !== null)

async function rowsById(ids, select) {
  const wanted = distinct(ids)
  return byId(wanted.length > 0 ? await select(wanted) : [])
}

const papersOf = async (ids) => {
  const rows = await rowsById(
    ids,
    (wanted) => sql`select * from papers where id = any(${wanted}::bigint[]) and hidden_at is null`,
  )
  return ids.map((id) => rows.get(id))
}
const organizationsOf = (papers) =>
  rowsById(
    papers.map((paper) => paper.organization_id),
    (wanted) => sql`select * from organizations where id = any(${wanted}::bigint[])`,
  )
const submittersOf = (papers) =>
  rowsById(
    papers.map((paper) => paper.submitter_id),
    (wanted) => sql`select * from users where id = any(${wanted}::bigint[])`,
  )

async function listsOf(papers, select) {
  const lists = new Map(papers.map((paper) => [paper.id, []]))
  for (const row of await select([...lists.keys()])) lists.get(row.paper_id).push(row)
  return lists
}
const authorsOf = (papers, first) =>
  listsOf(
    papers,
    (ids) => sql`select pa.paper_id, pa.position, a.*
      from unnest(${ids}::bigint[], ${ids.map(() => 0)}::bigint[], ${ids.map(() => first)}::int[]) as asked (paper_id, after, size)
      join paper_authors pa on pa.paper_id = asked.paper_id and pa.position > asked.after
        and pa.position <= asked.after + asked.size
      join authors a on a.id = pa.author_id order by pa.paper_id, pa.position`,
  )
const topicsOf = (papers) =>
  listsOf(
    papers,
    (ids) => sql`select pt.paper_id, t.* from paper_topics pt join topics t on t.id = pt.topic_id
      where pt.paper_id = any(${ids}::bigint[]) order by pt.paper_id, t.kind, pt.position`,
  )
const linksOf = (papers) =>
  listsOf(
    papers,
    (ids) =>
      sql`select * from paper_links where paper_id = any(${ids}::bigint[]) order by paper_id, kind, position, url`,
  )

const named = ({ slug, name }) => ({ slug, name })

async function cards(ids) {
  const papers = await papersOf(ids)
  const [organizations, authors, topics] = await Promise.all([
    organizationsOf(papers),
    authorsOf(papers, 10),
    topicsOf(papers),
  ])
  return papers.map((paper) => ({
    arxivId: paper.arxiv_id,
    title: paper.title,
    abstract: paper.abstract,
    publishedAt: instant(paper.published_at),
    voteCount: paper.vote_count,
    commentCount: paper.comment_count,
    organization: paper.organization_id === null ? null : named(organizations.get(paper.organization_id)),
    authors: { nodes: authors.get(paper.id).map(({ name }) => ({ name })) },
    topics: topics.get(paper.id).map(named),
  }))
}

async function trendingPage(after) {
  const [score, place] = placeOf(after)
  const rows =
    after == null
      ? await sql`select id, trending_score::text as key from papers where hidden_at is null
          order by trending_score desc, id desc limit 21`
      : await sql`select id, trending_score::text as key from papers where hidden_at is null
          and (trending_score, id) < (${score}::float8, ${place}::bigint) order by trending_score desc, id desc limit 21`
  const page = rows.slice(0, 20)
  const last = page.at(-1)
  return {
    papers: {
      nodes: await cards(page.map(({ id }) => id)),
      pageInfo: { hasNextPage: rows.length > 20, endCursor: last ? cursorOf('TRENDING', last.key, last.id) : null },
    },
  }
}

const OPERATIONS = {
  trending: () => trendingPage(null),
  deep: ({ after }) => trendingPage(after),
  topic: async ({ slug }) => {
    const [topic] = await sql`select * from topics where slug = any(${[slug]}::text[])`
    const rows = await sql`select paper_id as id, published_at::text as key from paper_topics
      where topic_id = ${topic.id} and not hidden order by published_at desc, paper_id desc limit 21`
    return { topic: { name: topic.name, papers: { nodes: await cards(rows.slice(0, 20).map(({ id }) => id)) } } }
  },
  day: async ({ date }) => {
    const rows = await sql`select id, vote_count::text as key from papers
      where hidden_at is null and listed_on = ${date}::date order by vote_count desc, id desc limit 51`
    return { edition: { date, papers: { nodes: await cards(rows.slice(0, 50).map(({ id }) => id)) } } }
  },
  paper: async ({ arxivId }) => {
    const papers = await sql`select * from papers where arxiv_id = ${arxivId} and hidden_at is null`
    const [organizations, submitters, authors, topics, links] = await Promise.all([
      organizationsOf(papers),
      submittersOf(papers),
      authorsOf(papers, 100),
      topicsOf(papers),
      linksOf(papers),
    ])
    const [paper] = papers
    const organization = organizations.get(paper.organization_id)
    const submitter = submitters.get(paper.submitter_id)
    return {
      paper: {
        arxivId: paper.arxiv_id,
        doi: paper.doi,
        title: paper.title,
        abstract: paper.abstract,
        summary: paper.summary,
        publishedAt: instant(paper.published_at),
        updatedAt: instant(paper.updated_at),
        listedAt: instant(paper.listed_at),
        listedOn: paper.listed_on,
        thumbnailUrl: paper.thumbnail_url,
        githubStars: paper.github_stars,
        voteCount: paper.vote_count,
        commentCount: paper.comment_count,
        organization: organization ? { ...named(organization), avatarUrl: organization.avatar_url } : null,
        submittedBy: submitter
          ? { handle: submitter.handle, name: submitter.name, avatarUrl: submitter.avatar_url }
          : null,
        authors: { nodes: authors.get(paper.id).map(named) },
        topics: topics.get(paper.id).map(({ slug, name, kind }) => ({ slug, name, kind })),
        links: links
          .get(paper.id)
          .filter(({ kind }) => kind === 'CODE')
          .map(({ url, title }) => ({ url, title })),
      },
    }
  },
  author: async ({ slug }) => {
    const [author] = await sql`select * from authors where slug = any(${[slug]}::text[])`
    const rows = await sql`select paper_id as id, published_at::text as key from paper_authors
      where author_id = ${author.id} and not repeated and not hidden order by published_at desc, paper_id desc limit 21`
    const papers = await papersOf(rows.slice(0, 20).map(({ id }) => id))
    const topics = await topicsOf(papers)
    return {
      author: {
        name: author.name,
        paperCount: author.paper_count,
        papers: {
          nodes: papers.map((paper) => ({
            arxivId: paper.arxiv_id,
            title: paper.title,
            publishedAt: instant(paper.published_at),
            voteCount: paper.vote_count,
            topics: topics.get(paper.id).map(named),
          })),
        },
      },
    }
  },
}

serveBare(async (operation, variables) => JSON.stringify({ data: await OPERATIONS[operation](variables) }))
