import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { Db } from '../../src/db/client.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { startServer, type TestServer, type TestServerOptions } from './server.ts'

/** The first one has the same engine and no window, not even a hidden one: a page costs a quarter of the processor time. */
const PLACES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].map(
  (name) => `/usr/bin/${name}`,
)

/** The path of this machine's Chromium, or null. */
const CHROMIUM = PLACES.find((path) => existsSync(path)) ?? null

/** Whether this machine has a browser. Warns if not, because the tests that need one are then skipped. */
export function findChromium(): boolean {
  if (CHROMIUM === null) console.warn('skipped: no Chromium here. Debian: apt-get install chromium-headless-shell')
  return CHROMIUM !== null
}

/** Whether Debian's Noto fonts are installed: pages then have other heights. */
export const HAS_NOTO = existsSync('/usr/share/fonts/truetype/noto')

/**
 * Starts Chromium without a window and without requests of its own.
 *
 * @param options.noto false to hide the Noto fonts from it
 */
export async function startChromium({ noto = true }: { noto?: boolean } = {}): Promise<Browser> {
  if (CHROMIUM === null) throw new Error('There is no Chromium on this machine.')
  return chromium.launch({
    executablePath: CHROMIUM,
    ...(noto
      ? {}
      : {
          env: { ...process.env, FONTCONFIG_FILE: join(import.meta.dirname, 'fonts-without-noto.conf') } as Record<
            string,
            string
          >,
        }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface BrowserTest {
  database: FreshDatabase
  server: TestServer
  browser: Browser
  close(): Promise<void>
}

/** A server on a catalogue of its own, and Chromium. */
export async function startBrowserTest(
  fill: (db: Db) => Promise<unknown>,
  options: TestServerOptions = {},
): Promise<BrowserTest> {
  const database = await freshDatabase()
  await fill(database.db)
  const server = await startServer(database, options)
  const browser = await startChromium()
  return {
    database,
    server,
    browser,
    close: async () => {
      await browser.close()
      await server.close()
      await database.close()
    },
  }
}

export interface Site {
  url: string
  close(): Promise<void>
}

/** Starts a site of another origin, with a body for each path. */
export async function startSite(pages: Record<string, string>): Promise<Site> {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? '/']
    // Browsers request an icon for every site.
    if (request.url === '/favicon.ico') response.writeHead(204).end()
    else {
      const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html'
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(page)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
