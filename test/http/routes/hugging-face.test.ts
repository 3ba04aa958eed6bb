import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importing } from '../../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { startServer, type TestServer } from '../../support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: the format is what is tested
type Json = any

// The client: what the Python client makes of an answer, rule by rule of `reference/hf-daily-papers.md`, 1.5. Python's
// `or` goes on at 0, '' and [] as `||` does, but for [], which is true here.

const or = (...values: Json[]) => values.find((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))

function parseDatetime(text: string): string {
  // Anything but a Z at the end raises there, and breaks the whole iteration.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) throw new Error(`not a date: ${text}`)
  return new Date(text).toISOString()
}

function parsePaperInfo(out: Json) {
  const inner = 'paper' in out ? out.paper : {}
  if (inner === null) throw new Error('paper is null')
  const authors = or(inner.authors, out.authors)
  const published = or(inner.publishedAt, out.publishedAt)
  const outerIsLeft = Boolean(inner.publishedAt)
  const submitted = or(outerIsLeft ? out.publishedAt : undefined, out.submittedOnDailyAt)
  const submittedBy = or(out.submittedBy, out.submittedOnDailyBy)
  return {
    id: or(out.id, inner.id),
    authors: authors ? authors.map(parseAuthor) : null,
    publishedAt: published ? parseDatetime(published) : null,
    title: out.title ?? null,
    summary: or(inner.summary, out.summary) ?? null,
    upvotes: or(inner.upvotes, out.upvotes) ?? out.upvotes ?? null,
    discussionId: or(inner.discussionId, out.discussionId) ?? null,
    comments: 'numComments' in out ? out.numComments : 0,
    submittedAt: submitted ? parseDatetime(submitted) : null,
    submittedBy: submittedBy ? parseUser(submittedBy) : null,
    aiSummary: out.ai_summary ?? null,
    aiKeywords: out.ai_keywords ?? null,
    projectPage: out.projectPage ?? null,
    githubRepo: out.githubRepo ?? null,
    githubStars: out.githubStars ?? null,
    organization: out.organization
      ? {
          avatarUrl: out.organization.avatarUrl ?? null,
          name: out.organization.name,
          fullname: out.organization.fullname,
        }
      : null,
    linkedModels: out.linkedModels?.map((linked: Json) => linked.id) ?? null,
    linkedDatasets: out.linkedDatasets?.map((linked: Json) => linked.id) ?? null,
    linkedSpaces: out.linkedSpaces?.map((linked: Json) => linked.id) ?? null,
    thumbnail: out.thumbnail || null,
    mediaUrls: out.mediaUrls ?? null,
  }
}

function parseAuthor(author: Json) {
  if (typeof author !== 'object') throw new Error('an author is no object')
  if (author.statusLastChangedAt) parseDatetime(author.statusLastChangedAt)
  return {
    name: author.name as string,
    user: author.user ? parseUser(author.user) : null,
    status: author.status ?? null,
    hidden: author.hidden,
  }
}

const parseUser = ({ user = '', fullname, avatarUrl }: Json) => ({ username: user, fullname, avatarUrl })

// What a record of Hugging Face's says, so far as the catalogue takes it: what must come back.

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
const absolute = (url: string | undefined) => (url?.startsWith('/') ? `https://huggingface.co${url}` : (url ?? ''))
const folded = (keywords: string[]) => [...new Set(keywords.map((keyword) => oneLine(keyword).toLowerCase()))]
const isCard = (url: string | undefined) => url?.startsWith('https://cdn-thumbnails.huggingface.co/') ?? false
const CONFIRMED = ['claimed_verified', 'admin_assigned', 'extracted_confirmed']

function expectedOf({ paper, ...outer }: Json, day: string) {
  const submitter = paper.submittedOnDailyBy ?? outer.submittedBy
  const organization = paper.organization ?? outer.organization ?? outer.submitterOrganization
  const media = new Set([...(paper.mediaUrls ?? []), ...(outer.mediaUrls ?? [])])
  if (outer.mediaUrl && !isCard(outer.mediaUrl)) media.add(outer.mediaUrl)
  const user = (account: Json) => ({
    username: account.user ?? account.name,
    fullname: oneLine(account.fullname ?? '') || (account.user ?? account.name),
    avatarUrl: absolute(account.avatarUrl),
  })
  return {
    id: paper.id as string,
    authors: paper.authors
      .filter((author: Json) => !author.hidden && oneLine(author.name) !== '')
      .map((author: Json) => {
        const confirmed = author.user && CONFIRMED.includes(author.status)
        return {
          name: oneLine(author.name).normalize('NFC'),
          user: confirmed ? user(author.user) : null,
          status: confirmed ? 'claimed_verified' : null,
          hidden: false,
        }
      }),
    publishedAt: new Date(paper.publishedAt).toISOString(),
    // TeX's escapes become the characters that they stand for.
    title: oneLine(paper.title).replaceAll('\\&', '&'),
    summary: paper.summary
      .split(/\n[^\S\n]*\n/)
      .map(oneLine)
      .join('\n\n') as string,
    upvotes: paper.upvotes as number,
    comments: outer.numComments as number,
    submittedAt: new Date(paper.submittedOnDailyAt ?? (day < '2025-03-11' ? outer.publishedAt : day)).toISOString(),
    submittedBy: submitter ? user(submitter) : null,
    aiSummary: paper.ai_summary ? oneLine(paper.ai_summary) : null,
    aiKeywords: paper.ai_keywords ? folded(paper.ai_keywords) : null,
    projectPage: (paper.projectPage?.trim() ?? null) as string | null,
    githubRepo: (paper.githubRepo
      ?.trim()
      .replace(/^(https:\/\/github\.com\/[^/]+\/[^/]+?)(?:\.git)?(?:\/.*)?$/, '$1') ?? null) as string | null,
    githubStars: (paper.githubStars ?? null) as number | null,
    organization: organization
      ? {
          avatarUrl: organization.avatar ? absolute(organization.avatar) : null,
          name: organization.name,
          fullname: organization.fullname,
        }
      : null,
    thumbnail: (outer.thumbnail ?? (isCard(outer.mediaUrl) ? outer.mediaUrl : null)) as string | null,
    mediaUrls: media.size > 0 ? [...media] : null,
  }
}

