import { createFetcher, type Fetcher } from '../fetching/fetcher.ts'
import { userAgent } from '../fetching/user-agent.ts'
import type { Settings } from '../settings.ts'

/** The fetcher of a program. */
export const fetcherFor = ({ allowPrivateNetworks, publicUrl }: Settings): Fetcher =>
  createFetcher({ allowPrivateNetworks, userAgent: userAgent(publicUrl) })
