/** The stored answers of a published row group, as they lie: frame texts, compressed. */
import zlib from 'node:zlib'
import { sha256 } from '../../base/numbers/hash.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { CommittedFile } from '../logs/commits.ts'

/**
 * The frame texts of a group's replies file.
 *
 * @returns undefined when the file is missing, or is not what was committed: an altered answer would become an altered row
 * @throws RowsmithError io_error when it is there and cannot be read now: its answers must not be requested again for that
 */
export async function readAnswers(
  directory: DatasetDirectory,
  file: CommittedFile,
): Promise<readonly string[] | undefined> {
  const bytes = await directory.files.readIfThere(file.path)
  if (bytes === undefined || sha256(bytes) !== file.sha256) return undefined
  return linesIn(bytes)
}

/** @throws Error when the bytes are not compressed text */
export function linesIn(bytes: Uint8Array): readonly string[] {
  const text = zlib.zstdDecompressSync(bytes).toString('utf8')
  return text.split('\n').filter((line) => line !== '')
}
