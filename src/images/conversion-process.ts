import { convertPicture, type PictureFiles } from './convert-picture.ts'
import type { Answer, Task } from './tasks.ts'

// A process of its own, started by `converter.ts`: a picture that makes a decoder hang, crash or use much memory costs this
// process, not the server. It does one task at a time, gets no settings, and ends with the server.

const LOADERS = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'NsgifBuffer'].map((name) => `VipsForeignLoad${name}`)

async function openSharp(): Promise<typeof import('sharp').default> {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS })
  return sharp
}

const opened = openSharp()

async function work(task: Task): Promise<Answer> {
  const sharp = await opened.catch((error: Error) => error)
  if (sharp instanceof Error) return { status: 'unavailable', reason: sharp.message }
  try {
    const files: PictureFiles = await convertPicture(sharp, task.file, task.sizes)
    return { status: 'done', files }
  } catch (error) {
    return { status: 'refused', reason: (error as Error).message }
  }
}

process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of a terminal; the server ends this one.
process.on('SIGINT', () => {})
process.on('message', async (task: Task) => process.send?.(await work(task)))
