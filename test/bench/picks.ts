import postgres from 'postgres'
import { random } from '../support/random.ts'

/** Draws what exists in a catalogue, in the same order in every run. */
export interface Picks {
  topic(): string
  day(): string
  arxivId(): string
  author(): string
  /** A place in the trending list some 10,000 rows deep, as the sort key and the id of its row. */
  place(): { key: string; id: number }
  /** Two words that follow each other in the title of a paper. */
  words(): string
  paperId(): number
  /** The token of somebody who votes. */
  token(): string
}

/**
 * Only topics, days and authors with enough papers for a whole page, where the catalogue has some: an answer should be as
 * large in a catalogue of any size.
 */
export async function loadPicks(url: string, tokens: readonly string[] = []): Promise<Picks> {
  const sql = postgres(url, { max: 1, types: { bigint: postgres.BigInt } })
  const column = async <T>(query: PromiseLike<readonly Record<string, unknown>[]>): Promise<T[]> =>
    (await query).map((row) => Object.values(row)[0] as T)
  try {
    const sample = sql`select id from papers where hidden_at is null order by hashint8(id) limit 20000`
    const topics = await column<string>(sql`
      select slug from topics where paper_count >= least(20, (select max(paper_count) from topics)) order by id limit 20000`)
    const days = await column<string>(sql`
      select listed_on::text from papers where listed_on is not null group by listed_on
      order by least(count(*), 50) desc, hashtext(listed_on::text) limit 400`)
    const arxivIds = await column<string>(sql`
      select arxiv_id from papers where id in (${sample}) and arxiv_id is not null order by id`)
    const authors = await column<string>(sql`
      select slug from authors where paper_count >= least(20, (select max(paper_count) from authors)) order by hashint8(id) limit 20000`)
    const places = (
      await sql<{ key: string; id: bigint }[]>`
        select trending_score::text as key, id from papers where hidden_at is null and trending_score > '-Infinity'
        order by trending_score desc, id desc offset (select least(9500, count(*) * 0.8) from papers) limit 1000`
    ).map(({ key, id }) => ({ key, id: Number(id) }))
    const titles = await column<string>(sql`select title from papers where id in (${sample}) order by id`)
    const paperIds = (await column<bigint>(sql`select id from (${sample}) as paper order by id`)).map(Number)

    const draw = random(42)
    const oneOf =
      <T>(list: readonly T[]) =>
      () =>
        list[Math.floor(draw() * list.length)] as T
    const title = oneOf(titles)
    return {
      topic: oneOf(topics),
      day: oneOf(days),
      arxivId: oneOf(arxivIds),
      author: oneOf(authors),
      place: oneOf(places),
      paperId: oneOf(paperIds),
      token: oneOf(tokens),
      words: () => {
        const words = title()
          .split(/[^\p{L}-]+/u)
          .filter(Boolean)
        const at = Math.floor(draw() * Math.max(1, words.length - 1))
        return words.slice(at, at + 2).join(' ')
      },
    }
  } finally {
    await sql.end()
  }
}
