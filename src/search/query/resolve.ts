import type { Db } from '../../db/client.ts'
import { paperByIdentifier } from '../../queries/papers.ts'
import { parseQuery } from './parse.ts'
import { readTerms } from './posting-lists.ts'
import { termsOfQuery } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { correctSpelling } from './spelling.ts'

/** Parses a query and reads its terms. One statement, and a few more if a word is in no paper and is corrected. */
export async function resolveQuery(
  db: Db,
  text: string,
  { corrects = true }: { corrects?: boolean } = {},
): Promise<ResolvedQuery> {
  const query = parseQuery(text)
  const [index, paper] = await Promise.all([
    readTerms(db, termsOfQuery(query)),
    query.identifier && paperByIdentifier(db, query.identifier),
  ])
  const paperId = paper?.id ?? null
  const unknown = { query, correctedText: null, paperId, ...index }
  if (query.identifier !== null || !corrects) return unknown
  const correctedText = await correctSpelling(db, unknown)
  if (correctedText === null) return unknown
  const corrected = parseQuery(correctedText)
  return { query: corrected, correctedText, paperId, ...(await readTerms(db, termsOfQuery(corrected))) }
}
