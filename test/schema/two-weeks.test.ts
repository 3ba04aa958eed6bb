import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { editionDay, type Period } from '../../src/values/editions.ts'
import { entryOf, HALF_LIFE } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Two weeks of a list in New York whose days end at half past nine in the evening. Clocks are put back in the middle of
// them, in the night to Sunday, the first of November 2026. What is expected is told from the clocks on the wall alone.

const ZONE = 'America/New_York'
const ROLLOVER = '21:30'
const MINUTE = 60_000
const START = Date.parse('2026-10-25T16:00:00Z')
const END = START + 14 * 24 * 60 * MINUTE
const EVERY = 97 * MINUTE

let database: FreshDatabase
let server: TestServer
let now = START
let token: string
let other: string

const start = async () => {
  server = await startServer(database, { clock: { now: () => new Date(now), timeZone: ZONE, rollover: ROLLOVER } })
}

beforeAll(async () => {
  database = await freshDatabase()
  await start()
  token = await server.tokenOf('ada')
  other = await server.tokenOf('bo')
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function read(query: string) {
  const { data, errors } = await server.ask(query)
  expect(errors).toBeUndefined()
  return data
}

/** The moments at which the days end, by the minute that a clock in New York shows the time of the rollover. */
function endsOfDays(): { date: string; at: number }[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' })
  const ends = []
  for (let at = START; at < END + 24 * 60 * MINUTE; at += MINUTE) {
    const [date, time] = clock.format(at).split(' ') as [string, string]
    if (time === ROLLOVER) ends.push({ date, at })
  }
  return ends
}

const ENDS = endsOfDays()
/** The day whose end is the next one to come. */
const dayOf = (at: number): string => (ENDS.find((end) => end.at > at) as { date: string }).date

const SUBMIT = /* GraphQL */ `
  mutation ($input: SubmitPaperInput!) {
    submitPaper(input: $input) { ... on SubmitPaperPayload { isNew paper { listedOn listedAt submittedBy { handle } } } }
  }`

async function submit(arxivId: string, as: string, paper?: Record<string, unknown>) {
  const { data, errors } = await server.ask(SUBMIT, { input: { arxivId, paper } }, as)
  expect(errors).toBeUndefined()
  return data.submitPaper
}

async function idsOf(period: Period, date: string): Promise<string[]> {
  const ids: string[] = []
  for (let after = ''; ; ) {
    const { edition } = await read(`{ edition(period: ${period}, date: "${date}") {
      papers(first: 100, orderBy: RECENTLY_LISTED, ${after}) { nodes { arxivId } pageInfo { hasNextPage endCursor } } } }`)
    ids.push(...edition.papers.nodes.map((node: { arxivId: string }) => node.arxivId))
    if (!edition.papers.pageInfo.hasNextPage) return ids
    after = `after: "${edition.papers.pageInfo.endCursor}"`
  }
}

const statesOf = (date: string) =>
  read(`{ day: edition(date: "${date}") { state } week: edition(period: WEEK, date: "${date}") { state }
    month: edition(period: MONTH, date: "${date}") { state } }`).then(({ day, week, month }) => ({
    DAY: day.state,
    WEEK: week.state,
    MONTH: month.state,
  }))

const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
const isLastOf: Record<Period, (date: string) => boolean> = {
  DAY: () => true,
  WEEK: (date) => new Date(date).getUTCDay() === 0,
  MONTH: (date) => dateAfter(date, 1).endsWith('-01'),
}
const PERIODS = ['DAY', 'WEEK', 'MONTH'] as const

test('the clocks that this is told from were put back', () => {
  const instants = Object.fromEntries(ENDS.map(({ date, at }) => [date, new Date(at).toISOString()]))
  expect(instants).toMatchObject({
    '2026-10-25': '2026-10-26T01:30:00.000Z',
    '2026-10-31': '2026-11-01T01:30:00.000Z',
    '2026-11-01': '2026-11-02T02:30:00.000Z',
    '2026-11-08': '2026-11-09T02:30:00.000Z',
  })
  expect(ENDS).toHaveLength(15)
})

test.each([
  ['America/New_York', '01:30', '2026-11-01T00:00:00Z'],
  ['America/New_York', '01:00', '2026-11-01T00:00:00Z'],
  ['America/New_York', '01:59', '2026-11-01T00:00:00Z'],
  ['Australia/Lord_Howe', '01:45', '2026-04-04T10:00:00Z'],
  ['Antarctica/Troll', '01:20', '2026-10-24T20:00:00Z'],
  ['Europe/Berlin', '02:30', '2026-03-28T20:00:00Z'],
])('in %s no day comes back that ended at %s, though clocks show it twice or never', (timeZone, rollover, from) => {
  let day = editionDay({ timeZone, rollover }, new Date(from))
  const begun = [day]
  for (let at = Date.parse(from); at < Date.parse(from) + 24 * 60 * MINUTE; at += MINUTE) {
    const next = editionDay({ timeZone, rollover }, new Date(at))
    if (next !== day) begun.push(next)
    day = next
  }
  expect(begun).toEqual([begun[0], dateAfter(begun[0] as string, 1)])
})

test('every submission of two weeks lands in its edition, and what is final stays', async () => {
  const papers = Array.from({ length: Math.floor((END - START) / EVERY) }, (_, place) => ({
    arxivId: `2610.${String(place + 1).padStart(5, '0')}`,
    at: START + (place + 1) * EVERY,
    isDescribed: place % 9 === 0,
  }))
  expect(papers).toHaveLength(207)
  await saveEntries(
    database.db,
    papers.filter(({ isDescribed }) => !isDescribed).map(({ arxivId }) => entryOf({ arxivId, authors: null })),
    { halfLifeHours: HALF_LIFE },
  )

  const waiting = [...papers]
  const submitUntil = async (moment: number) => {
    while (waiting[0] && waiting[0].at < moment) {
      const { arxivId, at, isDescribed } = waiting.shift() as (typeof papers)[number]
      now = at
      const paper = { title: 'Made', abstract: 'Up.', authors: ['Ada'], publishedAt: '2026-10-01T00:00:00Z' }
      expect(await submit(arxivId, token, isDescribed ? paper : undefined), new Date(at).toISOString()).toEqual({
        isNew: true,
        paper: { listedOn: dayOf(at), listedAt: new Date(at).toISOString(), submittedBy: { handle: 'ada' } },
      })
    }
  }

  const listsWhenFinal = new Map<string, string[]>()
  for (const [place, { date, at }] of ENDS.slice(0, -1).entries()) {
    await submitUntil(at - MINUTE)
    const isDown = place % 2 === 1
    if (!isDown) {
      now = at - 1
      expect(await statesOf(date)).toEqual({ DAY: 'OPEN', WEEK: 'OPEN', MONTH: 'OPEN' })
    } else {
      await server.close()
      now = at
      await start()
    }
    now = at
    expect(await statesOf(date), date).toEqual(
      Object.fromEntries(PERIODS.map((period) => [period, isLastOf[period](date) ? 'FINAL' : 'OPEN'])),
    )
    expect(await statesOf(dateAfter(date, 1))).toEqual({ DAY: 'OPEN', WEEK: 'OPEN', MONTH: 'OPEN' })
    for (const period of PERIODS)
      if (isLastOf[period](date)) listsWhenFinal.set(`${period} ${date}`, await idsOf(period, date))

    // Nothing is in the new day yet.
    const { edition, editions } = await read(`{ editions { totalCount }
      edition { date state next { date } previous { date next { date } } } }`)
    expect(edition).toEqual({
      date,
      state: 'FINAL',
      next: null,
      previous: place === 0 ? null : { date: dateAfter(date, -1), next: { date } },
    })
    expect(editions.totalCount).toBe(place + 1)

    // A paper of the day that has ended does not come into the new one.
    const [settled] = listsWhenFinal.get(`DAY ${date}`) as [string]
    expect(await submit(settled, other)).toMatchObject({
      isNew: false,
      paper: { listedOn: date, submittedBy: { handle: 'ada' } },
    })
  }
  await submitUntil(END)
  now = END
  expect(waiting).toEqual([])

  for (const [edition, ids] of listsWhenFinal) {
    const [period, date] = edition.split(' ') as [Period, string]
    expect(await idsOf(period, date), edition).toEqual(ids)
  }
  expect([...listsWhenFinal.keys()].filter((edition) => !edition.startsWith('DAY'))).toEqual([
    'WEEK 2026-10-25',
    'MONTH 2026-10-31',
    'WEEK 2026-11-01',
  ])
  for (const { date } of ENDS) {
    const theirs = papers.filter(({ at }) => dayOf(at) === date).map(({ arxivId }) => arxivId)
    expect(await idsOf('DAY', date), date).toEqual(theirs.reverse())
  }
  // The day on which the clocks were put back has an hour more.
  const sizes = ENDS.slice(1, -1).map(({ date }) => listsWhenFinal.get(`DAY ${date}`)?.length ?? 0)
  expect(Math.max(...sizes)).toBe(sizes[ENDS.findIndex(({ date }) => date === '2026-11-01') - 1])

  const { weeks, months } = await read(`{
    weeks: editions(period: WEEK) { nodes { startsOn endsOn state papers { totalCount } previous { startsOn } next { startsOn } } }
    months: editions(period: MONTH) { nodes { startsOn endsOn state papers { totalCount } } } }`)
  const between = (from: string, to: string) => ({
    totalCount: papers.filter(({ at }) => from <= dayOf(at) && dayOf(at) <= to).length,
  })
  const week = (startsOn: string, state: string, previous: string | null, next: string | null) => ({
    startsOn,
    endsOn: dateAfter(startsOn, 6),
    state,
    papers: between(startsOn, dateAfter(startsOn, 6)),
    previous: previous && { startsOn: previous },
    next: next && { startsOn: next },
  })
  expect(weeks.nodes).toEqual([
    week('2026-11-02', 'OPEN', '2026-10-26', null),
    week('2026-10-26', 'FINAL', '2026-10-19', '2026-11-02'),
    week('2026-10-19', 'FINAL', null, '2026-10-26'),
  ])
  expect(months.nodes).toEqual([
    { startsOn: '2026-11-01', endsOn: '2026-11-30', state: 'OPEN', papers: between('2026-11-01', '2026-11-30') },
    { startsOn: '2026-10-01', endsOn: '2026-10-31', state: 'FINAL', papers: between('2026-10-01', '2026-10-31') },
  ])
})
