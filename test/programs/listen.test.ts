import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../src/programs/listen.ts'
import { OperatorError } from '../../src/values/errors.ts'

async function take(port: number): Promise<number> {
  const server: Server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const listenAt = (host: string, port: number) => listen(createHttpServer(), { host, port })

test('a port that is taken is answered with the next one that is free', async () => {
  const taken = await take(0)
  const isNextFree = await take(taken + 1).catch(() => null)
  const error = await listenAt('127.0.0.1', taken).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(OperatorError)
  const [, named] =
    /^Port \d+ of 127\.0\.0\.1 is taken, and (\d+) is free: PORT=\1 npm start$/.exec(error.message) ?? []
  expect(Number(named)).toBeGreaterThan(isNextFree ?? taken)
  expect(await take(Number(named))).toBe(Number(named))
})

test('the last port is answered with any that is free', async () => {
  await take(65_535)
  await expect(listenAt('127.0.0.1', 65_535)).rejects.toThrow(
    /^Port 65535 of 127\.0\.0\.1 is taken, and (?!0|65535)\d+ is free/,
  )
})

test('an address of another machine, or of none, is a sentence', async () => {
  for (const host of ['192.0.2.1', 'no-such-host.invalid'])
    await expect(listenAt(host, 0)).rejects.toThrow(
      `HOST is ${host}, which is not an address of this machine. 0.0.0.0 stands for all of them.`,
    )
})
