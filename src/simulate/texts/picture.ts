/**
 * A small picture of coloured squares, as a PNG file. Its data is stored, not compressed, so that the bytes are the same
 * whatever zlib the platform has.
 */
import zlib from 'node:zlib'
import type { Dice } from '../requested/dice.ts'

const signature = Buffer.from('89504e470d0a1a0a', 'hex')
/** Squares in a row and in a column. */
const squares = 8
const largestStored = 65_535

/** @param pixels of a side */
export function picture(pixels: number, dice: Dice): Buffer {
  const palette = Buffer.from(Array.from({ length: 3 * 4 }, () => dice.below(256)))
  const colours = Array.from({ length: squares * squares }, () => dice.below(palette.length / 3))
  // A line is a filter byte and one byte per pixel: an index into the palette.
  const lines = Buffer.alloc(pixels * (1 + pixels))
  for (let y = 0; y < pixels; y++) {
    for (let x = 0; x < pixels; x++) {
      const square = squares * Math.floor((y * squares) / pixels) + Math.floor((x * squares) / pixels)
      lines[y * (1 + pixels) + 1 + x] = colours[square] ?? 0
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(pixels, 0)
  header.writeUInt32BE(pixels, 4)
  header.set([8, 3], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', stored(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(zlib.crc32(body), body.length + 4)
  return framed
}

/** A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4). */
function stored(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x78, 0x01])]
  for (let at = 0; at < data.length; at += largestStored) {
    const block = data.subarray(at, at + largestStored)
    const head = Buffer.alloc(5)
    head[0] = at + largestStored >= data.length ? 1 : 0
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(~block.length & 0xffff, 3)
    parts.push(head, block)
  }
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(adler32(data), 0)
  return Buffer.concat([...parts, sum])
}

function adler32(data: Buffer): number {
  let low = 1
  let high = 0
  for (const byte of data) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}
