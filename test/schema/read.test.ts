import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { papers as papersTable } from '../../drizzle/tables/papers.ts'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { rfc3339 } from '../../src/db/instant.ts'
import { dayAfter } from '../../src/values/editions.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'

let database: FreshDatabase
let server: TestServer
let catalogue: Catalogue
/** The days that have papers, oldest first, and the first paper as stored. */
let days: string[]
let first: typeof papersTable.$inferSelect

beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 120)
  const rows = await database.db.select().from(papersTable).orderBy(papersTable.id)
  days = [...new Set(rows.flatMap((row) => row.listedOn ?? []))].toSorted()
  first = rows[0] as typeof first
  // At noon of the newest day: it is open, the one before is final.
  const now = () => new Date(`${days.at(-1)}T12:00:00Z`)
  server = await startServer(database, { clock: { now, timeZone: 'UTC', rollover: '00:00' } })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function read(query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables)
  expect(errors).toBeUndefined()
  return data
}

const paperId = (place: number) => encodeGlobalId('Paper', catalogue.paperIds[place] as number)

describe('papersBy', () => {
  const LOOK_UP = 'query ($identifiers: [PaperLookup!]!) { papersBy(identifiers: $identifiers) { arxivId } }'
  const arxivId = (place: number) => `2601.${String(place + 1).padStart(5, '0')}`

  test('answers in the order of the lookups, with null for what the catalogue does not have', async () => {
    const identifiers = [
      { arxivId: arxivId(2) },
      { text: 'Nobody wrote this' },
      { text: `see arXiv:${arxivId(1)}` },
      { doi: '10.1000/unknown' },
      { id: paperId(0) },
      { arxivId: arxivId(2) },
    ]
    const { papersBy } = await read(LOOK_UP, { identifiers })
    expect(papersBy.map((paper: { arxivId: string } | null) => paper?.arxivId ?? null)).toEqual([
      arxivId(2),
      null,
      arxivId(1),
      null,
      arxivId(0),
      arxivId(2),
    ])
  })

  test('reads sixty arXiv ids by one statement, and other identifiers by one more for each kind', async () => {
    const { papers } = await read('{ papers(first: 100) { nodes { arxivId } } }')
    const known = papers.nodes.filter((paper: { arxivId: string | null }) => paper.arxivId !== null)
    const sixty: { arxivId: string }[] = known.slice(0, 60)
    expect(sixty).toHaveLength(60)
    const { result, statements } = await database.log.during(() => read(LOOK_UP, { identifiers: sixty }))
    expect(result.papersBy).toEqual(sixty)
    expect(statements).toHaveLength(1)
    const others = [{ doi: '10.1000/a' }, { doi: '10.1000/b' }, { text: 'https://openreview.net/forum?id=x' }]
    const mixed = await database.log.during(() => read(LOOK_UP, { identifiers: [...sixty.slice(0, 9), ...others] }))
    expect(mixed.statements.length).toBeLessThanOrEqual(4)
  })

  test.each([
    [[], '`identifiers` must have 1 to 100 lookups; it has 0.'],
    [
      [{ arxivId: '2601.00001' }, { arxivId: 'x' }],
      '`identifiers[1].arxivId` must be an arXiv id such as "2510.10490" or "cmp-lg/9404001"; "x" is not.',
    ],
  ])('refuses %j', async (identifiers, message) => {
    const { errors } = await server.ask(LOOK_UP, { identifiers })
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT' } })
  })
})

