import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { SOURCES } from '../../../src/ingest/sources/registry.ts'

const FOLDER = new URL('../../../src/ingest/sources/', import.meta.url)

const isSource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'read' in value && 'parse' in value

test('every source of the folder is registered', async () => {
  const sources: unknown[] = []
  for (const name of await readdir(FOLDER))
    sources.push(...Object.values(await import(new URL(name, FOLDER).href)).filter(isSource))
  expect(new Set(sources)).toEqual(new Set(Object.values(SOURCES)))
  expect(sources).toHaveLength(Object.keys(SOURCES).length)
})
