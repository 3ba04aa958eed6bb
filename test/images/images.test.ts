import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { createFetcher } from '../../src/fetching/fetcher.ts'
import { shownPictures } from '../../src/formats/picture-addresses.ts'
import { Converter } from '../../src/images/converter.ts'
import { DiskCache } from '../../src/images/disk-cache.ts'
import { Images, type ImagesOptions } from '../../src/images/images.ts'
import { PICTURE_SIZES } from '../../src/values/pictures.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { drawing, emptyPng, openPictureSite } from '../support/picture-site.ts'
import { startServer } from '../support/server.ts'

const database = await freshDatabase()
const { paperIds, organizationIds } = await givenPapers(database.db, 12)
const site = await openPictureSite()
const directory = await temporaryDirectory('images')

const logged: Record<string, unknown>[] = []
const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) })
function openImages(options: Partial<ImagesOptions> & { allowPrivateNetworks?: boolean } = {}): Images {
  const { allowPrivateNetworks = true, ...others } = options
  const fetcher = createFetcher({ allowPrivateNetworks, userAgent: 'Test/1' })
  return new Images({ fetcher, log, directory, megabytes: 16, ...others })
}

const images = openImages()
const server = await startServer(database, { images, quotas: {} })
afterAll(async () => {
  images.close()
  await server.close()
  await site.close()
  await database.close()
  await rm(directory, { recursive: true })
})

const SIZES = PICTURE_SIZES.papers
const paperId = paperIds[0] as number
const id = encodeGlobalId('Paper', paperId)

/** Gives the first paper this picture, and returns its addresses. */
async function givenThumbnail(source: string, now: Date | null = null) {
  await database.db
    .update(papers)
    .set({ thumbnailUrl: source, hiddenAt: now?.toISOString() ?? null })
    .where(eq(papers.id, paperId))
  const [small, large] = shownPictures(server.url, 'papers', { id, source }) ?? []
  const forPrograms = shownPictures(server.url, 'papers', { id, source }, 'jpg')?.at(-1)
  if (!small || !large || !forPrograms) throw new Error(`no addresses for ${source}`)
  return { small: small.src, large: large.src, forPrograms: forPrograms.src }
}

test('a picture is fetched once, in all sizes and formats, and kept for ever by clients', async () => {
  const source = site.serve('/a.png', await drawing(1200, 630, '#2040a0').png().toBuffer())
  const { small, large, forPrograms } = await givenThumbnail(source)
  const responses = await Promise.all([small, large, forPrograms, small].map((address) => fetch(address)))
  const found = await Promise.all(
    responses.map(async (response) => {
      const { format, width, height } = await sharp(await response.arrayBuffer()).metadata()
      return [response.headers.get('content-type'), format, width, height]
    }),
  )
  expect(found).toEqual([
    ['image/webp', 'webp', 320, 168],
    ['image/webp', 'webp', 640, 336],
    ['image/jpeg', 'jpeg', 640, 336],
    ['image/webp', 'webp', 320, 168],
  ])
  expect(site.requested.filter((path) => path === '/a.png')).toHaveLength(1)
  const { headers } = responses[0] as Response
  expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const again = await fetch(small, { headers: { 'if-none-match': headers.get('etag') as string } })
  expect(again.status).toBe(304)
  expect((await fetch(small, { method: 'HEAD' })).headers.get('content-length')).toBe(headers.get('content-length'))
})

test('another server with the same disk fetches nothing, and a damaged file is fetched again', async () => {
  const source = site.serve('/disk.jpg', await drawing(800, 800, '#108040').jpeg().toBuffer())
  const made = await images.picture(source, SIZES)
  const other = openImages()
  onTestFinished(() => other.close())
  expect(await other.stored(source, SIZES)).toEqual(made)
  for (const name of await readdir(directory)) await writeFile(join(directory, name), 'damaged')
  expect(await other.stored(source, SIZES)).toBeNull()
  expect(Object.keys((await other.picture(source, SIZES)) ?? {})).toEqual([
    '320.webp',
    '320.jpg',
    '640.webp',
    '640.jpg',
  ])
})

test('the pictures that were not read for the longest time leave the disk first', async () => {
  const small = await temporaryDirectory('images')
  onTestFinished(() => rm(small, { recursive: true }))
  const few = openImages({ directory: small, megabytes: 1 })
  onTestFinished(() => few.close())
  const noise = await sharp({
    create: {
      width: 640,
      height: 336,
      channels: 3,
      noise: { type: 'gaussian', mean: 128, sigma: 90 },
      background: '#888888',
    },
  })
    .png()
    .toBuffer()
  const sources = Array.from({ length: 5 }, (_, n) => site.serve(`/noise-${n}`, noise))
  for (const source of sources) {
    await few.picture(source, SIZES)
    await few.stored(sources[0] as string, SIZES)
  }
  const stored = await Promise.all(sources.map((source) => few.stored(source, SIZES)))
  expect([0, 1, 4].map((place) => stored[place] !== null)).toEqual([true, false, true])
  const bytes = async () => {
    const sizes = (await readdir(small)).map(async (name) => (await stat(join(small, name))).size)
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  }
  await expect.poll(bytes).toBeLessThan(2 ** 20)
})

