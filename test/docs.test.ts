import { execFile, execFileSync } from 'node:child_process'
import { access, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SOURCES } from '../src/ingest/sources/registry.ts'
import { ArxivOai, HuggingFace, hfItem } from './ingest/sync/sites.ts'
import { type FreshDatabase, freshDatabase } from './support/database.ts'
import { temporaryDirectory } from './support/directory.ts'
import { graphiqlExamples } from './support/graphiql-examples.ts'
import { Program, ROOT, startProgram } from './support/program.ts'
import { type Replay, replay } from './support/replay.ts'
import { type Printed, runHere } from './support/run-here.ts'

// Every command, query and example of the documentation runs here, against the server that the README's first command
// starts. Examples name port 4000, the test replaces it. Most commands run in this process: what npm would start is looked up
// in package.json.

interface Block {
  /** The file, relative to the root. */
  file: string
  kind: string
  text: string
}

async function markdownFiles(folder = ROOT): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!['node_modules', '.git', '.data'].includes(entry.name)) files.push(...(await markdownFiles(path)))
    } else if (entry.name.endsWith('.md')) files.push(path)
  }
  return files.sort()
}

const texts = new Map<string, string>()
for (const path of await markdownFiles()) texts.set(relative(ROOT, path), await readFile(path, 'utf8'))
const blocks: Block[] = [...texts].flatMap(([file, text]) =>
  [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, kind, block]) => ({
    file,
    kind: kind as string,
    text: block as string,
  })),
)
const blocksOf = (kind: string) =>
  blocks.flatMap((block, place) => (block.kind === kind ? [{ ...block, next: blocks[place + 1] }] : []))
const blockOf = (kind: string): string => {
  const [only, ...more] = blocksOf(kind)
  if (only === undefined || more.length > 0) throw new Error(`There must be one block of the kind ${kind}.`)
  return only.text
}

/** What a test does with each kind of block. Any other kind fails a test. */
const KINDS = [
  'graphql',
  'graphql as ada',
  'json',
  'json variables',
  'json extensions',
  'json paper',
  'json relay config',
  'json agent',
  // Run by `test/clients/code-generation.test.ts`.
  'ts codegen',
  'ts codegen newest',
  'json tada',
  'ts tada newest',
  'python',
  // Compiled and run by `test/ingest`.
  'ts',
  'js',
  'html',
  'address',
  // Configure proxies in `test/programs/nginx.test.ts` and `caddy.test.ts`.
  'nginx',
  'caddy',
  // Need an engine or systemd. `test/programs/containers.test.ts` runs what the Dockerfile puts together.
  'sh docker',
  'sh systemd',
  // Connected by a client of the protocol.
  'sh agent',
  'sh',
]

const { scripts, ...manifest } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

let directory: string
let env: Record<string, string>
let server: Program
let url: string

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-docs')
  // So that the examples find the client libraries.
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  env = { DATA_DIR: join(directory, 'data'), PORT: '0' }
  ;({ program: server, url } = await startProgram('npm start', env))
})
afterAll(async () => {
  await server?.stop()
  await rm(directory, { recursive: true, force: true })
})

async function ask(query: string, variables?: unknown, token?: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}

let given: Promise<string> | undefined
/** A token of ada, which is made once. */
const adasToken = (): Promise<string> => {
  given ??= (async () => {
    const { stdout } = await succeed('npm run -s token -- ada')
    return stdout.trim()
  })()
  return given
}

test('every block of code is of a kind that is tested', () => {
  expect(blocks.length).toBeGreaterThan(20)
  expect(blocks.filter(({ kind }) => !KINDS.includes(kind))).toEqual([])
})

test.each(blocksOf('graphql'))('$file, query: $text', async ({ text, next }) => {
  const variables = next?.kind === 'json variables' ? JSON.parse(next.text) : undefined
  const { data, errors, extensions } = await ask(text, variables)
  expect(errors).toBeUndefined()
  if (next?.kind === 'json extensions') expect(extensions).toEqual(JSON.parse(next.text))
  if (next?.kind === 'json') expect(data).toEqual(JSON.parse(next.text))
  // An example that finds nothing shows nothing.
  expect(JSON.stringify(data)).not.toMatch(/"(papers|nodes)":(\[\]|null)|"totalCount":0/)
})

