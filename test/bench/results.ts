import { type Cell, geometricMean, median, medianCell } from './measure.ts'
import { ratio, table, whole } from './table.ts'

/** What was measured: by operation, then by server, a cell a round. */
export class Results {
  readonly #cells = new Map<string, Map<string, Cell[]>>()

  add(operation: string, server: string, cell: Cell): void {
    const ofOperation = this.#cells.get(operation) ?? new Map<string, Cell[]>()
    this.#cells.set(operation, ofOperation)
    ofOperation.set(server, [...(ofOperation.get(server) ?? []), cell])
  }

  get operations(): string[] {
    return [...this.#cells.keys()]
  }

  get servers(): string[] {
    return [...new Set([...this.#cells.values()].flatMap((ofOperation) => [...ofOperation.keys()]))]
  }

  cell(operation: string, server: string): Cell | undefined {
    const rounds = this.#cells.get(operation)?.get(server)
    return rounds && medianCell(rounds)
  }

  /** The median over rounds of what one server's figure is of another's in the same round. */
  ratio(operation: string, figure: (cell: Cell) => number, [a, b]: [string, string]): number | undefined {
    const [ours, theirs] = [this.#cells.get(operation)?.get(a), this.#cells.get(operation)?.get(b)]
    if (!ours || !theirs) return undefined
    return median(ours.map((cell, round) => figure(cell) / figure(theirs[round] as Cell)))
  }

  /** What was answered with an error, or not at all. */
  failures(): string[] {
    return this.operations.flatMap((operation) =>
      this.servers.flatMap((server) => {
        const errors = this.cell(operation, server)?.errors ?? 0
        return errors > 0 ? [`${operation}, ${server}: ${errors}`] : []
      }),
    )
  }

  /** Everything, for a file. */
  toJSON() {
    return Object.fromEntries([...this.#cells].map(([operation, servers]) => [operation, Object.fromEntries(servers)]))
  }
}

/** Every figure: a line an operation and server. */
export function figuresTable(results: Results): string {
  const rows = results.operations.flatMap((operation) =>
    results.servers.flatMap((server) => {
      const cell = results.cell(operation, server)
      if (!cell) return []
      return [
        [
          `${operation}: ${server}`,
          whole(cell.rate),
          whole(cell.serverTime),
          whole(cell.postgresTime),
          cell.p50.toFixed(1),
          cell.p99.toFixed(1),
          (cell.bytes / 1024).toFixed(1),
        ],
      ]
    }),
  )
  return table(['', 'requests/s', 'server µs', 'Postgres µs', 'p50 ms', 'p99 ms', 'KB'], rows)
}

/** What one server's figure is of the others', with the geometric mean over the operations that both have. */
export function ratioTable(results: Results, ours: string, figure: (cell: Cell) => number, label: string): string {
  const others = results.servers.filter((server) => server !== ours)
  const operations = results.operations.filter(
    (operation) => results.cell(operation, ours) && others.some((other) => results.cell(operation, other)),
  )
  const column = (other: string) => operations.map((operation) => results.ratio(operation, figure, [ours, other]))
  const columns = others.map(column)
  const rows = operations.map((operation, row) => [operation, ...columns.map((values) => ratio(values[row]))])
  const means = columns.map((values) => {
    const known = values.filter((value) => value !== undefined)
    return known.length > 0 ? ratio(geometricMean(known)) : ''
  })
  return table([label, ...others], [...rows, ['geometric mean', ...means]])
}
