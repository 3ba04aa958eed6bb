import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

export type Encoding = 'identity' | 'gzip' | 'br'

/** Below this an encoding saves nothing. */
const COMPRESSED_FROM = 1_000

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

export const compress = {
  gzip: async (body: Buffer): Promise<Buffer> => ownBytes(await promisify(gzip)(body)),
  br: async (body: Buffer): Promise<Buffer> => ownBytes(await promisify(brotliCompress)(body, BROTLI)),
}

/** What is compressed lies in a larger piece of memory, all of which would be kept with it. */
function ownBytes(body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafeSlow(body.length)
  bytes.set(body)
  return bytes
}

/** Of encodings that a client likes equally well, the smaller one. The package's types do not have the option yet. */
const PREFERRED = { preferred: ['br', 'gzip'] }
type WithPreference = { encodings(available: Encoding[], options: typeof PREFERRED): Encoding[] }

/** What each Accept-Encoding chooses, since there are few. */
const choices = new LRUCache<string, Encoding>({ max: 1_000 })

/** The encoding in which a client is sent a body of so many bytes. */
export function chooseEncoding({ headers }: IncomingMessage, bytes: number): Encoding {
  const accepted = headers['accept-encoding']
  if (accepted === undefined || bytes < COMPRESSED_FROM) return 'identity'
  let choice = choices.get(accepted)
  if (choice === undefined) {
    const negotiator = new Negotiator({ headers }) as unknown as WithPreference
    choice = negotiator.encodings(['br', 'gzip', 'identity'], PREFERRED)[0] ?? 'identity'
    choices.set(accepted, choice)
  }
  return choice
}
