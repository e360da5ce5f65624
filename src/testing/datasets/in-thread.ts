import zlib from 'node:zlib'
import { sha256 } from '../../base/numbers/hash.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { examineParquet } from '../../store/parquet/examine.ts'
import { encodeParquet } from '../../store/parquet/parquet-encode.ts'

/** Encodes files without a thread of its own, whose start takes longer than all the rest of a small run. */
export const inThread: Encodes = {
  encode: async (job) => encodeParquet(job),
  compress: async (input) => {
    const bytes = new Uint8Array(zlib.zstdCompressSync(input))
    return { bytes, sha256: sha256(bytes) }
  },
  examine: examineParquet,
  close: async () => {},
}
