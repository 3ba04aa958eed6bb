import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { ServerParts } from '../http/parts.ts'

/**
 * Why a request may come from a web page that has no business here, as a sentence; null if it does not. By DNS rebinding, a page
 * makes a browser send requests to a server in its user's network under the name of the page's own site: such a request has
 * that name as its `Host`, and the site as its `Origin`.
 */
export function foreignOrigin(
  { headers: { host, origin } }: Pick<IncomingMessage, 'headers'>,
  { publicUrl, trustedProxies = 0 }: Pick<ServerParts, 'publicUrl' | 'trustedProxies'>,
): string | null {
  const own = new URL(publicUrl).hostname
  const from = origin === undefined ? null : hostnameOf(origin)
  if (from !== null && from !== own && !isThisMachine(from))
    return `Pages of ${shown(origin)} must not use this address: only those of ${own} and of this machine may.`
  // A proxy knows what names it serves, and may write another one.
  const name = host === undefined || trustedProxies > 0 ? null : hostnameOf(`http://${host}`)
  if (name !== null && name !== own && !isThisMachine(name) && !isUnregistrable(name))
    return `The Host header names ${shown(host)}, which is not the PUBLIC_URL of this server (${own}).`
  return null
}

/** Empty for what is no address, such as the origin `null` of a page in a sandbox. */
const hostnameOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname : '')

const isThisMachine = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d+){3}$/.test(name)

/** No page can have such a name for its site: an address of a network, or the name of a container. */
const isUnregistrable = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, '')) > 0 || /^[^.]+$/.test(name)

const shown = (text = ''): string => JSON.stringify(text.slice(0, 200))
