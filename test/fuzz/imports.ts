import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { runImport } from '../../src/ingest/import.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { faultOfParser, hfRecord, isSentence, oddLine, paperRecord } from './records.ts'
import type { Fuzzer } from './run.ts'

const CONTEXT = { date: '2026-11-10', capturedAt: null }

/** Parses a record with odd values. */
export const records: Fuzzer = async (random) =>
  random.chance(0.5)
    ? faultOfParser('papers', JSON.parse(oddLine(paperRecord(random), random)), CONTEXT)
    : faultOfParser('hf-daily', JSON.parse(oddLine(hfRecord(random), random)), CONTEXT)

/** Imports records with odd values among good ones. All good ones must be in the catalogue. */
export const importFuzzer =
  (db: Db): Fuzzer =>
  async (random) => {
    const source = random.pick(['papers', 'hf-daily'] as const)
    const record = source === 'papers' ? paperRecord : hfRecord
    const asLine = (json: string) => (source === 'papers' ? json : `{"date":"2026-11-10","records":[${json}]}`)
    const arxivIds = random.times(3, () => `27${random.pick(['01', '09', '12'])}.${10_000 + random.below(90_000)}`)
    const good = arxivIds.map((id) => JSON.stringify(withArxivId(record(random), id)))
    const odd = random.times(10, () => oddLine(record(random), random))
    const lines = [...good, ...odd].map((json) => ({ line: `${asLine(json)}\n`, order: random.below(1_000) }))
    lines.sort((a, b) => a.order - b.order)
    const reasons: string[] = []
    await runImport(db, {
      source,
      inputs: ['-'],
      stdin: Readable.from([lines.map(({ line }) => line).join('')]),
      now: new Date(),
      halfLifeHours: HALF_LIFE_HOURS,
      onProgress: () => {},
      onProblem: ({ reason }) => void reasons.push(reason),
    })
    const unclear = reasons.find((reason) => !isSentence(reason))
    if (unclear) return `The problem is not a sentence: ${unclear}`
    const saved = await db.execute<{ arxiv_id: string }>(
      sql`select arxiv_id from papers where arxiv_id = any(${sql.param(arxivIds)}::text[])`,
    )
    const lost = arxivIds.filter((id) => !saved.some((row) => row.arxiv_id === id))
    return lost.length === 0 ? null : `Good records are lost: ${lost.join(', ')}; reported: ${reasons.join(' ')}`
  }

function withArxivId(record: { paper: object } | object, id: string): object {
  return 'paper' in record
    ? { ...record, paper: { ...(record.paper as object), id } }
    : { ...record, identifiers: { arxiv: id } }
}
