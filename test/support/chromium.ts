import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium'

/** Whether there is a browser to test in; says so if not, because the tests that need it are then skipped. */
export function findChromium(): boolean {
  const isHere = existsSync(CHROMIUM)
  if (!isHere) console.warn(`skipped: no Chromium here (${CHROMIUM}). Debian: apt-get install chromium`)
  return isHere
}

/** A browser with a fresh profile, which goes nowhere of itself. */
export function startChromium(): Promise<Browser> {
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
