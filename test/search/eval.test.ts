import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OperatorError } from '../../src/values/errors.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { readDocuments, readQueries } from './eval/collection.ts'
import { type Loaded, loadCollection } from './eval/load.ts'
import { interval, measuresOf, quantile } from './eval/measures.ts'
import { runQueries } from './eval/run-queries.ts'

describe('measures', () => {
  const judged = (values: Record<string, number>) => new Map(Object.entries(values))

  test('of graded judgements', () => {
    // DCG 2/1 + 3/2 + 1/log2(6); ideal 3/1 + 2/log2(3) + 1/2.
    const measures = measuresOf(['b', 'x', 'a', 'd', 'c'], judged({ a: 3, b: 2, c: 1, d: 0 }))
    expect(measures.ndcg10).toBeCloseTo(0.8162467, 6)
    expect(measures.ap).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12)
    expect(measures).toMatchObject({ recall100: 1, rr10: 1 })
  })

  test('of missing, late and negatively judged documents', () => {
    expect(measuresOf(['x', 'y', 'e'], judged({ e: 1, f: 1 }))).toMatchObject({
      ap: 1 / 6,
      recall100: 0.5,
      rr10: 1 / 3,
    })
    expect(measuresOf([], judged({ g: 1 }))).toEqual({ ndcg10: 0, ap: 0, recall100: 0, rr10: 0 })
    expect(measuresOf([...'abcdefghij', 'z'], judged({ z: 1 }))).toMatchObject({ ndcg10: 0, ap: 1 / 11, rr10: 0 })
    expect(measuresOf(['n'], judged({ n: -1, p: 1 }))).toMatchObject({ ndcg10: 0, rr10: 0 })
  })

  test('intervals contain the mean and are reproducible', () => {
    const values = Array.from({ length: 200 }, (_, n) => (n % 4 === 0 ? 1 : 0))
    const [from, to] = interval(values)
    expect(from).toBeGreaterThan(0.18)
    expect(from).toBeLessThan(0.25)
    expect(to).toBeGreaterThan(0.25)
    expect(to).toBeLessThan(0.32)
    expect(interval(values)).toEqual([from, to])
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  })
})

const DOCUMENTS = [
  { _id: 'd/1', title: 'Tidal charts of the northern coast', text: 'Tables of high water for harbour pilots.' },
  { _id: 'q2', title: 'Sourdough', text: 'Wild yeast raises bread; lactic bacteria sour it.' },
  { _id: 3, title: '', text: 'Bread without yeast is flat, says a survey of unleavened bread.' },
  { _id: 'd/1', title: 'Again', text: 'A repeated id.' },
  { _id: ' #4\t', title: ' ', text: '' },
]
const QUERIES = [
  { _id: 'q1', text: 'harbour "pilots": tables - of water?' },
  { _id: 'q2', text: 'yeast and/or bread' },
  { _id: 'q3', text: 'nobody judged this' },
]
const QRELS = 'query-id\tcorpus-id\tscore\nq1\td/1\t2\nq2\t3\t1\nq2\tq2\t1\nq3\t3\t0\n'

let directory: string
let database: FreshDatabase
let server: TestServer
let loaded: Loaded

const lines = (records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-eval')
  await mkdir(join(directory, 'qrels'))
  await writeFile(join(directory, 'corpus.jsonl'), lines(DOCUMENTS))
  await writeFile(join(directory, 'queries.jsonl'), lines(QUERIES))
  await writeFile(join(directory, 'qrels/test.tsv'), QRELS)
  database = await freshDatabase()
  loaded = await loadCollection(database.db, directory, () => {})
  server = await startServer(database)
})

afterAll(async () => {
  await server?.close()
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})

test('documents with any ids and titles become papers', async () => {
  expect(loaded).toEqual({ ids: ['d/1', 'q2', '3', ' #4\t'], untitled: 2 })
  const { data } = await server.ask('{ papers { nodes { title abstract } } }')
  expect(data.papers.nodes.map(({ title }: { title: string }) => title).sort()).toEqual([
    '#4',
    'Bread without yeast is flat, says a survey of unleavened bread.',
    'Sourdough',
    'Tidal charts of the northern coast',
  ])
})

test('queries are sent unchanged, and measured', async () => {
  const queries = await readQueries(directory)
  expect(queries.map(({ id }) => id)).toEqual(['q1', 'q2'])
  const runs = await runQueries(server, queries, loaded.ids, { depth: 1_000, atOnce: 2, onProgress: () => {} })
  expect(runs.map(({ problem }) => problem)).toEqual([null, null])
  // A document with the id of the query is excluded from its results.
  expect(runs.map(({ ranked }) => ranked)).toEqual([['d/1'], ['3']])
  expect(runs.map(({ ranked, query }) => measuresOf(ranked, query.judged).ap)).toEqual([1, 0.5])
})

test.each([
  ['corpus.jsonl', `${lines(DOCUMENTS)}{"_id": "x", "text": 5}\n`, /corpus\.jsonl:6: text/],
  ['corpus.jsonl', '{"_id": "x"\n', /corpus\.jsonl:1: .*JSON/],
  ['queries.jsonl', '\n{"_id": "q1"}\n', /queries\.jsonl:2: text/],
  ['qrels/test.tsv', `${QRELS}q1\td/1\n`, /test\.tsv:6: /],
  ['qrels/test.tsv', `${QRELS}q1\td/1\tmuch\n`, /test\.tsv:6: /],
  ['qrels/test.tsv', QRELS.replaceAll(/\t\d\n/g, '\t0\n'), /No query/],
])('an error in %s is reported with its line', async (file, text, problem) => {
  const path = join(directory, file)
  const before = await readFile(path)
  await writeFile(path, text)
  const reading = async () => {
    await readQueries(directory)
    for await (const _document of readDocuments(directory));
  }
  await expect(reading()).rejects.toThrow(problem)
  await expect(reading()).rejects.toThrow(OperatorError)
  await writeFile(path, before)
})

test('the error for a missing file has its name', async () => {
  await expect(readQueries(directory, 'dev')).rejects.toThrow('no qrels-dev.tsv or qrels/dev.tsv')
})
