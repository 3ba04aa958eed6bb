import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { CodedError } from '../../values/errors.ts'
import { BadRequest, UnsupportedMediaType } from './refusals.ts'

/** In bytes, compressed or not. A document at the token limit with its variables has a tenth of it. */
export const MAX_BODY_BYTES = 256 * 1024

/**
 * A body of single bytes costs more than all else about a request: more pieces than these are not received unless they have
 * as many bytes as a network would put into each.
 */
const MAX_PIECES = 4_000
const BYTES_OF_A_PIECE = 1_000

/**
 * In bytes: as much of a body that is too large is received and dropped. Many clients read no response before they have sent
 * everything, and fail without a reason if the connection is closed before.
 */
const MAX_RECEIVED = 32 * 1024 * 1024

/** A map, because a client could name a member that every object has. */
const DECOMPRESS = new Map<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])
const CODINGS = [...DECOMPRESS.keys()].join(', ')

const BYTE_ORDER_MARK = 0xfeff
/** Stands in decoded text for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

export class PayloadTooLarge extends CodedError {
  override readonly name = 'PayloadTooLarge'
  override readonly code = 'PAYLOAD_TOO_LARGE'
  // Because the rest of the body may still be on its way.
  override readonly headers = { connection: 'close' }
}

const tooLarge = (limit: number) => new PayloadTooLarge(`The request body is too large: the limit is ${limit} bytes.`)

/**
 * The body of a request as text, without compression and byte-order mark.
 *
 * @param limit in bytes, compressed or not
 * @throws PayloadTooLarge, UnsupportedMediaType for an unknown content coding, or BadRequest
 */
export async function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<string> {
  const coding = request.headers['content-encoding']
  const sent = await readBytes(request, limit)
  const bytes = coding === undefined ? sent : await decompress(sent, coding.trim().toLowerCase(), limit)
  const text = bytes.toString()
  if (text.includes(REPLACEMENT) && !isUtf8(bytes))
    throw new BadRequest('The request body is not UTF-8. Encode its text as UTF-8, whatever its Content-Type says.')
  // Some programs on Windows begin every text with it, and JSON.parse refuses it.
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_RECEIVED) throw tooLarge(limit)
  return new Promise((resolve, reject) => {
    // Most bodies are one chunk, which needs no array.
    let first: Buffer | null = null
    let chunks: Buffer[] | null = null
    let length = 0
    let pieces = 0
    const stop = (error: PayloadTooLarge) => {
      request.removeAllListeners('data').pause()
      reject(error)
    }
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      pieces += 1
      if (length > MAX_RECEIVED) stop(tooLarge(limit))
      else if (pieces > MAX_PIECES + length / BYTES_OF_A_PIECE)
        stop(new PayloadTooLarge('The request body comes in too many pieces: send it in larger ones.'))
      else if (length > limit) chunks = null
      else if (first === null) first = chunk
      else {
        chunks ??= [first]
        chunks.push(chunk)
      }
    })
    request.on('end', () => {
      if (length > limit) reject(tooLarge(limit))
      else resolve((chunks ? Buffer.concat(chunks) : first) ?? Buffer.alloc(0))
    })
    request.on('error', reject)
  })
}

async function decompress(body: Buffer, coding: string, limit: number): Promise<Buffer> {
  if (coding === 'identity') return body
  const run = DECOMPRESS.get(coding)
  if (run === undefined)
    throw new UnsupportedMediaType(
      `The Content-Encoding "${coding}" of the request body is not supported. Use ${CODINGS}, or send the body uncompressed.`,
      { 'accept-encoding': CODINGS },
    )
  try {
    return await run(body, { maxOutputLength: limit })
  } catch (error) {
    // `maxOutputLength` is exceeded.
    if (error instanceof RangeError) throw tooLarge(limit)
    throw new BadRequest(
      `The request body cannot be decompressed: it is not "${coding}", as its Content-Encoding says.`,
    )
  }
}
