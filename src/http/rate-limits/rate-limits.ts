import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Viewer } from '../../../schema/context.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { type Budget, NEW_ACCOUNT_DAYS, type Quotas } from '../../values/quotas.ts'
import { addressBlock } from '../client-address.ts'
import type { ExtensibleResponse } from '../extensible-response.ts'
import { RateLimited } from './rate-limited.ts'

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

/** An answer from the cache costs so much less than one that is computed. */
const CACHED_SHARE = 10

/** What a client may still do, and until when. */
export interface Standing {
  limit: number
  remaining: number
  resetAt: Date
}

/**
 * Counts what one request spends, and writes it into the headers of its response, in the form of
 * draft-ietf-httpapi-ratelimit-headers: structured fields (RFC 9651), with seconds.
 */
export interface Meter {
  /** The client is this user from now on, and no longer an address. */
  identify(viewer: Viewer): void
  /**
   * Spends points: at least one for each request, at once or in parts.
   *
   * @throws RateLimited if the client has not so many left; nothing is spent then
   */
  charge(points: number): Promise<void>
  /** Spends the points of a response that was computed for an earlier request. */
  chargeCached(points: number): Promise<void>
  /** Whether the request has spent points, or was refused. */
  readonly isCharged: boolean
  /** What is left of the points after the charge; null without limits. */
  readonly standing: Standing | null
  /** Counts one vote or submission of the user of `identify`: null if it is allowed, or the moment from which it is. */
  spend(budget: Budget): Promise<Date | null>
}

/** For a server without limits. */
export const UNLIMITED: Meter = {
  identify: () => {},
  charge: async () => {},
  chargeCached: async () => {},
  isCharged: true,
  standing: null,
  spend: async () => null,
}

/** A number of points in a window of time that begins with the first of them, for each key. */
class Policy {
  readonly quota: number
  /** The member of `RateLimit-Policy`. */
  readonly header: string
  readonly #name: string
  readonly #limiter: RateLimiterMemory

  constructor(name: string, quota: number, seconds: number) {
    this.quota = quota
    this.header = `"${name}";q=${quota};w=${seconds}`
    this.#name = name
    this.#limiter = new RateLimiterMemory({ points: quota, duration: seconds })
  }

  spend(key: string, points: number): Promise<{ isAllowed: boolean; result: RateLimiterRes }> {
    return this.#limiter.consume(key, points).then(allowed, async (result) => {
      if (!(result instanceof RateLimiterRes)) throw result
      // It was counted all the same. A smaller request may still have enough.
      if (result.msBeforeNext > 0) return { isAllowed: false, result: await this.#limiter.reward(key, points) }
      return { isAllowed: false, result }
    })
  }

  /** The member of `RateLimit`. */
  standingHeader({ remainingPoints, msBeforeNext }: RateLimiterRes): string {
    return `"${this.#name}";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1_000)}`
  }
}

const allowed = (result: RateLimiterRes) => ({ isAllowed: true, result })

export interface RateLimitsOptions {
  quotas: Quotas
  now: () => Date
  metrics?: Metrics | undefined
}

/** The limits of all clients of this process, in its memory. */
export class RateLimits {
  readonly #anonymous: Policy
  readonly #token: Policy
  readonly #budgets: Record<Budget, { usual: Policy; newAccount: Policy }>
  readonly #now: () => Date
  readonly #metrics: Metrics | undefined

