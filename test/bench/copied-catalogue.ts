import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres, { type Sql } from 'postgres'
import { packBlock, unpackPostings } from '../../src/search/posting-list.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { catalogueOf } from './catalogue.ts'
import type { BenchPostgres } from './postgres.ts'

// Catalogues for searches that would take hours to generate: the papers of a smaller one and its index, many times. Common
// words are as common as they should be, but there are no new ones, and the copies have no identifiers, authors and topics.

/** The papers of the catalogue that larger ones are copies of. */
export const COPIED_PAPERS = 100_000

/** The address of a database with so many papers, a multiple of `COPIED_PAPERS`; kept between runs. */
export async function copiedCatalogue(
  server: BenchPostgres,
  papers: number,
  say: (line: string) => void,
): Promise<string> {
  if (papers % COPIED_PAPERS !== 0)
    throw new OperatorError(`More than ${COPIED_PAPERS} papers must be a multiple of so many, since they are copies.`)
  const source = new URL(await catalogueOf(server, COPIED_PAPERS, say)).pathname.slice(1)
  const family = `copies_${papers}_`
  const name = family + source
  const admin = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
  try {
    const rows = await admin`select datname as name from pg_database where starts_with(datname, ${family})`
    if (rows.some((row) => row.name === name)) return server.url(name)
    for (const { name: old } of rows) await admin`drop database ${admin(old)} with (force)`
    say(`copying ${COPIED_PAPERS} papers ${papers / COPIED_PAPERS} times, which is kept for the next run`)
    const draft = `${family}new`
    await admin`create database ${admin(draft)} template ${admin(source)}`
    const client = postgres(server.url(draft), { max: 2, onnotice: () => {} })
    await copyPapers(client, papers)
    await copyIndex(client, papers / COPIED_PAPERS)
    await client`vacuum (analyze, freeze)`
    await client`checkpoint`
    await client.end()
    await admin`alter database ${admin(draft)} rename to ${admin(name)}`
    return server.url(name)
  } finally {
    await admin.end()
  }
}

/** Adds the copies to the tables with a row for each paper that searches read. */
async function copyPapers(client: Sql, papers: number): Promise<void> {
  const columns = await client`
    select attname as name, attname in ('arxiv_id', 'doi') as is_unique
    from pg_attribute where attrelid = 'papers'::regclass and attnum > 0 and not attisdropped and attname <> 'id'`
  const names = columns.map(({ name }) => `"${name}"`)
  const values = columns.map(({ name, is_unique }) => (is_unique ? 'null' : `"${name}"`))
  await client.begin(async (tx) => {
    // Without triggers and checks of references.
    await tx`set local session_replication_role = replica`
    for (let shift = COPIED_PAPERS; shift < papers; shift += COPIED_PAPERS) {
      await tx.unsafe(`
        insert into papers (id, ${names.join(', ')}) overriding system value
        select id + ${shift}, ${values.join(', ')} from papers where id <= ${COPIED_PAPERS}`)
      await tx`
        insert into search_papers (generation, paper_id, title, abstract, other_terms, impacts)
        select generation, paper_id + ${shift}, title, abstract, other_terms, impacts
        from search_papers where paper_id <= ${COPIED_PAPERS}`
    }
    await tx.unsafe(`alter table papers alter column id restart with ${papers + 1}`)
  })
}

/** Writes the lists of all terms anew, each with the postings of all copies: a block becomes one block for each. */
async function copyIndex(client: Sql, copies: number): Promise<void> {
  for (const table of ['search_lists', 'search_blocks'])
    await client.unsafe(`
      alter table ${table} rename to source_${table};
      create table ${table} (like source_${table} including storage);
      alter table ${table} set (toast_tuple_target = 8160);`)
  const blocks = client<StoredBlock[]>`
    select term_id as id, postings from source_search_blocks
    union all select term_id, postings from source_search_lists where last_of_blocks > 0 and length(postings) > 0`
  await copyInto<StoredBlock>(client, 'search_blocks (term_id, first_paper, postings)', blocks, ({ id, postings }) =>
    copiesOf(postings, copies).map(({ first, packed }) => [id, first, bytea(packed)]),
  )
  const lists = client<StoredList[]>`
    select term_id as id, paper_count as papers, version, last_of_blocks as last, postings from source_search_lists`
  await copyInto<StoredList>(
    client,
    'search_lists (term_id, paper_count, version, last_of_blocks, postings)',
    lists,
    ({ id, papers, version, last, postings }) => {
      const isInBlocks = last !== '0'
      const copied = isInBlocks ? [] : copiesOf(postings, copies).map(({ packed }) => packed)
      const end = isInBlocks ? copies * COPIED_PAPERS : 0
      return [[id, papers * copies, version + 1, end, bytea(Buffer.concat(copied))]]
    },
  )
  await client.unsafe(`
    drop table source_search_lists, source_search_blocks;
    alter table search_lists add primary key (term_id), set (fillfactor = 70);
    alter table search_blocks add primary key (term_id, first_paper);
    update search_generations set paper_count = paper_count * ${copies} where serving`)
}

interface StoredBlock {
  id: number
  postings: Buffer
}

interface StoredList extends StoredBlock {
  papers: number
  version: number
  last: string
}

/** A block of postings with the ids of each copy. */
function copiesOf(block: Buffer, copies: number): { first: number; packed: Buffer }[] {
  const { papers, impacts } = unpackPostings(block)
  return Array.from({ length: copies }, (_, n) => {
    const shifted = papers.map((paper) => paper + n * COPIED_PAPERS)
    return { first: shifted[0] as number, packed: packBlock({ papers: shifted, impacts }) }
  })
}

const bytea = (bytes: Buffer): string => `\\\\x${bytes.toString('hex')}`

/** Copies into a table what becomes of the rows of a query. */
async function copyInto<Row extends object>(
  client: Sql,
  target: string,
  rows: { cursor(size: number): AsyncIterable<Iterable<Row>> },
  linesOf: (row: Row) => (string | number)[][],
): Promise<void> {
  async function* lines() {
    for await (const some of rows.cursor(2_000))
      yield [...some].flatMap((row) => linesOf(row).map((line) => `${line.join('\t')}\n`)).join('')
  }
  await pipeline(Readable.from(lines()), await client.unsafe(`copy ${target} from stdin`).writable())
}
