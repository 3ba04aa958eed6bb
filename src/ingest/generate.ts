import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { OperatorError } from '../errors.ts'
import { paperScores, recomputeAllScores, topicScores } from '../queries/trending.ts'
import { fillGeneration, postAll } from '../search/fill.ts'
import { recordset } from './recordset.ts'
import { categorySlug, slugOf } from './slugs.ts'
import { foldName } from './text.ts'

// A catalogue of any size with the proportions of a real one. Postgres draws every row from a hash of its number and
// the seed, so that a size and a seed always give the same rows; only the words come from here.

export interface GenerateOptions {
  papers: number
  seed?: number
  halfLifeHours: number
  /** Is told what is done next. */
  onProgress?: (step: string) => void
  /** Gives up before the next step; nothing is left of those before. */
  signal?: AbortSignal
}

/** With more, the busiest month would run out of arXiv numbers. */
export const MOST_PAPERS = 3_000_000

/** Five years, the same whenever it runs: a catalogue that ended today would be another one tomorrow. */
const [FIRST_DAY, LAST_DAY] = ['2021-07-01', '2026-06-30']

const TABLES = [
  'papers',
  'authors',
  'organizations',
  'topics',
  'users',
  'paper_authors',
  'paper_topics',
  'paper_links',
  'paper_identifiers',
  'outside_counts',
  'votes',
]

/** How many papers a statement makes: that long is the wait between two lines of progress. */
const SLICE = 50_000

interface Slice {
  from: number
  to: number
}

/**
 * Fills an empty catalogue, in one transaction: interrupted, it leaves an empty catalogue. Nobody else can read or write
 * meanwhile, as foreign keys and indexes are taken down and come back at the end, and every row is written once, with
 * its counts.
 *
 * @throws OperatorError where the catalogue is not empty or the numbers are out of range
 */
export async function generateCatalogue(db: Db, options: GenerateOptions): Promise<void> {
  const { papers, seed = 1, halfLifeHours, onProgress, signal } = options
  if (!Number.isInteger(papers) || papers < 1 || papers > MOST_PAPERS)
    throw new OperatorError(`The number of papers must be from 1 to ${MOST_PAPERS}; it is ${papers}.`)
  if (!Number.isSafeInteger(seed)) throw new OperatorError(`The seed must be a whole number; it is ${seed}.`)
  const plan = planOf(papers, seed)
  const slices = Array.from({ length: Math.ceil(papers / SLICE) }, (_, n) => ({
    from: n * SLICE + 1,
    to: Math.min((n + 1) * SLICE, papers),
  }))

  const begin = (step: string) => {
    signal?.throwIfAborted()
    onProgress?.(step)
  }

  await db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = 0`)
    await tx.execute(sql`set local work_mem = '64MB'`)
    await tx.execute(sql`set local maintenance_work_mem = '256MB'`)
    await tx.execute(sql`set local jit = off`)
    await lockEmptyCatalogue(tx)
    await recomputeAllScores(tx, halfLifeHours)
    const restoring = await takeDownIndexes(tx)

    await tx.execute(days(plan))
    await storeWords(tx, seed)
    for (const slice of slices) {
      begin(`authors, topics and votes of papers ${slice.from} to ${slice.to}`)
      await withPapersOf(tx, plan, slice, [paperAuthors, paperTopics, paperLinks, outsideCounts, votes])
    }
    begin('vote counts and trending scores')
    await tx.execute(counts(plan, halfLifeHours))
    for (const slice of slices) {
      begin(`papers ${slice.from} to ${slice.to}`)
      await withPapersOf(tx, plan, slice, [papersThemselves])
    }
    begin('authors, organizations, topics and users')
    for (const rows of [authors, organizations, topics, users]) await tx.execute(rows(plan))
    await countOn(tx)

    begin('indexes and foreign keys')
    for (const statement of restoring) {
      signal?.throwIfAborted()
      await tx.execute(sql.raw(statement))
    }
    await tx.execute(sql`analyze`)

    begin('search index')
    await indexAll(tx, begin, signal)
    await tx.execute(sql`analyze search_generations, search_terms, search_papers, search_postings`)
  })
}

/** As nobody else can write, what is read of the papers is what goes in. */
async function indexAll(tx: Db, begin: (step: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const [serving] = await tx.execute<{ generation: number }>(
    sql`select generation from search_generations where serving`,
  )
  const { generation } = serving as { generation: number }
  await fillGeneration(tx, generation, {
    posting: false,
    ...(signal ? { signal } : {}),
    onProgress: (done) => done % SLICE === 0 && begin(`search index: ${done} papers so far`),
  })
  begin('search index: sorting it by words')
  await postAll(tx, generation)
  signal?.throwIfAborted()
}

async function lockEmptyCatalogue(tx: Db): Promise<void> {
  await tx.execute(sql.raw(`lock table ${TABLES.join(', ')} in access exclusive mode`))
  const [found] = await tx.execute<{ name: string }>(
    sql.raw(TABLES.map((name) => `(select '${name}' as name from ${name} limit 1)`).join(' union all ')),
  )
  if (found)
    throw new OperatorError(
      `Only an empty catalogue can be filled, and this one has ${found.name.replace('_', ' ')}: ` +
        'name another place by DATA_DIR, or an empty database by DATABASE_URL.',
    )
}

/** Drops what slows down writing in bulk, and answers the statements that bring the same back. */
async function takeDownIndexes(tx: Db): Promise<string[]> {
  const found = await tx.execute<{ drop: string; restore: string }>(sql`
    with filled as (select name::regclass as id from unnest(${sql.param(TABLES)}::text[]) as name)
    select 1 as turn, format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
    from pg_constraint where contype = 'f' and conrelid in (select id from filled)
    union all
    select 2, format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    from pg_index
    where indrelid in (select id from filled)
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by turn`)
  for (const { drop } of found) await tx.execute(sql.raw(drop))
  // Indexes first: the check of a foreign key reads them.
  return found.map(({ restore }) => restore).reverse()
}

/** Rows that come later take up the numbers where these ended. */
async function countOn(tx: Db): Promise<void> {
  for (const table of ['users', 'organizations', 'authors', 'topics', 'papers'])
    await tx.execute(sql.raw(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`))
}