  constructor({ quotas, now, metrics }: RateLimitsOptions) {
    this.#anonymous = new Policy('points', quotas.anonymous, MINUTE)
    this.#token = new Policy('points', quotas.token, MINUTE)
    const budget = (name: Budget, seconds: number) => ({
      usual: new Policy(name, quotas[name], seconds),
      newAccount: new Policy(name, Math.ceil(quotas[name] / 2), seconds),
    })
    this.#budgets = {
      votes: budget('votes', HOUR),
      submissions: budget('submissions', DAY),
      savedFilters: budget('savedFilters', DAY),
      reports: budget('reports', DAY),
      confirmations: budget('confirmations', HOUR),
    }
    this.#now = now
    this.#metrics = metrics
  }

  /** A meter for one request from this address. */
  meter(address: string, response: ExtensibleResponse): Meter {
    return new RequestMeter(this, response, address)
  }

  /** The policy for points: of users, or of addresses. */
  pointsOf(user: Viewer['user'] | null): Policy {
    return user === null ? this.#anonymous : this.#token
  }

  /** The policy for what a user does only so often. */
  budgetOf(budget: Budget, user: Viewer['user'] | null): Policy {
    const { usual, newAccount } = this.#budgets[budget]
    return user !== null && this.#isNew(user) ? newAccount : usual
  }

  count(points: number, isAllowed: boolean): void {
    this.#metrics?.points(points, isAllowed ? 'spent' : 'refused')
  }

  #isNew({ accountSince }: Viewer['user']): boolean {
    return accountSince !== null && this.#now().getTime() - Date.parse(accountSince) < NEW_ACCOUNT_DAYS * DAY * 1_000
  }

  /** When the window has ended. In whole seconds, as clients are shown it. */
  momentAfter({ msBeforeNext }: RateLimiterRes): Date {
    return new Date(Math.ceil((this.#now().getTime() + msBeforeNext) / 1_000) * 1_000)
  }
}

/** A class and not a record of functions, because every request has one. */
class RequestMeter implements Meter {
  readonly #limits: RateLimits
  readonly #response: ExtensibleResponse
  readonly #address: string
  #user: Viewer['user'] | null = null
  #result: RateLimiterRes | null = null
  isCharged = false

  constructor(limits: RateLimits, response: ExtensibleResponse, address: string) {
    this.#limits = limits
    this.#response = response
    this.#address = address
  }

  identify({ user }: Viewer): void {
    this.#user = user
  }

  async charge(points: number): Promise<void> {
    this.isCharged = true
    const policy = this.#limits.pointsOf(this.#user)
    const key = this.#user === null ? addressBlock(this.#address) : String(this.#user.id)
    const { isAllowed, result } = await policy.spend(key, points)
    this.#result = result
    this.#limits.count(points, isAllowed)
    this.#response.rateLimit = ['ratelimit-policy', policy.header, 'ratelimit', policy.standingHeader(result)]
    if (!isAllowed) throw new RateLimited({ points, quota: policy.quota, result, isAnonymous: this.#user === null })
  }

  chargeCached(points: number): Promise<void> {
    return this.charge(Math.max(1, Math.ceil(points / CACHED_SHARE)))
  }

  get standing(): Standing | null {
    const result = this.#result
    if (result === null) return null
    const { quota } = this.#limits.pointsOf(this.#user)
    return { limit: quota, remaining: result.remainingPoints, resetAt: this.#limits.momentAfter(result) }
  }

  async spend(budget: Budget): Promise<Date | null> {
    const isByAddress = budget === 'confirmations'
    if (!isByAddress && this.#user === null) throw new Error('Only a signed-in user has this budget.')
    const policy = this.#limits.budgetOf(budget, isByAddress ? null : this.#user)
    const key = isByAddress ? addressBlock(this.#address) : String(this.#user?.id)
    const { isAllowed, result } = await policy.spend(key, 1)
    this.#show(policy, result)
    return isAllowed ? null : this.#limits.momentAfter(result)
  }

  /** Adds a budget to the headers, after the points; the last standing of a budget counts. */
  #show(policy: Policy, result: RateLimiterRes): void {
    const { rateLimit } = this.#response
    const [, policies = '', , standings = ''] = rateLimit
    const places = policies.split(', ')
    const known = places.indexOf(policy.header)
    const all = standings.split(', ')
    all[known === -1 ? places.length : known] = policy.standingHeader(result)
    if (known === -1) places.push(policy.header)
    const join = (members: string[]) => members.filter((member) => member !== '').join(', ')
    this.#response.rateLimit = ['ratelimit-policy', join(places), 'ratelimit', join(all)]
  }
}
