import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { collectAll, giveBackWhenIdle } from '../../src/programs/idle-memory.ts'

test('a server gives memory back when it is idle, not while it is busy, and not for nothing', async () => {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const askMany = () => Promise.all(Array.from({ length: 40 }, async () => (await fetch(url)).text()))
  const heap = () => process.memoryUsage().heapTotal

  let taken: object[] | null = Array.from({ length: 1_500_000 }, (_, n) => ({ n }))
  expect(taken).toHaveLength(1_500_000)
  let collections = 0
  let looks = 0
  giveBackWhenIdle(server, {
    every: 1_000,
    collect: () => {
      collections += 1
      collectAll()
    },
  })
  const looking = setInterval(() => {
    looks += 1
  }, 1_000)
  onTestFinished(() => clearInterval(looking))

  while (looks < 2) {
    // A machine that stalls is idle for so long.
    const before = performance.now()
    await askMany()
    if (performance.now() - before > 800) break
    expect(collections).toBe(0)
  }
  taken = null
  const before = heap()
  await expect.poll(() => collections).toBe(1)
  expect(heap()).toBeLessThan(before - 40 * 1024 * 1024)
  await setTimeout(1_200)
  expect(collections).toBe(1)
})
