import { sql } from 'drizzle-orm'
import type { Db } from '../../../src/db/client.ts'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { OperatorError } from '../../../src/values/errors.ts'
import { normalizeIdentifier } from '../../../src/values/identifiers.ts'
import { normalizeLine, normalizeParagraphs } from '../../../src/values/text.ts'
import { HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { sparseEntry } from '../../support/entry.ts'
import { type CollectionDocument, readDocuments } from './collection.ts'

/** The scheme of the identifiers that map papers to documents. */
export const SCHEME = 'beir'

/** The value of that identifier: the id, or the position in the corpus if the id is not valid as an identifier. */
export const identifierOf = (id: string, place: number): string =>
  !id.startsWith('#') && normalizeIdentifier({ scheme: SCHEME, value: id })?.value === id ? id : `#${place}`

export interface Loaded {
  /** The ids of the documents, by position. */
  ids: string[]
  /** How many have no title and get the first words of their text instead. */
  untitled: number
}

const BATCH = 200
const WORDS_OF_A_TITLE = 12
const DATE = '2026-01-01T00:00:00Z'

/** Saves the documents of a collection as papers into an empty catalogue, with the code of imports. */
export async function loadCollection(db: Db, directory: string, onProgress: (done: number) => void): Promise<Loaded> {
  const loaded: Loaded = { ids: [], untitled: 0 }
  let batch: PaperEntry[] = []
  const flush = async () => {
    const { problems } = await saveEntries(db, batch, { halfLifeHours: HALF_LIFE_HOURS })
    const [problem] = problems
    if (problem) throw new OperatorError(`A document could not be saved: ${problem.message}`)
    batch = []
    onProgress(loaded.ids.length)
  }
  for await (const document of readDocuments(directory)) {
    batch.push(entryOf(document, loaded.ids.length))
    loaded.ids.push(document.id)
    if (normalizeLine(document.title) === '') loaded.untitled += 1
    if (batch.length === BATCH) await flush()
  }
  await flush()
  await db.execute(sql`analyze`)
  return loaded
}

function entryOf({ id, title, text }: CollectionDocument, place: number): PaperEntry {
  const firstWords = normalizeLine(text).split(' ').slice(0, WORDS_OF_A_TITLE).join(' ')
  return sparseEntry({
    source: 'beir',
    asOf: DATE,
    identifiers: [{ scheme: SCHEME, value: identifierOf(id, place) }],
    title: normalizeLine(title) || firstWords || normalizeLine(id) || 'Untitled',
    abstract: normalizeParagraphs(text) || null,
    publishedAt: DATE,
  })
}