function readBack(item: Json) {
  const { discussionId, linkedModels, linkedDatasets, linkedSpaces, ...info } = parsePaperInfo(item)
  expect(discussionId).toMatch(/^[0-9a-f]{24}$/)
  return { ...info, aiKeywords: info.aiKeywords && folded(info.aiKeywords) }
}
// The end of the client.

const picture = (name: string) => `https://media.papers.example/${name}.png`
const card = (id: string) => `https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/${id}.png`

const noor = {
  _id: '6a90c1f04b1d2e3f4a5b6c05',
  avatarUrl: picture('noor'),
  fullname: 'Noor Haddad',
  isPro: true,
  type: 'user',
}
const pavel = { _id: '6a90c1f04b1d2e3f4a5b6c09', avatarUrl: '/avatars/00bb22.svg', isPro: false, type: 'user' }
const sana = { _id: '6a90c1f04b1d2e3f4a5b6c0a', avatarUrl: '/avatars/00aa11.svg', fullname: 'S. Óvári', type: 'user' }
const lab = { _id: '6a90c1f04b1d2e3f4a5b6c07', name: 'example-lab', fullname: 'Example Lab', avatar: picture('lab') }
const university = { _id: '6a90c1f04b1d2e3f4a5b6c08', name: 'uni-elsewhere', fullname: 'University of Elsewhere' }

const author = (name: string, more: object = {}) => ({ _id: 'a1', name, hidden: false, ...more })
const paperOf = (id: string, more: object = {}) => ({
  id,
  authors: [author('Ilse Marchetti'), author('Tomas Quine')],
  title: `What ${id} Is About`,
  summary: `Paper ${id} borrows tokens from idle experts.`,
  upvotes: 7,
  ...more,
})

