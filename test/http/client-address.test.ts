import type { IncomingMessage } from 'node:http'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { addressBlock, ClientAddresses } from '../../src/http/client-address.ts'

const log = pino({ level: 'silent' })

const request = (forwarded: string | undefined) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  }) as unknown as IncomingMessage

describe('the address of the client', () => {
  test.for([
    { proxies: 0, forwarded: undefined, address: '10.0.0.1', why: 'no proxy' },
    { proxies: 0, forwarded: '203.0.113.9', address: '10.0.0.1', why: 'a client that claims one is not believed' },
    { proxies: 1, forwarded: undefined, address: '10.0.0.1', why: 'a request that came past the proxy' },
    { proxies: 1, forwarded: '203.0.113.9', address: '203.0.113.9', why: 'one proxy' },
    { proxies: 1, forwarded: '198.51.100.7, 203.0.113.9', address: '203.0.113.9', why: 'one proxy and a claim' },
    { proxies: 2, forwarded: '1.1.1.1, 203.0.113.9, 10.0.0.2', address: '203.0.113.9', why: 'two proxies and a claim' },
    { proxies: 2, forwarded: '203.0.113.9', address: '203.0.113.9', why: 'fewer entries than proxies' },
    { proxies: 1, forwarded: '203.0.113.9:51234', address: '203.0.113.9', why: 'with a port' },
    { proxies: 1, forwarded: '[2001:db8::1]:51234', address: '2001:db8::1', why: 'IPv6 with a port' },
    { proxies: 1, forwarded: '203.0.113.9, ', address: '10.0.0.1', why: 'an empty entry' },
  ])('$why', ({ proxies, forwarded, address }) => {
    expect(new ClientAddresses(proxies, log).of(request(forwarded))).toBe(address)
  })
})

describe('the addresses that count as one client', () => {
  test.for([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ] as const)('%s', ([address, block]) => {
    expect(addressBlock(address)).toBe(block)
  })
})
