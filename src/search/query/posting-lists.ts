import { type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { END, emptyWindow, PostingReader, WINDOW_SIZE } from '../posting-list.ts'

/** How many bytes of postings a process keeps for the next query. */
const CACHE_BYTES = 32 * 1024 * 1024
/** Shorter lists are read again: an entry of the cache costs about as much as they do. */
const LEAST_CACHED = 1_024

/** The postings of a term at one moment. */
export interface PostingList {
  bytes: Uint8Array
  version: number
  /** The impacts of papers that were written since the last merge, which replace those in `bytes`. 0: the term has left. */
  recent: ReadonlyMap<number, number> | null
}

type Cached = Omit<PostingList, 'recent'>

/** One cache for each pool of connections: term ids mean something in one database only. */
const caches = new WeakMap<Db, LRUCache<number, Cached>>()

function cacheOf(db: Db): LRUCache<number, Cached> {
  let cache = caches.get(db)
  if (cache === undefined) {
    cache = new LRUCache({ maxSize: CACHE_BYTES, sizeCalculation: ({ bytes }) => bytes.length })
    caches.set(db, cache)
  }
  return cache
}

/**
 * Reads the postings of terms, all from the same snapshot, in one statement. A list whose version is in the cache is not
 * sent again.
 */
export async function readPostings(db: Db, termIds: readonly number[]): Promise<Map<number, PostingList>> {
  if (termIds.length === 0) return new Map()
  const cache = cacheOf(db)
  const cached = termIds.map((id) => cache.get(id))
  const rows = await executePrepared<{
    id: number
    version: number | null
    postings: string | null
    recent: string | null
  }>(
    db,
    sql`
      select wanted.id, list.version,
        case when list.version <> wanted.version then encode(case
          when last_of_blocks = 0 then list.postings
          else coalesce((
            select string_agg(block.postings, ''::bytea order by first_paper) from search_blocks as block
            where block.term_id = wanted.id
          ), '') || list.postings
        end, 'base64') end as postings,
        (select string_agg(paper_id || ' ' || impact, ' ') from search_recent where term_id = wanted.id) as recent
      from unnest(${column(termIds, (id) => id)}::int[], ${column(cached, (list) => list?.version ?? 0)}::int[]) as wanted (id, version)
      left join lateral (select * from search_lists where term_id = wanted.id offset 0) as list on true`,
  )
  const versions = new Map(termIds.map((id, n) => [id, cached[n]]))
  return new Map(
    rows.map(({ id, version, postings, recent }) => {
      const list =
        version === null ? NO_LIST : postings === null ? (versions.get(id) as Cached) : listOf(version, postings)
      if (postings !== null && list.bytes.length >= LEAST_CACHED) cache.set(id, list)
      return [id, { ...list, recent: recent === null ? null : impactsIn(recent) }]
    }),
  )
}

const NO_LIST: Cached = { version: 0, bytes: new Uint8Array() }

const listOf = (version: number, postings: string): Cached => ({ version, bytes: Buffer.from(postings, 'base64') })

function impactsIn(text: string): Map<number, number> {
  const numbers = text.split(' ').map(Number)
  const impacts = new Map<number, number>()
  for (let n = 0; n < numbers.length; n += 2) impacts.set(numbers[n] as number, numbers[n + 1] as number)
  return impacts
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown): SQL => sql`${sql.param(rows.map(value))}`

/** One for all scans, which wait for nothing. */
const WINDOW = emptyWindow()

/** Reads several lists side by side, one window of paper ids after the other. Only one scan can be under way. */
export class PostingScan {
  readonly #readers: PostingReader[]
  readonly #recent: (readonly [paper: number, impact: number][])[]
  #start = -WINDOW_SIZE
  /** What `read` has read: the offsets of papers from the start of the window, and the impact in each. */
  readonly offsets = WINDOW.offsets
  readonly impacts = WINDOW.impacts

  constructor(lists: readonly (PostingList | undefined)[]) {
    this.#readers = lists.map((list) => new PostingReader(list?.bytes ?? NO_LIST.bytes))
    this.#recent = lists.map((list) => [...(list?.recent ?? [])])
  }

  /** The first paper id of the next window in which any list has postings; null at the end. */
  nextWindow(): number | null {
    const end = this.#start + WINDOW_SIZE
    let next = END
    for (const reader of this.#readers) next = Math.min(next, reader.next)
    for (const recent of this.#recent) for (const [paper] of recent) if (paper >= end) next = Math.min(next, paper)
    if (next === END) return null
    this.#start = next - (next % WINDOW_SIZE)
    return this.#start
  }

  /** Reads the postings of a list in this window, in no order. Each list is read once for each window. */
  read(list: number): number {
    const { offsets, impacts } = this
    const start = this.#start
    let count = (this.#readers[list] as PostingReader).readWindow(start, WINDOW)
    const recent = (this.#recent[list] ?? []).filter(([paper]) => paper >= start && paper < start + WINDOW_SIZE)
    if (recent.length === 0) return count
    const replaced = new Set(recent.map(([paper]) => paper - start))
    let kept = 0
    for (let n = 0; n < count; n += 1) {
      if (replaced.has(offsets[n] as number)) continue
      offsets[kept] = offsets[n] as number
      impacts[kept++] = impacts[n] as number
    }
    count = kept
    for (const [paper, impact] of recent) {
      if (impact === 0) continue
      offsets[count] = paper - start
      impacts[count++] = impact
    }
    return count
  }
}

/** The papers of a list in which the term has the greatest impact; of those alike, the newest. */
export function strongestPapers(list: PostingList | undefined, most: number): { id: number; impact: number }[] {
  const scan = new PostingScan([list])
  const found: { id: number; impact: number }[] = []
  const before = (a: { id: number; impact: number }, b: { id: number; impact: number }) =>
    b.impact - a.impact || b.id - a.id
  for (let start = scan.nextWindow(); start !== null; start = scan.nextWindow()) {
    const count = scan.read(0)
    for (let n = 0; n < count; n += 1) {
      if (found.length === most && (scan.impacts[n] as number) < (found.at(-1)?.impact ?? 0)) continue
      const paper = { id: start + (scan.offsets[n] as number), impact: scan.impacts[n] as number }
      const last = found.at(-1)
      if (found.length === most && last !== undefined && before(paper, last) > 0) continue
      found.splice(placeOf(found, paper, before), 0, paper)
      if (found.length > most) found.pop()
    }
  }
  return found
}

function placeOf<Item>(sorted: readonly Item[], item: Item, compare: (a: Item, b: Item) => number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(sorted[middle] as Item, item) < 0) low = middle + 1
    else high = middle
  }
  return low
}
