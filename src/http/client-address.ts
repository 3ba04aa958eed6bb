import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Logger } from 'pino'

/** The addresses of clients, behind as many proxies as the operator says. */
export class ClientAddresses {
  readonly #trustedProxies: number
  readonly #log: Logger
  #hasWarned = false

  constructor(trustedProxies: number, log: Logger) {
    this.#trustedProxies = trustedProxies
    this.#log = log
  }

  /**
   * The address that sent a request. Each proxy appends the address that it was called from to `X-Forwarded-For`; what stands
   * before those entries is written by the client and proves nothing.
   */
  of({ headers, socket }: IncomingMessage): string {
    const forwarded = headers['x-forwarded-for']
    if (forwarded !== undefined && this.#trustedProxies === 0) this.#warn()
    if (forwarded !== undefined && this.#trustedProxies > 0) {
      const entries = String(forwarded).split(',')
      const entry = entries[Math.max(0, entries.length - this.#trustedProxies)] as string
      const address = withoutPort(entry.trim())
      if (address !== '') return address
    }
    return socket.remoteAddress ?? 'unknown'
  }

  /** Once: behind a proxy, all clients would share the points of one. */
  #warn(): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#log.warn(
      'requests come through a proxy, whose address all their clients share for the rate limit: set TRUST_PROXY to the number of proxies',
    )
  }
}

/** Some proxies write `192.0.2.1:51234` and `[2001:db8::1]:51234`. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry
}

/**
 * The addresses that count as one client: an IPv4 address, or the /64 network of an IPv6 address, because a provider gives a
 * whole one to each customer.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const unzoned = address.replace(/%.*$/, '')
  if (!isIPv6(unzoned)) return address
  const [head = '', tail] = unzoned.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const first = groups(head)
  const last = groups(tail ?? '')
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  const network = [...first, ...(tail === undefined ? [] : zeros), ...last].slice(0, 4)
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
