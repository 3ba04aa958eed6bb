// The floor: bare node:http, and for each operation one statement written by hand whose answer Postgres builds as JSON
// text. Nothing is left to do for Node but to pass it on.
import postgres from 'postgres'
import { databaseUrl, placeOf, serveBare } from './serve.js'

// Postgres does the work here, and a connection is one process of it.
const sql = postgres(databaseUrl, { max: 10, connection: { TimeZone: 'UTC' } })

const instant = (column) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
/** A list made of rows of a query, empty where there are none. */
const list = (value, order, from) => `(select coalesce(json_agg(${value} order by ${order}), '[]') from ${from})`

const organization = (more = '') =>
  `(select json_build_object('slug', o.slug, 'name', o.name${more}) from organizations o where o.id = p.organization_id)`
const authors = (fields, first) =>
  `json_build_object('nodes', ${list(
    `json_build_object(${fields})`,
    'pa.position',
    `paper_authors pa join authors a on a.id = pa.author_id where pa.paper_id = p.id and pa.position <= ${first}`,
  )})`
const topics = (more = '') =>
  list(
    `json_build_object('slug', t.slug, 'name', t.name${more})`,
    't.kind, pt.position',
    'paper_topics pt join topics t on t.id = pt.topic_id where pt.paper_id = p.id',
  )
const links = list(
  `json_build_object('url', l.url, 'title', l.title)`,
  'l.position, l.url',
  `paper_links l where l.paper_id = p.id and l.kind = 'CODE'`,
)

const card = `json_build_object('arxivId', p.arxiv_id, 'title', p.title, 'abstract', p.abstract,
  'publishedAt', ${instant('p.published_at')}, 'voteCount', p.vote_count, 'commentCount', p.comment_count,
  'organization', ${organization()}, 'authors', ${authors(`'name', a.name`, 10)}, 'topics', ${topics()})`

const cursor = `rtrim(translate(replace(encode(convert_to(
  json_build_array('TRENDING', p.trending_score::text, p.id)::text, 'UTF8'), 'base64'), E'\\n', ''), '+/', '-_'), '=')`

/** A page of the trending list; one row more is read to see whether another follows. */
const trendingPage = (where) => `
  with page as materialized (
    select *, row_number() over (order by trending_score desc, id desc) as place from papers
    where hidden_at is null ${where} order by trending_score desc, id desc limit 21
  )
  select json_build_object('data', json_build_object('papers', json_build_object(
    'nodes', ${list(card, 'place', 'page p where place <= 20')},
    'pageInfo', json_build_object('hasNextPage', (select count(*) > 20 from page),
      'endCursor', (select ${cursor} from page p where place <= 20 order by place desc limit 1)))))::text as body`

const newest = (value, from) =>
  `json_build_object('nodes', ${list(value, 'p.range_at desc, p.id desc', `(${from}) p`)})`

const paperInFull = `json_build_object('arxivId', p.arxiv_id, 'doi', p.doi, 'title', p.title, 'abstract', p.abstract,
  'summary', p.summary, 'publishedAt', ${instant('p.published_at')}, 'updatedAt', ${instant('p.updated_at')},
  'listedAt', ${instant('p.listed_at')}, 'listedOn', p.listed_on, 'thumbnailUrl', p.thumbnail_url,
  'githubStars', p.github_stars, 'voteCount', p.vote_count, 'commentCount', p.comment_count,
  'organization', ${organization(`, 'avatarUrl', o.avatar_url`)},
  'submittedBy', (select json_build_object('handle', u.handle, 'name', u.name, 'avatarUrl', u.avatar_url)
    from users u where u.id = p.submitter_id),
  'authors', ${authors(`'slug', a.slug, 'name', a.name`, 100)}, 'topics', ${topics(`, 'kind', t.kind`)}, 'links', ${links})`

/** Each operation as a statement and the values that it binds. */
const OPERATIONS = {
  trending: [trendingPage(''), () => []],
  deep: [trendingPage('and (trending_score, id) < ($1::float8, $2::bigint)'), ({ after }) => placeOf(after)],
  topic: [
    `select json_build_object('data', json_build_object('topic', (
      select json_build_object('name', topic.name, 'papers', ${newest(
        card,
        `select p.*, r.published_at as range_at from paper_topics r join papers p on p.id = r.paper_id
         where r.topic_id = topic.id and not r.hidden order by r.published_at desc, r.paper_id desc limit 20`,
      )}) from topics topic where topic.slug = $1)))::text as body`,
    ({ slug }) => [slug],
  ],
  day: [
    `select json_build_object('data', json_build_object('edition', json_build_object('date', $1::date, 'papers',
      json_build_object('nodes', ${list(
        card,
        'p.vote_count desc, p.id desc',
        `(select * from papers where hidden_at is null and listed_on = $1::date
          order by vote_count desc, id desc limit 50) p`,
      )}))))::text as body`,
    ({ date }) => [date],
  ],
  paper: [
    `select json_build_object('data', json_build_object('paper', (
      select ${paperInFull} from papers p where p.arxiv_id = $1 and p.hidden_at is null)))::text as body`,
    ({ arxivId }) => [arxivId],
  ],
  author: [
    `select json_build_object('data', json_build_object('author', (
      select json_build_object('name', author.name, 'paperCount', author.paper_count, 'papers', ${newest(
        `json_build_object('arxivId', p.arxiv_id, 'title', p.title, 'publishedAt', ${instant('p.published_at')},
          'voteCount', p.vote_count, 'topics', ${topics()})`,
        `select p.*, r.published_at as range_at from paper_authors r join papers p on p.id = r.paper_id
         where r.author_id = author.id and not r.repeated and not r.hidden
         order by r.published_at desc, r.paper_id desc limit 20`,
      )}) from authors author where author.slug = $1)))::text as body`,
    ({ slug }) => [slug],
  ],
  // Only the vote and the count of its paper: ours keeps the sums of authors, organizations and topics and the scores too.
  vote: [
    `with token as (select user_id from access_tokens where hash = encode(sha256($2::text::bytea), 'hex') and revoked_at is null),
      cast_now as (
        insert into votes (paper_id, user_id, voted_at) select $1::bigint, user_id, now() from token
        on conflict do nothing returning paper_id
      ),
      counted as (
        update papers set vote_count = vote_count + 1 from cast_now where papers.id = cast_now.paper_id
        returning papers.vote_count
      )
      select json_build_object('data', json_build_object('castVote', json_build_object('paper', json_build_object('voteCount',
        coalesce((select vote_count from counted), (select vote_count from papers where id = $1::bigint))))))::text as body`,
    ({ id, token }) => [String(id), token],
  ],
}

serveBare(async (operation, variables) => {
  const [text, values] = OPERATIONS[operation]
  const [{ body }] = await sql.unsafe(text, values(variables), { prepare: true })
  return body
})
