import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { withoutTimeLimits } from '../db/locks.ts'
import { paperScores, scoresDiffer, topicScores } from '../queries/trending.ts'
import { writing } from './writing.ts'

/**
 * Recomputes every stored score if the ones stored have another half-life, and says whether any changed. Safe when several
 * processes start at once: one computes, the others wait and find nothing to do.
 */
export async function recomputeAllScores(db: Db, halfLifeHours: number): Promise<boolean> {
  // Most starts find what they need, and a database that takes no writes can still be served.
  const [stored] = await db.execute<{ half_life_hours: number }>(sql`select half_life_hours from trending_basis`)
  if (stored?.half_life_hours === halfLifeHours) return false
  return writing(db, async (open) => {
    const { tx } = open
    const inserted = await open.locking('half-life', () =>
      tx.execute(
        sql`insert into trending_basis (half_life_hours) values (${halfLifeHours}) on conflict do nothing returning 1`,
      ),
    )
    const [basis] = await tx.execute<{ half_life_hours: number }>(
      sql`select half_life_hours from trending_basis for update`,
    )
    if (inserted.length === 0 && basis?.half_life_hours === halfLifeHours) return false

    await tx.execute(withoutTimeLimits)
    // Writers wait; readers go on.
    await open.locking('papers', () => tx.execute(sql`lock table papers in exclusive mode`))
    await open.locking('topics', () => tx.execute(sql`lock table topics in exclusive mode`))
    const papers = await rewriteScores(tx, 'papers', paperScores(sql`select id from papers`, halfLifeHours))
    const topics = await rewriteScores(tx, 'topics', topicScores(sql`select id from topics`))
    await tx.execute(sql`update trending_basis set half_life_hours = ${halfLifeHours}`)
    open.announceChange()
    return papers + topics > 0
  })
}

/** Sums the scores of some rows anew. The caller has locked them. */
export async function recomputeScores(
  tx: Db,
  table: 'papers' | 'topics',
  ids: readonly number[],
  halfLifeHours: number,
): Promise<void> {
  const chosen = sql`select unnest(${sql.param([...ids])}::bigint[])`
  await rewriteScores(tx, table, table === 'papers' ? paperScores(chosen, halfLifeHours) : topicScores(chosen), chosen)
}

async function rewriteScores(tx: Db, name: 'papers' | 'topics', scores: SQL, ids?: SQL): Promise<number> {
  const table = sql.identifier(name)
  const { count } = await tx.execute(sql`
    update ${table} set trending_score = computed.score
    from (
      select every.id, coalesce(scored.score, '-Infinity') as score
      from ${table} as every left join (${scores}) as scored on scored.key = every.id
      ${ids ? sql`where every.id in (${ids})` : sql``}
    ) as computed
    where ${table}.id = computed.id and ${scoresDiffer(sql`${table}.trending_score`, sql`computed.score`)}`)
  return count
}