/** Made-up records in each shape that the list has had, by the list day that they were asked for with. */
const DAYS: Record<string, Json[]> = {
  // Neither submitter nor discussion; one field for card and upload; people without an id.
  '2024-03-13': [
    {
      paper: paperOf('2403.00001', { publishedAt: '2024-03-12T17:59:05.000Z', upvotes: 12 }),
      publishedAt: '2024-03-13T02:10:44.120Z',
      title: 'What 2403.00001 Is About',
      mediaUrl: card('2403.00001'),
      numComments: 1,
    },
    {
      paper: paperOf('2403.00002', {
        publishedAt: '2024-03-12T01:00:00.000Z',
        title: 'Tidal Routing of $\\alpha$-Experts for\n  Sparse Mixture \\& Dense Layers',
        summary: '\n  We describe  a routing rule.\n\n  It lets <b>idle</b> experts\nborrow tokens.\n',
        authors: [
          author('Ilse Marchetti', {
            status: 'claimed_verified',
            statusLastChangedAt: '2024-03-13T08:00:00.000Z',
            user: { avatarUrl: picture('ilse'), isPro: false, fullname: 'Ilse M.', user: 'ilsem', type: 'user' },
          }),
          author('GLM-4. 5 Team', { status: 'extracted_pending', user: { ...pavel, user: 'pavelk' } }),
          author('Withheld Name', { hidden: true }),
        ],
        upvotes: 0,
      }),
      publishedAt: '2024-03-12T23:58:00.000Z',
      title: 'Tidal Routing of $\\alpha$-Experts for Sparse Mixture & Dense Layers',
      mediaUrl: picture('upload-2'),
      numComments: 0,
    },
  ],
  // Card and uploads apart; who submitted it; discussions; ids of people.
  '2024-08-07': [
    {
      paper: paperOf('2408.00003', {
        publishedAt: '2024-08-06T17:59:59.000Z',
        discussionId: '6a90c1f04b1d2e3f4a5b6d01',
        authors: [author('Sana Óvári', { status: 'admin_assigned', user: { ...sana, user: 'sana' } })],
      }),
      publishedAt: '2024-08-07T01:00:00.500Z',
      title: 'What 2408.00003 Is About',
      thumbnail: card('2408.00003'),
      mediaUrls: [picture('upload-3'), 'https://media.papers.example/film.mp4'],
      numComments: 2,
      submittedBy: { ...noor, name: 'noorh', isHf: false, isMod: false },
    },
  ],
  '2025-03-07': [
    {
      paper: paperOf('2503.00004', {
        publishedAt: '2025-03-05T10:00:00.000Z',
        githubRepo: 'https://github.com/example-lab/tidal.git',
        projectPage: ' https://tidal.example/page',
      }),
      publishedAt: '2025-03-07T03:04:05.678Z',
      title: 'What 2503.00004 Is About',
      thumbnail: card('2503.00004'),
      numComments: 3,
      submittedBy: { ...noor, name: 'noorh', isHf: false, isMod: false, followerCount: 3 },
      isAuthorParticipating: true,
    },
  ],
  // The outer time says nothing any more, and nothing else says the list day.
  '2025-03-12': [
    {
      paper: paperOf('2503.00005', {
        publishedAt: '2025-03-11T17:58:00.000Z',
        ai_keywords: ['Mixture of Experts', 'load balancing', 'mixture of  experts'],
      }),
      publishedAt: '2025-03-11T13:58:00.000Z',
      title: 'What 2503.00005 Is About',
      summary: 'Paper 2503.00005 borrows tokens from idle experts.',
      thumbnail: card('2503.00005'),
      numComments: 2,
      submittedBy: { ...noor, name: 'noorh', isHf: false, isMod: false },
      isAuthorParticipating: false,
    },
  ],
  '2025-09-30': [
    {
      paper: paperOf('2509.00006', {
        publishedAt: '2025-09-29T09:00:00.000Z',
        submittedOnDailyAt: '2025-09-30T00:21:14.019Z',
        submittedOnDailyBy: { ...noor, user: 'noorh' },
        mediaUrls: [picture('upload-6')],
        ai_summary: 'A borrowing rule balances expert load.',
        ai_keywords: ['LOAD BALANCING'],
        githubRepo: 'https://github.com/example-lab/tidal/tree/main/src',
        githubStars: 212,
      }),
      publishedAt: '2025-09-29T05:00:00.000Z',
      title: 'What 2509.00006 Is About',
      summary: 'Paper 2509.00006 borrows tokens from idle experts.',
      mediaUrls: [picture('upload-6')],
      thumbnail: card('2509.00006'),
      numComments: 1,
      submittedBy: { ...noor, name: 'noorh', isHf: false, isMod: false },
      submitterOrganization: lab,
      isAuthorParticipating: false,
    },
  ],
  '2026-06-03': [
    {
      paper: paperOf('2606.00007', {
        publishedAt: '2026-06-02T00:00:00.000Z',
        submittedOnDailyAt: '2026-06-03T00:00:00.000Z',
        submittedOnDailyBy: { ...pavel, user: 'pavelk', name: 'pavelk' },
        authors: [
          ...Array.from({ length: 230 }, (_, place) => author(`Member ${place} of the Consortium`)),
          author('Member 7 of the Consortium'),
          author('محمد عطية'),
          author('Ilse Marchetti'),
        ],
        githubRepo: 'https://codeberg.example/example-lab/tidal',
        githubRepoAddedBy: 'auto',
        ai_summary: 'One sentence.',
        ai_summary_model: 'example/summarizer-9b',
        ai_keywords: ['tides'],
        organization: university,
        upvotes: 140,
      }),
      publishedAt: '2026-06-01T20:00:00.000Z',
      title: 'What 2606.00007 Is About',
      summary: 'Paper 2606.00007 borrows tokens from idle experts.',
      thumbnail: card('2606.00007'),
      numComments: 9,
      submittedBy: { ...pavel, name: 'pavelk', isHf: false, isHfAdmin: false, isMod: false, isUserFollowing: false },
      organization: university,
      isAuthorParticipating: false,
    },
    ...Array.from({ length: 5 }, (_, place) => ({
      paper: paperOf(`2606.0010${place}`, {
        publishedAt: '2026-06-02T00:00:00.000Z',
        submittedOnDailyAt: '2026-06-03T00:00:00.000Z',
        submittedOnDailyBy: { ...noor, user: 'noorh', name: 'noorh' },
        organization: lab,
        upvotes: 20 + (place % 3),
      }),
      publishedAt: '2026-06-01T20:00:00.000Z',
      title: `What 2606.0010${place} Is About`,
      summary: `Paper 2606.0010${place} borrows tokens from idle experts.`,
      thumbnail: card(`2606.0010${place}`),
      numComments: 0,
      submittedBy: { ...noor, name: 'noorh' },
      organization: lab,
      isAuthorParticipating: false,
    })),
  ],
}

const OTHERS = [
  {
    v: 1,
    identifiers: { arxiv: 'cmp-lg/9404001' },
    title: 'Grammars of the Tide',
    publishedAt: '1994-04-01',
    authors: ['Olga Tern'],
    links: [
      ['MODEL', 'https://huggingface.co/example-lab/tidal-1b'],
      ['MODEL', 'https://hf.co/example-lab/tidal-1b/tree/main'],
      ['MODEL', 'https://huggingface.co/collections/example-lab/tidal-66'],
      ['MODEL', 'https://models.example/tidal'],
      ['DATASET', 'https://huggingface.co/datasets/example-lab/tides'],
      ['DEMO', 'https://huggingface.co/spaces/example-lab/tidal-demo?x=1'],
      ['DEMO', 'https://demo.example/'],
      ['CODE', 'https://code.example/tidal'],
      ['CODE', 'https://github.com/example-lab/tidal'],
    ].map(([kind, url]) => ({ kind, url })),
  },
  {
    v: 1,
    identifiers: { doi: '10.5555/1234' },
    title: 'Not at arXiv',
    publishedAt: '2026-06-02',
    listedOn: '2026-06-03',
    authors: ['Olga Tern'],
  },
  {
    v: 1,
    identifiers: { arxiv: '2606.00200' },
    title: 'Taken Out',
    publishedAt: '2026-06-02',
    listedOn: '2026-06-03',
    authors: ['Olga Tern'],
  },
]

