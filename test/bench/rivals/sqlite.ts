import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { serveLines } from './serve-lines.ts'

// SQLite's FTS5 with its Porter stemmer. The texts stay where they are (`content=''`), as in our index. A word of a title
// counts twice.

const path = process.argv[2] as string
const db = new DatabaseSync(path)
db.exec(`pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -200000;
  create virtual table if not exists papers using fts5(title, abstract, content = '', tokenize = 'porter unicode61');
  insert into papers (papers, rank) values ('rank', 'bm25(2.0, 1.0)')`)
const insert = db.prepare('insert into papers (rowid, title, abstract) values (?, ?, ?)')
const search = db.prepare('select rowid as id from papers where papers match ? order by rank limit ?')
const count = db.prepare('select count(*) as total from papers where papers match ?')

/** Any of the words, each in quotation marks so that none is an operator. */
const anyOf = (query: string): string =>
  (query.match(/[\p{L}\p{N}]+/gu) ?? ['']).map((word) => `"${word}"`).join(' OR ')

await serveLines({
  add(papers) {
    db.exec('begin')
    for (const { id, title, abstract } of papers) insert.run(id, title, abstract)
    db.exec('commit')
  },
  search(query, limit) {
    const match = anyOf(query)
    return {
      ids: search.all(match, limit).map(({ id }) => Number(id)),
      total: Number(count.get(match)?.total),
    }
  },
  size() {
    db.exec('pragma wal_checkpoint(truncate)')
    return {
      papers: Number(db.prepare('select count(*) as n from papers_docsize').get()?.n),
      bytes: statSync(path).size,
    }
  },
})
