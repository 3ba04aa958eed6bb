import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importing } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'

// A thousand identifiers as people paste them find the right paper in every place that takes one.

const draw = random(18)
const pick = <Value>(from: readonly Value[]): Value => from[Math.floor(draw() * from.length)] as Value
const digits = (count: number) => Array.from({ length: count }, () => Math.floor(draw() * 10)).join('')
const month = () => String(1 + Math.floor(draw() * 12)).padStart(2, '0')

/** The forms in which an arXiv id stands alone. */
const ARXIV_FORMS: ((id: string, version: string) => string)[] = [
  (id) => id,
  (id, version) => `${id}${version}`,
  (id) => `arXiv:${id}`,
  (id) => `ARXIV: ${id}`,
  (id, version) => `arXiv:${id}${version} [cs.CL] 29 Sep 2025`,
  (id, version) => `arXiv:${id}${version} [astro-ph.CO]`,
  (id) => `arXiv preprint arXiv:${id}`,
  (id) => `arXiv preprint arXiv:${id} (2025).`,
  (id) => `arXiv e-prints, arXiv:${id}`,
  (id) => `oai:arXiv.org:${id}`,
  (id) => `${id}.pdf`,
  (id, version) => `${id}${version}.pdf`,
  (id) => `${id}.`,
  (id) => `\u00a0${id}\u200b `,
  (id) => `10.48550/arXiv.${id}`,
  (id) => `doi:10.48550/ARXIV.${id}`,
  (id) => `https://doi.org/10.48550/arXiv.${id}`,
]
/** Addresses of an arXiv paper, and what stands around identifiers in texts. */
const ARXIV_ADDRESSES: typeof ARXIV_FORMS = [
  (id, version) => `https://arxiv.org/abs/${id}${version}`,
  (id, version) => `http://www.arxiv.org/pdf/${id}${version}.pdf`,
  (id) => `arxiv.org/html/${id}`,
  (id) => `https://arxiv.org/abs/${id}?context=cs&utm_source=x#references`,
  (id) => `https://export.arxiv.org/abs/${id}/`,
  (id) => `https://ar5iv.labs.arxiv.org/html/${id}`,
  (id) => `https://huggingface.co/papers/${id}`,
  (id) => `https://hf.co/papers/${id}.md`,
  (id, version) => `https://www.alphaxiv.org/abs/${id}${version}`,
  (id) => `https://papers.cool/arxiv/${id}`,
  (id) => `https://scirate.com/arxiv/${id}`,
  (id) => `https://www.semanticscholar.org/arxiv/${id}`,
  (id) => `https://api.semanticscholar.org/graph/v1/paper/ARXIV:${id}`,
  (id) => `https://papers.example/papers/${encodeURIComponent(id)}.md`,
  (id) => `<https://arxiv.org/abs/${id}>`,
  (id) => `(arXiv:${id})`,
  (id) => `“${id}”`,
]

const DOI_FORMS: ((doi: string) => string)[] = [
  (doi) => doi,
  (doi) => doi.toUpperCase(),
  (doi) => `doi:${doi}`,
  (doi) => `DOI: ${doi}`,
  (doi) => `info:doi/${doi}`,
  (doi) => `${doi}.`,
  (doi) => `${doi},`,
  (doi) => `https://doi.org/${encodeURIComponent(doi)}`,
  (doi) => `http://dx.doi.org/${encodeURI(doi).replace(/[?#]/g, encodeURIComponent)}`,
  (doi) => `doi.org/${encodeURIComponent(doi).toUpperCase()}`,
]
const DOI_ADDRESSES: typeof DOI_FORMS = [
  (doi) => `https://dl.acm.org/doi/${encodeURIComponent(doi)}`,
  (doi) => `https://dl.acm.org/doi/abs/${encodeURI(doi).replace(/[?#]/g, encodeURIComponent)}`,
  (doi) => `https://onlinelibrary.wiley.com/doi/full/${encodeURIComponent(doi)}`,
  (doi) => `https://api.semanticscholar.org/DOI:${encodeURIComponent(doi)}`,
  (doi) => `(${doi})`,
  (doi) => `“${doi}”`,
]