test('agents connect as the documentation says, with and without a token', async () => {
  const { mcpServers } = JSON.parse(blockOf('json agent'))
  const { url: address, headers } = mcpServers['daily-papers']
  const added = /^claude mcp add --transport http \S+ (\S+)\n$/.exec(blockOf('sh agent'))?.[1]
  for (const [given, authorization, tools] of [
    [added, undefined, 8],
    [address, headers.Authorization.replace('TOKEN', await adasToken()), 11],
  ]) {
    const client = new Client({ name: 'docs', version: '1' })
    const requestInit = { headers: { ...(authorization && { authorization }) } }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(given.replace('http://127.0.0.1:4000', url)), { requestInit }),
    )
    expect((await client.listTools()).tools).toHaveLength(tools)
    await client.close()
  }
})

test("GraphiQL's examples find something, too", async () => {
  for (const { query } of await graphiqlExamples(url)) {
    if (!/^query /m.test(query)) continue
    const { data, errors } = await ask(query)
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data)).not.toMatch(/"(papers|paper|nodes)":(\[\]|null)|"totalCount":0/)
  }
})

test.each(blocksOf('js'))('$file, code: $text', async ({ text }) => {
  const file = join(directory, 'example.mjs')
  await writeFile(file, text.replaceAll('http://127.0.0.1:4000', url))
  const program = new Program(`"${process.execPath}" "${file}"`)
  expect(await program.ended, program.stderr).toBe(0)
  expect(program.stderr).toBe('')
  // A subscription alone prints nothing: no vote is cast while the example listens.
  if (text.includes('console.log') && !text.includes('live.iterate'))
    expect(program.stdout).toMatch(/title:|slug:|papers, up to/)
  if (text.includes('... on Error { message }')) expect(program.stdout).toContain('UnauthenticatedError Sign in')
})

test("the recipe for Apollo Client names every type of the schema's interfaces", async () => {
  const schema = buildSchema(await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8'))
  const recipe = texts.get('schema/clients.md') as string
  for (const name of ['Error', 'Node']) {
    const types = schema.getPossibleTypes(schema.getType(name) as never).map((type) => type.name)
    const [, listed = ''] = new RegExp(`^ +${name}: \\[(.*)\\],$`, 'm').exec(recipe) ?? []
    expect(listed.split(', ')).toEqual(types.toSorted().map((type) => `'${type}'`))
  }
})

test('the Relay compiler takes the configuration of the recipe', async () => {
  const project = join(directory, 'relay')
  await mkdir(join(project, 'src/__generated__'), { recursive: true })
  await writeFile(join(project, 'relay.config.json'), blockOf('json relay config'))
  await writeFile(join(project, 'schema.graphql'), await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8'))
  await writeFile(
    join(project, 'src/dates.ts'),
    'graphql`query datesQuery($from: Date) { papers(filter: { publishedFrom: $from }, first: 1) { nodes { publishedAt listedOn url } } }`',
  )
  const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js')
  await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], { cwd: project })
  const types = await readFile(join(project, 'src/__generated__/datesQuery.graphql.ts'), 'utf8')
  expect(types).toMatch(/from\?: string/)
  expect(types).toMatch(/listedOn: string \| null[\s\S]*publishedAt: string;[\s\S]*url: string/)
})

