import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { recordset } from '../db/recordset.ts'
import { paperScores } from '../queries/trending.ts'
import { familyName } from './people.ts'
import { heavyTailed, literal, longTailed, type Plan, type Slice, waiting } from './plan.ts'
import type { Keyword, Writer } from './texts.ts'

/** Five fixed years: dates relative to today would give another catalogue each day. */
const [FIRST_DAY, LAST_DAY] = ['2021-07-01', '2026-06-30']

/** The weekdays with listed papers and the range of their paper numbers; later days have more papers, with variation. */
export const days = ({ papers, draw }: Plan): SQL => sql`
  create temporary table generated_days on commit drop as
  with weekdays as (
    select day::date as day, row_number() over (order by day) as n
    from generate_series(${literal(FIRST_DAY)}::timestamp, ${literal(LAST_DAY)}::timestamp, interval '1 day') as day
    where extract(isodow from day) <= 5
  ), weighed as (
    select day, (0.5 + n::float8 / max(n) over ()) * (0.6 + 0.8 * ${draw(sql`n`, 'day')}) as weight
    from weekdays
  ), counted as (
    select day, round(${literal(papers)} * sum(weight) over (order by day) / sum(weight) over ())::int as last_id
    from weighed
  ), numbered as (
    select day, to_char(day - 1, 'YYMM') as month, lag(last_id, 1, 0) over (order by day) + 1 as first_id, last_id
    from counted
  )
  select *, first_id - min(first_id) over (partition by month) as earlier_in_month from numbered order by day`

/** Makes a temporary table of a slice's papers without texts, for the statements of `run`. */
export async function withPapersOf(tx: Db, plan: Plan, slice: Slice, run: () => Promise<void>): Promise<void> {
  await tx.execute(paperFacts(plan, slice))
  await run()
  await tx.execute(sql`drop table generated_papers`)
}

function paperFacts({ draw, ...plan }: Plan, { from, to }: Slice): SQL {
  const by = (purpose: string) => draw(sql`id`, purpose)
  const normal = sql`sqrt(${waiting(2, by('votes'))}) * cos(2 * pi() * ${by('more votes')})`
  return sql`
    create temporary table generated_papers on commit drop as
    select id, day, (day + (0.2 + ${by('announced')}) * interval '16 hours') at time zone 'UTC' as announced_at,
      month || '.' || lpad((earlier_in_month + id - first_id + 1)::text, 5, '0') as arxiv_id,
      (day - ${by('published')} * interval '1 day' - ${heavyTailed(0.5, 9, by('overlooked'))} * interval '1 day')
        at time zone 'UTC' as published_at,
      ${by('listed')} < 0.9 as listed,
      1 + floor(${waiting(5.3, by('authors'))})::int
        + case when ${by('crowd')} < 0.0005 then 100 + floor(700 * ${by('crowd size')})::int else 0 end as authors,
      case when ${by('affiliated')} < 0.58
        then 1 + ${longTailed(plan.organizations, by('organization'))} end as organization_id,
      1 + ${longTailed(plan.users, by('submitter'))} as submitter_id,
      least(2000, floor(6 * exp(1.1 * ${normal})))::int as popularity,
      ${by('code')} < 0.5 as has_code,
      ${by('project')} < 0.4 as has_project
    from generated_days
    cross join lateral generate_series(greatest(first_id, ${literal(from)}), least(last_id, ${literal(to)})) as id
    where first_id <= ${literal(to)} and last_id >= ${literal(from)}`
}

export const paperAuthors = ({ draw, authors }: Plan): SQL => sql`
  insert into paper_authors (paper_id, position, author_id, repeated, published_at)
  select paper_id, position, author_id,
    row_number() over (partition by paper_id, author_id order by position) > 1, published_at
  from (
    select id as paper_id, position, published_at, 1 + ${longTailed(authors, draw(sql`id::bigint * 1000 + place`, 'author'))} as author_id
    from generated_papers
    cross join lateral generate_series(1, authors) as position
    -- In a few papers the first author is listed again at the end.
    cross join lateral (
      select case when position = authors and ${draw(sql`id`, 'repeated')} < 0.005 then 1 else position end as place
    ) as drawn
  ) as signed`

export const paperLinks = ({ draw }: Plan): SQL => sql`
  insert into paper_links (paper_id, kind, url, title, position)
  select id, 'CODE'::paper_link_kind, 'https://github.com/' || lower(${familyName(sql`floor(1000000 * ${draw(sql`id`, 'account')})::int`)}) || '/paper-' || id, null, 1
  from generated_papers where has_code
  union all
  select id, 'PROJECT', 'https://' || lower(${familyName(sql`floor(1000000 * ${draw(sql`id`, 'account')})::int`)}) || '.example/paper-' || id, null, 1
  from generated_papers where has_project`

