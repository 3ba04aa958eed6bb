import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Fail, FetchError } from './fetch-error.ts'

interface BodyLimits {
  maxBytes: number
  /** In milliseconds. */
  idle: number
  signal: AbortSignal
  fail: Fail
  /** Called when the body has been read, has failed or is no longer wanted. */
  end: () => void
}

/**
 * The body of a response, decompressed.
 *
 * @throws FetchError if it is cut off, damaged or longer than `maxBytes`, or pauses for too long
 */
export async function* readBody(
  message: IncomingMessage,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { maxBytes, signal, fail, end } = limits
  const coding = message.headers['content-encoding']?.toLowerCase() ?? 'identity'
  let length = 0
  try {
    if (coding !== 'identity' && coding !== 'gzip' && coding !== 'x-gzip')
      throw fail(`was sent in the coding ${coding}, but only gzip was requested: report it to the server`, false)
    // Before the first byte if possible.
    if (Number(message.headers['content-length']) > maxBytes) throw tooLarge(maxBytes, fail)
    const bytes = arriving(message, limits)
    for await (const chunk of coding === 'identity' ? bytes : gunzipped(bytes)) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes, fail)
      yield chunk
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof FetchError ? error : explainBody(error as NodeJS.ErrnoException, fail)
  } finally {
    message.destroy()
    end()
  }
}

const tooLarge = (maxBytes: number, fail: Fail): FetchError =>
  fail(
    `has more than ${Math.round(maxBytes / 2 ** 20)} MiB, which is the limit: check that the address is right`,
    false,
  )

/** The bytes as they arrive. Only waiting for them counts as a pause, not what is done with them. */
async function* arriving(message: IncomingMessage, { maxBytes, idle, fail }: BodyLimits): AsyncGenerator<Uint8Array> {
  const giveUp = () => message.destroy(fail(`sent nothing for ${idle / 1_000} s: try again later`, true))
  let timer = setTimeout(giveUp, idle)
  let length = 0
  try {
    for await (const chunk of message) {
      clearTimeout(timer)
      // Gzip can go on for ever without a byte of output.
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes, fail)
      yield chunk
      timer = setTimeout(giveUp, idle)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Errors on either side end both. */
const gunzipped = (bytes: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> =>
  pipeline(bytes, createGunzip(), () => {})

function explainBody(error: NodeJS.ErrnoException, fail: Fail): FetchError {
  const { code = error.message } = error
  // Node's error for a body that ends before its Content-Length or its last chunk.
  if (code === 'ECONNRESET' || code === 'Z_BUF_ERROR')
    return fail('was cut off before its end: try again later', true, error)
  if (code.startsWith('Z_')) return fail('was sent as gzip that is damaged: try again later', true, error)
  return fail(`could not be read to its end: try again later (${code})`, true, error)
}