test.each(
  blocksOf('address').flatMap(({ file, text }) =>
    text
      .trim()
      .split('\n')
      .map((address) => ({ file, address })),
  ),
)('$file, address: $address', async ({ address }) => {
  const response = await fetch(address.replace('http://127.0.0.1:4000', url))
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(/\/papers\/|"upvotes"|arxiv\.org\/abs\//)
})

test('the HTML to paste loads what it names', async () => {
  for (const { text } of blocksOf('html'))
    for (const [, address] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const response = await fetch((address as string).replaceAll('&amp;', '&').replace('http://127.0.0.1:4000', url))
      expect(response.status, address).toBe(200)
    }
})

test.each(blocksOf('graphql as ada'))('$file, signed in: $text', async ({ text }) => {
  const { data: found } = await ask('{ papers(first: 1) { nodes { id voteCount } } }')
  const [paper] = found.papers.nodes
  const { data, errors } = await ask(text, { paper: paper.id }, await adasToken())
  expect(errors).toBeUndefined()
  expect(data.castVote).toMatchObject({
    __typename: 'VotePayload',
    paper: { voteCount: paper.voteCount + 1, viewerHasVoted: true },
  })
})

/** A line of JSON on standard input. */
const ON_TIDES = blocksOf('sh')
  .find(({ text }) => text.startsWith('echo '))
  ?.text.trim() as string

/** How each command is run here. A command that is not among them fails the test. */
const COMMANDS: Record<string, () => Promise<void>> = {
  'npm ci && npm start': async () => {
    // The start is the server above. CI begins with `npm ci`, which refuses a lock file of other packages.
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))
    const { dependencies, devDependencies } = manifest
    expect(packages['']).toMatchObject({ dependencies, devDependencies })
  },
  'npm ci && npm test': async () => {
    expect(scripts.test).toContain('vitest run')
  },
  'npm run -s token -- ada': async () => {
    await succeed('npm run -s token -- ada')
  },
  'npm run -s user -- export ada > ada.json': async () => {
    const { stdout } = await succeed('npm run -s user -- export ada')
    const { user } = JSON.parse(stdout)
    expect(user.handle).toBe('ada')
  },
  'npm run user -- erase ada --votes keep': async () => {
    await succeed('npm run user -- erase ada --votes keep')
  },
  'npm run digest -- preview --period week': async () => {
    const to = join(directory, 'digest')
    await succeed(`npm run digest -- preview --period week --to ${to}`)
    expect(await readFile(join(to, 'digest.html'), 'utf8')).toContain('most votes first')
  },
  'npm run check-counts': async () => {
    await succeed('npm run check-counts')
  },
  'npm run index-search': async () => {
    await succeed('npm run index-search')
  },
  'npm run import -- papers my-papers.jsonl': async () => {
    const file = join(directory, 'my-papers.jsonl')
    await writeFile(file, `${JSON.stringify(JSON.parse(blockOf('json paper')))}\n`)
    await succeed(`npm run import -- papers ${file}`)
    const { data } = await ask('{ paper(by: { arxivId: "2611.04217" }) { title voteCount organization { slug } } }')
    expect(data.paper).toEqual({
      title: 'Tidal Routing for Sparse Mixture Layers',
      voteCount: 37,
      organization: { slug: 'example-lab' },
    })
  },
  'npm run import -- --help': async () => {
    const { stdout } = await succeed('npm run import -- --help')
    for (const [name, { description }] of Object.entries(SOURCES)) {
      expect(stdout).toContain(name)
      expect(stdout).toContain(description)
    }
  },
  'npm run import -- papers src/ingest/sample.jsonl': async () => {
    await succeed('npm run import -- papers src/ingest/sample.jsonl')
  },
  [ON_TIDES]: async () => {
    const program = new Program(ON_TIDES, env)
    expect(await program.ended, program.stderr).toBe(0)
    const { data } = await ask('{ paper(by: { doi: "10.5555/12345678" }) { title } }')
    expect(data.paper).toEqual({ title: 'On Tides' })
  },
  'npm run import -- hf-daily lists/': async () => {
    const lists = join(directory, 'lists')
    await mkdir(lists)
    const paper = { id: '2603.00001', title: 'A Listed Paper', summary: 'It is listed.', upvotes: 3 }
    const record = { paper: { ...paper, authors: [{ name: 'Ada Quill' }], publishedAt: '2026-03-01T00:00:00.000Z' } }
    await writeFile(join(lists, '2026-03-02.json'), JSON.stringify([{ ...record, title: paper.title }]))
    await succeed(`npm run import -- hf-daily ${lists}`)
    const { data } = await ask('{ paper(by: { arxivId: "2603.00001" }) { listedOn voteCount } }')
    expect(data.paper).toEqual({ listedOn: '2026-03-02', voteCount: 3 })
  },
  "curl -sS 'http://127.0.0.1:4000/changes.jsonl?first=1000'": async () => {
    const lines = (await (await fetch(`${url}/changes.jsonl?first=1000`)).text()).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ pageInfo: { hasNextPage: false } })
  },
  'npm run dump -- dump-2026-02-17': async () => {
    const to = join(directory, 'dump-2026-02-17')
    await succeed(`npm run dump -- ${to}`)
    const manifest = JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8'))
    expect(manifest.papers).toBeGreaterThan(20)
    const since = await fetch(manifest.changes.url.replace(manifest.server, url))
    expect(since.status).toBe(200)
  },
  'npm run export -- daily-papers.gz': async () => {
    await succeed(`npm run export -- ${join(directory, 'daily-papers.gz')}`)
  },
  'DATA_DIR=.data/restored npm run restore -- daily-papers.gz': async () => {
    // The command before this one may not have run, if this one runs alone.
    const file = join(directory, 'restored.gz')
    await succeed(`npm run export -- ${file}`)
    await succeed(`DATA_DIR=${givenData('restored')} npm run restore -- ${file}`)
  },
  'DATABASE_URL=postgres://papers:secret@db.example.org/papers npm run restore -- daily-papers.gz': async () => {
    const own = await freshDatabase()
    const file = join(directory, 'moved.gz')
    await succeed(`npm run export -- ${file}`)
    await succeed(`DATABASE_URL=${own.url} npm run restore -- ${file}`)
    await succeed(`DATABASE_URL=${own.url} npm run export -- ${file}.again`)
    expect((await readFile(`${file}.again`)).equals(await readFile(file))).toBe(true)
    await own.close()
  },
  'npm run backup -- backups --keep 7 --every 24': async () => {
    const backup = startDocumented(`npm run backup -- ${join(directory, 'backups')} --keep 7 --every 24`)
    await expect.poll(() => backup.stdout, { timeout: 30_000 }).toMatch(/^Backed up [\d,]+ rows to .*\.gz\n$/)
    await backup.stop()
  },
  "npm run export -- --filter 'topics=large-language-models' papers.jsonl": async () => {
    const file = join(directory, 'papers.jsonl')
    await succeed(`npm run export -- --filter 'topics=large-language-models' ${file}`)
    expect(await readFile(file, 'utf8')).toMatch(/^\{"v":1,/)
    await succeed(`npm run import -- papers ${file}`)
  },
  'DATA_DIR=.data/made-up npm run generate -- --papers 1000': async () => {
    // Fewer, because their number is not what can be wrong with the command.
    await succeed(`DATA_DIR=${givenData('made-up')} npm run generate -- --papers 100`)
  },
  'PORT=4001 DATA_DIR=/tmp/daily-papers npm start': async () => {
    const other = startDocumented(`PORT=0 DATA_DIR=${givenData('other')} npm start`, { SAMPLE: 'false' })
    const [, address] = await other.said(/Daily Papers is at (\S+)/)
    const response = await fetch(`${address}?query={papers{totalCount}}`)
    expect(await response.json()).toEqual({ data: { papers: { totalCount: 0 } } })
    await other.stop()
  },
  'SYNC=hf-daily,arxiv:cs.CL npm start': async () => {
    const other = startDocumented('SYNC=hf-daily,arxiv:cs.CL npm start', await sites())
    await expect.poll(() => other.stdout, { timeout: 30_000 }).toMatch(/"source":"arxiv:cs.CL".*"msg":"synced"/)
    await other.stop()
  },
  'SYNC=hf-daily,arxiv:cs.CL npm run sync': async () => {
    await succeed('SYNC=hf-daily,arxiv:cs.CL npm run sync', await sites())
  },
  'SYNC=hf-daily,arxiv:cs.CL npm run sync -- --status': async () => {
    await succeed('SYNC=hf-daily,arxiv:cs.CL npm run sync -- --status')
  },
  'npx vitest run --config test/vitest.config.ts values/slugs.test.ts': async () => {
    // What runs this test, too, for another file.
    expect(scripts.test).toContain('vitest run --config test/vitest.config.ts')
    await access(join(ROOT, 'test/values/slugs.test.ts'))
  },
  'npm run fuzz -- --cases 200 --seed 7': async () => {
    expect(scripts.fuzz).toBe('node test/fuzz/fuzz.ts')
    expect(await runHere('test/fuzz/fuzz.ts', ['--cases', '2', '--seed', '7'])).toMatchObject({ code: 0 })
  },
  'npm run schema': async () => {
    await succeed('npm run schema')
  },
  'npm run migration -- what_changes': async () => {
    const migrations = join(ROOT, 'drizzle/migrations')
    const before = await readdir(migrations)
    // The tables and the migrations agree, which a test of theirs checks: there is nothing to write.
    const program = new Program(`node_modules/.bin/${scripts.migration} what_changes`)
    expect(await program.ended, program.stderr).toBe(0)
    expect(await readdir(migrations)).toEqual(before)
  },
}