test('servers that share a directory keep to its size, too: each looks from time to time what the others wrote', async () => {
  const scratch = await temporaryDirectory('images')
  onTestFinished(() => rm(scratch, { recursive: true }))
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const [one, other] = [1, 2].map(() => new DiskCache({ directory: scratch, megabytes: 1 })) as [DiskCache, DiskCache]
  const file = Buffer.alloc(300_000)
  await other.get('a')
  for (const key of ['a', 'b', 'c']) await one.set(key, file)
  for (const key of ['d', 'e', 'f']) await other.set(key, file)
  expect(await readdir(scratch)).toHaveLength(6)
  vi.setSystemTime(Date.now() + 11 * 60_000)
  await one.set('g', file)
  await expect.poll(() => readdir(scratch)).toHaveLength(3)
  expect(await one.get('g')).toEqual(file)
})

test('a picture is shown only for what is stored here, and never for an address of the client', async () => {
  const source = site.serve('/here.png', await drawing(640, 336, '#a02020').png().toBuffer())
  const { small } = await givenThumbnail(source)
  const status = async (address: string) => (await fetch(address, { redirect: 'manual' })).status
  expect(await status(small)).toBe(200)
  expect(await status(small.replace('320.', '321.'))).toBe(404)
  expect(await status(small.replace('papers', 'users'))).toBe(404)
  expect(await status(small.replace(id, encodeGlobalId('Paper', 999_999)))).toBe(404)
  expect(await status(small.replace(id, encodeURIComponent(source)))).toBe(404)
  // An address from before a change leads to the present one.
  const old = await fetch(small.replace(/[^/]+(?=\/320)/, 'earlier'), { redirect: 'manual' })
  expect([old.status, old.headers.get('location')]).toEqual([302, small])
  // A hidden paper has none.
  await givenThumbnail(source, new Date())
  expect(await status(small)).toBe(404)
  await givenThumbnail(source)
})

test('organizations and users have theirs', async () => {
  const source = site.serve('/logo.png', await drawing(200, 200, '#603090').png().toBuffer())
  const [key] = organizationIds as [number]
  await database.db.update(organizations).set({ avatarUrl: source }).where(eq(organizations.id, key))
  const [shown] = shownPictures(server.url, 'organizations', { id: encodeGlobalId('Organization', key), source }) ?? []
  expect(shown).toMatchObject({ width: 64, height: 64 })
  const { format, width } = await sharp(await (await fetch(shown?.src as string)).arrayBuffer()).metadata()
  expect([format, width]).toEqual(['webp', 64])
})

const SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
const bomb = emptyPng(30_000, 30_000)

/** Pictures that are none, or that would cost too much: each is a placeholder, and is not tried again for a while. */
const HOSTILE: [string, Uint8Array | ((response: ServerResponse) => void), RegExp][] = [
  ['a PNG of 30,000 × 30,000 pixels', bomb, /pixel/i],
  ['a PNG as narrow as it is long', emptyPng(1, 40_000), /1 × 40000 pixels/],
  [
    'an interlaced PNG that would be in memory as a whole',
    emptyPng(6_000, 6_000, { isInterlaced: true }),
    /MiB when it is decoded/,
  ],
  [
    'a GIF that says it is large',
    Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0])]),
    /./,
  ],
  ['an SVG with a script', Buffer.from(SCRIPT), /not a JPEG/],
  ['an SVG that begins like a GIF', Buffer.from(`GIF89a${SCRIPT}`), /./],
  ['a page that begins like a JPEG', Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.from(SCRIPT)]), /./],
  ['a PNG that is cut off', emptyPng(2_000, 2_000).subarray(0, 200), /./],
  ['nothing', Buffer.alloc(0), /not a JPEG/],
  ['more than 8 MiB', Buffer.alloc(8 * 2 ** 20 + 1), /8 MiB/],
  ['an error', (response) => response.writeHead(403).end('no'), /status 403/],
]

test.each(HOSTILE)('%s is a placeholder, and remembered as bad', async (name, content, reason) => {
  const path = `/hostile/${encodeURIComponent(name)}`
  const { small, forPrograms } = await givenThumbnail(site.serve(path, content))
  for (const time of ['first', 'second']) {
    const response = await fetch(small)
    expect([time, response.status, response.headers.get('content-type')]).toEqual([time, 200, 'image/svg+xml'])
    expect(response.headers.get('cache-control')).toBe('public, max-age=600')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await response.text()).not.toContain('script')
  }
  expect((await fetch(forPrograms)).status).toBe(404)
  expect(site.requested.filter((requested) => requested === path)).toHaveLength(1)
  const said = logged.filter(({ source }) => source === site.url + path)
  expect(said).toHaveLength(1)
  expect(said[0]?.reason).toMatch(reason)
})

