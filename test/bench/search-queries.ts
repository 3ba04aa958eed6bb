import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { wordsOf } from '../../src/search/analyzer.ts'
import { isStopWord } from '../../src/search/stop-words.ts'

export type Draw = () => number

export interface Text {
  title: string
  abstract: string
}

/** Of random papers, so that words are as frequent as they are in abstracts. */
export async function someTexts(db: Db, papers: number, count: number, draw: Draw): Promise<Text[]> {
  const ids = Array.from({ length: count }, () => 1 + Math.floor(draw() * papers))
  const rows = await db.execute<{ id: string } & Record<keyof Text, string>>(
    sql`select id, title, abstract from papers where id = any(${sql.param(ids)}::bigint[])`,
  )
  const byId = new Map(rows.map((row) => [Number(row.id), row]))
  return ids.map((id) => byId.get(id) as Text)
}

/** One to three words of an abstract, no stop words among them. */
export function shortQuery({ abstract }: Text, draw: Draw): string {
  const words = wordsOf(abstract).filter(({ parts }) => !parts.every(isStopWord))
  const count = 1 + Math.floor(3 * draw())
  return Array.from({ length: count }, () => pick(words, draw))
    .map(({ start, end }) => abstract.slice(start, end))
    .join(' ')
}

/** Twelve successive words of an abstract with their stop words, as in a claim. */
export function longQuery({ abstract }: Text, draw: Draw): string {
  const words = wordsOf(abstract)
  const from = Math.floor(draw() * (words.length - 12))
  return words
    .slice(from, from + 12)
    .map(({ start, end }) => abstract.slice(start, end))
    .join(' ')
}

const pick = <T>(list: readonly T[], draw: Draw): T => list[Math.floor(draw() * list.length)] as T

/** How many papers others should be like. */
export const SEEDS = 20

/** The arXiv ids of papers that others should be like: of one topic, and of any. */
export async function seedLists(
  db: Db,
  papers: number,
  count: number,
  draw: Draw,
): Promise<Record<'of a topic' | 'of any', string[][]>> {
  const idsOf = (ids: readonly number[]) =>
    db.execute<{ id: string; name: string }>(
      sql`select id, arxiv_id as name from papers where id = any(${sql.param(ids)}::bigint[]) and arxiv_id is not null`,
    )
  const any = Array.from({ length: count * SEEDS }, () => 1 + Math.floor(draw() * papers))
  const names = new Map((await idsOf(any)).map(({ id, name }) => [Number(id), name]))
  const topics = await db.execute<{ names: string[] }>(sql`
    select (array_agg(arxiv_id order by papers.id))[1:500] as names
    from paper_topics join papers on papers.id = paper_id
    where arxiv_id is not null group by topic_id having count(*) >= ${SEEDS} order by topic_id limit 500`)
  return {
    'of a topic': Array.from({ length: count }, () => {
      const { names } = pick(topics, draw)
      return Array.from({ length: SEEDS }, () => pick(names, draw))
    }),
    'of any': Array.from({ length: count }, (_, place) =>
      any.slice(place * SEEDS, (place + 1) * SEEDS).flatMap((id) => names.get(id) ?? []),
    ),
  }
}
