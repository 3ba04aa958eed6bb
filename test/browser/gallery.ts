import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  renderConfirmedPage,
  renderConfirmPage,
  renderManagePage,
  renderSubscribedPage,
  renderSubscribePage,
  renderUnknownTokenPage,
  renderUnsubscribePage,
} from '../../src/formats/html/digest-pages.ts'
import { HOST_SCRIPT } from '../../src/formats/html/embed-page.ts'
import { iframe } from '../../src/formats/links.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { startChromium, startSite } from '../support/chromium.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, startProgram } from '../support/program.ts'

// `npm run gallery -- DIRECTORY` takes pictures of every page, and of pages of another site with the element, the frame and oEmbed,
// at several widths in light and dark, with the sample catalogue: also of the pages behind the links of mails, and of the mails.
// A person looks at them.

const WIDTHS = [280, 320, 400, 640, 1280]
const THEMES = ['light', 'dark'] as const

const USAGE = 'Usage: npm run gallery -- DIRECTORY   writes pictures of every page into it'

helpIfRequested(USAGE)
const directory = process.argv[2]
if (directory === undefined) {
  console.error(USAGE)
  process.exit(2)
}
await mkdir(directory, { recursive: true })

const data = await temporaryDirectory('daily-papers-gallery')
const { program, url } = await startProgram('node src/run.js serve', { DATA_DIR: data, PORT: '0' })
const mails = await temporaryDirectory('daily-papers-gallery-mails')
const preview = new Program(`node src/run.js digest preview --date 2026-08-21 --to "${mails}"`, { DATA_DIR: data })
if ((await preview.ended) !== 0) throw new Error(preview.stderr)
const mail = (name: string) => readFile(join(mails, `${name}.html`), 'utf8')
const subscription = { title: 'Papers with most votes on agents', period: 'DAY', token: 'x' } as const
const { html: paper } = (await (
  await fetch(`${url}/oembed?${new URLSearchParams({ url: `${url}/papers/2509.25454`, maxwidth: '600' })}`)
).json()) as { html: string }

/** Pages of another site: light only, dark only, and as the system is. */
const SITES = [
  ['site', ':root { color-scheme: light dark }'],
  ['site-light', ''],
  ['site-dark', 'html { color: #e8e8e8; background: #1b1b1f }'],
] as const

/** The newest edition by element, a topic by frame, and a paper by oEmbed. */
const labPage = (
  style: string,
) => `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A lab</title>
<style>${style} body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 Georgia, serif }</style>
${HOST_SCRIPT}<h1>A lab's own page</h1><p>What we read today:</p>
<script type="module" src="${url}/embed.js"></script>
<daily-papers edition="day" first="3" live subscribe>Daily Papers</daily-papers>
<p>What trends in reinforcement learning:</p>
${iframe(`${url}/embed?topics=reinforcement-learning&first=3`)}
<p>And one paper:</p>${paper}`

const site = await startSite({
  '/confirm': renderConfirmPage(url),
  '/confirmed': renderConfirmedPage(url, subscription),
  '/manage': renderManagePage(url, { ...subscription, state: 'ACTIVE' }),
  '/paused': renderManagePage(url, { ...subscription, state: 'PAUSED' }),
  '/unsubscribe': renderUnsubscribePage(url, { ...subscription, state: 'ACTIVE' }),
  '/unsubscribed': renderUnsubscribePage(url, { ...subscription, state: 'STOPPED' }),
  '/unknown-token': renderUnknownTokenPage(url, 'confirm'),
  '/subscribed': renderSubscribedPage(url),
  '/subscribe-wrong': renderSubscribePage(url, {
    title: subscription.title,
    email: 'ada@',
    period: 'WEEK',
    problem: { field: 'email', message: 'Type an address, such as ada@example.org.' },
  }),
  '/mail': await mail('digest'),
  '/mail-confirmation': await mail('confirmation'),
  ...Object.fromEntries(SITES.map(([name, style]) => [`/${name}`, labPage(style)])),
})
const browser = await startChromium()
try {
  const pages: Record<string, string> = {
    home: `${url}/`,
    embed: `${url}/embed?first=5`,
    'embed-none': `${url}/embed?topics=nothing-of-the-kind`,
    'embed-wrong': `${url}/embed?topic=agents`,
    'embed-paper': `${url}/embed/papers/2509.25454`,
    'embed-edition': `${url}/embed?edition=day`,
    edition: `${url}/editions/2026-08-21`,
    month: `${url}/editions/month`,
    archive: `${url}/editions`,
    papers: `${url}/papers?minVotes=5`,
    search: `${url}/search?q=entrpy+policy`,
    topics: `${url}/topics`,
    topic: `${url}/topics/reinforcement-learning`,
    author: `${url}/authors/fang-wu`,
    organization: `${url}/organizations/stanfordnlp`,
    docs: `${url}/docs?topics=reinforcement-learning&edition=month&first=3`,
    subscribe: `${url}/digest/subscribe`,
    paper: `${url}/papers/2509.25454`,
    'not-found': `${url}/papers/none`,
    ...Object.fromEntries(SITES.map(([name]) => [name, `${site.url}/${name}`])),
    ...Object.fromEntries(
      [
        ...['confirm', 'confirmed', 'manage', 'paused', 'unsubscribe', 'unsubscribed', 'unknown-token', 'subscribed'],
        ...['subscribe-wrong', 'mail', 'mail-confirmation'],
      ].map((name) => [name, `${site.url}/${name}`]),
    ),
  }
  for (const width of WIDTHS)
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
      const page = await context.newPage()
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(address, { waitUntil: 'load' })
        if (name.startsWith('site')) {
          await page.locator('daily-papers .item').first().waitFor()
          for (const frame of await page.locator('iframe').all()) {
            await frame.scrollIntoViewIfNeeded()
            await frame.contentFrame().locator('.paper').first().waitFor()
          }
        }
        await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      }
      await context.close()
    }
} finally {
  await browser.close()
  await site.close()
  await program.stop()
  for (const made of [data, mails]) await rm(made, { recursive: true, force: true })
}
