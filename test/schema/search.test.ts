import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { entryOf } from '../ingest/fixtures.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'

/** How many of the made-up papers there are, and of these such that have an abstract, which is of words that all share. */
const MADE_UP = 200
const WITH_ABSTRACT = 175

/** Papers to be found by what they are called here. */
const PAPERS: Record<string, Partial<PaperEntry>> = {
  chain: {
    title: 'Chain of Thought in Pocket Models',
    abstract: 'We show that a chain of thought helps. It helps even where the model is small enough for a pocket.',
    authors: [{ name: 'Ingrid Halvorsen', account: null }],
    votes: { count: 3, countedAt: '2026-11-10T00:00:00.000Z' },
  },
  anchor: {
    title: 'A Thought on Anchors',
    abstract: 'Every thought about a chain ends at an anchor.',
    authors: [{ name: 'Tomas Quine', account: null }],
    votes: { count: 9, countedAt: '2026-11-10T00:00:00.000Z' },
  },
  quine: {
    title: 'Programs That Print Themselves',
    abstract: 'A quine is a program that prints itself. Halvorsen is thanked.',
    authors: [
      { name: 'Ingrid Quine', account: null },
      { name: 'Tomas Halvorsen', account: null },
    ],
    doi: '10.5555/quines.2026',
    arxivId: null,
  },
  gpt: { title: 'What GPT-4o Hears in a Busy Street' },
  cpp: { title: 'Verified Compilation of C++ Templates' },
  c: { title: 'Verified Compilation of C Preprocessors' },
  tcp: { title: 'Learning to Pace Packets below TCP/IP' },
  vision: { title: 'Vision-Language Pretraining of Sheet Music Readers' },
  llama: { title: 'LLaMA-3.1 Distilled for Wristwatches', abstract: 'LLaMA-3.1 keeps time.' },
  llama2: { title: 'LLaMA-2 Distilled for Alarm Clocks' },
  accents: { title: 'Schrödinger Bridges over Gödel Numbers', authors: [{ name: 'Żaneta Björklund', account: null }] },
  greek: { title: 'Disentangling with β-VAE' },
  chinese: { title: '用于蛋白质折叠的深度学习' },
  hidden: { title: 'Xylophonic Chains', abstract: 'A chain of thought that nobody may read.' },
}
const NAMES = Object.keys(PAPERS)
const arxivIdOf = (name: string) => `2611.1${String(NAMES.indexOf(name)).padStart(4, '0')}`

let database: FreshDatabase
let server: TestServer

beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, MADE_UP)
  const entries = NAMES.map((name) =>
    entryOf({
      arxivId: arxivIdOf(name),
      authors: [{ name: 'Olga Tern', account: null }],
      topics: [{ kind: 'KEYWORD', names: ['written for this'] }],
      ...PAPERS[name],
    }),
  )
  await saveEntries(database.db, entries, { halfLifeHours: HALF_LIFE_HOURS })
  server = await startServer(database)
  const { data } = await server.ask(`{ paper(by: { arxivId: "${arxivIdOf('hidden')}" }) { id } }`)
  const { data: done } = await server.ask(
    'mutation ($id: ID!) { hidePaper(input: { paperId: $id }) { __typename } }',
    { id: data.paper.id },
    await server.tokenOf('curator', ['read', 'curate']),
  )
  expect(done.hidePaper.__typename).toBe('HidePaperPayload')
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

interface Segment {
  text: string
  isMatch: boolean
}

async function read(query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables)
  expect(errors).toBeUndefined()
  return data
}

const nameOf = ({ title }: { title: string }) => NAMES.find((name) => PAPERS[name]?.title === title) ?? title

/** The papers that a search finds by their names here, best first. */
async function found(query: string, filter: Record<string, unknown> = {}): Promise<string[]> {
  const { search } = await read(
    'query ($query: String!, $filter: PaperFilter) { search(query: $query, filter: $filter, first: 100) { nodes { title } } }',
    { query, filter },
  )
  return search.nodes.map(nameOf)
}

