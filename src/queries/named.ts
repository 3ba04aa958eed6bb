import { typedSlug } from '../values/slugs.ts'

/**
 * Rows by what people wrote. Most write a slug or handle that a row has now, and one statement has found these. Only for the
 * rest a second one runs.
 *
 * @param now the rows found, by what was written
 * @param others reads the rows for the rest; of several for one text, the last one counts
 */
export async function withOthers<Row>(
  given: readonly string[],
  now: Map<string, Row>,
  others: (rest: string[]) => Promise<(Row & { given: string })[]>,
): Promise<Map<string, Row>> {
  const rest = [...new Set(given)].filter((text) => !now.has(text))
  if (rest.length > 0) for (const { given: text, ...row } of await others(rest)) now.set(text, row as Row)
  return now
}

/** The rows whose slug is what was written, in any case, by what was written. */
export function bySlug<Row extends { slug: string }>(given: readonly string[], rows: readonly Row[]): Map<string, Row> {
  const known = new Map(rows.map((row) => [row.slug.toLowerCase(), row]))
  return new Map(
    given.flatMap((text): [string, Row][] => {
      const row = known.get(typedSlug(text))
      return row ? [[text, row]] : []
    }),
  )
}
