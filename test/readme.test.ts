import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, print } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXAMPLES } from '../src/http/graphql/graphiql-examples.ts'
import { temporaryDirectory } from './support/directory.ts'
import { Program, ROOT, startProgram } from './support/program.ts'

// Everything that the README tells people to type is typed here, against the server that its first command starts.

interface Block {
  kind: string
  text: string
}

const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
const blocks: Block[] = [...readme.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
  kind: kind as string,
  text: text as string,
}))
const followed = (kind: string) =>
  blocks.flatMap((block, place) => (block.kind === kind ? [{ ...block, next: blocks[place + 1] }] : []))

let directory: string
let env: Record<string, string>
let server: Program
let url: string

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-readme')
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

test.each(followed('graphql'))('query: $text', async ({ text, next }) => {
  const variables = next?.kind === 'json variables' ? JSON.parse(next.text) : undefined
  const { data, errors } = await ask(text, variables)
  expect(errors).toBeUndefined()
  if (next?.kind === 'json') expect(data).toEqual(JSON.parse(next.text))
  // An example that finds nothing shows nothing.
  expect(JSON.stringify(data)).not.toMatch(/"(papers|nodes)":(\[\]|null)|"totalCount":0/)
})

test("GraphiQL's examples answer something too", async () => {
  for (const operation of parse(EXAMPLES).definitions) {
    const { data, errors } = await ask(print(operation))
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data)).not.toMatch(/"(papers|paper|nodes)":(\[\]|null)|"totalCount":0/)
  }
})

test.each(followed('js'))('code: $text', async ({ text }) => {
  const file = join(directory, 'example.mjs')
  await writeFile(file, text.replaceAll('http://127.0.0.1:4000', url))
  const program = new Program(`"${process.execPath}" "${file}"`)
  expect(await program.ended, program.stderr).toBe(0)
  expect(program.stderr).toBe('')
  // The subscription has nothing to tell in its second.
  if (text.includes('console.log') && !text.includes('subscription')) expect(program.stdout).toMatch(/title:|slug:/)
})

test.each(followed('address').flatMap(({ text }) => text.trim().split('\n')))('address: %s', async (address) => {
  const response = await fetch(address.replace('http://127.0.0.1:4000', url))
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(/\/papers\/|"upvotes"/)
})

test('the page that shows a list has what the README says of it', async () => {
  for (const { text } of followed('html'))
    for (const [, address] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const response = await fetch((address as string).replaceAll('&amp;', '&').replace('http://127.0.0.1:4000', url))
      expect(response.status, address).toBe(200)
    }
})

test.each(followed('graphql as ada'))('as somebody: $text', async ({ text }) => {
  const program = new Program('npm run -s token -- ada', env)
  expect(await program.ended, program.stderr).toBe(0)
  const { data: found } = await ask('{ papers(first: 1) { nodes { id voteCount } } }')
  const [paper] = found.papers.nodes
  const { data, errors } = await ask(text, { paper: paper.id }, program.stdout.trim())
  expect(errors).toBeUndefined()
  expect(data.castVote).toMatchObject({
    __typename: 'VotePayload',
    paper: { voteCount: paper.voteCount + 1, viewerHasVoted: true },
  })
})

/** How each command of the README is run here. One that is not among them fails the test. */
const COMMANDS: Record<string, () => Promise<void>> = {
  'npm ci && npm start': async () => {
    // The start is the server above; a full `npm ci` is what CI begins with.
    await expectSuccess('npm ci --dry-run --ignore-scripts')
  },
  'npm ci && npm test': async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    expect(scripts.test).toContain('vitest run')
  },
  'npm run -s token -- ada': async () => {
    await expectSuccess('npm run -s token -- ada')
  },
  'npm run check-counts': async () => {
    await expectSuccess('npm run check-counts')
  },
  'npm run index-search': async () => {
    await expectSuccess('npm run index-search')
  },
  'npm run import -- papers my-papers.jsonl': async () => {
    const file = join(directory, 'my-papers.jsonl')
    const paper = blocks.find((block) => block.kind === 'json paper')?.text as string
    await writeFile(file, `${JSON.stringify(JSON.parse(paper))}\n`)
    await expectSuccess(`npm run import -- papers ${file}`)
    const { data } = await ask('{ paper(by: { arxivId: "2611.04217" }) { title voteCount organization { slug } } }')
    expect(data.paper).toEqual({
      title: 'Tidal Routing for Sparse Mixture Layers',
      voteCount: 37,
      organization: { slug: 'example-lab' },
    })
  },
  'npm run import -- hf-daily lists/': async () => {
    const lists = join(directory, 'lists')
    await mkdir(lists)
    const paper = { id: '2603.00001', title: 'A Listed Paper', summary: 'It is listed.', upvotes: 3 }
    const record = { paper: { ...paper, authors: [{ name: 'Ada Quill' }], publishedAt: '2026-03-01T00:00:00.000Z' } }
    await writeFile(join(lists, '2026-03-02.json'), JSON.stringify([{ ...record, title: paper.title }]))
    await expectSuccess(`npm run import -- hf-daily ${lists}`)
    const { data } = await ask('{ paper(by: { arxivId: "2603.00001" }) { listedOn voteCount } }')
    expect(data.paper).toEqual({ listedOn: '2026-03-02', voteCount: 3 })
  },
  'DATA_DIR=.data/made-up npm run generate -- --papers 1000': async () => {
    await expectSuccess(`DATA_DIR=${join(directory, 'made-up')} npm run generate -- --papers 1000`)
  },
  'PORT=4001 DATA_DIR=/tmp/daily-papers npm start': async () => {
    const command = `PORT=0 DATA_DIR=${join(directory, 'other')} npm start`
    const other = await startProgram(command, { SAMPLE: 'false' })
    const response = await fetch(`${other.url}/graphql?query={papers{totalCount}}`)
    expect(await response.json()).toEqual({ data: { papers: { totalCount: 0 } } })
    await other.program.stop()
  },
  'npm run schema': async () => {
    await expectSuccess('npm run schema')
  },
}

async function expectSuccess(command: string, more: Record<string, string> = {}): Promise<void> {
  const program = new Program(command, { ...env, ...more })
  expect(await program.ended, program.stderr).toBe(0)
}

describe('commands', () => {
  const written = followed('sh').flatMap(({ text }) => text.trim().split('\n'))
  test.each(written)('%s', async (command) => {
    expect(Object.keys(COMMANDS)).toContain(command)
    await COMMANDS[command]?.()
  })

  test('are all in the README still', () => expect(Object.keys(COMMANDS).toSorted()).toEqual(written.toSorted()))
})

test('the table of settings has every setting with its default', async () => {
  const source = await readFile(join(ROOT, 'src/settings.ts'), 'utf8')
  const names = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name)
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(5)
  expect(rows.toSorted()).toEqual(names.toSorted())
})
