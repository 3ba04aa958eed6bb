import { watch } from './processor.ts'
import type { Request } from './requests.ts'
import { load } from './wrk.ts'

/** What one server did with one operation in one round. */
export interface Cell {
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Microseconds of processor time a request. */
  serverTime: number
  postgresTime: number
  errors: number
  /** Bytes an answer, with its headers. */
  bytes: number
}

/** Loads a server and measures what it and Postgres spend on it. */
export async function measure(
  server: { url: string; pid: number },
  postgresPid: number,
  requests: readonly Request[],
  options: { seconds: number; connections?: number },
): Promise<Cell> {
  const [serverTime, postgresTime] = [watch(server.pid), watch(postgresPid)]
  const { requests: count, microseconds, bytes, errors, p50, p99 } = await load(server.url, requests, options)
  const each = (milliseconds: number) => (milliseconds * 1_000) / count
  return {
    rate: count / (microseconds / 1e6),
    p50: p50 / 1_000,
    p99: p99 / 1_000,
    serverTime: each(serverTime()),
    postgresTime: each(postgresTime()),
    errors,
    bytes: bytes / count,
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

/** The cell whose every figure is the median over rounds. */
export function medianCell(cells: readonly Cell[]): Cell {
  const of = (figure: keyof Cell) => median(cells.map((cell) => cell[figure]))
  return {
    rate: of('rate'),
    p50: of('p50'),
    p99: of('p99'),
    serverTime: of('serverTime'),
    postgresTime: of('postgresTime'),
    errors: cells.reduce((sum, cell) => sum + cell.errors, 0),
    bytes: of('bytes'),
  }
}

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