test('what follows a picture in its file is not kept', async () => {
  const picture = await drawing(320, 168, '#204060').jpeg().toBuffer()
  const source = site.serve('/polyglot.jpg', Buffer.concat([picture, Buffer.from(SCRIPT)]))
  const files = await images.picture(source, SIZES)
  expect(Object.keys(files ?? {})).toHaveLength(4)
  for (const file of Object.values(files ?? {})) expect(Buffer.from(file).includes('alert')).toBe(false)
})

test('a server that never ends is given up, and its site is left alone for a minute', async () => {
  const hasty = openImages({ timeouts: { fetch: 200, convert: 5_000 } })
  onTestFinished(() => hasty.close())
  const slow = await openPictureSite()
  onTestFinished(() => slow.close())
  const source = slow.serve('/endless', (response) => {
    response.writeHead(200, { 'content-type': 'image/png' })
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  })
  expect(await hasty.picture(source, SIZES)).toBeNull()
  expect(await hasty.picture(slow.serve('/other.png', bomb), SIZES)).toBeNull()
  expect(slow.requested).toEqual(['/endless'])
})

test('nothing in a private network is fetched', async () => {
  const guarded = openImages({ allowPrivateNetworks: false })
  onTestFinished(() => guarded.close())
  const before = site.requested.length
  expect(await guarded.picture(`${site.url}/private.png`, SIZES)).toBeNull()
  expect(await guarded.picture('http://[::ffff:169.254.169.254]/latest/meta-data', SIZES)).toBeNull()
  expect(site.requested).toHaveLength(before)
})

test('a conversion that takes too long is killed, and the next one works', async () => {
  const source = site.serve('/slow.png', await drawing(400, 400, '#777777').png().toBuffer())
  const hasty = openImages({ timeouts: { fetch: 5_000, convert: 1 } })
  onTestFinished(() => hasty.close())
  expect(await hasty.picture(source, SIZES)).toBeNull()
  expect(await images.picture(source, SIZES)).not.toBeNull()
})

/** Opens images with a converter that runs this program; `answer` of it is what the real one says when it is done. */
async function withConversionProgram(code: string) {
  const scratch = await temporaryDirectory('conversion')
  onTestFinished(() => rm(scratch, { recursive: true }))
  const program = join(scratch, 'program.mjs')
  await writeFile(program, `const answer = { status: 'done', files: { '320.webp': Buffer.from('x') } }\n${code}`)
  const converter = new Converter({ program })
  const own = openImages({ converter, directory: join(scratch, 'images') })
  onTestFinished(() => own.close())
  logged.length = 0
  const show = async (path: string) => (await own.picture(site.serve(path, pixel), SIZES)) !== null
  return { show, reasons: () => logged.map(({ reason }) => reason) }
}
const pixel = await drawing(8, 8, '#999999').png().toBuffer()

test('a picture does not count as bad because its process was killed, before it or with it', async () => {
  const { show, reasons } = await withConversionProgram(`
    process.send('ready')
    process.on('message', () => process.send(answer, () => process.kill(process.pid, 'SIGKILL')))`)
  expect([await show('/1'), await show('/2'), await show('/3')]).toEqual([true, true, true])
  expect(reasons()).toEqual([])
})

test('a picture that makes the process crash is given up', async () => {
  const { show, reasons } = await withConversionProgram(`
    process.send('ready')
    process.on('message', () => process.abort())`)
  expect([await show('/1'), await show('/1')]).toEqual([false, false])
  expect(reasons()).toEqual(['2 processes that converted it ended.'])
})

test('a platform on which sharp cannot be loaded, or crashes, has no pictures, and the log says so once', async () => {
  const cannotLoad = await withConversionProgram(`
    process.send('ready')
    process.on('message', () => process.send({ status: 'unavailable', reason: 'no binary' }))`)
  expect([await cannotLoad.show('/1'), await cannotLoad.show('/2')]).toEqual([false, false])
  expect(cannotLoad.reasons()).toEqual(['no binary'])

  const crashes = await withConversionProgram(`process.kill(process.pid, 'SIGILL')`)
  expect([await crashes.show('/1'), await crashes.show('/2')]).toEqual([false, false])
  expect(crashes.reasons()).toEqual(['The process that converts pictures does not start: It ended with SIGILL.'])
})

test('where a process was killed at its start, the next picture has another one', async () => {
  const { show, reasons } = await withConversionProgram(`
    import { existsSync, writeFileSync } from 'node:fs'
    const mark = process.argv[1] + '.mark'
    if (!existsSync(mark)) {
      writeFileSync(mark, '')
      process.kill(process.pid, 'SIGKILL')
    }
    process.send('ready')
    process.on('message', () => process.send(answer))`)
  expect([await show('/1'), await show('/2')]).toEqual([false, true])
  expect(reasons()).toEqual(['The process that converts pictures does not start: It ended with SIGKILL.'])
})
