import type { Logger } from 'pino'
import { type ProviderKey, readKeySet } from './key-set.ts'
import { CannotVerify } from './refusals.ts'

/** In milliseconds: older keys are fetched again before they are used, because the provider may have withdrawn one. */
const REFRESH_AFTER = 10 * 60_000
/** In milliseconds: how long keys are used while new ones cannot be fetched. */
const USABLE_FOR = 24 * 3_600_000
/** In milliseconds: the shortest time between two fetches. Otherwise tokens of unknown keys could flood the provider. */
const FETCH_INTERVAL = 10_000
/** In milliseconds: how long a fetch may take. */
const TIMEOUT = 5_000
const MAX_BYTES = 1024 * 1024

export interface ProviderKeysOptions {
  log: Logger
  now: () => Date
  /** Milliseconds that a fetch may take; tests use less. */
  timeout?: number | undefined
}

/**
 * The keys of the identity provider, in memory. Keys that were good outlast a failure of the provider for a day, so that
 * people stay signed in. jose's `createRemoteJWKSet` forgets them after ten minutes, and refuses a set with one bad key.
 */
export class ProviderKeys {
  readonly #url: string
  readonly #log: Logger
  readonly #now: () => number
  readonly #timeout: number
  #keys: readonly ProviderKey[] = []
  /** When the fetch of the keys began, in milliseconds. */
  #fetchedAt = Number.NEGATIVE_INFINITY
  /** When the last fetch began, in milliseconds, whether it succeeded or not. */
  #triedAt = Number.NEGATIVE_INFINITY
  #lastFailed = false
  #fetching: Promise<void> | null = null
  /** The unusable keys in the log, as JSON: each is logged once, not every ten minutes. */
  #logged = ''

  constructor(url: string, { log, now, timeout = TIMEOUT }: ProviderKeysOptions) {
    this.#url = url
    this.#log = log
    this.#now = () => now().getTime()
    this.#timeout = timeout
  }

  /** @throws CannotVerify if the last good keys are older than a day */
  async current(): Promise<readonly ProviderKey[]> {
    if (this.#since(this.#fetchedAt) >= REFRESH_AFTER) {
      // While the provider fails, requests use the last keys and do not wait.
      const isFailing = this.#lastFailed && this.#since(this.#triedAt) < REFRESH_AFTER
      const fetching = this.#fetch()
      if (!isFailing || !this.#areUsable) await fetching
    }
    if (!this.#areUsable) throw this.unavailable()
    return this.#keys
  }

  /** Fetches the keys for a token that fits none of them. False if that failed, or is not allowed so soon. */
  async refetch(): Promise<boolean> {
    const fetching = this.#fetch()
    await fetching
    return fetching !== null && !this.#lastFailed
  }

  /** Whether the keys were fetched at this time (in milliseconds) or later. */
  areFrom(time: number): boolean {
    return this.#fetchedAt >= time
  }

  /** What a client gets whose token may have a newer key. */
  unavailable(): CannotVerify {
    if (this.#lastFailed)
      return new CannotVerify(
        'The token cannot be verified now: the keys of the identity provider cannot be fetched. Try again in a minute.',
        60,
      )
    const seconds = Math.max(1, Math.ceil((FETCH_INTERVAL - this.#since(this.#triedAt)) / 1_000))
    return new CannotVerify(
      `The token cannot be verified yet: it may have a new key, and the keys of the identity provider were fetched just now. Try again in ${seconds} s.`,
      seconds,
    )
  }

  get #areUsable(): boolean {
    return this.#since(this.#fetchedAt) < USABLE_FOR
  }

  /** A clock that was set back must not delay the next fetch. */
  #since(time: number): number {
    const elapsed = this.#now() - time
    return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed
  }

  /** The fetch in progress or a new one; null if it is too early for one. */
  #fetch(): Promise<void> | null {
    if (this.#fetching === null && this.#since(this.#triedAt) >= FETCH_INTERVAL) {
      this.#triedAt = this.#now()
      this.#fetching = this.#load(this.#triedAt).finally(() => {
        this.#fetching = null
      })
    }
    return this.#fetching
  }

  async #load(startedAt: number): Promise<void> {
    try {
      const { keys, unusable } = await readKeySet(await download(this.#url, this.#timeout))
      this.#keys = keys
      this.#fetchedAt = startedAt
      this.#lastFailed = false
      if (keys.length === 0) this.#log.warn('the identity provider publishes no key that can be used')
      const found = JSON.stringify(unusable)
      if (found === this.#logged) return
      this.#logged = found
      for (const key of unusable) this.#log.warn(key, 'a key of the identity provider cannot be used')
    } catch (error) {
      this.#lastFailed = true
      const keysFrom = Number.isFinite(this.#fetchedAt) ? new Date(this.#fetchedAt) : null
      this.#log.warn({ err: error, keysFrom }, 'the keys of the identity provider cannot be fetched')
    }
  }
}

/** A redirect is not followed: the setting must have the address where the keys are. */
async function download(url: string, timeout: number): Promise<string> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new Error(`The response has more than ${MAX_BYTES} bytes.`)
    chunks.push(chunk)
  }
  if (response.status !== 200) {
    const location = response.headers.get('location')
    throw new Error(`The response has the status ${response.status}${location === null ? '' : `, to ${location}`}.`)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
