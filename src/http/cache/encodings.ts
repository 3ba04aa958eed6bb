import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { encodingNegotiator } from '../accept.ts'

export type Encoding = 'identity' | 'gzip' | 'br'

/** In bytes: smaller bodies do not become smaller. */
const MIN_COMPRESSED = 1_000

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

export const compress = {
  gzip: async (body: Buffer): Promise<Buffer> => ownBytes(await promisify(gzip)(body)),
  br: async (body: Buffer): Promise<Buffer> => ownBytes(await promisify(brotliCompress)(body, BROTLI)),
}

/** Copies a body out of the larger buffer that zlib returns, which the cache would otherwise keep in memory as a whole. */
function ownBytes(body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafeSlow(body.length)
  bytes.set(body)
  return bytes
}

const negotiate = encodingNegotiator(['br', 'gzip'])

/** The encoding in which a client receives a body of this size. */
export function chooseEncoding({ headers }: IncomingMessage, bytes: number): Encoding {
  const accepted = headers['accept-encoding']
  // A client that refuses even `identity` gets it all the same: RFC 9110 allows that instead of a 406.
  return accepted === undefined || bytes < MIN_COMPRESSED ? 'identity' : (negotiate(accepted) ?? 'identity')
}
