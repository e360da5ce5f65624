import type { Disk } from '../../src/disk/disk.ts'
import { type Row, rowsOfParquet } from '../../src/store/parquet/parquet-rows.ts'

/** All rows of one file, whatever it is of. */
export async function readRows(disk: Disk, path: string): Promise<Row[]> {
  return rowsOfParquet(await disk.readFile(path), path)
}
