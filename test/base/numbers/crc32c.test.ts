import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, crc32cBefore } from '../../../src/base/numbers/crc32c.ts'

const published: [string, Uint8Array, number][] = [
  ['the check value of the CRC catalogue', Buffer.from('123456789'), 0xe3069283],
  ['RFC 3720: 32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['RFC 3720: 32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['RFC 3720: 32 bytes rising', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  ['RFC 3720: 32 bytes falling', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  [
    'RFC 3720: an iSCSI SCSI Read (10) command',
    Buffer.from(
      '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
      'hex',
    ),
    0xd9963a56,
  ],
  ['nothing', new Uint8Array(0), 0],
]

test.each(published)('%s has its published checksum', (_name, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum)
})

test('a checksum continues over pieces cut anywhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
      const [first, second] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)]
      const pieces = crc32c(bytes, crc32c(bytes, crc32c(bytes, 0, 0, first), first, second), second)
      expect(pieces).toBe(crc32c(bytes))
    }),
  )
})

test('what stood before some bytes is found from the checksum of all of it', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      expect(crc32cBefore(second, crc32c(second, crc32c(first)))).toBe(crc32c(first))
    }),
  )
})