/** Settings for a sync from recordings instead of from the sites. It reads no edition but the newest, as each takes a second. */
async function sites(): Promise<Record<string, string>> {
  recorded ??= await replay({ elapsed: () => performance.now(), now: () => new Date() }, (address) =>
    address.pathname === '/oai' ? arxiv.answer(address) : huggingFace.answer(address),
  )
  synced ??= await freshDatabase()
  return { DATABASE_URL: synced.url, HUGGING_FACE_URL: recorded.url, ARXIV_OAI_URL: `${recorded.url}/oai` }
}
const [huggingFace, arxiv] = [new HuggingFace(), new ArxivOai()]
arxiv.sets.set('cs:cs:CL', [{ id: '2611.00003', stamp: new Date().toISOString().slice(0, 10) }])
huggingFace.days.set('2026-03-02', [hfItem('2603.00009', '2026-03-02', 2)])
let recorded: Replay | undefined
let synced: FreshDatabase | undefined
afterAll(async () => {
  await recorded?.close()
  await synced?.close()
})

/** A data directory that has been started once, without papers. */
function givenData(name: string): string {
  const data = join(directory, name)
  execFileSync('cp', ['-a', inject('startedData'), data])
  return data
}

/** What npm starts for a command of the documentation: `NAME=value npm run SCRIPT -- …`. */
function programOf(command: string) {
  const [, settings = '', script = '', rest = ''] =
    /^((?:[A-Z_]+=\S* )*)npm (?:run (?:-s )?)?([\w-]+)(?: -- (.*))?$/.exec(command) ?? []
  const [, program] = /^exec node (?:--[\w=-]+ )*src\/run\.js ([\w-]+)$/.exec(scripts[script]) ?? []
  if (program === undefined) throw new Error(`npm would not start a program of this project: ${command}`)
  return {
    program,
    args: [...rest.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string),
    settings: Object.fromEntries([...settings.matchAll(/(\S+?)=(\S*) /g)].map(([, name, value]) => [name, value])),
  }
}