/** The papers of a list whose filter has the query, by their names here. */
async function kept(query: string, filter: Record<string, unknown> = {}, orderBy = 'NEWEST'): Promise<string[]> {
  const { papers } = await read(
    'query ($filter: PaperFilter, $orderBy: PaperOrder!) { papers(filter: $filter, orderBy: $orderBy, first: 100) { nodes { title } totalCount } }',
    { filter: { ...filter, query }, orderBy },
  )
  if (papers.totalCount <= 100) expect(papers.nodes.length).toBe(papers.totalCount)
  return papers.nodes.map(nameOf)
}

describe('a search', () => {
  test('finds papers that have any of the words, those with all of them first', async () => {
    expect((await found('chain thought')).toSorted()).toEqual(['anchor', 'chain'])
    expect(await found('anchor chain')).toEqual(['anchor', 'chain'])
    expect(await found('pocket chain thought')).toEqual(['chain', 'anchor'])
    expect((await found('sheet music, packets and wristwatches on a busy street')).toSorted()).toEqual([
      'gpt',
      'llama',
      'tcp',
      'vision',
    ])
  })

  test.each([
    ['"chain of thought"', ['chain']],
    ['"CHAIN OF THOUGHTS" pocket', ['chain']],
    ['“chain of thought”', ['chain']],
    ['„chain of thought“', ['chain']],
    ['«thought of a chain» or 『busy street』', ['gpt']],
    ['thought -「chain of thought」', ['anchor']],
    ['author:＂ingrid halvorsen＂', ['chain']],
    ['「深度学习」', ['chinese']],
    ['thought -pocket', ['anchor']],
    ['thought -"chain of thought"', ['anchor']],
    ['thought -author:quine', ['chain']],
    // Who leaves out a word means texts: Tomas Quine may stay.
    ['thought -quine', ['anchor', 'chain']],
    ['prints −quine', []],
    ['author:halvorsen', ['chain', 'quine']],
    ['author:"ingrid halvorsen"', ['chain']],
    ['author:"halvorsen ingrid"', ['chain']],
    ['author:"Tomas Halvorsen" print', ['quine']],
    ['author:björklund', ['accents']],
    ['author:bjorklund', ['accents']],
    ['author:björk', []],
    ['author:"I. Halvorsen" pocket', ['chain', 'quine']],
    ['wristwatches or packets', ['llama', 'tcp']],
    ['"alarm clocks" or "busy street"', ['gpt', 'llama2']],
    ['xylophonic', []],
    ['wrist watches', ['llama']],
  ])('%s finds %j', async (query, names) => {
    expect((await found(query)).toSorted()).toEqual(names)
  })

  test.each([
    ['GPT-4o', ['gpt']],
    ['gpt4o', ['gpt']],
    ['gpt-4O', ['gpt']],
    ['TCP/IP', ['tcp']],
    ['tcpip', ['tcp']],
    ['vision-language', ['vision']],
    ['vision language', ['vision']],
    ['visionlanguage', ['vision']],
    ['llama3.1', ['llama', 'llama2']],
    ['Llama 3.1', ['llama', 'llama2']],
    ['llama2', ['Recursive Attention for Tidal Charts 2', 'llama', 'llama2']],
    ['distillation', ['llama', 'llama2']],
    ['compiled', ['c', 'cpp']],
    ['Schrödinger', ['accents']],
    ['schrodinger goedel', ['accents']],
    ['Gödel', ['accents']],
    ['GODEL', ['accents']],
    ['β-VAE', ['greek']],
    ['beta-vae', ['greek']],
    ['β', ['greek']],
    ['深度学习', ['chinese']],
    ['蛋白质', ['chinese']],
    ['wristwatch', ['llama']],
    ['distilling wrist-watches', ['llama', 'llama2']],
  ])('%s finds %j', async (query, names) => {
    expect((await found(query)).toSorted()).toEqual(names)
  })

  test('a name is that of one author, and comes before two who share it', async () => {
    expect(await found('ingrid halvorsen')).toEqual(['chain', 'quine'])
    expect(await found('quine ingrid')).toEqual(['quine', 'anchor', 'chain'])
  })

  test('tells C++ from C, and LLaMA-3.1 from LLaMA-2', async () => {
    expect((await found('C++ templates'))[0]).toBe('cpp')
    expect(await found('c++')).toEqual(['cpp'])
    expect((await found('LLaMA-3.1'))[0]).toBe('llama')
    expect((await found('llama 3.1'))[0]).toBe('llama')
    expect((await found('LLaMA-2'))[0]).toBe('llama2')
    expect(await kept('LLaMA-3.1')).toEqual(['llama'])
    expect(await kept('C++')).toEqual(['cpp'])
  })

  test('finds the one paper of an identifier or an address, whatever else', async () => {
    const id = arxivIdOf('chain')
    for (const query of [
      id,
      `${id}v3`,
      ` arXiv:${id} `,
      `https://arxiv.org/abs/${id}v2`,
      `arxiv.org/pdf/${id}`,
      `https://huggingface.co/papers/${id}`,
      `https://www.alphaxiv.org/abs/${id}`,
      `10.48550/arXiv.${id}`,
      `https://doi.org/10.48550/arXiv.${id}?utm_source=mail#abstract`,
      `<https://arxiv.org/abs/${id}>.`,
      `(arXiv:${id})`,
      `see arXiv ${id},`,
      `https://papers.example.org/papers/${id}.md`,
    ]) {
      expect(await found(query), query).toEqual(['chain'])
      expect(await kept(query), query).toEqual(['chain'])
    }
    for (const query of ['10.5555/quines.2026', 'doi:10.5555/QUINES.2026', 'https://doi.org/10.5555/quines.2026'])
      expect(await found(query), query).toEqual(['quine'])
    expect(await found(arxivIdOf('hidden'))).toEqual([])
    expect(await kept(arxivIdOf('hidden'))).toEqual([])
    expect(await found(id, { minVotes: 100 })).toEqual([])
    expect(await kept(id, { minVotes: 100 })).toEqual([])
  })

  test('of one to three words answers with papers that contain them first', async () => {
    for (const query of ['sparse', 'attention charts', 'sparse attention documents']) {
      const titles = await found(query)
      expect(titles.length).toBeGreaterThan(0)
      const hasAll = titles.map((title) => query.split(' ').every((word) => title.toLowerCase().includes(word)))
      expect(hasAll[0], query).toBe(true)
      expect(hasAll.lastIndexOf(true), query).toBeLessThan(hasAll.includes(false) ? hasAll.indexOf(false) : 100)
    }
  })

  test('has the whole filter', async () => {
    expect(await found('thought', { minVotes: 5 })).toEqual(['anchor'])
    expect(await found('thought', { authors: ['ingrid-halvorsen'] })).toEqual(['chain'])
    expect(await found('thought', { query: 'pocket' })).toEqual(['chain'])
    expect(await found('thought', { topics: ['no-such-topic'] })).toEqual([])
    const filter = { topics: ['agents'], publishedFrom: '2026-02-01', hasCode: true }
    const { papers, search } = await read(
      `query ($filter: PaperFilter) {
        papers(filter: $filter, first: 100) { nodes { id abstract } }
        search(query: "catalogue", filter: $filter, first: 100) { totalCount nodes { id } }
      }`,
      { filter },
    )
    const wanted = papers.nodes.filter((node: { abstract: string | null }) => node.abstract !== null)
    expect(wanted.length).toBeGreaterThan(3)
    expect(search.nodes.map((node: { id: string }) => node.id).toSorted()).toEqual(
      wanted.map((node: { id: string }) => node.id).toSorted(),
    )
    expect(search.totalCount).toBe(wanted.length)
  })

  test('walked in sevens meets each paper once, in the order of one page, best score first', async () => {
    for (const query of ['made-up catalogue', 'sparse attention', 'tokenizers or memories -birdsong']) {
      const list = `search(query: ${JSON.stringify(query)}, ARGS)`
      const ids = await walk(server, list, { forwardsOnly: true })
      expect(ids.length, query).toBeGreaterThan(20)
      expect(await walk(server, list, { forwardsOnly: true, size: 100 })).toEqual(ids)
      const { search } = await read(
        'query ($query: String!) { search(query: $query, first: 100) { edges { score node { id } } nodes { id } } }',
        { query },
      )
      expect(search.nodes.map((node: { id: string }) => node.id)).toEqual(ids.slice(0, 100))
      const scores = search.edges.map((edge: { score: number }) => edge.score)
      expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a))
      expect(scores[0]).toBeGreaterThan(0)
    }
    expect(await walk(server, 'search(query: "catalogue", ARGS)', { forwardsOnly: true })).toHaveLength(WITH_ABSTRACT)
  })

  test('says what it corrected, and finds that', async () => {
    const document = 'query ($query: String!) { search(query: $query) { correctedQuery nodes { title } } }'
    const corrected = async (query: string) => {
      const { search } = await read(document, { query })
      return [search.correctedQuery, search.nodes.map(nameOf)]
    }
    expect(await corrected('wirstwatch')).toEqual(['wristwatches', ['llama']])
    expect(await corrected('author:halvorson')).toEqual(['author:halvorsen', expect.arrayContaining(['chain'])])
    expect(await corrected('wristwatch')).toEqual([null, ['llama']])
    expect(await corrected('"thought of a chain"')).toEqual(['thought of a chain', ['chain', 'anchor']])
    expect(await corrected('"chain of thought"')).toEqual([null, ['chain']])
    expect(await corrected('qqqqzzzz')).toEqual([null, []])
    expect(await kept('wirstwatch')).toEqual(['llama'])
  })

  test.each([
    ['compilaton of tempaltes', 'compilation of templates'],
    ['verifedcompilation', 'verifedcompilation'],
    ['verifiedcompilation', 'verified compilation'],
    ['author:bjorkulnd', 'author:björklund'],
  ])('corrects %s to %s', async (query, corrected) => {
    const { search } = await read('query ($query: String!) { search(query: $query) { correctedQuery } }', { query })
    expect(search.correctedQuery ?? query).toBe(corrected)
  })

  test.each(['sheetmusic', 'stream', 'penguins', 'tempest', 'malaria', 'compiler'])(
    'does not take %s for a word with the same beginning, letters or stem',
    async (query) => {
      const { search } = await read('query ($query: String!) { search(query: $query) { correctedQuery } }', { query })
      expect(search.correctedQuery).toBeNull()
    },
  )

  test.each([
    ['a word of the dictionary', 'pocked'],
    ['a word of the dictionary with a prefix', 'counterchains'],
    ['a name after an initial', 'C. Quinee'],
    ['a name before an initial', 'Quinee, C. programs'],
    ['a quotation', '"pokket"'],
    ['a number', '20266'],
    ['a word whose correction is in no paper with the other word', 'anchorr pocket'],
  ])('does not correct %s: %s', async (_, query) => {
    const { search } = await read(`{ search(query: ${JSON.stringify(query)}) { correctedQuery } }`)
    expect(search.correctedQuery).toBeNull()
  })

  test('corrects a word that is in a paper with the other word, even in its first letter', async () => {
    const { search } = await read('{ search(query: "bnchor thought") { correctedQuery } }')
    expect(search.correctedQuery).toBe('anchor thought')
  })

  test('marks the words of the query as pieces of plain text', async () => {
    const { search } = await read(
      `{ search(query: "pocket thoughts") { edges {
        node { title abstract } titleHighlights { text isMatch } abstractHighlights { text isMatch } } } }`,
    )
    const [{ node, titleHighlights, abstractHighlights }] = search.edges
    const joined = (segments: Segment[]) => segments.map(({ text }) => text).join('')
    const marked = (segments: Segment[]) => segments.filter(({ isMatch }) => isMatch).map(({ text }) => text)
    expect(joined(titleHighlights)).toBe(node.title)
    expect(node.abstract).toContain(joined(abstractHighlights))
    expect(marked(titleHighlights)).toEqual(['Thought', 'Pocket'])
    expect(marked(abstractHighlights)).toEqual(['thought', 'pocket'])
    const { search: bare } = await read(
      '{ search(query: "packets") { edges { titleHighlights { text isMatch } abstractHighlights { text } } } }',
    )
    expect(bare.edges).toEqual([
      {
        titleHighlights: [
          { text: 'Learning to Pace ', isMatch: false },
          { text: 'Packets', isMatch: true },
          { text: ' below TCP/IP', isMatch: false },
        ],
        abstractHighlights: [],
      },
    ])
  })

  test('has facets of the papers found, whatever the page', async () => {
    const facets = '{ topics(first: 100) { count topic { slug } } organizations { count } months { month count } }'
    const { search, papers } = await read(
      `{ search(query: "catalogue", first: 3) { totalCount facets ${facets} }
        papers(filter: { query: "catalogue" }) { totalCount facets ${facets} } }`,
    )
    expect(search.totalCount).toBe(WITH_ABSTRACT)
    expect(search).toEqual(papers)
    const { search: none } = await read(`{ search(query: "qqqqzzzz") { totalCount facets ${facets} } }`)
    expect(none).toEqual({ totalCount: 0, facets: { topics: [], organizations: [], months: [] } })
  })

  test('is run once, whatever is asked of it, in a few statements', async () => {
    const count = async (document: string) => {
      await read(document)
      const { statements } = await database.log.during(() => read(document))
      return statements.length
    }
    // The words with their postings, and titles that may have both; then the papers.
    expect(await count('{ search(query: "attention") { totalCount pageInfo { hasNextPage } } }')).toBe(1)
    expect(await count('{ search(query: "sparse attention") { totalCount pageInfo { hasNextPage } } }')).toBe(2)
    const page = 'totalCount correctedQuery nodes { id } edges { score node { title } titleHighlights { text } }'
    expect(await count(`{ search(query: "sparse attention") { ${page} } }`)).toBe(3)
    expect(await count(`{ search(query: "sparse attention", first: 100) { ${page} } }`)).toBe(3)
    expect(await count(`{ search(query: "sparse attention", filter: { minVotes: 3 }) { ${page} } }`)).toBe(4)
    expect(
      await count(`{ search(query: "sparse attention", filter: { topics: ["agents"], query: "charts" }) { ${page} } }`),
    ).toBe(5)
    expect(await count(`{ search(query: "sparse attention") { ${page} facets { months { count } } } }`)).toBe(4)
    expect(await count(`{ search(query: "sparze attention") { ${page} } }`)).toBeLessThanOrEqual(8)
    expect(await count(`{ search(query: "${arxivIdOf('chain')}") { ${page} } }`)).toBe(4)
    // The query of a filter is one more: its words with their postings.
    expect(await count('{ papers(filter: { query: "sparse attention" }) { nodes { title } } }')).toBe(2)
    expect(await count('{ papers(filter: { query: "sparse attention" }, first: 100) { nodes { title } } }')).toBe(2)
  })
})

