import type { IncomingMessage } from 'node:http'
import { readBody } from './body.ts'
import { exchange, type Timeouts } from './exchange.ts'
import { type Fail, FetchError, failing, shortened } from './fetch-error.ts'
import { publicLookup, refusePrivateHost } from './networks.ts'
import { retryMoment } from './retry-after.ts'

const TIMEOUTS: Timeouts = { connect: 10_000, headers: 90_000, idle: 30_000 }
/** In milliseconds. */
const WHOLE_TIMEOUT = 300_000
/** The longest time that a timer of Node can have. */
const LONGEST_TIMER = 2 ** 31 - 1
const MAX_BYTES = 64 * 2 ** 20
const MAX_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** The headers of the caller that a redirect carries to another origin; all others may hold secrets. */
const CARRIED: ReadonlySet<string> = new Set(['accept', 'if-modified-since', 'if-none-match', 'if-range', 'range'])

export interface FetcherOptions {
  /** Whether addresses in private networks may be fetched (`ALLOW_PRIVATE_NETWORKS`). */
  allowPrivateNetworks: boolean
  /** Says who is fetching, with a contact. */
  userAgent: string
  /** Other timeouts than the usual ones. */
  timeouts?: Partial<Timeouts> | undefined
  now?: (() => Date) | undefined
}

export interface GetOptions {
  /** `User-Agent` and `Accept-Encoding` are set by the fetcher. */
  headers?: Readonly<Record<string, string>> | undefined
  signal?: AbortSignal | undefined
  /** Called with each address that a redirect leads to, before it is requested. Sites limit requests, not addresses. */
  beforeRedirect?: ((url: URL) => Promise<void>) | undefined
  /** Of the decompressed body; 64 MiB if it is not given. */
  maxBytes?: number | undefined
  /** In milliseconds, for everything up to the last byte of the body; 5 minutes if it is not given, `Infinity` for no limit. */
  timeout?: number | undefined
}

export interface FetchedResponse {
  status: number
  headers: Headers
  /** The address after all redirects, without a fragment. */
  url: string
  /** The moment until which the server asks to wait (`Retry-After`). */
  retryAfter: Date | null
  /** The decompressed body of a 2xx response, to be read once; empty for any other status. Throws FetchError. */
  body: AsyncIterable<Uint8Array>
}

export interface Fetcher {
  /**
   * Fetches an address. Any status is a result.
   *
   * @throws FetchError if the address is not allowed, or if there is no whole response; the reason of `signal` if it aborts
   */
  get(address: string, options?: GetOptions): Promise<FetchedResponse>
}

/** The one way to addresses outside of this server; README.md says what it promises. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { now = () => new Date() } = options
  const timeouts = { ...TIMEOUTS, ...options.timeouts }

  return {
    async get(
      address,
      { signal: stop, maxBytes = MAX_BYTES, timeout = WHOLE_TIMEOUT, headers = {}, beforeRedirect } = {},
    ) {
      const whole = new AbortController()
      const giveUp = () =>
        whole.abort(new FetchError(address, `It was not complete after ${timeout / 1_000} s: try again later.`, true))
      const timer = setTimeout(giveUp, Math.min(timeout, LONGEST_TIMER))
      const signal = stop ? AbortSignal.any([stop, whole.signal]) : whole.signal
      const end = () => clearTimeout(timer)
      try {
        signal.throwIfAborted()
        const { message, url, fail } = await follow(address, headers, { ...options, timeouts, signal, beforeRedirect })
        const { statusCode: status = 0 } = message
        const readable = new Headers(
          Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          ),
        )
        const response = { status, headers: readable, url, retryAfter: retryMoment(readable, now()) }
        if (status >= 200 && status < 300)
          return { ...response, body: readBody(message, { maxBytes, idle: timeouts.idle, signal, fail, end }) }
        message.destroy()
        end()
        return { ...response, body: nothing() }
      } catch (error) {
        end()
        signal.throwIfAborted()
        throw error
      }
    },
  }
}

interface Following extends FetcherOptions, Pick<GetOptions, 'beforeRedirect'> {
  timeouts: Timeouts
  signal: AbortSignal
}

/** The first response that is no redirect. Each address on the way is checked like the first. */
async function follow(
  address: string,
  given: Readonly<Record<string, string>>,
  { allowPrivateNetworks, userAgent, timeouts, signal, beforeRedirect }: Following,
): Promise<{ message: IncomingMessage; url: string; fail: Fail }> {
  let fail = failing(address)
  let url = readAddress(address, fail)
  let headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (!allowPrivateNetworks) refusePrivateHost(url, fail)
    // A range of a compressed body is of no use.
    const coding = 'range' in headers ? 'identity' : 'gzip'
    const message = await exchange(url, {
      headers: { ...headers, 'user-agent': userAgent, 'accept-encoding': coding },
      lookup: allowPrivateNetworks ? undefined : publicLookup(fail),
      timeouts,
      signal,
      fail,
    })
    const { location } = message.headers
    if (!REDIRECTS.has(message.statusCode ?? 0) || location === undefined) return { message, url: url.href, fail }
    message.destroy()
    const next = readAddress(location, failing(address, location), url)
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw fail(
        `redirects from https to ${shortened(next.href)}, which is not encrypted: give an address that stays on https`,
        false,
      )
    if (next.origin !== url.origin)
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => CARRIED.has(name)))
    fail = failing(address, next.href)
    url = next
    await beforeRedirect?.(url)
  }
  throw failing(address)(`redirects more than ${MAX_REDIRECTS} times: give the address that it leads to`, false)
}

/** @param base the address that redirects to this one */
export function readAddress(address: string, fail: Fail, base?: URL): URL {
  const url = URL.parse(address, base)
  if (url === null) throw fail('is not an address: give one such as https://example.org/papers.jsonl', false)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail('is not an http or https address, and others are not fetched: give one of these', false)
  if (url.username !== '' || url.password !== '') throw fail('has a user name or a password in it: remove them', false)
  url.hash = ''
  return url
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
