import { describe, expect, it } from 'vitest'
import { imageEnd } from '../../../src/base/text/whole-image.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'

const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==',
  'base64',
)
const webp = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=', 'base64')
const avif = Buffer.from(
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAB0AAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAIAAAACAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgQ0MAAAAABNjb2xybmNseAACAAIAAYAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACVtZGF0EgAKCBgANogQEAwgMg8f8D///8WfhwB8+ErK42A=',
  'base64',
)
const images = { png: pngOf('a'), jpeg, gif: smallGif, webp, avif }

describe.each(Object.entries(images))('a %s', (_format, bytes) => {
  it('ends where its last byte is, whatever follows', async () => {
    expect(await imageEnd(bytes)).toBe(bytes.length)
    expect(await imageEnd(Buffer.concat([bytes, Buffer.from(' and some words')]))).toBe(bytes.length)
  })

  it('has no end when it is cut, wherever that is', async () => {
    const ends = Array.from({ length: bytes.length }, (_, length) => imageEnd(bytes.subarray(0, length)))
    expect(new Set(await Promise.all(ends))).toEqual(new Set([undefined]))
  })
})

it('a damaged PNG has no end', async () => {
  const png = pngOf('a')
  const place = png.indexOf('IDAT') + 6
  png[place]! ^= 1
  expect(await imageEnd(png)).toBeUndefined()
})

it('a GIF that lost its pixels, its lengths mended, has no end', async () => {
  const lost = 2
  const gif = Buffer.from(smallGif)
  const length = gif.indexOf(0x2c) + 11
  const inside = length + 2
  const cut = Buffer.concat([gif.subarray(0, inside), gif.subarray(inside + lost)])
  cut[length]! -= lost
  expect(await imageEnd(gif)).toBe(gif.length)
  expect(await imageEnd(cut)).toBeUndefined()
})

it.each(['\x89PNG\r\n\x1a\n', 'II*\0\0\0', 'words', ''])('%o is no whole image', async (text) => {
  expect(await imageEnd(Buffer.from(text, 'latin1'))).toBeUndefined()
})
