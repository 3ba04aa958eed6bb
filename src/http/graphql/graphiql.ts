import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Worker } from 'node:worker_threads'
import { createGunzip } from 'node:zlib'
import Negotiator from 'negotiator'
import { isRead } from '../cache/response.ts'
import { EXAMPLES } from './examples.ts'
import type { RenderedGraphiql } from './graphiql-worker.ts'

const WORKER = new URL('graphiql-worker.ts', import.meta.url)
const OPTIONS = { title: 'Daily Papers', defaultQuery: EXAMPLES }

/** In milliseconds: how long its 2 MB are kept after somebody was sent them. */
const KEPT_FOR = 600_000

/**
 * GraphiQL may run its own script, the workers that this makes of itself, and talk to this server. Its editor writes styles
 * into the page as it goes, which cannot be named beforehand.
 */
const contentSecurityPolicy = (scriptHash: string): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Whether a browser asks for a page. */
export const wantsGraphiql = (request: IncomingMessage): boolean =>
  isRead(request) && request.headers.accept?.includes('text/html') === true

interface Made {
  headers: Record<string, string>
  gzipped: Uint8Array
}

/** Answers browsers with GraphiQL, which is made when one first asks and forgotten when none does any more. */
export class Graphiql {
  /** What its headers were when it was last made, to say that it is still the same. */
  #headers: Made['headers'] | null = null
  #kept: Promise<Made> | null = null
  #forgetting: NodeJS.Timeout | undefined

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = this.#headers ?? (await this.#made()).headers
    if (request.headers['if-none-match']?.includes(headers.etag as string)) {
      response.writeHead(304, headers).end()
      return
    }
    const { gzipped } = await this.#made()
    if (new Negotiator(request).encoding(['gzip', 'identity']) === 'gzip') {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': gzipped.length })
      response.end(request.method === 'HEAD' ? undefined : gzipped)
      return
    }
    response.writeHead(200, headers)
    if (request.method === 'HEAD') response.end()
    // A browser that goes away in the middle is no failure.
    else await pipeline([gzipped], createGunzip(), response).catch(() => response.destroy())
  }

  #made(): Promise<Made> {
    clearTimeout(this.#forgetting)
    this.#forgetting = setTimeout(() => {
      this.#kept = null
    }, KEPT_FOR).unref()
    this.#kept ??= this.#make().catch((error) => {
      this.#kept = null
      throw error
    })
    return this.#kept
  }

  async #make(): Promise<Made> {
    // Rejects where the thread fails.
    const [rendered] = (await once(new Worker(WORKER, { workerData: OPTIONS }), 'message')) as [RenderedGraphiql]
    const { gzipped, scriptHash, etag } = rendered
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(scriptHash),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'cache-control': 'public, max-age=3600',
      vary: 'Accept, Accept-Encoding, Authorization',
      etag,
    }
    this.#headers = headers
    return { headers, gzipped }
  }
}
