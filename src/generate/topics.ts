import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { recordset } from '../db/recordset.ts'
import { topicScores } from '../queries/trending.ts'
import { topicSlug } from '../values/slugs.ts'
import { normalizedTopicName } from '../values/text.ts'
import { KEYWORD_FAMILIES, literal, longTailed, type Plan } from './plan.ts'
import type { Vocabulary } from './vocabulary.ts'

export const CATEGORIES = (
  'cs.LG cs.CV cs.CL cs.AI cs.RO stat.ML cs.CR cs.HC cs.SE cs.IR eess.IV cs.SD eess.AS cs.MA cs.CY cs.NE cs.GR ' +
  'cs.DC cs.SI eess.SY cs.IT math.OC cs.DB cs.MM quant-ph cs.LO cs.AR cs.DS eess.SP cs.NI q-bio.QM cs.PL stat.ME ' +
  'cs.GT math.ST stat.AP physics.comp-ph cs.CE math.NA cs.DL q-bio.NC q-bio.BM cs.ET cs.CC cs.PF cond-mat.mtrl-sci ' +
  'astro-ph.IM hep-ph physics.ao-ph cs.DM q-fin.ST math.PR cs.FL physics.chem-ph q-bio.GN econ.GN cs.SC cs.OS ' +
  'hep-ex cs.MS'
).split(' ')
const FIRST_KEYWORD = CATEGORIES.length + 1

export function paperTopics({ draw, keywords }: Plan): SQL {
  const by = (purpose: string) => draw(sql`id`, purpose)
  const families = literal(KEYWORD_FAMILIES)
  const slot = sql`id::bigint * 1000 + slot`
  return sql`
    insert into paper_topics (paper_id, topic_id, position, published_at, spelling)
    select tagged.id, topic_id, row_number() over (partition by tagged.id order by keyword, slot), published_at,
      nullif(topic.name, topic.normalized)
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
    ) as tagged left join generated_topics as topic on topic.id = topic_id`
}

/** The number of words that keywords combine. Their pairs are enough for `MOST_PAPERS`. */
const KEYWORD_WORDS = 1_500

/** Stores the names of all possible topics in a temporary table; texts use these names, too. */
export async function nameTopics(tx: Db, { keywords }: Plan, vocabulary: Vocabulary): Promise<void> {
  const categories = CATEGORIES.map((name, n) => ({
    id: n + 1,
    kind: 'CATEGORY',
    slug: topicSlug('CATEGORY', name),
    name,
    normalized: normalizedTopicName(name),
  }))
  const words = vocabulary.plainWords(KEYWORD_WORDS).map((text, n) => ({ n, text }))
  await tx.execute(sql`
    create temporary table generated_topics on commit drop as
    with words as materialized (select * from ${recordset(words, 'r(n int, text text)')})
    select * from ${recordset(categories, 'r(id int, kind text, slug text, name text, normalized text)')}
    union all
    select ${literal(FIRST_KEYWORD)}, 'KEYWORD', 'large-language-models', 'Large Language Models', 'large language models'
    union all
    select ${literal(FIRST_KEYWORD)} + keyword, 'KEYWORD', a.text || '-' || b.text,
      case when keyword % 3 = 0 then initcap(a.text || ' ' || b.text) else a.text || ' ' || b.text end, a.text || ' ' || b.text
    from generate_series(1, ${literal(keywords - 1)}) as keyword
    -- Every number is another pair of words.
    join words as a on a.n = keyword % ${literal(KEYWORD_WORDS)}
    join words as b on b.n = (keyword / ${literal(KEYWORD_WORDS)} + keyword * 7) % ${literal(KEYWORD_WORDS)}`)
  await tx.execute(sql`create unique index on generated_topics (id)`)
  await tx.execute(sql`analyze generated_topics`)
}

/** The topics that have papers. */
export function topics({ keywords }: Plan): SQL {
  const last = CATEGORIES.length + keywords
  return sql`
    with used as (select topic_id as id, count(*)::int as papers from paper_topics group by topic_id),
    scored as (${topicScores(sql`select generate_series(1, ${literal(last)})`)})
    insert into topics (id, kind, slug, name, normalized_name, paper_count, trending_score) overriding system value
    select id, kind::topic_kind, slug, name, normalized, papers, coalesce(score, '-Infinity')
    from used join generated_topics using (id) left join scored on scored.key = id
    order by id`
}
