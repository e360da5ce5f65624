/**
 * Reads a Parquet file through, as its next reader will: a footer may be fine where a page is not.
 */
import zlib from 'node:zlib'
import { type Compressors, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { sha256 } from '../../base/numbers/hash.ts'
import { fileOf } from './parquet-rows.ts'

export interface Examined {
  /** What it holds; null when it cannot be read to the end. */
  readonly table: { readonly rows: number; readonly columns: readonly string[] } | null
  /** Of the whole file. */
  readonly sha256: string
}

/** Never throws for what is wrong with the file. */
export async function examineParquet(bytes: Uint8Array): Promise<Examined> {
  return { table: await tableOf(bytes), sha256: sha256(bytes) }
}

const compressors: Compressors = {
  ZSTD: (page) => zlib.zstdDecompressSync(page),
  GZIP: (page) => zlib.gunzipSync(page),
  BROTLI: (page) => zlib.brotliDecompressSync(page),
}

async function tableOf(bytes: Uint8Array): Promise<Examined['table']> {
  const file = fileOf(bytes)
  try {
    const metadata = await parquetMetadataAsync(file)
    const rows = await parquetReadObjects({ file, metadata, compressors })
    if (rows.length !== Number(metadata.num_rows)) return null
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name)
    return { rows: rows.length, columns }
  } catch {
    return null
  }
}
