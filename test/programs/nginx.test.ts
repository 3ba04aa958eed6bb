import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  configurations,
  expectClientKnown,
  expectEvents,
  expectLinksWork,
  expectTools,
  expectUnchanged,
} from '../support/behind-proxy.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { hasNginx, PLAIN, startNginx } from '../support/nginx.ts'
import { ROOT, startProgram } from '../support/program.ts'
import { startServer } from '../support/server.ts'

// exec: the signals of the tests are for the server, not for a shell around it.
const SERVE = `exec "${process.execPath}" src/run.js serve`

/** The place of the site in the configuration. */
const LOCATION = / {2}location \/ \{.*?\n {2}\}\n/s

const database = await freshDatabase()
const { paperIds } = await givenPapers(database.db, 20)
const paperId = paperIds[0] as number
afterAll(() => database.close())

/** A server behind nginx until the test is over. */
async function behind(config: string, path = '') {
  const server = await startServer(database, {
    cacheMegabytes: 4,
    trustedProxies: 1,
    logLevel: 'debug',
    quotas: { anonymous: 100_000 },
  })
  const nginx = await startNginx([server.url], config)
  onTestFinished(async () => {
    await nginx.stop()
    await server.close()
  })
  return { url: nginx.url + path, server }
}

if (!hasNginx) console.warn('skipped: no nginx of Debian here to stand in front of servers')
describe.skipIf(!hasNginx)('behind nginx', () => {
  test('events arrive as they happen, with its defaults', async () => {
    await expectEvents(await behind(PLAIN), database.db, paperId)
  })

  test('with the configuration of src/http/README.md, the server knows the client, and what passes is unchanged', async () => {
    const [site = ''] = await configurations('nginx')
    const proxied = await behind(site)
    await expectClientKnown(proxied)
    await expectUnchanged(proxied)
    await expectEvents(proxied, database.db, paperId)
    await expectLinksWork(proxied)
    await expectTools(proxied)
  })

  test('a path of another site works as well', async () => {
    const [site = '', location = ''] = await configurations('nginx')
    const proxied = await behind(site.replace(LOCATION, location), '/daily')
    await expectClientKnown(proxied)
    await expectUnchanged(proxied)
    await expectEvents(proxied, database.db, paperId)
    await expectLinksWork(proxied)
    await expectTools(proxied)
    const answer = async (path: string) => (await fetch(proxied.url + path)).text()
    // The path and the query arrive as they were sent.
    expect(await answer('/papers/10.48550%2FarXiv.2512.00001')).toBe(await answer('/papers/10.48550/arXiv.2512.00001'))
    const graphiql = await fetch(`${proxied.url}/graphql`, { headers: { accept: 'text/html' } })
    expect(await graphiql.text()).toContain('location.pathname')
  })

  test('its cache keeps from one client what another one has left', async () => {
    const [site = '', , before = '', within = ''] = await configurations('nginx')
    const config = before + site.replace(LOCATION, (location) => location.replace(/\n {2}\}\n$/, `\n${within}  }\n`))
    const { url, server } = await behind(config)
    const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers })
    const first = await get('/feeds/papers.json')
    expect(first.headers.get('ratelimit')).toMatch(/^"points";r=/)
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"points";q=100000/)
    const { length } = server.logged
    const second = await get('/feeds/papers.json')
    expect(await second.text()).toBe(await first.text())
    // It did not come from the server, and is a request of its own.
    expect(server.logged).toHaveLength(length)
    expect(second.headers.get('ratelimit')).toBeNull()
    expect(second.headers.get('ratelimit-policy')).toBeNull()
    expect(second.headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/)
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    // What is not cached says what is left, as does what is for one person alone.
    const query = `/graphql?${new URLSearchParams({ query: '{ viewer { handle } }' })}`
    expect(await (await get(query)).text()).toContain('"viewer":null')
    const signedIn = await get(query, { authorization: `Bearer ${await server.tokenOf('ada')}` })
    expect(await signedIn.text()).toContain('"handle":"ada"')
    expect(signedIn.headers.get('ratelimit')).toMatch(/^"points";r=/)
    expect(await (await get(query)).text()).toContain('"viewer":null')
    // A browser gets GraphiQL where a program got a result.
    const accepts = { accept: 'text/html' }
    expect((await get(query, accepts)).headers.get('content-type')).toMatch(/^text\/html/)
    expect((await get(query)).headers.get('content-type')).toMatch(/json/)
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
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
    const [, config = ''] = /```nginx\n(.*?)```/s.exec(readme) ?? []
    const nginx = await startNginx([first.url, other.url], config)
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
