import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { setHidden } from '../../src/ingest/hiding.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { submitPaper } from '../../src/ingest/submit.ts'
import { operator } from '../../src/writes/audit-log.ts'
import { writing } from '../../src/writes/writing.ts'
import { entryOf, HALF_LIFE } from '../ingest/fixtures.ts'
import { random } from '../support/random.ts'

export const WORDS = (
  'sparse tides of graph-based agents in the deep GPT-4o 图像生成 retrieval Erdős constructor __proto__ c++ LLaMA-3.1 learning ' +
  'to reason with language models and memory over long horizons'
).split(' ')
export const NAMES = ['Ada Lin', 'Bo Čapek', 'Chidi Abara', 'Dagny Ma', '王小明', "Ó'Hara"]
const halfLife = { halfLifeHours: HALF_LIFE }
const clock = { now: () => new Date(), timeZone: 'UTC', rollover: '00:00' }

export const arxivId = (number: number) => `2611.${String(number).padStart(5, '0')}`

/** Returns a function that adds, changes, hides or deletes random papers, out of 200. */
export function randomWrites(db: Db, seed: number, submitterId: number): () => Promise<void> {
  const draw = random(seed)
  const below = (n: number) => Math.floor(draw() * n)
  const some = (list: string[], most: number) => Array.from({ length: 1 + below(most) }, () => list[below(list.length)])
  let moment = Date.parse('2026-11-10T00:00:00Z')
  const entry = () => {
    moment += 1000
    return entryOf({
      arxivId: arxivId(below(200)),
      asOf: new Date(moment).toISOString(),
      title: some(WORDS, 6).join(' '),
      abstract: draw() < 0.2 ? null : some(WORDS, 20).join(' '),
      authors: [...new Set(some(NAMES, 3))].map((name) => ({ name: name as string, account: null })),
    })
  }
  return async () => {
    const dice = draw()
    const batch = Array.from({ length: 1 + below(20) }, entry)
    const [target] = await db.execute<{ id: string }>(sql`select id from papers where id % 40 = ${below(40)} limit 1`)
    if (dice < 0.5) await saveEntries(db, batch, halfLife)
    else if (dice < 0.6) {
      const { title, abstract, authors, publishedAt } = batch[0] as ReturnType<typeof entry>
      const paper = {
        title,
        abstract: abstract ?? 'none',
        authors: authors?.map(({ name }) => name) ?? [],
        publishedAt,
      }
      await submitPaper(db, { arxivId: arxivId(below(200)), paper, submitterId }, { clock, ...halfLife })
    } else if (target === undefined) return
    else if (dice < 0.75) await setHidden(db, { paperIds: [Number(target.id)], isHidden: true }, operator(), HALF_LIFE)
    else if (dice < 0.85) await setHidden(db, { paperIds: [Number(target.id)], isHidden: false }, operator(), HALF_LIFE)
    else
      await writing(db, async (open) => {
        const ids = await open.lock('papers', sql`select ${target.id}::bigint`)
        await open.tx.execute(sql`delete from papers where id = any(${sql.param(ids)}::bigint[])`)
      })
  }
}
