import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Viewer } from '../../../schema/context.ts'
import type { ExtensibleResponse } from '../../../src/http/extensible-response.ts'
import { RateLimited } from '../../../src/http/rate-limits/rate-limited.ts'
import { RateLimits } from '../../../src/http/rate-limits/rate-limits.ts'
import { DEFAULT_QUOTAS, NEW_ACCOUNT_DAYS } from '../../../src/values/quotas.ts'
import { random } from '../../support/random.ts'

const START = Date.parse('2026-11-10T12:00:00Z')
const DAY = 86_400_000

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const viewer = (id: number, accountSince: string | null = null): Viewer => ({
  user: {
    id,
    handle: `u${id}`,
    name: null,
    avatarUrl: null,
    sourceKey: null,
    namedAsOf: null,
    accountSince,
    suspendedAt: null,
  },
  scopes: new Set(),
})

const createLimits = (quotas = DEFAULT_QUOTAS) => new RateLimits({ quotas, now: () => new Date() })

/** The standing of a policy in `RateLimit`, as a client reads it. */
function readStanding({ rateLimit }: ExtensibleResponse, policy = 'points') {
  const header = rateLimit[rateLimit.indexOf('ratelimit') + 1] ?? ''
  const [, remaining, seconds] = new RegExp(`"${policy}";r=(\\d+);t=(\\d+)`).exec(header) ?? []
  return { remaining: Number(remaining), seconds: Number(seconds) }
}

/** One request: whether it was allowed, and its response. */
async function send(limits: RateLimits, address: string, points: number) {
  const response: ExtensibleResponse = { requestId: '', rateLimit: [] }
  const isAllowed = await limits
    .meter(address, response)
    .charge(points)
    .then(
      () => true,
      (error) => {
        expect(error).toBeInstanceOf(RateLimited)
        return false
      },
    )
  return { isAllowed, ...readStanding(response) }
}

/** `npm run test:long` sets 10,000. */
const SEQUENCES = Number(process.env.RATE_LIMIT_SEQUENCES ?? 1_000)

/** The fake clock goes through all timers whenever it is set. */
function withoutOldTimers(): RateLimits {
  vi.clearAllTimers()
  return createLimits()
}

