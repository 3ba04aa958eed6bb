import { execFile, spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal'
import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { buildSchema, introspectionFromSchema, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { ROOT } from '../support/program.ts'
import { startServer } from '../support/server.ts'

// The recipes of `schema/clients.md` that generate code or are in another language.

const run = promisify(execFile)

const recipes = await readFile(join(ROOT, 'schema/clients.md'), 'utf8')
const schemaText = await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8')

/** The only block of code of a kind. */
function recipe(kind: string): string {
  const [block, ...more] = [...recipes.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))]
  if (block === undefined || more.length > 0) throw new Error(`There must be one block of the kind ${kind}.`)
  return block[1] as string
}

const database = await freshDatabase()
await givenPapers(database.db, 30)
const server = await startServer(database)
let directory: string
beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-clients')
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  await writeFile(join(directory, 'package.json'), '{"type":"module"}')
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await server.close()
  await database.close()
})

async function write(project: string, file: string, text: string): Promise<string> {
  const path = join(directory, project, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text.replaceAll('http://127.0.0.1:4000', server.url))
  return path
}

/** What the compiler says of a project, and what its program prints. */
async function compileAndRun(project: string, program: string): Promise<{ errors: string; printed: string }> {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const folder = join(directory, project)
  const errors = await run(tsc, ['-p', '.'], { cwd: folder }).then(
    () => '',
    ({ stdout }) => stdout as string,
  )
  const { stdout } = await run(process.execPath, [program], { cwd: folder })
  return { errors, printed: stdout }
}

/** What a program must not be able to say of a title and of a day that can be null. */
const WRONG = `
for (const { title, listedOn } of papers.nodes) console.log(title.nothing, listedOn.length)
`
const WRONG_ERRORS =
  /^.*TS2339: Property 'nothing' does not exist on type 'string'.*\n.*TS18047: 'listedOn' is possibly 'null'.*\n$/

/** Three titles, each with a month or without one. */
const TITLES = /^(?:\S.* (?:2026-0[12]|undefined)\n){3}$/

test("GraphQL Code Generator's client preset makes types with which the program compiles and runs", async () => {
  const { default: config } = await import(await write('codegen', 'codegen.ts', recipe('ts codegen')))
  const [[folder, { config: options }]] = Object.entries<{ config: object }>(config.generates) as [
    [string, { config: object }],
  ]
  const program = recipe('ts codegen newest')
  const [, rawSDL = ''] = /graphql\(`(.*?)`\)/s.exec(program) ?? []
  expect(await (await fetch(config.schema)).text()).toBe(schemaText)
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir: folder,
    schema: parse(schemaText),
    schemaAst: buildSchema(schemaText),
    documents: [{ location: 'newest.ts', document: parse(rawSDL), rawSDL }],
    config: options,
    presetConfig: {},
    plugins: [],
    pluginMap: {},
    pluginContext: {},
  })
  for (const output of outputs) await write('codegen', output.filename, await codegen(output))
  await write('codegen', 'tsconfig.json', recipe('json tada'))
  const path = await write('codegen', 'src/newest.ts', program)
  const { errors, printed } = await compileAndRun('codegen', path)
  expect(errors).toBe('')
  expect(printed).toMatch(TITLES)
  await write('codegen', 'src/newest.ts', program + WRONG)
  expect((await compileAndRun('codegen', join(directory, 'codegen/src/gql/index.ts'))).errors).toMatch(WRONG_ERRORS)
})

test('gql.tada computes types with which the program compiles and runs', async () => {
  const program = recipe('ts tada newest')
  await write('tada', 'tsconfig.json', recipe('json tada'))
  // Its command needs the API of older compilers; this is what it calls.
  const introspection = minifyIntrospection(introspectionFromSchema(buildSchema(schemaText)))
  const types = outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true })
  await write('tada', 'src/graphql-env.d.ts', types)
  const path = await write('tada', 'src/newest.ts', program)
  const { errors, printed } = await compileAndRun('tada', path)
  expect(errors).toBe('')
  expect(printed).toMatch(TITLES)
  await write('tada', 'src/newest.ts', program + WRONG)
  await write('tada', 'src/empty.ts', '')
  expect((await compileAndRun('tada', join(directory, 'tada/src/empty.ts'))).errors).toMatch(WRONG_ERRORS)
})

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import httpx']).status === 0,
)
if (python === undefined) console.warn('skipped: no Python with httpx here to run the recipe')

test.runIf(python)('the recipe for Python reads two pages and a feed', async () => {
  const path = await write('python', 'newest.py', recipe('python'))
  const { stdout, stderr } = await run(python as string, [path])
  expect(stderr).toBe('')
  const lines = stdout.trimEnd().split('\n')
  const papers = lines.slice(0, 10).map((line) => line.split(' | '))
  expect(papers.every(([day = '', title = '']) => /^2026-0[12]-\d\d$/.test(day) && title !== '')).toBe(true)
  expect(new Set(papers.map(([, title]) => title)).size).toBeGreaterThan(5)
  expect(lines.slice(10)).toEqual([expect.stringMatching(/^Daily Papers: /), 'unchanged'])
})
