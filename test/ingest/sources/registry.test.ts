import { readdir, readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { SOURCES } from '../../../src/ingest/sources/registry.ts'
import type { Source } from '../../../src/ingest/sources/source.ts'
import { directoryOf } from '../fixtures.ts'

const FOLDER = new URL('../../../src/ingest/sources/', import.meta.url)
const README = await readFile(new URL('../README.md', FOLDER), 'utf8')

const isSource = (value: unknown): value is Source =>
  typeof value === 'object' && value !== null && 'read' in value && 'parse' in value

test('every source of the folder is registered', async () => {
  const sources: unknown[] = []
  for (const name of await readdir(FOLDER))
    sources.push(...Object.values(await import(new URL(name, FOLDER).href)).filter(isSource))
  expect(new Set(sources)).toEqual(new Set(Object.values(SOURCES)))
  expect(sources).toHaveLength(Object.keys(SOURCES).length)
})

test('the source of the README reads and parses', async () => {
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(README) as unknown as [string, string]
  const directory = await directoryOf({ 'titles.ts': code.replaceAll("from './", `from '${FOLDER.href}`) })
  const { titles } = await import(pathToFileURL(`${directory}/titles.ts`).href)
  const file = { name: 'titles.tsv', bytes: 0, date: null, capturedAt: null }
  const records: unknown[] = []
  async function* bytes() {
    yield Buffer.from('2611.04217\t2026-11-09\tTidal Routing\n')
  }
  for await (const group of titles.read({ file, bytes: bytes(), report: expect.unreachable }))
    records.push(...group.records)
  expect(records).toHaveLength(1)
  const [{ value }] = records as [{ value: unknown }]
  expect(titles.parse(value, file)).toMatchObject({ arxivId: '2611.04217', title: 'Tidal Routing' })
})
