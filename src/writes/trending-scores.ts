import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { paperScores, scoresDiffer, topicScores } from '../queries/trending.ts'
import { notifyChanged } from './events.ts'

/**
 * Recomputes every stored score if the ones stored have another half-life, and says whether any changed. Safe when several
 * processes start at once: one computes, the others wait and find nothing to do.
 */
export async function recomputeAllScores(db: Db, halfLifeHours: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    const inserted = await tx.execute(sql`
      insert into trending_basis (half_life_hours) values (${halfLifeHours}) on conflict do nothing returning 1`)
    const [basis] = await tx.execute<{ half_life_hours: number }>(
      sql`select half_life_hours from trending_basis for update`,
    )
    if (inserted.length === 0 && basis?.half_life_hours === halfLifeHours) return false

    await tx.execute(sql`set local statement_timeout = 0`)
    // Against writers only, readers go on. Papers before topics, as every writer takes them.
    await tx.execute(sql`lock table papers in exclusive mode`)
    await tx.execute(sql`lock table topics in exclusive mode`)
    const papers = await rewriteScores(tx, 'papers', paperScores(sql`select id from papers`, halfLifeHours))
    const topics = await rewriteScores(tx, 'topics', topicScores(sql`select id from topics`))
    await tx.execute(sql`update trending_basis set half_life_hours = ${halfLifeHours}`)
    await notifyChanged(tx)
    return papers + topics > 0
  })
}

/**
 * The half-life that the stored scores have, which whoever writes or reads them goes by: a server started later with
 * another one recomputes them under those that run. Kept from changing until the transaction ends. The first one to
 * write scores decides.
 */
export async function holdHalfLife(tx: Db, first: number): Promise<number> {
  const [held] = await executePrepared<{ half_life_hours: number }>(
    tx,
    sql`select half_life_hours from trending_basis for share`,
  )
  if (held) return held.half_life_hours
  await tx.execute(sql`insert into trending_basis (half_life_hours) values (${first}) on conflict do nothing`)
  return holdHalfLife(tx, first)
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