describe('paper', () => {
  test('is found by everything that people paste', async () => {
    const lookups = [
      { id: paperId(0) },
      { arxivId: '2601.00001' },
      { arxivId: 'arXiv:2601.00001v3' },
      { arxivId: 'https://arxiv.org/abs/2601.00001' },
      { url: 'https://arxiv.org/pdf/2601.00001v2.pdf' },
      { url: 'https://arxiv.org/html/2601.00001v1' },
      { url: 'https://huggingface.co/papers/2601.00001' },
      { url: 'https://www.alphaxiv.org/abs/2601.00001' },
      { url: 'https://doi.org/10.48550/arXiv.2601.00001' },
      { doi: '10.48550/arXiv.2601.00001' },
      { identifier: { scheme: 'arXiv', value: '2601.00001v1' } },
      { text: 'arXiv:2601.00001v2 [cs.CL] 1 Jan 2026' },
      { text: 'A. Author. A title. arXiv preprint arXiv:2601.00001, 2026.' },
      { text: paperId(0) },
      { text: `${server.url}/papers/${paperId(0)}` },
      { url: `${server.url}/papers/${paperId(0)}` },
    ]
    for (const by of lookups) {
      const { paper } = await read('query ($by: PaperLookup!) { paper(by: $by) { id } }', { by })
      expect(paper, JSON.stringify(by)).toEqual({ id: paperId(0) })
    }
  })

  test('is found by DOI and by other identifiers, and knows them all', async () => {
    const document = 'query ($by: PaperLookup!) { paper(by: $by) { id identifiers { scheme value } } }'
    const byDoi = await read(document, { by: { url: 'https://doi.org/10.5555/MADE.UP.00002' } })
    expect(byDoi.paper).toEqual({
      id: paperId(1),
      identifiers: [
        { scheme: 'arxiv', value: '2601.00002' },
        { scheme: 'doi', value: '10.5555/made.up.00002' },
      ],
    })
    const byOther = await read(document, { by: { identifier: { scheme: 'OpenReview', value: 'made00005' } } })
    expect(byOther.paper.identifiers).toContainEqual({ scheme: 'openreview', value: 'made00005' })
  })

  test('that the catalogue does not have is null', async () => {
    for (const by of [{ arxivId: '9901.00001' }, { doi: '10.1000/none' }, { id: encodeGlobalId('Paper', 987_654) }])
      expect(await read('query ($by: PaperLookup!) { paper(by: $by) { id } }', { by })).toEqual({ paper: null })
  })

  test('has its facts, links of arXiv first, and nobody has voted where nobody is signed in', async () => {
    const { paper } = await read(`{ paper(by: { arxivId: "2601.00001" }) {
      arxivId doi title abstract summary publishedAt updatedAt listedAt listedOn thumbnailUrl githubStars voteCount
      commentCount viewerHasVoted submittedBy { handle } organization { slug name } links { kind url title }
      code: links(kind: CODE) { url } topics { slug kind } keywords: topics(kind: KEYWORD) { slug }
    } viewer { handle } }`)
    expect(paper).toEqual({
      arxivId: '2601.00001',
      doi: null,
      title: 'Sparse Attention for Long Documents 1',
      abstract: 'Paper 1 of a made-up catalogue. It claims nothing.',
      summary: 'Says in one sentence what paper 1 is about.',
      publishedAt: rfc3339(first.publishedAt),
      updatedAt: rfc3339(first.updatedAt as string),
      listedAt: rfc3339(first.listedAt as string),
      listedOn: first.listedOn,
      thumbnailUrl: 'https://pictures.example/paper-00001.png',
      githubStars: 0,
      voteCount: 0,
      commentCount: 0,
      viewerHasVoted: false,
      submittedBy: { handle: 'ada-a' },
      organization: { slug: 'northlight-lab', name: 'Northlight Lab' },
      links: [
        { kind: 'ABSTRACT', url: 'https://arxiv.org/abs/2601.00001', title: null },
        { kind: 'PDF', url: 'https://arxiv.org/pdf/2601.00001', title: null },
        { kind: 'CODE', url: 'https://code.example/paper-00001', title: 'code' },
        { kind: 'DISCUSSION', url: 'https://code.example/paper-00001/talk', title: null },
      ],
      code: [{ url: 'https://code.example/paper-00001' }],
      topics: [
        { slug: 'cs.cl', kind: 'CATEGORY' },
        { slug: 'cs.lg', kind: 'CATEGORY' },
      ],
      keywords: [],
    })
  })

  test('lists its authors in pages, in the order printed, a name twice where it stands twice', async () => {
    // The tenth paper has four authors, the first of them again at the end.
    const { paper } = await read(`{ paper(by: { id: "${paperId(9)}" }) {
      authors(first: 3) { totalCount pageInfo { hasNextPage endCursor } edges { position node { name } } } } }`)
    expect(paper.authors.totalCount).toBe(4)
    expect(paper.authors.pageInfo.hasNextPage).toBe(true)
    expect(paper.authors.edges.map((edge: { position: number }) => edge.position)).toEqual([1, 2, 3])
    const rest = await read(`{ paper(by: { id: "${paperId(9)}" }) {
      authors(after: "${paper.authors.pageInfo.endCursor}") { pageInfo { hasNextPage } edges { position node { name } } } } }`)
    expect(rest.paper.authors).toEqual({
      pageInfo: { hasNextPage: false },
      edges: [{ position: 4, node: paper.authors.edges[0].node }],
    })
  })

  test('asked for with two pages of authors at once has both', async () => {
    const { paper } = await read(`{ paper(by: { id: "${paperId(9)}" }) {
      one: authors(first: 1) { nodes { name } } all: authors { nodes { name } } } }`)
    expect(paper.all.nodes).toHaveLength(4)
    expect(paper.one.nodes).toEqual(paper.all.nodes.slice(0, 1))
  })
})

