import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** A site elsewhere, with pictures of all kinds. */
export interface PictureSite {
  url: string
  /** The paths that were requested. */
  requested: string[]
  /** Another picture, or another behavior. */
  serve(path: string, content: Uint8Array | ((response: ServerResponse) => void), type?: string): string
  close(): Promise<void>
}

export async function openPictureSite(): Promise<PictureSite> {
  const requested: string[] = []
  const answers = new Map<string, (response: ServerResponse) => void>()
  const server = createServer(({ url = '' }, response) => {
    requested.push(url)
    const answer = answers.get(url)
    if (answer) answer(response)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requested,
    serve: (path, content, type = 'image/png') => {
      answers.set(
        path,
        typeof content === 'function' ? content : (response) => response.setHeader('content-type', type).end(content),
      )
      return url + path
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A picture with an area of another color on the right, so that pictures differ. */
export const drawing = (width: number, height: number, color: string) =>
  sharp({ create: { width, height, channels: 3, background: color } }).composite([
    {
      input: { create: { width: Math.ceil(width / 3), height, channels: 3, background: '#ffffff' } },
      gravity: 'east',
    },
  ])

const chunk = (type: string, data: Uint8Array): Buffer => {
  const content = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, check])
}

/** A white PNG of any size, in few bytes. */
export function emptyPng(width: number, height: number, { isInterlaced = false } = {}): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  // One bit a pixel, gray.
  header.set([1, 0, 0, 0, isInterlaced ? 1 : 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
