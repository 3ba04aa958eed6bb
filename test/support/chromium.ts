import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where this machine has a Chromium, or null. */
export const CHROMIUM = PLACES.find((path) => existsSync(path)) ?? null

/** Whether there is a browser to test in; says so if not, because the tests that need it are then skipped. */
export function findChromium(): boolean {
  if (CHROMIUM === null) console.warn('skipped: no Chromium here. Debian: apt-get install chromium')
  return CHROMIUM !== null
}

/** Without a window, and without talking to anybody on its own account. */
export async function startChromium(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error('There is no Chromium on this machine.')
  return chromium.launch({
    executablePath: CHROMIUM,
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

export interface Site {
  url: string
  close(): Promise<void>
}

/** A site of another origin, with a body for each path. */
export async function startSite(pages: Record<string, string>): Promise<Site> {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? '/']
    // Browsers ask for a picture of the site.
    if (request.url === '/favicon.ico') response.writeHead(204).end()
    else response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
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