describe('points', () => {
  test(`${SEQUENCES} sequences of requests that obey the headers are never refused`, async () => {
    let limits = createLimits()
    const next = random(11)
    const refused: string[] = []
    for (let client = 0; client < SEQUENCES; client += 1) {
      if (client % 100 === 0) limits = withoutOldTimers()
      const address = `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`
      let known = { remaining: DEFAULT_QUOTAS.anonymous, seconds: 0 }
      const count = 3 + Math.floor(next() * 12)
      for (let n = 0; n < count; n += 1) {
        const points = 1 + Math.floor(next() ** 3 * DEFAULT_QUOTAS.anonymous)
        if (next() < 0.3) vi.setSystemTime(Date.now() + Math.floor(next() * 90_000))
        if (points > known.remaining) vi.setSystemTime(Date.now() + known.seconds * 1_000)
        const sent = await send(limits, address, points)
        if (!sent.isAllowed) refused.push(`client ${client}, request ${n}`)
        known = sent
      }
    }
    expect(refused).toEqual([])
  })

  test(`${SEQUENCES} sequences that ignore the headers get what their budget allows, and no more`, async () => {
    let limits = createLimits()
    const next = random(12)
    let refused = 0
    const wrong: string[] = []
    for (let client = 0; client < SEQUENCES; client += 1) {
      if (client % 100 === 0) limits = withoutOldTimers()
      const address = `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`
      let window = { endsAt: 0, spent: 0 }
      const count = 3 + Math.floor(next() * 12)
      for (let n = 0; n < count; n += 1) {
        if (next() < 0.2) vi.setSystemTime(Date.now() + Math.floor(next() * 70_000))
        if (Date.now() >= window.endsAt) window = { endsAt: Date.now() + 60_000, spent: 0 }
        const points = 1 + Math.floor(next() ** 2 * DEFAULT_QUOTAS.anonymous * 1.2)
        const fits = window.spent + points <= DEFAULT_QUOTAS.anonymous
        if (fits) window.spent += points
        else refused += 1
        const { isAllowed, remaining } = await send(limits, address, points)
        if (isAllowed !== fits || remaining !== DEFAULT_QUOTAS.anonymous - window.spent)
          wrong.push(`client ${client}, request ${n}`)
      }
    }
    expect(wrong).toEqual([])
    expect(refused).toBeGreaterThan(SEQUENCES)
  })

  test('clients of one address share its points, and each response says what is left for all', async () => {
    const limits = createLimits()
    for (const remaining of [900, 800, 700]) expect(await send(limits, '192.0.2.1', 100)).toMatchObject({ remaining })
    expect(await send(limits, '192.0.2.2', 100)).toMatchObject({ remaining: 900 })
  })

  test('a request that is refused spends nothing, so that a smaller one still has enough', async () => {
    const limits = createLimits()
    expect(await send(limits, '192.0.2.1', 900)).toMatchObject({ isAllowed: true, remaining: 100 })
    expect(await send(limits, '192.0.2.1', 101)).toMatchObject({ isAllowed: false, remaining: 100, seconds: 60 })
    expect(await send(limits, '192.0.2.1', 100)).toMatchObject({ isAllowed: true, remaining: 0 })
  })

  test('a clock that is set back by an hour does not make a client wait for an hour', async () => {
    const limits = createLimits()
    await send(limits, '192.0.2.1', 1_000)
    vi.setSystemTime(START - 3_600_000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await send(limits, '192.0.2.1', 1_000)).toMatchObject({ isAllowed: true })
  })

  test('a signed-in user has the points of users at every address', async () => {
    const limits = createLimits()
    const spend = async (address: string) => {
      const response: ExtensibleResponse = { requestId: '', rateLimit: [] }
      const meter = limits.meter(address, response)
      meter.identify(viewer(1))
      await meter.charge(2_000)
      return readStanding(response).remaining
    }
    expect(await spend('192.0.2.1')).toBe(3_000)
    expect(await spend('192.0.2.2')).toBe(1_000)
  })
})

describe('budgets of users', () => {
  const meterOf = (limits: RateLimits, user: Viewer) => {
    const response: ExtensibleResponse = { requestId: '', rateLimit: [] }
    const meter = limits.meter('192.0.2.1', response)
    meter.identify(user)
    return { meter, response }
  }

  test('a new account submits ten papers a day and an older one twenty; the refusal says from when on', async () => {
    const limits = createLimits()
    const accounts = [
      { user: viewer(1, new Date(START - 1_000).toISOString()), allowed: 10 },
      { user: viewer(2, new Date(START - NEW_ACCOUNT_DAYS * DAY).toISOString()), allowed: 20 },
      { user: viewer(3, null), allowed: 20 },
    ]
    for (const { user, allowed } of accounts) {
      const { meter, response } = meterOf(limits, user)
      const answers: (Date | null)[] = []
      for (let n = 0; n < 60; n += 1) answers.push(await meter.spend('submissions'))
      expect(answers.filter((answer) => answer === null)).toHaveLength(allowed)
      expect(answers.at(-1)).toEqual(new Date(START + DAY))
      expect(readStanding(response, 'submissions')).toEqual({ remaining: 0, seconds: 86_400 })
    }
  })

  test('an account votes 600 times an hour', async () => {
    const limits = createLimits()
    const { meter } = meterOf(limits, viewer(1))
    for (let n = 0; n < 600; n += 1) expect(await meter.spend('votes')).toBeNull()
    expect(await meter.spend('votes')).toEqual(new Date(START + 3_600_000))
    vi.setSystemTime(START + 3_600_000)
    expect(await meter.spend('votes')).toBeNull()
  })
})
