import { type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { type UnpackedList, unpackList, WINDOW_SIZE } from '../posting-list.ts'

/** How many bytes of postings a process keeps for the next query. */
const CACHE_BYTES = 32 * 1024 * 1024
/** Lists with fewer postings are read again: an entry of the cache costs about as much as they do. */
const LEAST_CACHED = 512
const BYTES_PER_POSTING = 3
const CACHED_IDS = 50_000
/** A query of a few words has fewer terms. */
const MOST_READ = 100

/** The postings of a term at one moment. */
export interface PostingList {
  merged: UnpackedList
  version: number
  /** The impacts of papers that were written since the last merge, which replace the merged ones. 0: the term has left. */
  recent: ReadonlyMap<number, number> | null
}

/** A term of the index. */
export interface Term {
  id: number
  /** How many papers have it. */
  paperCount: number
}

/** Some terms of the serving generation. */
export interface IndexTerms {
  generation: number
  /** The number of its first term. */
  firstTerm: number
  /** How many papers the index has. */
  paperCount: number
  /** Those terms that papers have. */
  terms: ReadonlyMap<string, Term>
  /** Their postings by term id; null if they were not read. */
  lists: ReadonlyMap<number, PostingList> | null
}

type Cached = Omit<PostingList, 'recent'>

interface Cache {
  lists: LRUCache<number, Cached>
  /** The ids of terms whose lists may be cached, in the generation that they were last read from. */
  ids: LRUCache<string, number>
}

/** One cache for each pool of connections: term ids mean something in one database only. */
const caches = new WeakMap<Db, Cache>()

function cacheOf(db: Db): Cache {
  let cache = caches.get(db)
  if (cache === undefined) {
    cache = {
      lists: new LRUCache({
        maxSize: CACHE_BYTES,
        sizeCalculation: ({ merged }) => merged.offsets.length * BYTES_PER_POSTING,
      }),
      ids: new LRUCache({ max: CACHED_IDS }),
    }
    caches.set(db, cache)
  }
  return cache
}

/**
 * Looks up terms in the serving generation and reads their postings, all from the same snapshot, in one statement. A list
 * whose version is in the cache is not sent again. Of more than `MOST_READ` terms, no postings are read: a ranking uses few
 * of them.
 */
export async function readTerms(db: Db, terms: readonly string[]): Promise<IndexTerms> {
  const cache = cacheOf(db)
  const readsLists = terms.length <= MOST_READ
  const known = new Map(
    terms.map((term) => {
      const id = cache.ids.get(term)
      return [term, { id: id ?? 0, list: id === undefined ? undefined : cache.lists.get(id) }]
    }),
  )
  const rows = await executePrepared<{
    generation: number
    first_term: number
    papers: number
    term: string | null
    id: number
    merged: number | null
    growth: number | null
    version: number | null
    postings: string | null
    recent: string | null
  }>(
    db,
    sql`
      select serving.generation, serving.first_term, serving.paper_count as papers, term.*, changes.*
      from search_generations as serving
      left join lateral (
        select wanted.term, found.id, list.paper_count as merged, list.version,
          case when ${readsLists}::boolean and (list.version <> wanted.version or found.id <> wanted.id)
            then ${POSTINGS} end as postings
        from unnest(${column([...known], ([term]) => term)}::text[], ${column([...known.values()], ({ id }) => id)}::int[],
          ${column([...known.values()], ({ list }) => list?.version ?? 0)}::int[]) as wanted (term, id, version)
        cross join lateral (
          select id from search_terms where generation = serving.generation and term collate "C" = wanted.term offset 0
        ) as found
        left join lateral (select * from search_lists where term_id = found.id offset 0) as list on true
      ) as term on true
      left join lateral (
        select sum((impact > 0)::int - is_merged::int)::int as growth,
          case when ${readsLists}::boolean then ${RECENT} end as recent
        from search_recent where term_id = term.id
      ) as changes on true
      where serving.serving`,
  )
  const found = new Map<string, Term>()
  const lists = new Map<number, PostingList>()
  for (const { term, id, merged, growth, version, postings, recent } of rows) {
    const paperCount = (merged ?? 0) + (growth ?? 0)
    if (term === null || paperCount === 0) continue
    found.set(term, { id, paperCount })
    if (!readsLists) continue
    const list = keptList(cache, id, version, postings, known.get(term)?.list)
    if (list.merged.offsets.length >= LEAST_CACHED) cache.ids.set(term, id)
    lists.set(id, { ...list, recent: recent === null ? null : impactsIn(recent) })
  }
  const [first] = rows
  return {
    generation: first?.generation ?? 0,
    firstTerm: first?.first_term ?? 0,
    paperCount: first?.papers ?? 0,
    terms: found,
    lists: readsLists ? lists : null,
  }
}

/** The same for terms whose ids are known. */
export async function readPostings(db: Db, termIds: readonly number[]): Promise<Map<number, PostingList>> {
  if (termIds.length === 0) return new Map()
  const cache = cacheOf(db)
  const cached = new Map(termIds.map((id) => [id, cache.lists.get(id)]))
  const rows = await executePrepared<{
    id: number
    version: number | null
    postings: string | null
    recent: string | null
  }>(
    db,
    sql`
      select wanted.id, list.version, case when list.version <> wanted.version then ${POSTINGS} end as postings,
        (select ${RECENT} from search_recent where term_id = wanted.id) as recent
      from unnest(${column([...cached], ([id]) => id)}::int[],
        ${column([...cached.values()], (list) => list?.version ?? 0)}::int[]) as wanted (id, version)
      left join lateral (select * from search_lists where term_id = wanted.id offset 0) as list on true`,
  )
  return new Map(
    rows.map(({ id, version, postings, recent }) => [
      id,
      {
        ...keptList(cache, id, version, postings, cached.get(id)),
        recent: recent === null ? null : impactsIn(recent),
      },
    ]),
  )
}

/** The postings of a row of `search_lists` named `list`, those of its blocks among them. */
const POSTINGS = sql`encode(case
  when list.last_of_blocks = 0 then list.postings
  else coalesce((
    select string_agg(block.postings, ''::bytea order by first_paper) from search_blocks as block
    where block.term_id = list.term_id
  ), '') || list.postings
end, 'base64')`

const RECENT = sql`string_agg(paper_id || ' ' || impact, ' ')`

const NO_LIST: Cached = { version: 0, merged: unpackList(new Uint8Array()) }

/** The list as sent, which is cached from then on, or the one that was cached if it was not sent. */
function keptList(
  { lists }: Cache,
  id: number,
  version: number | null,
  postings: string | null,
  cached: Cached | undefined,
): Cached {
  if (version === null) return NO_LIST
  if (postings === null) return cached as Cached
  const list = { version, merged: unpackList(decoded(postings)) }
  if (list.merged.offsets.length >= LEAST_CACHED) lists.set(id, list)
  return list
}

/** Where lists are decoded. As large as the largest one so far: new memory for each would be most of a server's garbage. */
let scratch = Buffer.alloc(1 << 16)

/** The bytes of base64, until the next call. */
function decoded(base64: string): Buffer {
  if (base64.length > scratch.length) scratch = Buffer.alloc(2 * base64.length)
  return scratch.subarray(0, scratch.write(base64, 'base64'))
}

function impactsIn(text: string): Map<number, number> {
  const numbers = text.split(' ').map(Number)
  const impacts = new Map<number, number>()
  for (let n = 0; n < numbers.length; n += 2) impacts.set(numbers[n] as number, numbers[n + 1] as number)
  return impacts
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown): SQL => sql`${sql.param(rows.map(value))}`

/** Reads several lists side by side, one window of paper ids after the other. */
export class PostingScan {
  readonly #lists: readonly UnpackedList[]
  readonly #recent: readonly (readonly [paper: number, impact: number][])[]
  /** Which window of each list is the next one. */
  readonly #next: number[]
  #start = -WINDOW_SIZE
  /** What `read` has read, perhaps with room after it: the offsets of papers from the start of the window, and the impact in each. */
  offsets: Uint16Array = new Uint16Array()
  impacts: Uint8Array = new Uint8Array()

  constructor(lists: readonly (PostingList | undefined)[]) {
    this.#lists = lists.map((list) => (list ?? NO_LIST).merged)
    this.#recent = lists.map((list) => [...(list?.recent ?? [])])
    this.#next = lists.map(() => 0)
  }

  /** The first paper id of the next window in which any list has postings; null at the end. */
  nextWindow(): number | null {
    const end = this.#start + WINDOW_SIZE
    let next = Number.POSITIVE_INFINITY
    for (const [n, { starts }] of this.#lists.entries()) {
      let at = this.#next[n] as number
      while ((starts[at] ?? end) < end) at += 1
      this.#next[n] = at
      next = Math.min(next, starts[at] ?? Number.POSITIVE_INFINITY)
    }
    for (const recent of this.#recent) for (const [paper] of recent) if (paper >= end) next = Math.min(next, paper)
    if (next === Number.POSITIVE_INFINITY) return null
    this.#start = next - (next % WINDOW_SIZE)
    return this.#start
  }

  /** Reads the postings of a list in this window, in no order, and returns how many there are. */
  read(place: number): number {
    const { starts, ends, offsets, impacts } = this.#lists[place] as UnpackedList
    const at = this.#next[place] as number
    const start = this.#start
    const [from, to] = starts[at] === start ? [ends[at - 1] ?? 0, ends[at] as number] : [0, 0]
    this.offsets = offsets.subarray(from, to)
    this.impacts = impacts.subarray(from, to)
    const recent = (this.#recent[place] ?? []).filter(([paper]) => paper >= start && paper < start + WINDOW_SIZE)
    return recent.length === 0 ? to - from : this.#withRecent(recent)
  }

  /** Replaces what was read by what papers have since. */
  #withRecent(recent: readonly (readonly [paper: number, impact: number])[]): number {
    const { offsets, impacts } = this
    const replaced = new Set(recent.map(([paper]) => paper - this.#start))
    this.offsets = new Uint16Array(offsets.length + recent.length)
    this.impacts = new Uint8Array(offsets.length + recent.length)
    let count = 0
    const add = (offset: number, impact: number) => {
      this.offsets[count] = offset
      this.impacts[count++] = impact
    }
    for (const [n, offset] of offsets.entries()) if (!replaced.has(offset)) add(offset, impacts[n] as number)
    for (const [paper, impact] of recent) if (impact > 0) add(paper - this.#start, impact)
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