const NOW = '2026-06-05T12:00:00Z'
const RECORDS = Object.entries(DAYS).flatMap(([day, records]) => records.map((record) => ({ day, record })))
const idsOf = (items: Json[]): string[] => items.map((item) => item.paper.id)
const votesOf = (id: string): number => RECORDS.find(({ record }) => record.paper.id === id)?.record.paper.upvotes

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'hugging-face-'))
  for (const [day, records] of Object.entries(DAYS))
    await writeFile(join(directory, `${day}.json`), JSON.stringify(records))
  const now = new Date(NOW)
  expect((await importing(database.db, 'hf-daily', [directory], { now })).problems).toEqual([])
  await rm(directory, { recursive: true })
  const file = join(tmpdir(), `others-${process.pid}.jsonl`)
  await writeFile(file, OTHERS.map((line) => JSON.stringify(line)).join('\n'))
  expect((await importing(database.db, 'papers', [file], { now })).problems).toEqual([])
  await rm(file)
  await database.db.execute(sql`update papers set hidden_at = now() where arxiv_id = '2606.00200'`)
  server = await startServer(database, {
    cacheMegabytes: 64,
    clock: { now: () => now, timeZone: 'UTC', rollover: '00:00' },
  })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const get = (path: string, init?: RequestInit) => fetch(path.startsWith('/') ? server.url + path : path, init)

async function read(path: string): Promise<Json> {
  const response = await get(path)
  const answer = await response.json()
  expect(response.status, `${path} ${JSON.stringify(answer).slice(0, 200)}`).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  return answer
}

describe('a client by the rules of the Python client reads each paper with nothing lost', () => {
  /** The account that a source has confirmed for a name is its account in every paper. */
  const accounts = new Map(
    RECORDS.flatMap(({ day, record }) => expectedOf(record, day).authors)
      .filter((one: Json) => one.user)
      .map((one: Json) => [one.name, one]),
  )
  const expected = (record: Json, day: string) => {
    const { authors, ...rest } = expectedOf(record, day)
    return { ...rest, authors: authors.map((one: Json) => accounts.get(one.name) ?? one) }
  }

  test.each(Object.keys(DAYS))('in the list of %s', async (day) => {
    const items = await read(`/api/daily_papers?date=${day}`)
    const records = DAYS[day] as Json[]
    expect(idsOf(items).sort()).toEqual(records.map((record) => record.paper.id).sort())
    for (const record of records)
      expect(readBack(items.find((item: Json) => item.paper.id === record.paper.id))).toEqual(expected(record, day))
  })

  test.each(RECORDS.map(({ day, record }) => [record.paper.id, day, record]))(
    'in detail: %s',
    async (id, day, record) => expect(readBack(await read(`/api/papers/${id}`))).toEqual(expected(record, day)),
  )

  test('also the rest of an older reader, which looks into the inner object', async () => {
    const [{ paper }] = await read('/api/daily_papers?date=2026-06-03')
    expect(paper.submittedOnDailyBy).toMatchObject({ user: 'pavelk', name: 'pavelk' })
    expect(paper).toMatchObject({
      githubRepo: 'https://codeberg.example/example-lab/tidal',
      ai_summary: 'One sentence.',
      ai_keywords: ['tides'],
      submittedOnDailyAt: '2026-06-03T00:00:00.000Z',
      organization: { name: 'uni-elsewhere' },
    })
  })
})

