import type { Random } from './random.ts'

/** Bytes that mean something to a decoder, a parser or a decompressor. */
const PIECES = [
  '\n',
  '\r\n',
  '\0',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\u0000',
  '\\ud800',
  '1e400',
  'null',
  '\ufeff',
  '\u2028',
  '{"paper":',
  '"records":[',
  '],',
].map((text) => Buffer.from(text))
const RAW = [[0xff], [0xe9], [0xc3], [0xed, 0xa0, 0x80], [0xff, 0xfe], [0x1f, 0x8b], [0x1f, 0x8b, 8, 0], [0x80]].map(
  (bytes) => Buffer.from(bytes),
)

/** Damages bytes in one to three places as disks, networks, editors and scripts do. */
export function damage(bytes: Buffer, random: Random): Buffer {
  let damaged = bytes
  for (let left = 1 + random.below(3); left > 0; left -= 1) damaged = damageOnce(damaged, random)
  return damaged
}

function damageOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  const length = random.chance(0.8) ? random.below(8) : random.below(400)
  const splice = (inserted: Uint8Array, removed: number) =>
    Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])
  switch (random.below(8)) {
    case 0:
      return splice(random.bytes(1), 1)
    case 1:
      return splice(random.bytes(length), random.below(length + 1))
    case 2:
      return splice(random.pick(PIECES), random.below(2))
    case 3:
      return splice(random.pick(RAW), random.below(2))
    case 4:
      return splice(Buffer.alloc(0), length)
    case 5:
      return splice(bytes.subarray(at, at + length), 0)
    case 6:
      return bytes.subarray(0, at)
    default:
      return Buffer.concat([bytes, random.pick([random.bytes(length), Buffer.alloc(length), random.pick(PIECES)])])
  }
}
