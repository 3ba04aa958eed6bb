import { FetchError } from '../../fetching/fetch-error.ts'
import type { Fetcher } from '../../fetching/fetcher.ts'

/**
 * The content of an address, of any length: an import keeps no more of it than of a file.
 *
 * @throws FetchError
 */
export async function* download(address: string, fetcher: Fetcher): AsyncGenerator<Uint8Array, void, undefined> {
  const { status, body } = await fetcher.get(address, {
    maxBytes: Number.POSITIVE_INFINITY,
    timeout: Number.POSITIVE_INFINITY,
  })
  if (status !== 200)
    throw new FetchError(address, `It responded with the status ${status}: check that the address is right.`, false)
  yield* body
}