describe('the format', () => {
  test('both levels, both names and both pictures are there, and no null anywhere', async () => {
    const items = await read('/api/daily_papers?limit=100')
    expect(items.length).toBe(RECORDS.length)
    for (const item of items) {
      const { paper } = item
      for (const field of ['title', 'summary', 'upvotes', 'submittedOnDailyAt', 'mediaUrls', 'organization'])
        expect(item[field]).toEqual(paper[field])
      for (const field of ['ai_summary', 'ai_keywords', 'projectPage', 'githubRepo', 'githubStars'])
        expect(item[field]).toEqual(paper[field])
      expect(item.submittedBy).toEqual(paper.submittedOnDailyBy)
      expect(item.publishedAt).toBe(paper.submittedOnDailyAt)
      for (const user of [item.submittedBy, ...paper.authors.map((one: Json) => one.user)].filter(Boolean)) {
        expect(user.user).toBe(user.name)
        expect(Object.keys(user)).toEqual(
          expect.arrayContaining(['_id', 'avatarUrl', 'fullname', 'isPro', 'name', 'type']),
        )
      }
      if (item.organization) expect(item.organization.avatar).toBe(item.organization.avatarUrl)
      for (const date of [item.publishedAt, paper.publishedAt, paper.submittedOnDailyAt])
        expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(JSON.stringify(item)).not.toContain('null')
    }
  })

  test('what clients with fixed types require is always there', async () => {
    for (const item of await read('/api/daily_papers?limit=100')) {
      expect(item).toMatchObject({
        isAuthorParticipating: false,
        numComments: expect.any(Number),
        publishedAt: expect.any(String),
        summary: expect.any(String),
        thumbnail: expect.any(String),
        title: expect.any(String),
        paper: {
          id: expect.any(String),
          discussionId: expect.any(String),
          publishedAt: expect.any(String),
          summary: expect.any(String),
          title: expect.any(String),
          upvotes: expect.any(Number),
        },
      })
      for (const one of item.paper.authors)
        expect(one).toMatchObject({
          _id: expect.stringMatching(/^[0-9a-f]{24}$/),
          hidden: false,
          name: expect.any(String),
        })
    }
  })

  test('an author entry has an id of its own, the same in list and detail and for a name that stands twice not one', async () => {
    const [item] = await read('/api/daily_papers?date=2026-06-03')
    const { authors, discussionId } = await read('/api/papers/2606.00007')
    expect(item.paper).toMatchObject({ authors, discussionId })
    expect(authors.length).toBe(233)
    expect(new Set(authors.map((one: Json) => one._id)).size).toBe(233)
  })

  test('a detail is flat and has the repositories of links to Hugging Face', async () => {
    const detail = await read('/api/papers/cmp-lg/9404001')
    expect(detail).not.toHaveProperty('paper')
    expect(detail).toMatchObject({
      id: 'cmp-lg/9404001',
      title: 'Grammars of the Tide',
      summary: '',
      githubRepo: 'https://github.com/example-lab/tidal',
      linkedModels: [{ id: 'example-lab/tidal-1b', author: 'example-lab', repoType: 'model' }],
      numTotalModels: 1,
      linkedDatasets: [{ id: 'example-lab/tides', author: 'example-lab', repoType: 'dataset' }],
      numTotalDatasets: 1,
      linkedSpaces: [{ id: 'example-lab/tidal-demo', author: 'example-lab', repoType: 'space' }],
      numTotalSpaces: 1,
    })
    expect(detail).not.toHaveProperty('submittedOnDailyAt')
    expect(parsePaperInfo(detail)).toMatchObject({
      submittedAt: null,
      linkedModels: ['example-lab/tidal-1b'],
      linkedDatasets: ['example-lab/tides'],
      linkedSpaces: ['example-lab/tidal-demo'],
    })
    expect(await read('/api/papers/2403.00001')).toMatchObject({ linkedModels: [], numTotalModels: 0 })
  })

  test.each(['/api/papers/2403.00001v3', '/api/papers/arXiv:2403.00001', '/api/papers/2403.00001?expand=all'])(
    '%s is 2403.00001',
    async (path) => expect((await read(path)).id).toBe('2403.00001'),
  )

  test.each(['/api/papers/cmp-lg%2F9404001', '/api/papers/cmp-lg/9404001v2'])('%s is cmp-lg/9404001', async (path) =>
    expect((await read(path)).id).toBe('cmp-lg/9404001'),
  )
})

