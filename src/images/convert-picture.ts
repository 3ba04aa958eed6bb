import type { Metadata, Sharp } from 'sharp'
import { PICTURE_FORMATS, type PictureSize } from '../values/pictures.ts'
import { sourceFormat } from './magic.ts'
import type { PictureFiles } from './tasks.ts'

// Runs in the process of `conversion-process.ts`.

type SharpModule = typeof import('sharp').default

/** Of a picture that is read row by row, and of any side: its header decides, before a pixel is decoded. */
const MAX_PIXELS = 50_000_000
const MAX_SIDE = 16_384
/** In bytes: all pixels of a picture, which take time, and what a picture may need that has to be in memory as a whole. */
const MAX_DECODED = 144 * 2 ** 20
const MAX_WHOLE = 40 * 2 ** 20
/** In seconds, for the decoder itself; the process is killed after a little more. */
const TIMEOUT = 4

/** Bytes for each channel; with 16 bits, libvips needs more than two. */
const BYTES_OF_DEPTH: Partial<Record<NonNullable<Metadata['depth']>, number>> = {
  uchar: 1,
  char: 1,
  ushort: 3,
  short: 3,
}
/** Paler areas of a transparent picture are usually made for a white page. */
const BEHIND = '#ffffff'

/**
 * Makes a picture in all its sizes, from one decoding.
 *
 * @throws if it is not a picture, or one that would cost too much
 */
export async function convertPicture(
  sharp: SharpModule,
  file: Uint8Array,
  sizes: readonly PictureSize[],
): Promise<PictureFiles> {
  const options = { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true, pages: 1 } as const
  const source = sharp(file, options)
  checkCost(await source.metadata(), sourceFormat(file))
  const largest = sizes.at(-1) as PictureSize
  const { data, info } = await source
    .autoOrient()
    .resize({ ...largest, fit: 'cover', withoutEnlargement: true })
    .toColourspace('srgb')
    .timeout({ seconds: TIMEOUT })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const files: PictureFiles = {}
  for (const size of sizes)
    for (const format of PICTURE_FORMATS) {
      const resized = sharp(data, { raw }).resize({ ...size, fit: 'cover', withoutEnlargement: true })
      files[`${size.width}.${format}`] = await encode[format](resized).toBuffer()
    }
  return files
}

const encode: Record<(typeof PICTURE_FORMATS)[number], (picture: Sharp) => Sharp> = {
  webp: (picture) => picture.webp({ quality: 78, effort: 3 }),
  jpg: (picture) => picture.flatten({ background: BEHIND }).jpeg({ quality: 80, progressive: true }),
}

function checkCost(header: Metadata, expected: string | null): void {
  const { format, width, height, channels = 4, depth = 'uchar', isProgressive = false } = header
  if (format !== expected) throw new Error(`It looks like ${expected ?? 'no picture'}, but is ${format}.`)
  if (Math.max(width, height) > MAX_SIDE) throw new Error(`It is ${width} × ${height} pixels large.`)
  // WebP and GIF are decoded as a whole, and so is what becomes sharper while it loads.
  const isWhole = format === 'webp' || format === 'gif' || isProgressive
  const bytes = width * height * Math.max(channels, isWhole ? 4 : 0) * (BYTES_OF_DEPTH[depth] ?? 4)
  // A progressive JPEG keeps two bytes of each coefficient, a GIF the frame and the picture.
  const needed = bytes * (format === 'jpeg' || format === 'gif' ? 2 : 1)
  if (bytes > MAX_DECODED || (isWhole && needed > MAX_WHOLE))
    throw new Error(`It would be ${Math.round(needed / 2 ** 20)} MiB when it is decoded.`)
}
