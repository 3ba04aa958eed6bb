import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Worker } from 'node:worker_threads'
import { createGunzip } from 'node:zlib'
import { ICON, ICON_ADDRESS } from '../../formats/html/document.ts'
import { encodingNegotiator } from '../accept.ts'
import { namesVersion } from '../cache/response.ts'
import { guarded, type ServerParts } from '../parts.ts'
import { readExamples } from './graphiql-examples.ts'
import type { GraphiqlOptions, RenderedGraphiql } from './graphiql-worker.ts'

const WORKER = new URL('./graphiql-worker.ts', import.meta.url)

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
  readonly #parts: ServerParts
  /** The examples as the catalogue has them; null if it has changed since. */
  #examples: Promise<string> | null = null
  /** The examples of the last page, which is also shown while the database is away. */
  #rendered: string | null = null
  /** The headers of the last rendered page, for conditional requests. */
  #headers: RenderedPage['headers'] | null = null
  #page: Promise<RenderedPage> | null = null
  #dropTimer: NodeJS.Timeout | undefined

  constructor(parts: ServerParts) {
    this.#parts = parts
    parts.live.onChange((change) => {
      if (change !== 'votes') this.#examples = null
    })
  }

  async send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const examples = await this.#currentExamples()
    if (examples !== this.#rendered) {
      this.#rendered = examples
      this.#headers = null
      this.#page = null
    }
    const headers = this.#headers ?? (await this.#cachedPage(examples)).headers
    const { 'if-none-match': tags } = request.headers
    if (tags !== undefined && namesVersion(tags, headers.etag as string)) {
      response.writeHead(304, headers).end()
      return
    }
    const { gzipped } = await this.#cachedPage(examples)
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

  async #currentExamples(): Promise<string> {
    this.#examples ??= guarded(this.#parts, async () => JSON.stringify(await readExamples(this.#parts)))
    const reading = this.#examples
    try {
      return await reading
    } catch (error) {
      if (this.#examples === reading) this.#examples = null
      if (this.#rendered === null) throw error
      return this.#rendered
    }
  }

  #cachedPage(examples: string): Promise<RenderedPage> {
    clearTimeout(this.#dropTimer)
    this.#dropTimer = setTimeout(() => {
      this.#page = null
    }, CACHED_FOR).unref()
    this.#page ??= this.#render(examples).catch((error) => {
      this.#page = null
      throw error
    })
    return this.#page
  }

  async #render(examples: string): Promise<RenderedPage> {
    const workerData: GraphiqlOptions = {
      title: 'Daily Papers',
      logo: ICON,
      favicon: ICON_ADDRESS,
      defaultEditorToolsVisibility: 'headers',
      defaultTabs: JSON.parse(examples),
    }
    // Rejects if the thread fails.
    const [rendered] = (await once(new Worker(WORKER, { workerData }), 'message')) as [RenderedGraphiql]
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
    if (this.#rendered === examples) this.#headers = headers
    return { headers, gzipped }
  }
}
