import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ELEMENT_PROPERTIES, EMBED_TYPES } from '../../src/http/routes/embed-types.ts'
import { givenPapers } from '../support/catalogue.ts'
import { findChromium, startBrowserTest, startSite } from '../support/chromium.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { ROOT } from '../support/program.ts'
import type { TestServer } from '../support/server.ts'

// The element in the frameworks of `frameworks/package.json`, and its types in their compilers.

const PACKAGES = join(import.meta.dirname, 'frameworks')
const areInstalled = existsSync(join(PACKAGES, 'node_modules'))
if (!areInstalled) console.warn('skipped: no frameworks here. npm ci --prefix test/browser/frameworks --ignore-scripts')

/** A module with everything that it imports. */
function bundle(source: string, react = '19'): string {
  const esbuild: { buildSync(options: object): { outputFiles: { text: string }[] } } = createRequire(
    join(PACKAGES, 'package.json'),
  )('esbuild')
  const { outputFiles } = esbuild.buildSync({
    stdin: { contents: source, resolveDir: PACKAGES },
    absWorkingDir: PACKAGES,
    bundle: true,
    write: false,
    format: 'esm',
    alias: { react: `react-${react}`, 'react-dom': `react-dom-${react}` },
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
  })
  return outputFiles[0]?.text ?? ''
}

describe.skipIf(!findChromium() || !areInstalled)('in Chromium', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    const started = await startBrowserTest((db) => givenPapers(db, 30))
    ;({ server, browser } = started)
    return started.close
  })

  /** Opens a site with a strict content security policy. */
  async function visit(app: string, pages: Record<string, string>) {
    const policy = (url: string) =>
      `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'self' ${url}; connect-src 'self' ${url}; style-src 'nonce-n'; img-src ${url}">`
    const site = await startSite({
      '/app.js': app,
      ...Object.fromEntries(
        Object.entries(pages).map(([path, body]) => [
          path,
          path.startsWith('/part')
            ? body
            : `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A lab</title>${policy(server.url)}
<meta name="csp-nonce" content="n"><meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'></head><body>${body}</body></html>`,
        ]),
      ),
    })
    const page = await browser.newPage()
    page.setDefaultTimeout(10_000)
    const complaints: string[] = []
    const requested: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => requested.push(request.url()))
    onTestFinished(async () => {
      await page.close()
      await site.close()
    })
    await page.goto(site.url)
    const asked = () =>
      requested.filter((url) => url.includes('/feeds/')).map((url) => decodeURIComponent(new URL(url).search))
    const items = page.locator('daily-papers .item')
    return { page, complaints, requested, asked, items }
  }

  const element = () => `<script type="module" src="${server.url}/embed.js"></script>`
  const app = '<script type="module" src="/app.js"></script>'

  describe.each([
    ['React 18', "import './react.js'", '18'],
    ['React 19', "import './react.js'", '19'],
    ['Vue 3', "import './vue.js'", '19'],
  ])('%s', (_, source, react) => {
    test.each([
      ['before', () => element() + app],
      ['after', () => app + element()],
    ])('sets properties and attributes, with the script of the element %s its own', async (_place, scripts) => {
      const { page, complaints, requested, asked, items } = await visit(bundle(source, react), {
        '/': `<div id="app"></div>${scripts()}`,
      })
      await items.first().waitFor()
      await page.getByRole('button', { name: 'More' }).click()
      await items.nth(1).waitFor()
      expect(asked()).toEqual(
        [1, 2].map((first) => `?topics=agents,retrieval&hasCode=false&orderBy=NEWEST&first=${first}`),
      )
      // `live: false` is not live. An attribute that the element does not know is told once.
      expect(requested.filter((url) => url.includes('/graphql'))).toEqual([])
      expect(complaints).toEqual(['daily-papers: unknown attribute colour'])
    })
  })

  const list = (attributes: string) => `<daily-papers has-code="false" live="false" ${attributes}>Papers</daily-papers>`

  test('htmx swaps elements in, and changes their attributes', async () => {
    const { page, complaints, requested, asked, items } = await visit(bundle("import 'htmx.org'"), {
      '/': `${element()}${app}<button hx-get="/part" hx-target="#list" hx-swap="innerHTML">More</button><div id="list">${list('first="1" hx-preserve')}</div>`,
      '/part': list('first="2" hx-get="/part" hx-trigger="none"'),
    })
    await items.first().waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await items.nth(1).waitFor()
    expect(asked()).toEqual(['?hasCode=false&first=1', '?hasCode=false&first=2'])
    expect(requested.filter((url) => url.includes('/graphql'))).toEqual([])
    expect(complaints).toEqual([])
  })

  test('Turbo shows elements of the next page, and those of the page before when it goes back', async () => {
    const { page, complaints, requested, items } = await visit(bundle("import '@hotwired/turbo'"), {
      '/': `${element()}${app}<h1>One</h1><a href="/two">Two</a>${list('first="1"')}`,
      '/two': `<h1>Two</h1>${list('first="2"')}`,
    })
    await items.first().waitFor()
    await page.getByRole('link', { name: 'Two' }).click()
    await items.nth(1).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'One' }).waitFor()
    await expect.poll(() => items.count()).toBe(1)
    // No page was loaded as a whole.
    expect(requested.filter((url) => url.endsWith('/app.js'))).toHaveLength(1)
    expect(requested.filter((url) => url.includes('/graphql'))).toEqual([])
    expect(complaints).toEqual([])
  })
})

