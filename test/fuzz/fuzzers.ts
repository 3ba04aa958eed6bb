import type { Db } from '../../src/db/client.ts'
import { givenPapers } from '../support/catalogue.ts'
import { newSigner, startIdentityProvider } from '../support/identity-provider.ts'
import { startServer } from '../support/server.ts'
import { files } from './files.ts'
import { importFuzzer, records } from './imports.ts'
import { type Case, type Fault, runCases } from './run.ts'
import { knownOf, serverFuzzers } from './server.ts'

/**
 * Tries cases of all fuzzers, on an empty database.
 *
 * @throws Error if the server is not healthy at the end
 */
export async function fuzz(
  { db, url }: { db: Db; url: string },
  cases: readonly Case[],
  onCase: (done: number) => void = () => {},
): Promise<Fault[]> {
  await givenPapers(db, 60)
  const provider = await startIdentityProvider()
  const signer = newSigner('key')
  provider.publish(signer.jwk)
  const server = await startServer({ db, url }, { cacheMegabytes: 8, identityProvider: provider.settings })
  try {
    const tokenMaker = { signer, claims: (changes: object) => provider.claims(new Date(), changes) }
    const { requests, rawRequests, messages, addresses } = serverFuzzers(server, await knownOf(server, tokenMaker))
    const faults = await runCases(
      {
        requests: [25, requests],
        rawRequests: [40, rawRequests],
        messages: [5, messages],
        addresses: [6, addresses],
        files: [16, files],
        records: [7, records],
        imports: [1, importFuzzer(db)],
      },
      cases,
      onCase,
    )
    const health = await fetch(`${server.url}/readyz`)
    if (health.status !== 200) throw new Error(`The server is not healthy: ${await health.text()}`)
    return faults
  } finally {
    await server.close()
    await provider.close()
  }
}