describe('node', () => {
  test('gives back every type of object by its id', async () => {
    const { papers, edition, authors, organizations, topics, user } = await read(`{
      papers(first: 1) { nodes { id } } edition { id } authors(first: 1) { nodes { id } }
      organizations(first: 1) { nodes { id } } topics(first: 1) { nodes { id } } user(handle: "curator") { id } }`)
    const ids = [papers, { nodes: [edition] }, authors, organizations, topics, { nodes: [user] }].map(
      ({ nodes }) => nodes[0].id,
    )
    const answer = await read('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
    const types = ['Paper', 'Edition', 'Author', 'Organization', 'Topic', 'User']
    expect(answer.nodes).toEqual(types.map((__typename, place) => ({ __typename, id: ids[place] })))
    for (const id of ids) expect((await read(`{ node(id: "${id}") { id } }`)).node).toEqual({ id })
  })

  test('keeps the order asked, with null for what is not there and repeats for what is asked twice', async () => {
    const gone = encodeGlobalId('Paper', 999_999)
    const { nodes } = await read('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [paperId(3), gone, paperId(1), paperId(3)],
    })
    expect(nodes).toEqual([{ id: paperId(3) }, null, { id: paperId(1) }, { id: paperId(3) }])
  })

  test('is in every place of an operation that names it, whatever its type and the executor', async () => {
    const { papers, edition, authors, organizations, topics, user } = await read(`{
      papers(first: 1) { nodes { id } } edition { id } authors(first: 1) { nodes { id } }
      organizations(first: 1) { nodes { id } } topics(first: 1) { nodes { id } } user(handle: "curator") { id } }`)
    const connections = [papers, authors, organizations, topics]
    const ids = [...connections.map(({ nodes }) => nodes[0].id), edition.id, user.id]
    const fields = '__typename id ... on Paper { title } ... on Topic { slug } ... on Edition { date }'
    const query = `query ($a: ID!, $b: ID!, $ids: [ID!]!) {
      a: node(id: $a) { ${fields} } b: nodes(ids: $ids) { ${fields} } c: node(id: $b) { ${fields} }
      d: nodes(ids: [$b, $a, $b]) { id } e: node(id: $a) { id ... on Node { id } } }`
    // From the third time on as compiled code.
    for (let round = 0; round < 4; round += 1)
      for (const [place, a] of ids.entries()) {
        const b = ids[(place + round) % ids.length]
        const data = await read(query, { a, b, ids: [a, b, a, ...ids] })
        expect(data.a.id).toBe(a)
        expect(data.c.id).toBe(b)
        expect(data.b.map(({ id }: { id: string }) => id)).toEqual([a, b, a, ...ids])
        expect([data.b[0], data.b[1], data.b[2]]).toEqual([data.a, data.c, data.a])
        expect([...data.d, data.e]).toEqual([{ id: b }, { id: a }, { id: b }, { id: a }])
        expect(new Set(data.b.map((node: { __typename: string }) => node.__typename)).size).toBe(ids.length)
      }
  })

  test('is in each result of a batch, as @graphql-tools/batch-execute 10 writes it', async () => {
    const batch = `query One($_v0_id: ID!, $_v1_id: ID!, $_v2_ids: [ID!]!, $_v3_ids: [ID!]!) {
      _v0_node: node(id: $_v0_id) { __typename id ..._v0_Title }
      _v1_node: node(id: $_v1_id) { __typename id ..._v1_Title }
      _v2_nodes: nodes(ids: $_v2_ids) { __typename id ... on Topic { slug } }
      _v3_nodes: nodes(ids: $_v3_ids) { __typename id ... on Topic { slug } }
    }
    fragment _v0_Title on Paper { title }
    fragment _v1_Title on Paper { title }`
    const [paper, topic] = [paperId(0), encodeGlobalId('Topic', catalogue.topicIds[0] as number)]
    const variables = { _v0_id: paper, _v1_id: paper, _v2_ids: [topic, paper], _v3_ids: [paper, 'x', topic] }
    for (let round = 0; round < 4; round += 1) {
      const { data, errors } = await server.ask(batch, variables)
      expect(errors).toMatchObject([{ path: ['_v3_nodes', 1], extensions: { code: 'BAD_USER_INPUT' } }])
      expect(data._v0_node).toMatchObject({ __typename: 'Paper', id: paper, title: first.title })
      expect(data._v1_node).toEqual(data._v0_node)
      expect(data._v2_nodes).toMatchObject([{ id: topic, slug: 'cs.cl' }, { id: paper }])
      expect(data._v3_nodes).toEqual([data._v2_nodes[1], null, data._v2_nodes[0]])
    }
  })

  test('that is malformed is null among others, with an error in its place', async () => {
    const query = 'query ($ids: [ID!]!) { viewer { id } nodes(ids: $ids) { id ... on Paper { title } } }'
    const malformed = ['', 'x', paperId(1).slice(1), encodeGlobalId('Paper', 0), encodeGlobalId('Edition', 'DAY:never')]
    const ids = [paperId(0), ...malformed, paperId(2), encodeGlobalId('Paper', 999_999)]
    for (let round = 0; round < 4; round += 1) {
      const { data, errors } = await server.ask(query, { ids })
      expect(data.nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual([
        paperId(0),
        ...malformed.map(() => null),
        paperId(2),
        null,
      ])
      expect(errors?.map(({ path, extensions }) => ({ path, ...extensions }))).toEqual(
        malformed.map((_, place) => ({ path: ['nodes', place + 1], code: 'BAD_USER_INPUT', argument: 'ids' })),
      )
      for (const { message } of errors ?? [])
        expect(message).toMatch(/^`ids` must be an id that this server returned; "/)
    }
    expect(await read('{ nodes(ids: []) { id } }')).toEqual({ nodes: [] })
  })
})

describe('editions', () => {
  test('count their papers and know their pages', async () => {
    const { editions } = await read('{ editions(first: 100) { nodes { date paperCount url papers { totalCount } } } }')
    expect(editions.nodes.length).toBe(days.length)
    for (const { date, paperCount, url, papers } of editions.nodes) {
      expect(paperCount).toBe(papers.totalCount)
      expect(url).toBe(`${server.url}/editions/${date}`)
    }
    const { week, month, none } = await read(`{
      week: edition(period: WEEK, date: "${days[0]}") { paperCount url startsOn papers { totalCount } }
      month: edition(period: MONTH, date: "${days[0]}") { paperCount url startsOn papers { totalCount } }
      none: edition(date: "1999-01-01") { paperCount url } }`)
    for (const [name, edition] of Object.entries({ week, month })) {
      expect(edition.paperCount).toBe(edition.papers.totalCount)
      expect(edition.url).toBe(`${server.url}/editions/${name}/${edition.startsOn}`)
    }
    expect(none).toEqual({ paperCount: 0, url: null })
  })

  test('have an address exactly if they have a page', async () => {
    const [first, last] = [days[0] as string, days.at(-1) as string]
    const dates = [first, last, dayAfter(last), '1999-01-01', '2027-03-20', '9999-12-31']
    for (const period of ['DAY', 'WEEK', 'MONTH'])
      for (const date of dates) {
        const { edition } = await read(`{ edition(period: ${period}, date: "${date}") { startsOn url } }`)
        const path = `/editions/${period === 'DAY' ? '' : `${period.toLowerCase()}/`}${edition.startsOn}`
        const { status } = await fetch(server.url + path)
        expect({ path, url: edition.url }).toEqual({ path, url: status === 200 ? server.url + path : null })
      }
  })

  test('of a page take one statement for their counts and one for their addresses', async () => {
    const ask = (fields: string) =>
      database.log.during(() => read(`{ editions(first: 10) { nodes { date ${fields} } } }`))
    expect((await ask('')).statements).toHaveLength(1)
    expect((await ask('paperCount')).statements).toHaveLength(2)
    expect((await ask('url')).statements).toHaveLength(2)
    expect((await ask('paperCount url state')).statements).toHaveLength(3)
  })

  test('are narrowed to a range of days', async () => {
    const dates = async (args: string) => {
      const { editions } = await read(
        `{ editions(${args}) { totalCount nodes { startsOn endsOn } pageInfo { hasNextPage } } }`,
      )
      if (!args.includes('first')) expect(editions.totalCount).toBe(editions.nodes.length)
      return editions
    }
    const [from, to] = [days[2] as string, days.at(-3) as string]
    const within = await dates(`from: "${from}", to: "${to}"`)
    expect(within.nodes.map(({ startsOn }: { startsOn: string }) => startsOn)).toEqual(days.slice(2, -2).toReversed())
    expect((await dates(`from: "${from}"`)).totalCount).toBe(days.length - 2)
    expect((await dates(`to: "${to}"`)).totalCount).toBe(days.length - 2)
    expect((await dates(`from: "${from}", to: "${from}"`)).nodes).toEqual([{ startsOn: from, endsOn: from }])
    expect(await dates('from: "1999-01-01", to: "1999-12-31"')).toMatchObject({ totalCount: 0, nodes: [] })
    expect((await dates('from: "0001-01-01", to: "9999-12-31"')).totalCount).toBe(days.length)
    expect(await dates('from: "9999-12-31"')).toMatchObject({ totalCount: 0, nodes: [] })
    // A week or a month counts as a whole, if one of its days is in the range.
    for (const period of ['WEEK', 'MONTH']) {
      const { nodes } = await dates(`period: ${period}, from: "${from}", to: "${to}"`)
      expect(nodes.at(-1).startsOn <= from && from <= nodes.at(-1).endsOn).toBe(true)
      expect(nodes[0].startsOn <= to && to <= nodes[0].endsOn).toBe(true)
    }
    const ids = await walk(server, `editions(from: "${from}", to: "${to}", ARGS)`, { size: 3 })
    expect(ids).toHaveLength(within.totalCount)
    const { errors } = await server.ask('{ editions(from: "2026-02-01", to: "2026-01-31") { totalCount } }')
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'to' } }])
  })

  test.each(['DAY', 'WEEK', 'MONTH'])('of a %s are walked both ways, newest first', async (period) => {
    const ids = await walk(server, `editions(period: ${period}, ARGS)`, { size: 2 })
    const { nodes } = await read(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Edition { date papers { totalCount } } } }',
      { ids },
    )
    const dates = nodes.map((edition: { date: string }) => edition.date)
    expect(dates).toEqual(dates.toSorted().reverse())
    for (const edition of nodes) expect(edition.papers.totalCount).toBeGreaterThan(0)
    const listed = await read('{ papers(filter: { listedFrom: "0001-01-01" }) { totalCount } }')
    const sum = nodes.reduce(
      (total: number, edition: { papers: { totalCount: number } }) => total + edition.papers.totalCount,
      0,
    )
    expect(sum).toBe(listed.papers.totalCount)
  })

  test('know their days, their state and their neighbours', async () => {
    const [before, last] = days.slice(-2)
    const { edition, newest, week } = await read(`{
      edition(date: "${before}") { date startsOn endsOn state next { date } back: previous { next { date } } }
      newest: edition { date state next { date } previous { date } }
      week: edition(period: WEEK) { startsOn endsOn state previous { endsOn } next { date } } }`)
    expect(edition).toEqual({
      date: before,
      startsOn: before,
      endsOn: before,
      state: 'FINAL',
      next: { date: last },
      back: { next: { date: before } },
    })
    expect(newest).toEqual({ date: last, state: 'OPEN', next: null, previous: { date: before } })
    expect(week.startsOn <= (last as string) && (last as string) <= week.endsOn).toBe(true)
    expect(week).toMatchObject({ state: 'OPEN', next: null })
    expect(week.previous.endsOn < week.startsOn).toBe(true)
  })

  test('without papers are there, with their neighbours', async () => {
    const { edition } = await read(
      '{ edition(date: "2027-03-20") { state papers { totalCount nodes { id } } previous { date } next { date } } }',
    )
    expect(edition).toEqual({
      state: 'OPEN',
      papers: { totalCount: 0, nodes: [] },
      previous: { date: days.at(-1) },
      next: null,
    })
  })
})

