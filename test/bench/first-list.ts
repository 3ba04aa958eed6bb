import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { helpIfRequested } from '../../src/programs/console.ts'
import { startChromium, startSite } from '../support/chromium.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { startProgram } from '../support/program.ts'

// `npm run bench:first-list`: how long a page of another site waits for its first list, in Chromium, with nothing in the
// browser's cache: from the request for the element's script until the papers are painted, in milliseconds.

helpIfRequested('Usage: npm run bench:first-list [-- LOADS]   when the first list of an element is visible')

const LOADS = Number(process.argv[2] ?? 20)

/** What one load took, in the order in which it happens. */
interface Load {
  script: number
  'script to request': number
  request: number
  'response to paint': number
  'script to paint': number
  all: number
}

/** Runs in the page: resolves when the frame with the papers was painted. */
const WATCH = `
  window.painted = customElements.whenDefined('daily-papers').then(() => new Promise((then) => {
    const { shadowRoot } = document.querySelector('daily-papers')
    new MutationObserver(() => {
      // A message comes after the frame that was painted.
      if (shadowRoot.querySelector('.item')) requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => then(performance.now())
        port2.postMessage(null)
      })
    }).observe(shadowRoot, { childList: true })
  }))`

const MEASURE = `painted.then((at) => {
  const [script, feed] = ['embed.js', 'papers.json'].map((name) =>
    performance.getEntriesByType('resource').find((entry) => entry.name.includes(name)))
  return {
    script: script.duration,
    'script to request': feed.startTime - script.responseEnd,
    request: feed.duration,
    'response to paint': at - feed.responseEnd,
    'script to paint': at - script.responseEnd,
    all: at - script.startTime,
  }
})`

async function load(browser: Browser, address: string): Promise<Load> {
  const context = await browser.newContext({ viewport: { width: 800, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(WATCH)
  await page.goto(address)
  const load = await page.evaluate<Load>(MEASURE)
  await context.close()
  return load
}

const data = await temporaryDirectory('daily-papers-first-list')
const { program, url } = await startProgram('node src/run.js serve', { DATA_DIR: data, PORT: '0' })
const pageOf = (attributes: string) => `<!doctype html><html lang="en"><title>A lab</title><p>Papers:</p>
<daily-papers ${attributes}>Daily Papers</daily-papers><script type="module" src="${url}/embed.js"></script>`
const CASES = { '5 papers': 'first="5"', '30 papers': '', '30 cards': 'layout="cards"', 'an edition': 'edition="day"' }
const site = await startSite(
  Object.fromEntries(Object.values(CASES).map((attributes, place) => [`/${place}`, pageOf(attributes)])),
)
const browser = await startChromium()
try {
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
  const table: Record<string, Record<string, number>> = {}
  for (const [place, name] of Object.keys(CASES).entries()) {
    // The first load fills the cache of the server.
    await load(browser, `${site.url}/${place}`)
    const loads: Load[] = []
    while (loads.length < LOADS) loads.push(await load(browser, `${site.url}/${place}`))
    table[name] = Object.fromEntries(
      Object.keys(loads[0] as Load).map((step) => [
        step,
        Math.round(median(loads.map((one) => one[step as keyof Load]))),
      ]),
    )
  }
  console.log(`Medians of ${LOADS} loads, in ms`)
  console.table(table)
} finally {
  await browser.close()
  await site.close()
  await program.stop()
  await rm(data, { recursive: true, force: true })
}
