import type { IncomingMessage } from 'node:http'

/** The largest request body that is read. A document at the token limit with its variables is a tenth of it. */
export const MAX_BODY_BYTES = 256 * 1024

/** Reads a body; null for one that is too large, of which the rest is left. */
export function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      resolve(null)
      return
    }
    let first: Buffer | null = null
    let more: Buffer[] | null = null
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_BODY_BYTES) {
        request.removeAllListeners('data').pause()
        resolve(null)
      } else if (first === null) first = chunk
      else {
        more ??= [first]
        more.push(chunk)
      }
    })
    request.on('end', () => resolve((more ? Buffer.concat(more) : first)?.toString() ?? ''))
    request.on('error', reject)
  })
}
