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

/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, RFC 3720 appendix B.4) of `bytes` from `start` to `end`.
 * Sixteen bytes a step ("slicing-by-16", Kounavis and Berry 2008).
 *
 * @param before the checksum of what comes before: `crc32c(b, crc32c(a))` is the checksum of a and b together
 * @returns an unsigned 32-bit integer
 */
export function crc32c(bytes: Uint8Array, before = 0, start = 0, end = bytes.length): number {
  // `!` rather than `?? 0`: the bounds are right by construction, and this loop is the journal's hottest.
  const t = table
  let crc = ~before
  let at = start
  for (const last = end - 15; at < last; at += 16) {
    crc =
      t[3840 + ((crc ^ bytes[at]!) & 0xff)]! ^
      t[3584 + (((crc >>> 8) ^ bytes[at + 1]!) & 0xff)]! ^
      t[3328 + (((crc >>> 16) ^ bytes[at + 2]!) & 0xff)]! ^
      t[3072 + ((crc >>> 24) ^ bytes[at + 3]!)]! ^
      t[2816 + bytes[at + 4]!]! ^
      t[2560 + bytes[at + 5]!]! ^
      t[2304 + bytes[at + 6]!]! ^
      t[2048 + bytes[at + 7]!]! ^
      t[1792 + bytes[at + 8]!]! ^
      t[1536 + bytes[at + 9]!]! ^
      t[1280 + bytes[at + 10]!]! ^
      t[1024 + bytes[at + 11]!]! ^
      t[768 + bytes[at + 12]!]! ^
      t[512 + bytes[at + 13]!]! ^
      t[256 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!
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
    const entry = entryWith[crc >>> 24]!
    crc = ((crc ^ table[entry]!) << 8) | (entry ^ bytes[at]!)
  }
  return ~crc >>> 0
}