test('the types name the properties of the element', async () => {
  const script = await readFile(join(ROOT, 'src/http/routes/assets/embed.js'), 'utf8')
  const names = (list: string) => [
    ...(new RegExp(`const ${list} = \\[(.*?)\\]`, 's').exec(script)?.[1] ?? '').matchAll(/'([a-z-]+)'/g),
  ]
  const own = [...names('SWITCHES'), ...names('ATTRIBUTES')].map(([, name]) =>
    (name as string).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  )
  expect(own.length).toBeGreaterThan(5)
  expect(own.filter((name) => !ELEMENT_PROPERTIES.includes(name))).toEqual([])
})

const JSX = `export const right = <daily-papers topics={['agents']} orderBy="NEWEST" has-code={false} live first={3} className="list">Papers</daily-papers>
// @ts-expect-error
export const wrong = <daily-papers orderBy="BEST" />
// @ts-expect-error
export const hyphened = <daily-papers order-by="BEST" />
`
const DOM = `import type {} from './daily-papers.d.ts'
const element = document.createElement('daily-papers')
element.topics = ['agents']
element.minVotes = null
// @ts-expect-error
element.orderBy = 'BEST'
// @ts-expect-error
element.topic = 'agents'
`

test.each([
  ['TypeScript', { 'use.ts': DOM }, {}],
  [
    'React 18 and Vue',
    {
      'use.tsx': JSX,
      'vue.ts': `import type { GlobalComponents } from 'vue'
type Props = InstanceType<GlobalComponents['daily-papers']>['$props']
export const right: Props = { topics: ['agents'], 'order-by': 'NEWEST', hasCode: false, class: 'list' }
// @ts-expect-error
export const wrong: Props = { orderBy: 'BEST' }
`,
    },
    { '@types/react': 'types-react-18', vue: 'vue' },
  ],
  ['React 19', { 'use.tsx': JSX }, { '@types/react': '@types/react' }],
] as const)('its types fit %s', async (name, files, packages) => {
  if (Object.keys(packages).length > 0 && !areInstalled) return
  const directory = await temporaryDirectory(`daily-papers-types-${name.replaceAll(' ', '-')}`)
  await mkdir(join(directory, 'node_modules/@types'), { recursive: true })
  for (const [to, from] of Object.entries(packages))
    await symlink(join(PACKAGES, 'node_modules', from), join(directory, 'node_modules', to))
  const options = {
    target: 'es2024',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2024', 'dom'],
    strict: true,
    noEmit: true,
    jsx: 'react-jsx',
    types: [],
    allowImportingTsExtensions: true,
  }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*'] }))
  for (const [file, text] of Object.entries({ ...files, 'daily-papers.d.ts': EMBED_TYPES }))
    await writeFile(join(directory, file), text)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory],
    { encoding: 'utf8' },
  ).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
})