describe('a query in a filter', () => {
  test.each([
    ['chain thought', ['anchor', 'chain']],
    ['chain thought pocket', ['chain']],
    ['chain thought whale', []],
    ['"chain of thought"', ['chain']],
    ['"thought of a chain"', []],
    ['»thought of a chain«', []],
    ['thought -pocket', ['anchor']],
    ['halvorsen', ['chain', 'quine']],
    ['author:"tomas quine"', ['anchor']],
    ['wristwatches or packets', ['llama', 'tcp']],
    ['distilled alarm or wristwatches', ['llama', 'llama2']],
    ['GPT-4o', ['gpt']],
    ['gpt4o', ['gpt']],
    ['vision-language', ['vision']],
    ['蛋白质 深度', ['chinese']],
    ['schrodinger β', []],
    ['xylophonic', []],
    ['?!', []],
  ])('%s keeps %j', async (query, names) => {
    for (const orderBy of ['NEWEST', 'TRENDING', 'MOST_VOTED'])
      expect((await kept(query, {}, orderBy)).toSorted(), orderBy).toEqual(names)
  })

  test('keeps the same papers in every list, order and page, and they are those that a search has', async () => {
    const written = (query: string) => `filter: { query: ${JSON.stringify(query)} }`
    for (const query of ['catalogue', 'sparse', 'sparse attention', 'attention -sparse', '"for long documents"']) {
      const wanted = (
        await walk(server, `search(query: ${JSON.stringify(query)}, ARGS)`, { forwardsOnly: true, size: 40 })
      ).length
      const lists = await Promise.all(
        ['NEWEST', 'OLDEST', 'TRENDING', 'MOST_VOTED', 'MOST_DISCUSSED', 'RECENTLY_LISTED'].map((orderBy) =>
          walk(server, `papers(${written(query)}, orderBy: ${orderBy}, ARGS)`, { size: 40 }),
        ),
      )
      const [first, ...others] = lists.map((ids) => ids.toSorted())
      for (const ids of others) expect(ids).toEqual(first)
      expect(lists[1]).toEqual(lists[0]?.toReversed())
      if (!query.includes(' ') || query.startsWith('"')) expect(first?.length).toBe(wanted)
      else expect(first?.length).toBeLessThanOrEqual(wanted)
      expect(first?.length).toBeGreaterThan(2)
      for (const within of ['topic(slug: "agents")', 'author(by: { slug: "ada-abara" })', 'edition(period: MONTH)']) {
        const all = await walk(server, 'papers(ARGS)', { within, size: 40 })
        const some = await walk(server, `papers(${written(query)}, ARGS)`, { within, size: 40 })
        expect(some, within).toEqual(all.filter((id) => first?.includes(id)))
      }
      const asOf = await walk(server, `papers(${written(query)}, asOf: "2030-01-01T00:00:00Z", ARGS)`, { size: 40 })
      expect(asOf.toSorted()).toEqual(first)
    }
  })

  test('goes with all other fields', async () => {
    expect(await kept('thought', { minVotes: 5 })).toEqual(['anchor'])
    expect(await kept('thought', { authors: ['ingrid-halvorsen', 'tomas-quine'] })).toHaveLength(2)
    expect(await kept('thought', { topics: ['written-for-this'], excludeTopics: ['agents'] })).toHaveLength(2)
    expect(await kept('thought', { topics: ['agents'] })).toEqual([])
  })

  test('is part of the addresses of a list', async () => {
    const query = 'chain, "of thought" 100% -深度 & more?'
    const { papers } = await read('query ($q: String) { papers(filter: { query: $q }) { feeds { json embed } } }', {
      q: query,
    })
    expect(new URL(papers.feeds.json).searchParams.get('query')).toBe(query)
    expect(new URL(papers.feeds.embed).searchParams.get('query')).toBe(query)
    const feed = (await (await fetch(`${server.url}/feeds/papers.json?query=chain+thought`)).json()) as {
      title: string
      items: { title: string }[]
    }
    expect(feed.items.map(nameOf).toSorted()).toEqual(['anchor', 'chain'])
    expect(feed.title).toBe('Daily Papers: Trending papers matching “chain thought”')
    const page = await (await fetch(`${server.url}/embed?query=%3Cchain%3E`)).text()
    expect(page).toContain('Pocket Models')
    expect(page).not.toContain('<chain>')
  })

  test('that is blank or null asks nothing', async () => {
    const { all, blank } = await read(
      '{ all: papers { totalCount } blank: papers(filter: { query: " " }) { totalCount } }',
    )
    expect(blank).toEqual(all)
    expect((await read('{ papers(filter: { query: null }) { totalCount } }')).papers).toEqual(all)
  })
})

