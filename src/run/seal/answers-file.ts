/** The replies of a published row group: which file they are in, and whether bytes are such a file. */

import { parseJson } from '../../base/values/json.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import type { Commit, CommittedFile } from '../../store/logs/commits.ts'
import { linesIn } from '../../store/publishing/answers-file.ts'
import { parseRecord } from '../effects/journal-records.ts'
import { answersPath } from './seal-group.ts'

/** The replies file of a commit; undefined for a group without requests, or that another tool made. */
export function answersFileOf(commit: Commit): CommittedFile | undefined {
  return commit.files.find(({ path }) => path === answersPath(commit.group))
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