describe('lists', () => {
  const list = async (query: string) => idsOf(await read(`/api/daily_papers${query}`))

  test('undated: the newest list day first, the papers of each by votes; only what is on the list and at arXiv', async () => {
    const days = Object.keys(DAYS).reverse()
    const listed = await list('')
    expect([...listed].sort()).toEqual(RECORDS.map(({ record }) => record.paper.id).sort())
    const keys = listed.map((id) => {
      const day = RECORDS.find(({ record }) => record.paper.id === id)?.day as string
      return days.indexOf(day) * 1_000 - votesOf(id)
    })
    expect(keys).toEqual(keys.toSorted((a, b) => a - b))
  })

  test.each([
    ['?date=2024-03-13', ['2403.00001', '2403.00002']],
    ['?date=2024-03-13T09:00:00.000Z&sort=publishedAt', ['2403.00001', '2403.00002']],
    ['?date=2024-03-16', []],
    ['?date=1999-12-31', []],
    ['?week=2024-W11', ['2403.00001', '2403.00002']],
    ['?week=2024-W12', []],
    ['?week=2024-03-17', ['2403.00001', '2403.00002']],
    ['?month=2025-03-31', ['2503.00004', '2503.00005']],
    ['?week=2020-W53', []],
    ['?month=2025-03', ['2503.00004', '2503.00005']],
    ['?month=2025-03&date=2025-03-12', ['2503.00005']],
    ['?month=2025-03&date=2025-04-12', []],
    ['?submitter=PavelK', ['2606.00007']],
    ['?submitter=noorh&month=2025-03', ['2503.00004', '2503.00005']],
    ['?submitter=nobody', []],
    ['?submitter=&month=2025-03&date=&week=&p=&limit=&sort=', ['2503.00004', '2503.00005']],
    ['?sort=trending&month=2024-03', ['2403.00001', '2403.00002']],
    ['?date=2026-06-05', []],
    ['?date=2024-03-13&cursor=x&week_start=1', ['2403.00001', '2403.00002']],
  ])('%s', async (query, ids) => expect((await list(query)).sort()).toEqual(ids))

  test('a day, a week and a month are by votes', async () => {
    const day = await list('?date=2026-06-03')
    expect(day.map(votesOf)).toEqual([140, 22, 21, 21, 20, 20])
    expect(await list('?week=2026-W23')).toEqual(day)
    expect(await list('?month=2026-06&sort=publishedAt')).toEqual(day)
    expect((await list('?week=2024-W11')).map(votesOf)).toEqual([12, 0])
  })

  test('trending is one list of all days, in the order of TRENDING', async () => {
    const { data } = await server.ask(
      '{ papers(orderBy: TRENDING, filter: { listedFrom: "2000-01-01" }, first: 100) { nodes { arxivId } } }',
    )
    const trending = data.papers.nodes.map((node: Json) => node.arxivId).filter((id: string | null) => id !== null)
    expect(await list('?sort=trending')).toEqual(trending)
  })

  test.each(['?limit=1', '?limit=5', '?limit=4&sort=trending', '?limit=2&month=2026-06', '?limit=3&submitter=noorh'])(
    'following Link from %s meets each paper once',
    async (query) => {
      const met: string[] = []
      const limit = Number(new URLSearchParams(query).get('limit'))
      for (let next: string | undefined = `${server.url}/api/daily_papers${query}`; next; ) {
        const response = await get(next)
        const items = (await response.json()) as Json[]
        met.push(...idsOf(items))
        const link = response.headers.get('link')
        next = /^<([^<>]+)>; rel="next"$/.exec(link ?? '')?.[1]
        expect(next === undefined).toBe(link === null)
        if (next) {
          expect(new URL(next).origin).toBe(server.url)
          expect(items.length).toBe(limit)
        }
      }
      expect(met).toEqual(await list(query.replace(/limit=\d/, 'limit=100')))
      expect(new Set(met).size).toBe(met.length)
      expect(met.length).toBeGreaterThan(limit)
    },
  )

  test('a slash at the end changes nothing', async () => {
    expect(await read('/api/daily_papers/?date=2024-03-13')).toEqual(await read('/api/daily_papers?date=2024-03-13'))
    expect(await read('/api/papers/2403.00001/')).toEqual(await read('/api/papers/2403.00001'))
  })

  test('a paper with a future list day is in no list before that day', async () => {
    const clock = { now: () => new Date('2026-06-02T12:00:00Z'), timeZone: 'UTC', rollover: '00:00' }
    const earlier = await startServer(database, { clock })
    try {
      const days = RECORDS.filter(({ day }) => day <= '2026-06-02').map(({ record }) => record.paper.id)
      for (const query of ['', '?sort=trending', '?month=2026-06&sort=trending', '?month=2026-06']) {
        const ids = idsOf(await read(`${earlier.url}/api/daily_papers${query}`))
        expect(
          ids.filter((id) => !days.includes(id)),
          query,
        ).toEqual([])
      }
      expect(idsOf(await read(`${earlier.url}/api/daily_papers`)).sort()).toEqual(days.sort())
    } finally {
      await earlier.close()
    }
  })

  test('after the last page the list is empty, without a Link', async () => {
    for (const query of ['?p=100', '?p=1000&limit=100', '?p=1001', `?p=${'9'.repeat(400)}`, '?p=2&date=2024-03-13']) {
      const response = await get(`/api/daily_papers${query}`)
      expect([response.status, await response.json(), response.headers.get('link')]).toEqual([200, [], null])
    }
  })
})

describe('a search', () => {
  const search = (query: string) => read(`/api/papers/search?${query}`)

  test('gives items of a list, read by the rules of the Python client with nothing lost', async () => {
    const items = await search('q=borrows+tokens&limit=120')
    const { data } = await server.ask(
      '{ search(query: "borrows tokens", first: 100) { nodes { arxivId } pageInfo { hasNextPage } } }',
    )
    expect(idsOf(items)).toEqual(data.search.nodes.map((node: Json) => node.arxivId))
    expect(items.length).toBe(RECORDS.length)
    for (const item of items) {
      const { upvoted, highlightedTitle, highlightedSummary, ...rest } = item
      const { record, day } = RECORDS.find(({ record }) => record.paper.id === item.paper.id) as Json
      const { authors, ...info } = expectedOf(record, day)
      expect(readBack(rest)).toMatchObject(info)
      expect(rest.paper.authors.map((one: Json) => one.name)).toEqual(authors.map((one: Json) => one.name))
      expect(rest).toEqual((await read(`/api/daily_papers?date=${day}`)).find((one: Json) => one.title === item.title))
      expect(upvoted).toBe(false)
      const joined = (segments: Json[]) => segments.map(({ text }) => text).join('')
      expect(joined(highlightedTitle)).toBe(item.title)
      expect(item.summary).toContain(joined(highlightedSummary))
      for (const { type, ...segment } of [...highlightedTitle, ...highlightedSummary]) {
        expect(['text', 'highlight']).toContain(type)
        expect(segment).toEqual({ text: expect.any(String) })
      }
      expect(JSON.stringify(item)).not.toContain('null')
    }
  })

  test('marks the matching words', async () => {
    const [first] = await search('q=tidal+routing&limit=1')
    expect(first.highlightedTitle.filter(({ type }: Json) => type === 'highlight')).toEqual([
      { type: 'highlight', text: 'Tidal' },
      { type: 'highlight', text: 'Routing' },
    ])
    expect(first.highlightedSummary).toContainEqual({ type: 'highlight', text: 'routing' })
    const [bare] = await search('q=grammars')
    expect(bare).toMatchObject({ paper: { id: 'cmp-lg/9404001' }, summary: '', highlightedSummary: [] })
  })

  test('has at most the requested number, best first, visible papers with an arXiv id only', async () => {
    const all = idsOf(await search('q=tokens'))
    expect(all.length).toBe(RECORDS.length)
    for (const limit of [1, 2, 10]) expect(idsOf(await search(`q=tokens&limit=${limit}`))).toEqual(all.slice(0, limit))
    expect(idsOf(await search('q=2403.00001v2'))).toEqual(['2403.00001'])
    expect(await search('q=zzzzqqqq')).toEqual([])
    expect(await search('q=%22not+at+arxiv%22')).toEqual([])
    expect(await search('q=%22taken+out%22')).toEqual([])
    expect(idsOf(await search('q=grammars+%22not+at+arxiv%22+or+grammars&cursor=1'))).toEqual(['cmp-lg/9404001'])
    const response = await get('/api/papers/search?q=tokens&limit=2')
    expect(response.headers.get('link')).toBeNull()
  })
})

