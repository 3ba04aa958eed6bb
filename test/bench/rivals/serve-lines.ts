import { createInterface } from 'node:readline'
import type { RivalText } from './rival.ts'

/** A search engine that a rival's process wraps. */
export interface Engine {
  add(papers: readonly RivalText[]): void
  search(query: string, limit: number): { ids: number[]; total: number }
  size(): { papers: number; bytes: number }
}

type Question = { add: RivalText[] } | { search: string; limit: number } | { size: true }

/** Answers each line of the standard input, which is a question in JSON, by a line. */
export async function serveLines(engine: Engine): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const question: Question = JSON.parse(line)
    process.stdout.write(`${JSON.stringify(answerTo(engine, question))}\n`)
  }
}

function answerTo(engine: Engine, question: Question): object {
  if ('search' in question) return engine.search(question.search, question.limit)
  if ('size' in question) return engine.size()
  engine.add(question.add)
  return { added: question.add.length }
}
