// The statements of the peers without an ORM, by postgres.js: prepared, one for each list and one for each relation.
import postgres from 'postgres'
import { cursorOf, databaseUrl, placeOf } from './serve.js'

/** Postgres writes `2026-02-17 09:30:00+00` or with milliseconds, the API RFC 3339. */
const instant = (text) => `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`

/** Pipelined, so that few connections carry all; more were slower. */
const sql = postgres(databaseUrl, {
  max: 2,
  connection: { TimeZone: 'UTC' },
  types: {
    date: { to: 1082, from: [1082], serialize: (text) => text, parse: (text) => text },
    instant: { to: 1184, from: [1184], serialize: (text) => text, parse: instant },
  },
})

const paper = sql`p.id, p.arxiv_id as "arxivId", p.doi, p.title, p.abstract, p.summary, p.published_at as "publishedAt",
  p.updated_at as "updatedAt", p.listed_at as "listedAt", p.listed_on as "listedOn", p.thumbnail_url as "thumbnailUrl",
  p.github_stars as "githubStars", p.vote_count as "voteCount", p.comment_count as "commentCount",
  p.organization_id as "organizationId", p.submitter_id as "submitterId"`

/** Rows of which there is one more than asked for when another page follows. */
function connection(rows, first, order) {
  const nodes = rows.length > first ? rows.slice(0, first) : rows
  const last = nodes.at(-1)
  return {
    nodes,
    pageInfo: { hasNextPage: rows.length > first, endCursor: last ? cursorOf(order, last.key, last.id) : null },
  }
}

export async function trending({ first, after }) {
  const [score, id] = placeOf(after)
  const rows = await sql`select ${paper}, p.trending_score::text as key from papers p
    where p.hidden_at is null and (p.trending_score, p.id) < (${score}::float8, ${id}::bigint)
    order by p.trending_score desc, p.id desc limit ${first + 1}`
  return connection(rows, first, 'TRENDING')
}

export async function papersOfDay(date, first) {
  const rows = await sql`select ${paper}, p.vote_count::text as key from papers p
    where p.hidden_at is null and p.listed_on = ${date} order by p.vote_count desc, p.id desc limit ${first + 1}`
  return connection(rows, first, 'MOST_VOTED')
}

export async function papersOfTopic(id, first) {
  const rows =
    await sql`select ${paper}, t.published_at::text as key from paper_topics t join papers p on p.id = t.paper_id
    where t.topic_id = ${id} and not t.hidden order by t.published_at desc, t.paper_id desc limit ${first + 1}`
  return connection(rows, first, 'NEWEST')
}

export async function papersOfAuthor(id, first) {
  const rows =
    await sql`select ${paper}, a.published_at::text as key from paper_authors a join papers p on p.id = a.paper_id
    where a.author_id = ${id} and not a.repeated and not a.hidden
    order by a.published_at desc, a.paper_id desc limit ${first + 1}`
  return connection(rows, first, 'NEWEST')
}

const only = ([row]) => row ?? null
export const paperByArxivId = (arxivId) =>
  sql`select ${paper} from papers p where p.arxiv_id = ${arxivId} and p.hidden_at is null`.then(only)
export const topicBySlug = (slug) => sql`select id, slug, name, kind from topics where slug = ${slug}`.then(only)
export const authorBySlug = (slug) =>
  sql`select id, slug, name, paper_count as "paperCount" from authors where slug = ${slug}`.then(only)

/** One row for each id, null where there is none; ids may come twice and be null. */
async function one(ids, select) {
  const wanted = [...new Set(ids)].filter((id) => id !== null)
  const rows = wanted.length > 0 ? await select(wanted) : []
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** The rows of each paper, in the order of the statement. */
async function many(paperIds, select) {
  const byPaper = new Map(paperIds.map((id) => [id, []]))
  for (const row of await select([...byPaper.keys()])) byPaper.get(row.paperId).push(row)
  return paperIds.map((id) => byPaper.get(id))
}

export const organizations = (ids) =>
  one(
    ids,
    (wanted) => sql`select id, slug, name, avatar_url as "avatarUrl" from organizations where id = any(${wanted})`,
  )

export const users = (ids) =>
  one(ids, (wanted) => sql`select id, handle, name, avatar_url as "avatarUrl" from users where id = any(${wanted})`)

export const topicsOf = (paperIds) =>
  many(
    paperIds,
    (wanted) => sql`select pt.paper_id as "paperId", t.id, t.slug, t.name, t.kind
      from paper_topics pt join topics t on t.id = pt.topic_id
      where pt.paper_id = any(${wanted}) order by pt.paper_id, t.kind, pt.position`,
  )

export const linksOf = (paperIds) =>
  many(
    paperIds,
    (wanted) => sql`select paper_id as "paperId", kind, url, title from paper_links
      where paper_id = any(${wanted}) order by paper_id, kind, position, url`,
  )

/** The first authors of each paper, as many as are asked for of it. */
export async function authorsOf(asked) {
  const most = Math.max(...asked.map(({ first }) => first))
  const lists = await many(
    asked.map(({ paperId }) => paperId),
    (wanted) => sql`select pa.paper_id as "paperId", a.id, a.slug, a.name, a.paper_count as "paperCount"
      from paper_authors pa join authors a on a.id = pa.author_id
      where pa.paper_id = any(${wanted}) and pa.position <= ${most} order by pa.paper_id, pa.position`,
  )
  return lists.map((list, place) => ({ nodes: list.slice(0, asked[place].first) }))
}
