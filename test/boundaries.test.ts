import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = normalize(join(import.meta.dirname, '..'))

/** Files that know nothing of the rest and may be imported from everywhere. */
const LEAVES = [
  'src/errors.ts',
  'src/vocabulary.ts',
  'src/identifiers.ts',
  'src/editions.ts',
  'src/scopes.ts',
  'src/storable.ts',
]

/** Imports go one way: a folder may import itself, the leaves, and what its line says. */
const MAY_IMPORT: Record<string, string[]> = {
  drizzle: [],
  'src/db': ['drizzle'],
  'src/queries': ['drizzle', 'src/db'],
  'src/search': ['drizzle', 'src/db', 'src/queries'],
  'src/lists': ['drizzle', 'src/db', 'src/queries', 'src/search'],
  'src/loaders': ['src/db', 'src/lists', 'src/queries', 'src/search'],
  'src/ingest': ['drizzle', 'src/db', 'src/queries', 'src/search'],
  'src/feeds': ['src/lists'],
  'src/live': ['src/queries'],
  schema: ['src/db', 'src/feeds', 'src/ingest', 'src/lists', 'src/live', 'src/loaders', 'src/queries', 'src/search'],
  'src/http': ['schema', 'src/db', 'src/feeds', 'src/lists', 'src/live', 'src/loaders', 'src/queries', 'src/ingest'],
  'src/programs': [
    'schema',
    'src/db',
    'src/http',
    'src/ingest',
    'src/live',
    'src/queries',
    'src/search',
    'src/settings.ts',
  ],
}

/** Packages that only these folders may import: SQL stays out of the schema, GraphQL out of the rest. */
const ONLY_IN: Record<string, string[]> = {
  graphql: ['schema', 'src/http'],
  'graphql-yoga': ['src/http'],
  '@pothos/core': ['schema'],
  'drizzle-orm': ['drizzle', 'src/db', 'src/queries', 'src/lists', 'src/search', 'src/ingest', 'src/http'],
  postgres: ['src/db', 'src/live'],
  jose: ['src/http'],
}

interface Import {
  file: string
  from: string
}

async function importsOf(folder: string): Promise<Import[]> {
  const imports: Import[] = []
  for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
    if (!name.endsWith('.ts')) continue
    const file = join(folder, name)
    const text = await readFile(join(ROOT, file), 'utf8')
    for (const [, from] of text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm))
      imports.push({ file, from: from as string })
    for (const [, from] of text.matchAll(/\bimport\(['"]([^'"]+)['"]\)/g)) imports.push({ file, from: from as string })
  }
  return imports
}

const isIn = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

test.each(Object.entries(MAY_IMPORT))('%s imports only what it may', async (folder, allowed) => {
  const imports = await importsOf(folder)
  expect(imports.length).toBeGreaterThan(0)
  const wrong = imports.filter(({ file, from }) => {
    if (from.startsWith('.')) {
      const target = relative(ROOT, normalize(join(ROOT, dirname(file), from)))
      return ![folder, ...allowed, ...LEAVES].some((place) => isIn(target, place))
    }
    const limited = Object.keys(ONLY_IN).find((name) => isIn(from, name))
    return limited !== undefined && !ONLY_IN[limited]?.includes(folder)
  })
  expect(wrong).toEqual([])
})

/** Has no sources: changes of packages only. */
const PATCHES = 'src/patches'

test('every folder of src has its line', async () => {
  const folders = (await readdir(join(ROOT, 'src'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => `src/${entry.name}`)
  expect(folders.filter((folder) => !(folder in MAY_IMPORT))).toEqual([PATCHES])
})

test('leaves import no other file', async () => {
  for (const leaf of LEAVES) expect(await readFile(join(ROOT, leaf), 'utf8')).not.toMatch(/from '\./)
})

test('only programs read the environment', async () => {
  const readers: string[] = []
  for (const folder of Object.keys(MAY_IMPORT).filter((name) => name !== 'src/programs'))
    for (const name of await readdir(join(ROOT, folder), { recursive: true }))
      if (name.endsWith('.ts') && /process\.env\b/.test(await readFile(join(ROOT, folder, name), 'utf8')))
        readers.push(join(folder, name))
  expect(readers).toEqual([])
})
