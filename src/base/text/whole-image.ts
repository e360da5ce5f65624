/**
 * Where an image ends: whether its bytes are all there, down to what a decoder needs last.
 *
 * Rules:
 *   1. The header must be one that gives a size. What follows is walked through by the format's own lengths to its end mark.
 *   2. A PNG is inflated, and the checksums of what its pictures are made of are compared. A GIF is unpacked: each picture has its
 *      pixels. Of other formats the data are not decoded.
 *   3. A format whose end nothing in it shows (TIFF) has none.
 *
 * `npm run images` compares this with a decoder: no picture that is cut anywhere is taken.
 */
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { imageSize } from '../libraries/when-needed.ts'
import { mediaTypeOf } from './media-type.ts'

type End = number | undefined

const ends: Readonly<Record<string, (bytes: Buffer) => End | Promise<End>>> = {
  png: pngEnd,
  jpg: jpegEnd,
  gif: gifEnd,
  webp: (bytes) => riffEnd(bytes),
  avif: boxesEnd,
  heic: boxesEnd,
  bmp: (bytes) => within(bytes, bytes.readUInt32LE(2)),
}

/** How many of the bytes are the image; undefined when it is cut off, damaged, or none. */
export async function imageEnd(given: Uint8Array): Promise<number | undefined> {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  const type = mediaTypeOf(bytes)
  const end = type?.kind === 'image' ? ends[type.extension] : undefined
  try {
    const { width, height } = imageSize().imageSize(bytes)
    return width > 0 && height > 0 ? await end?.(bytes) : undefined
  } catch {
    // A length that leads out of the bytes, or a header that is none.
    return undefined
  }
}

/** End marks that decoders do without. */
const lastMarks: Readonly<Record<string, Buffer>> = {
  png: Buffer.from('\0\0\0\0IEND\xaeB`\x82', 'latin1'),
  gif: Buffer.from(';'),
}

/** Whether what begins like an image is one that decoders read to its end; of a format whose end nothing shows (rule 3), it is. */
export async function isDecodable(bytes: Uint8Array): Promise<boolean> {
  const { extension = '' } = mediaTypeOf(bytes) ?? {}
  if (!Object.hasOwn(ends, extension) || (await imageEnd(bytes)) !== undefined) return true
  const mark = lastMarks[extension]
  return mark !== undefined && (await imageEnd(Buffer.concat([bytes, mark]))) !== undefined
}

function within(bytes: Buffer, end: number): End {
  return end > 0 && end <= bytes.length ? end : undefined
}

async function pngEnd(bytes: Buffer): Promise<End> {
  const data: Buffer[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const name = bytes.toString('latin1', at + 4, at + 8)
    const [begin, end] = [at + 8, at + 8 + length]
    const isNeeded = /^(?:[A-Z]|acTL|fcTL|fdAT)/.test(name)
    if (isNeeded && bytes.readUInt32BE(end) !== zlib.crc32(bytes.subarray(at + 4, end))) return undefined
    if (name === 'IDAT') data.push(bytes.subarray(begin, end))
    if (name === 'IEND') return (await inflatesTo(data, pngDataLength(bytes))) ? end + 4 : undefined
    at = end + 4
  }
  return undefined
}

/** Bits of a pixel are those of a sample, times the samples that its colour type has. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Where the passes of an interlaced image begin, and their steps. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

function pngDataLength(bytes: Buffer): number {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const bits = bytes.readUInt8(24) * (samples[bytes.readUInt8(25)] ?? 0)
  const length = (columns: number, rows: number): number =>
    columns <= 0 || rows <= 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8))
  if (bytes[28] === 0) return length(width, height)
  return passes.reduce(
    (sum, [x, y, dx, dy]) => sum + length(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  )
}

async function inflatesTo(data: readonly Buffer[], expected: number): Promise<boolean> {
  let length = 0
  await pipeline(data, zlib.createInflate(), async (inflated: AsyncIterable<Buffer>) => {
    for await (const part of inflated) length += part.length
  })
  return length >= expected && expected > 0
}

/** Segments have lengths; what a scan holds is looked through for the next marker, before which no 0xff stands alone. */
function jpegEnd(bytes: Buffer): End {
  let hasScan = false
  for (let at = 2; at + 1 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xd9) return hasScan ? at + 2 : undefined
    if (marker === 0xff) at++
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else {
      at += 2 + bytes.readUInt16BE(at + 2)
      if (marker !== 0xda) continue
      hasScan = true
      at = scanEnd(bytes, at)
    }
  }
  return undefined
}

function scanEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0
    const isInside = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7)
    if (!isInside) return at
  }
  return bytes.length
}

/** Extensions and pictures, each a list of blocks that ends with an empty one. */
function gifEnd(bytes: Buffer): End {
  const tableAfter = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1))
  let hasPicture = false
  for (let at = 13 + tableAfter(bytes.readUInt8(10)); at < bytes.length; ) {
    if (bytes[at] === 0x3b) return hasPicture ? at + 1 : undefined
    if (bytes[at] === 0x21) at = gifBlocks(bytes, at + 2).end
    else if (bytes[at] === 0x2c) {
      const pixels = bytes.readUInt16LE(at + 5) * bytes.readUInt16LE(at + 7)
      const dataAt = at + 10 + tableAfter(bytes.readUInt8(at + 9))
      const { data, end } = gifBlocks(bytes, dataAt + 1)
      if (gifPixels(data, bytes.readUInt8(dataAt)) < pixels) return undefined
      hasPicture = true
      at = end
    } else return undefined
  }
  return undefined
}

function gifBlocks(bytes: Buffer, from: number): { readonly data: Buffer; readonly end: number } {
  const blocks: Buffer[] = []
  let at = from
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) {
    blocks.push(bytes.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return { data: Buffer.concat(blocks), end: at + 1 }
}

const known = (numbers: Uint8Array | Uint16Array, index: number): number => numbers[index]!

/** How many pixels the codes of a picture stand for, up to the first that stands for nothing. Each new code is one pixel longer than the one before. */
function gifPixels(data: Buffer, bits: number): number {
  if (bits < 1 || bits > 11) return 0
  const [clear, stop] = [1 << bits, (1 << bits) + 1]
  const lengths = new Uint16Array(4096).fill(1, 0, clear)
  let [pixels, next, width, before] = [0, stop + 1, bits + 1, -1]
  for (let bit = 0; bit + width <= data.length * 8; ) {
    const byte = bit >> 3
    const window = known(data, byte) | ((data[byte + 1] ?? 0) << 8) | ((data[byte + 2] ?? 0) << 16)
    const code = (window >> (bit & 7)) & ((1 << width) - 1)
    bit += width
    if (code === stop) break
    if (code === clear) {
      ;[next, width, before] = [stop + 1, bits + 1, -1]
      continue
    }
    if (code > next || (before === -1 && code >= clear) || (code === next && next === 4096)) break
    if (before !== -1 && next < 4096) {
      lengths[next++] = known(lengths, before) + 1
      if (next === 1 << width && width < 12) width++
    }
    pixels += known(lengths, code)
    before = code
  }
  return pixels
}

function riffEnd(bytes: Buffer): End {
  const end = within(bytes, 8 + bytes.readUInt32LE(4))
  for (let at = 12; end !== undefined && at < end; ) {
    const length = bytes.readUInt32LE(at + 4)
    if (at + 8 + length > end) return undefined
    at += 8 + length + (length % 2)
  }
  return end
}

const boxNames = /^(?:ftyp|meta|mdat|idat|moov|moof|mfra|free|skip|uuid|wide|pdin|styp|sidx)$/

/** Boxes with lengths, one after another; 1 stands for a longer length, 0 for all that is left. What follows no box is not of it. */
function boxesEnd(bytes: Buffer): End {
  let hasData = false
  let at = 0
  while (at + 8 <= bytes.length) {
    const name = bytes.toString('latin1', at + 4, at + 8)
    if (!boxNames.test(name)) break
    const short = bytes.readUInt32BE(at)
    const length =
      short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? bytes.length - at : short
    if (length < 8 || at + length > bytes.length) return undefined
    hasData ||= name === 'mdat' || (name === 'meta' && bytes.subarray(at, at + length).includes('idat'))
    at += length
  }
  return hasData ? at : undefined
}