interface Paper {
  scheme: 'arxiv' | 'doi'
  value: string
}

const PAPERS: Paper[] = [
  ...Array.from({ length: 60 }, (_, place) => ({
    scheme: 'arxiv' as const,
    value: `${pick(['15', '19', '23', '25'])}${month()}.${String(10_000 + place * 131 + Math.floor(draw() * 100))}`,
  })),
  ...Array.from({ length: 20 }, (_, place) => ({
    scheme: 'arxiv' as const,
    value: `${pick(['07', '12', '14'])}${month()}.${String(1_000 + place * 97 + Math.floor(draw() * 90))}`,
  })),
  ...['cmp-lg', 'hep-th', 'math', 'astro-ph', 'cs', 'q-bio', 'cond-mat'].map((archive) => ({
    scheme: 'arxiv' as const,
    value: `${archive}/${pick(['94', '99', '03'])}${month()}${digits(3)}`,
  })),
  ...Array.from({ length: 30 }, () => ({
    scheme: 'doi' as const,
    value: `10.${pick(['1145', '1000', '5555', '18653'])}/${digits(7)}.${digits(7)}`,
  })),
  ...[
    '10.1002/(sici)1097-4679(199911)55:11<1439::aid-jclp10>3.0.co;2-y',
    '10.1000/456#789',
    '10.1000/what?now',
    '10.1016/s0893-6080(05)80131-5',
    '10.1038/s41586-024-07421-0',
    '10.18653/v1/2023.acl-long.1',
    '10.1175/1520-0469(1963)020<0130:dnf>2.0.co;2',
    '10.1000/a_b-c/d',
    '10.1000/straße',
  ].map((value) => ({ scheme: 'doi' as const, value })),
]

interface Case extends Paper {
  text: string
  /** Whether it is an identifier alone, without an address around it. */
  isBare: boolean
}

const CASES: Case[] = Array.from({ length: 1_000 }, (_, place) => {
  const paper = PAPERS[place % PAPERS.length] as Paper
  if (paper.scheme === 'doi') {
    const forms = paper.value.includes('ß') ? [...DOI_FORMS].filter((_, form) => ![1, 9].includes(form)) : DOI_FORMS
    const isBare = draw() < 0.6
    return { ...paper, isBare, text: pick(isBare ? forms : DOI_ADDRESSES)(paper.value) }
  }
  const isBare = draw() < 0.5
  const version = pick(['', 'v1', 'v2', 'v13'])
  return { ...paper, isBare, text: pick(isBare ? ARXIV_FORMS : ARXIV_ADDRESSES)(paper.value, version) }
})

let database: FreshDatabase
let server: TestServer
let directory: string
const record = ({ scheme, value }: Paper, title: string) =>
  JSON.stringify({ v: 1, identifiers: { [scheme]: value }, title, publishedAt: '2026-01-05', authors: ['Ada Lin'] })
async function importLines(name: string, lines: string[]) {
  const file = join(directory, name)
  await writeFile(file, lines.join('\n'))
  return importing(database.db, 'papers', [file])
}
beforeAll(async () => {
  directory = await temporaryDirectory('identifier-forms')
  database = await freshDatabase()
  const papers = PAPERS.map((paper, place) => record(paper, `On the tides of place ${place}`))
  expect((await importLines('papers.jsonl', papers)).problems).toEqual([])
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})

type Found = { arxivId: string | null; doi: string | null } | null
const isRight = ({ scheme, value }: Paper, found: Found | undefined): boolean =>
  (scheme === 'arxiv' ? found?.arxivId : found?.doi) === value
/** Some of the cases, for what takes long: 50, or 1,000 in `npm run test:long`. */
const SOME = CASES.filter(
  (_, place) => place % Math.floor(CASES.length / Number(process.env.IDENTIFIER_CASES ?? 50)) === 0,
)

