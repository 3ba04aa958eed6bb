import { and, getTableColumns, getTableName, type Placeholder, type SQL, Subquery, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { type PaperParts, type PaperRow, paperColumns, unpackPapers } from '../queries/paper-parts.ts'
import { type Condition, everyCondition, type Range, SHOWN, type Walk } from './condition.ts'
import {
  type Bind,
  EMPTY_PAGE,
  keyset,
  keysetValues,
  MAX_PAGE_SIZE,
  type Order,
  type Page,
  type PageItem,
  type PageRequest,
  PlacedItem,
  requestShape,
  toPage,
} from './page.ts'
import { nearestPage } from './paper-likeness.ts'
import type { PaperList, PaperSelection } from './paper-list.ts'
import { PAPER_ORDERS } from './paper-orders.ts'

/** A paper's place in a list, with the paper if it was read with the page. */
export interface PaperItem extends PageItem {
  paper?: PaperRow
  /** How like it is to the papers of `like`. */
  likeness?: number | null
}

/**
 * One page of a list. Takes one statement, besides those that resolve the filter.
 *
 * @param parts the parts of papers to read with the page, if one statement can read both; null for ids only
 * @throws BadUserInput for an invalid filter
 */
export async function paperPage(
  db: Db,
  list: PaperList,
  request: PageRequest,
  parts: PaperParts | null = null,
): Promise<Page<PaperItem>> {
  const conditions = await list.conditions(db)
  if (conditions === null) return EMPTY_PAGE
  if (list.order === 'LIKENESS') return nearestPage(db, conditions, request)
  const order = PAPER_ORDERS[list.order]
  const path = await accessPath(db, order, conditions, request.limit)
  const { rows, parts: included } = isHot(order, conditions, path)
    ? await readHot(db, hotStatement(order, conditions[0], path, request, parts), conditions[0], request)
    : { rows: await plannedQuery(db, order, conditions, path, request, parts), parts }
  if (included === null) return toPage(rows, request, (row) => new PlacedItem(order, row))
  // The row after the page only tells whether there is a next page: it is not unpacked.
  unpackPapers(rows.slice(0, request.limit), included)
  return toPage(rows, request, (row) => {
    const item: PaperItem = new PlacedItem(order, row)
    item.paper = row as unknown as PaperRow
    return item
  })
}

/** The number of papers in a selection. No statement for all papers of one topic or author, whose count is stored. */
export async function paperCount(db: Db, selection: PaperSelection): Promise<number> {
  const conditions = await selection.conditions(db)
  if (conditions === null) return 0
  const [only, ...others] = conditions
  if (only !== undefined && others.length === 0) {
    if (only.count !== undefined) return only.count
    if (only.range?.isExact) return only.range.reach
  }
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(papers).where(everyCondition(conditions))
  return row?.count ?? 0
}

/** Which of the papers are in a selection. */
export async function papersWithin(
  db: Db,
  selection: PaperSelection,
  paperIds: readonly number[],
): Promise<Set<number>> {
  const conditions = await selection.conditions(db)
  if (conditions === null || paperIds.length === 0) return new Set()
  const rows = await db
    .select({ id: papers.id })
    .from(papers)
    .where(and(sql`${papers.id} = any(${sql.param([...paperIds])}::bigint[])`, everyCondition(conditions)))
  return new Set(rows.map((row) => row.id))
}

/**
 * How a page is read:
 * - `order`: scans the index of the order and tests each row. Best if many rows meet the conditions.
 * - `range`: scans the papers of one topic or author, which an index has in the order of publication.
 * - `collect`: reads all papers of the most selective topics, authors or words, and sorts them. Best if they are few.
 */
type Path =
  | { kind: 'order' }
  | { kind: 'range'; by: Condition; walk: Walk }
  | { kind: 'collect'; by: Condition & { range: Range } }

/**
 * Chooses the way to read. Postgres cannot: it knows how many papers a topic has on average, not how many this one has, and
 * the two differ by up to four orders of magnitude.
 */
async function accessPath(db: Db, order: Order, conditions: Condition[], limit: number): Promise<Path> {
  const [best] = conditions.filter((condition) => hasRange(condition)).sort((a, b) => a.range.reach - b.range.reach)
  if (!best) return { kind: 'order' }
  const walk = order === PAPER_ORDERS.NEWEST || order === PAPER_ORDERS.OLDEST ? best.range.walk : null
  if (walk && conditions.length === 1) return { kind: 'range', by: best, walk }
  // Collecting reads `reach` rows. Scanning an order reads about `limit × papers / matches` rows before the page is full.
  const { reach, likely = reach } = best.range
  if (reach * likely <= limit * (await approximatePaperCount(db))) return { kind: 'collect', by: best }
  return walk ? { kind: 'range', by: best, walk } : { kind: 'order' }
}

const hasRange = (condition: Condition): condition is Condition & { range: Range } => condition.range !== undefined

const approximateCounts = new WeakMap<Db, { at: number; count: number }>()

/** The estimate of Postgres, at most a minute old. */
async function approximatePaperCount(db: Db): Promise<number> {
  const known = approximateCounts.get(db)
  if (known && performance.now() - known.at < 60_000) return known.count
  const [row] = await db
    .select({ count: sql<number>`greatest(reltuples, 1000)` })
    .from(sql`pg_class`)
    .where(sql`oid = 'papers'::regclass`)
  const count = Number(row?.count)
  approximateCounts.set(db, { at: performance.now(), count })
  return count
}

/**
 * Frequent lists whose best plan is the same for every value are prepared. All others are planned each time, because the
 * best plan depends on the values.
 */
function isHot(order: Order, conditions: readonly Condition[], path: Path): boolean {
  if (conditions.length === 0) return true
  if (conditions.length > 1) return false
  return path.kind === 'range' || HOT_LISTS.has(`${conditions[0]?.shape} ${order.name}`)
}

const HOT_LISTS = new Set([
  'listedOn MOST_VOTED',
  'organization NEWEST',
  'organization OLDEST',
  'submitter RECENTLY_LISTED',
])

/**
 * The limit of prepared statements. Each set of parts has its own, which takes some 100 KB on every connection, and clients
 * can select any set. Beyond the limit, papers are read by their ids.
 */
const MOST_HOT_STATEMENTS = 200

interface HotStatement {
  read: ReturnType<typeof statement<{ id: number; key: string }[]>>
  parts: PaperParts | null
}

const hotStatements = new Map<string, HotStatement>()

async function readHot(db: Db, { read, parts }: HotStatement, condition: Condition | undefined, request: PageRequest) {
  return { rows: await read(db, { ...keysetValues(request), value: condition?.value }), parts }
}

function hotStatement(
  order: Order,
  condition: Condition | undefined,
  path: Path,
  request: PageRequest,
  parts: PaperParts | null,
): HotStatement {
  const name = `papers ${condition?.shape ?? ''} ${path.kind} ${order.name} ${requestShape(request)}`
  const fullName = parts === null ? name : `${name} with ${parts.join(' ')}`
  let made = hotStatements.get(fullName)
  if (!made) {
    if (parts !== null && hotStatements.size >= MOST_HOT_STATEMENTS)
      return hotStatement(order, condition, path, request, null)
    made = { read: statement(fullName, (db) => hotQuery(db, order, condition, path, request, parts)), parts }
    hotStatements.set(fullName, made)
  }
  return made
}

function hotQuery(
  db: Db,
  order: Order,
  condition: Condition | undefined,
  path: Path,
  request: PageRequest,
  parts: PaperParts | null,
) {
  const bind: Bind = (name) => sql`${sql.placeholder(name)}`
  const limit = sql.placeholder('limit')
  const conditions = condition ? [condition] : []
  const columns = parts && paperColumns(parts)

  if (path.kind === 'range') {
    const ids = pageQuery(db, order, conditions, path, request, limit, bind, () => bind('value'))
    return columns === null ? ids : withColumns(db, ids, columns, order, request, bind)
  }

  const inside = keyset(order, idOf(order), request, bind)
  const where = and(SHOWN, ...conditions.map((condition) => condition.where(bind('value'))), ...inside.where)
  // The inner limit is a literal, the largest page plus one. If the limit is only a parameter, Postgres assumes that it is a
  // tenth of all papers, and plans again at each execution.
  const most = sql`select *, ${order.key} as place from ${fromOf(order)} where ${where} order by ${sql.join(inside.orderBy, sql`, `)} limit ${sql.raw(String(MAX_PAGE_SIZE + 1))}`
  return db
    .select({ ...columns, id: papers.id, key: sql<string>`place::text`.as('place_text') })
    .from(new Subquery(most, getTableColumns(papers), getTableName(papers)))
    .orderBy(...keyset({ ...order, key: sql`place` }, sql`id`, request, bind).orderBy)
    .limit(limit)
}

function plannedQuery(
  db: Db,
  order: Order,
  conditions: readonly Condition[],
  path: Path,
  request: PageRequest,
  parts: PaperParts | null,
) {
  const values = keysetValues(request)
  const bind: Bind = (name) => sql`${sql.param(values[name])}`
  const bound = ({ value }: Condition) => sql`${sql.param(value)}`
  const ids = pageQuery(db, order, conditions, path, request, request.limit + 1, bind, bound)
  return parts === null ? ids : withColumns(db, ids, paperColumns(parts), order, request, bind)
}

/** A page of ids with columns of their papers, which are computed only for the rows of the page. */
function withColumns(
  db: Db,
  ids: ReturnType<typeof pageQuery>,
  columns: ReturnType<typeof paperColumns>,
  order: Order,
  request: PageRequest,
  bind: Bind,
) {
  const chosen = ids.as('chosen')
  const place = order.joined ? { ...order, key: sql`${chosen.key}::${sql.raw(order.type)}` } : order
  return db
    .select({ ...columns, id: papers.id, key: chosen.key })
    .from(chosen)
    .innerJoin(papers, sql`${papers.id} = ${chosen.id}`)
    .orderBy(...keyset(place, sql`${papers.id}`, request, bind).orderBy)
}

function pageQuery(
  db: Db,
  order: Order,
  conditions: readonly Condition[],
  path: Path,
  request: PageRequest,
  limit: number | Placeholder,
  bind: Bind,
  bound: (condition: Condition) => SQL,
) {
  const others = path.kind === 'order' ? conditions : conditions.filter((condition) => condition !== path.by)
  const tests = others.map((condition) => {
    const along = condition.along?.order === order.name ? condition.along.where : null
    return (along ?? condition.probe ?? condition.where)(bound(condition))
  })

  if (path.kind === 'range') {
    const { table, where } = path.walk
    const key = sql`${table.publishedAt}`
    const page = keyset({ ...order, key }, sql`${table.paperId}`, request, bind)
    return db
      .select({
        id: sql<number>`${table.paperId}`.mapWith(Number).as('place_id'),
        key: sql<string>`${key}::text`.as('key'),
      })
      .from(tests.length === 0 ? sql`${table}` : sql`${table} join ${papers} on ${papers.id} = ${table.paperId}`)
      .where(and(where(bound(path.by)), ...page.where, ...tests))
      .orderBy(...page.orderBy)
      .limit(limit)
  }

  const page = keyset(order, idOf(order), request, bind)
  return db
    .select({
      id: sql<number>`${papers.id}`.mapWith(Number).as('place_id'),
      key: sql<string>`${order.key}::text`.as('key'),
    })
    .from(fromOf(order))
    .where(
      and(SHOWN, path.kind === 'collect' ? collected(path.by, bound(path.by)) : undefined, ...page.where, ...tests),
    )
    .orderBy(...page.orderBy)
    .limit(limit)
}

/** The papers with the key of an order. */
const fromOf = ({ joined }: Order): SQL => (joined ? sql`${papers} ${joined.join}` : sql`${papers}`)

const idOf = ({ joined }: Order): SQL => joined?.id ?? sql`${papers.id}`

const collected = ({ range }: Condition & { range: Range }, value: SQL): SQL =>
  sql`${papers.id} = any(array(${range.ids(value)}))`
