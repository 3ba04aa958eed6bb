import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = normalize(join(import.meta.dirname, '..'))

/**
 * The rooms from the lowest to the highest. A file imports from its own room and from lower ones, never from a higher one.
 * Rooms of one line do not import each other. `src/README.md` says what each may hold.
 */
const STOREYS: string[][] = [
  ['src/values'],
  ['drizzle', 'src/metrics'],
  ['src/db'],
  ['src/queries'],
  ['src/writes'],
  ['src/search', 'src/live', 'src/fetching', 'src/jobs'],
  ['src/lists'],
  ['src/ingest', 'src/loaders'],
  ['src/generate'],
  ['src/formats', 'src/images'],
  ['src/deliveries'],
  ['schema'],
  ['src/http/accept.ts', 'src/http/request-target.ts', 'src/http/request-trace.ts', 'src/http/client-address.ts'],
  ['src/http/extensible-response.ts'],
  ['src/http/rate-limits'],
  ['src/http/auth', 'src/http/cache'],
  ['src/http/auth.ts'],
  ['src/http/parts.ts', 'src/http/preflight.ts'],
  ['src/http/graphql'],
  ['src/mcp'],
  ['src/http/routes'],
  ['src/http/openapi'],
  ['src/http'],
  ['src/settings.ts'],
  ['src/programs'],
]

/** Rooms that a room must not import although they are lower. */
const NEVER: Record<string, string[]> = {
  'src/formats': ['src/db', 'src/queries', 'src/writes', 'src/search', 'src/live', 'src/ingest', 'src/loaders'],
  'src/http/routes': ['src/writes', 'src/ingest'],
  'src/settings.ts': ['src/db', 'src/queries', 'src/lists', 'schema', 'src/http'],
}

/** Packages that only these rooms may import: SQL stays out of the schema, GraphQL out of the rest. */
const ONLY_IN: Record<string, string[]> = {
  graphql: ['schema', 'src/http', 'src/mcp'],
  '@modelcontextprotocol/server': ['src/mcp'],
  'graphql-yoga': ['src/http'],
  '@pothos/core': ['schema'],
  'drizzle-orm': [
    'drizzle',
    'src/db',
    'src/queries',
    'src/writes',
    'src/lists',
    'src/search',
    'src/ingest',
    'src/generate',
    'src/deliveries',
    'src/http/health.ts',
  ],
  postgres: ['src/db'],
  jose: ['src/http/auth'],
  'rate-limiter-flexible': ['src/http/rate-limits'],
  'prom-client': ['src/metrics'],
  'pg-boss': ['src/jobs'],
  nodemailer: ['src/deliveries'],
  sharp: ['src/images'],
}

interface Import {
  file: string
  /** A file of this project, or a package. */
  target: string
  isPackage: boolean
}

const isIn = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

/** The room of a file: the longest name that fits. */
function roomOf(file: string): string | undefined {
  return STOREYS.flat()
    .filter((room) => isIn(file, room))
    .sort((a, b) => b.length - a.length)[0]
}

const storeyOf = (room: string): number => STOREYS.findIndex((storey) => storey.includes(room))

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(ROOT, file), 'utf8')
  const found = [
    ...text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\bimport\(['"]([^'"]+)['"]\)/g),
    // A worker.
    ...text.matchAll(/\bnew URL\('(\.\/[^']+\.ts)', import\.meta\.url\)/g),
  ]
  return found.map(([, from]) => {
    const spec = from as string
    const isPackage = !spec.startsWith('.')
    return { file, isPackage, target: isPackage ? spec : relative(ROOT, join(ROOT, dirname(file), spec)) }
  })
}

async function sourceFiles(): Promise<string[]> {
  const files: string[] = []
  for (const folder of ['src', 'schema', 'drizzle'])
    for (const name of await readdir(join(ROOT, folder), { recursive: true }))
      if (name.endsWith('.ts') && !name.endsWith('.d.ts')) files.push(join(folder, name))
  return files.sort()
}

const FILES = await sourceFiles()
const IMPORTS = (await Promise.all(FILES.map(importsOf))).flat()

test('every source file is in a room', () => {
  expect(FILES.filter((file) => roomOf(file) === undefined)).toEqual([])
  expect(IMPORTS.length).toBeGreaterThan(500)
})