/** How much there is of what, and where the dice are. */
interface Plan {
  papers: number
  authors: number
  users: number
  organizations: number
  /** A multiple of `KEYWORD_FAMILIES`. */
  keywords: number
  /** A number from 0 to below 1 that a row's number decides, another one for each purpose. */
  draw(row: SQL, purpose: string): SQL
}

const planOf = (papers: number, seed: number): Plan => ({
  papers,
  authors: Math.ceil(papers * 0.6) + 20,
  users: Math.round(papers / 20) + 50,
  organizations: Math.round(papers / 200) + 20,
  keywords: KEYWORD_FAMILIES * Math.round((papers / 2 + 500) / KEYWORD_FAMILIES),
  draw: (row, purpose) =>
    sql`((hashint8extended(${row}, hashtextextended(${literal(purpose)}, ${literal(seed)})) & 1073741823) / 1073741824::float8)`,
})

/** Part of the text of a statement; never anything from outside. */
const literal = (value: string | number): SQL => sql.raw(typeof value === 'number' ? String(value) : `'${value}'`)

/** Of `size` things a place from 0, the first ones drawn by far the most often, and the last ones still now and then. */
function longTailed(size: number, draw: SQL): SQL {
  // The inverse of the distribution whose density falls by (place + offset)^-3/4.
  const offset = size / 600
  const start = offset ** 0.25
  const width = (size + offset) ** 0.25 - start
  return sql`least(${literal(size - 1)}, floor(power(${literal(start)}::float8 + ${literal(width)}::float8 * ${draw}, 4) - ${literal(offset)}::float8))::int`
}

/** Exponentially distributed, at least 0. */
const waiting = (mean: number, draw: SQL): SQL => sql`(${literal(-mean)}::float8 * ln(1 - ${draw}))`

/** At least 0 and at most `most`: most often 0, now and then very many. */
const heavyTailed = (exponent: number, most: number, draw: SQL): SQL =>
  sql`least(${literal(most)}, floor(power(1 - ${draw}, ${literal(-exponent)}::float8)) - 1)::int`

