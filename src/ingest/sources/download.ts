import { createHash, type Hash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { FetchError } from '../../fetching/fetch-error.ts'
import type { FetchedResponse, Fetcher } from '../../fetching/fetcher.ts'

/** In milliseconds: the time before each further attempt. What arrives in between starts the count again. */
const WAITS: readonly number[] = [1_000, 5_000, 15_000, 60_000]

/** In milliseconds: a server that asks for a longer pause is left alone until the next import. */
const LONGEST_WAIT = 10 * 60_000

export interface DownloadOptions {
  fetcher: Fetcher
  signal?: AbortSignal | undefined
  /** Called once with the length, if the server says it. */
  onSize?: ((bytes: number) => void) | undefined
  /** Called before each further attempt, with a sentence. */
  onRetry?: ((reason: string) => void) | undefined
  /** Other times between attempts. */
  waits?: readonly number[] | undefined
}

/**
 * The content of an address, of any length. A download that breaks off continues where it did, by a range if the server can
 * prove that the content is still the same, and otherwise from the start, without the part that was read already.
 *
 * @throws FetchError if all attempts failed, or if the content changed in the meantime; the reason of `signal` if it aborts
 */
export async function* download(
  address: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { fetcher, signal, onSize, onRetry, waits = WAITS } = options
  const read: Progress = { hash: createHash('sha256'), length: 0, validator: null }
  let attempts = 0
  for (;;) {
    let retryAfter: Date | null = null
    try {
      const response = await fetcher.get(address, {
        headers: rangeAfter(read),
        maxBytes: Number.POSITIVE_INFINITY,
        timeout: Number.POSITIVE_INFINITY,
        signal,
      })
      retryAfter = response.retryAfter
      const rest = continued(address, response, read)
      if (read.length === 0) {
        read.validator = validatorOf(response)
        const size = sizeOf(response)
        if (size !== null && attempts === 0) onSize?.(size)
      }
      for await (const chunk of rest) {
        attempts = 0
        read.hash.update(chunk)
        read.length += chunk.length
        yield chunk
      }
      return
    } catch (error) {
      const wait = waits[attempts]
      if (!(error instanceof FetchError) || !error.isTemporary || wait === undefined) throw error
      attempts += 1
      await pause(error, { wait, retryAfter, signal, onRetry })
    }
  }
}

/** What has been read so far. */
interface Progress {
  hash: Hash
  length: number
  /** The entity tag or the date by which the server recognizes this version of the content. */
  validator: string | null
}

/** With `If-Range`, a server whose content has changed sends all of it. */
const rangeAfter = ({ length, validator }: Progress): Record<string, string> =>
  length === 0 || validator === null ? {} : { range: `bytes=${length}-`, 'if-range': validator }

/** A compressed response has positions and an entity tag of its own. */
function validatorOf({ headers }: FetchedResponse): string | null {
  if (headers.has('content-encoding')) return null
  const tag = headers.get('etag')
  return tag?.startsWith('"') ? tag : headers.get('last-modified')
}

const sizeOf = ({ headers }: FetchedResponse): number | null =>
  headers.has('content-encoding') || !headers.has('content-length') ? null : Number(headers.get('content-length'))

/** The part of the content that has not been read. */
function continued(address: string, response: FetchedResponse, read: Progress): AsyncIterable<Uint8Array> {
  const { status, headers, body } = response
  if (status === 200) return read.length === 0 ? body : withoutStart(address, body, read)
  if (status === 206 && headers.get('content-range')?.startsWith(`bytes ${read.length}-`)) return body
  // Without a time to wait, every further request makes it worse. arXiv blocks such clients for a while.
  if (status === 429 && response.retryAfter === null)
    throw new FetchError(address, 'It asks for fewer requests (status 429): import it again in ten minutes.', false)
  const isTemporary = status === 408 || status === 429 || status >= 500
  const advice = isTemporary ? 'try again later' : 'check that the address is right'
  throw new FetchError(address, `It responded with the status ${status}: ${advice}.`, isTemporary)
}

/** A content without its start, which must be what was read before. */
async function* withoutStart(
  address: string,
  body: AsyncIterable<Uint8Array>,
  { hash, length }: Progress,
): AsyncGenerator<Uint8Array> {
  const changed = () => new FetchError(address, 'It changed while it was read: import it again.', false)
  const digest = hash.copy().digest('hex')
  const start = createHash('sha256')
  let missing = length
  for await (const chunk of body) {
    if (missing === 0) {
      yield chunk
      continue
    }
    const part = chunk.subarray(0, missing)
    start.update(part)
    missing -= part.length
    if (missing === 0 && start.digest('hex') !== digest) throw changed()
    if (part.length < chunk.length) yield chunk.subarray(part.length)
  }
  if (missing > 0) throw changed()
}

interface Pause {
  wait: number
  retryAfter: Date | null
  signal: AbortSignal | undefined
  onRetry: DownloadOptions['onRetry']
}

async function pause(error: FetchError, { wait, retryAfter, signal, onRetry }: Pause): Promise<void> {
  const asked = retryAfter === null ? 0 : retryAfter.getTime() - Date.now()
  if (asked > LONGEST_WAIT)
    throw new FetchError(
      error.url,
      `It asks for no request until ${retryAfter?.toISOString()}: import it again after that.`,
      false,
    )
  const milliseconds = Math.max(wait, asked)
  onRetry?.(
    `${error.message.replace(/(?::| or) try again later/, '')} The next attempt is in ${Math.ceil(milliseconds / 1_000)} s.`,
  )
  await setTimeout(milliseconds, undefined, { signal }).catch((interruption) => {
    signal?.throwIfAborted()
    throw interruption
  })
}
