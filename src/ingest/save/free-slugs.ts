import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'

const SUFFIXES_AT_A_TIME = 20

/**
 * Slugs that no row of the table has, one for each base in its order: the base itself, or the first of `base-2`,
 * `base-3`, … that is free. Only safe while nobody else adds rows: imports take turns.
 */
export async function freeSlugs(tx: Db, table: 'authors' | 'topics', bases: readonly string[]): Promise<string[]> {
  const taken = new Set<string>()
  const asked = new Map<string, number>()
  const ask = async (slugs: string[]) => {
    const rows = await tx.execute<{ slug: string }>(
      sql`select slug from ${sql.identifier(table)} where slug = any(${sql.param(slugs)}::text[])`,
    )
    for (const { slug } of rows) taken.add(slug)
  }
  if (bases.length > 0) await ask([...new Set(bases)])

  const slugs: string[] = []
  for (const base of bases) {
    let slug = base
    for (let suffix = 2; taken.has(slug); suffix += 1) {
      const known = asked.get(base) ?? 1
      if (suffix > known) {
        await ask(Array.from({ length: SUFFIXES_AT_A_TIME }, (_, index) => `${base}-${known + 1 + index}`))
        asked.set(base, known + SUFFIXES_AT_A_TIME)
      }
      slug = `${base}-${suffix}`
    }
    taken.add(slug)
    slugs.push(slug)
  }
  return slugs
}