/** List days with the numbers of their papers: weekdays, more papers a day as years go by, none of them like another. */
const days = ({ papers, draw }: Plan): SQL => sql`
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

/** Makes the papers of a slice, short of their texts, for the statements that need them. */
async function withPapersOf(tx: Db, plan: Plan, slice: Slice, statements: ((plan: Plan) => SQL)[]): Promise<void> {
  await tx.execute(paperFacts(plan, slice))
  for (const rows of statements) await tx.execute(rows(plan))
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

const paperAuthors = ({ draw, authors }: Plan): SQL => sql`
  insert into paper_authors (paper_id, position, author_id, repeated, published_at)
  select paper_id, position, author_id,
    row_number() over (partition by paper_id, author_id order by position) > 1, published_at
  from (
    select id as paper_id, position, published_at, 1 + ${longTailed(authors, draw(sql`id * 1000 + place`, 'author'))} as author_id
    from generated_papers
    cross join lateral generate_series(1, authors) as position
    -- Now and then the first author is printed once more at the end.
    cross join lateral (
      select case when position = authors and ${draw(sql`id`, 'repeated')} < 0.005 then 1 else position end as place
    ) as drawn
  ) as signed`

const CATEGORIES = (
  'cs.LG cs.CV cs.CL cs.AI cs.RO stat.ML cs.CR cs.HC cs.SE cs.IR eess.IV cs.SD eess.AS cs.MA cs.CY cs.NE cs.GR ' +
  'cs.DC cs.SI eess.SY cs.IT math.OC cs.DB cs.MM quant-ph cs.LO cs.AR cs.DS eess.SP cs.NI q-bio.QM cs.PL stat.ME ' +
  'cs.GT math.ST stat.AP physics.comp-ph cs.CE math.NA cs.DL q-bio.NC q-bio.BM cs.ET cs.CC cs.PF cond-mat.mtrl-sci ' +
  'astro-ph.IM hep-ph physics.ao-ph cs.DM q-fin.ST math.PR cs.FL physics.chem-ph q-bio.GN econ.GN cs.SC cs.OS ' +
  'hep-ex cs.MS'
).split(' ')
const FIRST_KEYWORD = CATEGORIES.length + 1

/** A paper has at most one keyword of a family, so that none stands twice in it. */
const KEYWORD_FAMILIES = 8

function paperTopics({ draw, keywords }: Plan): SQL {
  const by = (purpose: string) => draw(sql`id`, purpose)
  const families = literal(KEYWORD_FAMILIES)
  const slot = sql`id * 1000 + slot`
  return sql`
    insert into paper_topics (paper_id, topic_id, position, published_at)
    select id, topic_id, row_number() over (partition by id order by keyword, slot), published_at
    from (
      select id, published_at, false as keyword, slot,
        1 + (floor(60 * power(${by('category')}, 2.5)) + case slot
          when 1 then 0
          when 2 then 1 + floor(20 * ${by('second category')})
          else 21 + floor(20 * ${by('third category')}) end)::int % 60 as topic_id
      from generated_papers cross join lateral generate_series(1, 1 + floor(3 * ${by('categories')})::int) as slot
      union all
      select id, published_at, true, slot, ${literal(FIRST_KEYWORD)} + family + ${families} * case
        when family = 0 and ${by('first keyword')} < 0.44 then 0
        else ${longTailed(keywords / KEYWORD_FAMILIES, draw(slot, 'keyword'))} end
      from generated_papers
      cross join lateral generate_series(1, 4 + floor(5 * ${by('keywords')})::int) as slot
      cross join lateral (select (slot + floor(${families} * ${by('first family')})::int) % ${families} as family) as drawn
    ) as tagged`
}

const paperLinks = ({ draw }: Plan): SQL => sql`
  insert into paper_links (paper_id, kind, url, title, position)
  select id, 'CODE'::paper_link_kind, 'https://github.com/' || lower(${familyName(sql`floor(1000000 * ${draw(sql`id`, 'account')})::int`)}) || '/paper-' || id, null, 1
  from generated_papers where has_code
  union all
  select id, 'PROJECT', 'https://' || lower(${familyName(sql`floor(1000000 * ${draw(sql`id`, 'account')})::int`)}) || '.example/paper-' || id, null, 1
  from generated_papers where has_project`

/** Reports of one outside source as votes came in; a count that falls from one report to the next is a vote taken back. */
const outsideCounts = ({ draw }: Plan): SQL => sql`
  insert into outside_counts (paper_id, source, counted_at, votes, increment)
  select id, 'generated', counted_at, votes, votes - lag(votes, 1, 0) over (partition by id order by counted_at)
  from (
    select id, announced_at + report * interval '17 hours' as counted_at,
      round(popularity * sqrt(report::float8 / reports))::int
        + case when report < reports and ${draw(sql`id`, 'falling')} < 0.1 then 2 else 0 end as votes
    from (select *, 1 + floor(3 * ${draw(sql`id`, 'reports')})::int as reports from generated_papers where listed) as paper
    cross join lateral generate_series(1, reports) as report
  ) as reported`

const votes = ({ draw, users }: Plan): SQL => sql`
  insert into votes (paper_id, user_id, voted_at)
  select id, user_id, min(voted_at)
  from (
    select id, 1 + floor(${literal(users)} * power(${draw(sql`id * 1000 + vote`, 'voter')}, 2))::int as user_id,
      announced_at + ${waiting(30, draw(sql`id * 1000 + vote`, 'voted'))} * interval '1 hour' as voted_at
    from generated_papers
    cross join lateral generate_series(1, floor(popularity * 0.2 + ${draw(sql`id`, 'votes here')})::int) as vote
  ) as vote
  group by id, user_id
  order by id, user_id`

/** What `src/queries/counts.ts` would find for each paper, computed once, before papers and authors are written. */
const counts = ({ papers }: Plan, halfLifeHours: number): SQL => sql`
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

