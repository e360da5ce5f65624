/**
 * The replies of a published row group: what was paid for it, read back.
 */

import zlib from 'node:zlib'
import { sha256 } from '../../base/numbers/hash.ts'
import { parseJson } from '../../base/values/json.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Commit, CommittedFile } from '../../store/logs/commits.ts'
import { parseRecord } from '../effects/journal-records.ts'
import { answersPath } from './seal-group.ts'

/** The replies file of a commit; undefined for a group without requests, or that another tool made. */
export function answersFileOf(commit: Commit): CommittedFile | undefined {
  return commit.files.find(({ path }) => path === answersPath(commit.group))
}

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

function linesIn(bytes: Uint8Array): readonly string[] {
  const text = zlib.zstdDecompressSync(bytes).toString('utf8')
  return text.split('\n').filter((line) => line !== '')
}

/** The frame texts in bytes of a replies file for which no commit vouches; undefined when they cannot be read as such. */
export function answersIn(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const lines = linesIn(bytes)
    for (const record of lines.map(parseRecord)) {
      if (record.kind !== 'reply' && record.kind !== 'reused') continue
      if (isEffectName(record.model)) parseJson(record.body)
      else usageIn(record.body)
    }
    return lines
  } catch {
    return undefined
  }
}
