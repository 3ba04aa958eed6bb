import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Worker } from 'node:worker_threads'
import { createGunzip } from 'node:zlib'
import { encodingNegotiator } from '../accept.ts'
import { namesVersion } from '../cache/response.ts'
import { EXAMPLES } from './graphiql-examples.ts'
import type { RenderedGraphiql } from './graphiql-worker.ts'

const WORKER = new URL('./graphiql-worker.ts', import.meta.url)
const OPTIONS = { title: 'Daily Papers', defaultQuery: EXAMPLES }

/** In milliseconds: how long its 2 MB stay in memory after the last request. */
const CACHED_FOR = 600_000

const negotiate = encodingNegotiator(['gzip'])

/**
 * GraphiQL may run its own script and the workers that this creates, and send requests to this server. Its editor adds
 * styles to the page, whose hashes are not known in advance.
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

interface RenderedPage {
  headers: Record<string, string>
  gzipped: Uint8Array
}

/** Sends GraphiQL to browsers. The page is rendered on the first request and dropped when it is no longer requested. */
export class Graphiql {
  /** The headers of the last rendered page, for conditional requests. */
  #headers: RenderedPage['headers'] | null = null
  #page: Promise<RenderedPage> | null = null
  #dropTimer: NodeJS.Timeout | undefined

  async send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = this.#headers ?? (await this.#cachedPage()).headers
    const { 'if-none-match': tags } = request.headers
    if (tags !== undefined && namesVersion(tags, headers.etag as string)) {
      response.writeHead(304, headers).end()
      return
    }
    const { gzipped } = await this.#cachedPage()
    if (negotiate(request.headers['accept-encoding']) === 'gzip') {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': gzipped.length })
      response.end(request.method === 'HEAD' ? undefined : gzipped)
      return
    }
    response.writeHead(200, headers)
    if (request.method === 'HEAD') response.end()
    // A browser that closes the connection halfway is not a failure of the server.
    else await pipeline([gzipped], createGunzip(), response).catch(() => response.destroy())
  }

  #cachedPage(): Promise<RenderedPage> {
    clearTimeout(this.#dropTimer)
    this.#dropTimer = setTimeout(() => {
      this.#page = null
    }, CACHED_FOR).unref()
    this.#page ??= this.#render().catch((error) => {
      this.#page = null
      throw error
    })
    return this.#page
  }

  async #render(): Promise<RenderedPage> {
    // Rejects if the thread fails.
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
