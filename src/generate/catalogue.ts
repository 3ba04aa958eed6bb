import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { countPapers, fillGeneration, postAll } from '../search/index/fill.ts'
import { OperatorError } from '../values/errors.ts'
import { notifyChanged } from '../writes/events.ts'
import { writeCards } from '../writes/paper-cards.ts'
import { recomputeAllScores } from '../writes/trending-scores.ts'
import { counts, days, outsideCounts, paperAuthors, paperLinks, votes, withPapersOf, writePapers } from './papers.ts'
import { authors, organizations, storeGivenNames, users } from './people.ts'
import { planOf, type Slice } from './plan.ts'
import { Writer } from './texts.ts'
import { nameTopics, paperTopics, topics } from './topics.ts'
import { Vocabulary } from './vocabulary.ts'

// A catalogue of any size with the proportions of a real one. Postgres draws every row from a hash of its number and
// the seed, so that a size and a seed always give the same rows; only texts are written here, by the same rule.

export interface GenerateOptions {
  papers: number
  seed?: number
  halfLifeHours: number
  /** Is told what is done next. */
  onProgress?: (step: string) => void
  /** Gives up before the next step; nothing is left of those before. */
  signal?: AbortSignal
}

/** With more, the busiest month would run out of arXiv numbers. */
export const MOST_PAPERS = 3_000_000

const TABLES = [
  'papers',
  'authors',
  'organizations',
  'topics',
  'users',
  'paper_authors',
  'paper_topics',
  'paper_cards',
  'paper_links',
  'paper_identifiers',
  'outside_counts',
  'votes',
]

/** How many papers a statement makes: that long is the wait between two lines of progress. */
const SLICE = 50_000
/** How many papers a statement brings the texts of. */
const TEXTS = 5_000

/** The papers from one to another number, in slices. */
const slicesOf = ({ from, to }: Slice, size: number): Slice[] =>
  Array.from({ length: Math.ceil((to - from + 1) / size) }, (_, n) => ({
    from: from + n * size,
    to: Math.min(from + (n + 1) * size - 1, to),
  }))

/**
 * Fills an empty catalogue, in one transaction: interrupted, it leaves an empty catalogue. Nobody else can read or write
 * meanwhile, as foreign keys and indexes are taken down and come back at the end, and every row is written once, with
 * its counts.
 *
 * @throws OperatorError where the catalogue is not empty or the numbers are out of range
 */
export async function generateCatalogue(db: Db, options: GenerateOptions): Promise<void> {
  const { papers, seed = 1, halfLifeHours, onProgress, signal } = options
  if (!Number.isInteger(papers) || papers < 1 || papers > MOST_PAPERS)
    throw new OperatorError(`The number of papers must be from 1 to ${MOST_PAPERS}; it is ${papers}.`)
  if (!Number.isSafeInteger(seed)) throw new OperatorError(`The seed must be a whole number; it is ${seed}.`)
  const plan = planOf(papers, seed)
  const slices = slicesOf({ from: 1, to: papers }, SLICE)
  const vocabulary = new Vocabulary(seed)
  const writer = new Writer(seed, vocabulary)

  const begin = (step: string) => {
    signal?.throwIfAborted()
    onProgress?.(step)
  }

  await db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = 0`)
    await tx.execute(sql`set local work_mem = '64MB'`)
    await tx.execute(sql`set local maintenance_work_mem = '256MB'`)
    await tx.execute(sql`set local jit = off`)
    await lockEmptyCatalogue(tx)
    await recomputeAllScores(tx, halfLifeHours)
    const restoring = await takeDownIndexes(tx)

    await tx.execute(days(plan))
    await storeGivenNames(tx)
    await nameTopics(tx, plan, vocabulary)
    for (const slice of slices) {
      begin(`authors, topics and votes of papers ${slice.from} to ${slice.to}`)
      await withPapersOf(tx, plan, slice, async () => {
        for (const rows of [paperAuthors, paperTopics, paperLinks, outsideCounts, votes]) await tx.execute(rows(plan))
      })
    }
    begin('vote counts and trending scores')
    await tx.execute(counts(plan, halfLifeHours))
    await tx.execute(sql`analyze paper_topics`)
    for (const slice of slices) {
      begin(`papers ${slice.from} to ${slice.to}`)
      for (const part of slicesOf(slice, TEXTS)) {
        signal?.throwIfAborted()
        await withPapersOf(tx, plan, part, () => writePapers(tx, plan, part, writer))
      }
    }
    begin('authors, organizations, topics and users')
    for (const rows of [authors, organizations, topics, users]) await tx.execute(rows(plan))
    await countOn(tx)

    begin('indexes and foreign keys')
    for (const statement of restoring) {
      signal?.throwIfAborted()
      await tx.execute(sql.raw(statement))
    }
    await tx.execute(sql`analyze`)
    for (const slice of slices) {
      begin(`cards of papers ${slice.from} to ${slice.to}`)
      await writeCards(tx, sql`select id from papers where id between ${slice.from} and ${slice.to}`)
    }
    await tx.execute(sql`analyze paper_cards`)

    begin('search index')
    await indexAll(tx, begin, signal)
    await tx.execute(sql`analyze search_generations, search_terms, search_papers, search_postings`)
    await notifyChanged(tx)
  })
}

/** As nobody else can write, what is read of the papers is what goes in. */
async function indexAll(tx: Db, begin: (step: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const [serving] = await tx.execute<{ generation: number }>(
    sql`select generation from search_generations where serving`,
  )
  const { generation } = serving as { generation: number }
  await fillGeneration(tx, generation, {
    posting: false,
    ...(signal ? { signal } : {}),
    onProgress: (done) => done % SLICE === 0 && begin(`search index: ${done} papers so far`),
  })
  begin('search index: sorting it by words')
  await postAll(tx, generation)
  await countPapers(tx, generation)
  signal?.throwIfAborted()
}

async function lockEmptyCatalogue(tx: Db): Promise<void> {
  await tx.execute(sql.raw(`lock table ${TABLES.join(', ')} in access exclusive mode`))
  const [found] = await tx.execute<{ name: string }>(
    sql.raw(TABLES.map((name) => `(select '${name}' as name from ${name} limit 1)`).join(' union all ')),
  )
  if (found)
    throw new OperatorError(
      `Only an empty catalogue can be filled, and this one has ${found.name.replace('_', ' ')}: ` +
        'name another place by DATA_DIR, or an empty database by DATABASE_URL.',
    )
}

/** Drops what slows down writing in bulk, and answers the statements that bring the same back. */
async function takeDownIndexes(tx: Db): Promise<string[]> {
  const found = await tx.execute<{ drop: string; restore: string }>(sql`
    with filled as (select name::regclass as id from unnest(${sql.param(TABLES)}::text[]) as name)
    select 1 as turn, format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
    from pg_constraint where contype = 'f' and conrelid in (select id from filled)
    union all
    select 2, format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    from pg_index
    where indrelid in (select id from filled)
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by turn`)
  for (const { drop } of found) await tx.execute(sql.raw(drop))
  // Indexes first: the check of a foreign key reads them.
  return found.map(({ restore }) => restore).reverse()
}

/** Rows that come later take up the numbers where these ended. */
async function countOn(tx: Db): Promise<void> {
  for (const table of ['users', 'organizations', 'authors', 'topics', 'papers'])
    await tx.execute(sql.raw(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`))
}