describe('directories', () => {
  test.each([
    ['authors', ['PAPER_COUNT', 'VOTES', 'NAME']],
    ['organizations', ['PAPER_COUNT', 'VOTES', 'NAME']],
    ['topics', ['PAPER_COUNT', 'TRENDING', 'NAME']],
  ])('%s are walked both ways in every order', async (name, orders) => {
    for (const order of orders) {
      const ids = await walk(server, `${name}(orderBy: ${order}, ARGS)`, { size: 7 })
      const type = `${name[0]?.toUpperCase()}${name.slice(1, -1)}`
      const field = { PAPER_COUNT: 'paperCount', VOTES: 'voteCount', NAME: 'name', TRENDING: 'name' }[order]
      const { nodes } = await read(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${type} { key: ${field} } } }`, {
        ids,
      })
      const keys = nodes.map((node: { key: string | number }) => node.key)
      if (order === 'NAME')
        expect(keys).toEqual(keys.toSorted((a: string, b: string) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
      else if (order !== 'TRENDING') expect(keys).toEqual(keys.toSorted((a: number, b: number) => b - a))
      expect(keys.length).toBeGreaterThan(4)
    }
  })

  test('are narrowed by what somebody types', async () => {
    const { authors, topics, wild, none } = await read(`{
      authors(query: "čAP", first: 100) { totalCount nodes { name } } topics(query: "  long   con ") { nodes { slug } }
      wild: topics(query: "%") { totalCount } none: organizations(query: "zz") { totalCount nodes { id } } }`)
    expect(authors.totalCount).toBe(10)
    expect(authors.nodes.every((node: { name: string }) => node.name.endsWith(' Čapek'))).toBe(true)
    expect(topics.nodes).toEqual([{ slug: 'long-context' }])
    expect(wild.totalCount).toBe(0)
    expect(none).toEqual({ totalCount: 0, nodes: [] })
  })

  test('give one by slug, whatever the case, or null', async () => {
    const answer = await read(`{
      topic(slug: "CS.CL") { slug name kind } organization(slug: "NORTHLIGHT-lab") { slug avatarUrl }
      author(by: { slug: "Ada-Abara" }) { slug user { handle } } user(handle: "boreads") { handle name }
      none: topic(slug: "none") { slug } nobody: author(by: { slug: "nobody" }) { slug } }`)
    expect(answer).toEqual({
      topic: { slug: 'cs.cl', name: 'cs.CL', kind: 'CATEGORY' },
      organization: { slug: 'northlight-lab', avatarUrl: 'https://pictures.example/northlight-lab.png' },
      author: { slug: 'ada-abara', user: { handle: 'ada-a' } },
      user: { handle: 'BoReads', name: null },
      none: null,
      nobody: null,
    })
  })

  test('know who wrote together, most papers first', async () => {
    const { author } = await read(`{ author(by: { slug: "ada-abara" }) {
      papers(first: 100) { nodes { authors { nodes { slug } } } } coauthors(first: 100) { slug } best: coauthors(first: 2) { slug } } }`)
    const together = new Map<string, number>()
    for (const { authors } of author.papers.nodes)
      for (const slug of new Set<string>(authors.nodes.map((node: { slug: string }) => node.slug)))
        if (slug !== 'ada-abara') together.set(slug, (together.get(slug) ?? 0) + 1)
    const slugs = author.coauthors.map((one: { slug: string }) => one.slug)
    expect(new Set(slugs)).toEqual(new Set(together.keys()))
    const counts = slugs.map((slug: string) => together.get(slug))
    expect(counts).toEqual(counts.toSorted((a: number, b: number) => b - a))
    expect(author.best).toEqual(author.coauthors.slice(0, 2))
  })
})

test('votes of papers and of people, latest first', async () => {
  const { papers } = await read('{ papers(first: 100) { nodes { id votes { totalCount } } } }')
  const voted = papers.nodes.filter((node: { votes: { totalCount: number } }) => node.votes.totalCount > 1)
  expect(voted.length).toBeGreaterThan(2)
  const { paper, user } = await read(`{
    paper(by: { id: "${voted[0].id}" }) { votes(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { votedAt user { handle } paper { id } } } }
    user(handle: "ada-a") { votes(first: 100) { totalCount nodes { votedAt user { handle } } } } }`)
  expect(paper.votes.nodes).toHaveLength(1)
  expect(paper.votes.pageInfo.hasNextPage).toBe(true)
  for (const vote of paper.votes.nodes) expect(vote.paper.id).toBe(voted[0].id)
  const rest = await read(
    `{ paper(by: { id: "${voted[0].id}" }) { votes(after: "${paper.votes.pageInfo.endCursor}") { nodes { user { handle } } } } }`,
  )
  const handles = [...paper.votes.nodes, ...rest.paper.votes.nodes].map((vote) => vote.user.handle)
  expect(new Set(handles).size).toBe(paper.votes.totalCount)
  const moments = user.votes.nodes.map((vote: { votedAt: string }) => vote.votedAt)
  expect(moments).toHaveLength(user.votes.totalCount)
  expect(moments).toEqual(moments.toSorted().reverse())
})

const CARD = `title summary voteCount commentCount viewerHasVoted organization { name } submittedBy { handle }
  authors(first: 3) { totalCount nodes { name } } topics { slug name }`

describe('statements', () => {
  const statementsFor = async (query: string) => {
    const { result, statements } = await database.log.during(() => server.ask(query))
    expect(result.errors).toBeUndefined()
    return statements
  }

  test('a page of cards takes the same few for 5 papers as for 50', async () => {
    for (const list of [
      'papers(first: N)',
      'papers(first: N, orderBy: NEWEST, filter: { topics: ["cs.cl"] })',
      'papers(first: N, filter: { organizations: ["northlight-lab"], minVotes: 1 })',
    ]) {
      const five = await statementsFor(`{ ${list.replace('N', '5')} { nodes { ${CARD} } } }`)
      const fifty = await statementsFor(`{ ${list.replace('N', '50')} { nodes { ${CARD} } } }`)
      expect(fifty.length, list).toBe(five.length)
      expect(fifty.length, fifty.join('\n')).toBeLessThanOrEqual(7)
    }
  })

  test('nothing is counted that is not asked for', async () => {
    expect(await statementsFor('{ papers(first: 5) { pageInfo { hasNextPage endCursor } } }')).toHaveLength(1)
    expect(await statementsFor('{ papers { totalCount } }')).toHaveLength(1)
    expect(await statementsFor('{ papers { facets { months { count } } } }')).toHaveLength(1)
    expect(await statementsFor('{ __typename }')).toHaveLength(0)
  })

  test('a list resolves its filter once for its page, its count and its facets', async () => {
    const all = await statementsFor(`{
      papers(filter: { topics: ["cs.cl", "agents"], query: "attention" }) {
        totalCount
        nodes { ${CARD} }
        facets {
          topics { count topic { slug } } organizations { count organization { slug } } months { month count }
        }
      }
    }`)
    expect(all.length, all.join('\n')).toBeLessThanOrEqual(11)
    expect(all.filter((statement) => statement.includes('"topics"."slug" ='))).toHaveLength(1)
    expect(all.filter((statement) => statement.includes('search_generations'))).toHaveLength(1)

    const oneTopic = await statementsFor(`{ papers(filter: { topics: ["cs.cl"] }) { totalCount nodes { ${CARD} } } }`)
    expect(oneTopic.length, oneTopic.join('\n')).toBeLessThanOrEqual(4)
    const ofTopic = await statementsFor('{ topic(slug: "cs.cl") { papers { totalCount } } }')
    expect(ofTopic.length, ofTopic.join('\n')).toBe(1)
  })

  test("a page of Hugging Face's daily list takes at most five", async () => {
    const { result, statements } = await database.log.during(() => fetch(`${server.url}/api/daily_papers?limit=5`))
    expect(await result.json()).toHaveLength(5)
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(5)
  })

  test('an object that an operation names twice is read once and is in both places', async () => {
    const id = paperId(0)
    const query = `{
      a: node(id: "${id}") { id ... on Paper { title } }
      b: node(id: "${id}") { id ... on Paper { title } }
      c: nodes(ids: ["${id}", "${id}"]) { id ... on Paper { title } }
    }`
    const { result, statements } = await database.log.during(() => server.ask(query))
    expect(result.errors).toBeUndefined()
    expect(result.data.a.id).toBe(id)
    expect([result.data.b, ...result.data.c]).toEqual(Array(3).fill(result.data.a))
    expect(statements).toHaveLength(1)
  })

  test('objects asked for one by one are read together', async () => {
    const aliases = catalogue.paperIds
      .slice(0, 20)
      .map((_, place) => `p${place}: node(id: "${paperId(place)}") { ... on Paper { title organization { name } } }`)
    expect(await statementsFor(`{ ${aliases.join('\n')} }`)).toHaveLength(1)
    expect(await statementsFor('{ editions(first: 10) { nodes { previous { date } next { date } } } }')).toHaveLength(2)
    expect(await statementsFor('{ authors(first: 20) { nodes { coauthors { name } } } }')).toHaveLength(3)
  })
})
