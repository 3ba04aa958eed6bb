import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { recordset } from '../db/recordset.ts'
import { slugOf } from '../values/slugs.ts'
import { literal, type Plan } from './plan.ts'
import { SYLLABLES } from './vocabulary.ts'

export const GIVEN_NAMES = (
  'Ada Amara Ana Anders Aylin Björn Bo Carmen Chen Chidi Dagny Daniel Đorđe Elif Emre Esther Fatima Feng Goran Grace Hana ' +
  'Hao Henrik Ines Ioana Ivan Jan Jing José Jun Kaito Karin Kofi Lars Lei Leila Łukasz Maja Marie Mei Ming Miriam ' +
  'Mohammed Nguyễn Nikos Noor Olga Omar Paul Priya Quentin Rafael Ravi Rosa Sanjay Ștefan Sofia Tariq Thu Uma Viktor Wei ' +
  'Yuki Zoë'
).split(' ')

/** Stores given names in a temporary table of this transaction. */
export async function storeGivenNames(tx: Db): Promise<void> {
  const names = GIVEN_NAMES.map((name, n) => ({ n, name, slug: slugOf(name, 'author') }))
  await tx.execute(sql`
    create temporary table generated_given_names on commit drop as
    select * from ${recordset(names, 'r(n int, name text, slug text)')}`)
}

/** The family name of a number below a million. */
export function familyName(number: SQL): SQL {
  const syllable = (place: number) =>
    sql`substr(${literal(SYLLABLES.join(''))}, 1 + 2 * (${number} / ${literal(place)} % 100)::int, 2)`
  return sql`initcap(${syllable(1)} || ${syllable(100)} || ${syllable(10_000)})`
}

/** Permutes the numbers below a prime by multiplying them with a constant modulo the prime. */
const shuffled = (row: SQL, prime: number, purpose: string, { draw }: Plan): SQL =>
  sql`(${row} * (1 + floor(${draw(sql`0`, purpose)} * ${literal(prime - 1)})::bigint) % ${literal(prime)})`
const PRIME_BELOW_MILLION = 999_983
/** Close to the number of pairs of a given name and a family name. */
const PRIME_BELOW_64_MILLION = 63_999_979

/** Authors with papers, with the counts that `src/writes/counts.ts` would compute. */
export const authors = (plan: Plan): SQL => sql`
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

export const users = (plan: Plan): SQL => sql`
  insert into users (id, handle, name, avatar_url) overriding system value
  select id, lower(family), case when id % 5 > 0 then given.name || ' ' || family end,
    case when id % 3 > 0 then 'https://pictures.example/' || lower(family) || '.png' end
  from generate_series(1, ${literal(plan.users)}) as id
  cross join lateral (select ${familyName(shuffled(sql`id::bigint`, PRIME_BELOW_MILLION, 'handles', plan))} as family offset 0) as last
  join generated_given_names as given on given.n = id % 64
  order by id`

export const organizations = (plan: Plan): SQL => sql`
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
