import { isIP } from 'node:net'
import { exchange, type Timeouts } from './exchange.ts'
import { explain, FetchError, failing } from './fetch-error.ts'
import { type FetcherOptions, readAddress } from './fetcher.ts'
import { publicLookup, refusePrivateHost } from './networks.ts'
import { retryMoment } from './retry-after.ts'

const TIMEOUTS: Timeouts = { connect: 5_000, headers: 10_000, idle: 5_000 }
/** In milliseconds, for everything up to the last byte that is read. */
const WHOLE_TIMEOUT = 15_000
/** In bytes: more of a response is not read. */
const MAX_BYTES = 4_096

export interface PosterOptions extends FetcherOptions {
  /** In milliseconds, for everything. */
  timeout?: number | undefined
}

export interface PostedResponse {
  status: number
  /** The moment until which the server asks to wait (`Retry-After`). */
  retryAfter: Date | null
  /** The first 4 KiB of the body, as text. */
  text: string
}

/**
 * Posts to an address that a user of this server gave. A redirect is a response like any other, and is not followed.
 *
 * @throws FetchError if the address is not allowed, or if there is no response; the reason of `signal` if it aborts
 */
export type Post = (
  address: string,
  request: { headers: Readonly<Record<string, string>>; body: string; signal?: AbortSignal },
) => Promise<PostedResponse>

/** The users of a server learn nothing of its network. */
const forUsers = () => 'leads into a private network: give an address on the public internet'

/**
 * The address if it may be posted to, as far as that can be known without resolving its name. Addresses that are not encrypted are
 * for private networks only.
 *
 * @throws FetchError
 */
export function postableAddress(address: string, allowPrivateNetworks: boolean): URL {
  const fail = failing(address)
  const url = readAddress(address, fail)
  if (allowPrivateNetworks) return url
  if (url.protocol !== 'https:') throw fail('is not an https address, and others are not posted to: give one', false)
  refusePrivateHost(url, fail, forUsers)
  return url
}

/**
 * What is wrong with an address that somebody wants to be posted to, as a sentence; null if nothing is. It is checked again
 * whenever something is posted to it: a name can lead elsewhere later.
 */
export async function addressProblem(address: string, allowPrivateNetworks: boolean): Promise<string | null> {
  const fail = failing(address)
  try {
    const { hostname } = postableAddress(address, allowPrivateNetworks)
    if (allowPrivateNetworks || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) return null
    await new Promise((resolve, reject) => {
      publicLookup(fail, forUsers)(hostname, { all: true }, (error, found) => (error ? reject(error) : resolve(found)))
    })
    return null
  } catch (error) {
    const { message, isTemporary } = explain(error, URL.parse(address)?.hostname ?? '', fail)
    return isTemporary ? null : message
  }
}

export function createPoster(options: PosterOptions): Post {
  const { allowPrivateNetworks, userAgent, timeout = WHOLE_TIMEOUT, now = () => new Date() } = options
  const timeouts = { ...TIMEOUTS, ...options.timeouts }

  return async (address, { headers, body, signal: stop }) => {
    const fail = failing(address)
    const url = postableAddress(address, allowPrivateNetworks)
    const whole = new AbortController()
    const timer = setTimeout(
      () => whole.abort(fail(`was not complete after ${timeout / 1_000} s: try again later`, true)),
      timeout,
    )
    const signal = stop ? AbortSignal.any([stop, whole.signal]) : whole.signal
    const content = Buffer.from(body)
    try {
      signal.throwIfAborted()
      const message = await exchange(url, {
        headers: { ...headers, 'user-agent': userAgent, 'content-length': String(content.length) },
        body: content,
        lookup: allowPrivateNetworks ? undefined : publicLookup(fail, forUsers),
        timeouts,
        signal,
        fail,
      })
      const received = new Headers()
      for (const [name, values = []] of Object.entries(message.headersDistinct))
        for (const value of values) received.append(name, value)
      return {
        status: message.statusCode ?? 0,
        retryAfter: retryMoment(received, now()),
        text: await startOf(message),
      }
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof FetchError ? error : fail('cannot be posted to', true, error)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The first bytes of a body as text. What fails behind the headers is no failure: the server has taken the request. */
async function startOf(message: AsyncIterable<Buffer> & { destroy(): void }): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of message) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= MAX_BYTES) break
    }
  } catch {
    // Cut off or too slow: the status counts.
  } finally {
    message.destroy()
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES).toString()
}
