import DataLoader from 'dataloader'

/** A loader of one row for each key, or null. Rows are matched to keys by key, never by position. */
export function one<Row>(load: (keys: readonly number[]) => Promise<Row[]>, keyOf: (row: Row) => number) {
  return new DataLoader<number, Row | null>(async (keys) => {
    const found = new Map<number, Row>()
    for (const row of await load(keys)) found.set(keyOf(row), row)
    return keys.map((key) => found.get(key) ?? null)
  })
}

/** A loader of many rows for each key, in the order of the query. */
export function many<Row>(load: (keys: readonly number[]) => Promise<Row[]>, keyOf: (row: Row) => number) {
  return new DataLoader<number, Row[]>(async (keys) => {
    const groups = new Map<number, Row[]>(keys.map((key) => [key, []]))
    for (const row of await load(keys)) groups.get(keyOf(row))?.push(row)
    return keys.map((key) => groups.get(key) ?? [])
  })
}

/** As `one`, for rows that can be merged: the id of a merged row gives the row that it was merged into. */
export function oneOrMerged<Row extends { id: number; mergedInto: number | null }>(
  load: (keys: readonly number[]) => Promise<Row[]>,
) {
  return new DataLoader<number, Row | null>(async (keys) => {
    const found = new Map((await load(keys)).map((row) => [row.id, row]))
    const others = [...found.values()].flatMap(({ mergedInto }) => mergedInto ?? []).filter((id) => !found.has(id))
    if (others.length > 0) for (const row of await load(others)) found.set(row.id, row)
    return keys.map((key) => {
      const row = found.get(key) ?? null
      return row === null || row.mergedInto === null ? row : (found.get(row.mergedInto) ?? null)
    })
  })
}
