import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { messageOf, OperatorError } from '../../../src/values/errors.ts'

// A collection in the format of BEIR: documents, queries, and judgements of which documents are relevant to which query.
//
//     corpus.jsonl        {"_id": "…", "title": "…", "text": "…"}
//     queries.jsonl       {"_id": "…", "text": "…"}
//     qrels.tsv           query-id ⇥ corpus-id ⇥ score, with a header line; or qrels/test.tsv
//
// For a split: queries-NAME.jsonl or queries.jsonl, and qrels-NAME.tsv or qrels/NAME.tsv.

export interface Query {
  id: string
  text: string
  /** The relevance of each judged document; at least one is positive. */
  judged: ReadonlyMap<string, number>
}

export interface CollectionDocument {
  id: string
  title: string
  text: string
}

const text = z.string()
const id = z.union([text, z.number().transform(String)])
const documentLine = z.object({ _id: id, title: text.nullish(), text: text.nullish() })
const queryLine = z.object({ _id: id, text })

/** The queries that have a relevant document, in the order of the file. */
export async function readQueries(directory: string, split?: string): Promise<Query[]> {
  const judgements = await readJudgements(
    split === undefined
      ? theFile(directory, ['qrels.tsv', 'qrels/test.tsv'])
      : theFile(directory, [`qrels-${split}.tsv`, `qrels/${split}.tsv`]),
  )
  const names = split === undefined ? ['queries.jsonl'] : [`queries-${split}.jsonl`, 'queries.jsonl']
  const queries: Query[] = []
  for await (const { _id, text } of records(theFile(directory, names), queryLine)) {
    const judged = judgements.get(_id)
    if (judged && [...judged.values()].some((gain) => gain > 0)) queries.push({ id: _id, text, judged })
  }
  if (queries.length === 0) throw new OperatorError(`No query of ${directory} has a relevant document.`)
  return queries
}

/** The documents of a collection. Later documents with the same id are skipped. */
export async function* readDocuments(directory: string): AsyncGenerator<CollectionDocument> {
  const seen = new Set<string>()
  for await (const { _id, title, text } of records(theFile(directory, ['corpus.jsonl']), documentLine)) {
    if (seen.has(_id)) continue
    seen.add(_id)
    yield { id: _id, title: title ?? '', text: text ?? '' }
  }
}

async function readJudgements(file: string): Promise<Map<string, Map<string, number>>> {
  const judgements = new Map<string, Map<string, number>>()
  for await (const { line, number } of linesOf(file)) {
    const [query, document, score, ...more] = line.split('\t')
    const gain = Number(score)
    const isWhole = query !== undefined && document !== undefined && score !== undefined && more.length === 0
    if (!isWhole || Number.isNaN(gain) || score.trim() === '') {
      if (isWhole && number === 1) continue
      throw new OperatorError(`${file}:${number}: expected query-id, corpus-id and score, separated by tabs.`)
    }
    const judged = judgements.get(query) ?? new Map<string, number>()
    judgements.set(query, judged.set(document, gain))
  }
  return judgements
}

function theFile(directory: string, names: readonly string[]): string {
  const found = names.map((name) => join(directory, name)).find((path) => existsSync(path))
  if (found === undefined) throw new OperatorError(`There is no ${names.join(' or ')} in ${directory}.`)
  return found
}

async function* records<T>(file: string, form: z.ZodType<T>): AsyncGenerator<T> {
  for await (const { line, number } of linesOf(file)) {
    let record: T
    try {
      const read = form.safeParse(JSON.parse(line))
      if (!read.success) throw new Error(`${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`)
      record = read.data
    } catch (error) {
      throw new OperatorError(`${file}:${number}: ${messageOf(error)}`)
    }
    yield record
  }
}

/** The non-blank lines of a file with their numbers. */
async function* linesOf(file: string): AsyncGenerator<{ line: string; number: number }> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() !== '') yield { line, number }
  }
}