function papersThemselves({ draw }: Plan): SQL {
  const by = (purpose: string) => draw(sql`paper.id`, purpose)
  const anyOf = (texts: string, count: number, alias: string) => sql`
    join ${sql.identifier(`generated_${texts}`)} as ${sql.identifier(alias)}
      on ${sql.identifier(alias)}.n = floor(${literal(count)} * ${by(alias)})::int`
  return sql`
    insert into papers (id, arxiv_id, title, abstract, summary, published_at, updated_at, listed_at, listed_on, submitter_id,
      organization_id, thumbnail_url, github_stars, author_count, vote_count, comment_count, trending_score, facts_as_of)
    overriding system value
    select paper.id, arxiv_id,
      initcap(name.text) || ': ' || method.text
        || (array[' for ', ' with ', ' in ', ' without ', ' beyond '])[1 + floor(5 * ${by('preposition')})::int]
        || subject.text,
      opening.text || ' ' || middle.text || ' ' || evidence.text || ' ' || ending.text,
      case when ${by('summary')} < 0.6 then split_part(ending.text, '. ', 1) || '.' end,
      published_at, case when ${by('revised')} < 0.3 then published_at + ${waiting(40, by('updated'))} * interval '1 day' end,
      case when listed then announced_at end, case when listed then day end, case when listed then submitter_id end,
      organization_id, case when listed then 'https://pictures.example/' || arxiv_id || '.png' end,
      case when has_code then 3 * ${heavyTailed(0.7, 50_000, by('stars'))} end, authors, counts.votes,
      ${heavyTailed(0.5, 500, by('comments'))}, counts.score, announced_at + interval '3 days'
    from generated_papers as paper
    join generated_counts as counts on counts.id = paper.id
    ${anyOf('words', WORDS, 'name')} ${anyOf('phrases', PHRASES, 'method')} ${anyOf('phrases', PHRASES, 'subject')}
    ${anyOf('passages', PASSAGES, 'opening')} ${anyOf('passages', PASSAGES, 'middle')}
    ${anyOf('passages', PASSAGES, 'evidence')} ${anyOf('passages', PASSAGES, 'ending')}`
}

const GIVEN_NAMES = (
  'Ada Amara Ana Anders Aylin Björn Bo Carmen Chen Chidi Dagny Daniel Đorđe Elif Emre Esther Fatima Feng Goran Grace Hana ' +
  'Hao Henrik Ines Ioana Ivan Jan Jing José Jun Kaito Karin Kofi Lars Lei Leila Łukasz Maja Marie Mei Ming Miriam ' +
  'Mohammed Nguyễn Nikos Noor Olga Omar Paul Priya Quentin Rafael Ravi Rosa Sanjay Ștefan Sofia Tariq Thu Uma Viktor Wei ' +
  'Yuki Zoë'
).split(' ')

