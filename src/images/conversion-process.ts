import { convertPicture } from './convert-picture.ts'
import { type Answer, CARD_FILE, type PictureFiles, READY, type Task } from './tasks.ts'

// A process of its own, started by `converter.ts`: a picture that makes a decoder hang, crash or use much memory costs this
// process, not the server. It does one task at a time, gets no settings, and ends with the server.

const LOADERS = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'NsgifBuffer'].map((name) => `VipsForeignLoad${name}`)
/** For what is drawn here, and for nothing else. */
const SVG_LOADER = { operation: ['VipsForeignLoadSvgBuffer'] }

type SharpModule = typeof import('sharp').default

async function openSharp(): Promise<SharpModule> {
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
    const files = 'card' in task ? await card(sharp, task.card) : await convertPicture(sharp, task.file, task.sizes)
    return { status: 'done', files }
  } catch (error) {
    return { status: 'refused', reason: (error as Error).message }
  }
}

async function card(sharp: SharpModule, content: Extract<Task, { card: unknown }>['card']): Promise<PictureFiles> {
  const { drawCard } = await import('./draw-card.ts')
  sharp.unblock(SVG_LOADER)
  try {
    const drawn = sharp(Buffer.from(drawCard(content)))
    return { [CARD_FILE]: await drawn.png({ palette: true, colours: 64, dither: 0, effort: 4 }).toBuffer() }
  } finally {
    sharp.block(SVG_LOADER)
  }
}

process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of a terminal; the server ends this one.
process.on('SIGINT', () => {})
process.on('message', async (task: Task) => process.send?.(await work(task)))
// The time of a task is counted from here.
opened.catch(() => {}).finally(() => process.send?.(READY))