/** Vote counts reported by one outside source over time; a falling count is a withdrawn vote. */
export const outsideCounts = ({ draw }: Plan): SQL => sql`
  insert into outside_counts (paper_id, source, counted_at, votes, increment)
  select id, 'generated', counted_at, votes, votes - lag(votes, 1, 0) over (partition by id order by counted_at)
  from (
    select id, announced_at + report * interval '17 hours' as counted_at,
      round(popularity * sqrt(report::float8 / reports))::int
        + case when report < reports and ${draw(sql`id`, 'falling')} < 0.1 then 2 else 0 end as votes
    from (select *, 1 + floor(3 * ${draw(sql`id`, 'reports')})::int as reports from generated_papers where listed) as paper
    cross join lateral generate_series(1, reports) as report
  ) as reported`

export const votes = ({ draw, users }: Plan): SQL => sql`
  insert into votes (paper_id, user_id, voted_at)
  select id, user_id, min(voted_at)
  from (
    select id, 1 + floor(${literal(users)} * power(${draw(sql`id::bigint * 1000 + vote`, 'voter')}, 2))::int as user_id,
      announced_at + ${waiting(30, draw(sql`id::bigint * 1000 + vote`, 'voted'))} * interval '1 hour' as voted_at
    from generated_papers
    cross join lateral generate_series(1, floor(popularity * 0.2 + ${draw(sql`id`, 'votes here')})::int) as vote
  ) as vote
  group by id, user_id
  order by id, user_id`

/** The counts that `src/writes/counts.ts` would compute for each paper, before papers and authors are written. */
export const counts = ({ papers }: Plan, halfLifeHours: number): SQL => sql`
  create temporary table generated_counts on commit drop as
  select paper.id, (coalesce(cast_here.votes, 0) + coalesce(latest.votes, 0))::int as votes,
    coalesce(scored.score, '-Infinity') as score
  from generate_series(1, ${literal(papers)}) as paper (id)
  left join (select paper_id, count(*) as votes from votes group by paper_id) as cast_here on cast_here.paper_id = paper.id
  left join (
    select distinct on (paper_id) paper_id, votes from outside_counts order by paper_id, counted_at desc
  ) as latest on latest.paper_id = paper.id
  left join (${paperScores(sql`select generate_series(1, ${literal(papers)})`, halfLifeHours)}) as scored on scored.key = paper.id
  order by paper.id`

/** Writes the texts of a slice's papers and stores the papers, inside `withPapersOf`. */
export async function writePapers(tx: Db, { draw }: Plan, { from, to }: Slice, writer: Writer): Promise<void> {
  const papers = await tx.execute<{ id: number; keywords: Keyword[] }>(sql`
    select paper_id::int as id, json_agg(json_build_object('id', topic.id, 'name', name) order by position) as keywords
    from paper_topics join generated_topics as topic on topic.id = topic_id
    where paper_id between ${literal(from)} and ${literal(to)} and topic.kind = 'KEYWORD'
    group by paper_id order by paper_id`)
  const texts = papers.map(({ id, keywords }) => ({ id, ...writer.textOf(id, keywords) }))
  const by = (purpose: string) => draw(sql`paper.id`, purpose)
  await tx.execute(sql`
    insert into papers (id, arxiv_id, title, abstract, summary, published_at, updated_at, listed_at, listed_on, submitter_id,
      organization_id, thumbnail_url, github_stars, author_count, vote_count, comment_count, trending_score, facts_as_of)
    overriding system value
    select paper.id, arxiv_id, title, abstract, summary,
      published_at, case when ${by('revised')} < 0.3 then published_at + ${waiting(40, by('updated'))} * interval '1 day' end,
      case when listed then announced_at end, case when listed then day end, case when listed then submitter_id end,
      organization_id, case when listed then 'https://pictures.example/' || arxiv_id || '.png' end,
      case when has_code then 3 * ${heavyTailed(0.7, 50_000, by('stars'))} end, authors, counts.votes,
      ${heavyTailed(0.5, 500, by('comments'))}, counts.score, announced_at + interval '3 days'
    from generated_papers as paper
    join ${recordset(texts, 'text(id int, title text, abstract text, summary text)')} on text.id = paper.id
    join generated_counts as counts on counts.id = paper.id
    order by paper.id`)
}