const inParts = <Value>(all: readonly Value[], size: number): Value[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))

const LOOK_UP = 'query ($identifiers: [PaperLookup!]!) { papersBy(identifiers: $identifiers) { arxivId doi } }'
async function lookUp(identifiers: object[]): Promise<Found[]> {
  const all: Found[] = []
  for (const part of inParts(identifiers, 100)) {
    const { data, errors } = await server.ask(LOOK_UP, { identifiers: part })
    expect(errors).toBeUndefined()
    all.push(...data.papersBy)
  }
  return all
}

test('every paper is found as text', async () => {
  const found = await lookUp(CASES.map(({ text }) => ({ text })))
  expect(CASES.filter((one, place) => !isRight(one, found[place]))).toEqual([])
})

test('every paper is found by the lookup of its kind', async () => {
  const lookups = CASES.map(({ scheme, text, isBare }) =>
    isBare ? { [scheme === 'arxiv' ? 'arxivId' : 'doi']: text } : { url: text },
  )
  // An address as a type of GraphQL is absolute.
  const isTyped = CASES.map(({ text, isBare }) => isBare || /^https?:\/\//.test(text))
  const found = await lookUp(lookups.filter((_, place) => isTyped[place]))
  const cases = CASES.filter((_, place) => isTyped[place])
  expect(cases.length).toBeGreaterThan(800)
  expect(cases.filter((one, place) => !isRight(one, found[place]))).toEqual([])
})

test('every paper is found within a citation', async () => {
  const found = await lookUp(
    CASES.map(({ scheme, value }, place) => ({
      text:
        scheme === 'doi'
          ? `Lin, A. On the tides. Journal of Tides 5 (2026), 1–9. https://doi.org/${encodeURIComponent(value)}`
          : place % 2 === 0
            ? `@misc{lin2026, title={On the tides}, eprint={${value}}, archivePrefix={arXiv}, year={2026}}`
            : `Lin, A.: On the tides. arXiv preprint arXiv:${value} (2026)`,
    })),
  )
  expect(CASES.filter((one, place) => !isRight(one, found[place]))).toEqual([])
})

test('every paper can be one that others are like', async () => {
  for (const part of inParts(CASES, 50)) {
    const { errors, extensions } = (await server.ask(
      'query ($like: [String!]) { papers(filter: { like: $like }, first: 1) { totalCount } }',
      { like: part.map(({ text }) => text) },
    )) as Awaited<ReturnType<TestServer['ask']>> & { extensions?: { unknown?: object } }
    expect(errors).toBeUndefined()
    expect(extensions?.unknown).toBeUndefined()
  }
})

test('a search finds the paper first', async () => {
  const wrong: Case[] = []
  for (const one of SOME) {
    const { data } = await server.ask(
      'query ($query: String!) { search(query: $query, first: 1) { nodes { arxivId doi } } }',
      {
        query: one.text,
      },
    )
    if (!isRight(one, data.search.nodes[0])) wrong.push(one)
  }
  expect(wrong).toEqual([])
})

test('an arXiv paper is submitted in each form', async () => {
  const token = await server.tokenOf('ada')
  const wrong: Case[] = []
  for (const one of SOME.filter(({ scheme }) => scheme === 'arxiv')) {
    const { data } = await server.ask(
      'mutation ($input: SubmitPaperInput!) { submitPaper(input: $input) { __typename ... on SubmitPaperPayload { paper { arxivId doi } } } }',
      { input: { arxivId: one.text } },
      token,
    )
    if (!isRight(one, data.submitPaper.paper)) wrong.push(one)
  }
  expect(wrong).toEqual([])
})

test('an import in any form adds no second paper', async () => {
  const { problems, totals } = await importLines(
    'again.jsonl',
    CASES.map((one) => record({ ...one, value: one.text }, 'On the tides')),
  )
  expect(problems).toEqual([])
  expect(totals).toMatchObject({ created: 0 })
})
