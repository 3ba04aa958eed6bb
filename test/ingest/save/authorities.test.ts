import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PaperEntry, ROUGH_DATES } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { AUTHORITIES, type Authority } from '../../../src/values/vocabulary.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { random as randomOf } from '../../support/random.ts'
import { entryOf, HALF_LIFE, only, person } from '../fixtures.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const save = async (...entries: Partial<PaperEntry>[]) => {
  const { problems, ...result } = await saveEntries(database.db, entries.map(entryOf), { halfLifeHours: HALF_LIFE })
  expect(problems).toEqual([])
  return result
}

const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}`
const moment = (number: number) => `${day(number)}T07:00:00.000Z`

/** The row of a paper and its lists, with names instead of ids. */
const stored = (arxivId: string) =>
  only<Record<string, unknown>>(
    database.db,
    sql`
      select doi, title, abstract, summary, published_at, updated_at, withdrawn_at, listed_at, listed_on, thumbnail_url,
        github_stars, comment_count, vote_count, facts_as_of, facts_by, other_statements, author_count,
        (select handle from users where id = submitter_id) as submitter,
        (select slug from organizations where id = organization_id) as organization,
        array(select name from paper_authors join authors on authors.id = author_id where paper_id = papers.id order by position) as authors,
        array(select name from paper_topics join topics on topics.id = topic_id where paper_id = papers.id order by position) as topics,
        array(select url from paper_links where paper_id = papers.id order by kind, position) as links,
        array(select source || votes from outside_counts where paper_id = papers.id order by counted_at) as counts
      from papers where arxiv_id = ${arxivId}`,
  )

const LAB = { slug: 'lab', name: 'Lab', avatarUrl: null, sourceKey: 'hf:o1' }
const FIRM = { slug: 'firm', name: 'Firm', avatarUrl: null, sourceKey: null }

let papers = 0
const newPaper = () => `2611.${String(++papers).padStart(5, '0')}`

describe('which authority a fact has', () => {
  const says = (authority: Authority, at: number, values: Partial<PaperEntry> = {}) => ({
    authority,
    asOf: moment(at),
    title: `${authority} ${at}`,
    ...values,
  })

  test('arXiv has the texts and lists of what a paper is, whatever a list says before or after', async () => {
    const ofArxiv = says('ARXIV', 3, {
      abstract: 'Of arXiv.',
      publishedAt: moment(1),
      authors: [{ name: 'Ada Lin', account: null }],
      topics: [{ kind: 'CATEGORY', names: ['cs.CL'] }],
      updatedAt: moment(2),
    })
    const ofList = (at: number) =>
      says('LIST', at, {
        abstract: 'Of the list.',
        summary: 'Short.',
        publishedAt: moment(2),
        authors: [{ name: 'A. Lin', account: null }],
        topics: [{ kind: 'KEYWORD', names: ['tides'] }],
        listedOn: day(4),
        listedAt: moment(4),
        githubStars: at,
      })
    for (const entries of [
      [ofList(2), ofArxiv, ofList(9)],
      [ofList(9), ofArxiv, ofList(2)],
    ]) {
      const arxivId = newPaper()
      for (const entry of entries) await save({ ...entry, arxivId })
      expect(await stored(arxivId)).toMatchObject({
        title: 'ARXIV 3',
        abstract: 'Of arXiv.',
        summary: 'Short.',
        published_at: '2026-11-01 07:00:00+00',
        authors: ['Ada Lin'],
        topics: ['cs.CL', 'tides'],
        listed_on: '2026-11-04',
        github_stars: 9,
        facts_by: 'LIST',
      })
    }
  })

  test('a feed fills gaps and replaces nothing that others said', async () => {
    const arxivId = newPaper()
    await save({ arxivId, ...says('LIST', 2, { authors: [{ name: 'Ada Lin', account: null }] }) })
    const link = { kind: 'CODE' as const, url: 'https://code.example/tides', title: null }
    await save({ arxivId, ...says('FEED', 9, { abstract: 'Of the feed.', summary: 'Of the feed.', links: [link] }) })
    expect(await stored(arxivId)).toMatchObject({
      title: 'LIST 2',
      abstract: 'Of the feed.',
      summary: 'Of the feed.',
      authors: ['Ada Lin'],
      links: [link.url],
    })
    await save({ arxivId, ...says('ARXIV', 1, { abstract: 'Of arXiv.' }) })
    expect(await stored(arxivId)).toMatchObject({ title: 'ARXIV 1', abstract: 'Of arXiv.' })
  })

  test.each<[string, Authority, Authority]>([
    ['anyone but feeds replaces a submission', 'SUBMISSION', 'LIST'],
    ['a submission replaces a feed', 'FEED', 'SUBMISSION'],
    ['arXiv replaces a list', 'LIST', 'ARXIV'],
  ])('%s, even if it is older', async (_, weak, strong) => {
    const arxivId = newPaper()
    await save({ arxivId, ...says(weak, 9) })
    await save({ arxivId, ...says(strong, 2) })
    await save({ arxivId, ...says(weak, 10) })
    expect(await stored(arxivId)).toMatchObject({ title: `${strong} 2` })
  })

  test('the operator and arXiv are equal: the newer one has the title, and a correction of the same moment counts', async () => {
    const arxivId = newPaper()
    const titles: unknown[] = []
    for (const entry of [says('OPERATOR', 5), says('ARXIV', 4), says('ARXIV', 6), says('OPERATOR', 6)]) {
      await save({ arxivId, ...entry })
      titles.push((await stored(arxivId)).title)
    }
    expect(titles).toEqual(['OPERATOR 5', 'OPERATOR 5', 'ARXIV 6', 'OPERATOR 6'])
  })

  test('an account that a list names signs the paper although arXiv has its authors', async () => {
    const arxivId = newPaper()
    await save({ arxivId, ...says('ARXIV', 3, { authors: [{ name: 'Signe Berg', account: null }] }) })
    const authors = [
      { name: 'Signe Berg', account: person('signe', 'k-signe') },
      { name: 'Somebody Else', account: person('else', 'k-else') },
    ]
    await save({ arxivId, ...says('LIST', 9, { authors }) })
    expect(await stored(arxivId)).toMatchObject({ authors: ['Signe Berg'] })
    expect(
      await only(
        database.db,
        sql`select handle from authors join users on users.id = user_id where authors.name = 'Signe Berg'`,
      ),
    ).toEqual({ handle: 'signe' })
    expect([...(await database.db.execute(sql`select from users where handle = 'else'`))]).toEqual([])
  })
})

describe('dates', () => {
  test('a replaced version moves updatedAt, and an older file does not move it back', async () => {
    const arxivId = newPaper()
    const version = (at: number) => ({ arxivId, authority: 'ARXIV' as const, asOf: moment(at), updatedAt: moment(at) })
    const moved: unknown[] = []
    for (const at of [3, 8, 5]) {
      await save(version(at))
      moved.push((await stored(arxivId)).updated_at)
    }
    expect(moved).toEqual(['2026-11-03 07:00:00+00', '2026-11-08 07:00:00+00', '2026-11-08 07:00:00+00'])
  })

  test('a better date of publication replaces a worse one, whoever says it', async () => {
    const arxivId = newPaper()
    const dates: unknown[] = []
    for (const entry of [
      { authority: 'ARXIV' as const, publishedAt: moment(1), publishedAtIs: 'MONTH' as const },
      { authority: 'FEED' as const, publishedAt: moment(12), publishedAtIs: 'ANNOUNCEMENT' as const },
      { authority: 'FEED' as const, publishedAt: moment(14), publishedAtIs: 'ANNOUNCEMENT' as const },
      { authority: 'ARXIV' as const, publishedAt: moment(11), publishedAtIs: 'ANNOUNCEMENT' as const },
      { authority: 'LIST' as const, publishedAt: moment(9) },
      { authority: 'ARXIV' as const, publishedAt: moment(8), publishedAtIs: 'DAY' as const },
    ]) {
      await save({ arxivId, asOf: moment(20), ...entry })
      dates.push(String((await stored(arxivId)).published_at).slice(8, 10))
    }
    expect(dates).toEqual(['01', '12', '12', '11', '09', '09'])
  })

  test('a withdrawal that a new version ended does not come back from an older file', async () => {
    const arxivId = newPaper()
    const withdrawal = {
      arxivId,
      authority: 'ARXIV' as const,
      asOf: moment(5),
      updatedAt: moment(5),
      withdrawnAt: moment(5),
    }
    await save(withdrawal)
    expect(await stored(arxivId)).toMatchObject({ withdrawn_at: '2026-11-05 07:00:00+00' })
    await save({ arxivId, authority: 'ARXIV', asOf: moment(9), updatedAt: moment(9) })
    for (const again of [withdrawal, { ...withdrawal, authority: 'LIST' as const, asOf: moment(12) }]) {
      await save(again)
      expect(await stored(arxivId)).toMatchObject({ withdrawn_at: null, updated_at: '2026-11-09 07:00:00+00' })
    }
    await save({ arxivId, authority: 'ARXIV', asOf: moment(14), updatedAt: moment(14), withdrawnAt: moment(14) })
    expect(await stored(arxivId)).toMatchObject({ withdrawn_at: '2026-11-14 07:00:00+00' })
  })
})

describe('identifiers of two papers', () => {
  const doi = (suffix: string) => `10.5555/${suffix}`

  test.each([[false], [true]])(
    'the older paper of arXiv has the DOI that two share (reversed: %s)',
    async (reversed) => {
      const shared = doi(`shared.${reversed}`)
      const [old, young] = [`0704.${reversed ? '1111' : '2222'}`, `1501.${reversed ? '11111' : '22222'}`]
      const entries = [old, young].map((arxivId) => ({
        arxivId,
        doi: shared,
        authority: 'ARXIV' as const,
        title: arxivId,
      }))
      const { created, remarks } = await save(...(reversed ? entries.reverse() : entries))
      expect(created).toBe(2)
      expect(remarks).toEqual([
        {
          index: 1,
          message: reversed
            ? `Its DOI ${shared} was also that of arXiv ${young}, which is newer and loses it.`
            : `Its DOI ${shared} belongs to arXiv ${old}, which keeps it: the paper is saved without it.`,
        },
      ])
      expect(await stored(old)).toMatchObject({ doi: shared, title: old })
      expect(await stored(young)).toMatchObject({ doi: null, title: young, other_statements: null })
      // Again, nothing changes, and the loser is named again.
      expect(await save(...entries)).toMatchObject({ unchanged: 2, remarks: [{ index: reversed ? 0 : 1 }] })
    },
  )

  test('papers of before 2007 are older than others', async () => {
    const entry = { doi: doi('old.style'), authority: 'ARXIV' as const }
    await save(
      { ...entry, arxivId: '0705.0001' },
      { ...entry, arxivId: 'hep-th/9901001' },
      { ...entry, arxivId: 'cs/0102003' },
    )
    expect(await stored('hep-th/9901001')).toMatchObject({ doi: doi('old.style') })
    expect(await stored('cs/0102003')).toMatchObject({ doi: null })
  })

  test('an entry about two papers is saved as the one of its strongest identifier', async () => {
    const [one, other] = [newPaper(), newPaper()]
    const s2 = [{ scheme: 's2', value: 'of-other' }]
    await save({ arxivId: one }, { arxivId: other, identifiers: s2 })
    expect(await save({ arxivId: one, identifiers: s2, title: 'Corrected' })).toMatchObject({
      updated: 1,
      remarks: [
        {
          index: 0,
          message: `Its identifier s2 of-other belongs to arXiv ${other}, which keeps it: the paper is saved without it.`,
        },
      ],
    })
    expect(await stored(one)).toMatchObject({ title: 'Corrected' })
    expect(await stored(other)).toMatchObject({ title: 'Tidal Routing' })
    // A new paper of arXiv is not the paper of another id, whatever else they share.
    const third = newPaper()
    expect(await save({ arxivId: third, identifiers: s2 })).toMatchObject({ created: 1, remarks: [{ index: 0 }] })
  })

  test('a journal that came first becomes the paper of arXiv that names its DOI', async () => {
    const arxivId = newPaper()
    await save({ arxivId: null, doi: doi('journal'), authority: 'FEED', title: 'In the Journal' })
    expect(await save({ arxivId, doi: doi('journal'), authority: 'ARXIV', title: 'On arXiv' })).toEqual({
      created: 0,
      updated: 1,
      unchanged: 0,
      remarks: [],
    })
    expect(await stored(arxivId)).toMatchObject({ doi: doi('journal'), title: 'On arXiv' })
  })
})

describe('the order of files', () => {
  const ORDERS = permutations([0, 1, 2, 3, 4])

  test.each([1, 2, 3, 4, 5])('all orders of five entries give the same paper (seed %i)', async (seed) => {
    const random = randomOf(seed)
    const entries = ORDERS[0]?.map((n) => randomEntry(random, 5 + 3 * n + Math.floor(random() * 3))) ?? []
    const arxivIds = ORDERS.map(newPaper)
    for (const place of [0, 1, 2, 3, 4])
      await save(
        ...ORDERS.map((order, n) => {
          const { doi = null, ...entry } = entries[order[place] as number] as Partial<PaperEntry>
          const arxivId = arxivIds[n] as string
          return { ...entry, arxivId, doi: doi && `${doi}.${arxivId}` }
        }),
      )
    const [first, ...others] = await Promise.all(arxivIds.map(stored))
    const withoutId = ({ doi, ...paper }: Record<string, unknown> = {}) => ({
      ...paper,
      doi: (doi as string)?.slice(0, 9),
    })
    others.forEach((other, n) => {
      expect(withoutId(other), `order ${ORDERS[n + 1]}`).toEqual(withoutId(first))
    })
  })

  /** What each authority can say, with parts left out at random. */
  function randomEntry(random: () => number, at: number): Partial<PaperEntry> {
    const among = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value
    const authority = among(AUTHORITIES)
    const ofArxiv = authority === 'ARXIV' || authority === 'OPERATOR'
    const ofList = authority === 'LIST' || authority === 'OPERATOR'
    const perhaps = <Part extends object>(part: Part, is = true): Part | object => (is && random() < 0.6 ? part : {})
    const listedOn = day(among([3, 4, 4, 5]))
    return {
      source: authority.toLowerCase(),
      authority,
      asOf: moment(at),
      title: among(['One', 'Two', `At ${at}`]),
      publishedAt: moment(among([1, 2, 3])),
      ...perhaps({ publishedAtIs: among(ROUGH_DATES) }),
      ...perhaps({ abstract: `Abstract ${at}` }),
      ...perhaps({ summary: `Summary ${at}` }),
      ...perhaps({ doi: `10.5555/${at % 2}` }),
      ...perhaps({ updatedAt: moment(at) }, ofArxiv),
      ...perhaps({ withdrawnAt: moment(at - 1) }, ofArxiv || ofList),
      ...perhaps({ listedOn, listedAt: `${listedOn}T0${among([1, 2, 3])}:00:00.000Z` }, ofList),
      ...perhaps({ submitter: among([person('noorh', 'u1'), person('tquine', null)]) }, ofList),
      ...perhaps({ organization: among([LAB, FIRM]) }, !ofArxiv),
      ...perhaps({ thumbnailUrl: `https://media.example/${at}.png` }, ofList),
      ...perhaps({ githubStars: at }),
      ...perhaps({ commentCount: among([0, at]) }, ofList),
      ...perhaps({ votes: { count: at, countedAt: moment(at) } }, ofList),
      authors:
        random() < 0.3
          ? []
          : [`Author ${at}`, among(['Ada Lin', 'Noor Haddad'])].map((name) => ({ name, account: null })),
      topics: [
        ...(random() < 0.6 ? [{ kind: 'CATEGORY' as const, names: [among(['cs.CL', 'cs.LG']), 'math.CO'] }] : []),
        ...(random() < 0.6 ? [{ kind: 'KEYWORD' as const, names: [`topic ${at}`, 'tides'] }] : []),
      ],
      links: (['CODE', 'DEMO'] as const)
        .filter(() => random() < 0.5)
        .map((kind) => ({ kind, url: `https://${kind.toLowerCase()}.example/${at}`, title: null })),
    }
  }
})

function permutations(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]]
  return values.flatMap((value) =>
    permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
  )
}
