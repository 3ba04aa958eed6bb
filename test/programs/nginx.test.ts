import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { announceVotes } from '../support/announce.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { hasNginx, startNginx } from '../support/nginx.ts'
import { ROOT, startProgram } from '../support/program.ts'
import { startServer } from '../support/server.ts'

// exec: the signals of the tests are for the server, not for a shell around it.
const SERVE = `exec "${process.execPath}" src/run.js serve`

const database = await freshDatabase()
const { paperIds } = await givenPapers(database.db, 20)
afterAll(() => database.close())

if (!hasNginx) console.warn('skipped: no nginx of Debian here to stand in front of servers')
describe.skipIf(!hasNginx)('behind nginx', () => {
  test('events arrive as they happen, with its defaults', async () => {
    const server = await startServer(database)
    const nginx = await startNginx([server.url])
    onTestFinished(async () => {
      await nginx.stop()
      await server.close()
    })
    const query = `subscription { voteCountChanged(paperIds: ["${encodeGlobalId('Paper', paperIds[0] as number)}"]) { id } }`
    const response = await fetch(`${nginx.url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream' },
    })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    while (!text.includes('event: next')) {
      await announceVotes(database.db, [paperIds[0] as number])
      text += Buffer.from((await reader.read()).value ?? []).toString()
    }
    await reader.cancel()
    expect(response.status).toBe(200)
  })

  test('with the configuration of src/http/README.md, the server knows the client, and what passes is unchanged', async () => {
    const server = await startServer(database, { cacheMegabytes: 4, trustedProxies: 1, logLevel: 'debug' })
    const nginx = await startNginx([server.url], await recipe('src/http/README.md'))
    onTestFinished(async () => {
      await nginx.stop()
      await server.close()
    })
    const feed = `${nginx.url}/feeds/papers.rss`
    const first = await fetch(feed, { headers: { 'x-forwarded-for': '203.0.113.9' } })
    const etag = first.headers.get('etag') as string
    expect(etag).toMatch(/^W\/"/)
    // nginx adds the address that it was called from to what the client claims.
    const line = () => server.logged.find(({ requestId }) => requestId === first.headers.get('x-request-id'))
    await expect.poll(line).toMatchObject({ client: '127.0.0.1', path: '/feeds/papers.rss' })
    expect(first.headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/)
    expect((await fetch(feed, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const gzipped = await fetch(feed, { headers: { 'accept-encoding': 'gzip' } })
    expect(gzipped.headers.get('content-encoding')).toBe('gzip')
    expect(await gzipped.text()).toBe(await first.text())
  })

  test('one of two servers is restarted under load, and no request fails', async () => {
    const ports = [await freePort(), await freePort()]
    const serve = async (port: number) => {
      const env = { DATABASE_URL: database.url, SAMPLE: 'false', PORT: String(port) }
      const { program, url } = await startProgram(SERVE, env)
      onTestFinished(async () => void (await program.stop('SIGKILL')))
      return { program, url }
    }
    const [first, other] = await Promise.all([serve(ports[0] as number), serve(ports[1] as number)])
    const nginx = await startNginx([first.url, other.url], await recipe('README.md'))
    onTestFinished(() => nginx.stop())

    let isOver = false
    let answered = 0
    const failures: unknown[] = []
    const load = Array.from({ length: 20 }, async (_, worker) => {
      for (let n = 0; !isOver; n += 1) {
        const query = `{ papers(first: ${1 + (n % 20)}) { nodes { id a${worker}: title } } }`
        const posted = {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        }
        const search = new URLSearchParams({ query })
        const sent = n % 2 === 0 ? fetch(`${nginx.url}/graphql`, posted) : fetch(`${nginx.url}/graphql?${search}`)
        const result = await sent.then((response) => response.text()).catch(String)
        if (result.startsWith('{"data":{"papers"')) answered += 1
        else failures.push(result)
        // 400 requests a second are enough to meet each moment of a restart.
        await setTimeout(50)
      }
    })
    const more = async (by = 200) => {
      const before = answered
      await expect.poll(() => answered).toBeGreaterThan(before + by)
    }
    await more()
    expect(await first.program.stop()).toBe(0)
    await more()
    await serve(ports[0] as number)
    await more()
    isOver = true
    await Promise.all(load)
    expect(failures, nginx.program.stderr).toEqual([])
  })
})

/** What the README recommends for nginx. */
async function recipe(path: string): Promise<{ upstream: string; location: string }> {
  const readme = await readFile(join(ROOT, path), 'utf8')
  const [, block = ''] = /```nginx\n(.*?)```/s.exec(readme) ?? []
  const [, upstream = ''] = /upstream \w+ \{(.*?)\n\}/s.exec(block) ?? []
  const [, location = ''] = /location \/ \{(.*?)\n {2}\}/s.exec(block) ?? []
  const others = (text: string) =>
    text
      .split('\n')
      .filter((line) => !/^\s*(server|proxy_pass)\s/.test(line))
      .join('\n')
  expect(upstream).toContain('server')
  expect(location).toContain('proxy_pass')
  return { upstream: others(upstream), location: others(location) }
}