/** Two letters each, so that different numbers make different names. */
const SYLLABLES = [...'bcdfghjklmnprstvwxyz'].flatMap((consonant) => [...'aeiou'].map((vowel) => consonant + vowel))

/** Of a number below a million. */
function familyName(number: SQL): SQL {
  const syllable = (place: number) =>
    sql`substr(${literal(SYLLABLES.join(''))}, 1 + 2 * (${number} / ${literal(place)} % 100)::int, 2)`
  return sql`initcap(${syllable(1)} || ${syllable(100)} || ${syllable(10_000)})`
}

/** Shuffles the numbers below a prime: multiplied by the same number, no two of them meet. */
const shuffled = (row: SQL, prime: number, purpose: string, { draw }: Plan): SQL =>
  sql`(${row} * (1 + floor(${draw(sql`0`, purpose)} * ${literal(prime - 1)})::bigint) % ${literal(prime)})`
const PRIME_BELOW_MILLION = 999_983
/** As many as there are given names for each family name, nearly. */
const PRIME_BELOW_64_MILLION = 63_999_979

/** Those who signed something, with what `src/queries/counts.ts` would count for them. */
const authors = (plan: Plan): SQL => sql`
  insert into authors (id, slug, name, user_id, paper_count, vote_count) overriding system value
  select author.id, given.slug || '-' || lower(family), given.name || ' ' || family,
    case when ${plan.draw(sql`author.id`, 'account')} < 0.03
      then 1 + floor(${literal(plan.users)} * ${plan.draw(sql`author.id`, 'which account')})::int end,
    papers, votes
  from (
    select author_id as id, count(*)::int as papers, sum(votes)::int as votes
    from paper_authors join generated_counts on generated_counts.id = paper_id
    where not repeated group by author_id
  ) as author
  cross join lateral (select ${shuffled(sql`author.id`, PRIME_BELOW_64_MILLION, 'names', plan)} as n offset 0) as number
  cross join lateral (select ${familyName(sql`(number.n / 64)`)} as family offset 0) as last
  join generated_given_names as given on given.n = number.n % 64
  order by author.id`

const users = (plan: Plan): SQL => sql`
  insert into users (id, handle, name, avatar_url) overriding system value
  select id, lower(family), case when id % 5 > 0 then given.name || ' ' || family end,
    case when id % 3 > 0 then 'https://pictures.example/' || lower(family) || '.png' end
  from generate_series(1, ${literal(plan.users)}) as id
  cross join lateral (select ${familyName(shuffled(sql`id::bigint`, PRIME_BELOW_MILLION, 'handles', plan))} as family offset 0) as last
  join generated_given_names as given on given.n = id % 64
  order by id`

const organizations = (plan: Plan): SQL => sql`
  insert into organizations (id, slug, name, avatar_url, paper_count, vote_count) overriding system value
  select id, replace(name, ' ', '-'), name, 'https://pictures.example/' || replace(name, ' ', '-') || '.png', papers, votes
  from (
    select organization_id as id, count(*)::int as papers, sum(vote_count)::int as votes
    from papers where organization_id is not null group by organization_id
  ) as organization
  cross join lateral (
    select ${familyName(shuffled(sql`id`, PRIME_BELOW_MILLION, 'organizations', plan))}
      || (array[' University', ' Lab', ' AI', ' Institute', ' Research'])[1 + id % 5] as name offset 0
  ) as named
  order by id`

function topics({ keywords }: Plan): SQL {
  const last = CATEGORIES.length + keywords
  return sql`
    with used as (select topic_id as id, count(*)::int as papers from paper_topics group by topic_id),
    scored as (${topicScores(sql`select generate_series(1, ${literal(last)})`)})
    insert into topics (id, kind, slug, name, folded_name, paper_count, trending_score) overriding system value
    select used.id, kind::topic_kind, named.slug, named.name, named.folded, papers, coalesce(score, '-Infinity')
    from used
    join (
      select n + 1 as id, 'CATEGORY' as kind, slug, name, folded from generated_categories
      union all
      select ${literal(FIRST_KEYWORD)}, 'KEYWORD', 'large-language-models', 'Large Language Models', 'large language models'
      union all
      select ${literal(FIRST_KEYWORD)} + keyword, 'KEYWORD', a.text || '-' || b.text,
        case when keyword % 3 = 0 then initcap(a.text || ' ' || b.text) else a.text || ' ' || b.text end, a.text || ' ' || b.text
      from generate_series(1, ${literal(keywords - 1)}) as keyword
      -- Every number is another pair of words.
      join generated_words as a on a.n = keyword % ${literal(WORDS)}
      join generated_words as b on b.n = (keyword / ${literal(WORDS)} + keyword * 7) % ${literal(WORDS)}
    ) as named on named.id = used.id
    left join scored on scored.key = used.id
    order by used.id`
}