test.each(STOREYS.flat())('%s imports only lower rooms', (room) => {
  const imports = IMPORTS.filter(({ file, isPackage }) => !isPackage && roomOf(file) === room)
  const wrong = imports.filter(({ target }) => {
    const other = roomOf(target)
    // `drizzle/relations` and the like do not exist: what has no room is a file that is not a source.
    if (other === undefined || other === room) return other === undefined
    return storeyOf(other) >= storeyOf(room) || NEVER[room]?.some((place) => isIn(target, place))
  })
  expect(wrong).toEqual([])
})

test.each(Object.entries(ONLY_IN))('%s is imported only where it belongs', (name, rooms) => {
  const wrong = IMPORTS.filter(
    ({ file, target, isPackage }) => isPackage && isIn(target, name) && !rooms.some((room) => isIn(file, room)),
  )
  expect(wrong).toEqual([])
})

/** The files that each file imports. */
const EDGES = new Map<string, string[]>(FILES.map((file) => [file, []]))
for (const { file, target, isPackage } of IMPORTS) if (!isPackage) EDGES.get(file)?.push(target)

test('no two files import each other, by any number of steps, types included', () => {
  expect(cyclesIn(EDGES)).toEqual([])
})

test('every file is used by a program or declares a table: a new type, route or source is registered', () => {
  const used = new Set<string>()
  const visit = (file: string) => {
    if (used.has(file)) return
    used.add(file)
    for (const target of EDGES.get(file) ?? []) visit(target)
  }
  for (const file of FILES) if (isIn(file, 'src/programs') || isIn(file, 'drizzle/tables')) visit(file)
  expect(FILES.filter((file) => !used.has(file))).toEqual([])
})

test('no file has more than 330 lines', async () => {
  const long: string[] = []
  for (const file of FILES) {
    const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n').length - 1
    if (lines > 330) long.push(`${file}: ${lines}`)
  }
  expect(long).toEqual([])
})

/**
 * The files that may open a transaction: `writing` itself, the migrations, `snapshot.ts`, whose transactions cannot write,
 * `exclusive.ts`, whose transaction only holds a lock, and `pooler.ts`, whose transactions read the number of their session.
 */
const OPEN_TRANSACTIONS = [
  'src/db/exclusive.ts',
  'src/db/migrate.ts',
  'src/db/pooler.ts',
  'src/db/snapshot.ts',
  'src/writes/writing.ts',
]
/** The rooms that may change or lock rows. */
const WRITERS = ['src/db/migrate.ts', 'src/writes', 'src/deliveries', 'src/ingest', 'src/search/index', 'src/generate']
const WRITES =
  /\b(insert into|update \S+ set|delete from|for (no key )?update|for share|pg_notify)\b|\b(db|tx)\s*\.(insert|update|delete)\(/

test('transactions are opened by writing(), and rows are written in few rooms', async () => {
  const [opening, writers]: [string[], string[]] = [[], []]
  for (const file of FILES) {
    const text = await readFile(join(ROOT, file), 'utf8')
    if (/\.transaction\(|\.begin\(/.test(text)) opening.push(file)
    if (WRITES.test(text)) writers.push(file)
  }
  expect(opening).toEqual(OPEN_TRANSACTIONS)
  expect(writers.length).toBeGreaterThan(10)
  expect(writers.filter((file) => !WRITERS.some((room) => isIn(file, room)))).toEqual([])
})

test('every connection is opened with the settings that statements rely on, and no lock outlives its transaction', async () => {
  const [opening, locking]: [string[], string[]] = [[], []]
  for (const file of FILES) {
    const text = await readFile(join(ROOT, file), 'utf8')
    if (/\spostgres\(/.test(text)) opening.push(file)
    if (/pg_(try_)?advisory_lock/.test(text)) locking.push(file)
  }
  expect(opening).toEqual(['src/db/connect.ts', 'src/db/embedded/sessions.ts'])
  for (const file of opening) expect(await readFile(join(ROOT, file), 'utf8')).toContain('...SESSION_SETTINGS')
  // Behind a pooler, the lock of a session outlives the client that took it.
  expect(locking).toEqual([])
})

test('only programs read the environment', async () => {
  const readers: string[] = []
  for (const file of FILES.filter((name) => !['src/programs', 'src/settings.ts'].includes(roomOf(name) as string)))
    if (/process\.env\b/.test(await readFile(join(ROOT, file), 'utf8'))) readers.push(file)
  expect(readers).toEqual([])
})

/** The cycles that a walk from each file comes upon, as the files on the way. */
function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string) => {
    const place = path.indexOf(file)
    if (place >= 0) {
      cycles.push([...path.slice(place), file])
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const target of edges.get(file) ?? []) visit(target)
    path.pop()
    done.add(file)
  }
  for (const file of edges.keys()) visit(file)
  return cycles
}
