import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  configurations,
  expectClientKnown,
  expectEvents,
  expectLinksWork,
  expectTools,
  expectUnchanged,
} from '../support/behind-proxy.ts'
import { hasCaddy, startCaddy } from '../support/caddy.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

const database = await freshDatabase()
const { paperIds } = await givenPapers(database.db, 20)
afterAll(() => database.close())

if (!hasCaddy) console.warn('skipped: no Caddy of Debian here to stand in front of servers')
describe.skipIf(!hasCaddy)('behind Caddy, with the configuration of src/http/README.md', () => {
  test.each([
    ['at a site', 0, ''],
    ['under a path', 1, '/daily'],
  ])('%s, everything arrives as it was sent', async (_place, block, path) => {
    const config = (await configurations('caddy'))[block] as string
    const server = await startServer(database, { cacheMegabytes: 4, trustedProxies: 1, logLevel: 'debug' })
    const caddy = await startCaddy(server.url, config)
    onTestFinished(async () => {
      await caddy.stop()
      await server.close()
    })
    const proxied = { url: caddy.url + path, server }
    await expectClientKnown(proxied)
    await expectUnchanged(proxied)
    await expectEvents(proxied, database.db, paperIds[0] as number)
    await expectLinksWork(proxied)
    await expectTools(proxied)
    expect((await fetch(proxied.url)).url).toBe(`${proxied.url}/`)
  })
})
