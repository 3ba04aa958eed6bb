import dns from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Fail } from './fetch-error.ts'

/** Ranges of IPv4 that are not the public internet (IANA's registry of special addresses), and Azure's metadata service. */
const SPECIAL_IPV4: readonly [address: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Carrier-grade NAT, with the metadata service of Alibaba.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, with the metadata services of most clouds.
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  // Relays of 6to4.
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, reserved and broadcast.
  ['224.0.0.0', 3],
]

/**
 * Special ranges within 2000::/3, the only part of IPv6 that is public: Teredo and other protocols, documentation, 6to4. So
 * loopback, link-local, site-local, unique local and IPv4-mapped addresses need no line.
 */
const SPECIAL_IPV6: readonly [address: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** An address of NAT64 stands for the IPv4 address in its last 32 bits. A host that has only IPv6 sees all of IPv4 in it. */
const NAT64 = '64:ff9b::'

const special = new BlockList()
for (const [address, prefix] of SPECIAL_IPV4) {
  special.addSubnet(address, prefix, 'ipv4')
  special.addSubnet(`${NAT64}${address}`, 96 + prefix, 'ipv6')
}
for (const [address, prefix] of SPECIAL_IPV6) special.addSubnet(address, prefix, 'ipv6')

const publicIpv6 = new BlockList()
publicIpv6.addSubnet('2000::', 3, 'ipv6')
publicIpv6.addSubnet(NAT64, 96, 'ipv6')

/** Whether an IP address is on the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  // A zone (`%eth0`) exists only in local addresses, and is not understood by `check`.
  return family === 6 && publicIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** What is said of a private address, after `It `. */
export type PrivateAddress = (address: string) => string

const forOperators: PrivateAddress = (address) =>
  `is in a private network (${address}): set ALLOW_PRIVATE_NETWORKS=true to fetch from there`

/** Refuses a URL whose host is a private IP address. Names are checked when they are resolved. */
export function refusePrivateHost({ hostname }: URL, fail: Fail, say: PrivateAddress = forOperators): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0 && !isPublic(address)) throw fail(say(address), false)
}

/**
 * Resolves a name to its public addresses. The connection goes to one of exactly these: were the name resolved again after
 * the check, it could lead elsewhere (DNS rebinding).
 */
export const publicLookup =
  (fail: Fail, say: PrivateAddress = forOperators): LookupFunction =>
  (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const usable = found.filter(({ address }) => isPublic(address))
      const [first] = usable
      if (first === undefined) callback(fail(say(found[0]?.address ?? hostname), false), [])
      else if (options.all) callback(null, usable)
      else callback(null, first.address, first.family)
    })
  }
