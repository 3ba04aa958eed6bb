import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { growByConnections, growthFor } from '../../src/programs/heap-growth.ts'

test('the heap grows the less the more connections there are', () => {
  expect([0, 50, 225, 400, 10_000].map(growthFor)).toEqual([200, 200, 120, 30, 30])
})

test('a crowd that comes has it collected at once, and one that goes leaves it room', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const growths: number[] = []
  let collections = 0
  growByConnections(server, {
    every: 20,
    setGrowth: (percent) => growths.push(percent),
    collect: () => {
      collections += 1
    },
  })
  expect(growths).toEqual([200])

  const crowd = Array.from({ length: 450 }, () => connect(port, '127.0.0.1'))
  await Promise.all(crowd.map((socket) => once(socket, 'connect')))
  await expect.poll(() => growths.at(-1)).toBe(30)
  expect(collections).toBeGreaterThan(0)

  const before = collections
  for (const socket of crowd) socket.destroy()
  await expect.poll(() => growths.at(-1)).toBe(200)
  expect(collections).toBe(before)
})