/** Runs a command in this process. */
async function succeed(command: string, more: Record<string, string> = {}): Promise<Printed> {
  const { program, args, settings } = programOf(command)
  const printed = await runHere(`src/programs/${program}.ts`, args, { ...env, ...more, ...settings })
  expect(printed.code, printed.stderr).toBe(0)
  return printed
}

/** Starts a command that runs until it is stopped. */
function startDocumented(command: string, more: Record<string, string> = {}): Program {
  const { program, args, settings } = programOf(command)
  return new Program(`exec "${process.execPath}" src/run.js ${program} ${args.join(' ')}`, {
    ...env,
    ...more,
    ...settings,
  })
}

describe('commands', () => {
  const written = [...new Set(blocksOf('sh').flatMap(({ text }) => text.trim().split('\n')))]
  test.each(written)('%s', async (command) => {
    expect(Object.keys(COMMANDS)).toContain(command)
    await COMMANDS[command]?.()
  })

  test('are all in the documentation still', () => expect(Object.keys(COMMANDS).toSorted()).toEqual(written.toSorted()))
})

test('every script that the documentation names exists, and every script is named', async () => {
  const all = [...texts.values()].join('\n')
  const named = new Set([...all.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name as string))
  expect([...named].filter((name) => !(name in scripts))).toEqual([])
  const unnamed = Object.keys(scripts).filter((name) => !named.has(name) && !['start', 'test'].includes(name))
  expect(unnamed).toEqual([])
})

test('every link to a file or heading of this project leads somewhere', async () => {
  const broken: string[] = []
  for (const [file, text] of texts)
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', heading] = (target as string).split('#')
      const linked = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path))
      const content = texts.get(linked) ?? (await readFile(join(ROOT, linked), 'utf8').catch(() => null))
      const headings = [...(content ?? '').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
        (title as string)
          .toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      )
      if (content === null || (heading !== undefined && !headings.includes(heading))) broken.push(`${file}: ${target}`)
    }
  expect(broken).toEqual([])
})

test('the README has every setting with its default', async () => {
  const source = await readFile(join(ROOT, 'src/settings.ts'), 'utf8')
  const names = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name)
  const rows = [...(texts.get('README.md') as string).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(5)
  expect(rows.toSorted()).toEqual(names.toSorted())
})
