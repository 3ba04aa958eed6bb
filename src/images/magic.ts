/** The formats that are read, and how their files begin, byte by byte. Others, such as SVG and TIFF, have too many ways to do harm. */
const MAGIC = {
  jpeg: /^ffd8ff/,
  png: /^89504e470d0a1a0a/,
  webp: /^52494646.{8}57454250/,
  gif: /^474946383[79]61/,
} as const

export type SourceFormat = keyof typeof MAGIC

/** The format of a file by its first bytes; null for one that is not read. */
export function sourceFormat(file: Uint8Array): SourceFormat | null {
  const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 12)).toString('hex')
  const found = Object.entries(MAGIC).find(([, pattern]) => pattern.test(start))
  return found ? (found[0] as SourceFormat) : null
}