test('a hidden paper is not found, and is again when it is shown', async () => {
  const { data: found } = await server.ask('{ search(query: "sparse attention", first: 1) { nodes { id title } } }')
  const [paper] = found.search.nodes
  const ids = async () => [
    ...(await walk(server, 'search(query: "sparse attention", ARGS)', { forwardsOnly: true })),
    ...(await walk(server, 'papers(filter: { query: "sparse attention" }, ARGS)')),
  ]
  const before = await ids()
  expect(before.filter((id) => id === paper.id)).toHaveLength(2)
  const curator = await server.tokenOf('curator', ['read', 'curate'])
  const change = (name: string) =>
    server.ask(`mutation ($id: ID!) { ${name}(input: { paperId: $id }) { __typename } }`, { id: paper.id }, curator)
  await change('hidePaper')
  expect((await ids()).toSorted()).toEqual(before.filter((id) => id !== paper.id).toSorted())
  await change('unhidePaper')
  expect(await ids()).toEqual(before)
})

describe('what is wrong is said', () => {
  async function refused(argument: string, query: string, variables?: Record<string, unknown>) {
    const { errors } = await server.ask(query, variables)
    expect(errors?.[0]?.extensions, query).toMatchObject({ code: 'BAD_USER_INPUT', argument })
    expect(errors?.[0]?.message).toContain(`\`${argument}\``)
  }
  const document = 'query ($x: String!) { search(query: $x) { totalCount } }'
  const filtered = 'query ($x: String!) { papers(filter: { query: $x }) { totalCount } }'

  test('of the query', async () => {
    for (const x of ['', ' ', '\n\t ']) await refused('query', document, { x })
    for (const x of ['x'.repeat(1_001), '深'.repeat(1_001), `${' '.repeat(2_000)}x`]) {
      await refused('query', document, { x })
      await refused('filter.query', filtered, { x })
      await refused(
        'filter.query',
        'query ($x: String!) { search(query: "x", filter: { query: $x }) { totalCount } }',
        { x },
      )
    }
    for (const x of [
      '深'.repeat(1_000),
      '🐑'.repeat(1_000),
      'a '.repeat(500),
      `"${'-'.repeat(998)}"`,
      '"'.repeat(1_000),
    ])
      for (const query of [document, filtered]) expect((await server.ask(query, { x })).errors).toBeUndefined()
  })

  test('of the page', async () => {
    for (const first of [0, -1, 101]) await refused('first', `{ search(query: "x", first: ${first}) { totalCount } }`)
    const { papers } = await read('{ papers(first: 1) { pageInfo { endCursor } } }')
    for (const after of ['', 'x', papers.pageInfo.endCursor])
      await refused('after', 'query ($a: String) { search(query: "x", after: $a) { totalCount } }', { a: after })
  })

  test('of the filter', async () => {
    await refused(
      'filter.topics',
      'query ($t: [String!]) { search(query: "x", filter: { topics: $t }) { totalCount } }',
      {
        t: Array(101).fill('a'),
      },
    )
  })

  test('and many searches in one operation cost too much', async () => {
    const many = Array.from({ length: 50 }, (_, n) => `a${n}: search(query: "x") { totalCount }`).join(' ')
    expect((await server.ask(`{ ${many} }`)).errors?.[0]?.extensions.code).toBe('OPERATION_TOO_LARGE')
    expect((await server.ask(`{ ${many.slice(0, many.indexOf('a10:'))} }`)).errors).toBeUndefined()
  })

  test.each([
    '; drop table papers',
    "' or 1=1 --",
    '%_\\',
    '-- ',
    '()',
    'or or or',
    '-"',
    'author:',
    'author:""',
    '-a -b',
    '\u202e',
  ])('a query such as %j is only text', async (x) => {
    for (const query of [document, filtered]) expect((await server.ask(query, { x })).errors).toBeUndefined()
  })
})