describe('refusals are JSON with the message in X-Error-Message as well', () => {
  async function expectRefusal(path: string, status: number, message: RegExp, method = 'GET') {
    const response = await get(path, { method })
    const body = (await response.json()) as { error: string }
    expect(response.status).toBe(status)
    expect(Object.keys(body)).toEqual(['error'])
    expect(body.error).toMatch(message)
    expect(response.headers.get('x-error-message')).toBe(body.error)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  }

  test.each([
    ['date=2026-02-30', /"date" must be a calendar day/],
    ['date=yesterday', /"date" must be a calendar day/],
    ['date=2026-2-3', /"date" must be a calendar day/],
    ['date=2026-02-30T00:00:00Z', /"date" must be a calendar day/],
    ['date=2026-02-17Tea', /"date" must be a calendar day/],
    ['date=2026-06-06', /The latest day is today's, 2026-06-05/],
    ['week=2026-W24', /The latest day is today's/],
    ['week=2025-W53', /"week" must be an ISO week, such as 2026-W08/],
    ['week=2026-W54', /"week" must be/],
    ['week=2026-W00', /"week" must be/],
    ['week=2026-8', /"week" must be/],
    ['week=2026-02', /"week" must be an ISO week, such as 2026-W08, or one of its days/],
    ['month=2026-W08', /"month" must be a month, such as 2026-02, or one of its days/],
    ['date=2026-W08', /"date" must be a calendar day/],
    ['week=0000-W01', /"week" must be/],
    ['month=2026-13', /"month" must be/],
    ['month=2026-00', /"month" must be/],
    ['month=2026-07', /The latest day is today's/],
    ['month=2026', /"month" must be/],
    ['sort=votes', /"sort" must be one of publishedAt, trending/],
    ['limit=0', /"limit" must be a whole number from 1 to 100/],
    ['limit=101', /"limit" must be/],
    ['limit=ten', /"limit" must be/],
    ['limit=2.5', /"limit" must be/],
    ['p=-1', /"p" must be a whole number from 0/],
    ['p=one', /"p" must be/],
    ['p=1&p=2', /"p" may be given once only/],
    ['submitter=a%00b', /"submitter" must be/],
    ['submitter=%FF', /"submitter" must be/],
  ])('/api/daily_papers?%s is 400', (query, message) => expectRefusal(`/api/daily_papers?${query}`, 400, message))

  test.each([
    ['', /"q" must be a search of 1 to 250 characters/],
    ['q=', /"q" must be/],
    ['q=%20', /"q" must be/],
    ['q=a%00b', /"q" must be/],
    ['q=caf%E9', /"q" must be/],
    [`q=${'x'.repeat(251)}`, /"q" must be/],
    ['q=a&q=b', /"q" may be given once only/],
    ['q=tokens&limit=0', /"limit" must be a whole number from 1 to 120/],
    ['q=tokens&limit=121', /"limit" must be/],
    ['q=tokens&limit=ten', /"limit" must be/],
  ])('/api/papers/search?%s is 400', (query, message) => expectRefusal(`/api/papers/search?${query}`, 400, message))

  test.each([
    ['2611.99999', /There is no paper 2611\.99999/],
    ['2606.00200', /There is no paper/],
    ['math/9901016', /There is no paper/],
    ['xyz', /no such paper/],
    ['2606.00007/comments', /no such paper/],
    ['%E0%A4%A', /no such paper/],
    ['%0D%0AX-Evil:1', /no such paper/],
  ])('/api/papers/%s is 404', (path, message) => expectRefusal(`/api/papers/${path}`, 404, message))

  test.each(['/api', '/api/nothing', '/api/arxiv', '/api/models/x'])('%s is 404', (path) =>
    expectRefusal(path, 404, /^There is nothing at \/api/),
  )

  test.each(['/api/daily_papers', '/api/papers/2403.00001', '/api/papers/index', '/api/nothing'])(
    'POST %s is 405',
    (path) => expectRefusal(path, 405, /can be read by GET and HEAD only/, 'POST'),
  )

  test('days follow the clock of the editions', async () => {
    const clock = { now: () => new Date('2026-06-05T01:29:59Z'), timeZone: 'America/New_York', rollover: '21:30' }
    const other = await startServer(database, { clock })
    try {
      expect((await get(`${other.url}/api/daily_papers?date=2026-06-05`)).status).toBe(400)
      clock.now = () => new Date('2026-06-05T01:30:00Z')
      expect((await get(`${other.url}/api/daily_papers?date=2026-06-05`)).status).toBe(200)
    } finally {
      await other.close()
    }
  })
})

describe('the catalogue', () => {
  /** All pages, each by the link of the page before it. */
  async function walk(path: string): Promise<{ items: Json[]; sizes: number[] }> {
    const items: Json[] = []
    const sizes: number[] = []
    for (let next: string | null = path; next !== null; ) {
      const response = await get(next)
      expect(response.status).toBe(200)
      const page = (await response.json()) as Json[]
      items.push(...page)
      sizes.push(page.length)
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? null
    }
    return { items, sizes }
  }

  test('has every paper with an arXiv id once, newest first, in pages that are full but for the last', async () => {
    const whole = await walk('/api/papers')
    expect(whole.sizes).toEqual([whole.items.length])
    const ids = whole.items.map(({ id }) => id)
    expect(ids.toSorted()).toEqual([...RECORDS.map(({ record }) => record.paper.id), 'cmp-lg/9404001'].toSorted())
    const times = whole.items.map(({ publishedAt }) => publishedAt)
    expect(times).toEqual(times.toSorted().reverse())
    for (const limit of [1, 4]) {
      const { items, sizes } = await walk(`/api/papers?limit=${limit}`)
      expect(items.map(({ id }) => id)).toEqual(ids)
      expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true)
    }
  })

  test('an element is read as one of a list, and as a paper', async () => {
    const [item] = (await walk('/api/papers?limit=50')).items
    const { publishedAt, ...listed } = (await read(`/api/daily_papers?limit=50`)).find(
      ({ paper }: Json) => paper.id === item.id,
    )
    expect(item).toMatchObject(listed)
    expect(item).toMatchObject(item.paper)
    expect(Date.parse(publishedAt)).not.toBeNaN()
  })

  test.each([
    ['cursor=nonsense', /^"cursor" must be one that this list gave/],
    ['limit=0', /"limit" must be a whole number from 1 to 100/],
    ['limit=101', /"limit" must be a whole number from 1 to 100/],
    ['limit=5&limit=6', /"limit" may be given once only/],
  ])('%s is refused', async (query, message) => {
    const response = await get(`/api/papers?${query}`)
    expect([response.status, (await response.json()).error]).toEqual([400, expect.stringMatching(message)])
  })
})

test('the repositories of a paper can be read without the paper', async () => {
  const repository = (repoType: string, id: string) => [{ id, author: 'example-lab', repoType }]
  expect(await read('/api/arxiv/cmp-lg/9404001/repos')).toEqual({
    models: repository('model', 'example-lab/tidal-1b'),
    datasets: repository('dataset', 'example-lab/tides'),
    spaces: repository('space', 'example-lab/tidal-demo'),
  })
  expect(await read('/api/arxiv/2403.00001v2/repos')).toEqual({ models: [], datasets: [], spaces: [] })
  for (const id of ['2403.99999', 'nothing']) expect((await get(`/api/arxiv/${id}/repos`)).status).toBe(404)
})

test.each([
  ['date/2026-06-03', '/editions/2026-06-03'],
  ['week/2026-W23', '/editions/week/2026-06-01'],
  ['month/2026-06', '/editions/month/2026-06-01'],
  ['trending', '/papers'],
])('the page /papers/%s is elsewhere here, and leads there', async (path, address) => {
  const response = await get(`/papers/${path}`, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([301, server.url + address])
  expect((await get(`/papers/${path}`)).status).toBe(200)
})

test.each(['date/2026-02-30', 'week/2026-W60', 'month/2026-13', 'date/2026-W23', 'day/2026-06-03'])(
  'the page /papers/%s is nowhere',
  async (path) => expect((await get(`/papers/${path}`, { redirect: 'manual' })).status).toBe(404),
)

test('responses are cached, conditional, compressed and readable from every origin', async () => {
  const { result: first, statements } = await database.log.during(() => get('/api/daily_papers?month=2025-03&limit=9'))
  expect(statements.length).toBeLessThanOrEqual(8)
  expect(first.headers.get('content-encoding')).toMatch(/^(gzip|br)$/)
  expect(first.headers.get('access-control-expose-headers')).toMatch(/Link.*X-Error-Message/)
  expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+/)
  const etag = first.headers.get('etag') as string
  const { result: again, statements: none } = await database.log.during(() =>
    get('/api/daily_papers?unknown=1&limit=9&month=2025-03', { headers: { 'if-none-match': etag } }),
  )
  expect([again.status, none]).toEqual([304, []])
  const head = await get('/api/papers/2403.00001', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await get('/api/papers/2403.00001', { method: 'POST' })).status).toBe(405)
})
