import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { TRENDING_EPOCH } from '../../src/queries/trending.ts'
import { HALF_LIFE_HOURS } from './catalogue.ts'

interface Stored {
  [column: string]: unknown
  id: string
  votes: number
  papers: number
  score: number
}

/**
 * Counts every vote again in plain JavaScript, from rows alone, and returns a sentence for each stored number that
 * differs. Scores may differ by 1e-9.
 */
export async function recount(db: Db): Promise<string[]> {
  return db.transaction(
    async (tx) => {
      const read = async <Row extends Record<string, unknown>>(query: string) => [
        ...(await tx.execute<Row>(sql.raw(query))),
      ]
      const papers = await read<Stored & { organization: string | null; hidden: boolean }>(
        `select id, vote_count as votes, trending_score as score, organization_id as organization,
          hidden_at is not null as hidden from papers`,
      )
      const votes = await read<{ id: string; at: string }>(
        `select paper_id as id, extract(epoch from voted_at) * 1000 as at from votes`,
      )
      const reports = await read<{ id: string; source: string; at: string; votes: number }>(
        `select paper_id as id, source, extract(epoch from counted_at) * 1000 as at, votes
          from outside_counts order by counted_at`,
      )
      const wrong: string[] = []
      const expect = (what: string, stored: number, counted: number, tolerance = 0) => {
        if (stored !== counted && !(Math.abs(stored - counted) <= tolerance))
          wrong.push(`${what} is ${stored}, counted ${counted}`)
      }

      const weights = Map.groupBy(
        votes.map(({ id, at }) => ({ id, n: 1, x: exponentOf(Number(at)) })),
        ({ id }) => id,
      )
      const outside = new Map<string, number>()
      for (const list of Map.groupBy(reports, ({ id, source }) => `${id} ${source}`).values()) {
        const { id } = list[0] as (typeof list)[number]
        outside.set(id, (outside.get(id) ?? 0) + (list.at(-1)?.votes ?? 0))
        let highest = 0
        for (const report of list) {
          const gained = report.votes - highest
          if (gained <= 0) continue
          highest = report.votes
          const weight = { id, n: gained, x: exponentOf(Number(report.at)) }
          weights.set(id, [...(weights.get(id) ?? []), weight])
        }
      }
      const cast = Map.groupBy(votes, ({ id }) => id)
      const counts = new Map<string, { votes: number; score: number }>()
      for (const { id, votes: stored, score } of papers) {
        const counted = {
          votes: (cast.get(id)?.length ?? 0) + (outside.get(id) ?? 0),
          score: scoreOf(weights.get(id) ?? []),
        }
        counts.set(id, counted)
        expect(`votes of paper ${id}`, stored, counted.votes)
        expect(`score of paper ${id}`, score, counted.score, 1e-9)
      }

      const shown = new Map(papers.filter(({ hidden }) => !hidden).map((paper) => [paper.id, paper]))
      for (const [table, members] of [
        [
          'authors',
          await read<{ id: string; paper: string }>(
            'select distinct author_id as id, paper_id as paper from paper_authors',
          ),
        ],
        [
          'organizations',
          papers.flatMap(({ id, organization }) => (organization === null ? [] : [{ id: organization, paper: id }])),
        ],
        [
          'topics',
          await read<{ id: string; paper: string }>('select topic_id as id, paper_id as paper from paper_topics'),
        ],
      ] as const) {
        const papersOf = Map.groupBy(
          members.filter(({ paper }) => shown.has(paper)),
          ({ id }) => id,
        )
        const second = table === 'topics' ? 'trending_score as score' : 'vote_count as votes'
        for (const row of await read<Stored>(`select id, paper_count as papers, ${second} from ${table}`)) {
          const theirs =
            papersOf.get(row.id)?.map(({ paper }) => counts.get(paper) as { votes: number; score: number }) ?? []
          expect(`papers of ${table} ${row.id}`, row.papers, theirs.length)
          if (table === 'topics')
            expect(
              `score of ${table} ${row.id}`,
              row.score,
              scoreOf(theirs.map(({ score }) => ({ n: 1, x: score }))),
              1e-9,
            )
          else
            expect(
              `votes of ${table} ${row.id}`,
              row.votes,
              theirs.reduce((sum, each) => sum + each.votes, 0),
            )
        }
      }
      return wrong
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

/** The logarithm of the weight of a vote cast at a moment. */
const exponentOf = (at: number): number => (at - Date.parse(TRENDING_EPOCH)) / 3_600_000 / HALF_LIFE_HOURS

/** log2 of the sum of n·2^x, in an order that rounds least; -Infinity for none. */
function scoreOf(weights: { n: number; x: number }[]): number {
  const ordered = weights.filter(({ x }) => x !== Number.NEGATIVE_INFINITY).toSorted((a, b) => a.x - b.x)
  const highest = ordered.at(-1)?.x
  if (highest === undefined) return Number.NEGATIVE_INFINITY
  return highest + Math.log2(ordered.reduce((sum, { n, x }) => sum + n * 2 ** (x - highest), 0))
}
