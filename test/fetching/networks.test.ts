import dns, { type LookupAddress } from 'node:dns'
import { expect, onTestFinished, test, vi } from 'vitest'
import { failing } from '../../src/fetching/fetch-error.ts'
import { isPublic, publicLookup } from '../../src/fetching/networks.ts'

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '168.63.129.15',
  '192.0.1.0',
  '198.17.255.255',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::200e',
  '2001:4860:4860::8888',
  '2001:200::1',
  // NAT64 of 1.1.1.1.
  '64:ff9b::101:101',
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true)
})

test.each([
  '0.0.0.0',
  '0.255.255.255',
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.0',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '168.63.129.16',
  '169.254.0.1',
  '169.254.169.254',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  // IPv4-compatible and IPv4-mapped, public ones, too: no name server returns them for a good reason.
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '::ffff:0:127.0.0.1',
  // NAT64 of 127.0.0.1, 10.0.0.1 and 169.254.169.254, and NAT64 with a prefix of the network's own.
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::808:808',
  '100::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:1ff::1',
  '2001:db8::1',
  // 6to4 of 10.0.0.1 and of 8.8.8.8.
  '2002:a00:1::',
  '2002:808:808::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
])('%s is not', (address) => {
  expect(isPublic(address)).toBe(false)
})

test('of the addresses of a name, only public ones are used', async () => {
  const found = ['10.0.0.1', '1.1.1.1', '::1', '2606:4700:4700::1111'].map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }))
  const lookup = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_: string, __: object, done: (...all: unknown[]) => void) => done(null, found)) as never)
  onTestFinished(() => void lookup.mockRestore())
  const resolve = (all: boolean) =>
    new Promise<string | LookupAddress[]>((done, fail) =>
      publicLookup(failing('http://papers.example/'))('papers.example', { all }, (error, addresses) =>
        error ? fail(error) : done(addresses),
      ),
    )
  expect(await resolve(true)).toEqual([found[1], found[3]])
  expect(await resolve(false)).toBe('1.1.1.1')
})
