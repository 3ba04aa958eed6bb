import type { IncomingMessage } from 'node:http'
import { CodedError } from '../../values/errors.ts'

/** In bytes. A document at the token limit with its variables has a tenth of it. */
export const MAX_BODY_BYTES = 256 * 1024

export class PayloadTooLarge extends CodedError {
  override readonly name = 'PayloadTooLarge'
  override readonly code = 'PAYLOAD_TOO_LARGE'
  // Because the rest of the body is still being sent.
  override readonly headers = { connection: 'close' }

  constructor() {
    super(`The request body is too large: the limit is ${MAX_BODY_BYTES} bytes.`)
  }
}

/** @throws PayloadTooLarge if the body has more bytes than allowed by its own account */
export function checkContentLength({ headers }: IncomingMessage): void {
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw new PayloadTooLarge()
}

/** @throws PayloadTooLarge without reading the rest */
export async function readBody(request: IncomingMessage): Promise<string> {
  checkContentLength(request)
  return new Promise((resolve, reject) => {
    // Most bodies are one chunk, which needs no array.
    let first: Buffer | null = null
    let chunks: Buffer[] | null = null
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_BODY_BYTES) {
        request.removeAllListeners('data').pause()
        reject(new PayloadTooLarge())
      } else if (first === null) first = chunk
      else {
        chunks ??= [first]
        chunks.push(chunk)
      }
    })
    request.on('end', () => resolve((chunks ? Buffer.concat(chunks) : first)?.toString() ?? ''))
    request.on('error', reject)
  })
}
