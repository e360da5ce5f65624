/** 16 tables of 256: `table[k * 256 + b]` is what byte `b` does to the checksum with `k` bytes after it. */
const table = new Int32Array(16 * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  table[byte] = crc
}
for (let index = 256; index < table.length; index++) {
  const crc = table[index - 256] ?? 0
  table[index] = (crc >>> 8) ^ (table[crc & 0xff] ?? 0)
}

// The bounds are right by construction, and this loop is the journal's hottest: V8 inlines both, and `!` costs nothing.
const entry = (index: number): number => table[index]!
const byteAt = (bytes: Uint8Array, at: number): number => bytes[at]!

/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, RFC 3720 appendix B.4) of `bytes` from `start` to `end`.
 * Sixteen bytes a step ("slicing-by-16", Kounavis and Berry 2008).
 *
 * @param before the checksum of what comes before: `crc32c(b, crc32c(a))` is the checksum of a and b together
 * @returns an unsigned 32-bit integer
 */
export function crc32c(bytes: Uint8Array, before = 0, start = 0, end = bytes.length): number {
  let crc = ~before
  let at = start
  for (const last = end - 15; at < last; at += 16) {
    crc =
      entry(3840 + ((crc ^ byteAt(bytes, at)) & 0xff)) ^
      entry(3584 + (((crc >>> 8) ^ byteAt(bytes, at + 1)) & 0xff)) ^
      entry(3328 + (((crc >>> 16) ^ byteAt(bytes, at + 2)) & 0xff)) ^
      entry(3072 + ((crc >>> 24) ^ byteAt(bytes, at + 3))) ^
      entry(2816 + byteAt(bytes, at + 4)) ^
      entry(2560 + byteAt(bytes, at + 5)) ^
      entry(2304 + byteAt(bytes, at + 6)) ^
      entry(2048 + byteAt(bytes, at + 7)) ^
      entry(1792 + byteAt(bytes, at + 8)) ^
      entry(1536 + byteAt(bytes, at + 9)) ^
      entry(1280 + byteAt(bytes, at + 10)) ^
      entry(1024 + byteAt(bytes, at + 11)) ^
      entry(768 + byteAt(bytes, at + 12)) ^
      entry(512 + byteAt(bytes, at + 13)) ^
      entry(256 + byteAt(bytes, at + 14)) ^
      entry(byteAt(bytes, at + 15))
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ entry((crc ^ byteAt(bytes, at)) & 0xff)
  return ~crc >>> 0
}

/** For the highest byte of an entry of the first 256: which entry it is. Every one has another. */
const entryWith = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) entryWith[(table[byte] ?? 0) >>> 24] = byte

/**
 * The checksum of what stood before `bytes`: `crc32cBefore(b, crc32c(b, crc32c(a)))` is `crc32c(a)`. The division is run
 * backwards, a byte a step.
 *
 * @param after the checksum of all of it together
 * @returns an unsigned 32-bit integer
 */
export function crc32cBefore(bytes: Uint8Array, after: number, start = 0, end = bytes.length): number {
  let crc = ~after
  for (let at = end - 1; at >= start; at--) {
    const index = byteAt(entryWith, crc >>> 24)
    crc = ((crc ^ entry(index)) << 8) | (index ^ byteAt(bytes, at))
  }
  return ~crc >>> 0
}
