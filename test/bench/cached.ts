import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphqlGet, graphqlRequest } from './graphql-requests.ts'
import { measure } from './measure.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { startHello } from './peers.ts'
import { ask } from './requests.ts'
import { Results } from './results.ts'
import { startOurs } from './servers.ts'
import { say } from './setting.ts'

const trending = OPERATIONS.find(({ name }) => name === 'trending') as Operation
const FORMS = { GET: graphqlGet(trending, {}), POST: graphqlRequest(trending, {}) }

/** The trending page of this server with its cache as it is unless set, beside a bare server with a body of that size. */
export async function measureCached(
  databaseUrl: string,
  postgresPid: number,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Results> {
  const folder = await mkdtemp(join(tmpdir(), 'daily-papers-hello-'))
  const results = new Results()
  const ours = await startOurs(databaseUrl)
  try {
    const body = join(folder, 'body')
    await writeFile(body, (await ask(FORMS.GET, ours.url)).text)
    const hello = await startHello(body)
    for (let round = 1; round <= rounds; round += 1)
      for (const [form, request] of Object.entries(FORMS))
        for (const server of [hello, ours]) {
          await measure(server, postgresPid, [request], { seconds: 1 })
          const cell = await measure(server, postgresPid, [request], { seconds })
          results.add(`cached ${form}`, server.name, cell)
          say(`round ${round}, cached ${form}, ${server.name}: ${cell.rate.toFixed(0)} requests/s`)
        }
    await hello.stop()
  } finally {
    await ours.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return results
}