const ORDINARY_WORDS = (
  'model data learning network method training language image task performance results approach framework inference ' +
  'attention representation benchmark evaluation reasoning agent policy reward graph video speech robot retrieval memory ' +
  'token context prompt alignment safety scaling transformer diffusion embedding encoder decoder latent gradient ' +
  'optimization loss accuracy efficient robust sparse dense large small deep shallow novel simple general open we show ' +
  'propose introduce study improve reduce achieve outperform existing recent previous across between under without with ' +
  'from into over than this these which each every many few several real synthetic human machine world knowledge ' +
  'structure semantic visual textual temporal spatial causal statistical neural symbolic hybrid dynamic static adaptive ' +
  'hierarchical modular distributed federated private secure fair interpretable controllable generation understanding ' +
  'translation summarization classification detection segmentation recognition prediction planning search sampling ' +
  'distillation quantization pruning compression calibration uncertainty bias noise signal feature label annotation corpus ' +
  'protein molecule climate medical clinical legal financial education code program theorem proof geometry physics'
).split(' ')
const BEYOND_LATIN_1 = [
  'Erdős–Rényi',
  'λ-calculus',
  'ε-greedy',
  '大規模言語モデル',
  'обучение',
  '∇-free',
  'Čebyšëv',
  '🤗',
  '“in the wild”',
]

const WORDS = 1500
const PHRASES = 2000
const PASSAGES = 4000

/** Brings the words that texts and names are made of into tables of this transaction. */
async function storeWords(tx: Db, seed: number): Promise<void> {
  const random = numbers(seed)
  const pick = <T>(list: readonly T[], skew = 1): T => list[Math.floor(list.length * random() ** skew)] as T

  const words = new Set(ORDINARY_WORDS)
  while (words.size < WORDS) {
    const syllables = Array.from({ length: 2 + (words.size % 2) }, () => pick(SYLLABLES))
    words.add(syllables.join('') + pick([...'lmnrst']))
  }
  const vocabulary = [...words]
  const word = () => pick(vocabulary, 2.2)
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
  const phrase = (n: number) => {
    const ordinary = Array.from({ length: 2 + (n % 2) }, () => capital(word())).join(' ')
    return n % 100 === 99 ? `${pick(BEYOND_LATIN_1)} ${ordinary}` : ordinary
  }
  const sentence = (length: number) => `${capital(Array.from({ length }, word).join(' '))}.`
  const passage = (n: number) =>
    [
      sentence(18 + (n % 9)),
      sentence(16 + (n % 7)),
      ...(n % 100 === 99 ? [`${pick(BEYOND_LATIN_1)} ${word()}.`] : []),
    ].join(' ')

  const store = (name: string, rows: readonly object[], columns: string) =>
    tx.execute(sql`
      create temporary table ${sql.identifier(`generated_${name}`)} on commit drop as
      select * from ${recordset(rows, columns)}`)
  const texts = (name: string, list: readonly string[]) =>
    store(
      name,
      list.map((text, n) => ({ n, text })),
      'r(n int, text text)',
    )
  await texts('words', vocabulary)
  await texts(
    'phrases',
    Array.from({ length: PHRASES }, (_, n) => phrase(n)),
  )
  await texts(
    'passages',
    Array.from({ length: PASSAGES }, (_, n) => passage(n)),
  )
  await store(
    'given_names',
    GIVEN_NAMES.map((name, n) => ({ n, name, slug: slugOf(name, 'author') })),
    'r(n int, name text, slug text)',
  )
  await store(
    'categories',
    CATEGORIES.map((name, n) => ({ n, name, slug: categorySlug(name), folded: foldName(name) })),
    'r(n int, name text, slug text, folded text)',
  )
}

/** Numbers from 0 to below 1 that the seed decides (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
