import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'

const SUFFIXES_AT_A_TIME = 20

/**
 * One unused author slug for each base: the base itself, or the first free one of `base-2`, `base-3`, …, so that authors
 * whose names differ only in case or accents have different slugs. Former slugs are never used again. Safe only under the
 * lock that imports hold, since another writer could take the same slug.
 */
export async function freeSlugs(tx: Db, bases: readonly string[]): Promise<string[]> {
  const taken = new Set<string>()
  const checkedUpTo = new Map<string, number>()
  const check = async (slugs: string[]) => {
    const rows = await executePrepared<{ slug: string }>(
      tx,
      sql`select slug from authors where slug = any(${sql.param(slugs)}::text[])
        union all select slug from author_aliases where slug = any(${sql.param(slugs)}::text[])`,
    )
    for (const { slug } of rows) taken.add(slug)
  }
  if (bases.length > 0) await check([...new Set(bases)])

  const slugs: string[] = []
  for (const base of bases) {
    let slug = base
    for (let suffix = 2; taken.has(slug); suffix += 1) {
      const known = checkedUpTo.get(base) ?? 1
      if (suffix > known) {
        await check(Array.from({ length: SUFFIXES_AT_A_TIME }, (_, index) => `${base}-${known + 1 + index}`))
        checkedUpTo.set(base, known + SUFFIXES_AT_A_TIME)
      }
      slug = `${base}-${suffix}`
    }
    taken.add(slug)
    slugs.push(slug)
  }
  return slugs
}
